/**
 * The counters of the views. The server counts; live changes are added as they come. Requests and frames travel by
 * different ways, so each change is remembered with its number: a count that is older than a frame gets that frame
 * added, a count that already contains it does not.
 */
import { create } from "zustand";
import type { DialogCounts } from "@/api/types";
import type { Change } from "./dialogs";
import { addCounts, countDelta } from "./views";

type Delta = { seq: number; counts: DialogCounts };
/** Frames that may overtake one answer; older ones are surely in it. */
const DELTAS_MAX = 2_000;

const useCountsStore = create<{ counts: DialogCounts | null }>(() => ({ counts: null }));
export const useCounts = () => useCountsStore((it) => it.counts);
export const currentCounts = () => useCountsStore.getState().counts;

let countedAt = -1;
let deltas: Delta[] = [];

/** Takes what the server counted at `seq`. */
export function keepCounts(counts: DialogCounts, seq: number) {
  if (seq < countedAt) return;
  countedAt = seq;
  deltas = deltas.filter((it) => it.seq > seq);
  useCountsStore.setState({ counts: deltas.reduce((sum, it) => addCounts(sum, it.counts), counts) });
}

/**
 * Adds one change. False when it cannot be known what the change does, because the dialog was not known before; then
 * somebody has to ask the server again.
 */
export function countChange({ before, after, source }: Change, me: number, allKnown: boolean): boolean {
  const { counts } = useCountsStore.getState();
  if (!counts || source.from === "snapshot") return true;
  if (!before && !allKnown) return false;
  if (source.from === "live" && source.seq <= countedAt) return true;
  const delta = countDelta(before, after, me);
  if (source.from === "live") {
    deltas.push({ seq: source.seq, counts: delta });
    if (deltas.length > DELTAS_MAX) deltas.shift();
  }
  useCountsStore.setState({ counts: addCounts(counts, delta) });
  return true;
}

export function clearCounts() {
  countedAt = -1;
  deltas = [];
  useCountsStore.setState({ counts: null });
}
