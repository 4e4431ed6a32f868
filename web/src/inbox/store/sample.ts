/** Samples for tests of the stores. */
import type { Dialog, Message } from "@/api/types";

export const minute = (it: number) => new Date(Date.UTC(2026, 10, 21, 10, it)).toISOString();

type Shape = {
  version?: number;
  state?: Dialog["session"]["state"];
  operator?: number | null;
  offeredTo?: number[];
  line?: number;
  channel?: string;
  active?: number;
  waiting?: number | null;
};

export function dialog(id: number, shape: Shape = {}): Dialog {
  const { version = 1, state = "active", operator = null, offeredTo = [], line = 1, channel = "x" } = shape;
  return {
    id,
    version,
    channel,
    connection_id: 1,
    line_id: line,
    chat: null,
    reachable: true,
    customer: { id, name: `Customer ${id}`, picture: null, language: null },
    session: {
      id,
      number: id,
      state,
      operator_id: operator,
      offered_to: offeredTo,
      offered_at: null,
      offer_expires_at: null,
      opened_at: minute(0),
      accepted_at: null,
      closed_at: null,
      closed_by: null,
      reopened: false,
    },
    last_message: null,
    last_activity_at: minute(shape.active ?? 0),
    waiting_since: shape.waiting == null ? null : minute(shape.waiting),
    unread_count: 0,
    lead_id: null,
  };
}

export function message(id: number, change: Partial<Message> = {}): Message {
  return {
    id,
    version: 1,
    dialog_id: 1,
    session_id: 1,
    kind: "incoming",
    author: { kind: "customer", operator_id: null, name: "Ivan" },
    text: `Text ${id}`,
    files: [],
    location: null,
    contact: null,
    reply_to: null,
    forwarded: null,
    buttons: [],
    reactions: [],
    edited_at: null,
    deleted_at: null,
    at: minute(id),
    client_id: null,
    delivery: null,
    system: null,
    ...change,
  };
}
