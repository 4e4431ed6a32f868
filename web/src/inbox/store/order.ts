/**
 * The order of a list that changes all the time: rebuilt at most four times a second, at once after the person's own
 * actions, and never while the pointer is over it. What waits above is counted for the pill "2 new above".
 */
export const REBUILD_EVERY_MS = 250;

export type Order = { ids: readonly number[]; above: number };

export class OrderKeeper {
  private order: Order = { ids: [], above: 0 };
  private held = false;
  private builtAt = Number.NEGATIVE_INFINITY;
  private timer: ReturnType<typeof setTimeout> | undefined;
  /** Id of the first row that is seen. */
  private firstSeen: number | undefined;

  constructor(
    private readonly compute: () => number[],
    private readonly emit: (order: Order) => void,
  ) {}

  /** Something changed: rebuild soon. */
  touch() {
    if (this.timer !== undefined) return;
    const wait = Math.max(0, this.builtAt + REBUILD_EVERY_MS - Date.now());
    this.timer = setTimeout(() => this.rebuild(false), wait);
  }

  /** The person did something, or looks at another view: rebuild now, whatever is under the pointer. */
  flush() {
    this.rebuild(true);
  }

  /** The pointer is over the rows, or has left them. */
  hold(held: boolean) {
    if (this.held === held) return;
    this.held = held;
    if (!held) this.rebuild(false);
  }

  /** Which row is the first on screen; `undefined` at the very top, where new rows may simply appear. */
  see(id: number | undefined) {
    this.firstSeen = id;
    if (id === undefined && !this.held && this.order.above > 0) this.set({ ids: this.order.ids, above: 0 });
  }

  stop() {
    clearTimeout(this.timer);
    this.timer = undefined;
  }

  private rebuild(force: boolean) {
    clearTimeout(this.timer);
    this.timer = undefined;
    this.builtAt = Date.now();
    const { ids } = this.order;
    const next = this.compute();
    const anchor = this.firstSeen ?? (this.held ? ids[0] : undefined);
    const fresh = force ? 0 : this.countAbove(next, anchor);
    if (this.held && !force) {
      this.set({ ids, above: fresh });
      return;
    }
    // Not held: the rows are put in place, and who has scrolled down is told how many came above.
    const above = force || this.firstSeen === undefined ? 0 : this.order.above + fresh;
    this.set({ ids: same(ids, next) ? ids : next, above });
  }

  /** Rows that would stand above the anchor and do not stand there now. */
  private countAbove(next: readonly number[], anchor: number | undefined): number {
    if (anchor === undefined) return 0;
    const { ids } = this.order;
    const known = new Set(ids.slice(0, ids.indexOf(anchor)));
    const place = next.indexOf(anchor);
    return next.slice(0, Math.max(0, place)).reduce((count, id) => count + (known.has(id) ? 0 : 1), 0);
  }

  private set(order: Order) {
    if (order.ids === this.order.ids && order.above === this.order.above) return;
    this.order = order;
    this.emit(order);
  }
}

const same = (left: readonly number[], right: readonly number[]) =>
  left.length === right.length && left.every((id, index) => id === right[index]);
