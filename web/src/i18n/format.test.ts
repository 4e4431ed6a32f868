import { afterEach, expect, it } from "vitest";
import { ago, fold, list, nearDay, shortMoment, span } from "./format";
import { setLocale } from "./locale";

const NOW = new Date(2026, 10, 21, 14, 5).getTime();
const HOUR = 3_600_000;
afterEach(() => setLocale("en"));

it.each([
  ["en", 0, "today"],
  ["en", -24 * HOUR, "yesterday"],
  ["en", -48 * HOUR, "19 November"],
  ["en", -400 * 24 * HOUR, "17 October 2025"],
  ["ru", 0, "сегодня"],
  ["ru", -48 * HOUR, "19 ноября"],
] as const)("%s: a day %i ms away is %s", (locale, away, expected) => {
  setLocale(locale);
  expect(nearDay(NOW + away, NOW)).toBe(expected);
});

it("shows the time of today and the date of older moments", () => {
  setLocale("en");
  expect(shortMoment(NOW - 5 * HOUR, NOW)).toBe("09:05");
  expect(shortMoment(NOW - 48 * HOUR, NOW)).toBe("19 Nov");
});

it.each([
  [0, "now"],
  [-59_000, "now"],
  [-60_000, "1 minute ago"],
  [-90 * 60_000, "1 hour ago"],
  [-50 * HOUR, "2 days ago"],
])("%i ms away is %s", (away, expected) => {
  setLocale("en");
  expect(ago(NOW + away, NOW)).toBe(expected);
});

it.each([
  ["ru", 30, "30 с"],
  ["ru", 90, "1 мин 30 с"],
  ["ru", 43_200, "12 ч"],
  ["ru", 0, "0 с"],
] as const)("%s: %i s is %s", (locale, seconds, expected) => {
  setLocale(locale);
  expect(span(seconds).replaceAll("\u00a0", " ")).toBe(expected);
});

it("joins names as the language does", () => {
  setLocale("ru");
  expect(list(["Анна", "Иван", "Олег"])).toBe("Анна, Иван и Олег");
});

it("folds case and ё", () => expect(fold("ЁЛКА")).toBe("елка"));
