/**
 * The one WebSocket of this tab. Delivers the server's frames in order to whoever listens, and comes back by itself.
 * The rules are in `line.ts`; here is the browser: addresses, events, the clock.
 */
import { create } from "zustand";
import type { LiveFrame } from "@/api/types";
import { type ClientFrame, LiveLine, type LiveState, PING_EVERY_MS, type Wire } from "./line";

export type { LiveState };
/** `since`: when this state began, in ms. The banner waits a little before it alarms anybody. */
export const useLive = create<{ state: LiveState; since: number }>(() => ({
  state: "connecting",
  since: Date.now(),
}));

type Listener = (frame: LiveFrame) => void;
const listeners = new Set<Listener>();

/** Calls `listener` with every frame from now on. Returns how to stop it. */
export function onFrame(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

function connect(since: number | null): Wire {
  const address = new URL("/api/live", window.location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  if (since !== null) address.searchParams.set("since", String(since));
  const socket = new WebSocket(address);
  const wire: Wire = {
    send: (text) => socket.send(text),
    close: () => socket.close(),
    onopen: null,
    onmessage: null,
    onclose: null,
  };
  socket.onopen = () => wire.onopen?.();
  socket.onmessage = (event) => wire.onmessage?.(String(event.data));
  socket.onclose = () => wire.onclose?.();
  return wire;
}

const line = new LiveLine({
  connect,
  onFrame: (frame) => {
    for (const listener of listeners) listener(frame);
  },
  onState: (state) => {
    if (useLive.getState().state !== state) useLive.setState({ state, since: Date.now() });
  },
});

/** Sends a frame if the line is up; frames of the browser are hints and are never kept for later. */
export const sendFrame = (frame: ClientFrame) => line.send(frame);
/** Number from which no frame is missing; a snapshot that is older has a hole. Null before the first greeting. */
export const coveredFrom = () => line.coveredFrom;
/** Now by the server's clock: countdowns must not depend on how well this machine's clock is set. */
export const serverNow = () => Date.now() + line.skew;
/** Connects now instead of at the next try. */
export const reconnectNow = () => line.wake();

let beat: Worker | undefined;
let timer: ReturnType<typeof setInterval> | undefined;
const wake = () => line.wake();
const offline = () => line.offline();
const onVisible = () => {
  if (document.visibilityState === "visible") line.wake();
};

/** Begins to listen. Safe to call twice. */
export function startLive() {
  line.start();
  if (beat || timer) return;
  try {
    beat = new Worker(new URL("./beat.ts", import.meta.url), { type: "module" });
    beat.onmessage = () => line.beat();
  } catch {
    timer = setInterval(() => line.beat(), PING_EVERY_MS);
  }
  window.addEventListener("online", wake);
  window.addEventListener("offline", offline);
  window.addEventListener("focus", wake);
  document.addEventListener("visibilitychange", onVisible);
}

/** Stops for good: the person signs out. */
export function stopLive() {
  line.stop();
  beat?.terminate();
  beat = undefined;
  clearInterval(timer);
  timer = undefined;
  window.removeEventListener("online", wake);
  window.removeEventListener("offline", offline);
  window.removeEventListener("focus", wake);
  document.removeEventListener("visibilitychange", onVisible);
}
