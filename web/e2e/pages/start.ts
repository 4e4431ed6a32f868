/** The screens before the inbox: first run, wizard of a channel, invitation, sign-in. */
import { expect, type Page } from "@playwright/test";
import type { Texts } from "../world/texts.ts";

export class FirstRun {
  constructor(
    private readonly page: Page,
    private readonly t: Texts,
  ) {}

  private field = (key: string) => this.page.getByLabel(this.t(key));
  private button = (key: string) => this.page.getByRole("button", { name: this.t(key) });
  private heading = (key: string) => this.page.getByRole("heading", { level: 1, name: this.t(key) });

  async company(company: { name: string; admin: string; email: string; password: string; language: string }) {
    await expect(this.heading("setup_company_title")).toBeVisible();
    await this.page.getByText(company.language, { exact: true }).click();
    await this.field("setup_company_name").fill(company.name);
    await this.field("setup_admin_name").fill(company.admin);
    await this.field("setup_email").fill(company.email);
    await this.field("setup_password").fill(company.password);
    await this.button("setup_create").click();
  }

  async line(name: string) {
    await expect(this.heading("setup_line_title")).toBeVisible();
    await this.field("setup_line_name").fill(name);
    await this.button("setup_line_create").click();
  }

  async channel(title: string) {
    await expect(this.heading("setup_channel_title")).toBeVisible();
    await this.page.getByRole("button", { name: title }).click();
  }

  async openInbox() {
    await expect(this.heading("setup_invite_title")).toBeVisible();
    await this.button("setup_finish").click();
    await expect(this.page).toHaveURL(/\/inbox/);
  }
}

/** Connects an account of any channel. */
export class Wizard {
  constructor(
    private readonly page: Page,
    private readonly t: Texts,
  ) {}

  private button = (key: string) => this.page.getByRole("button", { name: this.t(key) });

  /** Fills the one secret that the channel wants and has it checked. */
  async check(secret: string) {
    await this.page.locator("input[type=password]").fill(secret);
    await this.button("connect_check").click();
  }

  account = (title: string) => this.page.getByText(title, { exact: true }).first();

  connect = () => this.button("connect_connect").click();

  /** "Now write to …" */
  waiting = (account: string) =>
    this.page.getByRole("heading", { name: this.t("connect_write", { account }) });

  arrived = () => this.page.getByRole("heading", { name: this.t("connect_arrived") });
}

export class Join {
  constructor(
    private readonly page: Page,
    private readonly t: Texts,
  ) {}

  async fill(person: { name: string; email: string; password: string }) {
    await this.page.getByLabel(this.t("join_name")).fill(person.name);
    await this.page.getByLabel(this.t("signin_email")).fill(person.email);
    await this.page.getByLabel(this.t("join_password")).fill(person.password);
    await this.page.getByRole("button", { name: this.t("join_submit") }).click();
    await expect(this.page).toHaveURL(/\/inbox/);
  }
}

export class SignIn {
  constructor(
    private readonly page: Page,
    private readonly t: Texts,
  ) {}

  async fill(email: string, password: string) {
    await this.page.getByLabel(this.t("signin_email")).fill(email);
    await this.page.getByLabel(this.t("signin_password"), { exact: true }).fill(password);
    await this.page.getByRole("button", { name: this.t("signin_submit") }).click();
  }

  problem = () => this.page.getByRole("alert");
}
