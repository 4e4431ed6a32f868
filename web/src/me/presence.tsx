/** The person's own status, and the question that going off duty with open dialogs asks. */
import { Modal, Text, UnstyledButton } from "@mantine/core";
import { create } from "zustand";
import { isCode } from "@/api/problem";
import type { PresenceStatus } from "@/api/types";
import { m as t } from "@/paraglide/messages";
import { toast } from "@/ui/toast";
import { setPresence, useMe } from "./data";
import classes from "./me.module.css";

const useQuestion = create<{ asked: boolean }>(() => ({ asked: false }));

async function change(status: PresenceStatus) {
  try {
    await setPresence(status);
  } catch (error) {
    if (isCode(error, "open_dialogs")) useQuestion.setState({ asked: true });
    else toast.error(error);
  }
}

export const useStatusSwitch = () => ({ change });

/** Asks what happens to open dialogs. Stands once, in the rail. */
export function OffDutyQuestion() {
  const asked = useQuestion((it) => it.asked);
  const { operator } = useMe();
  const close = () => useQuestion.setState({ asked: false });
  const answer = (open_dialogs: "keep" | "return") => {
    close();
    setPresence("off", open_dialogs).catch(toast.error);
  };
  return (
    <Modal
      opened={asked}
      onClose={close}
      title={t.off_title()}
      size={460}
      closeButtonProps={{ "aria-label": t.action_close() }}
    >
      <Text c="dimmed" mb="lg">
        {t.off_text({ count: operator.open_count })}
      </Text>
      <div className={classes.choices}>
        <UnstyledButton className={classes.choice} onClick={() => answer("return")} data-autofocus>
          <strong>{t.off_return()}</strong>
          <span>{t.off_return_hint()}</span>
        </UnstyledButton>
        <UnstyledButton className={classes.choice} onClick={() => answer("keep")}>
          <strong>{t.off_keep()}</strong>
          <span>{t.off_keep_hint()}</span>
        </UnstyledButton>
      </div>
    </Modal>
  );
}
