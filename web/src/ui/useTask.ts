/** One request of a form: busy while it runs, and its problem for the fields to show. */
import { useCallback, useRef, useState } from "react";
import { asProblem, type Problem } from "@/api/problem";

export function useTask<Args extends unknown[]>(task: (...args: Args) => Promise<unknown>) {
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<Problem | null>(null);
  const latest = useRef(task);
  latest.current = task;
  const run = useCallback(async (...args: Args) => {
    setBusy(true);
    setProblem(null);
    try {
      await latest.current(...args);
    } catch (error) {
      setProblem(asProblem(error));
    } finally {
      setBusy(false);
    }
  }, []);
  const clear = useCallback(() => setProblem(null), []);
  return { busy, problem, run, clear };
}

/** The server's sentence about one field, if the problem names it. */
export const fieldError = (problem: Problem | null, field: string): string | null =>
  problem?.field === field ? problem.detail || problem.message : null;
