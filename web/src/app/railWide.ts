/** Whether the rail shows labels: by default on large screens; the person's own choice is kept. */
const KEY = "ol.rail";
const listeners = new Set<() => void>();

export const railWide = {
  subscribe: (listener: () => void) => {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
  get: (large: boolean): boolean => large && localStorage.getItem(KEY) !== "narrow",
  set: (wide: boolean) => {
    localStorage.setItem(KEY, wide ? "wide" : "narrow");
    for (const listener of listeners) listener();
  },
};
