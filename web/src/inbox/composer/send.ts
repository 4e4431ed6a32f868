/** Puts what was written on its way. Decides nothing about the screen; asks when the dialog is somebody else's. */

import type { File, Message } from "@/api/types";
import { serverNow } from "@/live/socket";
import { currentMe } from "@/me/data";
import { m as t } from "@/paraglide/messages";
import { confirm } from "@/ui/confirm";
import { accept, finish, reopen } from "../actions";
import { dialogOf } from "../store/dialogs";
import type { Mode } from "../store/drafts";
import { onOutcome, outbox } from "../store/feed";
import { isMine, isOffered } from "../store/views";
import { parse, plainText } from "../text/bb";

export type Letter = {
  dialogId: number;
  mode: Mode;
  /** BB code. */
  text: string;
  files: File[];
  replyTo: Message | null;
  andFinish: boolean;
};

const QUOTE_MAX = 120;
const quoteOf = (message: Message, author: string) => ({
  message_id: message.id,
  author,
  preview: plainText(parse(message.text)).slice(0, QUOTE_MAX) || (message.files[0]?.name ?? ""),
});

/** May it go out now? Accepts, reopens or asks first, whatever the dialog needs. `null`: not at all. */
export async function permission(
  dialogId: number,
  mode: Mode,
  holderName: string,
): Promise<{ takeOver: boolean } | null> {
  const dialog = dialogOf(dialogId);
  const me = currentMe()?.operator.id ?? 0;
  if (!dialog || mode === "note" || isMine(dialog, me)) return { takeOver: false };
  if (isOffered(dialog, me)) return (await accept(dialogId)) ? { takeOver: false } : null;
  if (dialog.session.state === "closed") return (await reopen(dialogId)) ? { takeOver: false } : null;
  const yes = await confirm({
    title: t.take_over_title(),
    text:
      dialog.session.state === "active" ? t.take_over_text({ name: holderName }) : t.take_over_text_free(),
    yes: t.take_over_and_send(),
  });
  return yes ? { takeOver: true } : null;
}

export function send(letter: Letter, takeOver: boolean) {
  const client_id = crypto.randomUUID();
  const { dialogId, mode, text, files, replyTo } = letter;
  if (letter.andFinish) {
    const stop = onOutcome(client_id, (sent) => {
      stop();
      if (sent) void finish(dialogId);
    });
  }
  outbox.add({
    client_id,
    dialog_id: dialogId,
    kind: mode,
    text,
    files,
    reply_to: replyTo ? quoteOf(replyTo, replyTo.author.name) : null,
    take_over: takeOver,
    at: new Date(serverNow()).toISOString(),
    state: "waiting",
    problem: null,
  });
}
