/**
 * The one WebSocket of this tab. Delivers the server's frames in order to whoever listens, keeps the sequence number,
 * and comes back by itself. Knows nothing of dialogs or screens: those subscribe with `onFrame`.
 */
import { create } from "zustand";
import type { LiveFrame } from "@/api/types";

export type LiveState = "connecting" | "open" | "lost";
/** `since`: when this state began, in ms. The banner waits a little before it alarms anybody. */
export const useLive = create<{ state: LiveState; since: number }>(() => ({
  state: "connecting",
  since: Date.now(),
}));

const PING_EVERY_MS = 20_000;
/** No frame for so long means that the line is dead, whatever the socket says. */
const SILENCE_MAX_MS = 45_000;
const RETRY_FIRST_MS = 1_000;
const RETRY_MAX_MS = 30_000;

type Listener = (frame: LiveFrame) => void;
const listeners = new Set<Listener>();
let socket: WebSocket | null = null;
let wanted = false;
let seq: number | null = null;
let failures = 0;
let lastFrameAt = 0;
let retry: ReturnType<typeof setTimeout> | undefined;
let heartbeat: ReturnType<typeof setInterval> | undefined;

/** Calls `listener` with every frame from now on. Returns how to stop it. */
export function onFrame(listener: Listener): () => void {
  listeners.add(listener);
  return () => listeners.delete(listener);
}

/** Sends a frame if the line is up; frames of the browser are hints and are never kept for later. */
export function sendFrame(frame: { type: "ping" } | { type: "viewing"; dialog_id: number | null }) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(frame));
}

/** Takes the number of a fresh snapshot: a later reconnect asks for what came after it. */
export function setLiveSeq(value: number) {
  if (seq === null || value > seq) seq = value;
}

function become(state: LiveState) {
  if (useLive.getState().state !== state) useLive.setState({ state, since: Date.now() });
}

function open() {
  clearTimeout(retry);
  if (!wanted || socket) return;
  const address = new URL("/api/live", window.location.href);
  address.protocol = address.protocol === "https:" ? "wss:" : "ws:";
  if (seq !== null) address.searchParams.set("since", String(seq));
  const mine = new WebSocket(address);
  socket = mine;
  lastFrameAt = Date.now();
  mine.onmessage = (event) => {
    if (socket === mine) receive(mine, String(event.data));
  };
  mine.onclose = () => {
    if (socket !== mine) return;
    socket = null;
    if (!wanted) return;
    become("lost");
    const wait = Math.min(RETRY_MAX_MS, RETRY_FIRST_MS * 2 ** failures);
    failures += 1;
    retry = setTimeout(open, wait * (0.75 + Math.random() / 2));
  };
}

function receive(from: WebSocket, text: string) {
  lastFrameAt = Date.now();
  const frame = JSON.parse(text) as LiveFrame;
  if (frame.type === "hello") {
    failures = 0;
    if (seq === null) seq = frame.seq;
    become("open");
  } else if (frame.type === "reset") {
    seq = null;
  } else if ("seq" in frame) {
    if (seq !== null && frame.seq <= seq) return;
    if (seq !== null && frame.prev > seq) {
      // A frame is missing: ask again from the last one that is known.
      from.close();
      return;
    }
    seq = frame.seq;
  } else if (frame.type === "bye" && frame.reason === "revoked") {
    wanted = false;
  }
  for (const listener of listeners) listener(frame);
}

/** Does not wait for the next try. */
export function reconnectNow() {
  if (!wanted || socket) return;
  failures = 0;
  open();
}

function onVisible() {
  if (document.visibilityState === "visible") reconnectNow();
}

/** Begins to listen. Safe to call twice. */
export function startLive() {
  if (wanted) return;
  wanted = true;
  become("connecting");
  open();
  window.addEventListener("online", reconnectNow);
  document.addEventListener("visibilitychange", onVisible);
  heartbeat = setInterval(() => {
    if (Date.now() - lastFrameAt > SILENCE_MAX_MS) socket?.close();
    else sendFrame({ type: "ping" });
  }, PING_EVERY_MS);
}

/** Stops for good: the person signs out. */
export function stopLive() {
  wanted = false;
  seq = null;
  clearTimeout(retry);
  clearInterval(heartbeat);
  window.removeEventListener("online", reconnectNow);
  document.removeEventListener("visibilitychange", onVisible);
  socket?.close();
  socket = null;
}
