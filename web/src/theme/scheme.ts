/** The theme a person chose, kept where `public/theme.js` finds it before the first paint. */
import type { MantineColorSchemeManager } from "@mantine/core";

export type Theme = "system" | "light" | "dark";
const KEY = "ol.theme";

export function storedTheme(): Theme {
  try {
    const value = localStorage.getItem(KEY);
    return value === "light" || value === "dark" ? value : "system";
  } catch {
    return "system";
  }
}

/** Mantine calls the system's choice "auto"; we say "system", as the API does. */
export const schemeManager: MantineColorSchemeManager = {
  get: () => {
    const theme = storedTheme();
    return theme === "system" ? "auto" : theme;
  },
  set: (value) => {
    try {
      localStorage.setItem(KEY, value === "auto" ? "system" : value);
    } catch {
      // Storage is off: the choice holds until the page is closed.
    }
  },
  subscribe: () => {},
  unsubscribe: () => {},
  clear: () => localStorage.removeItem(KEY),
};
