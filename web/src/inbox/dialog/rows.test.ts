import { describe, expect, it } from "vitest";
import type { Message } from "@/api/types";
import type { Pending } from "../store/outbox";
import { message } from "../store/sample";
import { buildRows, firstUnread, isEmojiOnly } from "./rows";

const me = { id: 7, name: "Me" };
const mine = (id: number, change: Partial<Message> = {}) =>
  message(id, { kind: "reply", author: { kind: "operator", operator_id: 7, name: "Me" }, ...change });
const rows = (messages: Message[], from: number | null = null, pending: Pending[] = []) =>
  buildRows({ messages, pending, me, unread: from === null ? null : { from, count: 2 } });
const shape = (messages: Message[], unreadFrom: number | null = null) =>
  rows(messages, unreadFrom).map((it) =>
    it.kind === "message" ? `${it.first ? "(" : ""}${it.message.id}${it.last ? ")" : ""}` : it.kind,
  );
const at = (minutes: number) => new Date(2026, 10, 21, 10, minutes).toISOString();

describe("buildRows", () => {
  const cases: [name: string, messages: Message[], expected: string[]][] = [
    ["nothing", [], []],
    [
      "one author within three minutes",
      [message(1, { at: at(0) }), message(2, { at: at(2) })],
      ["day", "(1", "2)"],
    ],
    [
      "a pause of three minutes",
      [message(1, { at: at(0) }), message(2, { at: at(3) })],
      ["day", "(1)", "(2)"],
    ],
    ["another author", [message(1, { at: at(0) }), mine(2, { at: at(1) })], ["day", "(1)", "(2)"]],
    [
      "a note among answers",
      [mine(1, { at: at(0) }), mine(2, { at: at(1), kind: "note" })],
      ["day", "(1)", "(2)"],
    ],
    [
      "a system line between",
      [
        message(1, { at: at(0) }),
        message(2, { at: at(1), kind: "system", system: { code: "accepted", operator_id: 7 } }),
        message(3, { at: at(2) }),
      ],
      ["day", "(1)", "system", "(3)"],
    ],
    [
      "a session begins",
      [message(1, { at: at(0), kind: "system", system: { code: "session_opened", number: 5 } })],
      ["day", "session"],
    ],
    [
      "midnight",
      [
        message(1, { at: new Date(2026, 10, 20, 23, 59).toISOString() }),
        message(2, { at: new Date(2026, 10, 21, 0, 0).toISOString() }),
      ],
      ["day", "(1)", "day", "(2)"],
    ],
  ];
  it.each(cases)("%s", (_, messages, expected) => expect(shape(messages)).toEqual(expected));

  it("puts the unread line before the first unread message and keeps its count", () => {
    const all = [
      message(1, { at: at(0) }),
      message(2, { at: at(1) }),
      mine(3, { at: at(1) }),
      message(4, { at: at(2) }),
    ];
    expect(shape(all, 2)).toEqual(["day", "(1)", "unread", "(2)", "(3)", "(4)"]);
    expect(rows(all, 2).find((it) => it.kind === "unread")).toMatchObject({ count: 2 });
  });

  it("shows what waits to be sent at the end, and once", () => {
    const pending: Pending = {
      client_id: "c",
      dialog_id: 1,
      kind: "reply",
      text: "x",
      files: [],
      reply_to: null,
      take_over: false,
      at: at(1),
      state: "waiting",
      problem: null,
    };
    expect(rows([mine(1, { at: at(0) })], null, [pending]).at(-1)).toMatchObject({
      key: "c",
      first: false,
      pending,
    });
    expect(rows([mine(1, { at: at(0), client_id: "c" })], null, [pending])).toHaveLength(2);
  });
});

it("finds the first unread message", () => {
  const all = [message(1), mine(2), message(3), message(4)];
  expect([0, 1, 2, 9].map((it) => firstUnread(all, it)?.from)).toEqual([undefined, 4, 3, 1]);
});

it.each([
  ["👍", true],
  ["❤️🎉", true],
  ["👨‍👩‍👧 👍🏽", true],
  ["👍👍👍👍", false],
  ["ok 👍", false],
  ["123", false],
  ["", false],
])("isEmojiOnly(%s)", (text, expected) => expect(isEmojiOnly(text)).toBe(expected));
