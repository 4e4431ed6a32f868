import { PasswordInput, SegmentedControl, Select, TextInput } from "@mantine/core";
import { type FormEvent, useMemo, useState } from "react";
import { isCode } from "@/api/problem";
import { isLocale, setLocale, useLocale } from "@/i18n/locale";
import { m as t } from "@/paraglide/messages";
import { Button } from "@/ui/Button";
import { ProblemNotice } from "@/ui/Notice";
import { fieldError, useTask } from "@/ui/useTask";
import classes from "./auth.module.css";
import { setUp } from "./data";
import { tooShort } from "./password";
import { useDraft, zones } from "./setupDraft";

const FIELDS = ["code", "company.name", "company.time_zone", "admin.name", "admin.email", "admin.password"];

/** First step of the first start: company and administrator. Nothing exists before it. */
export function CompanyStep({ onDone }: { onDone: () => void }) {
  const draft = useDraft();
  const locale = useLocale();
  const zoneList = useMemo(zones, []);
  const [short, setShort] = useState(false);
  const task = useTask(async () => {
    await setUp({
      code: draft.code.trim(),
      company: { name: draft.company.trim(), time_zone: draft.zone, language: locale },
      admin: { name: draft.name.trim(), email: draft.email.trim(), password: draft.password },
    });
    useDraft.setState({ password: "", code: "" });
    onDone();
  });
  const { problem } = task;
  const wrongCode = problem?.field === "code" || isCode(problem, "wrong_code");
  const submit = (event: FormEvent) => {
    event.preventDefault();
    setShort(tooShort(draft.password));
    if (!tooShort(draft.password) && !task.busy) void task.run();
  };
  const typed = (name: "code" | "company" | "name" | "email" | "password") => ({
    value: draft[name],
    onChange: (event: React.ChangeEvent<HTMLInputElement>) =>
      useDraft.setState({ [name]: event.currentTarget.value }),
    required: true,
    withAsterisk: false,
  });

  return (
    <form className={classes.form} onSubmit={submit}>
      {(!draft.codeKnown || wrongCode) && (
        <TextInput
          {...typed("code")}
          label={t.setup_code()}
          description={t.setup_code_hint()}
          autoComplete="off"
          spellCheck={false}
          autoFocus
          error={wrongCode ? t.setup_code_wrong() : null}
        />
      )}
      <div className={classes.pair}>
        <TextInput
          {...typed("company")}
          label={t.setup_company_name()}
          autoComplete="organization"
          autoFocus={draft.codeKnown}
          error={fieldError(problem, "company.name")}
        />
        <Select
          label={t.setup_zone()}
          data={zoneList}
          value={draft.zone}
          onChange={(value) => value && useDraft.setState({ zone: value })}
          searchable
          limit={60}
          nothingFoundMessage={t.setup_zone_nothing()}
          error={fieldError(problem, "company.time_zone")}
        />
      </div>
      <div className={classes.pair}>
        <TextInput
          {...typed("name")}
          label={t.setup_admin_name()}
          autoComplete="name"
          error={fieldError(problem, "admin.name")}
        />
        <TextInput
          {...typed("email")}
          label={t.setup_email()}
          type="email"
          autoComplete="username"
          error={fieldError(problem, "admin.email")}
        />
      </div>
      <PasswordInput
        {...typed("password")}
        label={t.setup_password()}
        description={t.password_hint()}
        autoComplete="new-password"
        error={short && tooShort(draft.password) ? t.password_short() : fieldError(problem, "admin.password")}
        visibilityToggleButtonProps={{ "aria-label": t.password_show() }}
      />
      <fieldset className={classes.fieldset}>
        <legend>{t.setup_language()}</legend>
        <SegmentedControl
          id="setup-language"
          aria-label={t.setup_language()}
          value={locale}
          onChange={(value) => isLocale(value) && setLocale(value)}
          data={[
            { value: "ru", label: t.language_ru() },
            { value: "en", label: t.language_en() },
          ]}
        />
      </fieldset>
      {problem && !FIELDS.includes(problem.field ?? "") && !wrongCode && <ProblemNotice error={problem} />}
      <div className={classes.buttons}>
        <Button kind="primary" size="md" type="submit" loading={task.busy}>
          {t.setup_create()}
        </Button>
      </div>
    </form>
  );
}
