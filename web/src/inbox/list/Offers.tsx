/** Dialogs that are offered to me, on top of the list: accept, skip, and a ring that runs out. */
import { ActionIcon, Tooltip } from "@mantine/core";
import { IconPlayerSkipForward } from "@tabler/icons-react";
import { useEffect, useState } from "react";
import type { Dialog } from "@/api/types";
import { number } from "@/i18n/format";
import { locale } from "@/i18n/locale";
import { serverNow } from "@/live/socket";
import { m as t } from "@/paraglide/messages";
import { Button } from "@/ui/Button";
import { ChannelMark, Face } from "@/ui/Person";
import { accept, skip, useIsAccepting } from "../actions";
import { useDirectory } from "../directory";
import { announce } from "../notify/announce";
import { useDialog } from "../store/dialogs";
import { type Offer, useOffers } from "../store/offers";
import { WaitClock } from "./DialogRow";
import classes from "./list.module.css";

/** Cards that are drawn; the rest is counted. */
const SHOWN_MAX = 3;
/** So many seconds before the end, screen readers are told. */
const ANNOUNCED_AT_S = 10;
const RADIUS = 13;
const LENGTH = 2 * Math.PI * RADIUS;

/** Seconds until `at`, by the server's clock; drawn once a second. */
function useSecondsLeft(at: string | null | undefined): number {
  const left = () => (at ? Math.max(0, Math.ceil((Date.parse(at) - serverNow()) / 1000)) : 0);
  const [seconds, setSeconds] = useState(left);
  // biome-ignore lint/correctness/useExhaustiveDependencies: `left` is made of `at`
  useEffect(() => {
    setSeconds(left());
    const timer = setInterval(() => setSeconds(left()), 1_000);
    return () => clearInterval(timer);
  }, [at]);
  return seconds;
}

/** As short as fits into the ring: "45", "1:30", "12 h". */
function leftText(seconds: number): string {
  if (seconds < 60) return number(seconds);
  if (seconds < 3_600) return `${number(Math.floor(seconds / 60))}:${String(seconds % 60).padStart(2, "0")}`;
  return new Intl.NumberFormat(locale(), { style: "unit", unit: "hour", unitDisplay: "narrow" }).format(
    Math.floor(seconds / 3_600),
  );
}

function Ring({ dialog }: { dialog: Dialog }) {
  const { offered_at, offer_expires_at } = dialog.session;
  const left = useSecondsLeft(offer_expires_at);
  const { name } = dialog.customer;
  useEffect(() => {
    if (left === ANNOUNCED_AT_S)
      announce(t.announce_offer_ends({ name, count: ANNOUNCED_AT_S }), "assertive");
  }, [left, name]);
  if (!offer_expires_at) return null;
  const total = Math.max(
    1,
    (Date.parse(offer_expires_at) - Date.parse(offered_at ?? offer_expires_at)) / 1000,
  );
  const part = Math.min(1, left / total);
  const text = leftText(left);
  return (
    <span
      className={classes.ring}
      data-short={left <= 10 || undefined}
      role="timer"
      aria-label={t.offer_left({ count: left })}
    >
      <svg viewBox="0 0 32 32" aria-hidden="true">
        <circle cx="16" cy="16" r={RADIUS} className={classes.ringTrack} />
        <circle
          cx="16"
          cy="16"
          r={RADIUS}
          className={classes.ringBar}
          strokeDasharray={LENGTH}
          strokeDashoffset={LENGTH * (1 - part)}
        />
      </svg>
      <span aria-hidden>{text}</span>
    </span>
  );
}

type CardProps = { offer: Offer; selected: boolean; isFirst: boolean; onOpen: (id: number) => void };

function OfferCard({ offer, selected, isFirst, onOpen }: CardProps) {
  const dialog = useDialog(offer.id);
  const directory = useDirectory();
  const asking = useIsAccepting(offer.id);
  if (!dialog) return null;
  const { customer } = dialog;
  const targetS = directory.lines.get(dialog.line_id)?.target_wait_s ?? 0;
  if (offer.takenBy !== null)
    return (
      <li className={classes.offer} data-taken>
        <Face name={customer.name} picture={customer.picture} size={32} />
        <span className={classes.offerTaken}>
          {offer.takenBy > 0 ? t.taken_by({ name: directory.nameOf(offer.takenBy) }) : t.taken()}
        </span>
      </li>
    );
  const acceptIt = () => {
    onOpen(offer.id);
    void accept(offer.id);
  };
  return (
    <li className={classes.offer} data-selected={selected || undefined}>
      <button type="button" className={classes.offerMain} onClick={() => onOpen(offer.id)}>
        <span className={classes.face}>
          <Face name={customer.name} picture={customer.picture} size={36} />
          <span className={classes.channel}>
            <ChannelMark channel={directory.channels.get(dialog.channel)} size={16} />
          </span>
        </span>
        <span className={classes.body}>
          <span className={classes.name}>{customer.name}</span>
          <span className={classes.offerFacts}>
            <span className={classes.line}>{directory.lineName(dialog.line_id)}</span>
            {dialog.waiting_since && (
              <>
                <span aria-hidden>·</span>
                <WaitClock since={dialog.waiting_since} targetS={targetS} />
              </>
            )}
          </span>
        </span>
        <Ring dialog={dialog} />
      </button>
      {dialog.last_message?.preview && <p className={classes.offerText}>{dialog.last_message.preview}</p>}
      <div className={classes.offerActions}>
        <Button kind="primary" size="xs" loading={asking} onClick={acceptIt} className={classes.grow}>
          {t.accept()}
          {isFirst && (
            <kbd className={classes.key} aria-hidden>
              A
            </kbd>
          )}
        </Button>
        <Button kind="normal" size="xs" onClick={() => void skip(offer.id)}>
          {t.skip()}
          {isFirst && (
            <kbd className={classes.keyQuiet} aria-hidden>
              S
            </kbd>
          )}
        </Button>
      </div>
    </li>
  );
}

/** The same in one line, when many are offered at once. */
function OfferLine({ offer, onOpen }: Pick<CardProps, "offer" | "onOpen">) {
  const dialog = useDialog(offer.id);
  const directory = useDirectory();
  if (!dialog) return null;
  const targetS = directory.lines.get(dialog.line_id)?.target_wait_s ?? 0;
  if (offer.takenBy !== null)
    return (
      <li className={classes.offerLine}>
        <span className={classes.offerTaken}>
          {offer.takenBy > 0 ? t.taken_by({ name: directory.nameOf(offer.takenBy) }) : t.taken()}
        </span>
      </li>
    );
  return (
    <li className={classes.offerLine}>
      <button type="button" className={classes.offerLineName} onClick={() => onOpen(offer.id)}>
        <ChannelMark channel={directory.channels.get(dialog.channel)} size={14} />
        <span>{dialog.customer.name}</span>
      </button>
      {dialog.waiting_since && <WaitClock since={dialog.waiting_since} targetS={targetS} />}
      <Button
        kind="quiet"
        size="compact-xs"
        onClick={() => void accept(offer.id).then(() => onOpen(offer.id))}
      >
        {t.accept()}
      </Button>
      <Tooltip label={t.skip()}>
        <ActionIcon
          size={24}
          onClick={() => void skip(offer.id)}
          aria-label={`${t.skip()}: ${dialog.customer.name}`}
        >
          <IconPlayerSkipForward size={14} />
        </ActionIcon>
      </Tooltip>
    </li>
  );
}

export function Offers({ openId, onOpen }: { openId: number | null; onOpen: (id: number) => void }) {
  const offers = useOffers();
  const [all, setAll] = useState(false);
  if (offers.length === 0) return null;
  const cards = offers.slice(0, offers.length > SHOWN_MAX ? 1 : SHOWN_MAX);
  const lines = offers.slice(cards.length, all ? undefined : cards.length + 4);
  const hidden = offers.length - cards.length - lines.length;
  const first = offers.find((it) => it.takenBy === null)?.id;
  return (
    <section className={classes.offers} aria-label={t.offers_title()}>
      <h2 className={classes.offersTitle}>
        {t.offers_title()}
        <span className={classes.offersCount}>{number(offers.length)}</span>
      </h2>
      <ul className={classes.offerList}>
        {cards.map((it) => (
          <OfferCard
            key={it.id}
            offer={it}
            selected={it.id === openId}
            isFirst={it.id === first}
            onOpen={onOpen}
          />
        ))}
        {lines.map((it) => (
          <OfferLine key={it.id} offer={it} onOpen={onOpen} />
        ))}
      </ul>
      {hidden > 0 && (
        <Button kind="quiet" size="compact-xs" onClick={() => setAll(true)}>
          {t.offers_more({ count: hidden })}
        </Button>
      )}
    </section>
  );
}
