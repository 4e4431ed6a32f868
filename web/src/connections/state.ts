/** What the state of a connection means for people. */
import type { ConnectionState } from "@/api/types";
import { m as t } from "@/paraglide/messages";
import type { Tone } from "@/ui/Bits";

/** States in which messages may not arrive, and an administrator has to act. */
export const needsAttention = (state: ConnectionState) => state === "displaced" || state === "failing";

export const stateName = (state: ConnectionState) =>
  ({
    draft: t.connection_draft,
    active: t.connection_active,
    displaced: t.connection_displaced,
    failing: t.connection_failing,
    paused: t.connection_paused,
    removed: t.connection_removed,
  })[state]();

export const stateTone = (state: ConnectionState): Tone =>
  (
    ({
      draft: "plain",
      active: "good",
      displaced: "danger",
      failing: "warning",
      paused: "plain",
      removed: "plain",
    }) as const
  )[state];
