/** The rows: virtual, so that ten thousand cost as much as twenty; the order changes without moving what is read. */
import {
  IconChevronUp,
  IconFilterOff,
  IconInbox,
  IconMessages,
  IconPlugConnected,
} from "@tabler/icons-react";
import { useNavigate } from "@tanstack/react-router";
import {
  type ComponentProps,
  type KeyboardEvent,
  type Ref,
  useEffect,
  useImperativeHandle,
  useLayoutEffect,
  useRef,
  useState,
} from "react";
import { Virtualizer, type VirtualizerHandle } from "virtua";
import { useStatusSwitch } from "@/me/presence";
import { m as t } from "@/paraglide/messages";
import { Button } from "@/ui/Button";
import { Empty, Failed, Loading } from "@/ui/State";
import { useDirectory } from "../directory";
import { order, useOrder } from "../listStore";
import { useCounts } from "../store/counts";
import { useOffers } from "../store/offers";
import { firstPage, morePages, usePages } from "../store/pages";
import { type Filter, isFiltered } from "../store/views";
import { DialogRow, ROW_HEIGHT } from "./DialogRow";
import classes from "./list.module.css";

/** Rows from the end at which the next page is asked for. */
const MORE_BEFORE_END = 30;
const SKELETON_ROWS = 9;

/** Rows stay under the pointer while the list scrolls: what is seen can be hovered and hit at any moment. */
const Rows = ({ style, ...rest }: ComponentProps<"div">) => (
  <div {...rest} style={{ ...style, pointerEvents: undefined }} />
);

export type ListHandle = { focus: () => void; reveal: (id: number) => void };

type ListProps = {
  ref?: Ref<ListHandle>;
  filter: Filter;
  openId: number | null;
  onOpen: (id: number) => void;
  /** Enter on a row: into the dialog. */
  onEnter: () => void;
  onReset: () => void;
};

export const Skeletons = () => (
  <div aria-hidden>
    {Array.from({ length: SKELETON_ROWS }, (_, index) => (
      // biome-ignore lint/suspicious/noArrayIndexKey: grey rows are all alike
      <div key={index} className={classes.skeleton}>
        <i className={classes.skeletonFace} />
        <span>
          <i style={{ width: `${46 + ((index * 17) % 30)}%` }} />
          <i style={{ width: `${68 + ((index * 23) % 28)}%` }} />
          <i style={{ width: "38%" }} />
        </span>
      </div>
    ))}
  </div>
);

export function DialogList({ ref, filter, openId, onOpen, onEnter, onReset }: ListProps) {
  const { ids, above } = useOrder();
  const pages = usePages(filter);
  const counts = useCounts();
  const scroller = useRef<HTMLDivElement>(null);
  const virtual = useRef<VirtualizerHandle>(null);
  const shown = useRef<readonly number[]>(ids);
  const [focused, setFocused] = useState(false);

  const firstVisible = () => Math.max(0, Math.floor((scroller.current?.scrollTop ?? 0) / ROW_HEIGHT));
  const reveal = (id: number) => {
    const index = shown.current.indexOf(id);
    if (index >= 0) virtual.current?.scrollToIndex(index, { align: "nearest" });
  };
  useImperativeHandle(ref, () => ({ focus: () => scroller.current?.focus({ preventScroll: true }), reveal }));

  // The order changed: keep what is read where it is, and keep the open dialog on the screen.
  useLayoutEffect(() => {
    const before = shown.current;
    shown.current = ids;
    const element = scroller.current;
    if (before.length === 0 && openId !== null && ids.includes(openId))
      virtual.current?.scrollToIndex(ids.indexOf(openId), { align: "nearest" });
    if (!element || before === ids || before.length === 0) return;
    const top = element.scrollTop;
    const height = element.clientHeight;
    const offsetOf = (list: readonly number[], id: number) => list.indexOf(id) * ROW_HEIGHT;
    const isSeen = (offset: number, at: number) =>
      offset >= at - ROW_HEIGHT / 2 && offset + ROW_HEIGHT / 2 <= at + height;
    let next = top;
    const anchor = before[Math.floor(top / ROW_HEIGHT)];
    if (top >= ROW_HEIGHT && anchor !== undefined && ids.includes(anchor))
      next = top + offsetOf(ids, anchor) - offsetOf(before, anchor);
    if (openId !== null && before.includes(openId) && ids.includes(openId)) {
      const was = isSeen(offsetOf(before, openId), top);
      const offset = offsetOf(ids, openId);
      if (was && !isSeen(offset, next))
        next = Math.max(0, offset < next ? offset : offset + ROW_HEIGHT - height);
    }
    if (next !== top) element.scrollTop = next;
  }, [ids, openId]);

  // biome-ignore lint/correctness/useExhaustiveDependencies: another filter begins at its top
  useEffect(() => {
    if (scroller.current) scroller.current.scrollTop = 0;
  }, [filter.view, filter.line, filter.channel, filter.operator, filter.unanswered, filter.sort]);

  useEffect(() => {
    if (openId === null) return;
    const index = shown.current.indexOf(openId);
    if (index >= 0) virtual.current?.scrollToIndex(index, { align: "nearest" });
  }, [openId]);

  const onScroll = () => {
    const first = firstVisible();
    order.see(first > 0 ? shown.current[first] : undefined);
    const rows = Math.ceil((scroller.current?.clientHeight ?? 0) / ROW_HEIGHT);
    if (first + rows > shown.current.length - MORE_BEFORE_END) void morePages(filter);
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const moves: Record<string, number | undefined> = {
      ArrowDown: 1,
      ArrowUp: -1,
      PageDown: 8,
      PageUp: -8,
      Home: Number.NEGATIVE_INFINITY,
      End: Number.POSITIVE_INFINITY,
    };
    const by = event.altKey || event.ctrlKey || event.metaKey ? undefined : moves[event.code];
    if (by !== undefined && ids.length > 0) {
      event.preventDefault();
      const from = openId === null ? -1 : ids.indexOf(openId);
      const next = ids[Math.max(0, Math.min(ids.length - 1, from < 0 ? 0 : from + by))];
      if (next !== undefined) onOpen(next);
    } else if (event.code === "Enter" && openId !== null) {
      event.preventDefault();
      onEnter();
    }
  };
  const toTop = () => {
    order.flush();
    scroller.current?.scrollTo({ top: 0 });
  };

  const total = Math.max(ids.length, isFiltered(filter) ? 0 : (counts?.[filter.view] ?? 0));
  const isEmpty = ids.length === 0;
  return (
    <div
      className={classes.rows}
      onPointerEnter={(event) => event.pointerType === "mouse" && order.hold(true)}
      onPointerLeave={() => order.hold(false)}
    >
      {above > 0 && (
        <button type="button" className={classes.above} onClick={toTop}>
          <IconChevronUp size={14} stroke={2.2} aria-hidden />
          {t.new_above({ count: above })}
        </button>
      )}
      <div
        ref={scroller}
        className={classes.scroller}
        role="listbox"
        tabIndex={0}
        aria-label={t.list_label()}
        aria-busy={pages?.state === "loading" || undefined}
        aria-activedescendant={
          focused && openId !== null && ids.includes(openId) ? `dialog-${openId}` : undefined
        }
        onFocus={() => setFocused(true)}
        onBlur={() => setFocused(false)}
        onKeyDown={onKeyDown}
        hidden={isEmpty}
      >
        <Virtualizer
          ref={virtual}
          as={Rows}
          data={ids as number[]}
          itemSize={ROW_HEIGHT}
          bufferSize={ROW_HEIGHT * 6}
          onScroll={onScroll}
        >
          {(id, index) => (
            <DialogRow
              key={id}
              id={id}
              selected={id === openId}
              place={index + 1}
              count={total}
              onOpen={onOpen}
            />
          )}
        </Virtualizer>
      </div>
      {pages?.state === "failed" && !isEmpty && (
        <div className={classes.stale}>
          <span>{t.list_stale()}</span>
          <Button kind="quiet" size="compact-xs" onClick={() => void firstPage(filter)}>
            {t.action_retry()}
          </Button>
        </div>
      )}
      {isEmpty && <NoRows filter={filter} onReset={onReset} />}
    </div>
  );
}

/** Why there are no rows, and what to do about it. */
function NoRows({ filter, onReset }: { filter: Filter; onReset: () => void }) {
  const pages = usePages(filter);
  const { lines, linesKnown, me } = useDirectory();
  const { change } = useStatusSwitch();
  const offered = useOffers().length > 0;
  const navigate = useNavigate();
  if (pages?.state === "failed") return <Failed error={pages.error} onRetry={() => void firstPage(filter)} />;
  if (!pages || pages.state === "loading" || pages.loadingMore)
    return (
      <Loading onRetry={() => void firstPage(filter)}>
        <Skeletons />
      </Loading>
    );
  if (isFiltered(filter))
    return (
      <Empty icon={IconFilterOff} title={t.empty_filter()} text={t.empty_filter_text()}>
        <Button onClick={onReset}>{t.filter_reset()}</Button>
      </Empty>
    );
  if (linesKnown && lines.size === 0) {
    const admin = me.operator.role === "admin";
    return (
      <Empty
        icon={IconPlugConnected}
        title={t.empty_no_lines()}
        text={admin ? t.empty_no_lines_admin() : t.empty_no_lines_operator()}
      >
        {admin && (
          <Button kind="primary" onClick={() => void navigate({ to: "/lines" })}>
            {t.empty_connect()}
          </Button>
        )}
      </Empty>
    );
  }
  const texts = {
    mine: [t.empty_mine(), t.empty_mine_text()],
    waiting: [t.empty_waiting(), t.empty_waiting_text()],
    all: [t.empty_all(), t.empty_all_text()],
    finished: [t.empty_finished(), t.empty_finished_text()],
  } as const;
  const [title, text] = texts[filter.view];
  if (filter.view === "mine" && offered)
    return <Empty icon={IconInbox} title={t.empty_mine()} text={t.empty_mine_offered()} />;
  const offLine = filter.view === "mine" && me.operator.status !== "available";
  return (
    <Empty
      icon={filter.view === "waiting" ? IconMessages : IconInbox}
      title={title}
      text={offLine ? t.empty_mine_off() : text}
    >
      {offLine && (
        <Button kind="primary" onClick={() => change("available")}>
          {t.go_available()}
        </Button>
      )}
    </Empty>
  );
}
