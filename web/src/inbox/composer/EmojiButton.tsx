/** The button of the emoji picker. The picker and its data are loaded on the first click. */
import { ActionIcon, Loader, Popover, Tooltip } from "@mantine/core";
import { IconMoodSmile } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import { m as t } from "@/paraglide/messages";
import classes from "./composer.module.css";

const EmojiPicker = lazy(() => import("./EmojiPicker"));

export function EmojiButton({ onPick }: { onPick: (emoji: string) => void }) {
  const [opened, setOpened] = useState(false);
  return (
    <Popover
      opened={opened}
      onChange={setOpened}
      position="top-start"
      returnFocus
      withRoles={false}
      closeOnEscape
    >
      <Popover.Target>
        <Tooltip label={t.emoji()} disabled={opened}>
          <ActionIcon
            size={32}
            onClick={() => setOpened(!opened)}
            aria-label={t.emoji()}
            aria-expanded={opened}
          >
            <IconMoodSmile size={19} stroke={1.7} />
          </ActionIcon>
        </Tooltip>
      </Popover.Target>
      <Popover.Dropdown p={0} className={classes.emoji}>
        <Suspense fallback={<Loader size={20} m="auto" />}>
          <EmojiPicker
            onPick={(emoji) => {
              setOpened(false);
              onPick(emoji);
            }}
          />
        </Suspense>
      </Popover.Dropdown>
    </Popover>
  );
}
