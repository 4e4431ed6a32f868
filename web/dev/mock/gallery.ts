/** One dialog with messages of every kind, so that each look can be seen and tested. */
import type { File, Message } from "../../src/api/types";
import type { World } from "./world.ts";

export const GALLERY_ID = 3;

const svg = (width: number, height: number, hue: number, word: string) =>
  Buffer.from(
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" viewBox="0 0 ${width} ${height}">
      <defs><linearGradient id="g" x2="1" y2="1"><stop stop-color="hsl(${hue} 55% 72%)"/><stop offset="1" stop-color="hsl(${hue + 40} 45% 42%)"/></linearGradient></defs>
      <rect width="100%" height="100%" fill="url(#g)"/><circle cx="${width * 0.72}" cy="${height * 0.3}" r="${Math.min(width, height) * 0.14}" fill="#fff" opacity=".7"/>
      <path d="M0 ${height} L${width * 0.35} ${height * 0.45} L${width * 0.6} ${height * 0.75} L${width * 0.78} ${height * 0.55} L${width} ${height} Z" fill="#000" opacity=".22"/>
      <text x="24" y="${height - 24}" font-family="sans-serif" font-size="28" fill="#fff">${word}</text></svg>`,
  );

/** A tone of so many seconds as WAV. */
function tone(seconds: number): Buffer {
  const rate = 8000;
  const bytes = Buffer.alloc(44 + seconds * rate * 2);
  bytes.write("RIFF", 0);
  bytes.writeUInt32LE(36 + seconds * rate * 2, 4);
  bytes.write("WAVEfmt ", 8);
  bytes.writeUInt32LE(16, 16);
  bytes.writeUInt16LE(1, 20);
  bytes.writeUInt16LE(1, 22);
  bytes.writeUInt32LE(rate, 24);
  bytes.writeUInt32LE(rate * 2, 28);
  bytes.writeUInt16LE(2, 32);
  bytes.writeUInt16LE(16, 34);
  bytes.write("data", 36);
  bytes.writeUInt32LE(seconds * rate * 2, 40);
  for (let at = 0; at < seconds * rate; at += 1)
    bytes.writeInt16LE(Math.round(Math.sin((at / rate) * 2 * Math.PI * 440) * 6000), 44 + at * 2);
  return bytes;
}

export function addGallery(world: World) {
  const dialog = world.dialogs.get(GALLERY_ID);
  if (!dialog) return;
  const name = "Екатерина Ёлкина";
  dialog.customer.name = name;
  const customer = world.customers.get(dialog.customer.id);
  if (customer) {
    Object.assign(customer, { name, phone: "+7 912 345-67-89", email: "ekaterina@mail.example" });
    customer.note = "Постоянный клиент. Любит, когда отвечают коротко.";
  }
  let fileId = 500;
  const file = (bytes: Buffer, it: Partial<File> & Pick<File, "name" | "mime" | "kind">): File => {
    fileId += 1;
    world.files.set(fileId, { name: it.name, mime: it.mime, bytes });
    const url = `/api/files/${fileId}/${encodeURIComponent(it.name)}`;
    return { id: fileId, size: bytes.length, url, state: "ready", ...it };
  };
  const picture = (name: string, width: number, height: number, hue: number) =>
    file(svg(width, height, hue, name), { name, mime: "image/svg+xml", kind: "image", width, height });
  const pdf = (name: string, rest: Partial<File> = {}) => ({
    ...file(Buffer.from("%PDF-1.4"), { name, mime: "application/pdf", kind: "file" }),
    size: 348_160,
    ...rest,
  });

  const messages: Message[] = [];
  const start = Date.now() - 26 * 3_600_000;
  let minutes = 0;
  const add = (rest: Partial<Message>, after = 1) => {
    minutes += after;
    messages.push({
      id: GALLERY_ID * 1000 + messages.length,
      version: 1,
      dialog_id: GALLERY_ID,
      session_id: GALLERY_ID,
      kind: "incoming",
      author: { kind: "customer", name },
      text: "",
      files: [],
      buttons: [],
      reactions: [],
      at: new Date(start + minutes * 60_000).toISOString(),
      ...rest,
    });
  };
  const reply = (rest: Partial<Message>, after = 1, operatorId = 1) =>
    add(
      {
        kind: "reply",
        author: { kind: "operator", operator_id: operatorId, name: "" },
        delivery: { state: "delivered" },
        ...rest,
      },
      after,
    );
  const system = (system: Message["system"], after = 1) =>
    add({ kind: "system", author: { kind: "system", name: "" }, system }, after);

  system({ code: "session_opened", number: 187 });
  system({ code: "opened_by_link", payload: "promo-autumn" });
  add({ text: "Здравствуйте! Хочу заказать диван [b]«Осень»[/b], есть ли он в сером цвете?" });
  system({ code: "offered", operator_ids: [2] });
  system({ code: "accepted", operator_id: 2 });
  reply(
    { text: "Добрый день, Екатерина! Да, есть. Вот каталог: https://romashka.example/sofa?color=grey" },
    1,
    2,
  );
  add({ text: "Спасибо, смотрю 👀", reactions: ["👍", "👍", "❤️"] }, 2);
  reply({ text: "Если что, звоните: +7 495 123-45-67 или пишите на help@romashka.example." }, 1, 2);
  system({ code: "finished", operator_id: 2 }, 30);
  system({ code: "session_opened", number: 203 }, 60 * 22);
  add({
    text: "Это снова я. Вот так он смотрится у меня дома:",
    files: [picture("комната.svg", 1280, 960, 210)],
  });
  add({
    files: [1, 2, 3, 4, 5, 6].map((it) => picture(`фото ${it}.svg`, 900, it % 2 ? 900 : 1200, it * 55)),
  });
  system({ code: "accepted", operator_id: 1 });
  reply({
    text: "Очень хорошо! Прикрепляю договор.",
    files: [
      pdf("Договор купли-продажи №48213 от 20 ноября.pdf"),
      pdf("Смета.pdf", { url: null, state: "loading" }),
    ],
    reply_to: {
      message_id: messages.at(-3)?.id ?? null,
      author: name,
      preview: "Это снова я. Вот так он смотрится у меня дома:",
    },
  });
  add({ files: [file(tone(7), { name: "voice.wav", mime: "audio/wav", kind: "voice", duration_s: 7 })] });
  add({
    text: "И вот песня под настроение",
    files: [file(tone(12), { name: "Осенний вальс.wav", mime: "audio/wav", kind: "audio", duration_s: 12 })],
  });
  add({
    text: "Доставить можно сюда",
    location: { latitude: 55.75393, longitude: 37.62094, title: "Москва, Красная площадь, 1" },
  });
  add({ contact: { name: "Пётр, муж", phone: "+7 903 111-22-33", own: false } });
  add({
    kind: "note",
    author: { kind: "operator", operator_id: 3, name: "Елена Ким" },
    text: "Этой клиентке в прошлый раз привезли [b]не тот цвет[/b]. Проверьте накладную.",
  });
  reply({
    author: { kind: "bot", name: "Бот доставки" },
    text: "Выберите удобное время:",
    buttons: [
      [{ text: "Завтра утром" }, { text: "Завтра вечером" }],
      [{ text: "Выбрать на сайте", url: "https://romashka.example/delivery" }],
    ],
  });
  add({ text: "Завтра вечером", forwarded: { from: "Пётр", date: null } });
  add({
    text: "[quote]Доставка с 18 до 22[/quote]\nА можно [i]после[/i] [u]20:00[/u]? Код домофона: [code]48К2130[/code], пароль [spoiler]подсолнух[/spoiler].",
    edited_at: new Date().toISOString(),
  });
  add({ text: "Ой, не туда отправила", deleted_at: new Date().toISOString() });
  add({
    files: [
      {
        ...file(svg(320, 320, 20, "Ура!"), { name: "s.svg", mime: "image/svg+xml", kind: "sticker" }),
        width: 320,
        height: 320,
      },
    ],
  });
  reply({
    text: "Записала: завтра после 20:00. [url=https://romashka.example/orders/48213]Ваш заказ[/url]",
    delivery: { state: "read" },
  });
  reply({
    text: "Отправляю ссылку на оплату.",
    delivery: { state: "failed", reason: "blocked", text: "Клиент заблокировал бота." },
  });
  reply({ text: "Проверьте, пожалуйста, дошло ли сообщение выше?", delivery: { state: "uncertain" } });
  add({ text: "🎉" }, 3);
  add(
    {
      text: "Да, всё дошло. И ещё вопрос: если диван не пройдёт в дверь, можно ли его вернуть в день доставки? У нас узкий коридор, 78 сантиметров, а в описании глубина 95. Прошлый раз пришлось снимать дверь с петель, очень бы не хотелось повторять.",
      files: [pdf("план квартиры.pdf", { state: "too_big", url: null, size: 94_371_840 })],
    },
    4,
  );
  const last = messages.at(-1) as Message;
  world.messages.set(GALLERY_ID, messages);
  Object.assign(dialog, {
    last_activity_at: last.at,
    waiting_since: last.at,
    unread_count: 2,
    last_message: {
      id: last.id,
      author: "customer",
      operator_id: null,
      preview: last.text.slice(0, 120),
      kind: "incoming",
      files: 1,
      at: last.at,
      delivery: null,
    },
  });
}
