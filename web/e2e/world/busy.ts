/** An office on a working day: lines, colleagues, dialogs in every state, messages of every kind. */
import type { Office } from "./office.ts";
import type { Person } from "./person.ts";
import type { Bot } from "./telegram.ts";
import { until } from "./wait.ts";

type Dialog = { id: number; customer: { name: string }; session: { state: string } };

export type Busy = {
  admin: Person;
  boris: Person;
  /** On duty on a line where nothing happens. */
  vera: Person;
  bot: Bot;
  /** Not connected. */
  freeBot: Bot;
  lineId: number;
  otherLineId: number;
  connectionId: number;
  /** Dialogs by the customer's first name. */
  dialogs: Record<string, number>;
};

/** Longest time to accept: nothing goes back by itself while pictures are taken. */
const ACCEPT_TIME_S = 43_200;

export async function busyDay(office: Office): Promise<Busy> {
  const { admin, lineId } = await office.found();
  const boris = await office.hire(admin, "Борис Лебедев", [lineId]);
  await admin.patch(`/api/lines/${lineId}`, {
    operator_ids: [admin.id, boris.id],
    mode: "all",
    accept_time_s: ACCEPT_TIME_S,
    capacity: 0,
  });
  const vera = await office.hire(admin, "Vera", []);
  const { line } = await admin.post<{ line: { id: number } }>("/api/lines", {
    name: "Доставка и возвраты",
    operator_ids: [vera.id],
  });
  const freeBot = await office.telegram.newBot("Доставка");
  await admin.post("/api/invitations", {
    name: "Gleb",
    email: "gleb@example.org",
    role: "operator",
    line_ids: [lineId],
  });
  const bot = await office.connect(admin, lineId);
  const { connections } = await admin.get<{ connections: { id: number }[] }>("/api/connections");
  const connectionId = connections[0]?.id ?? 0;

  const find = async (name: string): Promise<Dialog> =>
    until(`the dialog of ${name} is there`, async () => {
      const { dialogs } = await admin.get<{ dialogs: Dialog[] }>("/api/dialogs?view=all&limit=500");
      return dialogs.find((it) => it.customer.name.startsWith(name));
    });
  const answer = (who: Person, dialog: number, text: string, rest: object = {}) =>
    who.post(`/api/dialogs/${dialog}/messages`, {
      client_id: crypto.randomUUID(),
      kind: "reply",
      text,
      file_ids: [],
      reply_to: null,
      take_over: false,
      ...rest,
    });
  const dialogs: Record<string, number> = {};
  const come = async (name: string, text: string) => {
    await bot.customer(name).writes(text);
    const { id } = await find(name);
    dialogs[name] = id;
    return id;
  };

  // Mine, with messages of every kind.
  const maria = bot.customer("Мария");
  await maria.looks({ last_name: "Петрова", username: "maria_p", language: "ru", face: "avatar_1.jpg" });
  const mine = await come("Мария", "Здравствуйте! Кружка пришла разбитой 😢");
  await admin.post(`/api/dialogs/${mine}/accept`);
  await maria.does({ act: "photo", caption: "Вот так она выглядит" });
  await maria.does({ act: "album", count: 3 });
  await maria.does({ act: "voice", voice: "voice_4s.ogg" });
  await maria.does({ act: "sticker", emoji: "😄" });
  await maria.does({ act: "document", name: "Счёт № 214 от 20 ноября.pdf" });
  await maria.does({ act: "location", latitude: 59.93, longitude: 30.31 });
  await maria.does({ act: "contact", name: "Иван", phone: "+7 999 000-00-01" });
  await maria.does({
    act: "forward",
    from: "Служба доставки",
    text: "Заказ передан курьеру https://example.org/t/214",
  });
  const asked = await maria.does({ act: "text", text: "Что мне делать?" });
  await until("all of them have arrived", async () => {
    const { messages } = await admin.get<{ messages: { text: string }[] }>(
      `/api/dialogs/${mine}/messages?limit=50`,
    );
    return messages.some((it) => it.text === "Что мне делать?");
  });
  await answer(admin, mine, "Добрый день, Мария! Мы [b]пришлём новую[/b] кружку сегодня.");
  await maria.received(1);
  await maria.does({ act: "reply", message: asked, text: "Спасибо большое!" });
  await answer(admin, mine, "Проверить адрес у курьера", { kind: "note" });
  await bot.taken();
  await bot.fail({ fault: "bad_request", words: "message is too long", customer: "Мария" });
  await answer(admin, mine, "Это сообщение не дошло");
  await until("the answer has failed", async () => {
    const { messages } = await admin.get<{ messages: { delivery: { state: string } | null }[] }>(
      `/api/dialogs/${mine}/messages?limit=50`,
    );
    return messages.some((it) => it.delivery?.state === "failed");
  });
  await bot.heal();

  // A colleague's, a finished one, waiting and offered ones.
  const taken = await come("John", "Where is my order?");
  await boris.post(`/api/dialogs/${taken}/accept`);
  await answer(boris, taken, "Good morning! Let me look.");
  const done = await come("Sofia", "Thank you, everything is fine");
  await admin.post(`/api/dialogs/${done}/accept`);
  await answer(admin, done, "Glad to hear it!");
  await admin.post(`/api/dialogs/${done}/finish`);
  for (const name of ["Tom", "Ирина", "Kate", "Александр-Константин", "Liu"])
    await come(name, name === "Kate" ? "A".repeat(200) : "Добрый день, есть вопрос по заказу № 1042");
  return { admin, boris, vera, bot, freeBot, lineId, otherLineId: line.id, connectionId, dialogs };
}
