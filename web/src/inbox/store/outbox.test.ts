import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { OLD_AFTER_MS, Outbox, type Outcome, type Pending } from "./outbox";
import { message } from "./sample";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

const written = (client_id: string, dialog_id = 1, at = new Date().toISOString()): Pending => ({
  client_id,
  dialog_id,
  kind: "reply",
  text: client_id,
  files: [],
  reply_to: null,
  take_over: false,
  at,
  state: "waiting",
  problem: null,
});

/** A server that answers what it is told; without an answer the network is away. */
function office() {
  const tries: string[] = [];
  const sent: string[] = [];
  const failed: string[] = [];
  let all: readonly Pending[] = [];
  let saved: readonly Pending[] = [];
  let answer: (pending: Pending) => Outcome | Promise<Outcome> = () => ({ kind: "later" });
  const outbox = new Outbox({
    post: async (pending) => {
      tries.push(pending.client_id);
      return answer(pending);
    },
    onSent: (_, pending) => sent.push(pending.client_id),
    onFailed: (pending) => failed.push(pending.client_id),
    onChange: (next) => {
      all = next;
    },
    save: (next) => {
      saved = next;
    },
  });
  return {
    outbox,
    tries,
    sent,
    failed,
    states: () => all.map((it) => [it.client_id, it.state]),
    saved: () => saved,
    answers: (next: typeof answer) => {
      answer = next;
    },
  };
}
const good = (): Outcome => ({ kind: "sent", message: message(1) });

it("keeps the order of a dialog while the network is away", async () => {
  const it = office();
  for (const name of ["a", "b", "c"]) it.outbox.add(written(name));
  await vi.advanceTimersByTimeAsync(10_000);
  expect(new Set(it.tries)).toEqual(new Set(["a"]));
  it.answers(good);
  it.outbox.kick();
  await vi.runAllTimersAsync();
  expect(it.sent).toEqual(["a", "b", "c"]);
  expect(it.saved()).toEqual([]);
});

it("has one message of a dialog on its way at a time, and dialogs do not wait for each other", async () => {
  const it = office();
  const release: (() => void)[] = [];
  it.answers(() => new Promise((resolve) => release.push(() => resolve(good()))));
  it.outbox.add(written("a1", 1));
  it.outbox.add(written("a2", 1));
  it.outbox.add(written("b1", 2));
  await vi.advanceTimersByTimeAsync(0);
  expect(it.tries).toEqual(["a1", "b1"]);
  release[0]?.();
  await vi.advanceTimersByTimeAsync(0);
  expect(it.tries).toEqual(["a1", "b1", "a2"]);
});

it("marks a refusal and goes on with the next", async () => {
  const it = office();
  it.answers((pending) =>
    pending.client_id === "a" ? { kind: "never", code: "not_yours", detail: "Taken by Anna" } : good(),
  );
  it.outbox.add(written("a"));
  it.outbox.add(written("b"));
  await vi.runAllTimersAsync();
  expect(it.sent).toEqual(["b"]);
  expect(it.failed).toEqual(["a"]);
  expect(it.states()).toEqual([["a", "failed"]]);
  it.answers(good);
  it.outbox.retry("a", { take_over: true });
  await vi.runAllTimersAsync();
  expect(it.sent).toEqual(["b", "a"]);
});

it("waits as long as the server asks", async () => {
  const it = office();
  it.answers(() => ({ kind: "later", waitS: 7 }));
  it.outbox.add(written("a"));
  await vi.advanceTimersByTimeAsync(6_900);
  expect(it.tries).toHaveLength(1);
  await vi.advanceTimersByTimeAsync(200);
  expect(it.tries).toHaveLength(2);
});

it("forgets a message that the live line has confirmed before the answer", async () => {
  const it = office();
  it.outbox.add(written("a"));
  await vi.advanceTimersByTimeAsync(0);
  it.outbox.confirm("a");
  await vi.advanceTimersByTimeAsync(60_000);
  expect(it.tries).toEqual(["a"]);
  expect(it.states()).toEqual([]);
});

it("sends after a reload what was left, but asks about what is a day old", async () => {
  const it = office();
  it.answers(good);
  const yesterday = new Date(Date.now() - OLD_AFTER_MS - 1).toISOString();
  it.outbox.restore([written("old", 1, yesterday), { ...written("new", 1), state: "sending" }]);
  await vi.runAllTimersAsync();
  expect(it.sent).toEqual(["new"]);
  expect(it.states()).toEqual([["old", "old"]]);
  it.outbox.retry("old");
  await vi.runAllTimersAsync();
  expect(it.sent).toEqual(["new", "old"]);
});
