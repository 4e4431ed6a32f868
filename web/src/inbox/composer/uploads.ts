/** Files on their way to the server, per dialog and mode. A dialog that is left keeps uploading. */
import { create } from "zustand";
import { asProblem } from "@/api/problem";
import type { File as OurFile } from "@/api/types";
import { m as t } from "@/paraglide/messages";
import { uploadFile } from "../data";
import { keepSize } from "../dialog/measured";
import type { Mode } from "../store/drafts";

export type Upload = {
  key: string;
  name: string;
  size: number;
  /** A look at the picture before it is there; empty for all else. */
  preview: string;
  /** From 0 to 1. */
  part: number;
  state: "loading" | "ready" | "failed";
  problem: string;
  file: OurFile | null;
};
type Source = { file: globalThis.File; abort: AbortController };

/** More than any messenger takes at once. */
export const UPLOADS_MAX = 20;
const NONE: readonly Upload[] = [];
const useStore = create<{ uploads: Readonly<Record<string, readonly Upload[]>> }>(() => ({ uploads: {} }));
const sources = new Map<string, Source>();
const slot = (dialogId: number, mode: Mode) => `${dialogId}.${mode}`;

export const useUploads = (dialogId: number, mode: Mode) =>
  useStore((it) => it.uploads[slot(dialogId, mode)] ?? NONE);
export const uploadsOf = (dialogId: number, mode: Mode) =>
  useStore.getState().uploads[slot(dialogId, mode)] ?? NONE;

function change(at: string, key: string, part: Partial<Upload>) {
  useStore.setState(({ uploads }) => ({
    uploads: {
      ...uploads,
      [at]: (uploads[at] ?? NONE).map((it) => (it.key === key ? { ...it, ...part } : it)),
    },
  }));
}

/** How large a picture is, so that its place in the thread is right before it is loaded again. */
async function measure(file: globalThis.File) {
  if (!file.type.startsWith("image/")) return null;
  const bitmap = await createImageBitmap(file).catch(() => null);
  const size = bitmap && { width: bitmap.width, height: bitmap.height };
  bitmap?.close();
  return size;
}

async function run(at: string, key: string) {
  const source = sources.get(key);
  if (!source) return;
  change(at, key, { state: "loading", part: 0, problem: "" });
  try {
    const size = measure(source.file);
    const file = await uploadFile(source.file, (part) => change(at, key, { part }), source.abort.signal);
    const found = await size;
    if (found) keepSize(file.id, found);
    change(at, key, { state: "ready", part: 1, file });
  } catch (error) {
    if (source.abort.signal.aborted) return;
    const problem = asProblem(error);
    const text =
      problem.code === "too_big" || problem.status === 413
        ? t.upload_too_big()
        : problem.isOffline
          ? t.upload_offline()
          : problem.detail || t.upload_failed();
    change(at, key, { state: "failed", problem: text });
  }
}

export function addUploads(dialogId: number, mode: Mode, files: Iterable<globalThis.File>) {
  const at = slot(dialogId, mode);
  for (const file of files) {
    if (uploadsOf(dialogId, mode).length >= UPLOADS_MAX) return;
    const key = crypto.randomUUID();
    const preview = file.type.startsWith("image/") ? URL.createObjectURL(file) : "";
    const upload: Upload = {
      key,
      name: file.name || t.pasted_picture(),
      size: file.size,
      preview,
      part: 0,
      state: "loading",
      problem: "",
      file: null,
    };
    sources.set(key, { file, abort: new AbortController() });
    useStore.setState(({ uploads }) => ({
      uploads: { ...uploads, [at]: [...(uploads[at] ?? NONE), upload] },
    }));
    void run(at, key);
  }
}

export const retryUpload = (dialogId: number, mode: Mode, key: string) => void run(slot(dialogId, mode), key);

export function removeUpload(dialogId: number, mode: Mode, key: string) {
  const at = slot(dialogId, mode);
  const upload = uploadsOf(dialogId, mode).find((it) => it.key === key);
  sources.get(key)?.abort.abort();
  sources.delete(key);
  if (upload?.preview) URL.revokeObjectURL(upload.preview);
  useStore.setState(({ uploads }) => ({
    uploads: { ...uploads, [at]: (uploads[at] ?? NONE).filter((it) => it.key !== key) },
  }));
}

/** The files that are ready leave with the message; the rest stays. */
export function takeUploads(dialogId: number, mode: Mode): OurFile[] {
  const ready = uploadsOf(dialogId, mode).filter((it) => it.file !== null);
  for (const it of ready) removeUpload(dialogId, mode, it.key);
  return ready.flatMap((it) => it.file ?? []);
}
