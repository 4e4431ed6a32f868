import { useEffect, useState } from "react";

/** Often enough that no second is skipped on the screen. */
const TICK_MS = 250;
const secondsUntil = (endsAt: number | null) =>
  endsAt === null ? 0 : Math.max(0, Math.ceil((endsAt - Date.now()) / 1000));

/** Seconds left until `endsAt` (ms); 0 when it has passed or is null. */
export function useCountdown(endsAt: number | null): number {
  const [seconds, setSeconds] = useState(() => secondsUntil(endsAt));
  useEffect(() => {
    setSeconds(secondsUntil(endsAt));
    if (endsAt === null) return;
    const timer = setInterval(() => setSeconds(secondsUntil(endsAt)), TICK_MS);
    return () => clearInterval(timer);
  }, [endsAt]);
  return seconds;
}

/** "0:28" */
export const clock = (seconds: number) =>
  `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
