// Runs before the first paint: sets the theme and the language, so that nothing flashes. Kept apart because the
// content policy forbids inline scripts. The keys are written by src/theme/scheme.ts and src/i18n/locale.ts.
(() => {
  const root = document.documentElement;
  let theme = null;
  let locale = null;
  try {
    theme = localStorage.getItem("ol.theme");
    locale = localStorage.getItem("ol.locale");
  } catch {
    // Storage is off: follow the system.
  }
  const dark = theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
  root.lang = locale || (navigator.language.toLowerCase().startsWith("ru") ? "ru" : "en");
})();
