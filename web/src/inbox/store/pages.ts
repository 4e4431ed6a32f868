/**
 * Loads the views page by page into the table of dialogs. The first page is small, so that rows stand on the screen
 * soon; the rest of the open dialogs follows in the background, so that search and counters know all of them. Finished
 * dialogs have no end and are loaded as somebody scrolls.
 */
import { create } from "zustand";
import { coveredFrom } from "@/live/socket";
import { fetchDialogs } from "../data";
import { keepCounts } from "./counts";
import { keepDialogs } from "./dialogs";
import type { Filter } from "./views";

export type Pages = {
  state: "loading" | "ready" | "failed";
  error: unknown;
  /** Where the next page begins; null when everything is here. */
  next: string | null;
  loadingMore: boolean;
};

const FIRST_PAGE = 60;
const NEXT_PAGE = 500;
/** Open dialogs that one tab holds; more than that nobody works with, and the server filters them. */
export const OPEN_MAX = 12_000;
/** A snapshot from before the live line began has a hole; it is asked for again so many times. */
const STALE_TRIES_MAX = 3;

const usePagesStore = create<{ pages: Readonly<Record<string, Pages>> }>(() => ({ pages: {} }));
export const pagesKey = ({ view, line, channel, operator, unanswered, sort }: Filter) =>
  [view, line, channel, operator, unanswered ? 1 : 0, sort].join("|");
export const usePages = (filter: Filter) => usePagesStore((it) => it.pages[pagesKey(filter)]);

const set = (key: string, pages: Pages) =>
  usePagesStore.setState((it) => ({ pages: { ...it.pages, [key]: pages } }));
const get = (key: string) => usePagesStore.getState().pages[key];

/** Grows with each reset; answers to questions of an earlier life are dropped. */
let life = 0;

/** True when every open dialog is in the table. */
export const knowsAllOpen = () =>
  (["activity", "waiting"] as const).some((sort) => {
    const pages = get(pagesKey({ view: "all", sort }));
    return pages?.state === "ready" && pages.next === null && !pages.loadingMore;
  });

async function page(filter: Filter, limit: number, cursor?: string) {
  for (let tries = 1; ; tries += 1) {
    const answer = await fetchDialogs(filter, limit, cursor);
    const covered = coveredFrom();
    if (covered === null || answer.meta.seq >= covered || tries >= STALE_TRIES_MAX) return answer;
  }
}

async function load(filter: Filter, cursor: string | undefined, limit: number): Promise<Pages | null> {
  const mine = life;
  const { dialogs, meta } = await page(filter, limit, cursor);
  if (mine !== life) return null;
  keepDialogs(dialogs, meta.seq);
  keepCounts(meta.counts, meta.seq);
  return { state: "ready", error: null, next: meta.next ?? null, loadingMore: false };
}

/** Makes sure that a view is there: at once if it is, else its first page is asked for. */
export async function openView(filter: Filter): Promise<void> {
  const key = pagesKey(filter);
  const known = get(key);
  if (known && known.state !== "failed") return;
  await firstPage(filter);
}

/** Asks for the first page again and keeps the old rows until it is here. */
export async function firstPage(filter: Filter): Promise<void> {
  const key = pagesKey(filter);
  const before = get(key);
  set(key, {
    state: before?.state === "ready" ? "ready" : "loading",
    error: null,
    next: null,
    loadingMore: true,
  });
  try {
    const pages = await load(filter, undefined, FIRST_PAGE);
    if (!pages) return;
    set(key, pages);
    if (filter.view !== "finished") void loadRest(filter);
  } catch (error) {
    set(key, { state: "failed", error, next: null, loadingMore: false });
  }
}

async function loadRest(filter: Filter) {
  const mine = life;
  for (let loaded = FIRST_PAGE; loaded < OPEN_MAX; loaded += NEXT_PAGE) {
    // Lets the rows be drawn and a key be handled between two pages.
    await new Promise((resolve) => setTimeout(resolve, 30));
    if (mine !== life || !(await morePages(filter))) return;
  }
}

/** Loads one more page; false when there is none or it failed. */
export async function morePages(filter: Filter): Promise<boolean> {
  const key = pagesKey(filter);
  const pages = get(key);
  if (pages?.state !== "ready" || pages.loadingMore || pages.next === null) return false;
  set(key, { ...pages, loadingMore: true });
  try {
    const next = await load(filter, pages.next, filter.view === "finished" ? FIRST_PAGE * 2 : NEXT_PAGE);
    if (!next) return false;
    set(key, next);
    return next.next !== null;
  } catch {
    // The rows that are here stay; scrolling further tries again.
    set(key, { ...pages, loadingMore: false });
    return false;
  }
}

/** Only the counters, after changes of dialogs that are not in the table. */
export async function fetchCounts() {
  const mine = life;
  const { meta } = await fetchDialogs({ view: "mine", sort: "activity" }, 1);
  if (mine === life) keepCounts(meta.counts, meta.seq);
}

/** Everything that was loaded may have holes. */
export function forgetPages() {
  life += 1;
  usePagesStore.setState({ pages: {} });
}
