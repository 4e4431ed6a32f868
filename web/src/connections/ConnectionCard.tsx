import { ActionIcon, Menu } from "@mantine/core";
import {
  IconArrowsExchange,
  IconDots,
  IconExternalLink,
  IconPlayerPause,
  IconPlayerPlay,
  IconRefresh,
  IconStethoscope,
  IconTrash,
} from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { useState } from "react";
import type { About, Connection, Line } from "@/api/types";
import { moment, number, shortMoment } from "@/i18n/format";
import { m as t } from "@/paraglide/messages";
import { Pill } from "@/ui/Bits";
import { Button } from "@/ui/Button";
import { confirm } from "@/ui/confirm";
import { ChannelMark, Face } from "@/ui/Person";
import { toast } from "@/ui/toast";
import { CheckDialog } from "./CheckDialog";
import classes from "./cards.module.css";
import { patchConnection, removeConnection } from "./data";
import { MoveDialog } from "./MoveDialog";
import { ReconnectDialog } from "./ReconnectDialog";
import { needsAttention, stateName, stateTone } from "./state";

type Props = { connection: Connection; about: About | undefined; line: Line | undefined };
type Layer = "check" | "move" | "reconnect" | null;

/** One connected account: what it is, whether it works, and everything that can be done with it. */
export function ConnectionCard({ connection, about, line }: Props) {
  const [layer, setLayer] = useState<Layer>(null);
  const { id, state, title } = connection;
  const close = () => setLayer(null);

  const pause = (paused: boolean) => {
    patchConnection(id, { paused }).then(
      () =>
        paused
          ? toast.undo(t.connection_paused_toast({ account: title }), () => pause(false))
          : toast.info(t.connection_resumed_toast({ account: title })),
      toast.error,
    );
  };
  const remove = async () => {
    const sure = await confirm({
      title: t.connection_remove_title({ account: title }),
      text: t.connection_remove_text(),
      yes: t.action_remove(),
      danger: true,
    });
    if (sure) removeConnection(id).catch(toast.error);
  };

  return (
    <article className={classes.card} data-state={state} aria-label={title}>
      <div className={classes.cardHead}>
        <span className={classes.cardFace}>
          <Face name={title} picture={connection.picture} size={40} />
          <ChannelMark channel={about} size={18} />
        </span>
        <div className={classes.cardName}>
          <strong title={title}>{title}</strong>
          {line && (
            <Link
              to="/lines/$id/$tab"
              params={{ id: String(line.id), tab: "queue" }}
              className={classes.line}
            >
              {line.name}
            </Link>
          )}
        </div>
        <Menu position="bottom-end" width={240}>
          <Menu.Target>
            <ActionIcon aria-label={t.connection_menu({ account: title })}>
              <IconDots size={18} />
            </ActionIcon>
          </Menu.Target>
          <Menu.Dropdown>
            {connection.url && (
              <Menu.Item
                component="a"
                href={connection.url}
                target="_blank"
                rel="noreferrer"
                leftSection={<IconExternalLink size={16} aria-hidden />}
              >
                {t.connect_open_account()}
              </Menu.Item>
            )}
            <Menu.Item
              leftSection={<IconStethoscope size={16} aria-hidden />}
              onClick={() => setLayer("check")}
            >
              {t.connect_check()}
            </Menu.Item>
            <Menu.Item
              leftSection={<IconArrowsExchange size={16} aria-hidden />}
              onClick={() => setLayer("move")}
            >
              {t.connection_move()}
            </Menu.Item>
            {state === "active" && (
              <Menu.Item leftSection={<IconPlayerPause size={16} aria-hidden />} onClick={() => pause(true)}>
                {t.connection_pause()}
              </Menu.Item>
            )}
            {state === "paused" && (
              <Menu.Item leftSection={<IconPlayerPlay size={16} aria-hidden />} onClick={() => pause(false)}>
                {t.connection_resume()}
              </Menu.Item>
            )}
            {state !== "draft" && (
              <Menu.Item
                leftSection={<IconRefresh size={16} aria-hidden />}
                onClick={() => setLayer("reconnect")}
              >
                {t.connection_reconnect()}
              </Menu.Item>
            )}
            <Menu.Divider />
            <Menu.Item
              c="var(--ol-danger)"
              leftSection={<IconTrash size={16} aria-hidden />}
              onClick={() => void remove()}
            >
              {t.action_remove()}
            </Menu.Item>
          </Menu.Dropdown>
        </Menu>
      </div>

      <div className={classes.facts}>
        <Pill tone={stateTone(state)}>{stateName(state)}</Pill>
        <span>
          {t.connection_today({ count: connection.messages_today, shown: number(connection.messages_today) })}
        </span>
        <span>
          {connection.last_message_at
            ? t.connection_last({ time: shortMoment(connection.last_message_at) })
            : t.connection_never()}
        </span>
      </div>

      {needsAttention(state) && (
        <div className={classes.trouble}>
          {connection.reason ||
            (state === "displaced" ? t.connection_displaced_text() : t.connection_failing_text())}
          <small>{t.connection_since({ time: moment(connection.changed_at) })}</small>
        </div>
      )}

      {(needsAttention(state) || state === "paused") && (
        <div className={classes.cardButtons}>
          {state === "paused" ? (
            <Button onClick={() => pause(false)} leftSection={<IconPlayerPlay size={16} aria-hidden />}>
              {t.connection_resume()}
            </Button>
          ) : (
            <>
              <Button kind="primary" onClick={() => setLayer("reconnect")}>
                {state === "displaced" ? t.connection_reconnect_here() : t.connection_reconnect()}
              </Button>
              <Button onClick={() => void remove()}>{t.action_remove()}</Button>
            </>
          )}
        </div>
      )}

      <CheckDialog connection={connection} opened={layer === "check"} onClose={close} />
      <MoveDialog connection={connection} opened={layer === "move"} onClose={close} />
      {about && (
        <ReconnectDialog
          connection={connection}
          about={about}
          opened={layer === "reconnect"}
          onClose={close}
        />
      )}
    </article>
  );
}
