import { ActionIcon } from "@mantine/core";
import { IconArrowLeft, IconPlugOff } from "@tabler/icons-react";
import { Link, useNavigate, useParams, useSearch } from "@tanstack/react-router";
import { pick } from "@/i18n/locale";
import { m as t } from "@/paraglide/messages";
import { Bones } from "@/ui/Bones";
import { Page } from "@/ui/Page";
import { ChannelMark } from "@/ui/Person";
import { Empty, Failed, Loading } from "@/ui/State";
import { ConnectWizard } from "./ConnectWizard";
import classes from "./connections.module.css";
import { useChannels } from "./data";

/** `/connect/:channel`: the wizard on a page of its own. */
export function ConnectPage() {
  const { channel } = useParams({ from: "/inside/connect/$channel" });
  const search = useSearch({ from: "/inside/connect/$channel" });
  const navigate = useNavigate();
  const { data: channels, error, refetch } = useChannels();
  const about = channels?.find((it) => it.code === channel);
  const leave = () => void navigate({ to: "/lines" });

  return (
    <Page
      title={about ? t.connect_title({ channel: about.title }) : t.nav_lines()}
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
      {error && !channels ? (
        <Failed error={error} onRetry={() => void refetch()} />
      ) : !channels ? (
        <Loading onRetry={() => void refetch()}>
          <Bones rows={[24, 64, 40]} />
        </Loading>
      ) : !about ? (
        <Empty icon={IconPlugOff} title={t.connect_unknown()} text={t.connect_unknown_text()}>
          <Link to="/lines">{t.go_lines()}</Link>
        </Empty>
      ) : (
        <div className={classes.wizard}>
          <div className={classes.wizardHead}>
            <ChannelMark channel={about} size={40} />
            <p>{pick(about.summary)}</p>
          </div>
          <ConnectWizard
            about={about}
            lineId={search.line}
            connectionId={search.connection}
            onConnected={(connection) =>
              void navigate({
                to: "/connect/$channel",
                params: { channel },
                search: { connection },
                replace: true,
              })
            }
            onClose={leave}
          />
        </div>
      )}
    </Page>
  );
}
