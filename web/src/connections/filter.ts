/** Which connections a search and "only problems" leave, and in which order: troubles first, then by line and name. */
import type { About, Connection, Line } from "@/api/types";
import { byName, fold } from "@/i18n/format";
import { needsAttention } from "./state";

const rank = ({ state }: Connection) =>
  state === "displaced" ? 0 : state === "failing" ? 1 : state === "draft" ? 2 : 3;

type Known = { lines: readonly Line[]; channels: readonly About[] };

export function filterConnections(
  connections: readonly Connection[],
  { lines, channels }: Known,
  search: { q?: string; problems?: boolean },
): Connection[] {
  const words = fold(search.q ?? "")
    .split(/\s+/)
    .filter(Boolean);
  const name = (id: number) => lines.find((it) => it.id === id)?.name ?? "";
  return connections
    .filter((it) => {
      if (search.problems && !needsAttention(it.state)) return false;
      const channel = channels.find(({ code }) => code === it.channel)?.title ?? it.channel;
      const text = fold(`${it.title} ${name(it.line_id)} ${channel}`);
      return words.every((word) => text.includes(word));
    })
    .sort(
      (left, right) =>
        rank(left) - rank(right) ||
        byName({ name: name(left.line_id) }, { name: name(right.line_id) }) ||
        byName({ name: left.title }, { name: right.title }),
    );
}
