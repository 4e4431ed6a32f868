import { CopyButton } from "@mantine/core";
import { IconCheck, IconCopy } from "@tabler/icons-react";
import { m as t } from "@/paraglide/messages";
import classes from "./ui.module.css";

/** A support code in words, copied by a click. */
export function CopyCode({ label, value }: { label: string; value: string }) {
  return (
    <CopyButton value={value}>
      {({ copied, copy }) => (
        <button type="button" className={classes.code} onClick={copy} title={t.error_copy_code()}>
          {copied ? t.action_copied() : label}
          {copied ? <IconCheck size={13} aria-hidden /> : <IconCopy size={13} aria-hidden />}
        </button>
      )}
    </CopyButton>
  );
}
