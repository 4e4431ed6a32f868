import { PasswordInput } from "@mantine/core";
import { type FormEvent, useRef, useState } from "react";
import { tooShort } from "@/auth/password";
import { patchMe, useMe } from "@/me/data";
import { m as t } from "@/paraglide/messages";
import { Button } from "@/ui/Button";
import { ProblemNotice } from "@/ui/Notice";
import { toast } from "@/ui/toast";
import { useTask } from "@/ui/useTask";
import classes from "./settings.module.css";

/** Change of the password; the current one proves that it is really the person. */
export function PasswordPart() {
  const { operator } = useMe();
  const form = useRef<HTMLFormElement>(null);
  const [short, setShort] = useState(false);
  const task = useTask(async (data: FormData) => {
    await patchMe({ password: { current: String(data.get("current")), new: String(data.get("new")) } });
    form.current?.reset();
    toast.info(t.password_changed());
  });
  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const data = new FormData(event.currentTarget);
    const isShort = tooShort(String(data.get("new")));
    setShort(isShort);
    if (!isShort && !task.busy) void task.run(data);
  };
  const { problem } = task;
  const wrong = problem?.field === "password.current" || problem?.code === "wrong_credentials";
  const weak = problem?.field === "password.new";
  return (
    <form ref={form} className={classes.form} onSubmit={submit}>
      <input type="hidden" name="username" autoComplete="username" value={operator.email} readOnly />
      <PasswordInput
        label={t.password_current()}
        name="current"
        autoComplete="current-password"
        required
        withAsterisk={false}
        error={wrong ? t.password_current_wrong() : null}
        visibilityToggleButtonProps={{ "aria-label": t.password_show() }}
      />
      <PasswordInput
        label={t.join_password()}
        description={t.password_hint()}
        name="new"
        autoComplete="new-password"
        required
        withAsterisk={false}
        error={short ? t.password_short() : weak ? problem.detail : null}
        visibilityToggleButtonProps={{ "aria-label": t.password_show() }}
      />
      {problem && !wrong && !weak && <ProblemNotice error={problem} />}
      <div>
        <Button kind="primary" type="submit" loading={task.busy}>
          {t.password_change()}
        </Button>
      </div>
    </form>
  );
}
