/** From messages to what stands in the thread, one under the other. Pure, so that grouping can be tested. */
import type { Message, Operator } from "@/api/types";
import type { Pending } from "../store/outbox";

export type Row =
  | { kind: "day"; key: string; at: string }
  | { kind: "session"; key: string; message: Message }
  | { kind: "system"; key: string; message: Message }
  | { kind: "unread"; key: string; count: number }
  | {
      kind: "message";
      key: string;
      message: Message;
      pending: Pending | null;
      /** First and last of a group: one author, within three minutes. */
      first: boolean;
      last: boolean;
    };

const GROUP_MAX_MS = 3 * 60_000;

export type Unread = { from: number; count: number };

export type RowsInput = {
  messages: readonly Message[];
  pending: readonly Pending[];
  me: Pick<Operator, "id" | "name">;
  /** The first message that was not read when the dialog was opened, and how many there were then. */
  unread: Unread | null;
};

/** A message of ours that the server has not answered yet, in the shape of those that it has. */
export const asMessage = (pending: Pending, me: RowsInput["me"]): Message => ({
  id: 0,
  version: 0,
  dialog_id: pending.dialog_id,
  session_id: 0,
  kind: pending.kind,
  author: { kind: "operator", operator_id: me.id, name: me.name },
  text: pending.text,
  files: pending.files,
  location: null,
  contact: null,
  reply_to: pending.reply_to,
  forwarded: null,
  buttons: [],
  reactions: [],
  edited_at: null,
  deleted_at: null,
  at: pending.at,
  client_id: pending.client_id,
  delivery: null,
  system: null,
});

const authorOf = ({ kind, author }: Message) =>
  `${kind === "note" ? "note" : author.kind} ${author.operator_id ?? (author.kind === "customer" ? author.name : "")}`;

const dayOf = (at: string) => new Date(at).toDateString();

export function buildRows({ messages, pending, me, unread }: RowsInput): Row[] {
  const rows: Row[] = [];
  const known = new Set(messages.map((it) => it.client_id));
  const all: [message: Message, pending: Pending | null][] = [
    ...messages.map((it): [Message, null] => [it, null]),
    ...pending
      .filter((it) => !known.has(it.client_id))
      .map((it): [Message, Pending] => [asMessage(it, me), it]),
  ];
  let group: Extract<Row, { kind: "message" }> | null = null;
  let day = "";
  for (const [message, waiting] of all) {
    if (dayOf(message.at) !== day) {
      day = dayOf(message.at);
      rows.push({ kind: "day", key: `day ${day}`, at: message.at });
      group = null;
    }
    if (message.id === unread?.from) {
      rows.push({ kind: "unread", key: "unread", count: unread.count });
      group = null;
    }
    const key = message.client_id ?? String(message.id);
    if (message.kind === "system") {
      rows.push({ kind: message.system?.code === "session_opened" ? "session" : "system", key, message });
      group = null;
      continue;
    }
    const joins =
      group !== null &&
      authorOf(group.message) === authorOf(message) &&
      Date.parse(message.at) - Date.parse(group.message.at) < GROUP_MAX_MS;
    if (joins && group) group.last = false;
    const row: Extract<Row, { kind: "message" }> = {
      kind: "message",
      key,
      message,
      pending: waiting,
      first: !joins,
      last: true,
    };
    rows.push(row);
    group = row;
  }
  return rows;
}

/** The first of the last `count` messages of the customer, or null when nothing is unread. */
export function firstUnread(messages: readonly Message[], count: number): Unread | null {
  if (count <= 0) return null;
  const incoming = messages.filter((it) => it.kind === "incoming");
  const from = incoming.at(-Math.min(count, incoming.length))?.id;
  return from === undefined ? null : { from, count };
}

/** Three emoji at most and nothing else: they are shown large, as messengers do. */
export const isEmojiOnly = (text: string) =>
  text.length <= 40 &&
  /^(?:\p{Extended_Pictographic}(?:\uFE0F|\u200D\p{Extended_Pictographic}|\p{Emoji_Modifier})*\s*){1,3}$/u.test(
    text,
  );
