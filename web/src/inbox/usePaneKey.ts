/** F6 goes to the next pane; after the last one the browser gets the key. Shift+F6 goes back. */
import { type RefObject, useEffect } from "react";

const FOCUSABLE =
  "[role=listbox][tabindex], textarea:not([disabled]), input, button, a[href], [tabindex='0']";

export function usePaneKey(root: RefObject<HTMLElement | null>) {
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.code !== "F6" || event.ctrlKey || event.altKey || event.metaKey) return;
      const panes = [...(root.current?.querySelectorAll<HTMLElement>("[data-pane]") ?? [])];
      const here = panes.findIndex((it) => it.contains(document.activeElement));
      const next = panes[here + (event.shiftKey ? -1 : 1)];
      const target =
        next?.querySelector<HTMLElement>("[role=listbox][tabindex]:not([hidden])") ??
        next?.querySelector<HTMLElement>("textarea:not([disabled]):not([aria-hidden])") ??
        next?.querySelector<HTMLElement>(FOCUSABLE);
      if (!target) return;
      event.preventDefault();
      target.focus();
    };
    window.addEventListener("keydown", onKey);
    return () => window.removeEventListener("keydown", onKey);
  }, [root]);
}
