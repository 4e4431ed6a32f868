import { UnstyledButton } from "@mantine/core";
import { IconChevronRight } from "@tabler/icons-react";
import type { About } from "@/api/types";
import { pick } from "@/i18n/locale";
import { ChannelMark } from "@/ui/Person";
import classes from "./cards.module.css";

/** A kind of channel that can be connected: its sign, its sentence, and what is connected already. */
export function ChannelCard({
  about,
  note,
  onClick,
}: {
  about: About;
  note?: React.ReactNode;
  onClick: () => void;
}) {
  return (
    <UnstyledButton className={classes.channel} onClick={onClick}>
      <ChannelMark channel={about} size={36} />
      <span className={classes.channelText}>
        <strong>{about.title}</strong>
        <span>{pick(about.summary)}</span>
        {note}
      </span>
      <IconChevronRight size={18} stroke={1.6} aria-hidden />
    </UnstyledButton>
  );
}
