/** Voice and music: play, seek, speed. One plays at a time. */
import { ActionIcon } from "@mantine/core";
import { IconPlayerPauseFilled, IconPlayerPlayFilled } from "@tabler/icons-react";
import { type CSSProperties, useEffect, useRef, useState } from "react";
import type { File } from "@/api/types";
import { m as t } from "@/paraglide/messages";
import classes from "./files.module.css";

const SPEEDS = [1, 1.5, 2] as const;
let playing: HTMLAudioElement | null = null;

const clock = (seconds: number) => {
  const whole = Math.floor(Number.isFinite(seconds) ? seconds : 0);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, "0")}`;
};

export function AudioPlayer({ file }: { file: File }) {
  const audio = useRef<HTMLAudioElement>(null);
  const [on, setOn] = useState(false);
  const [at, setAt] = useState(0);
  const [length, setLength] = useState(file.duration_s ?? 0);
  const [speed, setSpeed] = useState<(typeof SPEEDS)[number]>(1);
  useEffect(() => {
    const element = audio.current;
    return () => {
      element?.pause();
      if (playing === element) playing = null;
    };
  }, []);

  const toggle = () => {
    const element = audio.current;
    if (!element) return;
    if (!element.paused) return element.pause();
    if (playing !== element) playing?.pause();
    playing = element;
    element.playbackRate = speed;
    void element.play().catch(() => setOn(false));
  };
  const faster = () => {
    const next = SPEEDS[(SPEEDS.indexOf(speed) + 1) % SPEEDS.length] ?? 1;
    setSpeed(next);
    if (audio.current) audio.current.playbackRate = next;
  };
  const seek = (value: number) => {
    setAt(value);
    if (audio.current) audio.current.currentTime = value;
  };
  const done = length > 0 ? (at / length) * 100 : 0;
  return (
    <div className={classes.audio}>
      {/* biome-ignore lint/a11y/useMediaCaption: a voice message has no captions */}
      <audio
        ref={audio}
        src={file.url ?? ""}
        preload="none"
        onPlay={() => setOn(true)}
        onPause={() => setOn(false)}
        onEnded={() => setAt(0)}
        onTimeUpdate={(event) => setAt(event.currentTarget.currentTime)}
        onLoadedMetadata={(event) => {
          if (Number.isFinite(event.currentTarget.duration)) setLength(event.currentTarget.duration);
        }}
      />
      <ActionIcon
        variant="filled"
        radius="xl"
        size={36}
        color="var(--ol-accent)"
        onClick={toggle}
        aria-label={`${on ? t.audio_pause() : t.audio_play()}: ${file.kind === "voice" ? t.voice() : file.name}`}
      >
        {on ? <IconPlayerPauseFilled size={16} /> : <IconPlayerPlayFilled size={16} />}
      </ActionIcon>
      <div className={classes.audioBody}>
        {file.kind === "audio" && <span className={classes.audioName}>{file.name}</span>}
        <input
          type="range"
          className={classes.seek}
          min={0}
          max={Math.max(length, 0.1)}
          step={0.1}
          value={at}
          style={{ "--done": `${done}%` } as CSSProperties}
          onChange={(event) => seek(Number(event.currentTarget.value))}
          aria-label={t.audio_place()}
          aria-valuetext={t.audio_time({ at: clock(at), length: clock(length) })}
        />
        <span className={classes.audioTime}>
          {on || at > 0 ? clock(at) : clock(length)}
          <button
            type="button"
            className={classes.speed}
            onClick={faster}
            aria-label={t.audio_speed({ speed })}
          >
            {speed}×
          </button>
        </span>
      </div>
    </div>
  );
}
