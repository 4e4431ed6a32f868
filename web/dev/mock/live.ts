/** The WebSocket of the pretended server: numbers frames and hands them to every open tab. */
import type { IncomingMessage } from "node:http";
import type { Duplex } from "node:stream";
import { type WebSocket, WebSocketServer } from "ws";
import type { LiveFrame } from "../../src/api/types";

type Numbered = Extract<LiveFrame, { seq: number; prev: number }>;
type WithoutNumbers<T> = T extends unknown ? Omit<T, "seq" | "prev"> : never;
export type Change = WithoutNumbers<Numbered>;

export class Live {
  seq = 1;
  private readonly server = new WebSocketServer({ noServer: true });
  private readonly sockets = new Map<WebSocket, { last: number; viewing: number | null }>();

  upgrade(request: IncomingMessage, socket: Duplex, head: Buffer) {
    this.server.handleUpgrade(request, socket, head, (it) => {
      this.sockets.set(it, { last: this.seq, viewing: null });
      it.on("close", () => this.sockets.delete(it));
      it.on("message", (data) => {
        const frame = JSON.parse(String(data)) as { type: string; dialog_id?: number | null };
        if (frame.type === "ping") it.send(JSON.stringify({ type: "pong" }));
      });
      it.send(JSON.stringify({ type: "hello", seq: this.seq, server_time: new Date().toISOString() }));
    });
  }

  send(change: Change) {
    this.seq += 1;
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
