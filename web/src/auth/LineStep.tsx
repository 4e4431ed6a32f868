import { TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import type { Line, LineMode } from "@/api/types";
import { createLine } from "@/lines/data";
import { ModePicker } from "@/lines/ModePicker";
import { useMe } from "@/me/data";
import { m as t } from "@/paraglide/messages";
import { Button } from "@/ui/Button";
import { ProblemNotice } from "@/ui/Notice";
import { fieldError, useTask } from "@/ui/useTask";
import classes from "./auth.module.css";

/** Second step: a line with the administrator as its first operator. */
export function LineStep({ onDone, onSkip }: { onDone: (line: Line) => void; onSkip: () => void }) {
  const { operator } = useMe();
  const [name, setName] = useState<string>(t.setup_line_default);
  const [mode, setMode] = useState<LineMode>("evenly");
  const task = useTask(async () => {
    onDone(await createLine({ name: name.trim(), mode, operator_ids: [operator.id] }));
  });
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (!task.busy && name.trim()) void task.run();
  };
  return (
    <form className={classes.form} onSubmit={submit}>
      <TextInput
        label={t.setup_line_name()}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        required
        withAsterisk={false}
        autoFocus
        error={fieldError(task.problem, "name")}
      />
      <ModePicker value={mode} onChange={setMode} />
      {task.problem && task.problem.field !== "name" && <ProblemNotice error={task.problem} />}
      <div className={classes.buttons}>
        <Button kind="quiet" size="md" onClick={onSkip}>
          {t.action_skip_step()}
        </Button>
        <Button kind="primary" size="md" type="submit" loading={task.busy}>
          {t.setup_line_create()}
        </Button>
      </div>
    </form>
  );
}
