import { ActionIcon } from "@mantine/core";
import { IconArrowLeft } from "@tabler/icons-react";
import { Link, useParams } from "@tanstack/react-router";
import { Problem } from "@/api/problem";
import { LINE_TABS } from "@/app/router";
import { m as t } from "@/paraglide/messages";
import { Bones } from "@/ui/Bones";
import { Page } from "@/ui/Page";
import { Failed, Loading } from "@/ui/State";
import { ChannelsTab } from "./ChannelsTab";
import { useLines } from "./data";
import classes from "./lines.module.css";
import { QueueTab } from "./QueueTab";
import { TextsTab } from "./TextsTab";

const tabName = (tab: (typeof LINE_TABS)[number]) =>
  ({ queue: t.line_tab_queue, texts: t.line_tab_texts, channels: t.line_tab_channels })[tab]();

/** `/lines/:id/:tab`: the settings of one line. */
export function LinePage() {
  const { id, tab } = useParams({ from: "/inside/lines/$id/$tab" });
  const { data: lines, error, refetch } = useLines();
  const line = lines?.find((it) => it.id === Number(id));

  return (
    <Page
      narrow
      title={line?.name ?? t.nav_lines()}
      before={
        <ActionIcon
          size={32}
          aria-label={t.action_back()}
          renderRoot={(props) => <Link to="/lines" {...props} />}
        >
          <IconArrowLeft size={20} stroke={1.6} />
        </ActionIcon>
      }
    >
      {error && !lines ? (
        <Failed error={error} onRetry={() => void refetch()} />
      ) : !lines ? (
        <Loading onRetry={() => void refetch()}>
          <Bones rows={[40, 60, 120, 180]} />
        </Loading>
      ) : !line ? (
        <Failed error={new Problem(404)} />
      ) : (
        <>
          <nav className={classes.tabs} aria-label={t.line_tabs({ name: line.name })}>
            {LINE_TABS.map((it) => (
              <Link
                key={it}
                to="/lines/$id/$tab"
                params={{ id, tab: it }}
                className={classes.tab}
                activeProps={{ "data-active": true }}
              >
                {tabName(it)}
              </Link>
            ))}
          </nav>
          <div>
            {tab === "texts" ? (
              <TextsTab key={line.id} line={line} />
            ) : tab === "channels" ? (
              <ChannelsTab line={line} />
            ) : (
              <QueueTab key={line.id} line={line} />
            )}
          </div>
        </>
      )}
    </Page>
  );
}
