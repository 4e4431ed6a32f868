/** Search as you type: names from the table at once, the server's finds (phones, texts, numbers) a moment later. */
import { useEffect, useMemo, useState } from "react";
import type { FoundMessage } from "@/api/types";
import { fold } from "@/i18n/format";
import { fetchDialog, search } from "../data";
import { allDialogs, dialogOf, keepDialogs } from "../store/dialogs";
import { bySort } from "../store/views";

const ASK_AFTER_MS = 180;
const LOCAL_MAX = 30;
const SERVER_LIMIT = 30;
/** Found messages of dialogs that are not in the table: so many of them are asked for by name. */
const UNKNOWN_MAX = 12;
/** Shorter words would find everything. */
const ASK_FROM_LENGTH = 2;

export type Found = {
  dialogIds: readonly number[];
  messages: readonly FoundMessage[];
  state: "asking" | "done" | "failed";
  error: unknown;
};

/** Dialogs whose customer's name has every word of the query at the start of one of its words. */
export function findLocally(query: string): number[] {
  const words = fold(query).split(/\s+/).filter(Boolean);
  if (words.length === 0) return [];
  const found = [];
  for (const dialog of allDialogs()) {
    const name = ` ${fold(dialog.customer.name)}`;
    if (words.every((it) => name.includes(` ${it}`)) || `#${dialog.session.number}` === query.trim())
      found.push(dialog);
  }
  found.sort(bySort("activity"));
  return found.slice(0, LOCAL_MAX).map((it) => it.id);
}

export function useSearch(query: string): Found {
  const [answer, setAnswer] = useState<{
    query: string;
    ids: number[];
    messages: FoundMessage[];
    error: unknown;
  }>({
    query: "",
    ids: [],
    messages: [],
    error: null,
  });
  const q = query.trim();
  const local = useMemo(() => findLocally(q), [q]);
  useEffect(() => {
    if (q.length < ASK_FROM_LENGTH) return;
    let current = true;
    const timer = setTimeout(async () => {
      try {
        const { dialogs, messages } = await search(q, SERVER_LIMIT);
        if (!current) return;
        // No number comes with these: what the live line brought since is never older.
        keepDialogs(dialogs, Number.MAX_SAFE_INTEGER);
        setAnswer({ query: q, ids: dialogs.map((it) => it.id), messages, error: null });
        const unknown = new Set(messages.map((it) => it.dialog_id).filter((id) => !dialogOf(id)));
        for (const id of [...unknown].slice(0, UNKNOWN_MAX)) {
          if (!current) return;
          const { dialog, meta } = await fetchDialog(id);
          keepDialogs([dialog], meta.seq);
        }
      } catch (error) {
        if (current) setAnswer((it) => (it.query === q ? it : { query: q, ids: [], messages: [], error }));
      }
    }, ASK_AFTER_MS);
    return () => {
      current = false;
      clearTimeout(timer);
    };
  }, [q]);
  return useMemo(() => {
    const fresh = answer.query === q;
    const asked = q.length >= ASK_FROM_LENGTH;
    const state = !asked ? "done" : !fresh ? "asking" : answer.error ? "failed" : "done";
    return {
      dialogIds: [...new Set([...local, ...(fresh ? answer.ids : [])])],
      messages: fresh ? answer.messages : [],
      state,
      error: fresh ? answer.error : null,
    };
  }, [q, local, answer]);
}

export type Piece = { text: string; hit: boolean };

/** Cuts a text around the words that were searched for, so that they can be marked. */
export function highlight(text: string, query: string): Piece[] {
  const words = fold(query)
    .split(/\s+/)
    .filter((it) => it.length > 1);
  if (words.length === 0) return [{ text, hit: false }];
  const folded = fold(text);
  const pieces: Piece[] = [];
  let place = 0;
  while (place < text.length) {
    let [at, size] = [-1, 0];
    for (const word of words) {
      const found = folded.indexOf(word, place);
      if (found >= 0 && (at < 0 || found < at)) [at, size] = [found, word.length];
    }
    if (at < 0) break;
    if (at > place) pieces.push({ text: text.slice(place, at), hit: false });
    pieces.push({ text: text.slice(at, at + size), hit: true });
    place = at + size;
  }
  if (place < text.length) pieces.push({ text: text.slice(place), hit: false });
  return pieces;
}
