/**
 * Every screen in both themes and languages at three widths: no violation of accessibility, no sideways scroll, every
 * control can be hit where it is seen. Pictures go to `test-results/screens`.
 */
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { Browser, BrowserContext } from "@playwright/test";
import { axe, covered, settled, sideways } from "./checks.ts";
import { test as base, expect, type Page, watch } from "./fixtures.ts";
import { Inbox } from "./pages/inbox.ts";
import { Wizard } from "./pages/start.ts";
import { type Busy, busyDay } from "./world/busy.ts";
import { Office } from "./world/office.ts";
import { type Texts, textsOf } from "./world/texts.ts";

const PICTURES = fileURLToPath(new URL("../test-results/screens/", import.meta.url));
const SIZES = [
  { width: 1440, height: 900 },
  { width: 820, height: 1180 },
  { width: 390, height: 844 },
];
const LOOKS = (["light", "dark"] as const).flatMap((theme) =>
  (["ru", "en"] as const).map((language) => ({ theme, language })),
);

type Look = (typeof LOOKS)[number];
/** One place for all tests of a worker: what they look at does not change. */
type Place = {
  office: Office;
  busy: Busy;
  /** An office whose first run has not happened. */
  empty: Office;
  /** A page of the administrator, or of nobody, in a theme and a language. */
  page: (look: Look, who: Who) => Promise<Page>;
  seen: string[];
};
type Who = "admin" | "boris" | "vera" | "nobody" | "newcomer";

const test = base.extend<object, { place: Place }>({
  place: [
    async ({ browser }, use) => {
      mkdirSync(PICTURES, { recursive: true });
      const [office, empty] = await Promise.all([Office.open(), Office.open()]);
      const busy = await busyDay(office);
      const seen: string[] = [];
      const pages = new Map<string, Page>();
      const page = async (look: Look, who: Who) => {
        const key = `${look.theme} ${look.language} ${who}`;
        const made =
          pages.get(key) ??
          (await (await contextOf(browser, look, who, { office, empty, busy }, seen)).newPage());
        pages.set(key, made);
        return made;
      };
      await use({ office, busy, empty, page, seen });
      for (const it of pages.values()) await it.context().close();
      await Promise.all([office, empty].map((it) => it.close()));
    },
    { scope: "worker", timeout: 120_000 },
  ],
});

async function contextOf(
  browser: Browser,
  { theme, language }: Look,
  who: Who,
  { office, empty, busy }: { office: Office; empty: Office; busy: Busy },
  seen: string[],
): Promise<BrowserContext> {
  const options = {
    colorScheme: theme,
    locale: language === "ru" ? "ru-RU" : "en-GB",
    reducedMotion: "reduce" as const,
  };
  const at = who === "newcomer" ? empty : office;
  const isOutside = who === "nobody" || who === "newcomer";
  const context = isOutside
    ? await browser.newContext({ baseURL: at.url, ...options })
    : await busy[who].browser(browser, options);
  seen.push(...watch(context, at.url));
  return context;
}

type Screen = {
  name: string;
  who?: Who;
  path: string | ((place: Place) => string | Promise<string>);
  /** A menu that does not live through a change of the window: it is opened anew for each size. */
  again?: boolean;
  /** What must be there, and what is done before the picture. */
  ready: (page: Page, t: Texts, inbox: Inbox, place: Place) => Promise<unknown>;
};

const heading =
  (key: string, values = {}) =>
  (page: Page, t: Texts) =>
    expect(page.getByRole("heading", { name: t(key, values) }).first()).toBeVisible();
const shows = (key: string) => (page: Page, t: Texts) => expect(page.getByText(t(key)).first()).toBeVisible();
const dialogOf =
  (name: string, rest = "") =>
  (place: Place) =>
    `/inbox?d=${place.busy.dialogs[name]}${rest}`;

const SCREENS: Screen[] = [
  { name: "sign-in", who: "nobody", path: "/sign-in", ready: heading("signin_welcome") },
  {
    name: "sign-in-refused",
    who: "nobody",
    path: "/sign-in",
    ready: async (page, t) => {
      await page.getByLabel(t("signin_email")).fill("anna@example.org");
      await page.getByLabel(t("signin_password")).fill("not her password");
      await page.getByRole("button", { name: t("signin_submit") }).click();
      // After a few tries by other tests one has to wait: that is said in the same place.
      await expect(page.getByText(t("signin_wrong")).or(page.getByText(t("signin_wait")))).toBeVisible();
    },
  },
  {
    name: "setup-company",
    who: "newcomer",
    path: (it) => it.empty.setupLink(),
    ready: heading("setup_company_title"),
  },
  { name: "setup-line", path: "/setup?step=2", ready: heading("setup_line_title") },
  { name: "setup-channel", path: "/setup?step=3", ready: heading("setup_channel_title") },
  { name: "setup-invite", path: "/setup?step=4", ready: heading("setup_invite_title") },
  {
    name: "join",
    who: "nobody",
    path: async ({ busy }) =>
      (
        await busy.admin.post<{ url: string }>("/api/invitations", {
          role: "operator",
          line_ids: [busy.lineId],
        })
      ).url,
    ready: heading("join_title"),
  },
  { name: "join-gone", who: "nobody", path: "/join#token=gone", ready: shows("join_gone_title") },
  { name: "nowhere", path: "/nowhere", ready: shows("error_not_found_title") },

  { name: "inbox", path: "/inbox", ready: (_page, _t, inbox) => expect(inbox.row("Мария")).toBeVisible() },
  {
    name: "inbox-offers",
    path: "/inbox",
    ready: (_page, _t, inbox) => expect(inbox.offer("Tom")).toBeVisible(),
  },
  {
    name: "inbox-waiting",
    path: "/inbox?view=waiting",
    ready: (_page, _t, inbox) => expect(inbox.offer("Tom")).toBeVisible(),
  },
  {
    name: "inbox-finished",
    path: "/inbox?view=finished",
    ready: (_page, _t, inbox) => expect(inbox.row("Sofia")).toBeVisible(),
  },
  { name: "inbox-empty", who: "vera", path: "/inbox", ready: shows("empty_mine") },
  {
    name: "inbox-filtered",
    path: ({ busy }) => `/inbox?view=all&channel=telegram&line=${busy.otherLineId}`,
    ready: shows("empty_filter"),
  },
  {
    name: "search",
    path: "/inbox?view=all",
    ready: async (page, _t, inbox) => {
      await inbox.search.fill("мария");
      await expect(page.locator("#search-results").getByText("Мария").first()).toBeVisible();
    },
  },
  {
    name: "search-nothing",
    path: "/inbox?view=all",
    ready: async (page, t, inbox) => {
      await inbox.search.fill("zzz");
      await expect(page.getByText(t("search_nothing"))).toBeVisible();
    },
  },
  {
    name: "filters",
    again: true,
    path: "/inbox?view=all",
    ready: (page, t) => page.getByRole("button", { name: t("filter_title") }).click(),
  },
  {
    name: "dialog",
    path: dialogOf("Мария"),
    ready: (_page, _t, inbox) => expect(inbox.bubbles.last()).toBeVisible(),
  },
  {
    name: "dialog-beginning",
    path: dialogOf("Мария"),
    ready: async (_page, _t, inbox) => {
      await expect(inbox.bubbles.last()).toBeVisible();
      await expect(async () => {
        await inbox.thread.evaluate((it) => it.scrollTo({ top: 0 }));
        await expect(inbox.bubble("Здравствуйте")).toBeVisible({ timeout: 500 });
      }).toPass();
    },
  },
  {
    name: "dialog-offered",
    path: dialogOf("Tom"),
    ready: (_page, _t, inbox) => expect(inbox.bubbles.last()).toBeVisible(),
  },
  {
    name: "dialog-of-colleague",
    path: dialogOf("John"),
    ready: (page, t) => expect(page.getByRole("button", { name: t("take_over") })).toBeVisible(),
  },
  {
    name: "dialog-finished",
    path: dialogOf("Sofia", "&view=finished"),
    ready: (page, t) => expect(page.getByRole("button", { name: t("reopen") })).toBeVisible(),
  },
  {
    name: "note",
    path: dialogOf("Мария"),
    ready: async (_page, _t, inbox) => {
      await inbox.mode("mode_note").click();
      await expect(inbox.noteField).toBeFocused();
    },
  },
  {
    name: "composer-formatted",
    path: dialogOf("Мария"),
    ready: async (page, t, inbox) => {
      await inbox.composer.fill("**Мария**, _новая_ кружка уже `в пути`\n> вопрос\nответ");
      await expect(page.getByText(t("preview_label"))).toBeVisible();
    },
  },
  {
    name: "emoji",
    again: true,
    path: dialogOf("Мария"),
    ready: async (page, t) => {
      await page.getByRole("button", { name: t("emoji") }).click();
      await expect(page.locator("emoji-picker").getByRole("menuitem").first()).toBeVisible();
    },
  },
  {
    name: "message-menu",
    again: true,
    path: dialogOf("Мария"),
    ready: async (page, t, inbox) => {
      await inbox.bubbles.last().hover();
      await page
        .getByRole("button", { name: t("message_menu") })
        .last()
        .click();
      await expect(page.getByRole("menu")).toBeVisible();
    },
  },
  {
    name: "transfer",
    again: true,
    path: dialogOf("Мария"),
    ready: async (page, t) => {
      await page.getByRole("button", { name: t("transfer") }).click();
      await expect(page.getByRole("dialog", { name: t("transfer_title") })).toBeVisible();
    },
  },
  {
    name: "take-over-question",
    path: dialogOf("John"),
    ready: async (page, t, inbox) => {
      await inbox.composer.fill("Let me help");
      await inbox.composer.press("Enter");
      await expect(page.getByText(t("take_over_title"))).toBeVisible();
    },
  },
  {
    name: "picture",
    path: dialogOf("Мария"),
    ready: async (page, t, inbox) => {
      await expect(inbox.bubbles.last()).toBeVisible();
      const picture = page.getByRole("button", { name: t("picture_open") }).first();
      await expect(async () => {
        await inbox.thread.evaluate((it) => it.scrollTo({ top: 0 }));
        await picture.click({ timeout: 1000 });
      }).toPass();
      await expect(page.getByRole("dialog", { name: t("viewer_label") })).toBeVisible();
    },
  },
  {
    name: "palette",
    path: "/inbox",
    ready: async (page, t, inbox) => {
      await expect(inbox.row("Мария")).toBeVisible();
      await page.keyboard.press("Control+KeyK");
      await expect(page.getByRole("dialog", { name: t("palette_title") })).toBeVisible();
    },
  },
  {
    name: "keys",
    path: dialogOf("Мария"),
    ready: async (page, t, inbox) => {
      await expect(inbox.bubbles.last()).toBeVisible();
      await page.keyboard.press("Shift+Slash");
      await expect(page.getByRole("dialog", { name: t("keys_title") })).toBeVisible();
    },
  },
  {
    name: "own-menu",
    again: true,
    path: "/inbox",
    ready: async (page, t) => {
      await page.getByRole("button", { name: t("menu_me", { name: "Anna" }) }).click();
      await expect(page.getByRole("menu")).toBeVisible();
    },
  },

  { name: "lines", path: "/lines", ready: heading("connections_title") },
  { name: "lines-nothing-found", path: "/lines?q=zzz", ready: shows("connections_nothing") },
  {
    name: "line-new",
    path: "/lines",
    ready: async (page, t) => {
      await page.getByRole("button", { name: t("lines_new") }).click();
      await expect(page.getByRole("dialog")).toBeVisible();
    },
  },
  { name: "connect", path: "/connect/telegram", ready: heading("connect_title", { channel: "Telegram" }) },
  {
    name: "connect-refused",
    path: "/connect/telegram",
    ready: async (page, t) => {
      const wizard = new Wizard(page, t);
      await wizard.check("7000000009:AAFake_0000-no-such-token-of-a-bot_00009");
      await expect(page.getByText(/does not know this token|не знает этого токена/)).toBeVisible();
    },
  },
  {
    name: "connect-account",
    path: "/connect/telegram",
    ready: async (page, t, _inbox, { busy }) => {
      const wizard = new Wizard(page, t);
      await wizard.check(busy.freeBot.token);
      await expect(page.getByRole("button", { name: t("connect_connect") })).toBeVisible();
    },
  },
  {
    name: "connect-test",
    path: ({ busy }) => `/connect/telegram?connection=${busy.connectionId}`,
    ready: heading("connect_write"),
  },
  { name: "connect-unknown", path: "/connect/pigeon", ready: shows("connect_unknown") },
  {
    name: "line-queue",
    path: ({ busy }) => `/lines/${busy.lineId}/queue`,
    ready: (page) => expect(page.getByRole("heading", { level: 1, name: "Support" })).toBeVisible(),
  },
  {
    name: "line-texts",
    path: ({ busy }) => `/lines/${busy.lineId}/texts`,
    ready: (page) => expect(page.getByRole("heading", { level: 1, name: "Support" })).toBeVisible(),
  },
  {
    name: "line-channels",
    path: ({ busy }) => `/lines/${busy.lineId}/channels`,
    ready: (page) => expect(page.getByRole("heading", { level: 1, name: "Support" })).toBeVisible(),
  },
  {
    name: "operators",
    path: "/operators",
    ready: (page) => expect(page.getByText("Борис Лебедев").first()).toBeVisible(),
  },
  {
    name: "operator-invite",
    path: "/operators?invite=true",
    ready: (page) => expect(page.getByRole("dialog")).toBeVisible(),
  },
  { name: "settings-profile", path: "/settings/profile", ready: heading("nav_settings") },
  { name: "settings-work", path: "/settings/work", ready: heading("nav_settings") },
  { name: "settings-password", path: "/settings/password", ready: heading("nav_settings") },
  { name: "settings-company", path: "/settings/company", ready: heading("nav_settings") },
  {
    name: "inbox-operator",
    who: "boris",
    path: "/inbox",
    ready: (_page, _t, inbox) => expect(inbox.row("John")).toBeVisible(),
  },
  { name: "settings-operator", who: "boris", path: "/settings/profile", ready: heading("nav_settings") },
];

// Nothing to trace: what is wrong stands in the message, and the pictures are taken anyway.
test.use({ trace: "off", screenshot: "off" });

for (const screen of SCREENS) {
  test(screen.name, async ({ place }) => {
    test.setTimeout(120_000);
    const problems: string[] = [];
    const before = place.seen.length;
    for (const look of LOOKS) {
      const page = await place.page(look, screen.who ?? "admin");
      const path = typeof screen.path === "string" ? screen.path : await screen.path(place);
      const t = textsOf(look.language);
      for (const [index, size] of SIZES.entries()) {
        await page.setViewportSize(size);
        if (index === 0 || screen.again) {
          // From an empty page, so that a change of the part after # loads it too.
          await page.goto("about:blank");
          await page.goto(path);
          await screen.ready(page, t, new Inbox(page, look.language), place);
        }
        await settled(page);
        const name = `${screen.name}-${size.width}-${look.theme}-${look.language}`;
        await page.screenshot({ path: `${PICTURES}${name}.png` });
        const found = [...(await axe(page)), ...(await sideways(page)), ...(await covered(page))];
        problems.push(...found.map((it) => `${name}: ${it}`));
      }
    }
    expect([...problems, ...place.seen.slice(before)]).toEqual([]);
  });
}
