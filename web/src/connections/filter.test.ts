import { expect, it } from "vitest";
import type { About, Connection, Line } from "@/api/types";
import { filterConnections } from "./filter";

const lines = [
  { id: 1, name: "Поддержка" },
  { id: 2, name: "Ёлки" },
] as Line[];
const channels = [{ code: "telegram", title: "Telegram" }] as About[];
const account = (title: string, line_id: number, state: Connection["state"] = "active") =>
  ({ id: title.length, title, line_id, state, channel: "telegram" }) as Connection;
const all = [
  account("shop_bot", 1),
  account("trees", 2, "failing"),
  account("vip_bot_1", 1, "displaced"),
  account("aa", 1),
];
const titles = (search: { q?: string; problems?: boolean }) =>
  filterConnections(all, { lines, channels }, search).map((it) => it.title);

it.each([
  ["troubles first, then by line and name", {}, ["vip_bot_1", "trees", "aa", "shop_bot"]],
  ["only problems", { problems: true }, ["vip_bot_1", "trees"]],
  ["by account", { q: "SHOP" }, ["shop_bot"]],
  ["by line, e for ё", { q: "елки" }, ["trees"]],
  ["by channel and account together", { q: "telegram vip" }, ["vip_bot_1"]],
  ["nothing fits", { q: "nobody" }, []],
  ["problems that fit the words", { q: "bot", problems: true }, ["vip_bot_1"]],
] as const)("shows %s", (_, search, expected) => expect(titles(search)).toEqual(expected));
