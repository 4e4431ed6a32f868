/** The main job, end to end: a customer writes in Telegram, an operator answers in the browser. */
import { expect, type Language, test } from "./fixtures.ts";
import { Inbox } from "./pages/inbox.ts";
import { FirstRun, Wizard } from "./pages/start.ts";

const PDF = Buffer.from("%PDF-1.4\n1 0 obj<<>>endobj\ntrailer<<>>\n%%EOF\n");
const INVOICE = { name: "invoice.pdf", mimeType: "application/pdf", buffer: PDF };

const CASES = [
  { engine: "sqlite", language: "en", name: "English" },
  { engine: "postgres", language: "ru", name: "Русский" },
] as const satisfies { engine: string; language: Language; name: string }[];

for (const { engine, language, name } of CASES) {
  test.describe(`on ${engine}, in ${language}`, () => {
    test.use({ engine, language });

    test("from an empty folder to an answer, and to the next session", async ({ office, open, t }) => {
      const locale = language === "ru" ? "ru-RU" : "en-GB";
      const page = await open((browser) => browser.newContext({ baseURL: office.url, locale }));
      const bot = await office.telegram.bot();
      const customer = bot.customer("Maria");

      await test.step("first run: company, line, Telegram", async () => {
        const start = new FirstRun(page, t);
        await page.goto(await office.setupLink());
        await start.company({
          name: "Tea & Co",
          admin: "Anna",
          email: "anna@example.org",
          password: "correct horse battery",
          language: name,
        });
        await start.line("Shop");
        await start.channel("Telegram");
        const wizard = new Wizard(page, t);
        await wizard.check(bot.token);
        await expect(wizard.account("Shop support")).toBeVisible();
        await wizard.connect();
        await expect(wizard.waiting("Shop support")).toBeVisible();
        await customer.writes("Hello, my mug is broken");
        await expect(wizard.arrived()).toBeVisible();
        await page.getByRole("button", { name: t("action_continue") }).click();
        await start.openInbox();
      });

      const inbox = new Inbox(page, language);
      await test.step("photo, voice and sticker arrive; the dialog is offered with a countdown", async () => {
        await customer.does({ act: "photo", caption: "Look" });
        await customer.does({ act: "voice" });
        await customer.does({ act: "sticker", emoji: "😄" });
        await bot.taken();
        await expect(inbox.offer("Maria")).toBeVisible();
        const left = async () =>
          Number((await inbox.countdown("Maria").getAttribute("aria-label"))?.match(/\d+/)?.[0]);
        const first = await left();
        expect(first).toBeGreaterThan(0);
        await expect.poll(left).toBeLessThan(first);
      });

      await test.step("accept: all four messages stand in order", async () => {
        await inbox.accept("Maria");
        await expect(inbox.bubbles).toHaveCount(4);
        await expect(inbox.bubbles.nth(0)).toContainText("Hello, my mug is broken");
        await expect(inbox.bubbles.nth(1)).toContainText("Look");
        const picture = inbox.bubbles.nth(1).getByRole("img").or(inbox.bubbles.nth(1).locator("img")).first();
        await expect
          .poll(() => picture.evaluate((it: HTMLImageElement) => it.naturalWidth))
          .toBeGreaterThan(100);
        await expect(inbox.bubbles.nth(2).getByRole("button", { name: t("audio_speed") })).toBeVisible();
        await expect(inbox.bubbles.nth(3).getByRole("img", { name: t("sticker") })).toBeVisible();
        await expect(inbox.row("Maria")).toBeVisible();
        await expect(inbox.offers).toBeHidden();
      });

      await test.step("answer with text and file: they arrive in order and are marked", async () => {
        await inbox.writes("Good day, Maria! We will send a new one.");
        await inbox.attaches(INVOICE);
        await inbox.composer.fill("And here is the paper");
        await inbox.send();
        await inbox.writes("Anything else?");
        const sent = await customer.received(3);
        expect(sent.map((it) => it.text)).toEqual([
          "Good day, Maria! We will send a new one.",
          "And here is the paper",
          "Anything else?",
        ]);
        const file = sent[1]?.file;
        expect(file).toMatchObject({ form: "document", name: "invoice.pdf", size: PDF.length });
        expect(await customer.fileOf(sent[1]?.message ?? 0)).toEqual(PDF);
        for (const text of ["Good day, Maria!", "And here is the paper", "Anything else?"])
          await expect(inbox.delivery(text)).toHaveAccessibleName(t("delivery_delivered"));
      });

      await test.step("finish; the customer writes again: a new session in the same dialog", async () => {
        const address = new URL(page.url()).searchParams.get("d");
        await inbox.finish();
        await expect(inbox.event(t("sys_finished"))).toBeVisible();
        await customer.writes("One more question");
        await expect(inbox.offer("Maria")).toBeVisible();
        await inbox.accept("Maria");
        await expect(inbox.bubble("One more question")).toBeVisible();
        expect(new URL(page.url()).searchParams.get("d")).toBe(address);
        await expect(inbox.row("Maria")).toHaveCount(1);
        await inbox.writes("Gladly");
        expect((await customer.texts(4)).at(-1)).toBe("Gladly");
      });

      expect(await office.telegram.problems()).toEqual([]);
    });
  });
}
