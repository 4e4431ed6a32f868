/** The keys of the inbox. They stand in the palette and in the list of keys by themselves. */
import { useMemo } from "react";
import type { Dialog } from "@/api/types";
import { type Action, useActions } from "@/keys/registry";
import { m as t } from "@/paraglide/messages";
import { canDo, reopen, returnToQueue, skip, takeOver } from "./actions";
import { openTransfer } from "./dialog/TransferMenu";

type Handlers = {
  move: (step: 1 | -1) => void;
  enter: () => void;
  leave: () => void;
  search: () => void;
  reply: () => void;
  note: () => void;
  finish: (andNext: boolean) => void;
  toggleList: () => void;
  toggleCard: () => void;
  unread: () => void;
  accept: (offerId: number) => void;
};

/** `firstOffer`: what A and S mean when no offered dialog is open. */
export function useInboxKeys(
  dialog: Dialog | undefined,
  me: number,
  firstOffer: number | undefined,
  on: Handlers,
) {
  const actions = useMemo<readonly Action[]>(() => {
    const can = canDo(dialog, me);
    const id = dialog?.id;
    const offer = can.accept ? id : firstOffer;
    const moving = t.keys_moving();
    const acting = t.keys_dialog();
    const writing = t.keys_writing();
    const all: (Action | false)[] = [
      {
        id: "inbox.next",
        label: t.key_next(),
        group: moving,
        keys: "KeyJ",
        keyOnly: true,
        run: () => on.move(1),
      },
      {
        id: "inbox.previous",
        label: t.key_previous(),
        group: moving,
        keys: "KeyK",
        keyOnly: true,
        run: () => on.move(-1),
      },
      {
        id: "inbox.nextTyping",
        label: t.key_next_typing(),
        group: moving,
        keys: "Alt+ArrowDown",
        inFields: true,
        keyOnly: true,
        run: () => on.move(1),
      },
      {
        id: "inbox.previousTyping",
        label: t.key_previous_typing(),
        group: moving,
        keys: "Alt+ArrowUp",
        inFields: true,
        keyOnly: true,
        run: () => on.move(-1),
      },
      { id: "inbox.enter", label: t.key_enter(), group: moving, keys: "Enter", keyOnly: true, run: on.enter },
      {
        id: "inbox.leave",
        label: t.key_leave(),
        group: moving,
        keys: "Escape",
        keyOnly: true,
        run: on.leave,
      },
      { id: "inbox.search", label: t.search_label(), group: moving, keys: "Slash", run: on.search },
      { id: "inbox.list", label: t.key_list(), group: moving, keys: "BracketLeft", run: on.toggleList },
      id !== undefined && {
        id: "inbox.card",
        label: t.key_card(),
        group: moving,
        keys: "BracketRight",
        run: on.toggleCard,
      },
      offer !== undefined && {
        id: "inbox.accept",
        label: t.key_accept(),
        group: acting,
        keys: "KeyA",
        run: () => on.accept(offer),
      },
      offer !== undefined && {
        id: "inbox.skip",
        label: t.key_skip(),
        group: acting,
        keys: "KeyS",
        run: () => void skip(offer),
      },
      id !== undefined &&
        can.transfer && {
          id: "inbox.transfer",
          label: t.transfer_title(),
          group: acting,
          keys: "KeyT",
          run: () => openTransfer(id),
        },
      id !== undefined &&
        can.giveBack && {
          id: "inbox.return",
          label: t.give_back(),
          group: acting,
          run: () => void returnToQueue(id),
        },
      id !== undefined &&
        can.finish && {
          id: "inbox.finish",
          label: t.key_finish(),
          group: acting,
          keys: "KeyE",
          run: () => on.finish(false),
        },
      id !== undefined &&
        can.finish && {
          id: "inbox.finishNext",
          label: t.key_finish_next(),
          group: acting,
          keys: "Shift+KeyE",
          run: () => on.finish(true),
        },
      id !== undefined &&
        can.takeOver && {
          id: "inbox.takeOver",
          label: t.key_take_over(),
          group: acting,
          run: () => void takeOver(id),
        },
      id !== undefined &&
        can.reopen && {
          id: "inbox.reopen",
          label: t.key_reopen(),
          group: acting,
          run: () => void reopen(id),
        },
      id !== undefined && {
        id: "inbox.unread",
        label: t.mark_unread(),
        group: acting,
        keys: "KeyU",
        run: on.unread,
      },
      id !== undefined && {
        id: "inbox.reply",
        label: t.mode_reply(),
        group: writing,
        keys: "KeyR",
        run: on.reply,
      },
      id !== undefined && {
        id: "inbox.note",
        label: t.mode_note(),
        group: writing,
        keys: "KeyN",
        run: on.note,
      },
    ];
    return all.filter((it) => it !== false);
  }, [dialog, me, firstOffer, on]);
  useActions(actions);
}
