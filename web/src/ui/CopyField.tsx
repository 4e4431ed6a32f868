import { CopyButton, TextInput } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { m as t } from "@/paraglide/messages";
import { Button } from "./Button";
import classes from "./ui.module.css";

/** A value to be taken along, with a button that copies it and says so. */
export function CopyField({ label, value }: { label: string; value: string }) {
  return (
    <div className={classes.copyField}>
      <TextInput label={label} value={value} readOnly onFocus={(event) => event.currentTarget.select()} />
      <CopyButton value={value}>
        {({ copied, copy }) => (
          <Button
            onClick={copy}
            leftSection={copied ? <IconCheck size={16} aria-hidden /> : <IconCopy size={16} aria-hidden />}
          >
            <span aria-live="polite">{copied ? t.action_copied() : t.action_copy()}</span>
          </Button>
        )}
      </CopyButton>
    </div>
  );
}
