/** Programs under test: started, listened to, killed. */
import { type ChildProcessByStdio, spawn } from "node:child_process";
import { once } from "node:events";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import type { Readable, Writable } from "node:stream";
import { fileURLToPath } from "node:url";
import { pause } from "./wait.ts";

/** Lines of a program's words kept for the report of a failed test. */
const LOG_MAX = 2_000;

const BIN =
  process.env.OPENLINES_BIN ?? fileURLToPath(new URL("../../../target/release/openlines", import.meta.url));

/** The binary itself, or a helper that lies beside it. */
export const program = (name: "openlines" | "fake-telegram" | "fresh-database") =>
  name === "openlines" ? BIN : join(dirname(BIN), name);

/** A running program. It ends with us: its input is a pipe that only we hold open. */
export class Program {
  readonly log: string[] = [];
  readonly name: string;
  private readonly child: ChildProcessByStdio<Writable, Readable, Readable>;
  private listeners: ((line: string) => void)[] = [];
  private readonly ended: Promise<unknown>;

  constructor(path: string, args: string[], env: Record<string, string> = {}) {
    this.name = path;
    // Variables of the test run are none of the program's settings; unknown ones would stop it.
    const inherited = Object.entries(process.env).filter(([name]) => !name.startsWith("OPENLINES_"));
    this.child = spawn(path, args, {
      env: { ...Object.fromEntries(inherited), ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.ended = once(this.child, "exit").catch((cause) => this.hear(`not started: ${cause}`));
    for (const stream of [this.child.stdout, this.child.stderr]) {
      let rest = "";
      stream.setEncoding("utf8").on("data", (text: string) => {
        const lines = (rest + text).split("\n");
        rest = lines.pop() ?? "";
        for (const line of lines) this.hear(line);
      });
    }
  }

  get isRunning() {
    return this.child.exitCode === null && this.child.signalCode === null && this.child.pid !== undefined;
  }

  /** Waits for a line and gives the part that matches. */
  async says(pattern: RegExp, patience_ms = 20_000): Promise<string> {
    const find = (line: string) => pattern.exec(line)?.[0];
    const said = this.log.map(find).find((it) => it !== undefined);
    if (said !== undefined) return said;
    const heard = new Promise<string>((resolve) => {
      this.listeners.push((line) => {
        const found = find(line);
        if (found !== undefined) resolve(found);
      });
    });
    const failed = async (words: string): Promise<never> => {
      throw new Error(`${this.name} ${words} ${pattern}; it said:\n${this.log.slice(-30).join("\n")}`);
    };
    return Promise.race([
      heard,
      this.ended.then(() => failed("ended without saying")),
      pause(patience_ms).then(() => failed("did not say")),
    ]);
  }

  /** kill -9. */
  async kill() {
    if (this.isRunning) this.child.kill("SIGKILL");
    await this.ended;
  }

  /** Asks it to end and waits. Its exit code. */
  async stop(): Promise<number | null> {
    if (this.isRunning) this.child.kill("SIGTERM");
    const patience = pause(15_000).then(() => {
      if (this.isRunning) this.child.kill("SIGKILL");
    });
    await Promise.race([this.ended, patience]);
    await this.ended;
    return this.child.exitCode;
  }

  private hear(line: string) {
    this.log.push(line);
    if (this.log.length > LOG_MAX) this.log.shift();
    for (const it of this.listeners) it(line);
  }
}

/** Ports below those that the system gives to outgoing connections, so that a restart gets its own back. */
const FIRST_PORT = 21_000;
const PORTS_OF_A_WORKER = 500;
let nextPort = FIRST_PORT + Number(process.env.TEST_PARALLEL_INDEX ?? 0) * PORTS_OF_A_WORKER;

export async function freePort(): Promise<number> {
  for (;;) {
    const port = nextPort++;
    const server = createServer();
    const isFree = await new Promise<boolean>((resolve) => {
      server.once("error", () => resolve(false)).listen(port, "127.0.0.1", () => resolve(true));
    });
    server.close();
    if (isFree) return port;
  }
}
