/** What every browser test starts with: an office, and eyes on every page for what must never happen. */
import { type BrowserContext, test as base, expect, type Page, type TestInfo } from "@playwright/test";
import { type Engine, Office } from "./world/office.ts";
import { type Language, type Texts, textsOf } from "./world/texts.ts";

export type { Language };
export { expect, type Page };

/** What the browser itself says about answers and connections that tests break on purpose. */
const EXPECTED_WORDS = /Failed to load resource|WebSocket connection to|net::ERR_/;

/** Watches a page: uncaught errors, console errors, questions of scripts, requests to other hosts. */
export function watch(context: BrowserContext, office: string): string[] {
  const seen: string[] = [];
  const isOurs = (address: string) => {
    const url = new URL(address);
    return ["data:", "blob:"].includes(url.protocol) || url.host === new URL(office).host;
  };
  context.on("weberror", (it) => seen.push(`uncaught: ${it.error()}`));
  context.on("console", (it) => {
    if (it.type() === "error" && !EXPECTED_WORDS.test(it.text())) seen.push(`console: ${it.text()}`);
  });
  context.on("dialog", async (it) => {
    seen.push(`a dialog of a script: ${it.message()}`);
    await it.dismiss();
  });
  context.on("request", (it) => {
    if (!isOurs(it.url())) seen.push(`a request to another host: ${it.url()}`);
  });
  context.on("page", (page) => {
    page.on("websocket", (it) => {
      if (!isOurs(it.url())) seen.push(`a socket to another host: ${it.url()}`);
    });
  });
  return seen;
}

/** Closes an office; a failed test keeps its words. */
export async function closeOffice(office: Office, testInfo: TestInfo) {
  const failed = testInfo.status !== testInfo.expectedStatus;
  if (failed) await testInfo.attach("server.log", { body: office.log, contentType: "text/plain" });
  await office.close();
}

type Fixtures = {
  engine: Engine;
  /** Can the line between browser and server be cut? */
  withCable: boolean;
  /** A fresh office: empty data folder, not set up. */
  office: Office;
  language: Language;
  t: Texts;
  /** Makes a browser of somebody; it is watched, and closed at the end. */
  open: (make: (browser: import("@playwright/test").Browser) => Promise<BrowserContext>) => Promise<Page>;
};

export const test = base.extend<Fixtures>({
  engine: ["sqlite", { option: true }],
  withCable: [false, { option: true }],
  language: ["en", { option: true }],
  office: async ({ engine, withCable }, use, testInfo) => {
    const office = await Office.open({ engine, withCable });
    await use(office);
    await closeOffice(office, testInfo);
  },
  t: async ({ language }, use) => use(textsOf(language)),
  open: async ({ browser, office }, use) => {
    const opened: { context: BrowserContext; seen: string[] }[] = [];
    await use(async (make) => {
      const context = await make(browser);
      opened.push({ context, seen: watch(context, office.url) });
      return context.newPage();
    });
    await Promise.all(opened.map((it) => it.context.close()));
    expect(opened.flatMap((it) => it.seen)).toEqual([]);
  },
});
