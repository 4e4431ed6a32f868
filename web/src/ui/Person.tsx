/** Faces of people and signs of channels. */
import { Avatar } from "@mantine/core";
import type { About, PresenceStatus } from "@/api/types";
import { m as t } from "@/paraglide/messages";
import classes from "./ui.module.css";

/** First letters of the first and the last word: "Anna Maria Petrova" gives "AP". */
export function initials(name: string): string {
  const words = name.trim().split(/\s+/).filter(Boolean);
  const first = (word: string | undefined) => [...(word ?? "")][0]?.toLocaleUpperCase() ?? "";
  return words.length > 1 ? first(words[0]) + first(words.at(-1)) : first(words[0]);
}

export const STATUS_COLOR: Record<PresenceStatus, string> = {
  available: "var(--ol-good)",
  busy: "var(--ol-danger)",
  break: "var(--ol-warning)",
  off: "var(--ol-edge)",
};

export const statusName = (status: PresenceStatus) =>
  ({
    available: t.status_available,
    busy: t.status_busy,
    break: t.status_break,
    off: t.status_off,
  })[status]();

/** Colour beside a word, never instead of it: so it is hidden from screen readers. */
export const StatusDot = ({ status }: { status: PresenceStatus }) => (
  <span className={classes.dot} style={{ background: STATUS_COLOR[status] }} aria-hidden />
);

type FaceProps = { name: string; picture?: string | null; size?: number; status?: PresenceStatus };

/** A photo, or initials on grey. The name stands beside it, so the picture itself says nothing. */
export function Face({ name, picture, size = 36, status }: FaceProps) {
  return (
    <span className={classes.avatar} aria-hidden>
      <Avatar
        src={picture ?? null}
        alt=""
        size={size}
        radius="xl"
        variant="filled"
        styles={{
          placeholder: {
            background: "var(--ol-avatar)",
            color: "var(--ol-on-avatar)",
            fontSize: Math.max(10, Math.round(size * 0.36)),
            fontWeight: 550,
          },
        }}
      >
        {initials(name)}
      </Avatar>
      {status && (
        <span className={classes.avatarDot}>
          <StatusDot status={status} />
        </span>
      )}
    </span>
  );
}

type MarkProps = { channel: Pick<About, "title" | "mark" | "color" | "icon"> | undefined; size?: number };

/** The sign of a channel: its icon, else its letter code on its colour. */
export function ChannelMark({ channel, size = 16 }: MarkProps) {
  if (!channel) return <span className={classes.mark} style={{ width: size, height: size }} aria-hidden />;
  return (
    <span
      className={classes.mark}
      style={{ width: size, height: size, background: channel.color, fontSize: size * 0.46 }}
      role="img"
      aria-label={channel.title}
      title={channel.title}
    >
      {channel.icon ? (
        <img src={`data:image/svg+xml;utf8,${encodeURIComponent(channel.icon)}`} alt="" />
      ) : (
        channel.mark
      )}
    </span>
  );
}
