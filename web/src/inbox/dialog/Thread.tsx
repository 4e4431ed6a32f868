/** The messages of a dialog. Opens at the first unread one or at the end, and never jumps under the reader. */
import { ActionIcon } from "@mantine/core";
import { IconChevronDown } from "@tabler/icons-react";
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { Virtualizer, type VirtualizerHandle } from "virtua";
import type { About, Dialog, Message } from "@/api/types";
import { nearDay, time } from "@/i18n/format";
import { m as t } from "@/paraglide/messages";
import { Failed, Loading } from "@/ui/State";
import { toast } from "@/ui/toast";
import { useDirectory } from "../directory";
import { loadThread, usePendingOf } from "../store/feed";
import { type Thread as Loaded, useThread } from "../store/threads";
import { Bubble, type BubbleActions } from "./Bubble";
import { loadAfter, loadBefore } from "./loadMore";
import { type MenuTarget, MessageMenu } from "./MessageMenu";
import { buildRows, firstUnread, type Row } from "./rows";
import { systemText } from "./system";
import classes from "./thread.module.css";
import { useNews } from "./useNews";

/** Distance from the end within which the thread follows new messages. */
const END_PX = 48;
/** Distance from the start at which older messages are asked for. */
const START_PX = 900;
const MARK_MS = 1_800;
const SETTLE_MS = 150;

export type Jump = { messageId: number; nonce: number };

type ThreadProps = Omit<BubbleActions, "onMenu" | "onJump"> & {
  dialog: Dialog;
  about: About | undefined;
  canReply: boolean;
  /** A message that the address or a quote points at. */
  jump: Jump | null;
  onEdit: (message: Message) => void;
  /** The newest message is on the screen, or is no more. */
  onEndSeen: (seen: boolean) => void;
};

export function Thread(props: ThreadProps) {
  const { dialog, jump } = props;
  const thread = useThread(dialog.id);
  const [target, setTarget] = useState<Jump | null>(jump);
  /** The jump for which a window was asked for already: once is enough. */
  const asked = useRef(0);
  useEffect(() => setTarget(jump), [jump]);
  if (!thread || thread.state === "loading")
    return (
      <div className={classes.state}>
        <Loading onRetry={() => void loadThread(dialog.id)}>
          <Skeleton />
        </Loading>
      </div>
    );
  if (thread.state === "failed")
    return (
      <div className={classes.state}>
        <Failed error={thread.error} onRetry={() => void loadThread(dialog.id)} />
      </div>
    );
  return (
    <Messages
      key={`${dialog.id}.${thread.generation}`}
      {...props}
      thread={thread}
      jump={target}
      onJump={setTarget}
      onMissing={({ messageId, nonce }) => {
        if (asked.current === nonce) return;
        asked.current = nonce;
        loadThread(dialog.id, messageId).catch(toast.error);
      }}
    />
  );
}

const Skeleton = () => (
  <div className={classes.skeleton} aria-hidden>
    {[52, 34, 61, 40, 28].map((width, index) => (
      <i
        key={width}
        data-out={index % 2 === 1 || undefined}
        style={{ width: `${width}%`, height: index === 2 ? 64 : 38 }}
      />
    ))}
  </div>
);

type MessagesProps = ThreadProps & {
  thread: Loaded;
  onJump: (jump: Jump | null) => void;
  /** The message that is looked for is not in the window. */
  onMissing: (jump: Jump) => void;
};

function Messages({
  dialog,
  about,
  canReply,
  jump,
  onJump,
  onMissing,
  onEndSeen,
  onEdit,
  thread,
  ...actions
}: MessagesProps) {
  const { me } = useDirectory();
  const pending = usePendingOf(dialog.id);
  // Stands still as long as the dialog is open: reading must not move the line.
  const [unread] = useState(() => firstUnread(thread.messages, dialog.unread_count));
  const operator = me.operator;
  const rows = useMemo(
    () => buildRows({ messages: thread.messages, pending, me: operator, unread }),
    [thread.messages, pending, operator, unread],
  );
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useRef<VirtualizerHandle>(null);
  const [follows, setFollows] = useState(true);
  const following = useRef(true);
  const lastTop = useRef(0);
  const [menu, setMenu] = useState<MenuTarget | null>(null);
  const [marked, setMarked] = useState<number | null>(null);
  const { fresh, seen } = useNews(thread.messages, dialog, follows && !thread.moreAfter);

  const follow = (on: boolean) => {
    following.current = on;
    setFollows(on);
  };
  const toEnd = () => virtual.current?.scrollToIndex(rows.length - 1, { align: "end" });
  const indexOf = (messageId: number) =>
    rows.findIndex((it) => it.kind !== "day" && it.kind !== "unread" && it.message.id === messageId);
  const show = (messageId: number) => {
    const index = indexOf(messageId);
    if (index < 0) return false;
    follow(false);
    virtual.current?.scrollToIndex(index, { align: "center" });
    setMarked(messageId);
    return true;
  };
  const jumpTo = (messageId: number) => onJump({ messageId, nonce: Date.now() });

  // The first place: what the address names, the first unread message, else the end.
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when the window is new
  useLayoutEffect(() => {
    if (jump && show(jump.messageId)) return;
    const place = rows.findIndex((it) => it.kind === "unread");
    if (place >= 0) {
      follow(false);
      virtual.current?.scrollToIndex(place, { align: "start", offset: -24 });
    } else toEnd();
  }, []);

  // biome-ignore lint/correctness/useExhaustiveDependencies: only when somebody asks for a message
  useEffect(() => {
    if (jump && !show(jump.messageId)) onMissing(jump);
  }, [jump?.nonce]);

  useEffect(() => {
    if (marked === null) return;
    const timer = setTimeout(() => setMarked(null), MARK_MS);
    return () => clearTimeout(timer);
  }, [marked]);

  // New rows: whoever is at the end stays there; an own message leads there.
  const last = rows.at(-1);
  const lastKey = last?.key;
  // biome-ignore lint/correctness/useExhaustiveDependencies: only when the last row is another one
  useLayoutEffect(() => {
    const mine = last?.kind === "message" && last.pending !== null;
    if (following.current || mine) {
      follow(true);
      toEnd();
    }
  }, [lastKey]);

  // Everything may fit without scrolling: then no scroll event ever tells that the end is on the screen. Sizes are
  // guesses until rows are measured, so this waits until they have stood still for a moment.
  // Older rows are not asked for before that either: they would be put above a place that is still being looked for.
  const placed = useRef(false);
  const settle = useRef<ReturnType<typeof setTimeout>>(undefined);
  const settleSoon = () => {
    clearTimeout(settle.current);
    settle.current = setTimeout(() => {
      placed.current = true;
      const element = scroller.current;
      if (!element) return;
      if (element.scrollHeight - element.clientHeight - element.scrollTop < END_PX) follow(true);
      if (element.scrollTop < START_PX) void loadBefore(dialog.id);
    }, SETTLE_MS);
  };
  // biome-ignore lint/correctness/useExhaustiveDependencies: once for each window
  useEffect(() => {
    settleSoon();
    return () => clearTimeout(settle.current);
  }, []);

  const atEnd = follows && !thread.moreAfter;
  useEffect(() => {
    onEndSeen(atEnd);
    return () => onEndSeen(false);
  }, [atEnd, onEndSeen]);

  const onScroll = (top: number) => {
    const handle = virtual.current;
    if (!handle) return;
    const left = handle.scrollSize - handle.viewportSize - top;
    if (left < END_PX) {
      if (thread.moreAfter) void loadAfter(dialog.id);
      else if (!following.current) follow(true);
    } else if (following.current && top < lastTop.current - 2) follow(false);
    lastTop.current = top;
    if (top < START_PX && placed.current) void loadBefore(dialog.id);
  };
  const onResize = () => {
    if (following.current) toEnd();
    else settleSoon();
  };
  const goToEnd = () => {
    seen();
    onJump(null);
    follow(true);
    if (thread.moreAfter) void loadThread(dialog.id);
    else toEnd();
  };

  const count = fresh + thread.missedAfter;
  return (
    <div className={classes.thread}>
      <div
        ref={scroller}
        className={classes.scroller}
        role="log"
        aria-live="off"
        aria-label={t.thread_label()}
        // biome-ignore lint/a11y/noNoninteractiveTabindex: a scrolled region must be reachable by keyboard
        tabIndex={0}
      >
        <div className={classes.spacer} />
        <Virtualizer
          ref={virtual}
          data={rows}
          shift={thread.grew === "before"}
          bufferSize={500}
          onScroll={onScroll}
          onResize={onResize}
        >
          {(row) => (
            <ThreadRow
              key={row.key}
              row={row}
              dialog={dialog}
              canReply={canReply}
              marked={row.kind === "message" && row.message.id === marked && marked !== 0}
              onMenu={(message, origin) => setMenu({ message, origin })}
              onJump={jumpTo}
              {...actions}
            />
          )}
        </Virtualizer>
      </div>
      {!(follows && !thread.moreAfter) && (
        <div className={classes.down}>
          {count > 0 ? (
            <button type="button" className={classes.pill} onClick={goToEnd}>
              {t.new_below({ count })}
              <IconChevronDown size={14} stroke={2.2} aria-hidden />
            </button>
          ) : (
            <ActionIcon size={36} radius="xl" variant="default" onClick={goToEnd} aria-label={t.to_end()}>
              <IconChevronDown size={18} />
            </ActionIcon>
          )}
        </div>
      )}
      <MessageMenu
        target={menu}
        about={about}
        me={operator.id}
        canReply={canReply}
        onClose={() => setMenu(null)}
        onReply={actions.onReply}
        onEdit={onEdit}
        onResend={actions.onResend}
      />
    </div>
  );
}

type RowProps = BubbleActions & { row: Row; dialog: Dialog; canReply: boolean; marked: boolean };

function ThreadRow({ row, dialog, canReply, marked, ...actions }: RowProps) {
  const directory = useDirectory();
  switch (row.kind) {
    case "day":
      return (
        <div className={classes.day}>
          <span>{nearDay(row.at)}</span>
        </div>
      );
    case "unread":
      return (
        <div className={classes.unread}>
          <span>{t.unread_line({ count: row.count })}</span>
        </div>
      );
    case "session":
    case "system": {
      const { system, at, text } = row.message;
      const words = system ? systemText(system, directory) : text;
      return (
        <div className={row.kind === "session" ? classes.session : classes.system}>
          <span>
            {words}
            <time dateTime={at}>{time(at)}</time>
          </span>
        </div>
      );
    }
    case "message":
      return (
        <Bubble
          message={row.message}
          pending={row.pending}
          first={row.first}
          last={row.last}
          customer={dialog.customer}
          canReply={canReply && row.message.id > 0}
          marked={marked}
          {...actions}
        />
      );
  }
}
