/** The operator's workplace: list of dialogs, the open dialog, the customer's card. The address holds its state. */
import { Drawer } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useNavigate, useSearch } from "@tanstack/react-router";
import { lazy, Suspense, useCallback, useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useMe } from "@/me/data";
import { m as t } from "@/paraglide/messages";
import { accept, finish, setUnread } from "./actions";
import { type DialogHandle, DialogPane } from "./dialog/DialogPane";
import { DirectoryProvider } from "./directory";
import classes from "./inbox.module.css";
import type { FilterChange } from "./list/Filters";
import { ListPane, type ListPaneHandle } from "./list/ListPane";
import { keepOrder, neighbour, orderedIds, setFilter } from "./listStore";
import { Splitter, usePaneSizes } from "./panes";
import { useDialog } from "./store/dialogs";
import { loadThread } from "./store/feed";
import { useOffers } from "./store/offers";
import { threadOf } from "./store/threads";
import { defaultSort, type Filter } from "./store/views";
import { useInboxKeys } from "./useInboxKeys";
import { usePaneKey } from "./usePaneKey";
import { useViewer } from "./viewer/open";

const Viewer = lazy(() => import("./viewer/Viewer"));
const CustomerCard = lazy(() => import("@/customers/CustomerCard"));
/** The neighbour is loaded a moment after a dialog was opened: it is probably the next one. */
const AHEAD_AFTER_MS = 250;

export function InboxPage() {
  return (
    <DirectoryProvider>
      <Inbox />
    </DirectoryProvider>
  );
}

function Inbox() {
  const { operator } = useMe();
  const address = useSearch({ from: "/inside/inbox" });
  const navigate = useNavigate();
  const [sizes, setSizes] = usePaneSizes(operator.id);
  const [drawer, setDrawer] = useState(false);
  const [paused, setPaused] = useState<number | null>(null);
  const phone = useMediaQuery("(max-width: 767px)", undefined, { getInitialValueInEffect: false }) ?? false;
  const wide = useMediaQuery("(min-width: 1280px)", undefined, { getInitialValueInEffect: false }) ?? true;
  const root = useRef<HTMLDivElement>(null);
  const list = useRef<ListPaneHandle>(null);
  const pane = useRef<DialogHandle>(null);
  const openId = address.d ?? null;
  const dialog = useDialog(openId);
  const offers = useOffers();
  const picturesShown = useViewer((it) => it.files.length > 0);
  usePaneKey(root);

  const { view = "mine", line, channel, operator: by, unanswered, sort } = address;
  const filter = useMemo<Filter>(
    () => ({ view, line, channel, operator: by, unanswered, sort: sort ?? defaultSort(view) }),
    [view, line, channel, by, unanswered, sort],
  );
  useLayoutEffect(() => keepOrder(operator.id), [operator.id]);
  useLayoutEffect(() => setFilter(filter), [filter]);

  const open = useCallback(
    (id: number, messageId?: number) => {
      setPaused(null);
      void navigate({
        to: "/inbox",
        search: (before) => ({ ...before, d: id, m: messageId }),
        replace: !phone,
      });
    },
    [navigate, phone],
  );
  const close = useCallback(() => {
    void navigate({ to: "/inbox", search: (before) => ({ ...before, d: undefined, m: undefined }) });
  }, [navigate]);
  const changeFilter = (change: FilterChange) => {
    const next = { ...change };
    if (next.sort === defaultSort(view)) next.sort = undefined;
    void navigate({ to: "/inbox", search: (before) => ({ ...before, ...next }), replace: true });
  };

  useEffect(() => {
    if (openId === null) return;
    const timer = setTimeout(() => {
      const next = neighbour(openId, 1);
      if (next !== undefined && !threadOf(next)) void loadThread(next);
    }, AHEAD_AFTER_MS);
    return () => clearTimeout(timer);
  }, [openId]);

  // The bottom bar gives its place to the composer while a dialog fills the screen.
  useEffect(() => {
    document.documentElement.toggleAttribute("data-dialog-open", phone && openId !== null);
    return () => document.documentElement.removeAttribute("data-dialog-open");
  }, [phone, openId]);
  const name = dialog?.customer.name;
  useEffect(() => {
    document.title = `${name ?? t.nav_dialogs()} – ${t.app_name()}`;
  }, [name]);

  const cardShown = wide ? sizes.cardShown : drawer;
  const toggleCard = useCallback(() => {
    if (wide) setSizes({ cardShown: !sizes.cardShown });
    else setDrawer((it) => !it);
  }, [wide, sizes.cardShown, setSizes]);
  const next = useCallback(() => {
    const following = openId === null ? undefined : (neighbour(openId, 1) ?? neighbour(openId, -1));
    return following ?? orderedIds().find((it) => it !== openId);
  }, [openId]);
  const end = useCallback(
    (andNext: boolean) => {
      if (openId === null) return;
      const following = andNext ? next() : undefined;
      void finish(openId);
      if (following !== undefined) open(following);
    },
    [openId, next, open],
  );
  const keys = useMemo(
    () => ({
      move: (step: 1 | -1) => {
        const to = neighbour(openId, step);
        if (to !== undefined) open(to);
      },
      enter: () => pane.current?.focusComposer(),
      leave: () => (phone && openId !== null ? close() : list.current?.focusList()),
      search: () => list.current?.focusSearch(),
      reply: () => pane.current?.focusComposer("reply"),
      note: () => pane.current?.focusComposer("note"),
      finish: end,
      toggleList: () => setSizes({ listShown: !sizes.listShown }),
      toggleCard,
      accept: (offerId: number) => {
        open(offerId);
        void accept(offerId);
      },
      unread: () => {
        if (openId === null) return;
        setPaused(openId);
        void setUnread(openId);
      },
    }),
    [openId, open, close, phone, end, toggleCard, sizes.listShown, setSizes],
  );
  useInboxKeys(dialog, operator.id, offers.find((it) => it.takenBy === null)?.id, keys);

  const listShown = phone ? openId === null : sizes.listShown;
  const dialogShown = !phone || openId !== null;
  return (
    <div className={classes.inbox} ref={root}>
      <h1 className="ol-hidden">{t.nav_dialogs()}</h1>
      {listShown && (
        <>
          <section
            className={classes.list}
            style={phone ? undefined : { width: sizes.list }}
            aria-label={t.list_label()}
            data-pane
          >
            <ListPane
              ref={list}
              filter={filter}
              openId={openId}
              onOpen={open}
              onEnter={() => pane.current?.focusComposer()}
              onFilter={changeFilter}
            />
          </section>
          {!phone && (
            <Splitter
              label={t.resize_list()}
              size={sizes.list}
              side="before"
              onSize={(size) => setSizes({ list: size })}
            />
          )}
        </>
      )}
      {dialogShown && (
        <div className={classes.dialog} data-pane>
          <DialogPane
            ref={pane}
            dialogId={openId}
            messageId={address.m}
            onBack={phone ? close : undefined}
            onLeave={() =>
              phone ? (document.activeElement as HTMLElement | null)?.blur() : list.current?.focusList()
            }
            cardShown={cardShown}
            onCard={toggleCard}
            onFinish={() => end(false)}
            onFinished={() => {}}
            readingPaused={paused === openId}
          />
        </div>
      )}
      {dialog && wide && sizes.cardShown && (
        <>
          <Splitter
            label={t.resize_card()}
            size={sizes.card}
            side="after"
            onSize={(size) => setSizes({ card: size })}
          />
          <aside className={classes.card} style={{ width: sizes.card }} aria-label={t.card_title()} data-pane>
            <Suspense>
              <CustomerCard dialog={dialog} onClose={() => setSizes({ cardShown: false })} />
            </Suspense>
          </aside>
        </>
      )}
      {dialog && !wide && (
        <Drawer
          opened={drawer}
          onClose={() => setDrawer(false)}
          position="right"
          size={360}
          title={t.card_title()}
          closeButtonProps={{ "aria-label": t.action_close() }}
          padding={0}
          classNames={{ header: classes.drawerHead }}
        >
          <Suspense>
            <CustomerCard dialog={dialog} />
          </Suspense>
        </Drawer>
      )}
      {picturesShown && (
        <Suspense>
          <Viewer />
        </Suspense>
      )}
    </div>
  );
}
