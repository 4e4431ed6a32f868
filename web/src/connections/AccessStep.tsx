import type { Problem } from "@/api/problem";
import type { About, ConnectionCheck, ConnectionSettings } from "@/api/types";
import { pick } from "@/i18n/locale";
import { m as t } from "@/paraglide/messages";
import { Button } from "@/ui/Button";
import { Notice, ProblemNotice } from "@/ui/Notice";
import classes from "./connections.module.css";
import { SettingsFields } from "./SettingsFields";
import { Stages } from "./Stages";
import type { FieldErrors } from "./settings";

type Props = {
  about: About;
  values: ConnectionSettings;
  errors: FieldErrors;
  check: ConnectionCheck | null;
  busy: boolean;
  problem: Problem | null;
  onChange: (name: string, value: string) => void;
  onCheck: () => void;
  onPasted: (name: string, value: string) => void;
};

/** First step: what the messenger gave, and whether it works. */
export function AccessStep({
  about,
  values,
  errors,
  check,
  busy,
  problem,
  onChange,
  onCheck,
  onPasted,
}: Props) {
  return (
    <div className={classes.split}>
      <form
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          if (!busy) onCheck();
        }}
      >
        <SettingsFields
          about={about}
          values={values}
          errors={errors}
          disabled={busy}
          onChange={onChange}
          onPaste={onPasted}
        />
        {(busy || check) && <Stages stages={busy ? null : (check?.stages ?? [])} />}
        {problem &&
          (problem.code === "hub_unreachable" ? (
            <Notice tone="danger">{t.connect_hub_unreachable()}</Notice>
          ) : (
            <ProblemNotice error={problem} />
          ))}
        <div className={classes.buttons}>
          <Button kind="primary" size="md" type="submit" loading={busy}>
            {check ? t.connect_check_again() : t.connect_check()}
          </Button>
        </div>
      </form>
      <aside className={classes.help} aria-label={t.connect_how()}>
        <h2>{t.connect_how()}</h2>
        <ol>
          {about.steps.map((step) => (
            <li key={step.en}>{pick(step)}</li>
          ))}
        </ol>
      </aside>
    </div>
  );
}
