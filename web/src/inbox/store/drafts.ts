/**
 * What is typed and not sent, per dialog and mode. Saved in the browser half a second after the last key, and on the
 * server a little later for the person's other devices. What was typed here and has not reached the server wins over
 * the server's copy; otherwise the server's copy is newer.
 */
import { create } from "zustand";

export type Mode = "reply" | "note";
export type Draft = { text: string; synced: boolean };
type Drafts = Record<string, Draft>;

const SAVE_AFTER_MS = 500;
const SYNC_AFTER_MS = 1_500;
/** Drafts that are kept in the browser; the oldest go first. */
const DRAFTS_MAX = 200;

const useDrafts = create<{ drafts: Drafts }>(() => ({ drafts: {} }));
const key = (dialogId: number, mode: Mode) => `${dialogId}.${mode}`;
const dirty = new Set<string>();
let storageKey: string | null = null;
let sync: (dialogId: number, mode: Mode, text: string) => Promise<unknown> = async () => {};
let saveTimer: ReturnType<typeof setTimeout> | undefined;
let syncTimer: ReturnType<typeof setTimeout> | undefined;

export const draftOf = (dialogId: number, mode: Mode) =>
  useDrafts.getState().drafts[key(dialogId, mode)]?.text ?? "";
export const useDraft = (dialogId: number, mode: Mode) =>
  useDrafts((it) => it.drafts[key(dialogId, mode)]?.text ?? "");
/** The draft of an answer, for the row of the list. */
export const useDraftPreview = (dialogId: number) =>
  useDrafts((it) => it.drafts[key(dialogId, "reply")]?.text ?? "");

/** Begins with what this person's browser kept. */
export function openDrafts(operatorId: number, send: typeof sync) {
  storageKey = `ol.drafts.${operatorId}`;
  sync = send;
  let drafts: Drafts = {};
  try {
    const stored: unknown = JSON.parse(localStorage.getItem(storageKey) ?? "{}");
    if (typeof stored === "object" && stored !== null)
      for (const [name, it] of Object.entries(stored as Record<string, unknown>))
        if (isDraft(it)) drafts[name] = it;
  } catch {
    drafts = {};
  }
  useDrafts.setState({ drafts });
  for (const [name, it] of Object.entries(drafts)) if (!it.synced) dirty.add(name);
  if (dirty.size > 0) syncTimer = setTimeout(syncDrafts, SYNC_AFTER_MS);
}

const isDraft = (it: unknown): it is Draft =>
  typeof it === "object" && it !== null && "text" in it && typeof it.text === "string" && "synced" in it;

export function setDraft(dialogId: number, mode: Mode, text: string) {
  const name = key(dialogId, mode);
  const { drafts } = useDrafts.getState();
  if ((drafts[name]?.text ?? "") === text) return;
  const { [name]: _, ...rest } = drafts;
  // Put at the end: the order of the names is the order of use.
  useDrafts.setState({ drafts: { ...rest, [name]: { text, synced: false } } });
  dirty.add(name);
  clearTimeout(saveTimer);
  saveTimer = setTimeout(saveDrafts, SAVE_AFTER_MS);
  clearTimeout(syncTimer);
  syncTimer = setTimeout(syncDrafts, SYNC_AFTER_MS);
}

/** Takes the server's copy, unless something newer was typed here. */
export function takeDrafts(dialogId: number, theirs: Record<Mode, string>) {
  const { drafts } = useDrafts.getState();
  const next = { ...drafts };
  let changed = false;
  for (const mode of ["reply", "note"] as const) {
    const name = key(dialogId, mode);
    const mine = drafts[name];
    if ((mine && !mine.synced) || (mine?.text ?? "") === theirs[mode]) continue;
    if (theirs[mode]) next[name] = { text: theirs[mode], synced: true };
    else delete next[name];
    changed = true;
  }
  if (!changed) return;
  useDrafts.setState({ drafts: next });
  saveDrafts();
}

/** Writes to the browser's storage now: the person leaves the dialog or the page. */
export function saveDrafts() {
  clearTimeout(saveTimer);
  if (!storageKey) return;
  const kept = Object.entries(useDrafts.getState().drafts)
    .filter(([, it]) => it.text !== "" || !it.synced)
    .slice(-DRAFTS_MAX);
  try {
    if (kept.length > 0) localStorage.setItem(storageKey, JSON.stringify(Object.fromEntries(kept)));
    else localStorage.removeItem(storageKey);
  } catch {
    // Storage is full or off: the server's copy is all there is.
  }
}

/** Sends what changed to the server now. What fails is tried again with the next change or the next start. */
export function syncDrafts() {
  clearTimeout(syncTimer);
  for (const name of [...dirty]) {
    dirty.delete(name);
    const [id, mode] = name.split(".") as [string, Mode];
    const text = useDrafts.getState().drafts[name]?.text ?? "";
    sync(Number(id), mode, text).then(
      () => markSynced(name, text),
      () => dirty.add(name),
    );
  }
}

function markSynced(name: string, text: string) {
  const { drafts } = useDrafts.getState();
  const draft = drafts[name];
  if (!draft || draft.text !== text) return;
  const { [name]: _, ...rest } = drafts;
  useDrafts.setState({ drafts: text ? { ...rest, [name]: { text, synced: true } } : rest });
  saveDrafts();
}
