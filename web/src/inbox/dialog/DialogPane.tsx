/** The open dialog: head, thread, who types, composer. */

import { IconFileUpload, IconMessageCircle2 } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import {
  type DragEvent,
  type Ref,
  useCallback,
  useEffect,
  useImperativeHandle,
  useMemo,
  useRef,
  useState,
} from "react";
import type { About, Connection, Dialog, Message } from "@/api/types";
import { list } from "@/i18n/format";
import { m as t } from "@/paraglide/messages";
import { Keys } from "@/ui/Bits";
import { Empty, Failed, Loading } from "@/ui/State";
import { toast } from "@/ui/toast";
import { takeOver } from "../actions";
import { Composer, type ComposerHandle } from "../composer/Composer";
import { permission } from "../composer/send";
import { addUploads } from "../composer/uploads";
import { resendMessage } from "../data";
import { useDirectory } from "../directory";
import { useDialog } from "../store/dialogs";
import type { Mode } from "../store/drafts";
import { detailsKey, fetchDetails, loadThread, outbox, receiveMessage, showDialog } from "../store/feed";
import { useTyping } from "../store/hints";
import type { Pending } from "../store/outbox";
import { patchMessage, threadOf, useThread } from "../store/threads";
import { DialogHead } from "./DialogHead";
import classes from "./dialog.module.css";
import { canEdit } from "./MessageMenu";
import { type Jump, Thread } from "./Thread";
import { useReading } from "./useReading";

export type DialogHandle = { focusComposer: (mode?: Mode) => void };

type PaneProps = {
  ref?: Ref<DialogHandle>;
  dialogId: number | null;
  messageId: number | undefined;
  onBack?: () => void;
  /** Leaves the composer: back to the list. */
  onLeave: () => void;
  cardShown: boolean;
  onCard: () => void;
  onFinish: () => void;
  /** The answer was the last one: what comes after "send and finish". */
  onFinished: () => void;
  /** The person has marked this dialog as unread and still looks at it. */
  readingPaused: boolean;
};

export function DialogPane(props: PaneProps) {
  const { dialogId } = props;
  const dialog = useDialog(dialogId);
  useEffect(() => {
    showDialog(dialogId);
    return () => showDialog(null);
  }, [dialogId]);
  const details = useQuery({
    queryKey: detailsKey(dialogId ?? 0),
    queryFn: () => fetchDetails(dialogId ?? 0),
    enabled: dialogId !== null,
    staleTime: 60_000,
  });
  if (dialogId === null) return <NothingOpen />;
  if (!dialog) {
    if (details.isError) return <Failed error={details.error} onRetry={() => void details.refetch()} />;
    return <Loading>{null}</Loading>;
  }
  return <Open key={dialogId} {...props} dialog={dialog} />;
}

function NothingOpen() {
  return (
    <div className={classes.nothing}>
      <Empty icon={IconMessageCircle2} title={t.nothing_open()} text={t.nothing_open_text()}>
        <span className={classes.hintKeys}>
          <span>
            <Keys keys="KeyJ" /> <Keys keys="KeyK" /> {t.hint_move()}
          </span>
          <span>
            <Keys keys="mod+KeyK" /> {t.hint_palette()}
          </span>
          <span>
            <Keys keys="?" /> {t.hint_keys()}
          </span>
        </span>
      </Empty>
    </div>
  );
}

/** Why nothing can be sent to the customer; empty when it can. */
function whyNoReply(dialog: Dialog, connection: Connection | undefined): string {
  if (!dialog.reachable) return t.no_reply_unreachable();
  if (connection && (connection.state === "removed" || connection.state === "draft"))
    return t.no_reply_removed();
  return "";
}

/** Answers wait for better times when the channel has a trouble; that must be known before they are written. */
function warning(connection: Connection | undefined): string {
  if (connection?.state === "paused") return t.channel_paused();
  if (connection?.state === "displaced" || connection?.state === "failing") return t.channel_trouble();
  return "";
}

type OpenProps = PaneProps & { dialog: Dialog };

function Open({
  ref,
  dialog,
  messageId,
  onBack,
  onLeave,
  cardShown,
  onCard,
  onFinish,
  onFinished,
  readingPaused,
}: OpenProps) {
  const { me, channels, connections } = useDirectory();
  const about: About | undefined = channels.get(dialog.channel);
  const connection = connections.get(dialog.connection_id);
  const noReply = whyNoReply(dialog, connection);
  const [chosenMode, setMode] = useState<Mode>("reply");
  const mode: Mode = noReply ? "note" : chosenMode;
  const [replyTo, setReplyTo] = useState<Message | null>(null);
  const [editing, setEditing] = useState<Message | null>(null);
  const [endSeen, setEndSeen] = useState(false);
  const [dragged, setDragged] = useState(false);
  const composer = useRef<ComposerHandle>(null);
  const thread = useThread(dialog.id);
  const operatorId = me.operator.id;

  const jump = useMemo<Jump | null>(() => (messageId ? { messageId, nonce: Date.now() } : null), [messageId]);
  useEffect(() => {
    const known = threadOf(dialog.id);
    const has = known?.messages.some((it) => it.id === messageId);
    if (messageId && !has) loadThread(dialog.id, messageId).catch(toast.error);
    else if (known?.state !== "ready") void loadThread(dialog.id);
  }, [dialog.id, messageId]);
  useReading(dialog, thread?.messages.at(-1)?.id ?? 0, endSeen, readingPaused);

  useImperativeHandle(ref, () => ({
    focusComposer: (wanted) => {
      if (wanted) setMode(wanted);
      requestAnimationFrame(() => composer.current?.focus());
    },
  }));

  const cancel = useCallback(() => {
    setReplyTo(null);
    setEditing(null);
  }, []);
  const startReply = useCallback((message: Message) => {
    setEditing(null);
    setReplyTo(message);
    setMode(message.kind === "note" ? "note" : "reply");
  }, []);
  const startEdit = useCallback((message: Message) => {
    setReplyTo(null);
    setMode(message.kind === "note" ? "note" : "reply");
    setEditing(message);
  }, []);
  const editLast = () => {
    const mine = threadOf(dialog.id)?.messages.findLast(
      (it) => it.author.operator_id === operatorId && (it.kind === "reply" || it.kind === "note"),
    );
    if (mine && canEdit(mine, about, operatorId)) startEdit(mine);
  };
  const resend = useCallback(async (message: Message) => {
    const undo = patchMessage(message.dialog_id, message.id, { delivery: { state: "queued" } });
    try {
      receiveMessage(await resendMessage(message.id));
    } catch (error) {
      undo();
      toast.error(error);
    }
  }, []);
  const retryPending = useCallback(async (pending: Pending) => {
    if (pending.problem?.code === "not_yours") {
      if (await takeOver(pending.dialog_id)) outbox.retry(pending.client_id);
      return;
    }
    const allowed = await permission(pending.dialog_id, pending.kind, "");
    if (allowed) outbox.retry(pending.client_id, { take_over: allowed.takeOver });
  }, []);

  const canDrop = mode === "note" || (Boolean(about?.can.files) && !noReply);
  const onDragOver = (event: DragEvent) => {
    if (!canDrop || !event.dataTransfer.types.includes("Files")) return;
    event.preventDefault();
    setDragged(true);
  };
  const onDrop = (event: DragEvent) => {
    setDragged(false);
    if (!canDrop || event.dataTransfer.files.length === 0) return;
    event.preventDefault();
    addUploads(dialog.id, mode, event.dataTransfer.files);
    composer.current?.focus();
  };
  const alarm = noReply ? "" : warning(connection);
  return (
    <section
      className={classes.pane}
      aria-label={t.dialog_with({ name: dialog.customer.name })}
      onDragOver={onDragOver}
      onDragLeave={(event) => {
        if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setDragged(false);
      }}
      onDrop={onDrop}
    >
      <DialogHead dialog={dialog} onBack={onBack} cardShown={cardShown} onCard={onCard} onFinish={onFinish} />
      <Thread
        dialog={dialog}
        about={about}
        canReply={Boolean(about?.can.reply) && !noReply}
        jump={jump}
        onReply={startReply}
        onEdit={startEdit}
        onResend={resend}
        onProblem={retryPending}
        onEndSeen={setEndSeen}
      />
      <TypingLine dialogId={dialog.id} name={dialog.customer.name} />
      {alarm && <p className={classes.alarm}>{alarm}</p>}
      <Composer
        ref={composer}
        dialog={dialog}
        about={about}
        mode={mode}
        noReply={noReply}
        onMode={setMode}
        replyTo={replyTo}
        editing={editing}
        onCancel={cancel}
        onLeave={onLeave}
        onEditLast={editLast}
        onFinished={onFinished}
      />
      {dragged && (
        <div className={classes.drop} aria-hidden>
          <IconFileUpload size={32} stroke={1.5} />
          {mode === "note" ? t.drop_note() : t.drop_here()}
        </div>
      )}
    </section>
  );
}

function TypingLine({ dialogId, name }: { dialogId: number; name: string }) {
  const { me, nameOf } = useDirectory();
  const who = useTyping(dialogId).filter((it) => it !== me.operator.id);
  const names = who.map((it) => (it === "customer" ? name : nameOf(it)));
  return (
    <p className={classes.typing} data-on={names.length > 0 || undefined}>
      {names.length > 0 && (
        <>
          <span className={classes.dots} aria-hidden>
            <i />
            <i />
            <i />
          </span>
          {t.types({ names: list(names), count: names.length })}
        </>
      )}
    </p>
  );
}
