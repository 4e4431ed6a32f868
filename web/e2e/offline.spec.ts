/** A cut line, a killed server, a reload: nothing is lost, nothing comes twice, the order stays, drafts stay. */
import { expect, test } from "./fixtures.ts";
import { Inbox } from "./pages/inbox.ts";

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => `message ${from + index}`);

test("kill -9 in the middle of a talk", async ({ office, open }) => {
  const { admin, lineId } = await office.found();
  const bot = await office.connect(admin, lineId);
  const customer = bot.customer("Maria");
  const inbox = await new Inbox(await open((browser) => admin.browser(browser))).open();
  await customer.writes("message 1");
  await inbox.accept("Maria");
  await expect(inbox.bubble("message 1")).toBeVisible();

  for (const round of [0, 1, 2]) {
    const first = round * 20 + 2;
    // Ten on their way when the server dies, ten while it is dead.
    for (const text of numbers(first, first + 9)) await customer.writes(text);
    await inbox.writes(`answer ${round}a`);
    await office.kill();
    for (const text of numbers(first + 10, first + 19)) await customer.writes(text);
    await inbox.writes(`answer ${round}b`);
    await inbox.composer.fill(`draft ${round}`);
    await office.start();
    await expect(inbox.bubble(`message ${first + 19}`)).toBeVisible({ timeout: 45_000 });
    await expect(inbox.delivery(`answer ${round}b`)).toHaveAccessibleName(inbox.t("delivery_delivered"), {
      timeout: 45_000,
    });
    await expect(inbox.composer).toHaveValue(`draft ${round}`);
    await inbox.composer.fill("");
  }

  const incoming = (texts: string[]) => texts.filter((it) => it.startsWith("message"));
  const outgoing = (texts: string[]) => texts.filter((it) => it.startsWith("answer"));
  const answers = [0, 1, 2].flatMap((it) => [`answer ${it}a`, `answer ${it}b`]);
  const onScreen = await inbox.allTexts();
  expect(incoming(onScreen)).toEqual(numbers(1, 61));
  expect(outgoing(onScreen)).toEqual(answers);
  expect(await customer.texts(answers.length)).toEqual(answers);
  await inbox.page.reload();
  expect(await inbox.allTexts()).toEqual(onScreen);
});

test.describe("with a cable", () => {
  test.use({ withCable: true });

  test("the line is cut and comes back: what was typed waits and goes out once, in order", async ({
    office,
    open,
  }) => {
    const { admin, lineId } = await office.found();
    const bot = await office.connect(admin, lineId);
    const customer = bot.customer("Maria");
    const page = await open((browser) => admin.browser(browser));
    const inbox = await new Inbox(page).open();
    await customer.writes("Hello");
    await inbox.accept("Maria");

    const texts = ["one", "two", "three"];
    office.cable?.cut();
    for (const text of texts) await inbox.writes(text);
    for (const text of texts)
      await expect(inbox.delivery(text)).toHaveAccessibleName(inbox.t("delivery_waiting"));
    await customer.writes("are you there?");
    await inbox.composer.fill("half a thought");
    await expect(page.getByText(inbox.t("banner_offline"))).toBeVisible();

    office.cable?.mend();
    await page.getByRole("button", { name: inbox.t("banner_retry") }).click();
    await expect(inbox.bubble("are you there?")).toBeVisible();
    for (const text of texts)
      await expect(inbox.delivery(text)).toHaveAccessibleName(inbox.t("delivery_delivered"));
    expect(await customer.texts(texts.length)).toEqual(texts);
    await expect(inbox.composer).toHaveValue("half a thought");
    await expect(page.getByText(inbox.t("banner_offline"))).toBeHidden();
  });
});

test("a reload while nothing answers loses neither draft nor unsent words", async ({ office, open }) => {
  const { admin, lineId } = await office.found();
  const bot = await office.connect(admin, lineId);
  const customer = bot.customer("Maria");
  const inbox = await new Inbox(await open((browser) => admin.browser(browser))).open();
  await customer.writes("Hello");
  await inbox.accept("Maria");
  await office.kill();
  await inbox.writes("sent into the void");
  await inbox.composer.fill("not finished");
  await expect(inbox.delivery("sent into the void")).toHaveAccessibleName(inbox.t("delivery_waiting"));
  await office.start();
  await inbox.page.reload();
  await expect(inbox.composer).toHaveValue("not finished");
  await expect(inbox.delivery("sent into the void")).toHaveAccessibleName(inbox.t("delivery_delivered"));
  expect(await customer.texts(1)).toEqual(["sent into the void"]);
});
