import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { draftOf, openDrafts, saveDrafts, setDraft, takeDrafts } from "./drafts";

/** The browser's storage, which this environment lacks. */
const stored = new Map<string, string>();
let sent: [number, string, string][] = [];
let answer: () => Promise<unknown> = async () => {};

beforeEach(() => {
  vi.useFakeTimers();
  stored.clear();
  sent = [];
  answer = async () => {};
  vi.stubGlobal("localStorage", {
    getItem: (key: string) => stored.get(key) ?? null,
    setItem: (key: string, value: string) => void stored.set(key, value),
    removeItem: (key: string) => void stored.delete(key),
  });
  open();
});
afterEach(() => {
  vi.clearAllTimers();
  vi.useRealTimers();
  vi.unstubAllGlobals();
});
const open = () =>
  openDrafts(7, (dialogId, mode, text) => {
    sent.push([dialogId, mode, text]);
    return answer();
  });

it("saves half a second after the last key and tells the server a little later, once", async () => {
  for (const text of ["H", "He", "Hello"]) {
    setDraft(1, "reply", text);
    vi.advanceTimersByTime(200);
  }
  expect(stored.size).toBe(0);
  vi.advanceTimersByTime(300);
  expect([...stored.values()][0]).toContain("Hello");
  await vi.advanceTimersByTimeAsync(2_000);
  expect(sent).toEqual([[1, "reply", "Hello"]]);
});

it("keeps answer and note apart, and finds them again after a reload", () => {
  setDraft(1, "reply", "to the customer");
  setDraft(1, "note", "to colleagues");
  saveDrafts();
  open();
  expect(draftOf(1, "reply")).toBe("to the customer");
  expect(draftOf(1, "note")).toBe("to colleagues");
});

it("takes the server's copy of what was typed on another device", async () => {
  setDraft(1, "reply", "from here");
  await vi.advanceTimersByTimeAsync(2_000);
  takeDrafts(1, { reply: "from the phone", note: "" });
  expect(draftOf(1, "reply")).toBe("from the phone");
});

it("keeps what was typed here and has not reached the server", async () => {
  answer = () => Promise.reject(new Error("offline"));
  setDraft(1, "reply", "typed in a tunnel");
  await vi.advanceTimersByTimeAsync(2_000);
  takeDrafts(1, { reply: "older", note: "" });
  expect(draftOf(1, "reply")).toBe("typed in a tunnel");
});

it("an emptied draft is emptied everywhere and leaves nothing behind", async () => {
  setDraft(1, "reply", "x");
  await vi.advanceTimersByTimeAsync(2_000);
  setDraft(1, "reply", "");
  await vi.advanceTimersByTimeAsync(2_000);
  expect(sent.at(-1)).toEqual([1, "reply", ""]);
  expect(stored.size).toBe(0);
});

it("survives junk in the storage", () => {
  stored.set("ol.drafts.7", '{"1.reply":7,"2.reply":{"text":"ok","synced":true}}');
  open();
  expect(draftOf(1, "reply")).toBe("");
  expect(draftOf(2, "reply")).toBe("ok");
});
