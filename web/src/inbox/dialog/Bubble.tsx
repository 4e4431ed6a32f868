/** One message: who, what, when, how far it came, and what can be done with it. */
import { ActionIcon } from "@mantine/core";
import {
  IconArrowBackUp,
  IconArrowForwardUp,
  IconDots,
  IconLock,
  IconMapPin,
  IconUser,
} from "@tabler/icons-react";
import { type MouseEvent, memo } from "react";
import type { Message } from "@/api/types";
import { dateTime, time } from "@/i18n/format";
import { m as t } from "@/paraglide/messages";
import { Button } from "@/ui/Button";
import { Face } from "@/ui/Person";
import { useDirectory } from "../directory";
import { outbox } from "../store/feed";
import type { Pending } from "../store/outbox";
import { parse, plainText } from "../text/bb";
import { Attached } from "./Attached";
import classes from "./bubble.module.css";
import { Delivery } from "./Delivery";
import { RichText } from "./RichText";
import { isEmojiOnly } from "./rows";

export type BubbleActions = {
  onReply: (message: Message) => void;
  onMenu: (message: Message, origin: HTMLElement) => void;
  onJump: (messageId: number) => void;
  onResend: (message: Message) => void;
  onProblem: (pending: Pending) => void;
};

type BubbleProps = BubbleActions & {
  message: Message;
  pending: Pending | null;
  first: boolean;
  last: boolean;
  customer: { name: string; picture?: string | null };
  canReply: boolean;
  marked: boolean;
};

const mapUrl = (latitude: number, longitude: number) =>
  `https://www.openstreetmap.org/?mlat=${latitude}&mlon=${longitude}#map=16/${latitude}/${longitude}`;

function Extras({ message }: { message: Message }) {
  const { location, contact, buttons } = message;
  return (
    <>
      {location && (
        <a
          className={classes.place}
          href={mapUrl(location.latitude, location.longitude)}
          target="_blank"
          rel="noopener noreferrer"
        >
          <IconMapPin size={18} stroke={1.7} aria-hidden />
          <span>
            <b>{location.title || t.location()}</b>
            <small>
              {location.latitude.toFixed(5)}, {location.longitude.toFixed(5)}
            </small>
          </span>
        </a>
      )}
      {contact && (
        <div className={classes.place}>
          <IconUser size={18} stroke={1.7} aria-hidden />
          <span>
            <b>{contact.name || t.contact()}</b>
            {contact.phone && <a href={`tel:${contact.phone.replace(/[^\d+]/g, "")}`}>{contact.phone}</a>}
          </span>
        </div>
      )}
      {buttons.length > 0 && (
        <fieldset className={classes.buttons} aria-label={t.message_buttons()}>
          {buttons.map((line, index) => (
            // biome-ignore lint/suspicious/noArrayIndexKey: lines of buttons have no other name and never move
            <div key={index} className={classes.buttonLine}>
              {line.map((it) =>
                it.url ? (
                  <a
                    key={it.text}
                    className={classes.chip}
                    href={it.url}
                    target="_blank"
                    rel="noopener noreferrer"
                  >
                    {it.text}
                  </a>
                ) : (
                  <span key={it.text} className={classes.chip}>
                    {it.text}
                  </span>
                ),
              )}
            </div>
          ))}
        </fieldset>
      )}
    </>
  );
}

function Quote({ message, onJump }: { message: Message; onJump: (id: number) => void }) {
  const quote = message.reply_to;
  if (!quote) return null;
  const inner = (
    <>
      <b>{quote.author}</b>
      <span>{plainText(parse(quote.preview)) || t.preview_files({ count: 1 })}</span>
    </>
  );
  const id = quote.message_id;
  if (!id) return <div className={classes.replyTo}>{inner}</div>;
  return (
    <button type="button" className={classes.replyTo} onClick={() => onJump(id)}>
      {inner}
    </button>
  );
}

/** What went wrong with an own message, and the way out. */
function Trouble({
  message,
  pending,
  onResend,
  onProblem,
}: Pick<BubbleProps, "message" | "pending" | "onResend" | "onProblem">) {
  const delivery = message.delivery;
  if (pending) {
    if (pending.state !== "failed" && pending.state !== "old") return null;
    return (
      <div className={classes.trouble} role="status">
        <span>{pending.state === "old" ? t.pending_old() : pendingReason(pending)}</span>
        <Button kind="quiet" size="compact-xs" onClick={() => onProblem(pending)}>
          {pending.problem?.code === "not_yours" ? t.take_over_and_send() : t.send_again()}
        </Button>
        <Button kind="quiet" size="compact-xs" onClick={() => outbox.remove(pending.client_id)}>
          {t.action_delete()}
        </Button>
      </div>
    );
  }
  if (delivery?.state === "failed")
    return (
      <div className={classes.trouble} role="status">
        <span>{delivery.text || delivery.reason || t.delivery_failed()}</span>
        <Button kind="quiet" size="compact-xs" onClick={() => onResend(message)}>
          {t.action_retry()}
        </Button>
      </div>
    );
  if (delivery?.state === "uncertain")
    return (
      <div className={classes.trouble} data-mild role="status">
        <span>{delivery.text || t.delivery_uncertain_text()}</span>
        <Button kind="quiet" size="compact-xs" onClick={() => onResend(message)}>
          {t.send_again()}
        </Button>
      </div>
    );
  return null;
}

function pendingReason({ problem }: Pending): string {
  switch (problem?.code) {
    case "not_yours":
      return t.pending_not_yours();
    case "session_closed":
      return t.pending_closed();
    case "unreachable":
      return t.pending_unreachable();
    default:
      return problem?.detail || t.pending_failed();
  }
}

export const Bubble = memo(function Bubble(props: BubbleProps) {
  const { message, pending, first, last, customer, canReply, marked, onReply, onMenu, onJump } = props;
  const { me, nameOf } = useDirectory();
  const { author, kind, text } = message;
  const side = kind === "incoming" ? "in" : "out";
  const isNote = kind === "note";
  const own = author.kind === "operator" && author.operator_id === me.operator.id;
  const by =
    author.kind === "bot"
      ? author.name || t.bot()
      : author.kind === "operator"
        ? nameOf(author.operator_id)
        : author.name || (author.kind === "system" ? t.automatic() : "");
  const deleted = Boolean(message.deleted_at);
  const plain = text && isEmojiOnly(text) ? text : null;
  const bare =
    !deleted && !message.reply_to && !message.forwarded && (plain || (!text && isOnlyMedia(message)));
  const state = pending
    ? pending.state === "failed" || pending.state === "old"
      ? "failed"
      : pending.state
    : message.delivery?.state;
  const hasPictures = !deleted && message.files.some((it) => it.kind === "image" && it.url);
  const hasExtras = Boolean(message.location || message.contact || message.buttons.length > 0);
  // Beside the last words where they leave room, over a picture, else on a line of its own.
  const place = bare && !plain ? "over" : text && !plain && !deleted && !hasExtras ? "inline" : "below";
  const showName =
    first &&
    (side === "in" ? Boolean(message.author.name) && message.author.name !== customer.name : !own || isNote);
  const meta = (
    <span className={classes.meta} data-place={place}>
      {message.edited_at && !deleted && <span>{t.edited()}</span>}
      <time dateTime={message.at} title={dateTime(message.at)}>
        {time(message.at)}
      </time>
      {side === "out" && !isNote && state && !deleted && (
        <Delivery
          state={state}
          reason={message.delivery?.text ?? message.delivery?.reason ?? pending?.problem?.detail}
        />
      )}
      {isNote && pending && state && <Delivery state={state} />}
    </span>
  );
  return (
    <div
      className={classes.line}
      data-side={side}
      data-first={first || undefined}
      data-last={last || undefined}
      data-marked={marked || undefined}
      data-message={message.id || undefined}
    >
      {side === "in" && (
        <span className={classes.face}>
          {last && <Face name={author.name || customer.name} picture={customer.picture} size={28} />}
        </span>
      )}
      <div className={classes.stack}>
        {showName && (
          <div className={classes.by}>
            {isNote && <IconLock size={12} stroke={2} aria-hidden />}
            {isNote ? t.note_by({ name: by }) : by}
          </div>
        )}
        <div className={classes.holder}>
          <article
            className={classes.bubble}
            data-kind={isNote ? "note" : side}
            data-bare={bare ? true : undefined}
            data-pictures={hasPictures || undefined}
            data-deleted={deleted || undefined}
            aria-label={side === "in" ? author.name || customer.name : by}
          >
            {message.forwarded && (
              <div className={classes.forwarded}>
                <IconArrowForwardUp size={14} aria-hidden />
                {t.forwarded({ from: message.forwarded.from })}
              </div>
            )}
            <Quote message={message} onJump={onJump} />
            {message.files.length > 0 && !deleted && (
              <div className={classes.filesAbove}>
                <Attached files={message.files} />
              </div>
            )}
            {deleted ? (
              <span className={classes.deletedText}>{text ? <RichText text={text} /> : t.deleted()}</span>
            ) : plain ? (
              <span className={classes.emoji}>{plain}</span>
            ) : (
              text && (
                <div className={classes.text} dir="auto">
                  <RichText text={text} />
                  <span
                    className={classes.metaSpace}
                    data-edited={message.edited_at ? true : undefined}
                    data-out={(side === "out" && !isNote) || undefined}
                  />
                </div>
              )
            )}
            <Extras message={message} />
            {deleted && text && <span className={classes.deletedMark}>{t.deleted()}</span>}
            {meta}
          </article>
          {!pending && !deleted && (
            <span className={classes.tools}>
              {canReply && (
                <ActionIcon
                  size={26}
                  onClick={() => onReply(message)}
                  aria-label={t.reply_to_message()}
                  title={t.reply_to_message()}
                >
                  <IconArrowBackUp size={16} stroke={1.8} />
                </ActionIcon>
              )}
              <ActionIcon
                size={26}
                onClick={(event: MouseEvent<HTMLElement>) => onMenu(message, event.currentTarget)}
                aria-label={t.message_menu()}
                aria-haspopup="menu"
              >
                <IconDots size={16} stroke={1.8} />
              </ActionIcon>
            </span>
          )}
        </div>
        {message.reactions.length > 0 && (
          <div
            className={classes.reactions}
            role="img"
            aria-label={t.reactions({ list: message.reactions.join(" ") })}
          >
            {[...new Set(message.reactions)].map((it) => {
              const count = message.reactions.filter((other) => other === it).length;
              return (
                <span key={it}>
                  {it}
                  {count > 1 && ` ${count}`}
                </span>
              );
            })}
          </div>
        )}
        <Trouble {...props} />
      </div>
    </div>
  );
});

/** Pictures and stickers stand without a bubble around them. */
const isOnlyMedia = ({ files, location, contact, buttons }: Message) =>
  files.length > 0 &&
  files.every((it) => (it.kind === "image" || it.kind === "sticker") && (it.state ?? "ready") === "ready") &&
  !location &&
  !contact &&
  buttons.length === 0;
