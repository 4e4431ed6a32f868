/** How far an answer has come: clock, ✓, ✓✓, filled ✓✓, or ! with the reason. */
import { Tooltip } from "@mantine/core";
import { IconAlertCircleFilled, IconCheck, IconChecks, IconClock, IconHelpCircle } from "@tabler/icons-react";
import type { Delivery as Fact } from "@/api/types";
import { m as t } from "@/paraglide/messages";
import classes from "./bubble.module.css";

type Shown = Fact["state"] | "waiting" | "sending";

export const deliveryName = (state: Shown) =>
  ({
    waiting: t.delivery_waiting,
    sending: t.delivery_sending,
    queued: t.delivery_queued,
    sent: t.delivery_sent,
    delivered: t.delivery_delivered,
    read: t.delivery_read,
    failed: t.delivery_failed,
    uncertain: t.delivery_uncertain,
  })[state]();

export function Delivery({ state, reason }: { state: Shown; reason?: string | null }) {
  const label = reason ? `${deliveryName(state)}: ${reason}` : deliveryName(state);
  const Icon = {
    waiting: IconClock,
    sending: IconClock,
    queued: IconClock,
    sent: IconCheck,
    delivered: IconChecks,
    read: IconChecks,
    failed: IconAlertCircleFilled,
    uncertain: IconHelpCircle,
  }[state];
  return (
    <Tooltip label={label} multiline maw={280}>
      <span className={classes.delivery} data-state={state} role="img" aria-label={label}>
        <Icon size={15} stroke={state === "read" ? 2.6 : 2} aria-hidden />
      </span>
    </Tooltip>
  );
}
