/** What is true for a few seconds only: who types, who looks at a dialog. */
import { create } from "zustand";

/** A typing hint that is not repeated is over. */
const TYPING_MS = 5_000;

type Who = "customer" | number;
type Hints = {
  typing: Readonly<Record<number, readonly Who[]>>;
  viewing: Readonly<Record<number, readonly number[]>>;
};
const useHints = create<Hints>(() => ({ typing: {}, viewing: {} }));
const timers = new Map<string, ReturnType<typeof setTimeout>>();
const NOBODY: readonly never[] = [];

export const useTyping = (dialogId: number) => useHints((it) => it.typing[dialogId] ?? NOBODY);
export const useIsTyping = (dialogId: number) =>
  useHints((it) => it.typing[dialogId]?.includes("customer") ?? false);
export const useViewers = (dialogId: number) => useHints((it) => it.viewing[dialogId] ?? NOBODY);

export function noteTyping(dialogId: number, who: Who) {
  const name = `${dialogId} ${who}`;
  clearTimeout(timers.get(name));
  timers.set(
    name,
    setTimeout(() => stopTyping(dialogId, who), TYPING_MS),
  );
  const { typing } = useHints.getState();
  const now = typing[dialogId] ?? NOBODY;
  if (!now.includes(who)) useHints.setState({ typing: { ...typing, [dialogId]: [...now, who] } });
}

/** The message is here, so nobody types it any more. */
export function stopTyping(dialogId: number, who: Who) {
  const name = `${dialogId} ${who}`;
  clearTimeout(timers.get(name));
  timers.delete(name);
  const { typing } = useHints.getState();
  const rest = (typing[dialogId] ?? NOBODY).filter((it) => it !== who);
  if (rest.length === (typing[dialogId] ?? NOBODY).length) return;
  const { [dialogId]: _, ...others } = typing;
  useHints.setState({ typing: rest.length > 0 ? { ...others, [dialogId]: rest } : others });
}

export function noteViewing(dialogId: number, operatorIds: readonly number[]) {
  const { [dialogId]: _, ...others } = useHints.getState().viewing;
  useHints.setState({ viewing: operatorIds.length > 0 ? { ...others, [dialogId]: operatorIds } : others });
}

export function clearHints() {
  for (const timer of timers.values()) clearTimeout(timer);
  timers.clear();
  useHints.setState({ typing: {}, viewing: {} });
}
