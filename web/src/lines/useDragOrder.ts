/** Dragging a row of a list up and down with mouse, pen or finger. */
import { type PointerEvent, useRef, useState } from "react";
import { placeAfterDrag } from "./reorder";

type Drag = { index: number; dy: number; height: number; to: number };

export function useDragOrder(count: number, onMove: (from: number, to: number) => void) {
  const [drag, setDrag] = useState<Drag | null>(null);
  const startY = useRef(0);

  /** For the handle of the row. */
  const handle = (index: number) => ({
    onPointerDown: (event: PointerEvent<HTMLElement>) => {
      if (event.button !== 0) return;
      const row = event.currentTarget.closest("li");
      if (!row) return;
      event.preventDefault();
      event.currentTarget.setPointerCapture(event.pointerId);
      startY.current = event.clientY;
      setDrag({ index, dy: 0, height: row.offsetHeight, to: index });
    },
    onPointerMove: (event: PointerEvent<HTMLElement>) => {
      if (drag?.index !== index) return;
      const dy = event.clientY - startY.current;
      setDrag({ ...drag, dy, to: placeAfterDrag(index, dy, drag.height, count) });
    },
    onPointerUp: () => {
      if (drag?.index === index && drag.to !== index) onMove(index, drag.to);
      setDrag(null);
    },
    onPointerCancel: () => setDrag(null),
  });

  /** Where a row stands while one is dragged: the dragged one follows the pointer, others make room. */
  const shift = (index: number): number => {
    if (!drag) return 0;
    if (index === drag.index) return drag.dy;
    if (index > drag.index && index <= drag.to) return -drag.height;
    if (index < drag.index && index >= drag.to) return drag.height;
    return 0;
  };
  return { handle, shift, draggedIndex: drag?.index ?? null };
}
