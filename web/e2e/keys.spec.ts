/** The keyboard map by places of keys, so that it works in the Russian layout too; silent while somebody types. */
import { expect, test } from "./fixtures.ts";
import { Inbox } from "./pages/inbox.ts";
import { type Layout, press, type } from "./pages/keyboard.ts";

for (const layout of ["latin", "cyrillic"] as Layout[]) {
  test(`the map of the inbox, ${layout} letters`, async ({ office, open, t }) => {
    const { admin, lineId } = await office.found();
    const boris = await office.hire(admin, "Boris", [lineId]);
    await admin.patch(`/api/lines/${lineId}`, {
      mode: "evenly",
      operator_ids: [admin.id],
      accept_time_s: 600,
    });
    const bot = await office.connect(admin, lineId);
    const page = await open((browser) => admin.browser(browser));
    const inbox = await new Inbox(page).open();
    const key = (chord: string) => press(page, chord, layout);
    const opened = (name: string) => page.getByRole("region", { name: t("dialog_with", { name }) });
    const body = () => page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());

    await test.step("A accepts the first offer, S skips it", async () => {
      for (const name of ["One", "Two", "Three"]) {
        await bot.customer(name).writes(`I am ${name}`);
        await expect(inbox.offer(name)).toBeVisible();
        await key("KeyA");
        await expect(inbox.row(name)).toBeVisible();
        await expect(inbox.offers).toBeHidden();
      }
      await admin.patch(`/api/lines/${lineId}`, { operator_ids: [admin.id, boris.id] });
      await bot.customer("Four").writes("skip me");
      await expect(inbox.offer("Four")).toBeVisible();
      await key("KeyS");
      await expect(inbox.offers).toBeHidden();
    });

    await test.step("J and K move, Alt with arrows moves while typing", async () => {
      await inbox.row("Three").click();
      const names = await inbox.list.getByRole("option").allInnerTexts();
      const place = (name: string) => names.findIndex((it) => it.includes(name));
      const at = (index: number) => ["One", "Two", "Three"].find((it) => place(it) === index) ?? "";
      await inbox.row(at(0)).click();
      await body();
      await key("KeyJ");
      await expect(opened(at(1))).toBeVisible();
      await key("KeyK");
      await expect(opened(at(0))).toBeVisible();
      await inbox.composer.focus();
      await key("Alt+ArrowDown");
      await expect(opened(at(1))).toBeVisible();
      await key("Alt+ArrowUp");
      await expect(opened(at(0))).toBeVisible();
      await inbox.list.focus();
      await key("ArrowDown");
      await expect(opened(at(1))).toBeVisible();
      await key("Enter");
      await expect(inbox.composer).toBeFocused();
    });

    await test.step("letters are letters in a field", async () => {
      await type(page, "KeyE KeyT KeyJ KeyA", layout);
      await expect(inbox.composer).toHaveValue(layout === "latin" ? "etja" : "уеоф");
      await expect(page.getByRole("dialog")).toHaveCount(0);
      await inbox.composer.fill("");
      await key("Escape");
      await expect(inbox.list).toBeFocused();
    });

    await test.step("R, N, / and [ ] go to their places", async () => {
      await key("KeyN");
      await expect(inbox.noteField).toBeFocused();
      await expect(inbox.noteField).toHaveValue("");
      await key("Escape");
      await key("KeyR");
      await expect(inbox.composer).toBeFocused();
      await key("Escape");
      await key("Slash");
      await expect(inbox.search).toBeFocused();
      await expect(inbox.search).toHaveValue("");
      await key("Escape");
      const card = page.getByRole("complementary", { name: t("card_title") });
      await expect(card).toBeVisible();
      await key("BracketRight");
      await expect(card).toBeHidden();
      await key("BracketRight");
      await expect(card).toBeVisible();
      await key("BracketLeft");
      await expect(inbox.list).toBeHidden();
      await key("BracketLeft");
      await expect(inbox.list).toBeVisible();
    });

    await test.step("T passes on, U marks as unread, E finishes", async () => {
      await inbox.row("One").click();
      await body();
      await key("KeyT");
      await expect(page.getByRole("dialog", { name: t("transfer_title") })).toBeVisible();
      await key("Escape");
      await expect(page.getByRole("dialog", { name: t("transfer_title") })).toBeHidden();
      await body();
      await key("KeyU");
      await expect(inbox.row("One")).toContainText(/1/);
      await key("KeyE");
      await expect(inbox.row("One")).toBeHidden();
      await inbox.view("view_finished").click();
      await expect(inbox.row("One")).toBeVisible();
      await inbox.view("view_mine").click();
      await inbox.row("Two").click();
      await body();
      await key("Shift+KeyE");
      await expect(inbox.row("Two")).toBeHidden();
      await expect(opened("Three")).toBeVisible();
    });

    await test.step("Ctrl+K, ? and G with a letter lead everywhere", async () => {
      await inbox.composer.focus();
      await key("Control+KeyK");
      await expect(page.getByRole("dialog", { name: t("palette_title") })).toBeVisible();
      await key("Escape");
      await expect(page.getByRole("dialog")).toHaveCount(0);
      await body();
      await press(page, "Shift+Slash", layout);
      await expect(page.getByRole("dialog", { name: t("keys_title") })).toBeVisible();
      await key("Escape");
      await expect(page.getByRole("dialog")).toHaveCount(0);
      for (const [letter, address] of [
        ["KeyL", /\/lines/],
        ["KeyO", /\/operators/],
        ["KeyS", /\/settings/],
        ["KeyI", /\/inbox/],
      ] as const) {
        await key("KeyG");
        await key(letter);
        await expect(page).toHaveURL(address);
      }
    });

    await test.step("Ctrl+Alt with a number sets the own status, also while typing", async () => {
      const avatar = (status: string) =>
        page.getByRole("button", { name: t("menu_me", { name: "Anna", status: t.plain(status) }) });
      await inbox.row("Three").click();
      await inbox.composer.focus();
      await key("Control+Alt+Digit2");
      await expect(avatar("status_busy")).toBeVisible();
      await key("Control+Alt+Digit1");
      await expect(avatar("status_available")).toBeVisible();
    });
  });
}

test("Enter sends or breaks the line, as the person wants; single letters can be switched off", async ({
  office,
  open,
}) => {
  const { admin, lineId } = await office.found();
  const bot = await office.connect(admin, lineId);
  const customer = bot.customer("Maria");
  await customer.writes("Hello");
  const page = await open((browser) => admin.browser(browser));
  const inbox = await new Inbox(page).open();
  await inbox.accept("Maria");
  await inbox.composer.fill("one");
  await inbox.composer.press("Shift+Enter");
  await inbox.composer.pressSequentially("two");
  await inbox.composer.press("Enter");
  expect(await customer.texts(1)).toEqual(["one\ntwo"]);

  await admin.patch("/api/me", { settings: { enter_sends: false, shortcuts: false } });
  await page.reload();
  await inbox.composer.fill("three");
  await inbox.composer.press("Enter");
  await inbox.composer.pressSequentially("four");
  await expect(inbox.composer).toHaveValue("three\nfour");
  await inbox.composer.press("Control+Enter");
  expect((await customer.texts(2)).at(-1)).toBe("three\nfour");
  await inbox.list.focus();
  await press(page, "KeyE", "latin");
  await press(page, "Control+KeyK", "latin");
  await expect(page.getByRole("dialog", { name: inbox.t("palette_title") })).toBeVisible();
  await press(page, "Escape", "latin");
  await expect(inbox.row("Maria")).toBeVisible();
  await inbox.composer.fill("bye");
  await inbox.composer.press("Control+Shift+Enter");
  await expect(inbox.row("Maria")).toBeHidden();
  expect((await customer.texts(3)).at(-1)).toBe("bye");
});
