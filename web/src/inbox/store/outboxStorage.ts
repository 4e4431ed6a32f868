/**
 * Where unsent messages survive a reload. Each tab has its own entry and holds a lock as long as it lives; a tab that
 * starts adopts the entries whose tab is gone. Should two tabs adopt the same, the server still makes one message.
 */
import type { Pending } from "./outbox";

const prefix = (operatorId: number) => `ol.outbox.${operatorId}.`;
const isPending = (it: unknown): it is Pending =>
  typeof it === "object" &&
  it !== null &&
  "client_id" in it &&
  "dialog_id" in it &&
  "text" in it &&
  "at" in it;

export function outboxStorage() {
  const tab = crypto.randomUUID();
  let key: string | null = null;
  let release = () => {};
  return {
    open(operatorId: number) {
      key = prefix(operatorId) + tab;
      const held = new Promise<void>((resolve) => {
        release = resolve;
      });
      void navigator.locks?.request(key, () => held);
    },
    save(all: readonly Pending[]) {
      if (!key) return;
      try {
        if (all.length > 0) localStorage.setItem(key, JSON.stringify(all));
        else localStorage.removeItem(key);
      } catch {
        // Storage is full or off: the messages live as long as the page.
      }
    },
    close() {
      release();
      key = null;
    },
  };
}

/** Takes what closed tabs of this person left unsent. */
export async function adoptOutboxes(operatorId: number): Promise<Pending[]> {
  const alive = new Set((await navigator.locks?.query())?.held?.map((it) => it.name));
  const found: Pending[] = [];
  try {
    for (const key of Object.keys(localStorage)) {
      if (!key.startsWith(prefix(operatorId)) || alive.has(key)) continue;
      const left: unknown = JSON.parse(localStorage.getItem(key) ?? "[]");
      if (Array.isArray(left)) found.push(...left.filter(isPending));
      localStorage.removeItem(key);
    }
  } catch {
    // Storage is off or holds junk: there is nothing to adopt.
  }
  return found.sort((left, right) => (left.at < right.at ? -1 : 1));
}
