/** The fake Telegram, by its remote control: bots, and customers who write to them. */
import { Program, program } from "./program.ts";

export type Act =
  | { act: "text"; text: string; entities?: object[] }
  | { act: "start"; payload?: string }
  | { act: "reply"; message: number; text: string }
  | { act: "forward"; from: string; text: string }
  | { act: "photo"; photo?: string; caption?: string }
  | { act: "album"; count: number; caption?: string }
  | { act: "video"; caption?: string }
  | { act: "video_note" | "block" | "unblock" | "leave" }
  | { act: "voice"; voice?: string }
  | { act: "sticker"; sticker?: string; emoji?: string }
  | { act: "document"; name?: string; caption?: string }
  | { act: "big_file"; name: string; size: number }
  | { act: "location"; latitude: number; longitude: number }
  | { act: "venue"; title: string; address: string; latitude: number; longitude: number }
  | { act: "phone"; phone: string }
  | { act: "contact"; name: string; phone: string }
  | { act: "raw"; content: object }
  | { act: "edit"; message: number; text: string }
  | { act: "react"; message: number; emoji: string }
  | { act: "press"; button: string };

export type FaultPlan = {
  fault:
    | "too_many_requests"
    | "blocked"
    | "restart"
    | "bad_request"
    | "bad_gateway"
    | "hang"
    | "hang_after"
    | "break"
    | "break_after";
  retry_after_s?: number;
  words?: string;
  times?: number;
  customer?: string;
  method?: string;
};

/** A message that the bot sent. */
export type Sent = {
  message: number;
  text: string;
  file: { form: string; name: string; mime: string; size: number; is_upload: boolean } | null;
  buttons: { text: string; data: string | null; url: string | null }[][];
  reply_to: number | null;
  album: string | null;
  at: string;
  edited_at: string | null;
  deleted_at: string | null;
};

type Shown = { id: number; token: string; username: string; webhook: string | null; pending: number };

export class Telegram {
  private constructor(
    private readonly process: Program,
    readonly apiBase: string,
    private readonly control: string,
  ) {}

  static async start(): Promise<Telegram> {
    const process = new Program(program("fake-telegram"), []);
    const ready = JSON.parse(await process.says(/^\{.*\}$/)) as { api_base: string; control: string };
    return new Telegram(process, ready.api_base, ready.control);
  }

  /** The bot that is there from the start: "Shop support". */
  bot(): Promise<Bot> {
    return this.shown("default");
  }

  async newBot(title: string): Promise<Bot> {
    const { id } = await this.ask<Shown>("POST", "/bots", { title });
    return this.shown(String(id));
  }

  private async shown(name: string) {
    return new Bot(this, await this.ask<Shown>("GET", `/bots/${name}`));
  }

  async problems(): Promise<string[]> {
    return (await this.ask<{ problems: string[] }>("GET", "/problems")).problems;
  }

  async stop() {
    await this.process.stop();
  }

  async ask<T>(method: string, path: string, body?: object): Promise<T> {
    const headers = { "content-type": "application/json" };
    const response = await fetch(this.control + path, {
      method,
      headers: body ? headers : {},
      body: body ? JSON.stringify(body) : undefined,
    });
    const answer = (await response.json()) as T & { error?: string };
    if (!response.ok) throw new Error(`${method} ${path}: ${answer.error}`);
    return answer;
  }

  async bytes(path: string): Promise<Buffer> {
    const response = await fetch(this.control + path);
    if (!response.ok) throw new Error(`GET ${path}: ${response.status}`);
    return Buffer.from(await response.arrayBuffer());
  }
}

export class Bot {
  readonly id: number;
  readonly token: string;
  readonly username: string;

  constructor(
    readonly telegram: Telegram,
    shown: Shown,
  ) {
    this.id = shown.id;
    this.token = shown.token;
    this.username = shown.username;
  }

  get place() {
    return `/bots/${this.id}`;
  }

  /** The person of this name; made on first use. */
  customer(name: string) {
    return new Customer(this, name);
  }

  fail = (plan: FaultPlan) => this.telegram.ask("POST", `${this.place}/faults`, plan);
  heal = () => this.telegram.ask("DELETE", `${this.place}/faults`);
  revoke = () => this.telegram.ask("POST", `${this.place}/token`, { change: "revoke" });
  restore = () => this.telegram.ask("POST", `${this.place}/token`, { change: "restore" });

  /** Waits until our side has taken all that customers wrote. */
  taken = () => this.telegram.ask<Shown>("POST", `${this.place}/taken`);

  shown = () => this.telegram.ask<Shown>("GET", this.place);

  /** So many customers `<prefix> 00001` write so many messages each: "1", "2", … */
  crowd = (crowd: { customers: number; messages?: number; prefix?: string }) =>
    this.telegram.ask<Shown>("POST", `${this.place}/crowd`, crowd);

  async calls(method: string): Promise<{ params: Record<string, unknown>; status: number }[]> {
    const path = `${this.place}/calls?method=${method}`;
    return (await this.telegram.ask<{ calls: [] }>("GET", path)).calls;
  }
}

export class Customer {
  private readonly place: string;

  constructor(
    readonly bot: Bot,
    readonly name: string,
  ) {
    this.place = `${bot.place}/customers/${encodeURIComponent(name)}`;
  }

  /** Does something. The number of the message in the chat. */
  async does(act: Act): Promise<number> {
    const { written } = await this.bot.telegram.ask<{ written: { message: number }[] }>(
      "POST",
      `${this.place}/acts`,
      act,
    );
    return written[0]?.message ?? 0;
  }

  writes = (text: string) => this.does({ act: "text", text });

  looks = (looks: { last_name?: string; username?: string; language?: string; face?: string }) =>
    this.bot.telegram.ask("PUT", this.place, looks);

  /** What the bot sent, in order, once there are at least so many. */
  async received(count = 0): Promise<Sent[]> {
    const path = `${this.place}/sent?count=${count}`;
    return (await this.bot.telegram.ask<{ sent: Sent[] }>("GET", path)).sent;
  }

  /** The texts of {@link received}. */
  texts = async (count = 0) => (await this.received(count)).map((it) => it.text);

  fileOf = (message: number) => this.bot.telegram.bytes(`${this.place}/sent/${message}/file`);
}
