/**
 * The counters of the views. The server counts; live changes are added as they come. Requests and frames travel by
 * different ways, so each change is remembered with its number: a count that is older than a frame gets that frame
 * added, a count that already contains it does not. What the person does is laid over it until the server agrees.
 */
import { create } from "zustand";
import type { DialogCounts } from "@/api/types";
import type { Change } from "./dialogs";
import { addCounts, countDelta, isNothing, VIEWS } from "./views";

type Delta = { seq: number; counts: DialogCounts };
/** Frames that may overtake one answer; older ones are surely in it. */
const DELTAS_MAX = 2_000;

const useCountsStore = create<{ counts: DialogCounts | null }>(() => ({ counts: null }));
export const useCounts = () => useCountsStore((it) => it.counts);
export const currentCounts = () => useCountsStore.getState().counts;

/** What the server's dialogs count up to, without the person's own unanswered actions. */
let base: DialogCounts | null = null;
let countedAt = -1;
let deltas: Delta[] = [];
const overlays = new Map<number, DialogCounts>();

function show() {
  const counts = base && [...overlays.values()].reduce(addCounts, base);
  const before = useCountsStore.getState().counts;
  const same =
    before && counts && VIEWS.every((it) => before[it] === counts[it]) && before.offered === counts.offered;
  // Most frames change no counter, and then nothing is drawn.
  if (!same && before !== counts) useCountsStore.setState({ counts });
}

/** Takes what the server counted at `seq`. */
export function keepCounts(counts: DialogCounts, seq: number) {
  if (seq < countedAt) return;
  countedAt = seq;
  deltas = deltas.filter((it) => it.seq > seq);
  base = deltas.reduce((sum, it) => addCounts(sum, it.counts), counts);
  show();
}

/** Adds one change. False when only the server can say what the counters are now; then somebody has to ask it. */
export function countChange(change: Change, me: number, allKnown: boolean): boolean {
  const { id, after, servedBefore, servedAfter, source } = change;
  const overlay = countDelta(servedAfter, after, me);
  if (isNothing(overlay)) overlays.delete(id);
  else overlays.set(id, overlay);
  const certain = addServed(
    countDelta(servedBefore, servedAfter, me),
    Boolean(servedBefore),
    source,
    allKnown,
  );
  show();
  return certain;
}

function addServed(
  delta: DialogCounts,
  wasKnown: boolean,
  source: Change["source"],
  allKnown: boolean,
): boolean {
  if (!base) return true;
  if (source.from === "snapshot") return !wasKnown || isNothing(delta);
  if (!wasKnown && !allKnown) return false;
  if (source.from === "live") {
    if (source.seq <= countedAt) return true;
    deltas.push({ seq: source.seq, counts: delta });
    if (deltas.length > DELTAS_MAX) deltas.shift();
  }
  base = addCounts(base, delta);
  // The answer to an own action has no number, so a count on its way may or may not contain it.
  return source.from === "live" || isNothing(delta);
}

export function clearCounts() {
  countedAt = -1;
  deltas = [];
  base = null;
  overlays.clear();
  show();
}
