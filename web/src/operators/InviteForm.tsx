import { Checkbox, SegmentedControl, TextInput } from "@mantine/core";
import { type FormEvent, useState } from "react";
import type { Role } from "@/api/types";
import { byName, day } from "@/i18n/format";
import { useLines } from "@/lines/data";
import { m as t } from "@/paraglide/messages";
import { Button } from "@/ui/Button";
import { CopyField } from "@/ui/CopyField";
import { Notice, ProblemNotice } from "@/ui/Notice";
import { fieldError, useTask } from "@/ui/useTask";
import { invite } from "./data";
import classes from "./operators.module.css";

type Made = Awaited<ReturnType<typeof invite>>;

type Props = {
  onDone?: () => void /** What the last button says; with it the button is there from the start. */;
  doneLabel?: string;
};

/** Makes an invitation and shows its link, which is shown this one time only. */
export function InviteForm({ onDone, doneLabel }: Props) {
  const { data: lines = [] } = useLines();
  const [role, setRole] = useState<Role>("operator");
  const [chosen, setChosen] = useState<string[] | null>(null);
  const [made, setMade] = useState<Made | null>(null);
  // Until somebody chooses, a colleague joins the only line that there is.
  const lineIds = chosen ?? (lines.length === 1 ? lines.map((it) => String(it.id)) : []);

  const task = useTask(async (form: FormData) => {
    const word = (name: string) => String(form.get(name)).trim() || undefined;
    setMade(await invite({ name: word("name"), email: word("email"), role, line_ids: lineIds.map(Number) }));
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (!task.busy) void task.run(new FormData(event.currentTarget));
  };

  if (made)
    return (
      <div className={classes.form}>
        <CopyField
          label={made.invitation.name ? t.invite_link_for({ name: made.invitation.name }) : t.invite_link()}
          value={made.url}
        />
        <Notice tone="plain">{t.invite_link_hint({ date: day(made.invitation.expires_at) })}</Notice>
        <div className={classes.buttons}>
          <Button onClick={() => setMade(null)}>{t.invite_another()}</Button>
          {onDone && (
            <Button kind="primary" onClick={onDone}>
              {doneLabel ?? t.connect_done()}
            </Button>
          )}
        </div>
      </div>
    );

  const problem = task.problem;
  return (
    <form className={classes.form} onSubmit={submit}>
      <div className={classes.pair}>
        <TextInput
          label={t.invite_name()}
          name="name"
          autoComplete="off"
          data-autofocus
          error={fieldError(problem, "name")}
        />
        <TextInput
          label={t.invite_email()}
          name="email"
          type="email"
          autoComplete="off"
          error={fieldError(problem, "email")}
        />
      </div>
      <fieldset className={classes.fieldset}>
        <legend>{t.operator_role()}</legend>
        <SegmentedControl
          value={role}
          onChange={(value) => setRole(value as Role)}
          aria-label={t.operator_role()}
          data={[
            { value: "operator", label: t.role_operator() },
            { value: "admin", label: t.role_admin() },
          ]}
        />
        <p>{role === "admin" ? t.role_admin_hint() : t.role_operator_hint()}</p>
      </fieldset>
      {lines.length > 0 && (
        <fieldset className={classes.fieldset}>
          <legend>{t.operator_lines()}</legend>
          <Checkbox.Group value={lineIds} onChange={setChosen}>
            <div className={classes.choices}>
              {[...lines].sort(byName).map((it) => (
                <Checkbox key={it.id} size="sm" value={String(it.id)} label={it.name} />
              ))}
            </div>
          </Checkbox.Group>
        </fieldset>
      )}
      {problem && !problem.field && <ProblemNotice error={problem} />}
      <div className={classes.buttons}>
        <Button kind={doneLabel ? "normal" : "primary"} type="submit" loading={task.busy}>
          {t.invite_make()}
        </Button>
        {doneLabel && (
          <Button kind="primary" onClick={onDone}>
            {doneLabel}
          </Button>
        )}
      </div>
    </form>
  );
}
