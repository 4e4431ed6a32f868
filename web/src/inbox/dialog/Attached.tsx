/** Files of a message as they are looked at: pictures, sound, video, stickers, and cards for all else. */
import { Loader } from "@mantine/core";
import {
  IconDownload,
  IconFile,
  IconFileOff,
  IconFileText,
  IconFileTypePdf,
  IconFileZip,
  IconPhotoOff,
} from "@tabler/icons-react";
import { useState } from "react";
import type { File } from "@/api/types";
import { m as t } from "@/paraglide/messages";
import { fileSize } from "../size";
import { openViewer } from "../viewer/open";
import { AudioPlayer } from "./AudioPlayer";
import classes from "./files.module.css";
import { keepSize, measured } from "./measured";

const PICTURE_MAX_PX = 320;
const PICTURE_MIN_PX = 96;
/** Pictures that are drawn; the last one says how many more there are. */
const GRID_MAX = 4;

const isReady = (file: File) => Boolean(file.url) && (file.state ?? "ready") === "ready";
const isPicture = (file: File) => file.kind === "image" && (file.state === "loading" || isReady(file));

/** The place a picture takes, known before it is loaded, so that nothing jumps. */
function placeOf(file: File): { width: number; height: number } {
  const { width, height } = file.width && file.height ? file : (measured(file.id) ?? {});
  if (!width || !height) return { width: 240, height: 180 };
  const scale = Math.min(1, PICTURE_MAX_PX / width, PICTURE_MAX_PX / height);
  return {
    width: Math.max(PICTURE_MIN_PX, Math.round(width * scale)),
    height: Math.max(PICTURE_MIN_PX, Math.round(height * scale)),
  };
}

type PictureProps = { file: File; onOpen: () => void; more: number; onSize?: () => void };

function Picture({ file, onOpen, more, onSize }: PictureProps) {
  const [broken, setBroken] = useState(false);
  if (!isReady(file) || broken)
    return (
      <span className={classes.pictureState}>
        {broken ? <IconPhotoOff size={24} stroke={1.5} aria-label={t.file_failed()} /> : <Loader size={18} />}
      </span>
    );
  const label =
    more > 0 ? t.picture_open_more({ name: file.name, count: more }) : t.picture_open({ name: file.name });
  return (
    <button type="button" className={classes.picture} onClick={onOpen} aria-label={label}>
      <img
        src={file.url ?? ""}
        alt=""
        loading="lazy"
        decoding="async"
        onError={() => setBroken(true)}
        onLoad={({ currentTarget: it }) => {
          if (file.width || measured(file.id)) return;
          keepSize(file.id, { width: it.naturalWidth, height: it.naturalHeight });
          onSize?.();
        }}
      />
      {more > 0 && <span className={classes.more}>+{more}</span>}
    </button>
  );
}

function Pictures({ files }: { files: readonly File[] }) {
  const [, setSizes] = useState(0);
  const shown = files.slice(0, GRID_MAX);
  const first = files[0];
  const open = (index: number) => openViewer(files.filter(isReady), index);
  if (files.length === 1 && first)
    return (
      <div className={classes.single} style={{ ...placeOf(first) }}>
        <Picture file={first} onOpen={() => open(0)} more={0} onSize={() => setSizes((it) => it + 1)} />
      </div>
    );
  return (
    <div className={classes.grid} data-count={shown.length}>
      {shown.map((file, index) => (
        <Picture
          key={file.id}
          file={file}
          onOpen={() => open(index)}
          more={index === GRID_MAX - 1 ? files.length - GRID_MAX : 0}
        />
      ))}
    </div>
  );
}

const iconOf = (file: File) => {
  if (/pdf$/.test(file.mime)) return IconFileTypePdf;
  if (/zip|rar|7z|tar|gzip/.test(file.mime)) return IconFileZip;
  return /text|word|sheet|excel|document|presentation/.test(file.mime) ? IconFileText : IconFile;
};

function Card({ file }: { file: File }) {
  const state = file.state ?? "ready";
  const failed = state === "failed" || state === "too_big";
  const Icon = failed ? IconFileOff : iconOf(file);
  const fact =
    state === "failed"
      ? t.file_failed()
      : state === "too_big"
        ? t.file_too_big({ size: fileSize(file.size) })
        : fileSize(file.size);
  const inner = (
    <>
      <span className={classes.cardIcon} data-failed={failed || undefined} aria-hidden>
        {state === "loading" ? <Loader size={16} /> : <Icon size={20} stroke={1.6} />}
      </span>
      <span className={classes.cardText}>
        <span className={classes.cardName}>{file.name}</span>
        <span className={classes.cardFact}>{state === "loading" ? t.file_loading() : fact}</span>
      </span>
      {isReady(file) && <IconDownload size={16} stroke={1.8} className={classes.cardDownload} aria-hidden />}
    </>
  );
  if (!isReady(file)) return <div className={classes.card}>{inner}</div>;
  return (
    <a
      className={classes.card}
      href={file.url ?? ""}
      download={file.name}
      aria-label={t.file_download({ name: file.name })}
    >
      {inner}
    </a>
  );
}

function One({ file }: { file: File }) {
  if (!isReady(file)) return <Card file={file} />;
  const url = file.url ?? "";
  switch (file.kind) {
    case "audio":
    case "voice":
      return <AudioPlayer file={file} />;
    case "video":
      return (
        // biome-ignore lint/a11y/useMediaCaption: customers send no captions with their videos
        <video className={classes.video} src={url} controls preload="metadata" aria-label={file.name} />
      );
    case "sticker":
      return <img className={classes.sticker} src={url} alt={t.sticker()} loading="lazy" />;
    default:
      return <Card file={file} />;
  }
}

export function Attached({ files }: { files: readonly File[] }) {
  const pictures = files.filter(isPicture);
  const others = files.filter((it) => !isPicture(it));
  return (
    <div className={classes.files}>
      {pictures.length > 0 && <Pictures files={pictures} />}
      {others.map((it) => (
        <One key={it.id} file={it} />
      ))}
    </div>
  );
}
