/** One clock for everything on the screen that shows how long something lasts. */
import { useSyncExternalStore } from "react";
import { number, span } from "@/i18n/format";
import { serverNow } from "@/live/socket";
import { m as t } from "@/paraglide/messages";

const TICK_MS = 5_000;
const listeners = new Set<() => void>();
let timer: ReturnType<typeof setInterval> | undefined;

function subscribe(listener: () => void) {
  listeners.add(listener);
  timer ??= setInterval(() => {
    for (const it of listeners) it();
  }, TICK_MS);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    clearInterval(timer);
    timer = undefined;
  };
}

/** A value that depends on the time. Give a text or a number: what looks the same is not drawn again. */
export const useTimed = <T extends string | number>(compute: (nowMs: number) => T): T =>
  useSyncExternalStore(subscribe, () => compute(serverNow()));

/** "12 min", "1 hr 5 min"; in the first minute "< 1 min". */
export function waited(seconds: number): string {
  if (seconds < 60) return t.wait_short();
  if (seconds < 3_600) return span(Math.floor(seconds / 60) * 60);
  if (seconds < 86_400) return span(Math.floor(seconds / 300) * 300);
  return t.wait_days({ count: number(Math.floor(seconds / 86_400)) });
}

export const secondsSince = (at: string, nowMs: number) =>
  Math.max(0, Math.floor((nowMs - Date.parse(at)) / 1000));
