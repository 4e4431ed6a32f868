/** Under the field: files, emoji, and formatting where the channel shows it. */
import { ActionIcon, Tooltip } from "@mantine/core";
import {
  IconBold,
  IconCode,
  IconItalic,
  IconLink,
  IconPaperclip,
  IconQuote,
  IconStrikethrough,
} from "@tabler/icons-react";
import { useRef } from "react";
import { m as t } from "@/paraglide/messages";
import classes from "./composer.module.css";
import { EmojiButton } from "./EmojiButton";

export type Mark = "**" | "_" | "~~" | "`" | "> " | "link";

type ToolsProps = {
  formatting: boolean;
  canFiles: boolean;
  /** Why files cannot be sent; empty when they can. */
  filesHint: string;
  onMark: (mark: Mark) => void;
  onEmoji: (emoji: string) => void;
  onFiles: (files: globalThis.File[]) => void;
};

export function Tools({ formatting, canFiles, filesHint, onMark, onEmoji, onFiles }: ToolsProps) {
  const picker = useRef<HTMLInputElement>(null);
  const marks: [Mark, string, typeof IconBold][] = [
    ["**", t.mark_bold(), IconBold],
    ["_", t.mark_italic(), IconItalic],
    ["~~", t.mark_strike(), IconStrikethrough],
    ["`", t.mark_code(), IconCode],
    ["> ", t.mark_quote(), IconQuote],
    ["link", t.mark_link(), IconLink],
  ];
  return (
    <div className={classes.tools}>
      <input
        ref={picker}
        type="file"
        multiple
        hidden
        tabIndex={-1}
        aria-hidden
        onChange={(event) => {
          onFiles([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = "";
        }}
      />
      <Tooltip label={filesHint || t.attach()}>
        <ActionIcon
          size={32}
          onClick={() => canFiles && picker.current?.click()}
          aria-disabled={!canFiles || undefined}
          data-disabled={!canFiles || undefined}
          aria-label={filesHint ? `${t.attach()}: ${filesHint}` : t.attach()}
        >
          <IconPaperclip size={19} stroke={1.7} />
        </ActionIcon>
      </Tooltip>
      <EmojiButton onPick={onEmoji} />
      {formatting && (
        <span className={classes.marks}>
          {marks.map(([mark, label, Icon]) => (
            <Tooltip key={mark} label={label}>
              <ActionIcon
                size={32}
                onMouseDown={(event: React.MouseEvent) => event.preventDefault()}
                onClick={() => onMark(mark)}
                aria-label={label}
              >
                <Icon size={18} stroke={1.7} />
              </ActionIcon>
            </Tooltip>
          ))}
        </span>
      )}
    </div>
  );
}
