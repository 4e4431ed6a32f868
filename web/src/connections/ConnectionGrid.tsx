import type { About, Connection, Line } from "@/api/types";
import { ConnectionCard } from "./ConnectionCard";
import classes from "./cards.module.css";
import { needsAttention } from "./state";

type Props = {
  connections: readonly Connection[];
  channels: readonly About[];
  /** Absent where the line is plain from the page. */
  lines?: readonly Line[];
};

/** Cards of connections. Troubles stand apart: their cards are taller and would tear holes between the others. */
export function ConnectionGrid({ connections, channels, lines = [] }: Props) {
  return [true, false].map((trouble) => (
    <div key={String(trouble)} className={classes.grid}>
      {connections
        .filter((it) => needsAttention(it.state) === trouble)
        .map((it) => (
          <ConnectionCard
            key={it.id}
            connection={it}
            about={channels.find(({ code }) => code === it.channel)}
            line={lines.find(({ id }) => id === it.line_id)}
          />
        ))}
    </div>
  ));
}
