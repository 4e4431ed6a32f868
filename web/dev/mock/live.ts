/** The WebSocket of the pretended server: numbers frames and hands them to every open tab. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { LiveFrame } from "../../src/api/types";

type Numbered = Extract<LiveFrame, { seq: number; prev: number }>;
type WithoutNumbers<T> = T extends unknown ? Omit<T, "seq" | "prev"> : never;
export type Change = WithoutNumbers<Numbered>;

const HISTORY_MAX = 500;

export class Live {
  seq = 1;
  private readonly server = new WebSocketServer({ noServer: true });
  private readonly sockets = new Map<WebSocket, { last: number; viewing: number | null }>();

  /** The last frames, for tabs that come back; one that was away longer is told to begin anew. */
  private history: { seq: number; text: (prev: number) => string }[] = [];

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer) {
    const since = Number(new URL(request.url ?? "/", "http://mock").searchParams.get("since") ?? this.seq);
    this.server.handleUpgrade(request, socket, head, (it) => {
      this.sockets.set(it, { last: this.seq, viewing: null });
      it.on("close", () => this.sockets.delete(it));
      it.on("message", (data) => {
        const frame = JSON.parse(String(data)) as { type: string; dialog_id?: number | null };
        if (frame.type === "ping") it.send(JSON.stringify({ type: "pong" }));
        const state = this.sockets.get(it);
        if (frame.type === "viewing" && state) {
          const left = state.viewing;
          state.viewing = frame.dialog_id ?? null;
          this.tellViewers(left);
          this.tellViewers(state.viewing);
        }
      });
      it.send(JSON.stringify({ type: "hello", seq: this.seq, server_time: new Date().toISOString() }));
      const oldest = this.history[0]?.seq ?? this.seq + 1;
      if (since < oldest - 1 && since < this.seq) {
        it.send(JSON.stringify({ type: "reset" }));
        return;
      }
      let prev = since;
      for (const { seq, text } of this.history) {
        if (seq <= since) continue;
        it.send(text(prev));
        prev = seq;
      }
    });
  }

  /** Colleague 2 looks at every third dialog, so that the sign can be seen. */
  private tellViewers(dialogId: number | null) {
    if (dialogId === null) return;
    const here = [...this.sockets.values()].some((it) => it.viewing === dialogId);
    const others = dialogId % 3 === 0 ? [2] : [];
    this.hint({ type: "viewing", dialog_id: dialogId, operator_ids: here ? [1, ...others] : others });
  }

  send(change: Change) {
    this.seq += 1;
    const { seq } = this;
    const body = JSON.stringify(change).slice(1);
    this.history.push({ seq, text: (prev) => `{"seq":${seq},"prev":${prev},${body}` });
    if (this.history.length > HISTORY_MAX) this.history.shift();
    for (const [socket, state] of this.sockets) {
      socket.send(JSON.stringify({ ...change, seq: this.seq, prev: state.last }));
      state.last = this.seq;
    }
  }

  /** A hint without a number, like "is typing". */
  hint(frame: LiveFrame) {
    for (const socket of this.sockets.keys()) socket.send(JSON.stringify(frame));
  }

  cut() {
    for (const socket of this.sockets.keys()) socket.terminate();
  }
}
