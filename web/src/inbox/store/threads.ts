/**
 * The messages of the dialogs that were opened lately. A thread is a window without holes: what lies before or after it
 * is known to be there (`moreBefore`, `moreAfter`) and is loaded when somebody scrolls to it.
 */
import { create } from "zustand";
import type { Message } from "@/api/types";

export type Thread = {
  state: "loading" | "ready" | "failed";
  error: unknown;
  messages: readonly Message[];
  moreBefore: boolean;
  moreAfter: boolean;
  /** Messages that came while the window did not reach the end. */
  missedAfter: number;
  /** Where the list grew last: rows put before the others must not move those that are read. */
  grew: "before" | "after";
  /** Changes when the window is another one and the place in it has to be found anew. */
  generation: number;
};
export type Window = { messages: readonly Message[]; moreBefore: boolean; moreAfter: boolean };

/** Threads that are kept; switching back to one of them shows it at once. */
const THREADS_MAX = 30;
const EMPTY: Thread = {
  state: "loading",
  error: null,
  messages: [],
  moreBefore: false,
  moreAfter: false,
  missedAfter: 0,
  grew: "after",
  generation: 0,
};

const threads = new Map<number, Thread>();
const useRevision = create(() => ({ revision: 0 }));
const bump = () => useRevision.setState(({ revision }) => ({ revision: revision + 1 }));

export const threadOf = (dialogId: number) => threads.get(dialogId);
export const useThread = (dialogId: number) => useRevision(() => threads.get(dialogId));

function set(dialogId: number, thread: Thread) {
  // Taken out and put in again: the map's order is the order of use.
  threads.delete(dialogId);
  threads.set(dialogId, thread);
  for (const id of threads.keys()) {
    if (threads.size <= THREADS_MAX) break;
    threads.delete(id);
  }
  bump();
}

/** Two lists of one dialog as one, by id; of the same message the newer version. */
export function merge(left: readonly Message[], right: readonly Message[]): Message[] {
  const byId = new Map(left.map((it) => [it.id, it]));
  for (const message of right) {
    const known = byId.get(message.id);
    if (!known || known.version <= message.version) byId.set(message.id, message);
  }
  return [...byId.values()].sort((first, second) => first.id - second.id);
}

export function startThread(dialogId: number) {
  if (!threads.has(dialogId)) set(dialogId, EMPTY);
}

export function failThread(dialogId: number, error: unknown) {
  const thread = threads.get(dialogId) ?? EMPTY;
  if (thread.messages.length > 0 && thread.state === "ready") return;
  set(dialogId, { ...thread, state: "failed", error });
}

/** Puts a fresh window in place of what was there. Messages that came meanwhile and belong to it are kept. */
export function setWindow(dialogId: number, window: Window) {
  const before = threads.get(dialogId) ?? EMPTY;
  const first = window.messages[0]?.id ?? 0;
  const last = window.messages.at(-1)?.id ?? 0;
  const connected = before.messages.some((it) => it.id >= first && it.id <= last);
  if (before.state === "ready" && connected && !before.moreAfter && !window.moreAfter) {
    // The same place, asked for again: what is on the screen stays where it is.
    set(dialogId, { ...before, messages: merge(before.messages, window.messages), grew: "after" });
    return;
  }
  const early = before.messages.filter(
    (it) => (it.id >= first && it.id <= last) || (!window.moreAfter && it.id > last),
  );
  set(dialogId, {
    ...EMPTY,
    state: "ready",
    messages: merge(window.messages, early),
    moreBefore: window.moreBefore,
    moreAfter: window.moreAfter,
    generation: before.generation + 1,
  });
}

export function addBefore(dialogId: number, window: Window) {
  const thread = threads.get(dialogId);
  if (thread)
    set(dialogId, {
      ...thread,
      messages: merge(window.messages, thread.messages),
      moreBefore: window.moreBefore,
    });
}

export function addAfter(dialogId: number, window: Window) {
  const thread = threads.get(dialogId);
  if (!thread) return;
  const messages = merge(thread.messages, window.messages);
  set(dialogId, {
    ...thread,
    messages,
    grew: "after",
    moreAfter: window.moreAfter,
    missedAfter: window.moreAfter ? thread.missedAfter : 0,
  });
}

/** Takes one message as the server has it now. */
export function keepMessage(message: Message) {
  const thread = threads.get(message.dialog_id);
  if (!thread) return;
  const known = thread.messages.some((it) => it.id === message.id);
  const last = thread.messages.at(-1)?.id ?? 0;
  const first = thread.messages[0]?.id ?? 0;
  if (!known && thread.moreAfter && message.id > last) {
    set(message.dialog_id, { ...thread, missedAfter: thread.missedAfter + 1 });
    return;
  }
  if (!known && thread.moreBefore && message.id < first) return;
  set(message.dialog_id, { ...thread, messages: merge(thread.messages, [message]), grew: "after" });
}

/** Changes one message on the screen before the server agrees; returns how to take it back. */
export function patchMessage(dialogId: number, id: number, change: Partial<Message>): () => void {
  const before = threads.get(dialogId)?.messages.find((it) => it.id === id);
  const replace = (message: Message) => {
    const thread = threads.get(dialogId);
    if (thread)
      set(dialogId, { ...thread, messages: thread.messages.map((it) => (it.id === id ? message : it)) });
  };
  if (!before) return () => {};
  const patched = { ...before, ...change };
  replace(patched);
  return () => {
    if (threads.get(dialogId)?.messages.includes(patched)) replace(before);
  };
}

/** Forgets all threads but one: they may have holes. */
export function dropThreads(except?: number) {
  for (const id of [...threads.keys()]) if (id !== except) threads.delete(id);
  bump();
}
