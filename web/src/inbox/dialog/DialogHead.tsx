/** Whose dialog it is, where it came from, and what may be done with it now. */
import { ActionIcon, Menu, Tooltip } from "@mantine/core";
import {
  IconArrowBackUp,
  IconArrowLeft,
  IconCheck,
  IconDots,
  IconExternalLink,
  IconLayoutSidebarRight,
  IconMailOpened,
} from "@tabler/icons-react";
import type { Dialog } from "@/api/types";
import { list } from "@/i18n/format";
import { m as t } from "@/paraglide/messages";
import { Button } from "@/ui/Button";
import { ChannelMark, Face } from "@/ui/Person";
import { accept, canDo, reopen, returnToQueue, setUnread, skip, takeOver, useIsAccepting } from "../actions";
import { useDirectory } from "../directory";
import { stateName } from "../list/DialogRow";
import { useViewers } from "../store/hints";
import classes from "./dialog.module.css";
import { TransferButton } from "./TransferMenu";

type HeadProps = {
  dialog: Dialog;
  /** On narrow screens only. */
  onBack?: () => void;
  cardShown: boolean;
  onCard: () => void;
  onFinish: () => void;
};

function Viewers({ dialogId }: { dialogId: number }) {
  const { me, operators, nameOf } = useDirectory();
  const others = useViewers(dialogId).filter((it) => it !== me.operator.id);
  if (others.length === 0) return null;
  const label = t.viewers({ names: list(others.map(nameOf)) });
  return (
    <Tooltip label={label}>
      <span className={classes.viewers} role="img" aria-label={label}>
        {others.slice(0, 3).map((it) => (
          <Face key={it} name={nameOf(it)} picture={operators.get(it)?.avatar} size={24} />
        ))}
      </span>
    </Tooltip>
  );
}

function Actions({ dialog, onFinish }: Pick<HeadProps, "dialog" | "onFinish">) {
  const { me } = useDirectory();
  const asking = useIsAccepting(dialog.id);
  const can = canDo(dialog, me.operator.id);
  if (can.accept)
    return (
      <>
        <Button size="xs" onClick={() => void skip(dialog.id)} title="S">
          {t.skip()}
        </Button>
        <Button kind="primary" size="xs" loading={asking} onClick={() => void accept(dialog.id)} title="A">
          {t.accept()}
        </Button>
      </>
    );
  if (can.finish)
    return (
      <>
        <TransferButton dialog={dialog} />
        <Button
          size="xs"
          className={classes.action}
          leftSection={<IconCheck size={16} stroke={2} aria-hidden />}
          onClick={onFinish}
          title={`${t.finish()} (E)`}
        >
          <span className={classes.actionLabel}>{t.finish()}</span>
        </Button>
      </>
    );
  if (can.takeOver)
    return (
      <Button size="xs" onClick={() => void takeOver(dialog.id)}>
        {t.take_over()}
      </Button>
    );
  if (can.reopen)
    return (
      <Button
        size="xs"
        leftSection={<IconArrowBackUp size={15} aria-hidden />}
        onClick={() => void reopen(dialog.id)}
      >
        {t.reopen()}
      </Button>
    );
  return null;
}

function More({ dialog }: { dialog: Dialog }) {
  const { me } = useDirectory();
  const can = canDo(dialog, me.operator.id);
  const url = dialog.chat?.url;
  return (
    <Menu position="bottom-end" width={240}>
      <Menu.Target>
        <ActionIcon size={32} aria-label={t.action_more()}>
          <IconDots size={18} />
        </ActionIcon>
      </Menu.Target>
      <Menu.Dropdown>
        {can.giveBack && (
          <Menu.Item
            leftSection={<IconArrowBackUp size={16} />}
            onClick={() => void returnToQueue(dialog.id)}
          >
            {t.give_back()}
          </Menu.Item>
        )}
        <Menu.Item
          leftSection={<IconMailOpened size={16} />}
          onClick={() => void setUnread(dialog.id)}
          rightSection={<kbd className={classes.kbd}>U</kbd>}
        >
          {t.mark_unread()}
        </Menu.Item>
        {url && (
          <Menu.Item
            leftSection={<IconExternalLink size={16} />}
            component="a"
            href={url}
            target="_blank"
            rel="noopener noreferrer"
          >
            {t.open_in_channel()}
          </Menu.Item>
        )}
      </Menu.Dropdown>
    </Menu>
  );
}

export function DialogHead({ dialog, onBack, cardShown, onCard, onFinish }: HeadProps) {
  const { me, channels, connections, lineName, nameOf } = useDirectory();
  const { session, customer } = dialog;
  const channel = channels.get(dialog.channel);
  const holder = session.operator_id;
  const facts = [
    channel && `${channel.title} ${connections.get(dialog.connection_id)?.title ?? ""}`.trim(),
    dialog.chat?.name,
    lineName(dialog.line_id),
    t.session_number({ number: session.number }),
  ].filter(Boolean);
  const status =
    session.state === "active" && holder != null && holder !== me.operator.id
      ? `${stateName(dialog)}: ${nameOf(holder)}`
      : stateName(dialog);
  return (
    <header className={classes.head}>
      {onBack && (
        <ActionIcon size={40} onClick={onBack} aria-label={t.back_to_list()}>
          <IconArrowLeft size={20} />
        </ActionIcon>
      )}
      <button
        type="button"
        className={classes.who}
        onClick={onCard}
        aria-label={t.card_of({ name: customer.name })}
      >
        <span className={classes.face}>
          <Face name={customer.name} picture={customer.picture} size={36} />
          <span className={classes.channel}>
            <ChannelMark channel={channel} size={16} />
          </span>
        </span>
        <span className={classes.whoText}>
          <span className={classes.title}>
            <h2 className={classes.name}>{customer.name}</h2>
            <span className={classes.status} data-state={session.state}>
              {status}
            </span>
          </span>
          <span className={classes.facts}>{facts.join(" · ")}</span>
        </span>
      </button>
      <Viewers dialogId={dialog.id} />
      <div className={classes.actions}>
        <Actions dialog={dialog} onFinish={onFinish} />
        <More dialog={dialog} />
        <Tooltip label={cardShown ? t.card_hide() : t.card_show()}>
          <ActionIcon
            size={32}
            onClick={onCard}
            aria-label={cardShown ? t.card_hide() : t.card_show()}
            aria-expanded={cardShown}
            variant={cardShown ? "light" : "subtle"}
            className={classes.cardToggle}
          >
            <IconLayoutSidebarRight size={18} stroke={1.7} />
          </ActionIcon>
        </Tooltip>
      </div>
    </header>
  );
}
