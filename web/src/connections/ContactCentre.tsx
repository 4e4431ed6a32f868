/** `/lines`: lines, connected accounts with their state, and the channels that may still be connected. */
import { Switch, TextInput } from "@mantine/core";
import { IconPlus, IconSearch, IconSearchOff } from "@tabler/icons-react";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { useRef, useState } from "react";
import { useLines } from "@/lines/data";
import { LineList } from "@/lines/LineList";
import { NewLineDialog } from "@/lines/NewLineDialog";
import { m as t } from "@/paraglide/messages";
import { Bones } from "@/ui/Bones";
import { Button } from "@/ui/Button";
import { Page } from "@/ui/Page";
import { Empty, Failed, Loading } from "@/ui/State";
import { ChannelCard } from "./ChannelCard";
import { Checklist } from "./Checklist";
import { ConnectionGrid } from "./ConnectionGrid";
import classes from "./cards.module.css";
import { useChannels, useConnections } from "./data";
import { filterConnections } from "./filter";
import { needsAttention } from "./state";

export function ContactCentre() {
  const search = useSearch({ from: "/inside/lines" });
  const navigate = useNavigate();
  const [creating, setCreating] = useState(false);
  const offers = useRef<HTMLElement>(null);
  const lines = useLines();
  const channels = useChannels();
  const connections = useConnections();
  const all = [lines, channels, connections];
  const error = all.find((it) => it.error && !it.data)?.error;
  const retry = () => {
    for (const it of all) void it.refetch();
  };
  const set = (change: { q?: string; problems?: boolean }) =>
    void navigate({ to: "/lines", search: { ...search, ...change }, replace: true });

  const ready = lines.data && channels.data && connections.data;
  const shown = ready
    ? filterConnections(connections.data, { lines: lines.data, channels: channels.data }, search)
    : [];
  const troubled = connections.data?.filter((it) => needsAttention(it.state)).length ?? 0;
  const narrowed = Boolean(search.q || search.problems);
  const connect = (channel: string) => void navigate({ to: "/connect/$channel", params: { channel } });
  const toOffers = () => {
    const only = channels.data?.length === 1 ? channels.data[0] : undefined;
    if (only) connect(only.code);
    else offers.current?.scrollIntoView({ behavior: "smooth" });
  };

  return (
    <Page
      title={t.nav_lines()}
      actions={
        <>
          {(troubled > 0 || search.problems) && (
            <Switch
              label={t.lines_only_problems({ count: troubled })}
              checked={search.problems ?? false}
              onChange={(event) => set({ problems: event.currentTarget.checked || undefined })}
            />
          )}
          <TextInput
            type="search"
            aria-label={t.lines_search()}
            placeholder={t.lines_search()}
            leftSection={<IconSearch size={16} stroke={1.6} />}
            defaultValue={search.q ?? ""}
            onChange={(event) => set({ q: event.currentTarget.value || undefined })}
            className={classes.search}
          />
        </>
      }
    >
      {error ? (
        <Failed error={error} onRetry={retry} />
      ) : !ready ? (
        <Loading onRetry={retry}>
          <Bones rows={[24, 156, 24]} gap={16} />
          <div className={classes.grid} style={{ marginTop: 16 }}>
            <Bones rows={[130]} />
            <Bones rows={[130]} />
            <Bones rows={[130]} />
          </div>
        </Loading>
      ) : (
        <>
          <Checklist onNewLine={() => setCreating(true)} onConnect={toOffers} />

          {!narrowed && (
            <section className={classes.section} aria-labelledby="lines">
              <div className={classes.sectionHead}>
                <h2 id="lines">{t.lines_title()}</h2>
                <span>{lines.data.length > 0 && lines.data.length}</span>
                <Button leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setCreating(true)}>
                  {t.lines_new()}
                </Button>
              </div>
              <LineList lines={lines.data} connections={connections.data} channels={channels.data} />
            </section>
          )}

          {(connections.data.length > 0 || narrowed) && (
            <section className={classes.section} aria-labelledby="accounts">
              <div className={classes.sectionHead}>
                <h2 id="accounts">{t.connections_title()}</h2>
                <span>{shown.length > 0 && shown.length}</span>
              </div>
              {shown.length > 0 ? (
                <ConnectionGrid connections={shown} channels={channels.data} lines={lines.data} />
              ) : (
                <Empty
                  icon={IconSearchOff}
                  title={search.problems && !search.q ? t.connections_no_problems() : t.connections_nothing()}
                >
                  <Button onClick={() => set({ q: undefined, problems: undefined })}>
                    {t.connections_all()}
                  </Button>
                </Empty>
              )}
            </section>
          )}

          {!narrowed && (
            <section className={classes.section} aria-labelledby="offers" ref={offers}>
              <div className={classes.sectionHead}>
                <h2 id="offers">{t.channels_title()}</h2>
                {connections.data.length === 0 && <span>{t.connections_none_text()}</span>}
              </div>
              <div className={classes.grid}>
                {channels.data.map((about) => {
                  const mine = connections.data.filter((it) => it.channel === about.code);
                  return (
                    <ChannelCard
                      key={about.code}
                      about={about}
                      note={mine.length > 0 && <span>{t.channels_connected({ count: mine.length })}</span>}
                      onClick={() => connect(about.code)}
                    />
                  );
                })}
              </div>
            </section>
          )}
        </>
      )}
      <NewLineDialog opened={creating} onClose={() => setCreating(false)} />
    </Page>
  );
}
