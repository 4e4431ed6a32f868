/** What the search found: dialogs, then messages with the words marked. */
import { IconSearchOff } from "@tabler/icons-react";
import type { FoundMessage } from "@/api/types";
import { shortMoment } from "@/i18n/format";
import { m as t } from "@/paraglide/messages";
import { Empty, Failed, Loading } from "@/ui/State";
import { useDialog } from "../store/dialogs";
import { parse, plainText } from "../text/bb";
import { Skeletons } from "./DialogList";
import { DialogRow } from "./DialogRow";
import classes from "./list.module.css";
import { type Found, highlight } from "./useSearch";

export type Hit = { dialogId: number; messageId?: number };
export const hitsOf = (found: Found): Hit[] => [
  ...found.dialogIds.map((dialogId) => ({ dialogId })),
  ...found.messages.map((it) => ({ dialogId: it.dialog_id, messageId: it.message_id })),
];
export const hitId = (hit: Hit) => (hit.messageId ? `hit-${hit.messageId}` : `dialog-${hit.dialogId}`);

type MessageHitProps = {
  found: FoundMessage;
  query: string;
  selected: boolean;
  place: number;
  count: number;
  onOpen: () => void;
};

function MessageHit({ found, query, selected, place, count, onOpen }: MessageHitProps) {
  const dialog = useDialog(found.dialog_id);
  return (
    // biome-ignore lint/a11y/useKeyWithClickEvents: the search field has the focus and handles the keys
    // biome-ignore lint/a11y/useFocusableInteractive: the search field points here with aria-activedescendant
    <div
      id={`hit-${found.message_id}`}
      role="option"
      aria-selected={selected}
      aria-posinset={place}
      aria-setsize={count}
      className={classes.hit}
      data-selected={selected || undefined}
      onClick={onOpen}
    >
      <span className={classes.top}>
        <span className={classes.name}>{dialog?.customer.name ?? found.author}</span>
        <span className={classes.time}>{shortMoment(found.at)}</span>
      </span>
      <span className={classes.snippet}>
        {highlight(plainText(parse(found.snippet)), query).map((piece, index) =>
          piece.hit ? (
            // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text have no other name
            <mark key={index}>{piece.text}</mark>
          ) : (
            // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text have no other name
            <span key={index}>{piece.text}</span>
          ),
        )}
      </span>
    </div>
  );
}

type ResultsProps = {
  id: string;
  query: string;
  found: Found;
  active: number;
  onOpen: (hit: Hit) => void;
  onReset: () => void;
};

export function SearchResults({ id, query, found, active, onOpen }: ResultsProps) {
  const count = found.dialogIds.length + found.messages.length;
  if (count === 0) {
    if (found.state === "failed") return <Failed error={found.error} />;
    if (found.state === "asking")
      return (
        <Loading>
          <Skeletons />
        </Loading>
      );
    return <Empty icon={IconSearchOff} title={t.search_nothing({ query })} text={t.search_nothing_text()} />;
  }
  return (
    <div id={id} className={classes.results} role="listbox" aria-label={t.search_results()}>
      {found.dialogIds.length > 0 && (
        <div role="group" aria-label={t.nav_dialogs()}>
          <div className={classes.groupTitle} aria-hidden>
            {t.nav_dialogs()}
          </div>
          {found.dialogIds.map((dialogId, index) => (
            <DialogRow
              key={dialogId}
              id={dialogId}
              selected={index === active}
              place={index + 1}
              count={count}
              onOpen={() => onOpen({ dialogId })}
            />
          ))}
        </div>
      )}
      {found.messages.length > 0 && (
        <div role="group" aria-label={t.search_messages()}>
          <div className={classes.groupTitle} aria-hidden>
            {t.search_messages()}
          </div>
          {found.messages.map((it, index) => {
            const place = found.dialogIds.length + index;
            return (
              <MessageHit
                key={it.message_id}
                found={it}
                query={query}
                selected={place === active}
                place={place + 1}
                count={count}
                onOpen={() => onOpen({ dialogId: it.dialog_id, messageId: it.message_id })}
              />
            );
          })}
        </div>
      )}
    </div>
  );
}
