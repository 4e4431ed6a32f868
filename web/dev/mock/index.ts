/**
 * A backend for `npm run dev:mock` and `npm run preview:mock`: answers the API from memory with plausible data. Not
 * part of the build. `POST /mock/reset {scenario, dialogs}` begins anew, `POST /mock/fault {path, status, delay_ms}`
 * makes matching requests fail or wait, `POST /mock/write {connection_id, text}` lets a customer write,
 * `POST /mock/say {dialog_id, text, operator_id?}` lets a customer or a colleague write into a dialog (a colleague takes
 * it), `POST /mock/typing {dialog_id}` lets somebody type, `POST /mock/traffic {per_second}` makes a busy day,
 * `POST /mock/cut` cuts all sockets.
 */
import { randomBytes } from "node:crypto";
import { readFile } from "node:fs/promises";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import { resolve } from "node:path";
import type { Plugin } from "vite";
import { Live } from "./live.ts";
import { colleagueOrCustomerSays, newCustomerWrites, Refusal, ROUTES } from "./routes.ts";
import { Traffic } from "./traffic.ts";
import { makeWorld, type Scenario, type World } from "./world.ts";

const OPEN = [
  "/api/setup",
  "/api/login",
  "/api/login/link",
  "/api/invitations/look",
  "/api/invitations/accept",
];
const TABLE = ROUTES.map(([route, handler]) => {
  const [method = "", path = ""] = route.split(" ");
  const source = path.replaceAll(":id", "(\\d+)").replaceAll(":code", "([a-z_]+)");
  return { method, pattern: new RegExp(`^${source}$`), handler };
});

type Fault = { path: string; method?: string; status?: number; delay_ms?: number };

async function readBody(request: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = [];
  for await (const part of request) parts.push(part as Buffer);
  return Buffer.concat(parts);
}

export function mockBackend(): Plugin {
  const dialogs = Number(process.env.OL_MOCK_DIALOGS ?? 40);
  let world: World = makeWorld((process.env.OL_MOCK_SCENARIO ?? "full") as Scenario, dialogs);
  let faults: Fault[] = [];
  const live = new Live();
  const traffic = new Traffic(() => world, live);

  const json = (response: ServerResponse, status: number, body?: unknown) => {
    response.statusCode = status;
    response.setHeader("content-type", status >= 400 ? "application/problem+json" : "application/json");
    response.end(body === undefined ? "" : JSON.stringify(body));
  };

  async function control(path: string, body: Record<string, unknown>) {
    if (path === "/mock/reset") {
      faults = [];
      world = makeWorld((body.scenario ?? "full") as Scenario, Number(body.dialogs ?? dialogs));
    } else if (path === "/mock/fault") faults.push(body as Fault);
    else if (path === "/mock/calm") faults = [];
    else if (path === "/mock/write")
      newCustomerWrites(
        { world, live },
        Number(body.connection_id ?? 1),
        String(body.text ?? "Здравствуйте!"),
      );
    else if (path === "/mock/cut") live.cut();
    else if (path === "/mock/traffic") traffic.set(Number(body.per_second ?? 0));
    else if (path === "/mock/typing")
      live.hint({ type: "typing", dialog_id: Number(body.dialog_id), who: body.who === 2 ? 2 : "customer" });
    else if (path === "/mock/say") colleagueOrCustomerSays({ world, live }, body);
    else throw new Refusal(404);
  }

  async function answer(request: IncomingMessage, response: ServerResponse, url: URL) {
    const bytes = await readBody(request);
    const isJson = request.headers["content-type"]?.startsWith("application/json");
    const body = isJson && bytes.length > 0 ? JSON.parse(bytes.toString()) : {};
    if (url.pathname.startsWith("/mock/")) {
      await control(url.pathname, body);
      return json(response, 204);
    }
    for (const fault of faults) {
      if (!url.pathname.startsWith(fault.path) || (fault.method && fault.method !== request.method)) continue;
      if (fault.delay_ms) await new Promise((resolve) => setTimeout(resolve, fault.delay_ms));
      if (fault.status) throw new Refusal(fault.status, { id: "7Q4M-K2XD" });
    }
    const loggedIn = /ol_login=1/.test(request.headers.cookie ?? "") && !world.setupNeeded;
    if (!loggedIn && !OPEN.includes(url.pathname)) throw new Refusal(401, { code: "login_needed" });
    if (url.pathname.startsWith("/api/files/") && request.method === "GET") {
      const file = world.files.get(Number(url.pathname.split("/")[3]));
      if (!file) throw new Refusal(404);
      response.setHeader("content-type", file.mime);
      response.end(file.bytes);
      return;
    }
    for (const { method, pattern, handler } of TABLE) {
      const found = method === request.method ? pattern.exec(url.pathname) : null;
      if (!found) continue;
      if (
        method !== "GET" &&
        loggedIn &&
        !OPEN.includes(url.pathname) &&
        request.headers["x-csrf-token"] !== world.me.csrf_token
      )
        throw new Refusal(403, { code: "csrf", detail: "The token of the page is missing." });
      const cookie = (login: boolean) =>
        response.setHeader(
          "set-cookie",
          `ol_login=1; Path=/; SameSite=Lax; HttpOnly${login ? "" : "; Max-Age=0"}`,
        );
      const result = await handler(
        { world, live, body, bytes, query: url.searchParams, cookie },
        ...found.slice(1),
      );
      return json(response, result === undefined ? 204 : method === "POST" ? 201 : 200, result);
    }
    throw new Refusal(404, { detail: `${request.method} ${url.pathname} is not in the mock.` });
  }

  const handle = (request: IncomingMessage, response: ServerResponse, next: () => void) => {
    const url = new URL(request.url ?? "/", "http://mock");
    if (!/^\/(api|mock)\//.test(url.pathname)) return next();
    answer(request, response, url).catch((error) => {
      const refusal =
        error instanceof Refusal ? error : new Refusal(500, { detail: String(error), id: "MOCK-BUG" });
      json(response, refusal.status, {
        title: `HTTP ${refusal.status}`,
        status: refusal.status,
        ...refusal.body,
      });
    });
  };
  const listen = (server: Server | null) =>
    server?.on("upgrade", (request, socket, head) => {
      if (request.url?.startsWith("/api/live")) live.upgrade(request, socket, head);
    });

  return {
    name: "mock-backend",
    configureServer(server) {
      server.middlewares.use(handle);
      listen(server.httpServer as Server | null);
    },
    configurePreviewServer(server) {
      server.middlewares.use(handle);
      listen(server.httpServer as Server);
      // The page as the real server sends it: strict content policy, nonce filled in.
      server.middlewares.use(async (request, response, next) => {
        const { pathname } = new URL(request.url ?? "/", "http://mock");
        if (/\.[a-z0-9]+$/.test(pathname) && pathname !== "/index.html") return next();
        const nonce = randomBytes(16).toString("base64");
        const page = await readFile(
          resolve(server.config.root, server.config.build.outDir, "index.html"),
          "utf8",
        );
        response.setHeader("content-type", "text/html; charset=utf-8");
        response.setHeader(
          "content-security-policy",
          `default-src 'self'; img-src 'self' blob: data: https:; style-src 'self' 'nonce-${nonce}'; script-src 'self'; connect-src 'self'; frame-ancestors 'none'`,
        );
        response.end(page.replaceAll("__NONCE__", nonce));
      });
    },
  };
}
