import type { ReactNode } from "react";
import { SavedMark, type SaveState } from "@/ui/Saved";
import classes from "./lines.module.css";

type Props = {
  label: string;
  hint?: ReactNode;
  state?: SaveState;
  /** Beside the words (short controls) or below them (lists, texts). */
  wide?: boolean;
  /** The control's id, so that the label belongs to it. Absent for groups, which name themselves. */
  htmlFor?: string;
  children: ReactNode;
};

/** One setting: words on the left, control on the right, and whether it is saved. */
export function Setting({ label, hint, state, wide, htmlFor, children }: Props) {
  const Name = htmlFor ? "label" : "span";
  return (
    <div className={classes.setting} data-wide={wide || undefined}>
      <div className={classes.settingText}>
        <span className={classes.settingLabel}>
          <Name {...(htmlFor ? { htmlFor } : {})}>{label}</Name>
          <SavedMark state={state} />
        </span>
        {hint && <span className={classes.settingHint}>{hint}</span>}
      </div>
      <div className={classes.settingControl}>{children}</div>
    </div>
  );
}
