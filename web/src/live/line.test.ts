import { afterEach, beforeEach, expect, it, vi } from "vitest";
import type { LiveFrame } from "@/api/types";
import { LiveLine, type LiveState, PING_EVERY_MS, PROBE_MAX_MS, SILENCE_MAX_MS, type Wire } from "./line";

class FakeWire implements Wire {
  onopen: (() => void) | null = null;
  onmessage: ((text: string) => void) | null = null;
  onclose: (() => void) | null = null;
  sent: string[] = [];
  closed = false;
  constructor(readonly since: number | null) {}
  send(text: string) {
    this.sent.push(text);
  }
  close() {
    this.closed = true;
  }
  says(...frames: object[]) {
    for (const frame of frames) this.onmessage?.(JSON.stringify(frame));
  }
}

const hello = (seq: number) => ({
  type: "hello",
  seq,
  server_time: new Date(Date.now() + 5_000).toISOString(),
});
const gone = (seq: number, prev = seq - 1) => ({ type: "dialog_gone", seq, prev, dialog_id: seq });

function office() {
  const wires: FakeWire[] = [];
  const frames: LiveFrame[] = [];
  const states: LiveState[] = [];
  const line = new LiveLine({
    connect: (since) => {
      const wire = new FakeWire(since);
      wires.push(wire);
      return wire;
    },
    onFrame: (frame) => frames.push(frame),
    onState: (state) => states.push(state),
    random: () => 0.5,
  });
  line.start();
  const last = () => wires.at(-1) as FakeWire;
  const seen = () =>
    frames.flatMap((it) => ("seq" in it && it.type !== "hello" ? [it.seq] : it.type === "reset" ? [-1] : []));
  return { line, wires, frames, states, last, seen };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("delivers in order and once", () => {
  const it = office();
  it.last().says(hello(10), gone(11), gone(12), gone(12), gone(11));
  expect(it.seen()).toEqual([11, 12]);
  expect(it.line.coveredFrom).toBe(10);
  expect(it.states).toEqual(["connecting", "open"]);
});

it("accepts numbers that this person has no right to see being left out", () => {
  const it = office();
  it.last().says(hello(10), gone(15, 10), gone(40, 15));
  expect(it.seen()).toEqual([15, 40]);
});

it("asks again from the last good frame when one is missing", () => {
  const it = office();
  it.last().says(hello(10), gone(11), gone(14, 13));
  expect(it.wires).toHaveLength(2);
  expect(it.wires[0]?.closed).toBe(true);
  expect(it.last().since).toBe(11);
  it.last().says(hello(14), gone(13, 11), gone(14, 13));
  expect(it.seen()).toEqual([11, 13, 14]);
  expect(it.states).not.toContain("lost");
});

it("gives up on a hole that stays and asks for a new snapshot", () => {
  const it = office();
  it.last().says(hello(10));
  for (let round = 0; round < 4; round += 1) it.last().says(gone(20, 19));
  expect(it.seen()).toEqual([-1]);
  expect(it.line.coveredFrom).toBe(20);
  expect(it.last().since).toBe(20);
});

it("passes the server's reset on and goes on from its head", () => {
  const it = office();
  it.last().says(hello(10), gone(11));
  it.last().onclose?.();
  vi.advanceTimersByTime(1_000);
  it.last().says(hello(900), { type: "reset" }, gone(901, 900));
  expect(it.seen()).toEqual([11, -1, 901]);
  expect(it.line.coveredFrom).toBe(900);
});

it("resets when the server knows less than we do", () => {
  const it = office();
  it.last().says(hello(10), gone(11));
  it.last().onclose?.();
  vi.advanceTimersByTime(1_000);
  it.last().says(hello(3));
  expect(it.seen()).toEqual([11, -1]);
});

it("comes back after 1, 2, 4 … 30 s, and from the start after a good greeting", () => {
  const it = office();
  for (const wait of [1, 2, 4, 8, 16, 30, 30]) {
    it.last().onclose?.();
    const count = it.wires.length;
    vi.advanceTimersByTime(wait * 1_000 - 1);
    expect(it.wires).toHaveLength(count);
    vi.advanceTimersByTime(1);
    expect(it.wires).toHaveLength(count + 1);
  }
  it.last().says(hello(1));
  it.last().onclose?.();
  vi.advanceTimersByTime(1_000);
  expect(it.wires).toHaveLength(9);
});

it("connects at once when the network is back", () => {
  const it = office();
  it.last().onclose?.();
  it.line.wake();
  expect(it.wires).toHaveLength(2);
  vi.advanceTimersByTime(60_000);
  expect(it.wires).toHaveLength(2);
});

it("is lost at once when the machine goes offline, and keeps trying", () => {
  const it = office();
  it.last().says(hello(10));
  it.line.offline();
  expect(it.states.at(-1)).toBe("lost");
  expect(it.wires[0]?.closed).toBe(true);
  vi.advanceTimersByTime(1_000);
  expect(it.last().since).toBe(10);
});

it("drops a line that is silent", () => {
  const it = office();
  it.last().says(hello(10));
  vi.advanceTimersByTime(PING_EVERY_MS);
  it.line.beat();
  expect(it.last().sent).toEqual(['{"type":"ping"}']);
  vi.advanceTimersByTime(SILENCE_MAX_MS);
  it.line.beat();
  expect(it.wires[0]?.closed).toBe(true);
  vi.advanceTimersByTime(1_000);
  expect(it.last().since).toBe(10);
});

it("asks a line that slept for a sign of life", () => {
  const it = office();
  it.last().says(hello(10));
  vi.advanceTimersByTime(PING_EVERY_MS + 1);
  it.line.wake();
  it.last().says({ type: "pong" });
  vi.advanceTimersByTime(PROBE_MAX_MS);
  expect(it.wires[0]?.closed).toBe(false);
  vi.advanceTimersByTime(PING_EVERY_MS);
  it.line.wake();
  vi.advanceTimersByTime(PROBE_MAX_MS);
  expect(it.wires[0]?.closed).toBe(true);
});

it("stays away when the right was taken or the person signed out", () => {
  const it = office();
  it.last().says(hello(10), { type: "bye", reason: "revoked" });
  it.last().onclose?.();
  vi.advanceTimersByTime(60_000);
  expect(it.wires).toHaveLength(1);
});

it("survives junk", () => {
  const it = office();
  it.last().says(hello(10));
  for (const junk of ["", "null", "[]", "{", '{"type":7}', '"x"']) it.last().onmessage?.(junk);
  it.last().says(gone(11));
  expect(it.seen()).toEqual([11]);
});

it("knows the server's clock", () => {
  const it = office();
  it.last().says(hello(10));
  expect(it.line.skew).toBe(5_000);
});
