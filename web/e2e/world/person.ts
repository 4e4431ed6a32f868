/** Somebody with an account who is on duty, by the API: for what a test needs but does not prove. */
import type { Browser, BrowserContext, BrowserContextOptions } from "@playwright/test";

const PASSWORD = "correct horse battery";
const COOKIE = "ol_login";

type Me = { operator: { id: number; name: string; email: string }; csrf_token: string };

export class Person {
  private constructor(
    readonly office: string,
    readonly cookie: string,
    private readonly me: Me,
  ) {}

  get id() {
    return this.me.operator.id;
  }
  get name() {
    return this.me.operator.name;
  }
  get email() {
    return this.me.operator.email;
  }
  readonly password = PASSWORD;

  static founds(office: string, code: string, language: "ru" | "en") {
    return Person.comes(office, "/api/setup", {
      code,
      company: { name: "Tea & Co", time_zone: "Europe/Moscow", language },
      admin: { name: "Anna", email: "anna@example.org", password: PASSWORD },
    });
  }

  static joins(office: string, link: string, name: string) {
    const token = new URL(link).hash.replace("#token=", "");
    const email = `${name.toLowerCase().replaceAll(" ", ".")}@example.org`;
    return Person.comes(office, "/api/invitations/accept", { token, name, email, password: PASSWORD });
  }

  private static async comes(office: string, path: string, body: object) {
    const response = await fetch(office + path, {
      method: "POST",
      headers: { "content-type": "application/json", origin: office },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`POST ${path}: ${response.status} ${text}`);
    const cookies = response.headers.getSetCookie();
    const cookie = cookies
      .find((it) => it.startsWith(`${COOKIE}=`))
      ?.split(";")[0]
      ?.slice(COOKIE.length + 1);
    if (!cookie) throw new Error(`POST ${path} set no cookie ${COOKIE}`);
    const person = new Person(office, cookie, (JSON.parse(text) as { me: Me }).me);
    await person.post("/api/me/presence", { status: "available" });
    return person;
  }

  get = <T>(path: string) => this.ask<T>("GET", path);
  post = <T>(path: string, body: object = {}) => this.ask<T>("POST", path, body);
  patch = <T>(path: string, body: object) => this.ask<T>("PATCH", path, body);

  async ask<T>(method: string, path: string, body?: object): Promise<T> {
    const response = await fetch(this.office + path, {
      method,
      headers: {
        cookie: `${COOKIE}=${this.cookie}`,
        origin: this.office,
        "x-csrf-token": this.me.csrf_token,
        ...(body ? { "content-type": "application/json" } : {}),
      },
      body: body ? JSON.stringify(body) : undefined,
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${method} ${path}: ${response.status} ${text}`);
    return (text === "" ? undefined : JSON.parse(text)) as T;
  }

  /** A browser of their own, signed in. */
  async browser(browser: Browser, options: BrowserContextOptions = {}): Promise<BrowserContext> {
    const context = await browser.newContext({ baseURL: this.office, ...options });
    const { hostname } = new URL(this.office);
    await context.addCookies([
      { name: COOKIE, value: this.cookie, domain: hostname, path: "/", httpOnly: true, sameSite: "Lax" },
    ]);
    return context;
  }
}
