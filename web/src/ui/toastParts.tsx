import { m as t } from "@/paraglide/messages";
import { Button } from "./Button";
import { CopyCode } from "./CopyCode";
import classes from "./ui.module.css";

export const undoToast = (message: string, label: string, onUndo: () => void) => (
  <div className={classes.toastRow}>
    <span>{message}</span>
    <Button kind="quiet" size="xs" onClick={onUndo}>
      {label}
    </Button>
  </div>
);

export const problemToast = (text: string, supportId: string | undefined) => (
  <>
    <div>{text}</div>
    {supportId && <CopyCode label={t.error_support({ code: supportId })} value={supportId} />}
  </>
);
