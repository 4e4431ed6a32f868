/** A company of its own for a test: the release binary over a fresh data folder, and a Telegram that is not there. */
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Cable } from "./cable.ts";
import { Person } from "./person.ts";
import { freePort, Program, program } from "./program.ts";
import { type Bot, Telegram } from "./telegram.ts";
import { until } from "./wait.ts";

export type Engine = "sqlite" | "postgres";
const SETUP_LINK = /http:\/\/\S+\/setup#code=\S+/;

export class Office {
  readonly url: string;
  private server: Program | undefined;
  private logs: string[] = [];

  private constructor(
    readonly telegram: Telegram,
    private readonly folder: string,
    private readonly port: number,
    /** Between the browsers and the server, if the test wants to cut it. */
    readonly cable: Cable | undefined,
    private readonly database: { program: Program; url: string } | undefined,
  ) {
    this.url = `http://127.0.0.1:${cable?.port ?? port}`;
  }

  static async open({ engine = "sqlite", withCable = false }: { engine?: Engine; withCable?: boolean } = {}) {
    const [telegram, folder, port, database] = await Promise.all([
      Telegram.start(),
      mkdtemp(join(tmpdir(), "openlines-e2e-")),
      freePort(),
      engine === "postgres" ? freshDatabase() : undefined,
    ]);
    const cable = withCable ? await Cable.lay(port) : undefined;
    const office = new Office(telegram, folder, port, cable, database);
    await office.start();
    return office;
  }

  /** Starts the server on the same port and data as before; waits until it is ready. */
  async start() {
    const database = this.database ? ["--database", this.database.url] : [];
    const server = new Program(
      program("openlines"),
      [
        "serve",
        ...["--listen", `127.0.0.1:${this.port}`],
        ...["--data", join(this.folder, "data")],
        ...["--public-url", this.url],
        ...database,
      ],
      {
        OPENLINES_CHANNELS_TELEGRAM_API_BASE: this.telegram.apiBase,
        OPENLINES_NETWORK_ALLOW_HOSTS: new URL(this.telegram.apiBase).host,
      },
    );
    this.server = server;
    await until("the server is ready", async () => {
      if (!server.isRunning) throw new Error(`the server ended:\n${server.log.slice(-30).join("\n")}`);
      const answer = await fetch(`${this.url}/readyz`).catch(() => undefined);
      return answer?.ok ?? false;
    });
  }

  /** kill -9. */
  async kill() {
    await this.server?.kill();
    this.logs.push(...(this.server?.log ?? []), "--- killed ---");
  }

  /** The link to the first run, as the terminal shows it. */
  setupLink = () => this.server?.says(SETUP_LINK) ?? Promise.reject(new Error("not started"));

  /** The first run by API: company, administrator, one line with the administrator on duty. */
  async found(options: { language?: "ru" | "en" } = {}): Promise<{ admin: Person; lineId: number }> {
    const code = new URL(await this.setupLink()).hash.replace("#code=", "");
    const admin = await Person.founds(this.url, code, options.language ?? "en");
    const { lines } = await admin.get<{ lines: { id: number }[] }>("/api/lines");
    const operator_ids = [admin.id];
    const lineId =
      lines[0]?.id ??
      (await admin.post<{ line: { id: number } }>("/api/lines", { name: "Support", operator_ids })).line.id;
    await admin.patch(`/api/lines/${lineId}`, { operator_ids });
    return { admin, lineId };
  }

  /** Connects a bot by API. */
  async connect(admin: Person, lineId: number, bot?: Bot): Promise<Bot> {
    const connected = bot ?? (await this.telegram.bot());
    const settings = { token: connected.token };
    await admin.post("/api/connections", {
      line_id: lineId,
      channel: "telegram",
      settings,
      take_over: false,
    });
    return connected;
  }

  /** Invites a colleague and accepts the invitation for them. */
  async hire(admin: Person, name: string, lineIds: number[], role: "operator" | "admin" = "operator") {
    const { url } = await admin.post<{ url: string }>("/api/invitations", { name, role, line_ids: lineIds });
    return Person.joins(this.url, url, name);
  }

  get log() {
    return [...this.logs, ...(this.server?.log ?? [])].join("\n");
  }

  async close() {
    this.cable?.cut();
    await this.server?.stop();
    await Promise.all([this.telegram.stop(), this.database?.program.stop()]);
    await rm(this.folder, { recursive: true, force: true });
  }
}

async function freshDatabase() {
  const server = process.env.OPENLINES_TEST_POSTGRES;
  const made = new Program(program("fresh-database"), [], server ? { OPENLINES_TEST_POSTGRES: server } : {});
  return { program: made, url: await made.says(/^postgres(ql)?:\/\/\S+$/) };
}
