import { PasswordInput, TextInput } from "@mantine/core";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { type FormEvent, useEffect, useRef, useState } from "react";
import { isCode } from "@/api/problem";
import { m as t } from "@/paraglide/messages";
import { Button } from "@/ui/Button";
import { Notice, ProblemNotice } from "@/ui/Notice";
import { useTask } from "@/ui/useTask";
import classes from "./auth.module.css";
import { isSetupNeeded, signIn, signInByLink, takeFromHash } from "./data";
import { Outside } from "./Outside";
import { clock, useCountdown } from "./useCountdown";

/** E-mail and password, or a one-time link (`#token=…`). Leads to the first start while nobody exists. */
export function SignIn() {
  const { next } = useSearch({ from: "/sign-in" });
  const navigate = useNavigate();
  const password = useRef<HTMLInputElement>(null);
  const [blockedUntil, setBlockedUntil] = useState<number | null>(null);
  const waitS = useCountdown(blockedUntil);
  const enter = () => navigate({ to: next ?? "/inbox", replace: true });

  const byLink = useTask(async (token: string) => {
    await signInByLink(token);
    await enter();
  });
  const byPassword = useTask(async (form: FormData) => {
    try {
      await signIn({ email: String(form.get("email")).trim(), password: String(form.get("password")) });
    } catch (error) {
      if (isCode(error, "too_many_tries")) setBlockedUntil(Date.now() + (error.retryAfterS ?? 60) * 1000);
      else password.current?.select();
      throw error;
    }
    await enter();
  });

  const { run: enterByLink } = byLink;
  useEffect(() => {
    const token = takeFromHash("token");
    if (token) void enterByLink(token);
    else
      isSetupNeeded().then(
        (needed) => (needed ? navigate({ to: "/setup", replace: true }) : undefined),
        () => {}, // Not reachable: the form says so when it is sent.
      );
  }, [enterByLink, navigate]);

  const submit = (event: FormEvent<HTMLFormElement>) => {
    event.preventDefault();
    if (waitS === 0 && !byPassword.busy) void byPassword.run(new FormData(event.currentTarget));
  };

  const { problem } = byPassword;
  const wrong = isCode(problem, "wrong_credentials");
  const other = problem && !wrong && !isCode(problem, "too_many_tries");
  return (
    <Outside title={t.signin_title()}>
      <h1 className={classes.title}>{t.signin_welcome()}</h1>
      {byLink.busy ? (
        <p className={classes.text} role="status">
          {t.signin_link_busy()}
        </p>
      ) : (
        <form className={classes.form} onSubmit={submit} style={{ marginTop: 20 }}>
          {byLink.problem &&
            (byLink.problem.status >= 400 && byLink.problem.status < 500 ? (
              <Notice tone="warning">{t.signin_link_gone()}</Notice>
            ) : (
              <ProblemNotice error={byLink.problem} />
            ))}
          <TextInput
            label={t.signin_email()}
            name="email"
            type="email"
            autoComplete="username"
            inputMode="email"
            required
            withAsterisk={false}
            autoFocus
          />
          <PasswordInput
            ref={password}
            label={t.signin_password()}
            name="password"
            autoComplete="current-password"
            required
            withAsterisk={false}
            error={wrong ? t.signin_wrong() : null}
            visibilityToggleButtonProps={{ "aria-label": t.password_show() }}
          />
          {waitS > 0 && <Notice tone="danger">{t.signin_wait()}</Notice>}
          {other && <ProblemNotice error={problem} />}
          <Button
            kind="primary"
            type="submit"
            size="md"
            loading={byPassword.busy}
            disabled={waitS > 0}
            fullWidth
          >
            {waitS > 0 ? t.signin_wait_button({ time: clock(waitS) }) : t.signin_submit()}
          </Button>
        </form>
      )}
      <details className={classes.below}>
        <summary>{t.signin_forgot()}</summary>
        <p>{t.signin_forgot_text()}</p>
      </details>
    </Outside>
  );
}
