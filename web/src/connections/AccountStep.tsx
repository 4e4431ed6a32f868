import { IconCircleCheck } from "@tabler/icons-react";
import type { Problem } from "@/api/problem";
import type { About, ConnectionCheck } from "@/api/types";
import { m as t } from "@/paraglide/messages";
import { Button } from "@/ui/Button";
import { Notice, ProblemNotice } from "@/ui/Notice";
import { ChannelMark, Face } from "@/ui/Person";
import { fieldError } from "@/ui/useTask";
import classes from "./connections.module.css";
import { isComplete, type LineChoice, LinePicker } from "./LinePicker";

type Props = {
  about: About;
  check: ConnectionCheck;
  /** Who uses the account now, if it is not us. */
  inUse: string | null;
  line: LineChoice | null;
  busy: boolean;
  problem: Problem | null;
  onLine: (choice: LineChoice) => void;
  onBack: () => void;
  onConnect: () => void;
};

/** Second step: is it the right account, and which line answers there? */
export function AccountStep({ about, check, inUse, line, busy, problem, onLine, onBack, onConnect }: Props) {
  const account = check.account;
  if (!account) return null;
  return (
    <form
      className={classes.form}
      onSubmit={(event) => {
        event.preventDefault();
        if (!busy && isComplete(line)) onConnect();
      }}
    >
      <div className={classes.account}>
        <Face name={account.title} picture={account.picture} size={56} />
        <div className={classes.accountName}>
          <strong>{account.title}</strong>
          <span>
            <ChannelMark channel={about} size={16} /> {about.title}
            {account.url && (
              <>
                {" · "}
                <a href={account.url} target="_blank" rel="noreferrer">
                  {account.url.replace(/^https?:\/\//, "")}
                </a>
              </>
            )}
          </span>
        </div>
        <span className={classes.passed}>
          <IconCircleCheck size={18} aria-hidden />
          {t.connect_passed()}
        </span>
      </div>
      {inUse !== null && (
        <Notice tone="warning">
          <strong>{t.connect_used_title({ place: inUse })}</strong> {t.connect_used_text()}
        </Notice>
      )}
      <LinePicker
        choice={line}
        onChange={onLine}
        error={fieldError(problem, "line_id") ?? fieldError(problem, "name")}
      />
      {problem &&
        !["line_id", "name"].includes(problem.field ?? "") &&
        (problem.code === "hub_unreachable" ? (
          <Notice tone="danger">{t.connect_hub_unreachable()}</Notice>
        ) : (
          <ProblemNotice error={problem} />
        ))}
      <div className={classes.buttons}>
        <Button size="md" onClick={onBack} disabled={busy}>
          {t.action_back()}
        </Button>
        <Button
          kind={inUse === null ? "primary" : "danger"}
          size="md"
          type="submit"
          loading={busy}
          disabled={!isComplete(line)}
        >
          {inUse === null ? t.connect_connect() : t.connect_take_over()}
        </Button>
      </div>
    </form>
  );
}
