import { afterEach, beforeEach, expect, it, vi } from "vitest";
import { type Order, OrderKeeper, REBUILD_EVERY_MS } from "./order";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

function list(...start: number[]) {
  let ids = start;
  const orders: Order[] = [];
  let computed = 0;
  const keeper = new OrderKeeper(
    () => {
      computed += 1;
      return [...ids];
    },
    (order) => orders.push(order),
  );
  keeper.flush();
  const become = (...next: number[]) => {
    ids = next;
    keeper.touch();
    vi.advanceTimersByTime(REBUILD_EVERY_MS);
  };
  return { keeper, become, last: () => orders.at(-1), computed: () => computed };
}

it("is rebuilt at most four times a second", () => {
  const it = list(1);
  const before = it.computed();
  for (let ms = 0; ms < 2_000; ms += 10) {
    it.keeper.touch();
    vi.advanceTimersByTime(10);
  }
  expect(it.computed() - before).toBeLessThanOrEqual(8);
  expect(it.computed() - before).toBeGreaterThanOrEqual(7);
});

it("never moves under the pointer and tells what waits above", () => {
  const it = list(1, 2, 3);
  it.keeper.hold(true);
  it.become(9, 8, 1, 2, 3);
  expect(it.last()).toEqual({ ids: [1, 2, 3], above: 2 });
  it.keeper.hold(false);
  expect(it.last()).toEqual({ ids: [9, 8, 1, 2, 3], above: 0 });
});

it("obeys the person's own action even under the pointer", () => {
  const it = list(1, 2, 3);
  it.keeper.hold(true);
  it.become(2, 3);
  expect(it.last()?.ids).toEqual([1, 2, 3]);
  it.keeper.flush();
  expect(it.last()).toEqual({ ids: [2, 3], above: 0 });
});

it("counts what came above somebody who has scrolled down", () => {
  const it = list(1, 2, 3, 4);
  it.keeper.see(3);
  it.become(9, 1, 2, 3, 4);
  expect(it.last()).toEqual({ ids: [9, 1, 2, 3, 4], above: 1 });
  it.become(4, 9, 1, 2, 3);
  expect(it.last()?.above).toBe(2);
  it.keeper.see(undefined);
  expect(it.last()).toEqual({ ids: [4, 9, 1, 2, 3], above: 0 });
});

it("keeps the same list when nothing moved, so that nothing is drawn", () => {
  const it = list(1, 2);
  const before = it.last()?.ids;
  it.become(1, 2);
  expect(it.last()?.ids).toBe(before);
});
