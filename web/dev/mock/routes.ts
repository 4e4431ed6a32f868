/** The pretended API: method and path to what happens. Throws `Refusal` for every answer that is not a success. */
import type { Dialog, Message, Operator } from "../../src/api/types";
import type { Live } from "./live.ts";
import { connection, line, operator, type World } from "./world.ts";

export class Refusal extends Error {
  constructor(
    readonly status: number,
    readonly body: Record<string, unknown> = {},
  ) {
    super(String(body.detail ?? status));
  }
}

// biome-ignore lint/suspicious/noExplicitAny: bodies and queries of a mock are not worth types of their own
type Any = any;
export type Context = {
  world: World;
  live: Live;
  body: Any;
  query: URLSearchParams;
  cookie: (login: boolean) => void;
  bytes: Buffer;
};
type Handler = (context: Context, ...path: string[]) => unknown;

const now = () => new Date().toISOString();
const missing = () => new Refusal(404, { detail: "There is no such thing." });
const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function find<T extends { id: number }>(items: T[], id: string | number): T {
  const found = items.find((it) => it.id === Number(id));
  if (!found) throw missing();
  return found;
}
function dialogOf(world: World, id: string): Dialog {
  const found = world.dialogs.get(Number(id));
  if (!found) throw missing();
  return found;
}
function changed({ live }: Context, dialog: Dialog): { dialog: Dialog } {
  dialog.version += 1;
  live.send({ type: "dialog_changed", dialog });
  return { dialog };
}

export function addMessage(
  context: Pick<Context, "world" | "live">,
  dialog: Dialog,
  rest: Partial<Message>,
): Message {
  const { world, live } = context;
  world.nextId += 1;
  const message: Message = {
    id: world.nextId,
    version: 1,
    dialog_id: dialog.id,
    session_id: dialog.session.id,
    kind: "system",
    author: { kind: "system", name: "" },
    text: "",
    files: [],
    buttons: [],
    reactions: [],
    at: now(),
    ...rest,
  };
  const list = world.messages.get(dialog.id) ?? [];
  list.push(message);
  world.messages.set(dialog.id, list);
  live.send({ type: "message_changed", message });
  if (message.kind !== "system") {
    dialog.last_message = {
      id: message.id,
      author: message.author.kind,
      operator_id: message.author.operator_id ?? null,
      preview: message.text.slice(0, 120),
      kind: message.kind,
      files: message.files.length,
      at: message.at,
      delivery: message.delivery?.state ?? null,
    };
    dialog.last_activity_at = message.at;
  }
  if (message.kind === "incoming") {
    dialog.waiting_since ??= message.at;
    dialog.unread_count += 1;
  } else if (message.kind === "reply") {
    dialog.waiting_since = null;
    dialog.unread_count = 0;
  }
  dialog.version += 1;
  live.send({ type: "dialog_changed", dialog });
  return message;
}

/** A customer writes for the first time on a connection: what the last step of the wizard waits for. */
export function newCustomerWrites(
  context: Pick<Context, "world" | "live">,
  connectionId: number,
  text: string,
): Dialog {
  const { world } = context;
  world.nextId += 1;
  const id = world.nextId;
  const its = find(world.connections, connectionId);
  const name = "Светлана Орлова";
  world.customers.set(id, {
    id,
    version: 1,
    name,
    phone: null,
    email: null,
    language: "ru",
    picture: null,
    note: "",
    created_at: now(),
    identities: [
      {
        channel: its.channel,
        connection_id: its.id,
        external_id: String(id),
        login: "sveta",
        url: "https://t.me/sveta",
      },
    ],
    lead_id: null,
  });
  const dialog: Dialog = {
    id,
    version: 1,
    channel: its.channel,
    connection_id: its.id,
    line_id: its.line_id,
    chat: null,
    reachable: true,
    customer: { id, name, picture: null, language: "ru" },
    session: {
      id,
      number: 240 + world.dialogs.size,
      state: "offered",
      operator_id: null,
      offered_to: [1],
      offered_at: now(),
      offer_expires_at: new Date(Date.now() + 120_000).toISOString(),
      opened_at: now(),
      accepted_at: null,
      closed_at: null,
      closed_by: null,
      reopened: false,
    },
    last_message: null,
    last_activity_at: now(),
    waiting_since: null,
    unread_count: 0,
    lead_id: null,
  };
  world.dialogs.set(id, dialog);
  addMessage(context, dialog, { system: { code: "session_opened", number: dialog.session.number } });
  addMessage(context, dialog, { kind: "incoming", author: { kind: "customer", name }, text });
  its.version += 1;
  its.last_message_at = now();
  its.messages_today += 1;
  context.live.send({ type: "connection_changed", connection: { ...its } });
  return dialog;
}

const pastSessions = ({ session }: Dialog) =>
  [16, 88, 131].map((ago) => ({
    ...session,
    id: session.id * 100 + ago,
    number: session.number - ago,
    state: "closed" as const,
    operator_id: 2,
    opened_at: new Date(Date.now() - ago * 86_400_000).toISOString(),
  }));

/** Somebody else writes: a customer, or a colleague who thereby takes the dialog. */
export function colleagueOrCustomerSays(context: Pick<Context, "world" | "live">, body: Any) {
  const dialog = dialogOf(context.world, String(body.dialog_id));
  const operatorId = Number(body.operator_id ?? 0);
  if (operatorId) Object.assign(dialog.session, { state: "active", operator_id: operatorId, offered_to: [] });
  addMessage(context, dialog, {
    kind: operatorId ? "reply" : "incoming",
    author: operatorId
      ? { kind: "operator", operator_id: operatorId, name: "" }
      : { kind: "customer", name: dialog.customer.name },
    text: String(body.text ?? "…"),
    delivery: operatorId ? { state: "sent" } : null,
  });
}

const VARIABLES = new Set(["customer_name", "operator_name", "line_name", "company_name"]);
function checkTexts(field: string, texts: Record<string, string>) {
  for (const [language, text] of Object.entries(texts))
    for (const [, name] of text.matchAll(/\{([^{}]*)\}/g))
      if (!VARIABLES.has(name ?? ""))
        throw new Refusal(400, {
          field: `${field}.texts.${language}`,
          detail: `There is no variable {${name}}.`,
        });
}

function inView(dialog: Dialog, view: string) {
  const { state, operator_id, offered_to } = dialog.session;
  if (view === "mine")
    return (state === "active" && operator_id === 1) || (state === "offered" && offered_to.includes(1));
  if (view === "waiting") return state === "waiting" || state === "offered";
  if (view === "finished") return state === "closed";
  return state !== "closed";
}

let tries = 0;
const enter = (context: Context) => {
  context.cookie(true);
  return { me: context.world.me };
};

/** In order: the first that fits answers. `:id` is a number, `:code` a word. */
export const ROUTES: readonly [string, Handler][] = [
  ["GET /api/setup", ({ world }) => ({ needed: world.setupNeeded })],
  [
    "POST /api/setup",
    (context) => {
      const { world, body } = context;
      if (!world.setupNeeded) throw new Refusal(409, { code: "already_set_up" });
      if (body.code === "WRONG")
        throw new Refusal(400, { field: "code", detail: "The code does not match the one in the terminal." });
      world.setupNeeded = false;
      world.me.company = body.company;
      Object.assign(world.me.operator, { name: body.admin.name, email: body.admin.email });
      world.me.checklist = { line: false, channel: false, invited: false, dismissed: false };
      return enter(context);
    },
  ],
  [
    "POST /api/login",
    (context) => {
      const { email, password } = context.body;
      if (password === "wrong") {
        tries += 1;
        if (tries >= 3) {
          tries = 0;
          throw new Refusal(429, { code: "too_many_tries", retry_after_s: 30 });
        }
        throw new Refusal(401, { code: "wrong_credentials" });
      }
      if (!email || !password) throw new Refusal(400, { field: "email", detail: "Needed." });
      return enter(context);
    },
  ],
  [
    "POST /api/login/link",
    (context) => {
      if (context.body.token === "gone")
        throw new Refusal(404, { code: "link_gone", detail: "The link was used or is too old." });
      return enter(context);
    },
  ],
  ["POST /api/logout", ({ cookie }) => cookie(false)],
  ["GET /api/me", ({ world }) => ({ me: world.me })],
  [
    "PATCH /api/me",
    ({ world, body, live }) => {
      if (body.password?.current === "wrong")
        throw new Refusal(400, { field: "password.current", detail: "This is not your current password." });
      if (body.name) {
        world.me.operator.name = body.name;
        world.me.operator.version += 1;
        live.send({ type: "operator_changed", operator: world.me.operator });
      }
      Object.assign(world.me.settings, body.settings);
      return { me: world.me };
    },
  ],
  [
    "POST /api/me/presence",
    ({ world, body, live }) => {
      const me = world.me.operator;
      if (body.status === "off" && me.open_count > 0 && !body.open_dialogs)
        throw new Refusal(409, { code: "open_dialogs" });
      if (body.open_dialogs === "return") me.open_count = 0;
      me.status = body.status;
      me.status_since = now();
      me.version += 1;
      live.send({ type: "operator_changed", operator: me });
      return { operator: me };
    },
  ],
  [
    "POST /api/me/checklist",
    ({ world }) => {
      world.me.checklist.dismissed = true;
      return { me: world.me };
    },
  ],
  ["GET /api/company", ({ world }) => ({ company: world.me.company })],
  ["PATCH /api/company", ({ world, body }) => ({ company: Object.assign(world.me.company, body) })],

  ["GET /api/operators", ({ world }) => ({ operators: world.operators })],
  [
    "PATCH /api/operators/:id",
    ({ world, body, live }, id = "") => {
      const its: Operator = find(world.operators, id);
      const demoted = body.role === "operator" || body.active === false;
      const admins = world.operators.filter((it) => it.role === "admin" && it.active);
      if (demoted && admins.length === 1 && admins[0] === its)
        throw new Refusal(409, { code: "last_admin", detail: "This is the last administrator." });
      Object.assign(its, body);
      its.version += 1;
      live.send({ type: "operator_changed", operator: its });
      return { operator: its };
    },
  ],
  ["GET /api/invitations", ({ world }) => ({ invitations: world.invitations })],
  [
    "POST /api/invitations",
    ({ world, body }) => {
      world.nextId += 1;
      const invitation = {
        id: world.nextId,
        email: null,
        name: null,
        ...body,
        created_at: now(),
        expires_at: new Date(Date.now() + 7 * 86_400_000).toISOString(),
        accepted_at: null,
      };
      world.invitations.push(invitation);
      world.me.checklist.invited = true;
      return { invitation, url: `http://127.0.0.1:4173/join#token=Zk3vQ8mT1xW7pYc2Ls5hRb9N` };
    },
  ],
  [
    "DELETE /api/invitations/:id",
    ({ world }, id) => {
      world.invitations = world.invitations.filter((it) => it.id !== Number(id));
    },
  ],
  [
    "POST /api/invitations/look",
    ({ world, body }) => {
      if (body.token === "gone" || !body.token) throw new Refusal(404, { code: "invitation_gone" });
      return {
        company_name: world.me.company.name,
        email: "sveta@romashka.example",
        name: "Светлана Орлова",
        role: "operator",
      };
    },
  ],
  ["POST /api/invitations/accept", enter],

  ["GET /api/lines", ({ world }) => ({ lines: world.lines })],
  ["GET /api/lines/:id", ({ world }, id = "") => ({ line: find(world.lines, id) })],
  [
    "POST /api/lines",
    ({ world, body, live }) => {
      if (world.lines.some((it) => it.name === body.name))
        throw new Refusal(400, { field: "name", detail: "There is a line of this name already." });
      const its = line(Math.max(0, ...world.lines.map((it) => it.id)) + 1, body.name, body);
      world.lines.push(its);
      world.me.checklist.line = true;
      live.send({ type: "line_changed", line: its });
      return { line: its };
    },
  ],
  [
    "PATCH /api/lines/:id",
    ({ world, body, live }, id = "") => {
      const its = find(world.lines, id);
      if (body.greeting) checkTexts("greeting", body.greeting.texts);
      if (body.closing) checkTexts("closing", body.closing.texts);
      Object.assign(its, body);
      its.version += 1;
      live.send({ type: "line_changed", line: { ...its } });
      return { line: { ...its } };
    },
  ],
  [
    "DELETE /api/lines/:id",
    ({ world }, id = "") => {
      const its = find(world.lines, id);
      if (world.connections.some((it) => it.line_id === its.id))
        throw new Refusal(409, { code: "line_in_use" });
      world.lines = world.lines.filter((it) => it !== its);
    },
  ],

  ["GET /api/channels", ({ world }) => ({ channels: world.channels })],
  ["GET /api/connections", ({ world }) => ({ connections: world.connections })],
  [
    "POST /api/connections/check",
    async ({ body }) => {
      await wait(900);
      const token = String(body.settings.token ?? "");
      if (token.startsWith("1111"))
        return {
          stages: [
            {
              name: "messenger",
              ok: false,
              text: "The messenger does not know this token. Copy it again from @BotFather.",
            },
            { name: "inbound", ok: null, text: "" },
            { name: "portal", ok: null, text: "" },
          ],
          account: null,
          used_by: null,
        };
      return {
        stages: [
          { name: "messenger", ok: true, text: "The token works: @romashka_new_bot." },
          { name: "inbound", ok: true, text: "The address can be set." },
          { name: "portal", ok: true, text: "The workspace answers in 4 ms." },
        ],
        account: { title: "@romashka_new_bot", url: "https://t.me/romashka_new_bot", picture: null },
        used_by: token.startsWith("2222") ? "shop.example" : null,
      };
    },
  ],
  [
    "POST /api/connections",
    async (context) => {
      const { world, body, live } = context;
      await wait(400);
      if (String(body.settings.token).startsWith("2222") && !body.take_over)
        throw new Refusal(409, { code: "in_use", detail: "shop.example" });
      world.nextId += 1;
      const its = connection(world.nextId, body.line_id, "@romashka_new_bot", {
        messages_today: 0,
        last_message_at: null,
      });
      world.connections.push(its);
      world.me.checklist.channel = true;
      live.send({ type: "connection_changed", connection: its });
      setTimeout(() => newCustomerWrites(context, its.id, "Привет! Это проверка"), 6000);
      return { connection: its };
    },
  ],
  [
    "POST /api/connections/:id/check",
    async ({ world }, id = "") => {
      const its = find(world.connections, id);
      await wait(700);
      const ok = its.state === "active";
      return {
        stages: [
          { name: "messenger", ok, text: ok ? "The messenger answers." : (its.reason ?? "") },
          { name: "inbound", ok: ok || null, text: ok ? "Messages arrive by webhook." : "" },
          { name: "portal", ok: ok || null, text: ok ? "The workspace answers in 4 ms." : "" },
        ],
      };
    },
  ],
  [
    "POST /api/connections/:id/reconnect",
    async ({ world, live, body }, id = "") => {
      const its = find(world.connections, id);
      await wait(500);
      if (its.state === "displaced" && !body.take_over)
        throw new Refusal(409, { code: "in_use", detail: "shop.example" });
      Object.assign(its, { state: "active", reason: null, changed_at: now(), version: its.version + 1 });
      live.send({ type: "connection_changed", connection: { ...its } });
      return { connection: { ...its } };
    },
  ],
  [
    "PATCH /api/connections/:id",
    ({ world, live, body }, id = "") => {
      const its = find(world.connections, id);
      if (body.line_id) its.line_id = body.line_id;
      if (body.paused !== undefined) its.state = body.paused ? "paused" : "active";
      its.version += 1;
      live.send({ type: "connection_changed", connection: { ...its } });
      return { connection: { ...its } };
    },
  ],
  [
    "DELETE /api/connections/:id",
    ({ world }, id) => {
      world.connections = world.connections.filter((it) => it.id !== Number(id));
    },
  ],

  [
    "GET /api/dialogs",
    ({ world, query, live }) => {
      const view = query.get("view") ?? "mine";
      const all = [...world.dialogs.values()];
      const limit = Number(query.get("limit") ?? 100);
      const from = Number(query.get("cursor") ?? 0);
      const found = all
        .filter(
          (it) =>
            inView(it, view) &&
            (!query.get("line") || it.line_id === Number(query.get("line"))) &&
            (!query.get("channel") || it.channel === query.get("channel")) &&
            (!query.get("operator") || it.session.operator_id === Number(query.get("operator"))) &&
            (query.get("unanswered") !== "true" || it.waiting_since),
        )
        .sort((left, right) =>
          query.get("sort") === "waiting"
            ? (left.waiting_since ?? "9").localeCompare(right.waiting_since ?? "9")
            : right.last_activity_at.localeCompare(left.last_activity_at),
        );
      const count = (name: string) => all.filter((it) => inView(it, name)).length;
      return {
        dialogs: found.slice(from, from + limit),
        meta: {
          next: from + limit < found.length ? String(from + limit) : null,
          counts: {
            mine: count("mine"),
            waiting: count("waiting"),
            all: count("all"),
            finished: count("finished"),
            offered: all.filter((it) => it.session.offered_to.includes(1)).length,
          },
          seq: live.seq,
        },
      };
    },
  ],
  [
    "GET /api/dialogs/:id",
    ({ world, live }, id = "") => {
      const dialog = dialogOf(world, id);
      return {
        dialog,
        customer: world.customers.get(dialog.customer.id),
        sessions: [{ ...dialog.session }, ...(dialog.id % 3 === 0 ? pastSessions(dialog) : [])].map((it) => ({
          ...it,
          line_id: dialog.line_id,
        })),
        lead: dialog.lead_id ? world.leads.get(dialog.lead_id) : null,
        drafts: world.drafts.get(dialog.id) ?? { reply: "", note: "" },
        meta: { seq: live.seq },
      };
    },
  ],
  [
    "GET /api/dialogs/:id/messages",
    ({ world, query, live }, id = "") => {
      const all = world.messages.get(dialogOf(world, id).id) ?? [];
      const limit = Number(query.get("limit") ?? 50);
      const index = (name: string) => all.findIndex((it) => it.id === Number(query.get(name)));
      let start = Math.max(0, all.length - limit);
      let end = all.length;
      if (query.get("before")) {
        end = index("before");
        start = Math.max(0, end - limit);
      } else if (query.get("after")) {
        start = index("after") + 1;
        end = start + limit;
      } else if (query.get("around")) {
        start = Math.max(0, index("around") - Math.floor(limit / 2));
        end = start + limit;
      }
      return {
        messages: all.slice(start, end),
        meta: { more_before: start > 0, more_after: end < all.length, seq: live.seq },
      };
    },
  ],
  [
    "POST /api/dialogs/:id/messages",
    (context, id = "") => {
      const { world, body, live } = context;
      const dialog = dialogOf(world, id);
      const known = world.messages.get(dialog.id)?.find((it) => it.client_id === body.client_id);
      if (known) return { message: known };
      const { session } = dialog;
      if (body.kind === "reply") {
        if (session.state === "closed") throw new Refusal(409, { code: "session_closed" });
        if (!dialog.reachable) throw new Refusal(409, { code: "unreachable" });
        if (session.operator_id !== 1) {
          if (!body.take_over) throw new Refusal(409, { code: "not_yours" });
          Object.assign(session, { state: "active", operator_id: 1, offered_to: [], accepted_at: now() });
          addMessage(context, dialog, { system: { code: "taken_over", operator_id: 1 } });
        }
      }
      const fails = /fail|ошибка/i.test(body.text);
      const message = addMessage(context, dialog, {
        kind: body.kind,
        author: { kind: "operator", operator_id: 1, name: world.me.operator.name },
        text: body.text,
        files: (body.file_ids ?? []).map((fileId: number) => {
          const file = world.files.get(fileId);
          return {
            id: fileId,
            name: file?.name,
            mime: file?.mime,
            size: file?.bytes.length,
            kind: file?.mime.startsWith("image/") ? "image" : "file",
            url: `/api/files/${fileId}/${file?.name}`,
            state: "ready",
          };
        }),
        client_id: body.client_id,
        reply_to: body.reply_to
          ? { message_id: body.reply_to, author: dialog.customer.name, preview: "…" }
          : null,
        delivery: body.kind === "reply" ? { state: "queued" } : null,
      });
      const deliver = (state: "sent" | "delivered" | "failed") => {
        message.version += 1;
        message.delivery = {
          state,
          reason: fails ? "blocked" : null,
          text: fails ? "The customer has blocked the bot." : null,
        };
        live.send({ type: "message_changed", message: { ...message } });
      };
      if (body.kind === "reply") {
        setTimeout(() => deliver(fails ? "failed" : "sent"), 500);
        if (!fails) setTimeout(() => deliver("delivered"), 1500);
      }
      return { message };
    },
  ],
  [
    "PATCH /api/messages/:id",
    ({ world, body, live }, id) => {
      const message = [...world.messages.values()].flat().find((it) => it.id === Number(id));
      if (!message) throw missing();
      Object.assign(message, { text: body.text, edited_at: now(), version: message.version + 1 });
      live.send({ type: "message_changed", message });
      return { message };
    },
  ],
  [
    "DELETE /api/messages/:id",
    ({ world, live }, id) => {
      const message = [...world.messages.values()].flat().find((it) => it.id === Number(id));
      if (!message) throw missing();
      Object.assign(message, { text: "", deleted_at: now(), version: message.version + 1 });
      live.send({ type: "message_changed", message });
      return { message };
    },
  ],
  [
    "POST /api/messages/:id/resend",
    ({ world, live }, id) => {
      const message = [...world.messages.values()].flat().find((it) => it.id === Number(id));
      if (!message) throw missing();
      Object.assign(message, { delivery: { state: "sent" }, version: message.version + 1 });
      live.send({ type: "message_changed", message });
      return { message };
    },
  ],
  [
    "POST /api/dialogs/:id/accept",
    (context, id = "") => {
      const dialog = dialogOf(context.world, id);
      if (dialog.session.operator_id && dialog.session.operator_id !== 1)
        throw new Refusal(409, {
          code: "taken",
          detail: "Игорь Смирнов",
          holder_id: dialog.session.operator_id,
        });
      Object.assign(dialog.session, {
        state: "active",
        operator_id: 1,
        offered_to: [],
        offer_expires_at: null,
        accepted_at: now(),
      });
      addMessage(context, dialog, { system: { code: "accepted", operator_id: 1 } });
      return changed(context, dialog);
    },
  ],
  [
    "POST /api/dialogs/:id/:code",
    (context, id = "", action = "") => {
      const { world, body, live } = context;
      const dialog = dialogOf(world, id);
      const { session } = dialog;
      const say = (code: string, rest = {}) =>
        addMessage(context, dialog, { system: { code, operator_id: 1, ...rest } });
      switch (action) {
        case "skip":
        case "return":
          Object.assign(session, {
            state: "waiting",
            operator_id: null,
            offered_to: [],
            offer_expires_at: null,
          });
          say(action === "skip" ? "skipped" : "returned");
          return changed(context, dialog);
        case "take_over":
          Object.assign(session, { state: "active", operator_id: 1, offered_to: [] });
          say("taken_over");
          return changed(context, dialog);
        case "reopen":
          Object.assign(session, {
            state: "active",
            operator_id: 1,
            closed_at: null,
            closed_by: null,
            reopened: true,
          });
          say("reopened");
          return changed(context, dialog);
        case "finish":
          Object.assign(session, { state: "closed", closed_at: now(), closed_by: 1, operator_id: 1 });
          Object.assign(dialog, { unread_count: 0, waiting_since: null });
          say("finished");
          return changed(context, dialog);
        case "transfer":
          if (body.operator_id) session.operator_id = body.operator_id;
          if (body.line_id) {
            dialog.line_id = body.line_id;
            Object.assign(session, { state: "waiting", operator_id: null });
          }
          say("transferred", {
            from: 1,
            to_operator: body.operator_id ?? null,
            to_line: body.line_id ?? null,
          });
          return changed(context, dialog);
        case "read":
          dialog.unread_count = 0;
          changed(context, dialog);
          return undefined;
        case "unread":
          dialog.unread_count = Math.max(1, dialog.unread_count);
          changed(context, dialog);
          return undefined;
        case "typing":
          live.hint({ type: "typing", dialog_id: dialog.id, who: 1 });
          return undefined;
        default:
          throw missing();
      }
    },
  ],
  [
    "PUT /api/dialogs/:id/draft",
    ({ world, body }, id = "") => {
      const drafts = world.drafts.get(Number(id)) ?? { reply: "", note: "" };
      drafts[body.mode as "reply" | "note"] = body.text;
      world.drafts.set(Number(id), drafts);
    },
  ],
  [
    "GET /api/search",
    ({ world, query }) => {
      const fold = (text: string) => text.toLowerCase().replaceAll("ё", "е");
      const wanted = fold(query.get("q") ?? "");
      const dialogs = [...world.dialogs.values()].filter(
        (it) => fold(it.customer.name).includes(wanted) || wanted === `#${it.session.number}`,
      );
      const messages = [...world.messages.values()]
        .flat()
        .filter((it) => it.text && fold(it.text).includes(wanted));
      return {
        dialogs: dialogs.slice(0, 50),
        messages: messages.slice(0, 50).map((it) => ({
          dialog_id: it.dialog_id,
          message_id: it.id,
          snippet: it.text.slice(0, 160),
          at: it.at,
          author: it.author.name,
        })),
      };
    },
  ],
  [
    "POST /api/files",
    ({ world, bytes }) => {
      const text = bytes.toString("latin1");
      const name = Buffer.from(/filename="([^"]*)"/.exec(text)?.[1] ?? "file", "latin1").toString("utf8");
      const mime = /Content-Type: ([^\r\n]+)/i.exec(text)?.[1] ?? "application/octet-stream";
      const start = text.indexOf("\r\n\r\n") + 4;
      const content = bytes.subarray(start, text.lastIndexOf("\r\n--"));
      world.nextId += 1;
      const id = world.nextId;
      world.files.set(id, { name, mime, bytes: content });
      return {
        file: {
          id,
          name,
          mime,
          size: content.length,
          kind: mime.startsWith("image/") ? "image" : "file",
          url: `/api/files/${id}/${encodeURIComponent(name)}`,
        },
      };
    },
  ],
  [
    "GET /api/customers/:id",
    ({ world }, id) => {
      const customer = world.customers.get(Number(id));
      if (!customer) throw missing();
      return { customer, lead: world.leads.get(customer.lead_id ?? 0) ?? null, sessions: [] };
    },
  ],
  [
    "PATCH /api/customers/:id",
    ({ world, body, live }, id) => {
      const customer = world.customers.get(Number(id));
      if (!customer) throw missing();
      Object.assign(customer, body, { version: customer.version + 1 });
      live.send({ type: "customer_changed", customer });
      return { customer };
    },
  ],
  [
    "PATCH /api/leads/:id",
    ({ world, body, live }, id) => {
      const lead = world.leads.get(Number(id));
      if (!lead) throw missing();
      Object.assign(lead, body, { version: lead.version + 1 });
      live.send({ type: "lead_changed", lead });
      return { lead };
    },
  ],
];

export { operator };
