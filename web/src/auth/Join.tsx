import { PasswordInput, TextInput } from "@mantine/core";
import { IconMailOff } from "@tabler/icons-react";
import { Link, useNavigate } from "@tanstack/react-router";
import { type FormEvent, useEffect, useState } from "react";
import { isCode } from "@/api/problem";
import { m as t } from "@/paraglide/messages";
import { Button } from "@/ui/Button";
import { ProblemNotice } from "@/ui/Notice";
import { Empty, Failed } from "@/ui/State";
import { fieldError, useTask } from "@/ui/useTask";
import classes from "./auth.module.css";
import { acceptInvitation, lookAtInvitation, takeFromHash } from "./data";
import { Outside } from "./Outside";
import { tooShort } from "./password";

/** The token is taken out of the address once; a change of the language renders this screen anew. */
let token: string | null = null;

/** Where an invitation leads (`/join#token=…`): name and password, and the person is in. */
export function Join() {
  const navigate = useNavigate();
  const [invitation, setInvitation] = useState<Awaited<ReturnType<typeof lookAtInvitation>> | null>(null);
  const [short, setShort] = useState(false);
  const look = useTask(async () => {
    token = takeFromHash("token") ?? token;
    setInvitation(await lookAtInvitation(token ?? ""));
  });
  const accept = useTask(async (form: FormData) => {
    await acceptInvitation({
      token: token ?? "",
      name: String(form.get("name")).trim(),
      email: String(form.get("email")).trim(),
      password: String(form.get("password")),
    });
    await navigate({ to: "/inbox", replace: true });
  });
  const { run } = look;
  useEffect(() => {
    void run();
  }, [run]);

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    const form = new FormData(event.currentTarget);
    const isShort = tooShort(String(form.get("password")));
    setShort(isShort);
    if (!isShort) void accept.run(form);
  };

  const gone =
    isCode(look.problem, "invitation_gone") ||
    isCode(accept.problem, "invitation_gone") ||
    look.problem?.status === 400;
  if (gone)
    return (
      <Outside title={t.join_title_plain()}>
        <Empty alone icon={IconMailOff} title={t.join_gone_title()} text={t.join_gone()}>
          <Link to="/sign-in">{t.join_signin()}</Link>
        </Empty>
      </Outside>
    );
  if (look.problem)
    return (
      <Outside title={t.join_title_plain()}>
        <Failed error={look.problem} onRetry={() => void look.run()} />
      </Outside>
    );
  if (!invitation) return <Outside title={t.join_title_plain()}>{null}</Outside>;

  const role = invitation.role === "admin" ? t.role_admin() : t.role_operator();
  return (
    <Outside title={t.join_title_plain()}>
      <h1 className={classes.title}>{t.join_title({ company: invitation.company_name })}</h1>
      <p className={classes.text}>{t.join_text({ role })}</p>
      <form className={classes.form} onSubmit={submit}>
        <TextInput
          label={t.join_name()}
          description={t.join_name_hint()}
          name="name"
          defaultValue={invitation.name ?? ""}
          autoComplete="name"
          required
          withAsterisk={false}
          autoFocus={!invitation.name}
          error={fieldError(accept.problem, "name")}
        />
        <TextInput
          label={t.signin_email()}
          name="email"
          type="email"
          defaultValue={invitation.email ?? ""}
          autoComplete="username"
          required
          withAsterisk={false}
          error={fieldError(accept.problem, "email")}
        />
        <PasswordInput
          label={t.join_password()}
          description={t.password_hint()}
          name="password"
          autoComplete="new-password"
          required
          withAsterisk={false}
          autoFocus={Boolean(invitation.name)}
          error={short ? t.password_short() : fieldError(accept.problem, "password")}
          visibilityToggleButtonProps={{ "aria-label": t.password_show() }}
        />
        {accept.problem && !accept.problem.field && <ProblemNotice error={accept.problem} />}
        <Button kind="primary" type="submit" size="md" loading={accept.busy} fullWidth>
          {t.join_submit()}
        </Button>
      </form>
      <p className={classes.below}>
        <Link to="/sign-in">{t.join_signin()}</Link>
      </p>
    </Outside>
  );
}
