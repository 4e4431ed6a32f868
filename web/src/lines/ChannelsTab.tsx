import { IconPlugConnected } from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import type { Line } from "@/api/types";
import { ChannelCard } from "@/connections/ChannelCard";
import { ConnectionGrid } from "@/connections/ConnectionGrid";
import cards from "@/connections/cards.module.css";
import { useChannels, useConnections } from "@/connections/data";
import { filterConnections } from "@/connections/filter";
import { m as t } from "@/paraglide/messages";
import { Bones } from "@/ui/Bones";
import { Empty, Failed, Loading } from "@/ui/State";

/** The accounts that bring customers to this line. */
export function ChannelsTab({ line }: { line: Line }) {
  const navigate = useNavigate();
  const channels = useChannels();
  const connections = useConnections();
  const retry = () => {
    void channels.refetch();
    void connections.refetch();
  };
  const error = (!channels.data && channels.error) || (!connections.data && connections.error);
  if (error) return <Failed error={error} onRetry={retry} />;
  if (!channels.data || !connections.data)
    return (
      <Loading onRetry={retry}>
        <Bones rows={[120, 120]} />
      </Loading>
    );
  const mine = filterConnections(
    connections.data.filter((it) => it.line_id === line.id),
    { lines: [line], channels: channels.data },
    {},
  );
  return (
    <div style={{ paddingTop: 20 }}>
      <section className={cards.section} aria-label={t.connections_title()}>
        {mine.length > 0 ? (
          <ConnectionGrid connections={mine} channels={channels.data} />
        ) : (
          <Empty icon={IconPlugConnected} title={t.connections_none()} text={t.line_channels_none()} />
        )}
      </section>
      <section className={cards.section} aria-labelledby="offers">
        <div className={cards.sectionHead}>
          <h2 id="offers">{t.channels_title()}</h2>
        </div>
        <div className={cards.grid}>
          {channels.data.map((about) => (
            <ChannelCard
              key={about.code}
              about={about}
              onClick={() =>
                void navigate({
                  to: "/connect/$channel",
                  params: { channel: about.code },
                  search: { line: line.id },
                })
              }
            />
          ))}
        </div>
      </section>
    </div>
  );
}
