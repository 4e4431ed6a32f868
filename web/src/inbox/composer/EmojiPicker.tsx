/** The emoji picker with names in the person's language. Its data lies beside our own files; nothing is asked elsewhere. */
import en from "emoji-picker-element/i18n/en";
import ru from "emoji-picker-element/i18n/ru_RU";
import Picker from "emoji-picker-element/picker";
import enData from "emoji-picker-element-data/en/emojibase/data.json?url";
import ruData from "emoji-picker-element-data/ru/emojibase/data.json?url";
import { useEffect, useRef } from "react";
import { locale } from "@/i18n/locale";
import classes from "./composer.module.css";

/** The content policy forbids style tags without a nonce; a constructed sheet with the same rules is allowed. */
function adoptStyles(picker: HTMLElement) {
  const root = picker.shadowRoot;
  const own = root?.querySelector("style");
  if (!root || !own?.textContent || root.adoptedStyleSheets.length > 0) return;
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(own.textContent);
  root.adoptedStyleSheets = [sheet];
  own.remove();
}

export default function EmojiPicker({ onPick }: { onPick: (emoji: string) => void }) {
  const holder = useRef<HTMLDivElement>(null);
  const pick = useRef(onPick);
  pick.current = onPick;
  useEffect(() => {
    const russian = locale() === "ru";
    const picker = new Picker({
      dataSource: russian ? ruData : enData,
      locale: russian ? "ru" : "en",
      i18n: russian ? ru : en,
    });
    picker.className = classes.picker ?? "";
    picker.addEventListener("emoji-click", ({ detail }) => {
      if (detail.unicode) pick.current(detail.unicode);
    });
    holder.current?.append(picker);
    adoptStyles(picker);
    const timer = setTimeout(() => picker.shadowRoot?.querySelector("input")?.focus(), 60);
    return () => {
      clearTimeout(timer);
      picker.remove();
    };
  }, []);
  return <div ref={holder} />;
}
