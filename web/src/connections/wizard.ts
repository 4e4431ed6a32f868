/**
 * What a person has typed into the wizard so far, per channel. In memory only, because it holds secrets: "Back" and a
 * change of the language keep it, a reload does not.
 */
import { create } from "zustand";
import type { ConnectionCheck, ConnectionSettings } from "@/api/types";
import type { LineChoice } from "./LinePicker";

export type Attempt = { values: ConnectionSettings; check: ConnectionCheck | null; line: LineChoice | null };
const EMPTY: Attempt = { values: {}, check: null, line: null };

const useStore = create<{ attempts: Record<string, Attempt> }>(() => ({ attempts: {} }));

export const useAttempt = (channel: string) => useStore((it) => it.attempts[channel] ?? EMPTY);

export function keepAttempt(channel: string, change: Partial<Attempt>) {
  useStore.setState(({ attempts }) => ({
    attempts: { ...attempts, [channel]: { ...(attempts[channel] ?? EMPTY), ...change } },
  }));
}

export function forgetAttempt(channel: string) {
  useStore.setState(({ attempts }) => {
    const { [channel]: _, ...rest } = attempts;
    return { attempts: rest };
  });
}

/** Nothing is connected before every stage of the check is good. */
export const isPassed = (check: ConnectionCheck | null) =>
  check !== null && check.account != null && check.stages.every((it) => it.ok !== false);
