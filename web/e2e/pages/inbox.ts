/** The operator's workplace, found by roles and labels as people and screen readers find it. */
import { expect, type Locator, type Page } from "@playwright/test";
import { type Language, type Texts, textsOf } from "../world/texts.ts";

/** The name as it is written: "Tom" is no part of "customer". */
const written = (name: string) => new RegExp(name.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"), "u");
/** A name that begins with the label: counters and states may follow. */
const startsWith = (text: RegExp) => new RegExp(text.source.replace(/\\s\*\$$/, ""), "u");

export class Inbox {
  readonly t: Texts;

  constructor(
    readonly page: Page,
    language: Language = "en",
  ) {
    this.t = textsOf(language);
  }

  async open(address = "/inbox") {
    await this.page.goto(address);
    await expect(this.page.getByRole("navigation", { name: this.t("views_label") })).toBeVisible();
    return this;
  }

  private button = (key: string, within: Page | Locator = this.page) =>
    within.getByRole("button", { name: this.t(key) });

  view = (key: "view_mine" | "view_waiting" | "view_all" | "view_finished") =>
    this.page
      .getByRole("navigation", { name: this.t("views_label") })
      .getByRole("link", { name: startsWith(this.t(key)) });

  get list() {
    return this.page.getByRole("listbox", { name: this.t("list_label") });
  }

  /** The row of a customer. */
  row = (name: string) => this.list.getByRole("option").filter({ hasText: written(name) });

  get search() {
    return this.page.getByRole("combobox", { name: this.t("search_label") });
  }

  /** Cards of what is offered to this person. */
  get offers() {
    return this.page.getByRole("region", { name: this.t("offers_title") });
  }

  offer = (name: string) => this.offers.getByRole("listitem").filter({ hasText: written(name) });

  /** Seconds left of an offer, as its ring says them. */
  countdown = (name: string) => this.offer(name).getByRole("timer");

  /** Begins the working day. */
  goOnTheLine = () => this.button("go_available").click();

  accept = (name: string) => this.button("accept", this.offer(name)).click();
  skip = (name: string) => this.button("skip", this.offer(name)).click();

  get thread() {
    return this.page.getByRole("log", { name: this.t("thread_label") });
  }

  /** The messages in the thread that are on the screen. */
  get bubbles() {
    return this.thread.getByRole("article");
  }

  bubble = (text: string | RegExp) => this.bubbles.filter({ hasText: text });

  /** The mark that says how far an own message has come. */
  delivery = (text: string | RegExp) => this.bubble(text).locator("[role=img][aria-label]").last();

  get composer() {
    return this.page.getByRole("textbox", { name: this.t("reply_label") });
  }

  get noteField() {
    return this.page.getByRole("textbox", { name: this.t("note_label") });
  }

  mode = (key: "mode_reply" | "mode_note") => this.page.getByRole("radio", { name: this.t(key) });

  async writes(text: string) {
    await this.composer.fill(text);
    await this.composer.press("Enter");
    await expect(this.composer).toHaveValue("");
  }

  /** Attaches files and waits until they are uploaded. */
  async attaches(...files: { name: string; mimeType: string; buffer: Buffer }[]) {
    const chooser = this.page.waitForEvent("filechooser");
    await this.button("attach").click();
    await (await chooser).setFiles(files);
    const chips = this.page.getByRole("list", { name: this.t("attached_files") });
    for (const it of files)
      await expect(chips.getByRole("listitem").filter({ hasText: it.name })).toHaveAttribute(
        "data-state",
        "ready",
      );
  }

  send = () => this.button("send").click();

  finish = () => this.button("finish").click();

  /** Words of the small centred lines: sessions and what happened. */
  event = (text: string | RegExp) => this.thread.getByText(text);

  get toast() {
    return this.page.getByRole("status").or(this.page.getByRole("alert"));
  }

  /** All texts of a thread from its first message, in order, whatever part of it is drawn. */
  async allTexts(): Promise<string[]> {
    return this.thread.evaluate(async (scroller) => {
      const frame = () =>
        new Promise((resolve) => requestAnimationFrame(() => requestAnimationFrame(resolve)));
      const found = new Map<string, string>();
      const collect = () => {
        for (const it of scroller.querySelectorAll("[data-message]")) {
          const text = it.querySelector("[dir=auto]")?.firstChild?.textContent ?? "";
          found.set((it as HTMLElement).dataset.message ?? "", text);
        }
      };
      // To the beginning: older pages come in while we go up.
      for (let still = 0; still < 10; ) {
        const before = scroller.scrollHeight;
        scroller.scrollTop = 0;
        await frame();
        still = scroller.scrollTop === 0 && scroller.scrollHeight === before ? still + 1 : 0;
      }
      for (;;) {
        collect();
        const before = scroller.scrollTop;
        scroller.scrollTop += scroller.clientHeight / 2;
        await frame();
        if (scroller.scrollTop === before) break;
      }
      collect();
      return [...found].sort(([one], [two]) => Number(one) - Number(two)).map(([, text]) => text.trim());
    });
  }
}
