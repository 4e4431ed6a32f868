/** One dialog in the list: 72 px, three lines, drawn anew only when this dialog changes. */
import { IconCheck, IconChecks, IconNote, IconPencil } from "@tabler/icons-react";
import { memo } from "react";
import type { Dialog } from "@/api/types";
import { number, shortMoment } from "@/i18n/format";
import { m as t } from "@/paraglide/messages";
import { ChannelMark, Face } from "@/ui/Person";
import { secondsSince, useTimed, waited } from "../clock";
import { type Directory, useDirectory } from "../directory";
import { useDialog } from "../store/dialogs";
import { useDraftPreview } from "../store/drafts";
import { useIsTyping } from "../store/hints";
import { waitTone } from "../store/views";
import classes from "./list.module.css";

export const ROW_HEIGHT = 72;
const UNREAD_SHOWN_MAX = 99;

export const stateName = (dialog: Dialog) =>
  ({
    waiting: t.state_waiting,
    offered: t.state_offered,
    active: t.state_active,
    closed: t.state_closed,
  })[dialog.session.state]();

/** How long the customer waits, in the colour of the line's target. */
export function WaitClock({ since, targetS }: { since: string; targetS: number }) {
  // One text carries both, so that the row is drawn anew only when what it shows changes.
  const shown = useTimed((now) => {
    const seconds = secondsSince(since, now);
    return `${waitTone(seconds, targetS)}|${waited(seconds)}`;
  });
  const [tone, text] = shown.split("|");
  return (
    <span className={classes.wait} data-tone={tone} title={t.wait_title()}>
      <span className="ol-hidden">{t.wait_title()} </span>
      {text}
    </span>
  );
}

function LastDelivery({ dialog }: { dialog: Dialog }) {
  const delivery = dialog.last_message?.delivery;
  if (dialog.last_message?.kind !== "reply" || !delivery) return null;
  if (delivery === "failed")
    return (
      <span className={classes.failed} title={t.delivery_failed()}>
        !
      </span>
    );
  const Icon = delivery === "delivered" || delivery === "read" ? IconChecks : IconCheck;
  if (delivery === "queued" || delivery === "uncertain") return null;
  return (
    <Icon
      size={14}
      stroke={2}
      className={classes.tick}
      data-read={delivery === "read" || undefined}
      aria-hidden
    />
  );
}

function Preview({ dialog, directory }: { dialog: Dialog; directory: Directory }) {
  const typing = useIsTyping(dialog.id);
  const draft = useDraftPreview(dialog.id);
  const last = dialog.last_message;
  if (typing) return <span className={classes.typing}>{t.typing_now()}</span>;
  if (draft && dialog.session.state !== "closed")
    return (
      <span className={classes.preview}>
        <IconPencil size={13} stroke={2} className={classes.draftIcon} aria-hidden />
        <b className={classes.draft}>{t.draft_label()}</b> {draft}
      </span>
    );
  if (!last) return <span className={classes.preview}>{t.preview_none()}</span>;
  const text = last.preview || (last.files > 0 ? t.preview_files({ count: last.files }) : "…");
  const mine = last.author === "operator" && last.operator_id === directory.me.operator.id;
  return (
    <span className={classes.preview}>
      {last.kind === "note" && <IconNote size={13} stroke={2} className={classes.noteIcon} aria-hidden />}
      {last.author !== "customer" && last.author !== "system" && (
        <span className={classes.by}>
          {mine ? t.you() : last.author === "bot" ? t.bot() : directory.nameOf(last.operator_id)}
          {": "}
        </span>
      )}
      {text}
    </span>
  );
}

/** Under the preview: line, state, and whose it is when it is not mine. */
export function RowFacts({ dialog, directory }: { dialog: Dialog; directory: Directory }) {
  const { session } = dialog;
  const holder = session.state === "active" || session.state === "closed" ? session.operator_id : null;
  const foreign = holder != null && holder !== directory.me.operator.id;
  return (
    <span className={classes.facts}>
      <span className={classes.line}>{directory.lineName(dialog.line_id)}</span>
      <span aria-hidden>·</span>
      <span className={classes.fixed} data-state={session.state}>
        {stateName(dialog)}
      </span>
      {foreign && (
        <>
          <span aria-hidden>·</span>
          <span className={classes.holder}>{directory.nameOf(holder)}</span>
        </>
      )}
    </span>
  );
}

type RowProps = {
  id: number;
  selected: boolean;
  /** Place in the whole list, from 1, and how long the whole list is: only a few rows are in the page. */
  place: number;
  count: number;
  onOpen: (id: number) => void;
};

export const DialogRow = memo(function DialogRow({ id, selected, place, count, onOpen }: RowProps) {
  const dialog = useDialog(id);
  const directory = useDirectory();
  if (!dialog) return <div className={classes.row} />;
  const { customer, unread_count: unread } = dialog;
  const channel = directory.channels.get(dialog.channel);
  const targetS = directory.lines.get(dialog.line_id)?.target_wait_s ?? 0;
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the list has the focus and handles the keys for its rows
    // biome-ignore lint/a11y/useFocusableInteractive: the list points at its row with aria-activedescendant
    <div
      id={`dialog-${id}`}
      role="option"
      aria-selected={selected}
      aria-posinset={place}
      aria-setsize={count}
      className={classes.row}
      data-selected={selected || undefined}
      data-unread={unread > 0 || undefined}
      onClick={() => onOpen(id)}
    >
      <span className={classes.face}>
        <Face name={customer.name} picture={customer.picture} size={40} />
        <span className={classes.channel}>
          <ChannelMark channel={channel} size={18} />
        </span>
      </span>
      <span className={classes.body}>
        <span className={classes.top}>
          <span className={classes.name}>{customer.name}</span>
          <LastDelivery dialog={dialog} />
          <span className={classes.time}>{shortMoment(dialog.last_activity_at)}</span>
        </span>
        <span className={classes.middle}>
          <Preview dialog={dialog} directory={directory} />
          {unread > 0 && (
            <span className={classes.unread}>
              <span aria-hidden>{unread > UNREAD_SHOWN_MAX ? `${UNREAD_SHOWN_MAX}+` : number(unread)}</span>
              <span className="ol-hidden">{t.unread_count({ count: unread })}</span>
            </span>
          )}
        </span>
        <span className={classes.bottom}>
          <RowFacts dialog={dialog} directory={directory} />
          {dialog.waiting_since && <WaitClock since={dialog.waiting_since} targetS={targetS} />}
        </span>
      </span>
    </div>
  );
});
