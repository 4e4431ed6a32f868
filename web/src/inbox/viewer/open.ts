/** Opens the viewer of pictures. The viewer itself is loaded when it is first needed. */
import { create } from "zustand";
import type { File } from "@/api/types";

export const useViewer = create<{ files: readonly File[]; index: number }>(() => ({ files: [], index: 0 }));

/** What had the focus gets it back when the viewer closes. */
let opener: Element | null = null;

export function openViewer(files: readonly File[], index: number) {
  opener = document.activeElement;
  useViewer.setState({ files, index });
}

export function closeViewer() {
  useViewer.setState({ files: [], index: 0 });
  const target = opener;
  opener = null;
  requestAnimationFrame(() => {
    if (target instanceof HTMLElement && target.isConnected) target.focus({ preventScroll: true });
  });
}
