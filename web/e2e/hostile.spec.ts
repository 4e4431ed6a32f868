/** A message with script in every field is text: nothing runs, nothing is asked of other hosts, the policy is kept. */
import { expect, test } from "./fixtures.ts";
import { Inbox } from "./pages/inbox.ts";

const SCRIPT = "<script>alert(1)</script>";
const PICTURE = `<img src=x onerror="alert(2)">`;
const BREAKOUT = `"><svg onload=alert(3)>`;
const LINK = "javascript:alert(4)";

test("names, texts, links, captions, quotes and file names are inert", async ({ office, open, t }) => {
  const { admin, lineId } = await office.found();
  const bot = await office.connect(admin, lineId);
  const customer = bot.customer("Mallory");
  await customer.looks({ last_name: `${SCRIPT}${PICTURE}`, username: "mallory" });

  const page = await open((browser) => admin.browser(browser));
  const policies: string[] = [];
  await page.addInitScript(() => {
    document.addEventListener("securitypolicyviolation", (it) => {
      // Read by the test below.
      (window as { violations?: string[] }).violations ??= [];
      (window as { violations?: string[] }).violations?.push(`${it.effectiveDirective} ${it.blockedURI}`);
    });
  });
  page.on("response", (it) => {
    const policy = it.headers()["content-security-policy"];
    if (policy && it.request().resourceType() === "document") policies.push(policy);
  });
  const inbox = await new Inbox(page).open();

  const first = await customer.writes(`${SCRIPT}${PICTURE}${BREAKOUT}`);
  const text = `go ${LINK} here`;
  const entities = [{ type: "text_link", offset: 0, length: 2, url: LINK }];
  await customer.does({ act: "text", text, entities });
  await customer.does({ act: "text", text: "[url=javascript:alert(5)]x[/url][b]<b>[/b]" });
  await customer.does({ act: "reply", message: first, text: BREAKOUT });
  await customer.does({ act: "forward", from: PICTURE, text: "forwarded" });
  await customer.does({ act: "photo", caption: PICTURE });
  await customer.does({ act: "document", name: `${PICTURE}.pdf`, caption: SCRIPT });
  await customer.does({ act: "document", name: "evil.html" });
  await customer.does({ act: "contact", name: SCRIPT, phone: "+7<script>" });
  await customer.does({ act: "venue", title: PICTURE, address: SCRIPT, latitude: 1, longitude: 2 });
  await customer.does({ act: "start", payload: "<script>alert(6)</script>" });
  await bot.taken();

  await inbox.accept("Mallory");
  const shown = [
    `${SCRIPT}${PICTURE}${BREAKOUT}`,
    "[url=javascript:alert(5)]x[/url]",
    "forwarded",
    "evil.html",
    // Signs that no file system takes are left out of names.
    "img src=x onerror=alert(2).pdf",
  ];
  for (const it of shown) await expect(inbox.bubble(it).first()).toBeAttached();
  await inbox.writes(`I quote: ${SCRIPT}`);
  expect((await customer.texts(1)).at(-1)).toBe(`I quote: ${SCRIPT}`);
  await inbox.search.fill("<img");
  await expect(page.locator("#search-results")).toContainText("<img");
  await inbox.search.fill("");

  const links = await page
    .locator("a[href]")
    .evaluateAll((all) => all.map((it) => it.getAttribute("href") ?? ""));
  expect(links.filter((it) => !/^(\/|https?:|tel:|#)/.test(it))).toEqual([]);
  expect(
    await page.locator("#root script, #root svg[onload], #root img[onerror], #root iframe").count(),
  ).toBe(0);
  expect(await page.evaluate(() => (window as { violations?: string[] }).violations ?? [])).toEqual([]);
  expect(policies.length).toBeGreaterThan(0);
  for (const policy of policies) {
    expect(policy).toMatch(/script-src 'self'(;|$)/);
    expect(policy).toContain("frame-ancestors 'none'");
  }

  // Opened by itself, a customer's page is a download in a sandbox, not a page of ours.
  const href = await inbox
    .bubble("evil.html")
    .getByRole("link", { name: t("file_download", { name: "evil.html" }) })
    .getAttribute("href");
  const answer = await page.request.get(href ?? "");
  expect(answer.headers()["content-disposition"]).toMatch(/^attachment/);
  expect(answer.headers()["content-security-policy"]).toContain("sandbox");
  expect(answer.headers()["x-content-type-options"]).toBe("nosniff");
});
