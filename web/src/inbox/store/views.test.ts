import { beforeEach, describe, expect, it } from "vitest";
import { clearCounts, countChange, currentCounts, keepCounts } from "./counts";
import {
  clearDialogs,
  dialogOf,
  doubtDialogs,
  dropDialog,
  keepDialog,
  keepDialogs,
  sweepDialogs,
  watchDialogs,
  withPatch,
} from "./dialogs";
import { dialog } from "./sample";
import { bySort, isInView, matches, select, waitTone } from "./views";

const ME = 7;
const live = (seq: number) => ({ from: "live", seq }) as const;

beforeEach(() => {
  clearDialogs();
  clearCounts();
});

describe("isInView", () => {
  const mine = dialog(1, { operator: ME });
  const theirs = dialog(2, { operator: 8 });
  const offered = dialog(3, { state: "offered", offeredTo: [ME] });
  const offeredElsewhere = dialog(4, { state: "offered", offeredTo: [8] });
  const waiting = dialog(5, { state: "waiting" });
  const closed = dialog(6, { state: "closed", operator: ME });
  it.each([
    ["mine", [1, 3]],
    ["waiting", [3, 4, 5]],
    ["all", [1, 2, 3, 4, 5]],
    ["finished", [6]],
  ] as const)("%s", (view, ids) => {
    const all = [mine, theirs, offered, offeredElsewhere, waiting, closed];
    expect(all.filter((it) => isInView(it, view, ME)).map((it) => it.id)).toEqual(ids);
  });
});

it("filters by line, channel, operator and unanswered", () => {
  const it1 = dialog(1, { operator: ME, line: 2, channel: "vk", waiting: 3 });
  const base = { view: "all", sort: "activity" } as const;
  for (const good of [{}, { line: 2 }, { channel: "vk" }, { operator: ME }, { unanswered: true }])
    expect(matches(it1, { ...base, ...good }, ME)).toBe(true);
  for (const bad of [{ line: 1 }, { channel: "tg" }, { operator: 1 }])
    expect(matches(it1, { ...base, ...bad }, ME)).toBe(false);
  expect(matches(dialog(2, { operator: ME }), { ...base, unanswered: true }, ME)).toBe(false);
});

it("sorts by activity, and by who waits longest", () => {
  const all = [
    dialog(1, { active: 1, waiting: 5 }),
    dialog(2, { active: 9 }),
    dialog(3, { active: 4, waiting: 2 }),
  ];
  expect([...all].sort(bySort("activity")).map((it) => it.id)).toEqual([2, 3, 1]);
  expect([...all].sort(bySort("waiting")).map((it) => it.id)).toEqual([3, 1, 2]);
});

it("colours the waiting time by the target of the line", () => {
  expect([59, 60, 99, 100].map((it) => waitTone(it, 100))).toEqual(["plain", "warning", "warning", "danger"]);
  expect(waitTone(9_999, 0)).toBe("plain");
});

describe("table", () => {
  it("ignores older versions, from wherever they come", () => {
    keepDialog(dialog(1, { version: 5 }), live(10));
    keepDialog(dialog(1, { version: 4, state: "closed" }), live(11));
    keepDialogs([dialog(1, { version: 3, state: "closed" })], 9);
    expect(dialogOf(1)?.version).toBe(5);
  });
  it("does not bring a dialog back that was taken away after the snapshot", () => {
    keepDialog(dialog(1), live(10));
    dropDialog(1, 12);
    keepDialogs([dialog(1)], 11);
    expect(dialogOf(1)).toBeUndefined();
    keepDialogs([dialog(1)], 13);
    expect(dialogOf(1)).toBeDefined();
  });
  it("sweeps what a new snapshot does not confirm", () => {
    keepDialogs([dialog(1), dialog(2), dialog(3)], 5);
    doubtDialogs();
    keepDialogs([dialog(1)], 20);
    sweepDialogs(new Set([3]));
    expect([1, 2, 3].map((it) => Boolean(dialogOf(it)))).toEqual([true, false, true]);
  });
  it("shows an action at once and keeps what came meanwhile", async () => {
    keepDialog(dialog(1, { operator: ME }), live(1));
    let answer = (_: ReturnType<typeof dialog>) => {};
    const done = withPatch(
      1,
      (it) => ({ ...it, session: { ...it.session, state: "closed" } }),
      () => new Promise((resolve) => (answer = resolve)),
    );
    expect(dialogOf(1)?.session.state).toBe("closed");
    keepDialog({ ...dialog(1, { version: 2, operator: ME }), unread_count: 4 }, live(2));
    expect(dialogOf(1)).toMatchObject({ unread_count: 4, session: { state: "closed" } });
    answer(dialog(1, { version: 3, state: "closed" }));
    await done;
    expect(dialogOf(1)?.version).toBe(3);
  });
  it("takes a refused action back", async () => {
    keepDialog(dialog(1, { operator: ME }), live(1));
    const refused = withPatch(
      1,
      (it) => ({ ...it, unread_count: 9 }),
      () => Promise.reject(new Error("no")),
    );
    await expect(refused).rejects.toThrow("no");
    expect(dialogOf(1)?.unread_count).toBe(0);
  });
});

describe("counters", () => {
  const counts = { mine: 1, waiting: 5, all: 9, finished: 100, offered: 0 };
  beforeEach(() => {
    const asked: number[] = [];
    return watchDialogs((change) => {
      if (!countChange(change, ME, false)) asked.push(change.id);
    });
  });
  it("follow what changes", () => {
    keepDialogs([dialog(1, { state: "waiting" })], 10);
    keepCounts(counts, 10);
    keepDialog(dialog(1, { version: 2, operator: ME }), live(11));
    expect(currentCounts()).toEqual({ ...counts, mine: 2, waiting: 4 });
    keepDialog(dialog(1, { version: 3, state: "closed", operator: ME }), live(12));
    expect(currentCounts()).toEqual({ ...counts, mine: 1, waiting: 4, all: 8, finished: 101 });
  });
  it("do not count a frame twice that the answer already contained", () => {
    keepDialogs([dialog(1, { state: "waiting" })], 10);
    keepCounts(counts, 15);
    keepDialog(dialog(1, { version: 2, operator: ME }), live(11));
    expect(currentCounts()).toEqual(counts);
  });
  it("add frames that overtook the answer", () => {
    keepDialogs([dialog(1, { state: "waiting" })], 10);
    keepCounts(counts, 10);
    keepDialog(dialog(1, { version: 2, operator: ME }), live(11));
    keepCounts({ ...counts, mine: 3 }, 10);
    expect(currentCounts()).toEqual({ ...counts, mine: 4, waiting: 4 });
  });
  it("ask the server about a dialog that was not known", () => {
    keepCounts(counts, 10);
    const change = {
      id: 5,
      before: undefined,
      after: dialog(5),
      servedBefore: undefined,
      servedAfter: dialog(5),
    };
    expect(countChange({ ...change, source: live(11) }, ME, false)).toBe(false);
    expect(countChange({ ...change, source: live(11) }, ME, true)).toBe(true);
  });
  it("survive a count that was on its way while the person acted", async () => {
    keepDialogs([dialog(1, { state: "offered", offeredTo: [ME] })], 10);
    keepCounts({ ...counts, mine: 2, offered: 1 }, 10);
    let answer = (_: ReturnType<typeof dialog>) => {};
    const done = withPatch(
      1,
      (it) => ({ ...it, session: { ...it.session, state: "waiting", offered_to: [] } }),
      () => new Promise((resolve) => (answer = resolve)),
    );
    expect(currentCounts()).toMatchObject({ mine: 1, offered: 0 });
    keepCounts({ ...counts, mine: 2, offered: 1 }, 10);
    expect(currentCounts()).toMatchObject({ mine: 1, offered: 0 });
    keepDialog(dialog(1, { version: 2, state: "waiting" }), live(11));
    answer(dialog(1, { version: 2, state: "waiting" }));
    await done;
    expect(currentCounts()).toMatchObject({ mine: 1, offered: 0 });
    keepDialog(dialog(1, { version: 3, state: "offered", offeredTo: [ME] }), live(12));
    expect(currentCounts()).toMatchObject({ mine: 2, offered: 1 });
  });
});

it("selects 10,000 rows quickly enough for four times a second", () => {
  const all = Array.from({ length: 10_000 }, (_, index) =>
    dialog(index + 1, { active: (index * 7919) % 5000 }),
  );
  const started = performance.now();
  expect(select(all, { view: "all", sort: "activity" }, ME)).toHaveLength(10_000);
  expect(performance.now() - started).toBeLessThan(250);
});
