import { Modal, TextInput } from "@mantine/core";
import { useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { useMe } from "@/me/data";
import { m as t } from "@/paraglide/messages";
import { Button } from "@/ui/Button";
import { ProblemNotice } from "@/ui/Notice";
import { fieldError, useTask } from "@/ui/useTask";
import { createLine } from "./data";
import classes from "./lines.module.css";

/** A name is enough for a new line; everything else has a sane default and stands on its page. */
export function NewLineDialog({ opened, onClose }: { opened: boolean; onClose: () => void }) {
  const { operator } = useMe();
  const navigate = useNavigate();
  const [name, setName] = useState("");
  const task = useTask(async () => {
    const line = await createLine({ name: name.trim(), operator_ids: [operator.id] });
    setName("");
    onClose();
    await navigate({ to: "/lines/$id/$tab", params: { id: String(line.id), tab: "queue" } });
  });
  return (
    <Modal
      opened={opened}
      onClose={onClose}
      title={t.lines_new()}
      closeButtonProps={{ "aria-label": t.action_close() }}
    >
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!task.busy && name.trim()) void task.run();
        }}
      >
        <TextInput
          label={t.setup_line_name()}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          data-autofocus
          error={fieldError(task.problem, "name")}
        />
        {task.problem && task.problem.field !== "name" && <ProblemNotice error={task.problem} />}
        <div className={classes.buttons}>
          <Button onClick={onClose}>{t.action_cancel()}</Button>
          <Button kind="primary" type="submit" loading={task.busy} disabled={!name.trim()}>
            {t.setup_line_create()}
          </Button>
        </div>
      </form>
    </Modal>
  );
}
