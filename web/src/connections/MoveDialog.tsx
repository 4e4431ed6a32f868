import { Modal } from "@mantine/core";
import { useEffect, useState } from "react";
import type { Connection } from "@/api/types";
import { createLine } from "@/lines/data";
import { m as t } from "@/paraglide/messages";
import { Button } from "@/ui/Button";
import { ProblemNotice } from "@/ui/Notice";
import { fieldError, useTask } from "@/ui/useTask";
import classes from "./connections.module.css";
import { patchConnection } from "./data";
import { isComplete, type LineChoice, LinePicker } from "./LinePicker";

type Props = { connection: Connection; opened: boolean; onClose: () => void };

/** Gives a connection to another line. Open dialogs stay where they are. */
export function MoveDialog({ connection, opened, onClose }: Props) {
  const [choice, setChoice] = useState<LineChoice | null>(null);
  const task = useTask(async () => {
    if (!choice) return;
    const line_id = "id" in choice ? choice.id : (await createLine({ name: choice.name.trim() })).id;
    setChoice({ id: line_id });
    await patchConnection(connection.id, { line_id });
    onClose();
  });
  useEffect(() => {
    if (opened) setChoice({ id: connection.line_id });
  }, [opened, connection.line_id]);
  const same = choice !== null && "id" in choice && choice.id === connection.line_id;
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t.connection_move_title({ account: connection.title })}
      closeButtonProps={{ "aria-label": t.action_close() }}
    >
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!task.busy && isComplete(choice) && !same) void task.run();
        }}
      >
        <LinePicker choice={choice} onChange={setChoice} error={fieldError(task.problem, "name")} />
        <p className={classes.quiet}>{t.connection_move_text()}</p>
        {task.problem && task.problem.field !== "name" && <ProblemNotice error={task.problem} />}
        <div className={classes.buttons}>
          <Button onClick={onClose}>{t.action_cancel()}</Button>
          <Button kind="primary" type="submit" loading={task.busy} disabled={same || !isComplete(choice)}>
            {t.connection_move_yes()}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
