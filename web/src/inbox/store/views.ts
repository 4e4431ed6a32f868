/** Which dialogs a view shows and in what order. Pure: the same rules as the server's, for rows that change live. */
import type { Dialog, DialogCounts, DialogView } from "@/api/types";

export type Sort = "waiting" | "activity";
export type Filter = {
  view: DialogView;
  line?: number;
  channel?: string;
  operator?: number;
  unanswered?: boolean;
  sort: Sort;
};

export const VIEWS: readonly DialogView[] = ["mine", "waiting", "all", "finished"];
export const defaultSort = (view: DialogView): Sort => (view === "waiting" ? "waiting" : "activity");

export const isOffered = (dialog: Dialog, me: number) =>
  dialog.session.state === "offered" && dialog.session.offered_to.includes(me);
export const isMine = (dialog: Dialog, me: number) =>
  dialog.session.state === "active" && dialog.session.operator_id === me;

export function isInView(dialog: Dialog, view: DialogView, me: number): boolean {
  const { state } = dialog.session;
  switch (view) {
    case "mine":
      return isMine(dialog, me) || isOffered(dialog, me);
    case "waiting":
      return state === "waiting" || state === "offered";
    case "all":
      return state !== "closed";
    case "finished":
      return state === "closed";
  }
}

export function matches(dialog: Dialog, filter: Filter, me: number): boolean {
  return (
    isInView(dialog, filter.view, me) &&
    (filter.line === undefined || dialog.line_id === filter.line) &&
    (filter.channel === undefined || dialog.channel === filter.channel) &&
    (filter.operator === undefined || dialog.session.operator_id === filter.operator) &&
    (!filter.unanswered || Boolean(dialog.waiting_since))
  );
}

/** Is anything chosen beside the view? Then "nothing found" offers to reset it. */
export const isFiltered = (filter: Filter) =>
  filter.line !== undefined ||
  filter.channel !== undefined ||
  filter.operator !== undefined ||
  Boolean(filter.unanswered);

/** Times are compared as text: the server writes all of them in the same form, and ids break ties. */
function newestFirst(left: Dialog, right: Dialog): number {
  if (left.last_activity_at !== right.last_activity_at)
    return left.last_activity_at < right.last_activity_at ? 1 : -1;
  return right.id - left.id;
}

/** Who waits longest comes first; who was answered comes after all who wait. */
function longestFirst(left: Dialog, right: Dialog): number {
  const [first, second] = [left.waiting_since ?? "", right.waiting_since ?? ""];
  if (first === second) return first === "" ? newestFirst(left, right) : left.id - right.id;
  if (first === "") return 1;
  if (second === "") return -1;
  return first < second ? -1 : 1;
}

export const bySort = (sort: Sort) => (sort === "waiting" ? longestFirst : newestFirst);

export function select(dialogs: Iterable<Dialog>, filter: Filter, me: number): Dialog[] {
  const found: Dialog[] = [];
  for (const dialog of dialogs) if (matches(dialog, filter, me)) found.push(dialog);
  return found.sort(bySort(filter.sort));
}

/** What one changed dialog does to each counter: -1, 0 or 1. */
export function countDelta(before: Dialog | undefined, after: Dialog | undefined, me: number): DialogCounts {
  const of = (view: DialogView) =>
    Number(!!after && isInView(after, view, me)) - Number(!!before && isInView(before, view, me));
  const offered = Number(!!after && isOffered(after, me)) - Number(!!before && isOffered(before, me));
  return { mine: of("mine"), waiting: of("waiting"), all: of("all"), finished: of("finished"), offered };
}

export const isNothing = (delta: DialogCounts) => Object.values(delta).every((it) => it === 0);

/** Two counts together; a counter never shows less than nothing. */
export function addCounts(left: DialogCounts, right: DialogCounts): DialogCounts {
  const sum = (name: keyof DialogCounts) => Math.max(0, left[name] + right[name]);
  return {
    mine: sum("mine"),
    waiting: sum("waiting"),
    all: sum("all"),
    finished: sum("finished"),
    offered: sum("offered"),
  };
}

/** Part of the line's target that has passed: neutral under 60 %, amber under 100 %, red after. */
export function waitTone(waitedS: number, targetS: number): "plain" | "warning" | "danger" {
  if (targetS <= 0 || waitedS < targetS * 0.6) return "plain";
  return waitedS < targetS ? "warning" : "danger";
}
