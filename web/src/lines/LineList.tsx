import { IconChevronRight, IconRouteOff } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import type { About, Connection, Line } from "@/api/types";
import classes from "@/connections/cards.module.css";
import { byName } from "@/i18n/format";
import { m as t } from "@/paraglide/messages";
import { ChannelMark } from "@/ui/Person";
import { Empty } from "@/ui/State";

type Props = { lines: readonly Line[]; connections: readonly Connection[]; channels: readonly About[] };

/** All lines with who is there and who waits. */
export function LineList({ lines, connections, channels }: Props) {
  if (lines.length === 0)
    return <Empty icon={IconRouteOff} title={t.lines_none()} text={t.lines_none_text()} />;
  return (
    <div className={classes.lines}>
      {[...lines].sort(byName).map((line) => {
        const its = connections.filter((it) => it.line_id === line.id);
        return (
          <Link
            key={line.id}
            to="/lines/$id/$tab"
            params={{ id: String(line.id), tab: "queue" }}
            className={classes.lineRow}
          >
            <span className={classes.lineName} title={line.name}>
              {line.name}
            </span>
            <span className={classes.lineFacts}>
              <span className={classes.marks}>
                {its.length === 0 ? (
                  <span className={classes.lineFact}>{t.lines_no_channels()}</span>
                ) : (
                  its.map((it) => (
                    <ChannelMark
                      key={it.id}
                      channel={channels.find(({ code }) => code === it.channel)}
                      size={18}
                    />
                  ))
                )}
              </span>
              <span className={classes.lineFact} data-tone={line.on_line === 0 ? "warning" : undefined}>
                {t.lines_on_line({ here: line.on_line, total: line.operator_ids.length })}
              </span>
              <span className={classes.lineFact}>
                {line.waiting > 0 ? t.lines_waiting({ count: line.waiting }) : t.lines_nobody_waits()}
              </span>
            </span>
            <IconChevronRight size={18} stroke={1.6} aria-hidden />
          </Link>
        );
      })}
    </div>
  );
}
