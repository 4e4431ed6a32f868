/** The left pane: views with counters, search, filters, offers and the rows. */
import { CloseButton, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { Link } from "@tanstack/react-router";
import { type KeyboardEvent, type Ref, useDeferredValue, useImperativeHandle, useRef, useState } from "react";
import type { DialogView } from "@/api/types";
import { number } from "@/i18n/format";
import { m as t } from "@/paraglide/messages";
import { useCounts } from "../store/counts";
import { type Filter, VIEWS } from "../store/views";
import { DialogList, type ListHandle } from "./DialogList";
import { FilterButton, type FilterChange, FilterChips } from "./Filters";
import classes from "./list.module.css";
import { Offers } from "./Offers";
import { type Hit, hitId, hitsOf, SearchResults } from "./SearchResults";
import { useSearch } from "./useSearch";

const COUNT_SHOWN_MAX = 9_999;

export const viewName = (view: DialogView) =>
  ({ mine: t.view_mine, waiting: t.view_waiting, all: t.view_all, finished: t.view_finished })[view]();

function Views({ current }: { current: DialogView }) {
  const counts = useCounts();
  return (
    <nav className={classes.views} aria-label={t.views_label()}>
      {VIEWS.map((view) => {
        const count = counts?.[view] ?? 0;
        return (
          <Link
            key={view}
            to="/inbox"
            search={(before: Record<string, unknown>) => ({
              ...before,
              view: view === "mine" ? undefined : view,
              sort: undefined,
            })}
            className={classes.view}
            // The link finds out by itself whether it is the current one, but it must not take "no view" for any view.
            activeOptions={{ exact: true, explicitUndefined: true }}
            aria-current={view === current ? "page" : undefined}
          >
            <span>{viewName(view)}</span>
            {count > 0 && view !== "finished" && (
              <span className={classes.viewCount}>
                {count > COUNT_SHOWN_MAX ? `${number(COUNT_SHOWN_MAX)}+` : number(count)}
              </span>
            )}
          </Link>
        );
      })}
    </nav>
  );
}

export type ListPaneHandle = { focusList: () => void; focusSearch: () => void };
type ListPaneProps = {
  ref?: Ref<ListPaneHandle>;
  filter: Filter;
  openId: number | null;
  onOpen: (id: number, messageId?: number) => void;
  onEnter: () => void;
  onFilter: (change: FilterChange) => void;
};

const NO_FILTER: FilterChange = {
  line: undefined,
  channel: undefined,
  operator: undefined,
  unanswered: undefined,
  sort: undefined,
};

export function ListPane({ ref, filter, openId, onOpen, onEnter, onFilter }: ListPaneProps) {
  const [query, setQuery] = useState("");
  const [active, setActive] = useState(0);
  const asked = useDeferredValue(query);
  const found = useSearch(asked);
  const hits = hitsOf(found);
  const input = useRef<HTMLInputElement>(null);
  const list = useRef<ListHandle>(null);
  const searching = query.trim() !== "";
  // Another view is another question: what was searched for before would only hide it.
  const [searchedIn, setSearchedIn] = useState(filter.view);
  if (searchedIn !== filter.view) {
    setSearchedIn(filter.view);
    setQuery("");
  }
  useImperativeHandle(ref, () => ({
    focusList: () => list.current?.focus(),
    focusSearch: () => input.current?.select(),
  }));

  const leave = () => {
    setQuery("");
    list.current?.focus();
  };
  const open = (hit: Hit) => onOpen(hit.dialogId, hit.messageId);
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.nativeEvent.isComposing) return;
    if (event.code === "Escape") {
      event.preventDefault();
      event.stopPropagation();
      leave();
    } else if (event.code === "ArrowDown" || event.code === "ArrowUp") {
      event.preventDefault();
      const next = Math.max(0, Math.min(hits.length - 1, active + (event.code === "ArrowDown" ? 1 : -1)));
      setActive(next);
      const hit = hits[next];
      if (hit) document.getElementById(hitId(hit))?.scrollIntoView({ block: "nearest" });
    } else if (event.code === "Enter") {
      event.preventDefault();
      const hit = hits[active];
      if (hit) {
        open(hit);
        onEnter();
      }
    }
  };
  const hit = searching ? hits[active] : undefined;
  return (
    <div className={classes.pane}>
      <div className={classes.head}>
        <div className={classes.searchLine}>
          <TextInput
            ref={input}
            className={classes.search}
            type="search"
            role="combobox"
            aria-expanded={searching && hits.length > 0}
            aria-controls="search-results"
            aria-activedescendant={hit ? hitId(hit) : undefined}
            aria-label={t.search_label()}
            placeholder={t.search_placeholder()}
            autoComplete="off"
            spellCheck={false}
            leftSection={<IconSearch size={16} stroke={1.8} aria-hidden />}
            rightSection={
              searching ? <CloseButton size="sm" onClick={leave} aria-label={t.action_clear()} /> : null
            }
            value={query}
            onChange={(event) => {
              setQuery(event.currentTarget.value);
              setActive(0);
            }}
            onKeyDown={onKeyDown}
          />
          <FilterButton filter={filter} onChange={onFilter} onReset={() => onFilter(NO_FILTER)} />
        </div>
        <Views current={filter.view} />
        <FilterChips filter={filter} onChange={onFilter} />
      </div>
      {searching ? (
        <SearchResults
          id="search-results"
          query={asked.trim()}
          found={found}
          active={active}
          onOpen={open}
          onReset={leave}
        />
      ) : (
        <>
          {filter.view !== "finished" && <Offers openId={openId} onOpen={onOpen} />}
          <DialogList
            ref={list}
            filter={filter}
            openId={openId}
            onOpen={onOpen}
            onEnter={onEnter}
            onReset={() => onFilter(NO_FILTER)}
          />
        </>
      )}
    </div>
  );
}
