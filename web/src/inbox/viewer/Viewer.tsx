/** Pictures in full: zoom up to five times, drag, arrows, Esc. Loaded when the first picture is opened. */
import { ActionIcon, Modal, Tooltip } from "@mantine/core";
import {
  IconChevronLeft,
  IconChevronRight,
  IconDownload,
  IconX,
  IconZoomIn,
  IconZoomOut,
} from "@tabler/icons-react";
import { type PointerEvent, useEffect, useRef, useState, type WheelEvent } from "react";
import { m as t } from "@/paraglide/messages";
import { closeViewer, useViewer } from "./open";
import classes from "./viewer.module.css";

const ZOOM_MAX = 5;
const ZOOM_STEP = 1.4;
type Look = { zoom: number; x: number; y: number };
const WHOLE: Look = { zoom: 1, x: 0, y: 0 };

export default function Viewer() {
  const { files, index } = useViewer();
  const [look, setLook] = useState<Look>(WHOLE);
  const stage = useRef<HTMLDivElement>(null);
  const drag = useRef<{ x: number; y: number; from: Look } | null>(null);
  const file = files[index];
  const go = (step: number) => {
    const next = index + step;
    if (next < 0 || next >= files.length) return;
    useViewer.setState({ index: next });
    setLook(WHOLE);
  };
  /** Zooms so that the point under the pointer stays where it is. */
  const zoom = (by: number, at?: { x: number; y: number }) =>
    setLook((it) => {
      const next = Math.min(ZOOM_MAX, Math.max(1, it.zoom * by));
      if (next === 1) return WHOLE;
      const box = stage.current?.getBoundingClientRect();
      const point = {
        x: (at?.x ?? 0) - (box ? box.left + box.width / 2 : 0),
        y: (at?.y ?? 0) - (box ? box.top + box.height / 2 : 0),
      };
      const center = at ? point : { x: 0, y: 0 };
      const part = next / it.zoom;
      return { zoom: next, x: center.x - (center.x - it.x) * part, y: center.y - (center.y - it.y) * part };
    });

  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.ctrlKey || event.metaKey || event.altKey) return;
      if (event.code === "ArrowLeft") go(-1);
      else if (event.code === "ArrowRight") go(1);
      else if (event.code === "Equal" || event.code === "NumpadAdd") zoom(ZOOM_STEP);
      else if (event.code === "Minus" || event.code === "NumpadSubtract") zoom(1 / ZOOM_STEP);
      else if (event.code === "Digit0") setLook(WHOLE);
      else return;
      event.preventDefault();
      event.stopPropagation();
    };
    window.addEventListener("keydown", onKey, true);
    return () => window.removeEventListener("keydown", onKey, true);
  });

  if (!file) return null;
  const onWheel = (event: WheelEvent) =>
    zoom(event.deltaY < 0 ? 1.15 : 1 / 1.15, { x: event.clientX, y: event.clientY });
  const onPointerDown = (event: PointerEvent<HTMLDivElement>) => {
    if (look.zoom === 1 || (event.target as HTMLElement).closest("button")) return;
    event.currentTarget.setPointerCapture(event.pointerId);
    drag.current = { x: event.clientX, y: event.clientY, from: look };
  };
  const onPointerMove = (event: PointerEvent) => {
    const from = drag.current;
    if (from)
      setLook({
        ...from.from,
        x: from.from.x + event.clientX - from.x,
        y: from.from.y + event.clientY - from.y,
      });
  };
  const tool = (label: string, Icon: typeof IconX, onClick: () => void, disabled = false) => (
    <Tooltip label={label}>
      <ActionIcon size={40} className={classes.tool} onClick={onClick} disabled={disabled} aria-label={label}>
        <Icon size={20} stroke={1.8} />
      </ActionIcon>
    </Tooltip>
  );
  return (
    <Modal.Root opened onClose={closeViewer} fullScreen transitionProps={{ duration: 80 }}>
      <Modal.Overlay />
      <Modal.Content className={classes.content} aria-label={t.viewer_label({ name: file.name })}>
        <div className={classes.bar}>
          <span className={classes.name}>{file.name}</span>
          {files.length > 1 && (
            <span className={classes.place}>{t.viewer_place({ place: index + 1, count: files.length })}</span>
          )}
          <span className={classes.space} />
          {tool(t.viewer_zoom_out(), IconZoomOut, () => zoom(1 / ZOOM_STEP), look.zoom === 1)}
          {tool(t.viewer_zoom_in(), IconZoomIn, () => zoom(ZOOM_STEP), look.zoom >= ZOOM_MAX)}
          <Tooltip label={t.file_download({ name: file.name })}>
            <ActionIcon
              component="a"
              href={file.url ?? ""}
              download={file.name}
              size={40}
              className={classes.tool}
              aria-label={t.file_download({ name: file.name })}
            >
              <IconDownload size={20} stroke={1.8} />
            </ActionIcon>
          </Tooltip>
          {tool(t.action_close(), IconX, closeViewer)}
        </div>
        {/* biome-ignore lint/a11y/noStaticElementInteractions: zooming by wheel and drag has twins among the buttons */}
        <div
          ref={stage}
          className={classes.stage}
          data-zoomed={look.zoom > 1 || undefined}
          onWheel={onWheel}
          onPointerDown={onPointerDown}
          onPointerMove={onPointerMove}
          onPointerUp={() => {
            drag.current = null;
          }}
          onDoubleClick={(event) =>
            look.zoom > 1 ? setLook(WHOLE) : zoom(2.5, { x: event.clientX, y: event.clientY })
          }
        >
          <img
            key={file.id}
            src={file.url ?? ""}
            alt={file.name}
            draggable={false}
            style={{ transform: `translate(${look.x}px, ${look.y}px) scale(${look.zoom})` }}
          />
          {files.length > 1 && (
            <>
              <span className={classes.left}>
                {tool(t.viewer_previous(), IconChevronLeft, () => go(-1), index === 0)}
              </span>
              <span className={classes.right}>
                {tool(t.viewer_next(), IconChevronRight, () => go(1), index === files.length - 1)}
              </span>
            </>
          )}
        </div>
      </Modal.Content>
    </Modal.Root>
  );
}
