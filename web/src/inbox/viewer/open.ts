/** Opens the viewer of pictures. The viewer itself is loaded when it is first needed. */
import { create } from "zustand";
import type { File } from "@/api/types";

export const useViewer = create<{ files: readonly File[]; index: number }>(() => ({ files: [], index: 0 }));
export const openViewer = (files: readonly File[], index: number) => useViewer.setState({ files, index });
export const closeViewer = () => useViewer.setState({ files: [], index: 0 });
