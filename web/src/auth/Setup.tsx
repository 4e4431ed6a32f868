import { IconCircleCheck } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useEffect, useRef } from "react";
import { isCode } from "@/api/problem";
import { keepFresh } from "@/app/fresh";
import { startLive, stopLive } from "@/live/socket";
import { meQuery, setPresence } from "@/me/data";
import { InviteForm } from "@/operators/InviteForm";
import { m as t } from "@/paraglide/messages";
import { Empty, Failed } from "@/ui/State";
import { Steps } from "@/ui/Steps";
import { toast } from "@/ui/toast";
import classes from "./auth.module.css";
import { ChannelStep } from "./ChannelStep";
import { CompanyStep } from "./CompanyStep";
import { isSetupNeeded, takeFromHash } from "./data";
import { LineStep } from "./LineStep";
import { Outside } from "./Outside";
import { useDraft } from "./setupDraft";

/** The first start in four steps. The first makes the administrator; the others may be skipped. */
export function Setup() {
  const { step = 1, ...search } = useSearch({ from: "/setup" });
  const navigate = useNavigate();
  const go = (next: { step: number; line?: number; channel?: string; connection?: number }) =>
    void navigate({ to: "/setup", search: next, replace: next.step === step });
  const heading = useRef<HTMLHeadingElement>(null);

  useEffect(() => {
    const code = takeFromHash("code");
    if (code) useDraft.setState({ code, codeKnown: true });
  }, []);
  // biome-ignore lint/correctness/useExhaustiveDependencies: the focus follows the step
  useEffect(() => heading.current?.focus({ preventScroll: true }), [step]);

  const needed = useQuery({ queryKey: ["setup"], queryFn: isSetupNeeded, enabled: step === 1 });
  const me = useQuery({ ...meQuery, enabled: step > 1 });
  const signedOut = isCode(me.error, "login_needed");
  useEffect(() => {
    if (signedOut) void navigate({ to: "/sign-in", search: { next: "/setup?step=2" }, replace: true });
  }, [signedOut, navigate]);

  // The last step of the channel's wizard watches for a message, so the live line runs here as well.
  const inside = step > 1 && me.data !== undefined;
  useEffect(() => {
    if (!inside) return;
    const stopFresh = keepFresh();
    startLive();
    return () => {
      stopFresh();
      stopLive();
    };
  }, [inside]);

  const error = step === 1 ? needed.error : signedOut ? null : me.error;
  if (error)
    return (
      <Outside title={t.setup_title()}>
        <Failed error={error} onRetry={() => void (step === 1 ? needed.refetch() : me.refetch())} />
      </Outside>
    );
  if (step === 1 && needed.data === false)
    return (
      <Outside title={t.setup_title()}>
        <Empty alone icon={IconCircleCheck} title={t.setup_done_title()} text={t.setup_done()}>
          <Link to="/sign-in">{t.signin_title()}</Link>
        </Empty>
      </Outside>
    );
  if (step > 1 && !me.data) return <Outside title={t.setup_title()}>{null}</Outside>;

  const titles = [t.setup_step_company(), t.setup_step_line(), t.setup_step_channel(), t.setup_step_invite()];
  const heads = [
    [t.setup_company_title(), t.setup_company_text()],
    [t.setup_line_title(), t.setup_line_text()],
    [t.setup_channel_title(), t.setup_channel_text()],
    [t.setup_invite_title(), t.setup_invite_text()],
  ] as const;
  const [title, text] = heads[step - 1] ?? heads[0];
  // Whoever opens the dialogs is there to answer: otherwise the first customer would wait for nobody.
  const finish = () => {
    setPresence("available").catch(toast.error);
    void navigate({ to: "/inbox" });
  };
  return (
    <Outside title={t.setup_title()} wide>
      <Steps titles={titles} current={step - 1} />
      <div className={classes.head}>
        <h1 ref={heading} tabIndex={-1} className={classes.title}>
          {title}
        </h1>
        <p>{text}</p>
      </div>
      {step === 1 && <CompanyStep onDone={() => go({ step: 2 })} />}
      {step === 2 && (
        <LineStep onDone={(line) => go({ step: 3, line: line.id })} onSkip={() => go({ step: 3 })} />
      )}
      {step === 3 && (
        <ChannelStep
          lineId={search.line}
          channel={search.channel}
          connectionId={search.connection}
          onChannel={(channel) => go({ step: 3, line: search.line, channel })}
          onConnected={(connection) =>
            go({ step: 3, line: search.line, channel: search.channel, connection })
          }
          onLine={() => go({ step: 2 })}
          onDone={() => go({ step: 4 })}
        />
      )}
      {step === 4 && <InviteForm onDone={finish} doneLabel={t.setup_finish()} />}
    </Outside>
  );
}
