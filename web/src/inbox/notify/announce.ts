/** Says things to screen readers, politely or at once, without moving anything on the screen. */
const REPEAT_AFTER_MS = 3_000;
const regions = new Map<string, HTMLElement>();
let lastText = "";
let lastAt = 0;

function region(kind: "polite" | "assertive"): HTMLElement {
  const known = regions.get(kind);
  if (known?.isConnected) return known;
  const element = document.createElement("div");
  element.className = "ol-hidden";
  element.setAttribute("aria-live", kind);
  element.setAttribute("role", kind === "polite" ? "status" : "alert");
  document.body.append(element);
  regions.set(kind, element);
  return element;
}

/** The same words are not repeated within three seconds: a burst of messages is one announcement. */
export function announce(text: string, kind: "polite" | "assertive" = "polite") {
  const now = Date.now();
  if (text === lastText && now - lastAt < REPEAT_AFTER_MS) return;
  lastText = text;
  lastAt = now;
  const element = region(kind);
  element.textContent = "";
  // A change is read only if it comes after the region was seen empty.
  setTimeout(() => {
    element.textContent = text;
  }, 50);
}
