/**
 * All dialogs that this tab knows, by id. One table for every screen: the list, the offers and the open dialog look at
 * the same entry. Entries are never changed in place, so a row that shows one is drawn anew only when that one changed.
 *
 * An entry is what the server said last (`served`), with the person's own actions that the server has not answered yet
 * laid over it (`patches`). A refusal takes its patch away, and the row is visibly back where it was.
 */
import { create } from "zustand";
import type { Customer, Dialog } from "@/api/types";

type Patch = { key: symbol; apply: (dialog: Dialog) => Dialog };
/** `seq`: number of the live frame; `own` for what this person just did; `snapshot` for an answer to a request. */
export type Source = { from: "live"; seq: number } | { from: "own" } | { from: "snapshot" };
/** What was and is shown, and the same without what the person's own unanswered actions add. */
export type Change = {
  id: number;
  before: Dialog | undefined;
  after: Dialog | undefined;
  servedBefore: Dialog | undefined;
  servedAfter: Dialog | undefined;
  source: Source;
};
type Watcher = (change: Change) => void;

const served = new Map<number, Dialog>();
const patches = new Map<number, Patch[]>();
const shown = new Map<number, Dialog>();
/** What was served when the watchers were told last. */
const told = new Map<number, Dialog>();
/** Dialogs that were taken from us, with the number of that frame: an older snapshot must not bring them back. */
const gone = new Map<number, number>();
const watchers = new Set<Watcher>();
/** Grows when the server says that we missed too much; entries that were not confirmed since are swept. */
let epoch = 0;
const confirmedIn = new Map<number, number>();

/** Changes whenever any entry does; selectors read the table itself. */
const useRevision = create(() => ({ revision: 0 }));

export const dialogOf = (id: number | null | undefined) => (id == null ? undefined : shown.get(id));
export const allDialogs = () => shown.values();
export const dialogCount = () => shown.size;

/** One dialog; the component is drawn anew only when this one changes. */
export const useDialog = (id: number | null | undefined) => useRevision(() => dialogOf(id));
/** Something computed from all dialogs. Must be cheap and must give equal values for equal tables. */
export const useFromDialogs = <T>(compute: () => T): T => useRevision(compute);

/** Tells of every change, for counters, order and bells. */
export function watchDialogs(watcher: Watcher): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

function show(id: number, source: Source): boolean {
  const before = shown.get(id);
  const base = served.get(id);
  const after = base && (patches.get(id) ?? []).reduce((dialog, patch) => patch.apply(dialog), base);
  if (before === after) return false;
  if (after) shown.set(id, after);
  else shown.delete(id);
  const servedBefore = told.get(id);
  if (base) told.set(id, base);
  else told.delete(id);
  for (const watcher of watchers) watcher({ id, before, after, servedBefore, servedAfter: base, source });
  return true;
}

const bump = () => useRevision.setState(({ revision }) => ({ revision: revision + 1 }));

/** Takes what the server says now. Older versions are ignored. */
export function keepDialog(dialog: Dialog, source: Source) {
  const known = served.get(dialog.id);
  confirmedIn.set(dialog.id, epoch);
  if (known && known.version > dialog.version) return;
  gone.delete(dialog.id);
  served.set(dialog.id, dialog);
  if (show(dialog.id, source)) bump();
}

/** Takes a page of a snapshot that was true at `seq`. */
export function keepDialogs(dialogs: readonly Dialog[], seq: number) {
  let changed = false;
  for (const dialog of dialogs) {
    if ((gone.get(dialog.id) ?? -1) >= seq) continue;
    const known = served.get(dialog.id);
    confirmedIn.set(dialog.id, epoch);
    if (known && known.version >= dialog.version) continue;
    served.set(dialog.id, dialog);
    changed = show(dialog.id, { from: "snapshot" }) || changed;
  }
  if (changed) bump();
}

/** A customer's name or picture changed: dialogs carry both. */
export function renameCustomer({ id, name, picture }: Pick<Customer, "id" | "name" | "picture">) {
  let changed = false;
  for (const dialog of served.values()) {
    const { customer } = dialog;
    if (customer.id !== id || (customer.name === name && customer.picture === picture)) continue;
    served.set(dialog.id, { ...dialog, customer: { ...customer, name, picture } });
    changed = show(dialog.id, { from: "snapshot" }) || changed;
  }
  if (changed) bump();
}

export function dropDialog(id: number, seq: number) {
  gone.set(id, seq);
  served.delete(id);
  patches.delete(id);
  confirmedIn.delete(id);
  if (show(id, { from: "live", seq })) bump();
}

/** From now on nothing is certain until a new snapshot confirms it. */
export const doubtDialogs = () => {
  epoch += 1;
};

/** Forgets what no snapshot confirmed since `doubtDialogs`. */
export function sweepDialogs(keep: ReadonlySet<number>) {
  let changed = false;
  for (const id of [...served.keys()]) {
    if (confirmedIn.get(id) === epoch || keep.has(id)) continue;
    served.delete(id);
    confirmedIn.delete(id);
    changed = show(id, { from: "snapshot" }) || changed;
  }
  if (changed) bump();
}

/**
 * Shows `apply` at once, asks the server, then shows what the server answered. When it refuses, the patch is taken
 * away and the refusal is thrown.
 */
export async function withPatch(
  id: number,
  apply: (dialog: Dialog) => Dialog,
  call: () => Promise<Dialog | undefined>,
): Promise<void> {
  const patch: Patch = { key: Symbol("patch"), apply };
  patches.set(id, [...(patches.get(id) ?? []), patch]);
  if (show(id, { from: "own" })) bump();
  const settle = () => {
    const rest = (patches.get(id) ?? []).filter((it) => it !== patch);
    if (rest.length > 0) patches.set(id, rest);
    else patches.delete(id);
  };
  try {
    const answer = await call();
    settle();
    const known = served.get(id);
    // A bare "done" is taken at its word until the live line tells the rest.
    if (!answer && known) served.set(id, apply(known));
    if (answer && (!known || known.version <= answer.version)) served.set(id, answer);
  } catch (error) {
    settle();
    throw error;
  } finally {
    if (show(id, { from: "own" })) bump();
  }
}

/** Forgets finished dialogs beyond `max`, the longest silent first, except those that are on a screen now. */
export function pruneFinished(max: number, keep: ReadonlySet<number>) {
  const finished = [...shown.values()].filter((it) => it.session.state === "closed" && !keep.has(it.id));
  if (finished.length <= max) return;
  finished.sort((left, right) => (left.last_activity_at < right.last_activity_at ? -1 : 1));
  for (const { id } of finished.slice(0, finished.length - max)) {
    for (const table of [served, shown, told, confirmedIn]) table.delete(id);
  }
  bump();
}

/** Everything we know is worth nothing any more: another person signs in. */
export function clearDialogs() {
  for (const table of [served, patches, shown, told, gone, confirmedIn]) table.clear();
  bump();
}
