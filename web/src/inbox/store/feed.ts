/**
 * Where the live line meets the stores: begins when a person signs in, whatever screen is open, because offers ring
 * everywhere. Screens only read the stores.
 */
import { create } from "zustand";
import { queries } from "@/api/queries";
import type { Customer, Lead, LiveFrame, Message } from "@/api/types";
import { coveredFrom, onFrame, sendFrame, useLive } from "@/live/socket";
import { fetchDialog, fetchMessages, postMessage, putDraft } from "../data";
import { clearCounts, countChange } from "./counts";
import {
  clearDialogs,
  dialogOf,
  doubtDialogs,
  dropDialog,
  keepDialog,
  keepDialogs,
  pruneFinished,
  renameCustomer,
  sweepDialogs,
  watchDialogs,
} from "./dialogs";
import { openDrafts, saveDrafts, syncDrafts, takeDrafts } from "./drafts";
import { clearHints, noteTyping, noteViewing, stopTyping } from "./hints";
import { Outbox, type Pending } from "./outbox";
import { adoptOutboxes, outboxStorage } from "./outboxStorage";
import { fetchCounts, firstPage, forgetPages, knowsAllOpen, openView } from "./pages";
import { dropThreads, failThread, keepMessage, setWindow, startThread, threadOf } from "./threads";
import type { Filter } from "./views";

/** Finished dialogs that are kept beside the open ones. */
const FINISHED_MAX = 3_000;
const PRUNE_EVERY_MS = 60_000;
const RECOUNT_AFTER_MS = 1_000;
export const WINDOW_SIZE = 60;
/** The most that the server gives at once. */
const WINDOW_MAX = 200;
/** Read messages above the first unread one, so that it is seen in its place. */
const UNREAD_MARGIN = 20;

export type Details = Awaited<ReturnType<typeof fetchDialog>>;
export const detailsKey = (dialogId: number) => ["dialog", dialogId] as const;

const usePending = create<{ all: readonly Pending[] }>(() => ({ all: [] }));
const NONE: readonly Pending[] = [];
const pendingOf = new WeakMap<readonly Pending[], Map<number, readonly Pending[]>>();
/** What waits to be sent in one dialog, in order. */
export const usePendingOf = (dialogId: number) =>
  usePending(({ all }) => {
    let byDialog = pendingOf.get(all);
    if (!byDialog) {
      byDialog = new Map();
      pendingOf.set(all, byDialog);
    }
    let found = byDialog.get(dialogId);
    if (!found) {
      found = all.filter((it) => it.dialog_id === dialogId);
      byDialog.set(dialogId, found.length > 0 ? found : NONE);
    }
    return found.length > 0 ? found : NONE;
  });

const storage = outboxStorage();
type FailedWatcher = (pending: Pending) => void;
const failedWatchers = new Set<FailedWatcher>();
/** A failed delivery always notifies its author, on whatever screen. */
export function onSendFailed(watcher: FailedWatcher) {
  failedWatchers.add(watcher);
  return () => failedWatchers.delete(watcher);
}

const outcomes = new Map<string, (sent: boolean) => void>();
/** Tells once what became of one message that is being sent. */
export function onOutcome(clientId: string, done: (sent: boolean) => void): () => void {
  outcomes.set(clientId, done);
  return () => outcomes.delete(clientId);
}

export const outbox = new Outbox({
  post: postMessage,
  onSent: (message, pending) => {
    receiveMessage(message);
    outcomes.get(pending.client_id)?.(true);
  },
  onFailed: (pending) => {
    outcomes.get(pending.client_id)?.(false);
    for (const watcher of failedWatchers) watcher(pending);
  },
  onChange: (all) => usePending.setState({ all }),
  save: (all) => storage.save(all),
});

type MessageWatcher = (message: Message, isNew: boolean) => void;
const messageWatchers = new Set<MessageWatcher>();
/** Tells of every message that the live line brings. */
export function onMessage(watcher: MessageWatcher) {
  messageWatchers.add(watcher);
  return () => messageWatchers.delete(watcher);
}

export function receiveMessage(message: Message) {
  if (message.client_id) outbox.confirm(message.client_id);
  keepMessage(message);
}

/** The view and the dialog that are on the screen; what a reset has to bring back first. */
const screen: { filter: Filter | null; dialogId: number | null } = { filter: null, dialogId: null };
export const showFilter = (filter: Filter | null) => {
  screen.filter = filter;
};
export const openDialogId = () => screen.dialogId;
export function showDialog(dialogId: number | null) {
  if (screen.dialogId === dialogId) return;
  screen.dialogId = dialogId;
  sendFrame({ type: "viewing", dialog_id: dialogId });
}

/** Keeps the cached answers about customers and leads fresh wherever they are shown. */
function patchDetails(change: { customer?: Customer; lead?: Lead }) {
  queries.setQueriesData<Details>({ queryKey: ["dialog"] }, (details) => {
    if (!details) return details;
    const { customer, lead } = change;
    let next = details;
    if (customer && details.customer.id === customer.id && customer.version >= details.customer.version)
      next = { ...next, customer };
    if (lead && next.lead?.id === lead.id && lead.version >= next.lead.version) next = { ...next, lead };
    return next;
  });
}
export function keepCustomer(customer: Customer) {
  patchDetails({ customer });
  renameCustomer(customer);
}
export const keepLead = (lead: Lead) => patchDetails({ lead });

/** Asks for a dialog with its customer, and for its newest messages unless they are here. */
export async function fetchDetails(dialogId: number): Promise<Details> {
  const details = await fetchDialog(dialogId);
  keepDialogs([details.dialog], details.meta.seq);
  takeDrafts(dialogId, details.drafts);
  return details;
}

const loading = new Map<number, Promise<void>>();
/** Loads the newest window of a dialog's messages, or the one around a message. */
export function loadThread(dialogId: number, around?: number): Promise<void> {
  const running = around === undefined ? loading.get(dialogId) : undefined;
  if (running) return running;
  startThread(dialogId);
  const load = async () => {
    try {
      for (let tries = 1; ; tries += 1) {
        // Wide enough to open at the first unread message, if that is not too far.
        const unread = around === undefined ? (dialogOf(dialogId)?.unread_count ?? 0) : 0;
        const limit = Math.min(WINDOW_MAX, Math.max(WINDOW_SIZE, unread + UNREAD_MARGIN));
        const window = await fetchMessages(dialogId, { around, limit });
        const covered = coveredFrom();
        if (covered !== null && window.seq < covered && tries < 3) continue;
        setWindow(dialogId, window);
        return;
      }
    } catch (error) {
      failThread(dialogId, error);
      if (around !== undefined) throw error;
    } finally {
      loading.delete(dialogId);
    }
  };
  const promise = load();
  if (around === undefined) loading.set(dialogId, promise);
  return promise;
}

function onLive(frame: LiveFrame) {
  switch (frame.type) {
    case "dialog_changed":
      return keepDialog(frame.dialog, { from: "live", seq: frame.seq });
    case "dialog_gone":
      return dropDialog(frame.dialog_id, frame.seq);
    case "message_changed": {
      const { message } = frame;
      const { author } = message;
      if (author.kind === "customer") stopTyping(message.dialog_id, "customer");
      else if (author.operator_id) stopTyping(message.dialog_id, author.operator_id);
      const isNew = message.version <= 1 && !message.edited_at && !message.deleted_at;
      receiveMessage(message);
      for (const watcher of messageWatchers) watcher(message, isNew);
      return;
    }
    case "customer_changed":
      return keepCustomer(frame.customer);
    case "lead_changed":
      return patchDetails({ lead: frame.lead });
    case "typing":
      return noteTyping(frame.dialog_id, frame.who);
    case "viewing":
      return noteViewing(frame.dialog_id, frame.operator_ids);
    case "hello":
      if (screen.dialogId !== null) sendFrame({ type: "viewing", dialog_id: screen.dialogId });
      outbox.kick();
      syncDrafts();
      return;
    case "reset":
      return void startOver();
  }
}

/** Too much was missed: take a new snapshot quietly, and keep the old rows on the screen until it is here. */
async function startOver() {
  const { filter, dialogId } = screen;
  doubtDialogs();
  forgetPages();
  clearHints();
  dropThreads(dialogId ?? undefined);
  void queries.invalidateQueries({ queryKey: ["dialog"] });
  if (dialogId !== null && threadOf(dialogId)) void loadThread(dialogId);
  if (filter) {
    await firstPage(filter);
    sweepDialogs(new Set(dialogId === null ? [] : [dialogId]));
  } else await openView({ view: "mine", sort: "activity" });
}

let stop: (() => void) | null = null;

/** Begins to listen for this person. Safe to call twice. */
export function startFeed(operatorId: number) {
  if (stop) return;
  openDrafts(operatorId, putDraft);
  storage.open(operatorId);
  let recountTimer: ReturnType<typeof setTimeout> | undefined;
  const countLater = () => {
    recountTimer ??= setTimeout(() => {
      recountTimer = undefined;
      fetchCounts().catch(() => {});
    }, RECOUNT_AFTER_MS);
  };
  const stops = [
    onFrame(onLive),
    watchDialogs((change) => {
      if (!countChange(change, operatorId, knowsAllOpen())) countLater();
    }),
    useLive.subscribe(({ state }, before) => {
      if (state === "open" && before.state !== "open") outbox.kick();
    }),
  ];
  const prune = setInterval(
    () => pruneFinished(FINISHED_MAX, new Set([screen.dialogId ?? 0])),
    PRUNE_EVERY_MS,
  );
  const leave = () => {
    if (document.visibilityState !== "hidden") return;
    saveDrafts();
    syncDrafts();
  };
  document.addEventListener("visibilitychange", leave);
  window.addEventListener("pagehide", saveDrafts);
  void adoptOutboxes(operatorId).then((left) => outbox.restore(left));
  // Own dialogs and offers are wanted on every screen; the list asks for the rest.
  void openView({ view: "mine", sort: "activity" });
  stop = () => {
    for (const it of stops) it();
    clearInterval(prune);
    clearTimeout(recountTimer);
    document.removeEventListener("visibilitychange", leave);
    window.removeEventListener("pagehide", saveDrafts);
    saveDrafts();
    syncDrafts();
    storage.close();
    clearDialogs();
    clearCounts();
    clearHints();
    forgetPages();
    dropThreads();
    screen.dialogId = null;
    stop = null;
  };
}

export const stopFeed = () => stop?.();
