/**
 * All actions of the application, by the screens that offer them. The palette (Ctrl+K), the list of keys (?) and the
 * key handler read the same registry, so a key that works is a key that is shown.
 */
import { useEffect } from "react";
import { create } from "zustand";

export type Action = {
  /** Unique and stable, like `inbox.accept`. */
  id: string;
  /** What the palette and the list of keys show. */
  label: string;
  /** Heading in the list of keys and in the palette. */
  group: string;
  /**
   * Keys by position, like `KeyA`, `Shift+KeyE`, `mod+KeyK`, `Alt+ArrowUp`, `?`, or a sequence `KeyG KeyI`.
   * `mod` is Ctrl, on a Mac Cmd.
   */
  keys?: string;
  /** Also while the cursor is in a field. Single letters never do. */
  inFields?: boolean;
  /** Not in the palette: moves like "next row" make no sense there. */
  keyOnly?: boolean;
  run: () => void;
};

const useStore = create<{ sets: ReadonlyMap<symbol, readonly Action[]> }>(() => ({ sets: new Map() }));

/** Offers actions until the returned function is called. Later sets win over earlier ones for the same key. */
export function registerActions(actions: readonly Action[]): () => void {
  const name = Symbol("actions");
  useStore.setState(({ sets }) => ({ sets: new Map(sets).set(name, actions) }));
  return () =>
    useStore.setState(({ sets }) => {
      const rest = new Map(sets);
      rest.delete(name);
      return { sets: rest };
    });
}

/** Offers actions while the component is shown. Keep `actions` stable with `useMemo`. */
export function useActions(actions: readonly Action[]) {
  useEffect(() => registerActions(actions), [actions]);
}

export const allActions = () => [...useStore.getState().sets.values()].flat();
export const useAllActions = () => useStore((it) => it.sets);
