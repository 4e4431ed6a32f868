/**
 * The live line to the server, without a browser: order, gaps, silence and coming back. `socket.ts` gives it a real
 * WebSocket; tests give it a fake one. Knows nothing of dialogs or screens.
 *
 * Promise to the listeners: from `coveredFrom` on, every frame that the server had for this person arrives once and
 * in order. When that cannot be kept, a `reset` is delivered, and whoever holds a snapshot must take a new one.
 */
import type { LiveFrame } from "@/api/types";

export type LiveState = "connecting" | "open" | "lost";
export type ClientFrame = { type: "ping" } | { type: "viewing"; dialog_id: number | null };

/** What we need of a WebSocket. */
export interface Wire {
  send(text: string): void;
  close(): void;
  onopen: (() => void) | null;
  onmessage: ((text: string) => void) | null;
  onclose: (() => void) | null;
}

export type LineOptions = {
  /** Opens a wire; `since` asks for the frames after that number. */
  connect: (since: number | null) => Wire;
  onFrame: (frame: LiveFrame) => void;
  onState: (state: LiveState) => void;
  /** From 0 to 1, spreads the reconnects of many tabs. */
  random?: () => number;
};

export const PING_EVERY_MS = 20_000;
/** No frame for so long means that the line is dead, whatever the socket says. */
export const SILENCE_MAX_MS = 45_000;
/** How long a line that was asked for a sign of life may take. */
export const PROBE_MAX_MS = 5_000;
const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 30_000;
/** So many gaps in a row without one good frame: the server's log does not fit ours, start over. */
const GAPS_MAX = 3;

export class LiveLine {
  private wire: Wire | null = null;
  private wanted = false;
  private open = false;
  private seq: number | null = null;
  private covered: number | null = null;
  private failures = 0;
  private gaps = 0;
  private lastFrameAt = 0;
  private skewMs = 0;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private probe: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly options: LineOptions) {}

  /** Number from which nothing is missing; null before the first greeting. A snapshot older than this has a hole. */
  get coveredFrom(): number | null {
    return this.covered;
  }

  /** The server's clock minus ours, in ms. */
  get skew(): number {
    return this.skewMs;
  }

  start() {
    if (this.wanted) return;
    this.wanted = true;
    this.options.onState("connecting");
    this.connect();
  }

  stop() {
    this.wanted = false;
    this.seq = null;
    this.covered = null;
    this.drop();
    clearTimeout(this.retry);
  }

  /** Sends if the line is up; what the browser says are hints, never kept for later. */
  send(frame: ClientFrame) {
    if (this.open) this.wire?.send(JSON.stringify(frame));
  }

  /** To be called every `PING_EVERY_MS`, by a clock that also runs in hidden tabs. */
  beat() {
    if (!this.wire) return;
    if (Date.now() - this.lastFrameAt > SILENCE_MAX_MS) this.lose();
    else this.send({ type: "ping" });
  }

  /** The network is back or a person looks at the tab: connect at once, or make sure that the line still lives. */
  wake() {
    if (!this.wanted) return;
    if (!this.wire) {
      this.failures = 0;
      this.connect();
    } else if (this.open && this.probe === undefined && Date.now() - this.lastFrameAt > PING_EVERY_MS) {
      this.send({ type: "ping" });
      this.probe = setTimeout(() => this.lose(), PROBE_MAX_MS);
    }
  }

  /** The machine says that it has no network: a socket may look open for a minute more, but nothing comes of it. */
  offline() {
    if (this.wanted && this.wire) this.lose();
  }

  private connect() {
    clearTimeout(this.retry);
    const wire = this.options.connect(this.seq);
    this.wire = wire;
    this.lastFrameAt = Date.now();
    wire.onmessage = (text) => {
      if (this.wire === wire) this.receive(text);
    };
    wire.onclose = () => {
      if (this.wire === wire) this.lose();
    };
  }

  private drop() {
    const wire = this.wire;
    this.wire = null;
    this.open = false;
    clearTimeout(this.probe);
    this.probe = undefined;
    wire?.close();
  }

  private lose() {
    this.drop();
    if (!this.wanted) return;
    this.options.onState("lost");
    const wait = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** this.failures);
    this.failures += 1;
    const random = this.options.random ?? Math.random;
    this.retry = setTimeout(() => this.connect(), wait * (0.75 + random() / 2));
  }

  private receive(text: string) {
    this.lastFrameAt = Date.now();
    clearTimeout(this.probe);
    this.probe = undefined;
    const frame = parseFrame(text);
    if (!frame) return;
    if (frame.type === "hello") this.greet(frame.seq, frame.server_time);
    else if (frame.type === "reset") return this.reset();
    else if ("seq" in frame && !this.inOrder(frame.prev, frame.seq)) return;
    else if (frame.type === "bye" && frame.reason === "revoked") this.wanted = false;
    this.options.onFrame(frame);
  }

  private greet(head: number, serverTime: string) {
    this.failures = 0;
    this.open = true;
    const at = Date.parse(serverTime);
    if (!Number.isNaN(at)) this.skewMs = at - Date.now();
    this.head = head;
    if (this.seq === null) {
      this.seq = head;
      this.covered = head;
    } else if (head < this.seq) {
      // The server knows less than we do: it was restored from a copy.
      this.reset();
    }
    this.options.onState("open");
  }

  /** The server's newest number at the last greeting. */
  private head = 0;

  private reset() {
    this.seq = this.head;
    this.covered = this.head;
    this.gaps = 0;
    this.options.onFrame({ type: "reset" });
  }

  private inOrder(prev: number, seq: number): boolean {
    if (this.seq !== null && seq <= this.seq) return false;
    if (this.seq !== null && prev > this.seq) {
      this.gaps += 1;
      this.drop();
      if (this.gaps > GAPS_MAX) {
        // Asking again brings the same hole: what we have is worth nothing without a new snapshot.
        this.head = seq;
        this.reset();
      }
      this.connect();
      return false;
    }
    this.gaps = 0;
    this.seq = seq;
    return true;
  }
}

function parseFrame(text: string): LiveFrame | null {
  try {
    const frame: unknown = JSON.parse(text);
    const known =
      typeof frame === "object" && frame !== null && "type" in frame && typeof frame.type === "string";
    return known ? (frame as LiveFrame) : null;
  } catch {
    return null;
  }
}
