/** Two operators at one queue: who accepts first has the dialog, the other is told at once. */
import { expect, test } from "./fixtures.ts";
import { Inbox } from "./pages/inbox.ts";
import { Join } from "./pages/start.ts";

/** From the budgets of the interface: the loser knows within this time. */
const TOLD_MAX_MS = 300;
/** A browser under test on a shared machine answers later than one of its own. */
const SLACK_MS = 700;

test("an invitation by link; both accept; one wins, the other is told", async ({ office, open, t }) => {
  const { admin, lineId } = await office.found();
  await office.connect(admin, lineId);
  const { url } = await admin.post<{ url: string }>("/api/invitations", {
    role: "operator",
    line_ids: [lineId],
  });
  const page = await open((browser) => browser.newContext({ baseURL: office.url }));
  await page.goto(url);
  await new Join(page, t).fill({
    name: "Boris",
    email: "boris@example.org",
    password: "correct horse battery",
  });
  await admin.patch(`/api/lines/${lineId}`, { mode: "all", accept_time_s: 120 });

  const boris = new Inbox(page);
  await boris.goOnTheLine();
  const anna = await new Inbox(await open((browser) => admin.browser(browser))).open();
  const both = [
    { name: "Anna", inbox: anna },
    { name: "Boris", inbox: boris },
  ];
  const bot = await office.telegram.bot();

  for (const round of [1, 2, 3]) {
    const customer = `Maria-${round}`;
    await bot.customer(customer).writes("Hello");
    await Promise.all(both.map(({ inbox }) => expect(inbox.offer(customer)).toBeVisible()));
    // Both buttons are found before either is pressed: what is measured is the race.
    const buttons = both.map(({ inbox }) => inbox.offer(customer).getByRole("button", { name: t("accept") }));
    await Promise.all(buttons.map((it) => it.hover()));
    await Promise.all(both.map(({ inbox }) => inbox.page.mouse.down()));
    const pressed = performance.now();
    await Promise.all(both.map(({ inbox }) => inbox.page.mouse.up()));

    const told = both.map(({ inbox, name }) => {
      const other = both.find((it) => it.name !== name)?.name ?? "";
      return inbox.page.getByText(t("taken_by", { name: other })).first();
    });
    const loser = await Promise.any(
      told.map(async (it, index) => {
        await it.waitFor();
        return index;
      }),
    );
    expect(performance.now() - pressed).toBeLessThan(TOLD_MAX_MS + SLACK_MS);
    const winner = both[1 - loser];
    const other = both[loser];
    if (!winner || !other) throw new Error("there are two");
    await expect(winner.inbox.row(customer)).toBeVisible();
    await expect(other.inbox.row(customer)).toBeHidden();
    await expect(other.inbox.offer(customer)).toBeHidden();
    await winner.inbox.row(customer).click();
    await winner.inbox.writes(`I am ${winner.name}`);
    expect(await bot.customer(customer).texts(1)).toEqual([`I am ${winner.name}`]);
  }
});

test("an offer that nobody takes goes back, and on to the colleague", async ({ office, open }) => {
  const { admin, lineId } = await office.found();
  const boris = await office.hire(admin, "Boris", [lineId]);
  await admin.patch(`/api/lines/${lineId}`, {
    mode: "strictly",
    operator_ids: [admin.id, boris.id],
    accept_time_s: 30,
  });
  await office.connect(admin, lineId);
  const anna = await new Inbox(await open((browser) => admin.browser(browser))).open();
  const other = await new Inbox(await open((browser) => boris.browser(browser))).open();
  await (await office.telegram.bot()).customer("Maria").writes("Hello");
  await expect(anna.offer("Maria")).toBeVisible();
  await expect(other.offer("Maria")).toBeHidden();
  await anna.skip("Maria");
  await expect(other.offer("Maria")).toBeVisible();
  await expect(anna.offer("Maria")).toBeHidden();
});
