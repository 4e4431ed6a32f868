/** The states that every screen has beside the good one: loading, empty, error. */
import { IconAlertTriangle, IconPlugConnectedX } from "@tabler/icons-react";
import { type ComponentType, type ReactNode, useEffect, useState } from "react";
import { asProblem } from "@/api/problem";
import { m as t } from "@/paraglide/messages";
import { Button } from "./Button";
import { CopyCode } from "./CopyCode";
import { explain } from "./explain";
import classes from "./ui.module.css";

/** Nothing is shown before this: most answers come sooner, and a flash would only disturb. */
const SKELETON_AFTER_MS = 150;
const WORDS_AFTER_MS = 3_000;
const RETRY_AFTER_MS = 10_000;

function useElapsed(limits: readonly number[]) {
  const [passed, setPassed] = useState(0);
  useEffect(() => {
    const timers = limits.map((ms, index) => setTimeout(() => setPassed(index + 1), ms));
    return () => timers.forEach(clearTimeout);
  }, [limits]);
  return passed;
}

const STEPS = [SKELETON_AFTER_MS, WORDS_AFTER_MS, RETRY_AFTER_MS] as const;

/** Shows `children` (a skeleton of the real layout) after 150 ms, words after 3 s, a retry after 10 s. */
export function Loading({ children, onRetry }: { children: ReactNode; onRetry?: () => void }) {
  const passed = useElapsed(STEPS);
  if (passed === 0) return null;
  return (
    <div role="status" aria-label={t.loading()}>
      {children}
      {passed >= 2 && (
        <p className={classes.stateText} style={{ margin: "12px auto", textAlign: "center" }}>
          {t.loading_long()}{" "}
          {passed >= 3 && onRetry && (
            <Button kind="quiet" size="xs" onClick={onRetry}>
              {t.action_retry()}
            </Button>
          )}
        </p>
      )}
    </div>
  );
}

type EmptyProps = {
  icon: ComponentType<{ size?: number; stroke?: number }>;
  title: string;
  text?: ReactNode;
  /** The title is the heading of the page when nothing else is on it. */
  alone?: boolean;
  /** One action, at most two. */
  children?: ReactNode;
};

/** Why nothing is here, and what to do about it. */
export function Empty({ icon: Icon, title, text, alone, children }: EmptyProps) {
  const Title = alone ? "h1" : "p";
  return (
    <div className={classes.state}>
      <div className={classes.stateIcon} aria-hidden>
        <Icon size={22} stroke={1.6} />
      </div>
      <Title className={classes.stateTitle}>{title}</Title>
      {text && <p className={classes.stateText}>{text}</p>}
      {children && <div className={classes.stateActions}>{children}</div>}
    </div>
  );
}

/** What failed, whether data is safe, a retry, and the support code. */
export function Failed({ error, onRetry }: { error: unknown; onRetry?: () => void }) {
  const problem = asProblem(error);
  const { title, text } = explain(problem);
  return (
    <div role="alert">
      <Empty icon={problem.isOffline ? IconPlugConnectedX : IconAlertTriangle} title={title} text={text}>
        {onRetry && <Button onClick={onRetry}>{t.action_retry()}</Button>}
      </Empty>
      {problem.supportId && (
        <div style={{ textAlign: "center" }}>
          <CopyCode label={t.error_support({ code: problem.supportId })} value={problem.supportId} />
        </div>
      )}
    </div>
  );
}
