/** What has been typed into the first step: kept while the language is switched there. In memory only. */
import { create } from "zustand";

const browserZone = () => Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";

export const useDraft = create(() => ({
  code: "",
  /** The code came with the link, so nobody has to type it. */
  codeKnown: false,
  company: "",
  zone: browserZone(),
  name: "",
  email: "",
  password: "",
}));

/** All zones of the browser, the person's own among them even where the browser hides aliases. */
export function zones(): string[] {
  const all = Intl.supportedValuesOf("timeZone");
  return [...new Set([browserZone(), "UTC", ...all])].sort();
}
