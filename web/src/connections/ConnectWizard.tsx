/**
 * Connects one account of one channel in three steps: access, account and line, a test message. Everything about the
 * channel comes from its data; no channel is named here.
 */
import { useQuery } from "@tanstack/react-query";
import { useEffect, useRef, useState } from "react";
import { isCode } from "@/api/problem";
import type { About } from "@/api/types";
import { createLine, linesQuery } from "@/lines/data";
import { m as t } from "@/paraglide/messages";
import { ChannelMark } from "@/ui/Person";
import { Steps } from "@/ui/Steps";
import { useTask } from "@/ui/useTask";
import { AccessStep } from "./AccessStep";
import { AccountStep } from "./AccountStep";
import classes from "./connections.module.css";
import { checkSettings, connect } from "./data";
import { type FieldErrors, formProblems, settingOf, toSettings } from "./settings";
import { TestStep } from "./TestStep";
import { forgetAttempt, isPassed, keepAttempt, useAttempt } from "./wizard";

type Props = {
  about: About;
  /** Line chosen beforehand, from the address. */
  lineId?: number;
  /** Set once the account is connected: the address then leads straight to the test. */
  connectionId?: number;
  onConnected: (connectionId: number) => void;
  onClose: () => void;
  /** What the last button says. */
  closeLabel?: string;
  /** Inside of another way of steps: two rows of steps would confuse. */
  embedded?: boolean;
};

export function ConnectWizard({
  about,
  lineId,
  connectionId,
  onConnected,
  onClose,
  closeLabel,
  embedded,
}: Props) {
  const { values, check, line } = useAttempt(about.code);
  const { data: lines } = useQuery(linesQuery);
  const [errors, setErrors] = useState<FieldErrors>({});
  const [atAccount, setAtAccount] = useState(isPassed(check));
  const [inUse, setInUse] = useState<string | null>(check?.used_by ?? null);
  const step = connectionId ? 2 : atAccount && isPassed(check) ? 1 : 0;
  const keep = (change: Parameters<typeof keepAttempt>[1]) => keepAttempt(about.code, change);

  const checking = useTask(async (settings: typeof values) => {
    keep({ check: null });
    const result = await checkSettings(about.code, settings);
    keep({ check: result });
    setInUse(result.used_by ?? null);
    if (isPassed(result)) setAtAccount(true);
  });
  const runCheck = (typed: typeof values) => {
    const problems = formProblems(about, typed);
    setErrors(problems);
    if (Object.keys(problems).length === 0) void checking.run(toSettings(about, typed));
  };

  const connecting = useTask(async () => {
    if (!line) return;
    const line_id = "id" in line ? line.id : (await createLine({ name: line.name.trim() })).id;
    // A second try after a refusal must not create the line twice.
    keep({ line: { id: line_id } });
    try {
      const made = await connect({
        line_id,
        channel: about.code,
        settings: toSettings(about, values),
        take_over: inUse !== null,
      });
      forgetAttempt(about.code);
      onConnected(made.id);
    } catch (error) {
      if (!isCode(error, "in_use")) throw error;
      setInUse(error.detail);
    }
  });

  // The line that was chosen beforehand, else the only one, else a new one.
  useEffect(() => {
    if (line || !lines) return;
    const known = lines.find((it) => it.id === lineId) ?? (lines.length === 1 ? lines[0] : undefined);
    if (known) keepAttempt(about.code, { line: { id: known.id } });
    else if (lines.length === 0) keepAttempt(about.code, { line: { name: t.setup_line_default() } });
  }, [about.code, line, lineId, lines]);

  // A refused setting is corrected where it was typed.
  const refused = settingOf(connecting.problem?.field) ?? settingOf(checking.problem?.field);
  const refusal = (connecting.problem ?? checking.problem)?.detail;
  const told = useRef<unknown>(null);
  useEffect(() => {
    const problem = connecting.problem ?? checking.problem;
    if (!refused || !refusal || told.current === problem) return;
    told.current = problem;
    setErrors({ [refused]: refusal });
    setAtAccount(false);
  }, [refused, refusal, connecting.problem, checking.problem]);

  const titles = [t.connect_step_access(), t.connect_step_account(), t.connect_step_test()];
  return (
    <>
      {embedded ? (
        <p className={classes.embedded}>
          <ChannelMark channel={about} size={24} />
          <strong>{about.title}</strong>
          <span>
            {t.connect_progress({ step: step + 1, total: titles.length, title: titles[step] ?? "" })}
          </span>
        </p>
      ) : (
        <Steps titles={titles} current={step} />
      )}
      {step === 0 && (
        <AccessStep
          about={about}
          values={values}
          errors={errors}
          check={check}
          busy={checking.busy}
          problem={refused ? null : checking.problem}
          onChange={(name, value) => {
            keep({ values: { ...values, [name]: value }, check: null });
            setErrors(({ [name]: _, ...rest }) => rest);
            checking.clear();
          }}
          onCheck={() => runCheck(values)}
          onPasted={(name, value) => {
            const typed = { ...values, [name]: value };
            if (Object.keys(formProblems(about, typed)).length > 0) return;
            keep({ values: typed, check: null });
            runCheck(typed);
          }}
        />
      )}
      {step === 1 && check && (
        <AccountStep
          about={about}
          check={check}
          inUse={inUse}
          line={line}
          busy={connecting.busy}
          problem={refused ? null : connecting.problem}
          onLine={(choice) => keep({ line: choice })}
          onBack={() => setAtAccount(false)}
          onConnect={() => void connecting.run()}
        />
      )}
      {step === 2 && connectionId && (
        <TestStep about={about} connectionId={connectionId} onClose={onClose} closeLabel={closeLabel} />
      )}
    </>
  );
}
