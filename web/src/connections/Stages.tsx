import { Loader } from "@mantine/core";
import { IconAlertCircle, IconCircleCheck, IconCircleDashed } from "@tabler/icons-react";
import type { Stage } from "@/api/types";
import { m as t } from "@/paraglide/messages";
import classes from "./connections.module.css";

/** Stages that nearly every check has: shown as waiting until the answer is here. */
const EXPECTED = ["messenger", "inbound", "portal"];

const stageName = (name: string) => {
  const names: Record<string, (() => string) | undefined> = {
    name: t.stage_name,
    messenger: t.stage_messenger,
    inbound: t.stage_inbound,
    portal: t.stage_portal,
    hub: t.stage_hub,
  };
  return names[name]?.() ?? name;
};

/** How messages come in is told by a word; other texts are sentences already. */
const stageText = ({ name, ok, text }: Stage) => {
  if (ok == null) return "";
  if (name === "inbound" && text === "webhook") return t.stage_inbound_webhook();
  if (name === "inbound" && text === "polling") return t.stage_inbound_polling();
  return text;
};

/** What to do about a stage that failed; the messenger's own words alone often say little. */
const stageAdvice = (name: string) => {
  const advice: Record<string, (() => string) | undefined> = {
    messenger: t.stage_messenger_advice,
    inbound: t.stage_inbound_advice,
    portal: t.stage_portal_advice,
  };
  return advice[name]?.() ?? "";
};

/** The lines of a check: each waiting, good, or bad with what to do about it. `stages` is null while it runs. */
export function Stages({ stages }: { stages: readonly Stage[] | null }) {
  const lines: readonly Stage[] = stages ?? EXPECTED.map((name) => ({ name, ok: null, text: "" }));
  return (
    <ul className={classes.stages} aria-live="polite" aria-busy={stages === null}>
      {lines.map(({ name, ok, text }) => (
        <li
          key={name}
          data-state={stages === null ? "busy" : ok === true ? "ok" : ok === false ? "bad" : "none"}
        >
          {stages === null ? (
            <Loader size={16} aria-hidden />
          ) : ok === true ? (
            <IconCircleCheck size={18} aria-label={t.stage_ok()} role="img" />
          ) : ok === false ? (
            <IconAlertCircle size={18} aria-label={t.stage_bad()} role="img" />
          ) : (
            <IconCircleDashed size={18} aria-label={t.stage_none()} role="img" />
          )}
          <span>
            <strong>{stageName(name)}</strong>
            {stageText({ name, ok, text }) && <span>{stageText({ name, ok, text })}</span>}
            {ok === false && stageAdvice(name) && <em>{stageAdvice(name)}</em>}
          </span>
        </li>
      ))}
    </ul>
  );
}
