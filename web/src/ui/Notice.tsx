import { IconAlertTriangle, IconInfoCircle } from "@tabler/icons-react";
import type { ReactNode } from "react";
import { asProblem } from "@/api/problem";
import { m as t } from "@/paraglide/messages";
import { CopyCode } from "./CopyCode";
import { explain } from "./explain";
import classes from "./ui.module.css";

type NoticeProps = { tone: "danger" | "warning" | "plain"; children: ReactNode; action?: ReactNode };

/** A sentence that belongs to the place where it stands: a refused form, a warning in a card. */
export function Notice({ tone, children, action }: NoticeProps) {
  const Icon = tone === "plain" ? IconInfoCircle : IconAlertTriangle;
  return (
    <div className={classes.notice} data-tone={tone} role={tone === "danger" ? "alert" : undefined}>
      <Icon size={18} stroke={1.8} aria-hidden />
      <div className={classes.noticeText}>{children}</div>
      {action}
    </div>
  );
}

/** A problem of a form that no field can show. */
export function ProblemNotice({ error }: { error: unknown }) {
  const problem = asProblem(error);
  return (
    <Notice tone="danger">
      {explain(problem).text}
      {problem.supportId && (
        <div>
          <CopyCode label={t.error_support({ code: problem.supportId })} value={problem.supportId} />
        </div>
      )}
    </Notice>
  );
}
