/** Rings for what a person must not miss: an offer, a message in an own dialog, an answer that did not go out. */
import type { Dialog, Message } from "@/api/types";
import { currentMe } from "@/me/data";
import { m as t } from "@/paraglide/messages";
import { toast } from "@/ui/toast";
import { accept } from "../actions";
import { allDialogs, dialogOf, watchDialogs } from "../store/dialogs";
import { onMessage, onSendFailed, openDialogId } from "../store/feed";
import { offerCount, onOffers, startOffers } from "../store/offers";
import { isMine } from "../store/views";
import { parse, plainText } from "../text/bb";
import { announce } from "./announce";
import { chime } from "./sound";
import { joinTabs } from "./tabs";
import { setTitleCount } from "./title";

const BODY_MAX = 140;
const COUNT_EVERY_MS = 500;
/** A burst of messages is one sound. */
const CHIME_EVERY_MS = 2_000;

type Open = (dialogId: number) => void;

function show(title: string, body: string, dialogId: number, open: Open, sticky: boolean) {
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  const note = new Notification(title, {
    body,
    tag: `dialog-${dialogId}`,
    requireInteraction: sticky,
    silent: true,
  });
  note.onclick = () => {
    window.focus();
    if (sticky) void accept(dialogId);
    open(dialogId);
    note.close();
  };
}

/** Own dialogs with something unread, and offers. */
function countWaiting(me: number): number {
  let count = offerCount();
  for (const dialog of allDialogs()) if (dialog.unread_count > 0 && isMine(dialog, me)) count += 1;
  return count;
}

export function startBell(me: number, open: Open): () => void {
  const tabs = joinTabs(() => ({
    dialogId: openDialogId(),
    watched: document.visibilityState === "visible" && document.hasFocus(),
  }));
  let chimedAt = 0;
  const ring = (kind: "offer" | "message") => {
    const now = Date.now();
    if (!currentMe()?.settings.sound || (kind === "message" && now - chimedAt < CHIME_EVERY_MS)) return;
    chimedAt = now;
    chime(kind);
  };
  const newOffer = (dialog: Dialog) => {
    announce(t.announce_offer({ name: dialog.customer.name }), "assertive");
    if (!tabs.isLeader()) return;
    ring("offer");
    if (!tabs.isAnyWatched())
      show(
        t.notify_offer({ name: dialog.customer.name }),
        dialog.last_message?.preview ?? "",
        dialog.id,
        open,
        true,
      );
  };
  const newMessage = (message: Message, isNew: boolean) => {
    const dialog = dialogOf(message.dialog_id);
    if (!isNew || message.kind !== "incoming" || !dialog || !isMine(dialog, me)) return;
    if (!tabs.isLeader() || tabs.isWatched(dialog.id)) return;
    ring("message");
    if (tabs.isAnyWatched()) return;
    const body =
      plainText(parse(message.text)).slice(0, BODY_MAX) ||
      t.preview_files({ count: message.files.length || 1 });
    show(dialog.customer.name, body, dialog.id, open, false);
  };
  let timer: ReturnType<typeof setTimeout> | undefined;
  const countSoon = () => {
    timer ??= setTimeout(() => {
      timer = undefined;
      setTitleCount(countWaiting(me));
    }, COUNT_EVERY_MS);
  };
  const stops = [
    startOffers(me, newOffer),
    onOffers(countSoon),
    watchDialogs(countSoon),
    onMessage(newMessage),
    onSendFailed((pending) => {
      if (openDialogId() === pending.dialog_id) return;
      toast.info(t.notify_failed({ name: dialogOf(pending.dialog_id)?.customer.name ?? t.someone() }));
    }),
  ];
  return () => {
    for (const stop of stops) stop();
    clearTimeout(timer);
    tabs.leave();
    setTitleCount(0);
  };
}
