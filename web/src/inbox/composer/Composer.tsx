/** Where answers and notes are written. One field, two modes that cannot be mixed up, nothing typed is ever lost. */
import { Textarea } from "@mantine/core";
import { IconArrowBackUp, IconChecks, IconLock, IconMessage2, IconPencil, IconX } from "@tabler/icons-react";
import {
  type ClipboardEvent,
  type KeyboardEvent,
  type Ref,
  useEffect,
  useImperativeHandle,
  useRef,
  useState,
} from "react";
import type { About, Dialog, Message } from "@/api/types";
import { number } from "@/i18n/format";
import { m as t } from "@/paraglide/messages";
import { Button } from "@/ui/Button";
import { confirm } from "@/ui/confirm";
import { toast } from "@/ui/toast";
import { editMessage } from "../data";
import { RichText } from "../dialog/RichText";
import { useDirectory } from "../directory";
import { draftOf, type Mode, saveDrafts, setDraft, syncDrafts, useDraft } from "../store/drafts";
import { receiveMessage } from "../store/feed";
import { patchMessage, threadOf } from "../store/threads";
import { isMine } from "../store/views";
import { parse, plainText } from "../text/bb";
import { fromBB, hasMarks, lengthOf, piecesOf, surround, toBB } from "../text/markup";
import { Chips } from "./Chips";
import classes from "./composer.module.css";
import { permission, send } from "./send";
import { type Mark, Tools } from "./Tools";
import { typingEnded, typingIn } from "./typing";
import { addUploads, takeUploads, useUploads } from "./uploads";

/** The counter appears for the last part of the channel's length. */
const COUNTER_FROM = 0.9;

export type ComposerHandle = { focus: () => void };
type ComposerProps = {
  ref?: Ref<ComposerHandle>;
  dialog: Dialog;
  about: About | undefined;
  mode: Mode;
  /** Why an answer is impossible; empty when it is possible. */
  noReply: string;
  onMode: (mode: Mode) => void;
  replyTo: Message | null;
  editing: Message | null;
  onCancel: () => void;
  onLeave: () => void;
  onEditLast: () => void;
  onFinished: () => void;
};

export function Composer(props: ComposerProps) {
  const {
    ref,
    dialog,
    about,
    mode,
    noReply,
    onMode,
    replyTo,
    editing,
    onCancel,
    onLeave,
    onEditLast,
    onFinished,
  } = props;
  const { me, nameOf } = useDirectory();
  const field = useRef<HTMLTextAreaElement>(null);
  const draft = useDraft(dialog.id, mode);
  const uploads = useUploads(dialog.id, mode);
  const formatting = mode === "note" || Boolean(about?.can.formatting);
  const [edited, setEdited] = useState("");
  const [busy, setBusy] = useState(false);
  /** Since when this answer is being written: what a colleague sends later is worth a look first. */
  const begunAt = useRef<number | null>(null);
  const text = editing ? edited : draft;
  useImperativeHandle(ref, () => ({ focus: () => field.current?.focus() }));

  useEffect(() => {
    if (!editing) return;
    setEdited(fromBB(editing.text, formatting));
    field.current?.focus();
  }, [editing, formatting]);
  useEffect(() => {
    if (replyTo) field.current?.focus();
  }, [replyTo]);
  useEffect(
    () => () => {
      saveDrafts();
      syncDrafts();
      typingEnded(dialog.id);
    },
    [dialog.id],
  );

  const change = (next: string) => {
    if (editing) return setEdited(next);
    if (next && begunAt.current === null) begunAt.current = Date.now();
    if (!next) begunAt.current = null;
    setDraft(dialog.id, mode, next);
    if (mode === "reply" && next && about?.can.typing && isMine(dialog, me.operator.id)) typingIn(dialog.id);
  };
  /** Changes the text and puts the cursor, so that the browser's undo keeps working for what follows. */
  const replace = (next: { text: string; from: number; to: number }) => {
    change(next.text);
    requestAnimationFrame(() => {
      field.current?.focus();
      field.current?.setSelectionRange(next.from, next.to);
    });
  };
  const selection = () => ({
    from: field.current?.selectionStart ?? text.length,
    to: field.current?.selectionEnd ?? text.length,
  });
  const insert = (piece: string) => {
    const { from, to } = selection();
    const at = from + piece.length;
    replace({ text: text.slice(0, from) + piece + text.slice(to), from: at, to: at });
  };
  const mark = (it: Mark) => {
    const { from, to } = selection();
    if (it === "link") {
      const label = text.slice(from, to) || t.link_text();
      const piece = `[${label}](https://)`;
      const at = from + piece.length - 1;
      replace({ text: text.slice(0, from) + piece + text.slice(to), from: at, to: at });
    } else replace(surround(text, from, to, it));
  };

  const limit = mode === "reply" ? (about?.limits.text_max ?? 0) : 0;
  const used = limit > 0 && text.length > limit * 0.5 ? lengthOf(text, formatting) : 0;
  const pieces = used > limit ? piecesOf(text, formatting, limit) : 1;
  const uploading = uploads.some((it) => it.state === "loading");
  const failedUploads = uploads.some((it) => it.state === "failed");
  const isEmpty = text.trim() === "" && (editing !== null || uploads.length === 0);
  const blocked =
    isEmpty || uploading || failedUploads || busy || (mode === "reply" && noReply !== "" && !editing);

  const saveEdit = async (message: Message) => {
    const next = toBB(edited, formatting);
    if (next === message.text) return onCancel();
    const undo = patchMessage(dialog.id, message.id, { text: next, edited_at: new Date().toISOString() });
    onCancel();
    try {
      receiveMessage(await editMessage(message.id, next));
    } catch (error) {
      undo();
      toast.error(error);
    }
  };
  /** A colleague answered while this was written: look first? */
  const answeredBy = () => {
    const since = begunAt.current;
    if (mode === "note" || since === null) return null;
    const news = threadOf(dialog.id)?.messages.findLast(
      (it) =>
        it.kind === "reply" &&
        it.author.operator_id !== me.operator.id &&
        it.author.kind === "operator" &&
        Date.parse(it.at) > since,
    );
    return news ? nameOf(news.author.operator_id) : null;
  };
  const submit = async (andFinish: boolean) => {
    if (blocked) return;
    if (editing) return saveEdit(editing);
    setBusy(true);
    try {
      const other = answeredBy();
      if (other) {
        begunAt.current = Date.now();
        const yes = await confirm({
          title: t.answered_title({ name: other }),
          text: t.answered_text(),
          yes: t.send_anyway(),
        });
        if (!yes) return;
      }
      const allowed = await permission(dialog.id, mode, nameOf(dialog.session.operator_id));
      if (!allowed) return;
      const written = draftOf(dialog.id, mode);
      setDraft(dialog.id, mode, "");
      begunAt.current = null;
      saveDrafts();
      send(
        {
          dialogId: dialog.id,
          mode,
          text: toBB(written, formatting),
          files: takeUploads(dialog.id, mode),
          replyTo,
          andFinish,
        },
        allowed.takeOver,
      );
      onCancel();
      if (andFinish) onFinished();
    } finally {
      setBusy(false);
      field.current?.focus();
    }
  };

  const onKeyDown = (event: KeyboardEvent<HTMLTextAreaElement>) => {
    // A word being composed by an input method owns its keys.
    if (event.nativeEvent.isComposing || event.keyCode === 229) return;
    const mod = event.ctrlKey || event.metaKey;
    if (event.code === "Enter" || event.code === "NumpadEnter") {
      const plain = !mod && !event.altKey && !event.shiftKey;
      if (!(mod || (plain && me.settings.enter_sends))) return;
      event.preventDefault();
      void submit(mod && event.shiftKey && mode === "reply" && !editing);
    } else if (event.code === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      if (editing || replyTo) onCancel();
      else onLeave();
    } else if (event.code === "ArrowUp" && text === "" && !event.altKey && !mod) {
      event.preventDefault();
      onEditLast();
    } else if (formatting && mod && !event.shiftKey && (event.code === "KeyB" || event.code === "KeyI")) {
      event.preventDefault();
      mark(event.code === "KeyB" ? "**" : "_");
    }
  };
  const onPaste = (event: ClipboardEvent) => {
    const files = [...event.clipboardData.files];
    if (files.length === 0 || editing || (mode === "reply" && !about?.can.files)) return;
    event.preventDefault();
    addUploads(dialog.id, mode, files);
  };

  const note = mode === "note";
  return (
    <section className={classes.composer} data-mode={mode} aria-label={note ? t.mode_note() : t.mode_reply()}>
      <div className={classes.modes} role="radiogroup" aria-label={t.mode_label()}>
        {(["reply", "note"] as const).map((it) => (
          <button
            key={it}
            type="button"
            role="radio"
            aria-checked={mode === it}
            className={classes.mode}
            disabled={editing !== null}
            onClick={() => {
              onMode(it);
              field.current?.focus();
            }}
          >
            {it === "reply" ? (
              <IconMessage2 size={15} stroke={1.8} aria-hidden />
            ) : (
              <IconLock size={15} stroke={1.8} aria-hidden />
            )}
            {it === "reply" ? t.mode_reply() : t.mode_note()}
          </button>
        ))}
        <span className={classes.space} />
        {used > limit * COUNTER_FROM && limit > 0 && (
          <span className={classes.counter} data-over={used > limit || undefined} role="status">
            {used > limit ? t.split_into({ count: pieces }) : number(limit - used)}
          </span>
        )}
      </div>
      {(editing || replyTo) && (
        <div className={classes.about}>
          {editing ? <IconPencil size={16} aria-hidden /> : <IconArrowBackUp size={16} aria-hidden />}
          <span className={classes.aboutText}>
            <b>{editing ? t.editing() : (replyTo?.author.name ?? "")}</b>
            <span>{plainText(parse((editing ?? replyTo)?.text ?? "")) || t.preview_files({ count: 1 })}</span>
          </span>
          <button
            type="button"
            className={classes.aboutClose}
            onClick={onCancel}
            aria-label={t.action_cancel()}
          >
            <IconX size={16} aria-hidden />
          </button>
        </div>
      )}
      {noReply && !editing && <p className={classes.reason}>{noReply}</p>}
      <Textarea
        ref={field}
        variant="unstyled"
        autosize
        minRows={2}
        maxRows={10}
        className={classes.field}
        classNames={{ input: classes.input }}
        aria-label={note ? t.note_label() : t.reply_label()}
        placeholder={note ? t.note_placeholder() : t.reply_placeholder({ name: dialog.customer.name })}
        value={text}
        disabled={mode === "reply" && noReply !== "" && !editing}
        onChange={(event) => change(event.currentTarget.value)}
        onKeyDown={onKeyDown}
        onPaste={onPaste}
      />
      {hasMarks(text, formatting) && (
        <div className={classes.preview}>
          <span className={classes.previewLabel}>{t.preview_label()}</span>
          <div className={classes.previewText}>
            <RichText text={toBB(text, formatting)} />
          </div>
        </div>
      )}
      {!editing && <Chips dialogId={dialog.id} mode={mode} filesMax={about?.limits.files_max ?? 0} />}
      <div className={classes.bar}>
        <Tools
          formatting={formatting}
          canFiles={!editing && (note || Boolean(about?.can.files))}
          filesHint={about && !about.can.files && !note ? t.no_files({ channel: about.title }) : ""}
          onMark={mark}
          onEmoji={insert}
          onFiles={(files) => {
            addUploads(dialog.id, mode, files);
            field.current?.focus();
          }}
        />
        <span className={classes.space} />
        <SendButton
          label={editing ? t.action_save() : note ? t.add_note() : t.send()}
          blocked={blocked}
          split={!note && !editing && isMine(dialog, me.operator.id)}
          onSend={(andFinish) => void submit(andFinish)}
        />
      </div>
    </section>
  );
}

type SendProps = { label: string; blocked: boolean; split: boolean; onSend: (andFinish: boolean) => void };

function SendButton({ label, blocked, split, onSend }: SendProps) {
  return (
    <span className={classes.send}>
      {split && (
        <Button
          kind="quiet"
          size="sm"
          className={classes.sendFinish}
          disabled={blocked}
          onClick={() => onSend(true)}
          title={`${t.send_and_finish()} (Ctrl+Shift+Enter)`}
          leftSection={<IconChecks size={17} stroke={1.8} aria-hidden />}
        >
          <span className={classes.sendFinishLabel}>{t.send_and_finish()}</span>
        </Button>
      )}
      <Button kind="primary" size="sm" disabled={blocked} onClick={() => onSend(false)} data-send>
        {label}
      </Button>
    </span>
  );
}
