/**
 * What a person can do with a dialog, from wherever it is asked for: a button, a key, the palette, a notification.
 * Each shows its result at once; what the server refuses is visibly taken back and said. Accepting is the exception:
 * there the server decides who was first.
 */
import { create } from "zustand";
import { asProblem, isCode } from "@/api/problem";
import { queries } from "@/api/queries";
import type { Dialog, Operator } from "@/api/types";
import { serverNow } from "@/live/socket";
import { currentMe } from "@/me/data";
import { operatorsQuery } from "@/operators/data";
import { m as t } from "@/paraglide/messages";
import { toast } from "@/ui/toast";
import {
  acceptDialog,
  finishDialog,
  markUnread,
  reopenDialog,
  returnDialog,
  skipDialog,
  takeOverDialog,
  transferDialog,
} from "./data";
import { askToNotify } from "./notify/permission";
import { dialogOf, keepDialog, withPatch } from "./store/dialogs";
import { noteTaken } from "./store/offers";
import { isMine, isOffered } from "./store/views";

/** Dialogs for which the server is being asked to accept. */
const useAsked = create<{ ids: readonly number[] }>(() => ({ ids: [] }));
export const useIsAccepting = (id: number) => useAsked((it) => it.ids.includes(id));

const myId = () => currentMe()?.operator.id ?? 0;
const now = () => new Date(serverNow()).toISOString();
const nameOf = (id: number | null | undefined) =>
  queries.getQueryData(operatorsQuery.queryKey)?.find((it: Operator) => it.id === id)?.name ?? t.someone();

/** True when the dialog is this person's now. */
export async function accept(id: number): Promise<boolean> {
  const { ids } = useAsked.getState();
  if (ids.includes(id)) return false;
  askToNotify();
  useAsked.setState({ ids: [...ids, id] });
  try {
    keepDialog(await acceptDialog(id), { from: "own" });
    return true;
  } catch (error) {
    if (isCode(error, "taken")) {
      const problem = asProblem(error);
      noteTaken(id, problem.holderId ?? null);
      toast.info(
        problem.holderId ? t.taken_by({ name: nameOf(problem.holderId) }) : problem.detail || t.taken(),
      );
    } else toast.error(error);
    return false;
  } finally {
    useAsked.setState((it) => ({ ids: it.ids.filter((asked) => asked !== id) }));
  }
}

type Session = Partial<Dialog["session"]>;
const withSession =
  (change: Session, rest: Partial<Dialog> = {}) =>
  (dialog: Dialog): Dialog => ({
    ...dialog,
    ...rest,
    session: { ...dialog.session, ...change },
  });

/** Shows the change, asks, and says with an undo what was done; true when the server agreed. */
async function act(
  id: number,
  change: (dialog: Dialog) => Dialog,
  call: () => Promise<Dialog>,
  done?: { text: string; undo: () => unknown },
): Promise<boolean> {
  try {
    const asked = withPatch(id, change, call);
    await asked;
    if (done) toast.undo(done.text, () => void done.undo());
    return true;
  } catch (error) {
    if (isCode(error, "taken")) toast.info(asProblem(error).detail || t.taken());
    else toast.error(error);
    return false;
  }
}

const nobody: Session = { operator_id: null, offered_to: [], offered_at: null, offer_expires_at: null };
const toMe = (): Session => ({
  ...nobody,
  state: "active",
  operator_id: myId(),
  accepted_at: now(),
  closed_at: null,
});

export const skip = (id: number) => {
  const left = (dialogOf(id)?.session.offered_to ?? []).filter((it) => it !== myId());
  const change = withSession({ offered_to: left, state: left.length > 0 ? "offered" : "waiting" });
  return act(id, change, () => skipDialog(id), { text: t.done_skipped(), undo: () => takeOver(id) });
};

export const returnToQueue = (id: number) =>
  act(id, withSession({ ...nobody, state: "waiting", accepted_at: null }), () => returnDialog(id), {
    text: t.done_returned(),
    undo: () => takeOver(id),
  });

export const takeOver = (id: number) => act(id, withSession(toMe()), () => takeOverDialog(id));
export const reopen = (id: number) => act(id, withSession(toMe()), () => reopenDialog(id));

export const finish = (id: number) =>
  act(
    id,
    withSession(
      {
        ...nobody,
        operator_id: dialogOf(id)?.session.operator_id,
        state: "closed",
        closed_at: now(),
        closed_by: myId(),
      },
      { waiting_since: null },
    ),
    () => finishDialog(id),
    { text: t.done_finished(), undo: () => reopen(id) },
  );

export const transferToOperator = (id: number, operatorId: number) =>
  act(
    id,
    withSession({ ...nobody, state: "offered", offered_to: [operatorId] }),
    () => transferDialog(id, { operator_id: operatorId }),
    { text: t.done_transferred({ name: nameOf(operatorId) }), undo: () => takeOver(id) },
  );

export const transferToLine = (id: number, lineId: number, name: string) =>
  act(
    id,
    withSession({ ...nobody, state: "waiting" }, { line_id: lineId }),
    () => transferDialog(id, { line_id: lineId }),
    { text: t.done_transferred({ name }), undo: () => takeOver(id) },
  );

export async function setUnread(id: number) {
  try {
    await withPatch(
      id,
      (it) => ({ ...it, unread_count: Math.max(1, it.unread_count) }),
      async () => {
        await markUnread(id);
        return undefined;
      },
    );
  } catch (error) {
    toast.error(error);
  }
}

export type Can = {
  accept: boolean;
  skip: boolean;
  transfer: boolean;
  giveBack: boolean;
  finish: boolean;
  takeOver: boolean;
  reopen: boolean;
};

/** What may be done with a dialog in its state. The server checks again. */
export function canDo(dialog: Dialog | undefined, me: number): Can {
  const state = dialog?.session.state;
  const mine = Boolean(dialog && isMine(dialog, me));
  const offered = Boolean(dialog && isOffered(dialog, me));
  return {
    accept: offered,
    skip: offered,
    transfer: mine,
    giveBack: mine,
    finish: mine,
    takeOver: !mine && !offered && (state === "active" || state === "waiting" || state === "offered"),
    reopen: state === "closed",
  };
}
