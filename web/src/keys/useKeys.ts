/** Runs the registered actions when their keys are pressed. Used once, by the frame. */
import { useEffect } from "react";
import { isChord } from "./match";
import { type Action, allActions } from "./registry";

/** Time to press the second key of a sequence like "G I". */
const SEQUENCE_MAX_MS = 1200;

const inField = (target: EventTarget | null) =>
  target instanceof HTMLElement &&
  (target.isContentEditable ||
    /^(INPUT|TEXTAREA|SELECT)$/.test(target.tagName) ||
    target.tagName.includes("-"));

/** A layer (dialog, menu) has the keys to itself. */
const layerOpen = () =>
  document.querySelector("[aria-modal='true'], [role='menu'], [role='dialog']") !== null;

/** `letters`: whether keys without Ctrl or Alt work at all; a person may switch them off. */
export function usePhysicalKeys(letters: boolean) {
  useEffect(() => {
    let first: { chord: string; at: number } | null = null;
    let layered = false;
    // Looked at before anybody acts: Esc closes a layer, and must not go on to what lies beneath.
    const onStart = () => {
      layered = layerOpen();
    };
    const onKey = (event: KeyboardEvent) => {
      if (event.defaultPrevented || event.isComposing) return;
      const guarded = inField(event.target) || layered;
      const bare = !event.ctrlKey && !event.metaKey && !event.altKey;
      const mayRun = (action: Action) => action.inFields || !(guarded || (bare && !letters));
      const actions = allActions().reverse().filter(mayRun);
      const run = (action: Action) => {
        event.preventDefault();
        action.run();
      };
      const before = first && Date.now() - first.at < SEQUENCE_MAX_MS ? first.chord : null;
      first = null;
      for (const action of before ? actions : []) {
        const [start, second] = action.keys?.split(" ") ?? [];
        if (start === before && second && isChord(event, second)) return run(action);
      }
      for (const action of actions) {
        const [start, second] = action.keys?.split(" ") ?? [];
        if (!start || !isChord(event, start)) continue;
        if (!second) return run(action);
        first = { chord: start, at: Date.now() };
      }
    };
    window.addEventListener("keydown", onStart, true);
    window.addEventListener("keydown", onKey);
    return () => {
      window.removeEventListener("keydown", onStart, true);
      window.removeEventListener("keydown", onKey);
    };
  }, [letters]);
}
