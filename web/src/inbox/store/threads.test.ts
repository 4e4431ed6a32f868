import { beforeEach, expect, it } from "vitest";
import { message } from "./sample";
import {
  addAfter,
  addBefore,
  dropThreads,
  keepMessage,
  merge,
  patchMessage,
  setWindow,
  startThread,
  threadOf,
} from "./threads";

const ids = () => threadOf(1)?.messages.map((it) => it.id);
const window = (from: number, to: number, moreBefore = false, moreAfter = false) => ({
  messages: Array.from({ length: to - from + 1 }, (_, index) => message(from + index)),
  moreBefore,
  moreAfter,
});
beforeEach(() => dropThreads());

it("merges by id and keeps the newer version", () => {
  const merged = merge(
    [message(1), message(2, { version: 3, text: "new" })],
    [message(2, { version: 2 }), message(3)],
  );
  expect(merged.map((it) => [it.id, it.version])).toEqual([
    [1, 1],
    [2, 3],
    [3, 1],
  ]);
});

it("keeps messages that came while the first window was on its way", () => {
  startThread(1);
  keepMessage(message(61));
  setWindow(1, window(1, 60));
  expect(ids()?.at(-1)).toBe(61);
  keepMessage(message(62));
  expect(ids()?.at(-1)).toBe(62);
});

it("leaves no hole when the window does not reach the end", () => {
  setWindow(1, window(10, 20, true, true));
  keepMessage(message(40));
  expect(ids()?.at(-1)).toBe(20);
  expect(threadOf(1)?.missedAfter).toBe(1);
  addAfter(1, window(21, 40));
  expect(ids()).toHaveLength(31);
  expect(threadOf(1)).toMatchObject({ moreAfter: false, missedAfter: 0 });
});

it("does not put an old message that changed in front of the window", () => {
  setWindow(1, window(10, 20, true));
  keepMessage(message(3, { version: 2 }));
  expect(ids()?.[0]).toBe(10);
  addBefore(1, window(1, 9));
  expect(ids()?.[0]).toBe(1);
});

it("takes a refused change back, unless the server spoke meanwhile", () => {
  setWindow(1, window(1, 3));
  const undo = patchMessage(1, 2, { text: "changed" });
  expect(threadOf(1)?.messages[1]?.text).toBe("changed");
  undo();
  expect(threadOf(1)?.messages[1]?.text).toBe("Text 2");
  const late = patchMessage(1, 2, { text: "changed" });
  keepMessage(message(2, { version: 2, text: "server" }));
  late();
  expect(threadOf(1)?.messages[1]?.text).toBe("server");
});

it("keeps only the threads that were used lately", () => {
  for (let id = 1; id <= 40; id += 1) setWindow(id, window(1, 1));
  expect(threadOf(1)).toBeUndefined();
  expect(threadOf(40)).toBeDefined();
});
