/** New messages below what is read: counted for the pill, and said to screen readers, once in three seconds. */
import { useEffect, useRef, useState } from "react";
import type { Dialog, Message } from "@/api/types";
import { m as t } from "@/paraglide/messages";
import { announce } from "../notify/announce";

export function useNews(messages: readonly Message[], dialog: Dialog, atEnd: boolean) {
  const last = messages.at(-1)?.id ?? 0;
  const known = useRef(last);
  const [readTo, setReadTo] = useState(last);
  const { name } = dialog.customer;
  useEffect(() => {
    if (last <= known.current) return;
    const news = messages.filter((it) => it.id > known.current && it.kind === "incoming");
    known.current = last;
    if (news.length > 0) announce(t.announce_message({ name }));
  }, [last, messages, name]);
  useEffect(() => {
    if (atEnd) setReadTo(last);
  }, [atEnd, last]);
  const fresh = atEnd ? 0 : messages.filter((it) => it.id > readTo && it.kind !== "system").length;
  return { fresh, seen: () => setReadTo(last) };
}
