/**
 * What was sent here and has no answer yet. Per dialog one message is on its way at a time, so they arrive in the order
 * they were written, also after an hour without a network. Each has an id of ours: sending the same one twice makes one
 * message. Kept in the browser's storage, so a reload loses nothing.
 */
import type { File, Message } from "@/api/types";

export type Pending = {
  client_id: string;
  dialog_id: number;
  kind: "reply" | "note";
  /** BB code, as the server takes it. */
  text: string;
  files: File[];
  reply_to: { message_id: number; author: string; preview: string } | null;
  take_over: boolean;
  at: string;
  /** `old`: was not sent for a day; somebody has to say whether it still should be. */
  state: "waiting" | "sending" | "failed" | "old";
  problem: { code: string | undefined; detail: string } | null;
};

/** What became of one try. */
export type Outcome =
  | { kind: "sent"; message: Message }
  | { kind: "later"; waitS?: number }
  | { kind: "never"; code: string | undefined; detail: string };

export type OutboxOptions = {
  post: (pending: Pending) => Promise<Outcome>;
  onSent: (message: Message, pending: Pending) => void;
  onFailed: (pending: Pending) => void;
  onChange: (all: readonly Pending[]) => void;
  save: (all: readonly Pending[]) => void;
};

export const OLD_AFTER_MS = 24 * 3_600_000;
const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 30_000;
/** More than anybody writes without a network; beyond it the oldest failed ones are forgotten. */
export const PENDING_MAX = 200;

export class Outbox {
  private all: readonly Pending[] = [];
  private readonly busy = new Set<number>();
  private readonly timers = new Map<number, ReturnType<typeof setTimeout>>();
  private readonly failures = new Map<number, number>();

  constructor(private readonly options: OutboxOptions) {}

  /** Takes over what an earlier page left behind. */
  restore(left: readonly Pending[]) {
    const known = new Set(this.all.map((it) => it.client_id));
    const taken = left
      .filter((it) => !known.has(it.client_id))
      .map((it) => {
        if (it.state === "failed") return it;
        const old = Date.now() - Date.parse(it.at) > OLD_AFTER_MS;
        return { ...it, state: old ? ("old" as const) : ("waiting" as const) };
      });
    if (taken.length === 0) return;
    this.set([...taken, ...this.all]);
    this.kick();
  }

  add(pending: Pending) {
    const room = this.all.length - PENDING_MAX + 1;
    const dropped = new Set(room > 0 ? this.all.filter((it) => it.state === "failed").slice(0, room) : []);
    this.set([...this.all.filter((it) => !dropped.has(it)), pending]);
    void this.next(pending.dialog_id);
  }

  /** The person wants a failed or an old one to be sent after all. */
  retry(clientId: string, change: Partial<Pick<Pending, "take_over">> = {}) {
    const pending = this.find(clientId);
    if (!pending) return;
    this.update(clientId, { ...change, state: "waiting", problem: null });
    void this.next(pending.dialog_id);
  }

  remove(clientId: string) {
    this.set(this.all.filter((it) => it.client_id !== clientId));
  }

  find = (clientId: string) => this.all.find((it) => it.client_id === clientId);

  /** The server says that it has this one, maybe before it answered the request. */
  confirm(clientId: string) {
    if (this.find(clientId)) this.remove(clientId);
  }

  /** The network is back: do not wait for the next try. */
  kick() {
    for (const [, timer] of this.timers) clearTimeout(timer);
    this.timers.clear();
    this.failures.clear();
    for (const dialogId of new Set(this.all.map((it) => it.dialog_id))) void this.next(dialogId);
  }

  private async next(dialogId: number): Promise<void> {
    if (this.busy.has(dialogId) || this.timers.has(dialogId)) return;
    const pending = this.all.find((it) => it.dialog_id === dialogId && it.state === "waiting");
    if (!pending) return;
    this.busy.add(dialogId);
    this.update(pending.client_id, { state: "sending" });
    const outcome = await this.options.post(pending).catch((): Outcome => ({ kind: "later" }));
    this.busy.delete(dialogId);
    if (outcome.kind === "sent") {
      this.failures.delete(dialogId);
      this.options.onSent(outcome.message, pending);
      this.remove(pending.client_id);
    } else if (outcome.kind === "never") {
      this.update(pending.client_id, {
        state: "failed",
        problem: { code: outcome.code, detail: outcome.detail },
      });
      const failed = this.find(pending.client_id);
      if (failed) this.options.onFailed(failed);
    } else {
      this.update(pending.client_id, { state: "waiting" });
      const failures = this.failures.get(dialogId) ?? 0;
      this.failures.set(dialogId, failures + 1);
      const wait = outcome.waitS
        ? outcome.waitS * 1_000
        : Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** failures);
      const again = () => {
        this.timers.delete(dialogId);
        void this.next(dialogId);
      };
      this.timers.set(dialogId, setTimeout(again, wait));
      return;
    }
    return this.next(dialogId);
  }

  private update(clientId: string, change: Partial<Pending>) {
    this.set(this.all.map((it) => (it.client_id === clientId ? { ...it, ...change } : it)));
  }

  private set(all: readonly Pending[]) {
    this.all = all;
    this.options.save(all);
    this.options.onChange(all);
  }
}
