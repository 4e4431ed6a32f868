/** The language of the interface. Switching is live: `App` renders everything anew when the locale changes. */
import { create } from "zustand";
import { type Locale, overwriteGetLocale } from "@/paraglide/runtime";

export type { Locale };

const KEY = "ol.locale";

export const isLocale = (value: unknown): value is Locale => value === "ru" || value === "en";

function initial(): Locale {
  try {
    const stored = localStorage.getItem(KEY);
    if (isLocale(stored)) return stored;
  } catch {
    // Storage is off: follow the browser.
  }
  return (globalThis.navigator?.language ?? "en").toLowerCase().startsWith("ru") ? "ru" : "en";
}

const useStore = create<{ locale: Locale }>(() => ({ locale: initial() }));
overwriteGetLocale(() => useStore.getState().locale);

/** The page says in which language it is written, for screen readers and spell checkers. */
const tellPage = () => globalThis.document?.documentElement.setAttribute("lang", useStore.getState().locale);
tellPage();
useStore.subscribe(tellPage);

export const locale = () => useStore.getState().locale;
export const useLocale = () => useStore((it) => it.locale);

/** Changes the language at once, and gives the focus back to the control that was used. */
export function setLocale(next: Locale) {
  try {
    localStorage.setItem(KEY, next);
  } catch {
    // Storage is off: the choice holds until the page is closed.
  }
  if (next === locale()) return;
  const focused = globalThis.document?.activeElement?.id;
  useStore.setState({ locale: next });
  if (focused) requestAnimationFrame(() => document.getElementById(focused)?.focus());
}

/** The text of a pair that the server sends in both languages. */
export const pick = (texts: { en: string; ru: string }) => texts[locale()];
