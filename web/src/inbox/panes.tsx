/** Two side panes whose width a person sets and keeps; both can be folded away. */
import { type KeyboardEvent, type PointerEvent, useRef, useState } from "react";
import classes from "./inbox.module.css";

export const PANE_MIN = 260;
export const PANE_MAX = 480;
export type Sizes = { list: number; card: number; listShown: boolean; cardShown: boolean };
const DEFAULT: Sizes = { list: 340, card: 300, listShown: true, cardShown: true };
const key = (operatorId: number) => `ol.panes.${operatorId}`;
const clamp = (value: unknown, fallback: number) =>
  typeof value === "number" && Number.isFinite(value)
    ? Math.min(PANE_MAX, Math.max(PANE_MIN, value))
    : fallback;

export function loadSizes(operatorId: number): Sizes {
  try {
    const stored = JSON.parse(localStorage.getItem(key(operatorId)) ?? "{}") as Partial<Sizes>;
    return {
      list: clamp(stored.list, DEFAULT.list),
      card: clamp(stored.card, DEFAULT.card),
      listShown: stored.listShown !== false,
      cardShown: stored.cardShown !== false,
    };
  } catch {
    return DEFAULT;
  }
}

export function usePaneSizes(operatorId: number) {
  const [sizes, setSizes] = useState(() => loadSizes(operatorId));
  const change = (next: Partial<Sizes>) =>
    setSizes((before) => {
      const after = { ...before, ...next };
      try {
        localStorage.setItem(key(operatorId), JSON.stringify(after));
      } catch {
        // Storage is off: the sizes hold until the page is closed.
      }
      return after;
    });
  return [sizes, change] as const;
}

type SplitterProps = {
  label: string;
  size: number;
  /** Does the pane lie before the splitter (its width grows to the right) or after it? */
  side: "before" | "after";
  onSize: (size: number) => void;
};

const STEP_PX = 16;

export function Splitter({ label, size, side, onSize }: SplitterProps) {
  const from = useRef<{ x: number; size: number } | null>(null);
  const sign = side === "before" ? 1 : -1;
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    event.currentTarget.setPointerCapture(event.pointerId);
    from.current = { x: event.clientX, size };
  };
  const onPointerMove = (event: PointerEvent) => {
    const start = from.current;
    if (start) onSize(clamp(start.size + sign * (event.clientX - start.x), size));
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const by = { ArrowLeft: -STEP_PX, ArrowRight: STEP_PX }[event.code];
    if (by === undefined) return;
    event.preventDefault();
    onSize(clamp(size + sign * by, size));
  };
  return (
    <div
      className={classes.splitter}
      role="separator"
      aria-orientation="vertical"
      aria-label={label}
      aria-valuenow={size}
      aria-valuemin={PANE_MIN}
      aria-valuemax={PANE_MAX}
      tabIndex={0}
      onPointerDown={onPointerDown}
      onPointerMove={onPointerMove}
      onPointerUp={() => {
        from.current = null;
      }}
      onDoubleClick={() => onSize(side === "before" ? DEFAULT.list : DEFAULT.card)}
      onKeyDown={onKeyDown}
    />
  );
}
