/** Autosave, one state per field: nothing, saving, "Saved" for a moment, or what was refused. */
import { IconCheck } from "@tabler/icons-react";
import { useCallback, useEffect, useRef, useState } from "react";
import { asProblem, type Problem } from "@/api/problem";
import { m as t } from "@/paraglide/messages";
import { explain } from "./explain";
import classes from "./ui.module.css";

/** Typing rests this long before it is saved. */
const REST_MS = 700;
const SAVED_SHOWN_MS = 2_500;

export type SaveState = { state: "saving" | "saved" } | { state: "failed"; problem: Problem };

/**
 * `save(field, action, rest)` runs `action` at once, or when the person stops typing if `rest` is set. Saves of one
 * field run one after another, and of several that wait only the last one runs.
 */
export function useAutosave() {
  const [states, setStates] = useState<Record<string, SaveState>>({});
  const timers = useRef(new Map<string, { timer: ReturnType<typeof setTimeout>; run: () => void }>());
  const running = useRef(new Map<string, Promise<void>>());
  const alive = useRef(true);

  const put = useCallback((field: string, state: SaveState | null) => {
    if (!alive.current) return;
    setStates(({ [field]: _, ...others }) => (state ? { ...others, [field]: state } : others));
  }, []);

  const start = useCallback(
    (field: string, action: () => Promise<unknown>) => {
      const before = running.current.get(field) ?? Promise.resolve();
      const mine = before.then(async () => {
        put(field, { state: "saving" });
        try {
          await action();
          put(field, { state: "saved" });
          setTimeout(
            () =>
              alive.current && setStates((it) => (it[field]?.state === "saved" ? without(it, field) : it)),
            SAVED_SHOWN_MS,
          );
        } catch (error) {
          put(field, { state: "failed", problem: asProblem(error) });
        }
      });
      running.current.set(field, mine);
    },
    [put],
  );

  const save = useCallback(
    (field: string, action: () => Promise<unknown>, rest = false) => {
      clearTimeout(timers.current.get(field)?.timer);
      timers.current.delete(field);
      if (!rest) return start(field, action);
      const run = () => {
        timers.current.delete(field);
        start(field, action);
      };
      timers.current.set(field, { timer: setTimeout(run, REST_MS), run });
    },
    [start],
  );

  // Whoever leaves the page must not lose the last words.
  useEffect(() => {
    alive.current = true;
    const waiting = timers.current;
    const flush = () => {
      for (const { timer, run } of [...waiting.values()]) {
        clearTimeout(timer);
        run();
      }
    };
    window.addEventListener("pagehide", flush);
    return () => {
      window.removeEventListener("pagehide", flush);
      flush();
      alive.current = false;
    };
  }, []);

  return { save, states };
}

function without(states: Record<string, SaveState>, field: string) {
  const { [field]: _, ...others } = states;
  return others;
}

/** Stands beside the label of a field that saves itself. */
export function SavedMark({ state }: { state: SaveState | undefined }) {
  return (
    <span className={classes.saved} data-state={state?.state} role="status">
      {state?.state === "saving" && t.action_saving()}
      {state?.state === "saved" && (
        <>
          <IconCheck size={14} aria-hidden />
          {t.action_saved()}
        </>
      )}
      {state?.state === "failed" && (state.problem.detail || explain(state.problem).text)}
    </span>
  );
}
