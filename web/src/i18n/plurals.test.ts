import { afterEach, expect, it } from "vitest";
import { m as t } from "@/paraglide/messages";
import { setLocale } from "./locale";

afterEach(() => setLocale("en"));

it.each([
  ["en", 0, "0 dialogs"],
  ["en", 1, "1 dialog"],
  ["en", 21, "21 dialogs"],
  ["ru", 0, "0 диалогов"],
  ["ru", 1, "1 диалог"],
  ["ru", 2, "2 диалога"],
  ["ru", 5, "5 диалогов"],
  ["ru", 11, "11 диалогов"],
  ["ru", 21, "21 диалог"],
  ["ru", 1.5, "1.5 диалога"],
] as const)("%s: %d", (locale, count, expected) => {
  setLocale(locale);
  expect(t.people_open({ count })).toBe(expected);
});
