/** Tells the customer's messenger that somebody types: on the first key, then every three seconds, never when idle. */
import { tellTyping } from "../data";

const REPEAT_MS = 3_000;
const told = new Map<number, number>();

export function typingIn(dialogId: number) {
  const now = Date.now();
  if (now - (told.get(dialogId) ?? 0) < REPEAT_MS) return;
  told.set(dialogId, now);
  // A hint: if it is lost, the next key sends another.
  tellTyping(dialogId).catch(() => {});
}

export const typingEnded = (dialogId: number) => void told.delete(dialogId);
