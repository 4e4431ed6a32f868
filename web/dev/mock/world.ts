/** What the pretended company looks like: plausible people, lines, channels, dialogs. The same every time. */
import type {
  About,
  Connection,
  Customer,
  Dialog,
  Invitation,
  Lead,
  Line,
  Me,
  Message,
  Operator,
} from "../../src/api/types";
import { addGallery } from "./gallery.ts";

export type World = {
  setupNeeded: boolean;
  me: Me;
  operators: Operator[];
  invitations: Invitation[];
  lines: Line[];
  channels: About[];
  connections: Connection[];
  dialogs: Map<number, Dialog>;
  customers: Map<number, Customer>;
  messages: Map<number, Message[]>;
  leads: Map<number, Lead>;
  drafts: Map<number, { reply: string; note: string }>;
  files: Map<number, { name: string; mime: string; bytes: Buffer }>;
  nextId: number;
};

export type Scenario = "full" | "empty" | "setup" | "operator" | "calm";

const MIN = 60_000;
const at = (agoMs: number) => new Date(Date.now() - agoMs).toISOString();

/** A generator that always gives the same numbers: screenshots must not differ by chance. */
export function dice(seed: number) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}
const roll = dice(7);
const any = <T>(items: readonly T[]): T => items[Math.floor(roll() * items.length)] as T;

const PLANE =
  '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 24 24"><rect width="24" height="24" fill="#1d7fc1"/><path fill="#fff" d="M5 11.8 18.6 6.5c.7-.3 1.3.2 1.1 1l-2.3 10.7c-.2.7-.8.9-1.4.6l-3.5-2.6-1.7 1.6c-.3.3-.7.2-.8-.3l-.5-3.4 6.3-5.6-7.8 4.9-3-.9c-.7-.2-.7-.6 0-.7z"/></svg>';

const can = {
  edit: true,
  delete: true,
  typing: true,
  read: false,
  reply: true,
  buttons: true,
  files: true,
  formatting: true,
  write_first: false,
  delivered: true,
  seen: false,
};
const limits = {
  text_max: 4096,
  files_max: 10,
  image_max_bytes: 10_485_760,
  file_max_bytes: 52_428_800,
  delete_within_s: 172_800,
  connection_rate: { calls: 30, per_ms: 1000, burst: 30 },
  chat_rate: { calls: 1, per_ms: 1000, burst: 3 },
};

const CHANNELS: About[] = [
  {
    code: "telegram",
    title: "Telegram",
    mark: "TG",
    color: "#1d7fc1",
    icon: PLANE,
    summary: {
      en: "Customers write to your bot; operators answer from one place.",
      ru: "Клиенты пишут вашему боту, операторы отвечают из одного окна.",
    },
    steps: [
      {
        en: "Open @BotFather in Telegram and send /newbot.",
        ru: "Откройте @BotFather в Telegram и отправьте /newbot.",
      },
      {
        en: "Choose a name and an address that ends in “bot”.",
        ru: "Придумайте имя и адрес, который заканчивается на «bot».",
      },
      {
        en: "Copy the token from the answer and paste it here.",
        ru: "Скопируйте токен из ответа и вставьте его сюда.",
      },
    ],
    fields: [
      {
        name: "token",
        kind: "secret",
        label: { en: "Bot token", ru: "Токен бота" },
        help: {
          en: "Looks like 123456789:AAF… Keep it to yourself: it opens the bot.",
          ru: "Выглядит как 123456789:AAF… Никому не показывайте: он открывает бота.",
        },
        pattern: "^[0-9]{5,20}:[A-Za-z0-9_\\-]{30,64}$",
        required: true,
      },
    ],
    can,
    limits,
  },
];

export function operator(id: number, name: string, rest: Partial<Operator> = {}): Operator {
  return {
    id,
    version: 1,
    name,
    email: `${name.split(" ")[0]?.toLowerCase()}@romashka.example`,
    role: "operator",
    active: true,
    status: "available",
    status_since: at(38 * MIN),
    online: true,
    limit: 0,
    line_ids: [1],
    open_count: 0,
    avatar: null,
    ...rest,
  };
}

export function line(id: number, name: string, rest: Partial<Line> = {}): Line {
  return {
    id,
    version: 1,
    name,
    mode: "evenly",
    accept_time_s: 120,
    capacity: 5,
    check_presence: true,
    target_wait_s: 300,
    operator_ids: [1],
    greeting: {
      enabled: true,
      when: "each",
      texts: {
        en: "Hello, {customer_name}! {operator_name} will answer in a moment.",
        ru: "Здравствуйте, {customer_name}! Сейчас вам ответит {operator_name}.",
      },
    },
    closing: {
      enabled: false,
      texts: {
        en: "Thank you for writing to {company_name}!",
        ru: "Спасибо, что написали в {company_name}!",
      },
    },
    language: "ru",
    on_line: 1,
    waiting: 0,
    ...rest,
  };
}

export function connection(
  id: number,
  lineId: number,
  title: string,
  rest: Partial<Connection> = {},
): Connection {
  return {
    id,
    version: 1,
    channel: "telegram",
    line_id: lineId,
    title,
    url: `https://t.me/${title.replace("@", "")}`,
    picture: null,
    state: "active",
    reason: null,
    changed_at: at(3 * 24 * 60 * MIN),
    inbound: "webhook",
    last_message_at: at(2 * MIN),
    messages_today: 128,
    ...rest,
  };
}

const FIRST = [
  "Анна",
  "Иван",
  "Мария",
  "Олег",
  "Екатерина",
  "Pavel",
  "John",
  "Софья",
  "Дмитрий",
  "Алиса",
  "Тимур",
];
const LAST = [
  "Петрова",
  "Кузнецов",
  "Smith",
  "Орлова",
  "Васильев",
  "Ёлкина",
  "Ким",
  "Соколов",
  "Brown",
  "Щербакова",
];
const LINES = [
  "Здравствуйте! Когда приедет мой заказ?",
  "Добрый день, подскажите, есть ли доставка в Казань?",
  "Спасибо большое!",
  "А можно поменять размер? Заказ №48213, я перепутала с прошлым разом",
  "Не приходит код подтверждения",
  "Hi! Do you ship to Germany?",
  "Оплатил, но статус не изменился",
  "👍",
  "Курьер так и не позвонил, а приложение пишет, что доставлено. Что мне теперь делать?",
  "Сколько стоит установка?",
];
const ANSWERS = [
  "Здравствуйте! Сейчас проверю.",
  "Добрый день! Заказ передан в доставку, курьер позвонит за час.",
  "Да, конечно, оформила замену. Новый заказ придёт завтра с 10 до 14.",
  "Пожалуйста! Хорошего дня 🙂",
];

type Spec = { id: number; state: Dialog["session"]["state"]; operatorId: number | null; agoMs: number };

function addDialog(world: World, { id, state, operatorId, agoMs }: Spec) {
  const name =
    id === 17 ? "Константин Александрович Рождественский-Задунайский" : `${any(FIRST)} ${any(LAST)}`;
  const lineId = (id % 3) + 1;
  const count = id % 9 === 0 ? 60 : 3 + (id % 6);
  const messages: Message[] = [];
  const closed = state === "closed";
  const waits = state !== "closed" && id % 3 !== 1;
  const base = (
    index: number,
  ): Pick<Message, "id" | "version" | "dialog_id" | "session_id" | "at" | "files"> & {
    buttons: Message["buttons"];
    reactions: string[];
  } => ({
    id: id * 1000 + index,
    version: 1,
    dialog_id: id,
    session_id: id,
    at: at(agoMs + (count - index) * 1.7 * MIN),
    files: [],
    buttons: [],
    reactions: [],
  });
  messages.push({
    ...base(0),
    kind: "system",
    author: { kind: "system", name: "" },
    text: "",
    system: { code: "session_opened", number: 200 + id },
  });
  for (let index = 1; index < count; index++) {
    const last = index === count - 1;
    const fromCustomer = last ? waits || operatorId === null : index % 2 === 1;
    messages.push(
      fromCustomer
        ? { ...base(index), kind: "incoming", author: { kind: "customer", name }, text: any(LINES) }
        : {
            ...base(index),
            kind: "reply",
            author: { kind: "operator", operator_id: operatorId ?? 1, name: "" },
            text: any(ANSWERS),
            delivery: { state: index % 4 === 0 ? "sent" : "delivered" },
          },
    );
  }
  const last = messages.at(-1) as Message;
  const connectionId = (id % 2) + 1;
  world.messages.set(id, messages);
  world.customers.set(id, {
    id,
    version: 1,
    name,
    phone:
      id % 2
        ? `+7 900 ${String(1000000 + id).slice(0, 3)}-${String(10 + (id % 90))}-${String(10 + ((id * 7) % 90))}`
        : null,
    email: id % 4 ? null : `client${id}@mail.example`,
    language: "ru",
    picture: null,
    note: "",
    created_at: at(60 * 24 * MIN * (1 + (id % 40))),
    identities: [
      {
        channel: "telegram",
        connection_id: connectionId,
        external_id: String(900000 + id),
        login: `user_${id}`,
        url: `https://t.me/user_${id}`,
      },
    ],
    lead_id: id % 3 ? id : null,
  });
  if (id % 3)
    world.leads.set(id, {
      id,
      version: 1,
      title: `Telegram: ${name}`,
      stage: (["new", "in_work", "won", "lost"] as const)[id % 4] ?? "new",
      source: "telegram",
      responsible_id: operatorId,
      created_at: at(agoMs + 90 * MIN),
    });
  const expires = state === "offered" ? new Date(Date.now() + 90_000).toISOString() : null;
  world.dialogs.set(id, {
    id,
    version: 1,
    channel: "telegram",
    connection_id: connectionId,
    line_id: lineId,
    chat: null,
    reachable: id % 13 !== 0,
    customer: { id, name, picture: null, language: "ru" },
    session: {
      id,
      number: 200 + id,
      state,
      operator_id: operatorId,
      offered_to: state === "offered" ? [1] : [],
      offered_at: state === "offered" ? at(30_000) : null,
      offer_expires_at: expires,
      opened_at: messages[0]?.at ?? at(agoMs),
      accepted_at: operatorId ? at(agoMs + 5 * MIN) : null,
      closed_at: closed ? at(agoMs - MIN) : null,
      closed_by: closed ? operatorId : null,
      reopened: false,
    },
    last_message: {
      id: last.id,
      author: last.author.kind,
      operator_id: last.author.operator_id ?? null,
      preview: last.text.slice(0, 120),
      kind: last.kind,
      files: 0,
      at: last.at,
      delivery: last.delivery?.state ?? null,
    },
    last_activity_at: last.at,
    waiting_since: !closed && last.kind === "incoming" ? last.at : null,
    unread_count: !closed && last.kind === "incoming" ? 1 + (id % 4) : 0,
    lead_id: id % 3 ? id : null,
  });
}

export function makeWorld(scenario: Scenario, dialogCount = 40): World {
  const admin = scenario !== "operator";
  const empty = scenario === "empty" || scenario === "setup";
  const operators = [
    operator(1, "Анна Петрова", {
      role: admin ? "admin" : "operator",
      email: "anna@romashka.example",
      line_ids: empty ? [] : [1, 2, 3],
    }),
    ...(empty
      ? []
      : [
          operator(2, "Игорь Смирнов", {
            email: "igor@romashka.example",
            status: "busy",
            open_count: 4,
            line_ids: [1, 2],
          }),
          operator(3, "Елена Ким", {
            email: "elena@romashka.example",
            status: "break",
            open_count: 1,
            line_ids: [1, 3],
            limit: 8,
          }),
          operator(4, "Максим Щербаков", {
            email: "max@romashka.example",
            role: "admin",
            line_ids: [2],
            open_count: 2,
          }),
          operator(5, "Ольга Николаевна Преображенская", {
            email: "olga.preobrazhenskaya@romashka.example",
            status: "off",
            online: false,
            line_ids: [1],
          }),
          operator(6, "Денис Фролов", {
            email: "denis@romashka.example",
            active: false,
            status: "off",
            online: false,
            line_ids: [],
          }),
        ]),
  ];
  const me: Me = {
    operator: operators[0] as Operator,
    csrf_token: "mock-token",
    company: { name: scenario === "setup" ? "" : "Ромашка", time_zone: "Europe/Moscow", language: "ru" },
    settings: { language: null, theme: "system", enter_sends: true, shortcuts: true, sound: true },
    checklist: { line: !empty, channel: !empty, invited: false, dismissed: false },
    server_version: "0.1.0",
    demo: false,
  };
  const world: World = {
    setupNeeded: scenario === "setup",
    me,
    operators,
    invitations: empty
      ? []
      : [
          {
            id: 1,
            email: "sveta@romashka.example",
            name: "Светлана Орлова",
            role: "operator",
            line_ids: [1],
            created_at: at(26 * 60 * MIN),
            expires_at: at(-5 * 24 * 60 * MIN),
            accepted_at: null,
          },
        ],
    lines: empty
      ? []
      : [
          line(1, "Поддержка", { operator_ids: [1, 2, 3, 5], on_line: 2, waiting: 7 }),
          line(2, "Продажи", {
            operator_ids: [4, 2, 1],
            mode: "all",
            accept_time_s: 60,
            on_line: 1,
            waiting: 0,
          }),
          line(3, "Международный отдел и корпоративные клиенты", {
            operator_ids: [3, 1],
            mode: "strictly",
            on_line: 0,
            waiting: 3,
          }),
        ],
    channels: CHANNELS,
    connections: empty
      ? []
      : [
          connection(1, 1, "@romashka_help_bot"),
          connection(2, 2, "@romashka_sales_bot", {
            messages_today: 42,
            inbound: "polling",
            last_message_at: at(17 * MIN),
          }),
          ...(scenario === "calm"
            ? []
            : [
                connection(3, 3, "@romashka_world_bot", {
                  state: "displaced",
                  reason: "Бот подключён в другом месте: shop.example.",
                  changed_at: at(52 * MIN),
                  messages_today: 9,
                  last_message_at: at(54 * MIN),
                }),
                connection(4, 1, "@romashka_vip_bot", {
                  state: "failing",
                  reason: "Telegram не принимает токен: его отозвали. Вставьте новый.",
                  changed_at: at(8 * MIN),
                  messages_today: 0,
                  last_message_at: null,
                }),
                connection(5, 2, "@romashka_old_bot", {
                  state: "paused",
                  messages_today: 0,
                  last_message_at: at(9 * 24 * 60 * MIN),
                }),
              ]),
        ],
    dialogs: new Map(),
    customers: new Map(),
    messages: new Map(),
    leads: new Map(),
    drafts: new Map(),
    files: new Map(),
    nextId: 2_000_000_000,
  };
  if (!empty)
    for (let id = 1; id <= dialogCount; id++) {
      const kind = id % 10;
      const agoMs = id * (dialogCount > 1000 ? 0.05 : 2.3) * MIN;
      if (id <= 2) addDialog(world, { id, state: "offered", operatorId: null, agoMs });
      else if (kind <= 4) addDialog(world, { id, state: "active", operatorId: 1, agoMs });
      else if (kind <= 6) addDialog(world, { id, state: "waiting", operatorId: null, agoMs });
      else if (kind === 7) addDialog(world, { id, state: "active", operatorId: 2, agoMs });
      else addDialog(world, { id, state: "closed", operatorId: any([1, 2, 3]), agoMs });
    }
  if (!empty) addGallery(world);
  me.operator.open_count = [...world.dialogs.values()].filter(
    (it) => it.session.state === "active" && it.session.operator_id === 1,
  ).length;
  return world;
}
