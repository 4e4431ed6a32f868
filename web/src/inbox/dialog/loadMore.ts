/** Older and newer messages, page by page, one request of a kind at a time. */
import { fetchMessages } from "../data";
import { WINDOW_SIZE } from "../store/feed";
import { addAfter, addBefore, threadOf } from "../store/threads";

const running = new Set<string>();

async function once(key: string, load: () => Promise<void>): Promise<boolean> {
  if (running.has(key)) return false;
  running.add(key);
  try {
    await load();
    return true;
  } catch {
    // The messages that are here stay; scrolling on tries again.
    return false;
  } finally {
    running.delete(key);
  }
}

export function loadBefore(dialogId: number): Promise<boolean> {
  const thread = threadOf(dialogId);
  const first = thread?.messages[0];
  if (!thread?.moreBefore || !first) return Promise.resolve(false);
  return once(`before ${dialogId}`, async () =>
    addBefore(dialogId, await fetchMessages(dialogId, { before: first.id, limit: WINDOW_SIZE })),
  );
}

export function loadAfter(dialogId: number): Promise<boolean> {
  const thread = threadOf(dialogId);
  const last = thread?.messages.at(-1);
  if (!thread?.moreAfter || !last) return Promise.resolve(false);
  return once(`after ${dialogId}`, async () =>
    addAfter(dialogId, await fetchMessages(dialogId, { after: last.id, limit: WINDOW_SIZE })),
  );
}
