/** Dialogs that are offered to this person now. One that a colleague took stays for a moment and says so. */
import { create } from "zustand";
import type { Dialog } from "@/api/types";
import { type Change, dialogOf, watchDialogs } from "./dialogs";
import { isOffered } from "./views";

/** `takenBy`: the colleague who was faster. */
export type Offer = { id: number; takenBy: number | null };
const TAKEN_SHOWN_MS = 2_500;

const useStore = create<{ offers: readonly Offer[] }>(() => ({ offers: [] }));
export const useOffers = () => useStore((it) => it.offers);
/** How many still wait for an answer. */
export const offerCount = () => useStore.getState().offers.filter((it) => it.takenBy === null).length;
export const onOffers = (listener: () => void) => useStore.subscribe(listener);

const expiry = (id: number) => dialogOf(id)?.session.offer_expires_at ?? "9";
const set = (offers: Offer[]) =>
  useStore.setState({ offers: offers.sort((left, right) => (expiry(left.id) < expiry(right.id) ? -1 : 1)) });
const others = (id: number) => useStore.getState().offers.filter((it) => it.id !== id);

/** A colleague was faster: say so where the offer stands, then take it away. */
export function noteTaken(id: number, takenBy: number | null) {
  if (!useStore.getState().offers.some((it) => it.id === id)) return;
  set([...others(id), { id, takenBy: takenBy ?? 0 }]);
  setTimeout(() => {
    const offer = useStore.getState().offers.find((it) => it.id === id);
    if (offer && offer.takenBy !== null) set(others(id));
  }, TAKEN_SHOWN_MS);
}

type NewOffer = (dialog: Dialog) => void;

/** Begins to watch; `onNew` rings. */
export function startOffers(me: number, onNew: NewOffer): () => void {
  const watch = ({ id, before, after, source }: Change) => {
    const was = Boolean(before && isOffered(before, me));
    const is = Boolean(after && isOffered(after, me));
    if (is) {
      const known = useStore.getState().offers.find((it) => it.id === id);
      // Set again also when it was known: a new deadline may change the order.
      set([...others(id), { id, takenBy: null }]);
      if (after && (!known || before?.session.offered_at !== after.session.offered_at)) onNew(after);
    } else if (was) {
      const holder = after?.session.state === "active" ? after.session.operator_id : null;
      if (source.from === "live" && holder && holder !== me) noteTaken(id, holder);
      else set(others(id));
    }
  };
  const stop = watchDialogs(watch);
  return () => {
    stop();
    set([]);
  };
}
