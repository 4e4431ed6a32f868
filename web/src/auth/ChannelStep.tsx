import { IconPlugOff } from "@tabler/icons-react";
import { ChannelCard } from "@/connections/ChannelCard";
import { ConnectWizard } from "@/connections/ConnectWizard";
import { useChannels } from "@/connections/data";
import { useLines } from "@/lines/data";
import { m as t } from "@/paraglide/messages";
import { Bones } from "@/ui/Bones";
import { Button } from "@/ui/Button";
import { Notice } from "@/ui/Notice";
import { Empty, Failed, Loading } from "@/ui/State";
import classes from "./auth.module.css";

type Props = {
  lineId?: number;
  channel?: string;
  connectionId?: number;
  onChannel: (code: string | undefined) => void;
  onConnected: (id: number) => void;
  onLine: () => void;
  onDone: () => void;
};

/** Third step: one of the hub's channels. */
export function ChannelStep({
  lineId,
  channel,
  connectionId,
  onChannel,
  onConnected,
  onLine,
  onDone,
}: Props) {
  const { data: channels, error, refetch } = useChannels();
  const { data: lines } = useLines();
  const about = channels?.find((it) => it.code === channel);

  if (error && !channels) return <Failed error={error} onRetry={() => void refetch()} />;
  if (!channels)
    return (
      <Loading>
        <Bones rows={[72, 72]} />
      </Loading>
    );
  if (about)
    return (
      <>
        <ConnectWizard
          about={about}
          lineId={lineId}
          connectionId={connectionId}
          onConnected={onConnected}
          onClose={onDone}
          closeLabel={t.action_continue()}
          embedded
        />
        {!connectionId && (
          <div className={classes.buttons} style={{ marginTop: 24 }}>
            <Button onClick={() => onChannel(undefined)}>{t.action_back()}</Button>
            <Button kind="quiet" onClick={onDone} title={t.setup_later()}>
              {t.action_skip_step()}
            </Button>
          </div>
        )}
      </>
    );
  return (
    <>
      {lines?.length === 0 && (
        <div style={{ marginBottom: 16 }}>
          <Notice
            tone="plain"
            action={
              <Button size="compact-sm" onClick={onLine}>
                {t.setup_channel_to_line()}
              </Button>
            }
          >
            {t.setup_channel_no_line()}
          </Notice>
        </div>
      )}
      {channels.length === 0 ? (
        <Empty icon={IconPlugOff} title={t.setup_channel_none()} text={t.setup_channel_none_text()} />
      ) : (
        <div className={classes.channels}>
          {channels.map((it) => (
            <ChannelCard key={it.code} about={it} onClick={() => onChannel(it.code)} />
          ))}
        </div>
      )}
      <div className={classes.buttons} style={{ marginTop: 24 }}>
        <Button kind="quiet" size="md" onClick={onDone} title={t.setup_later()}>
          {t.action_skip_step()}
        </Button>
      </div>
    </>
  );
}
