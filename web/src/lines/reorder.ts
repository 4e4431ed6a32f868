/** Order of a list that people rearrange. Pure; dragging and the Move buttons both end here. */

/** A copy of `items` with the one at `from` standing at `to`. Out of range: unchanged. */
export function move<T>(items: readonly T[], from: number, to: number): T[] {
  const copy = [...items];
  const [item] = from >= 0 && from < copy.length && to >= 0 && to < copy.length ? copy.splice(from, 1) : [];
  if (item !== undefined) copy.splice(to, 0, item);
  return copy;
}

/** The place that a row dragged by `dy` pixels would take among rows of `height`. */
export const placeAfterDrag = (from: number, dy: number, height: number, count: number) =>
  Math.max(0, Math.min(count - 1, from + Math.round(dy / Math.max(1, height))));
