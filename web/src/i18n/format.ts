/** Dates, numbers and lists in the person's language and zone. Formatters are costly to make, so they are kept. */
import { locale } from "./locale";

const kept = new Map<string, unknown>();

/** English dates without a doubt about the order of day and month, and without AM and PM. */
const TAGS = { en: "en-GB", ru: "ru" } as const;

function once<T>(key: string, make: (locale: string) => T): T {
  const name = `${locale()} ${key}`;
  let found = kept.get(name) as T | undefined;
  if (!found) {
    found = make(TAGS[locale()]);
    kept.set(name, found);
  }
  return found;
}

type Moment = string | number | Date;
const DAY_MS = 86_400_000;
const startOfDay = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();

/** "14:05" */
export const time = (at: Moment) =>
  once("time", (it) => new Intl.DateTimeFormat(it, { hour: "2-digit", minute: "2-digit" })).format(
    new Date(at),
  );

/** "21 November 2026, 14:05" */
export const dateTime = (at: Moment) =>
  once("dateTime", (it) => new Intl.DateTimeFormat(it, { dateStyle: "long", timeStyle: "short" })).format(
    new Date(at),
  );

/** "21 November at 14:05", with the year when it is another one. */
export function moment(at: Moment, now: Moment = Date.now()): string {
  const sameYear = new Date(at).getFullYear() === new Date(now).getFullYear();
  return once(
    `moment ${sameYear}`,
    (it) =>
      new Intl.DateTimeFormat(it, {
        day: "numeric",
        month: "long",
        year: sameYear ? undefined : "numeric",
        hour: "2-digit",
        minute: "2-digit",
      }),
  ).format(new Date(at));
}

/** "21 November", with the year when it is another one. */
export function day(at: Moment, now: Moment = Date.now()): string {
  const date = new Date(at);
  const sameYear = date.getFullYear() === new Date(now).getFullYear();
  return once(
    `day ${sameYear}`,
    (it) =>
      new Intl.DateTimeFormat(it, { day: "numeric", month: "long", year: sameYear ? undefined : "numeric" }),
  ).format(date);
}

/** "today", "yesterday", else the date. */
export function nearDay(at: Moment, now: Moment = Date.now()): string {
  const days = Math.round((startOfDay(new Date(at)) - startOfDay(new Date(now))) / DAY_MS);
  if (days === 0 || days === -1)
    return once("near", (it) => new Intl.RelativeTimeFormat(it, { numeric: "auto" })).format(days, "day");
  return day(at, now);
}

/** For lists: the time of today's moments, a short date of older ones. */
export function shortMoment(at: Moment, now: Moment = Date.now()): string {
  const date = new Date(at);
  if (startOfDay(date) === startOfDay(new Date(now))) return time(at);
  const sameYear = date.getFullYear() === new Date(now).getFullYear();
  return once(
    `short ${sameYear}`,
    (it) =>
      new Intl.DateTimeFormat(
        it,
        sameYear ? { day: "numeric", month: "short" } : { day: "2-digit", month: "2-digit", year: "2-digit" },
      ),
  ).format(date);
}

/** "3 minutes ago" */
export function ago(at: Moment, now: Moment = Date.now()): string {
  const seconds = (new Date(at).getTime() - new Date(now).getTime()) / 1000;
  const steps: readonly [Intl.RelativeTimeFormatUnit, number][] = [
    ["day", 86_400],
    ["hour", 3600],
    ["minute", 60],
  ];
  const format = once("ago", (it) => new Intl.RelativeTimeFormat(it, { numeric: "auto" }));
  for (const [unit, size] of steps)
    if (Math.abs(seconds) >= size) return format.format(Math.trunc(seconds / size), unit);
  return format.format(0, "second");
}

export const number = (value: number) => once("number", (it) => new Intl.NumberFormat(it)).format(value);

/** "1 min 30 sec", in the shortest honest form. */
export function span(seconds: number): string {
  const unit = (value: number, name: "second" | "minute" | "hour") =>
    once(
      `span ${name}`,
      (it) => new Intl.NumberFormat(it, { style: "unit", unit: name, unitDisplay: "short" }),
    ).format(value);
  const [hours, minutes, rest] = [
    Math.floor(seconds / 3600),
    Math.floor((seconds % 3600) / 60),
    seconds % 60,
  ];
  const parts = [
    hours > 0 ? unit(hours, "hour") : "",
    minutes > 0 ? unit(minutes, "minute") : "",
    rest > 0 || seconds === 0 ? unit(rest, "second") : "",
  ];
  return parts.filter(Boolean).join(" ");
}

/** "Anna, Ivan and Oleg" */
export const list = (names: readonly string[]) =>
  once("list", (it) => new Intl.ListFormat(it, { type: "conjunction" })).format(names);

/** Names in the order the language expects. */
export const byName = (left: { name: string }, right: { name: string }) =>
  once("collator", (it) => new Intl.Collator(it, { sensitivity: "base", numeric: true })).compare(
    left.name,
    right.name,
  );

/** Folds case and "ё", so that a search finds what a person means. */
export const fold = (text: string) => text.toLocaleLowerCase("ru").replaceAll("ё", "е");
