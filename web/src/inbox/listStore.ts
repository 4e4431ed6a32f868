/** The list on the screen: its filter, its order, its neighbours. */
import { create } from "zustand";
import { allDialogs, watchDialogs } from "./store/dialogs";
import { showFilter } from "./store/feed";
import { type Order, OrderKeeper } from "./store/order";
import { openView } from "./store/pages";
import { type Filter, isOffered, select } from "./store/views";

const useOrderStore = create<Order>(() => ({ ids: [], above: 0 }));
export const useOrder = useOrderStore;
export const orderedIds = () => useOrderStore.getState().ids;

let filter: Filter = { view: "mine", sort: "activity" };
let me = 0;

/** Offers stand in cards above the list, so they are not repeated in it. */
const compute = () =>
  select(allDialogs(), filter, me)
    .filter((it) => !isOffered(it, me))
    .map((it) => it.id);

export const order = new OrderKeeper(compute, (next) => useOrderStore.setState(next));

/** Begins to keep the order; returns how to stop. */
export function keepOrder(operatorId: number): () => void {
  me = operatorId;
  const stop = watchDialogs((change) => {
    if (change.source.from === "own") queueMicrotask(() => order.flush());
    else order.touch();
  });
  order.flush();
  return () => {
    stop();
    order.stop();
    showFilter(null);
  };
}

export function setFilter(next: Filter) {
  filter = next;
  showFilter(next);
  order.see(undefined);
  order.flush();
  void openView(next);
}

/** The dialog after or before this one; the first when none is open. */
export function neighbour(id: number | null, step: 1 | -1): number | undefined {
  const ids = orderedIds();
  const place = id === null ? -1 : ids.indexOf(id);
  if (place < 0) return step === 1 ? ids[0] : ids.at(-1);
  return ids[place + step];
}
