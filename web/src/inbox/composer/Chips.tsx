/** Files that will go with the message: progress, retry, remove. */
import { ActionIcon, RingProgress } from "@mantine/core";
import { IconAlertTriangle, IconFile, IconRefresh, IconX } from "@tabler/icons-react";
import { m as t } from "@/paraglide/messages";
import { fileSize } from "../size";
import type { Mode } from "../store/drafts";
import classes from "./composer.module.css";
import { removeUpload, retryUpload, useUploads } from "./uploads";

export function Chips({ dialogId, mode, filesMax }: { dialogId: number; mode: Mode; filesMax: number }) {
  const uploads = useUploads(dialogId, mode);
  if (uploads.length === 0) return null;
  return (
    <>
      <ul className={classes.chips} aria-label={t.attached_files()}>
        {uploads.map((it) => (
          <li key={it.key} className={classes.chip} data-state={it.state}>
            <span className={classes.chipIcon}>
              {it.state === "loading" ? (
                <RingProgress
                  size={32}
                  thickness={3}
                  sections={[{ value: it.part * 100, color: "var(--ol-accent)" }]}
                  rootColor="var(--ol-line)"
                  aria-label={t.upload_progress({ percent: Math.round(it.part * 100) })}
                />
              ) : it.state === "failed" ? (
                <IconAlertTriangle size={18} stroke={1.8} />
              ) : it.preview ? (
                <img src={it.preview} alt="" />
              ) : (
                <IconFile size={18} stroke={1.6} />
              )}
            </span>
            <span className={classes.chipText}>
              <span className={classes.chipName}>{it.name}</span>
              <span className={classes.chipFact}>
                {it.state === "failed" ? it.problem : fileSize(it.size)}
              </span>
            </span>
            {it.state === "failed" && (
              <ActionIcon
                size={24}
                onClick={() => retryUpload(dialogId, mode, it.key)}
                aria-label={`${t.action_retry()}: ${it.name}`}
              >
                <IconRefresh size={14} />
              </ActionIcon>
            )}
            <ActionIcon
              size={24}
              onClick={() => removeUpload(dialogId, mode, it.key)}
              aria-label={`${t.action_remove()}: ${it.name}`}
            >
              <IconX size={14} />
            </ActionIcon>
          </li>
        ))}
      </ul>
      {mode === "reply" && filesMax > 0 && uploads.length > filesMax && (
        <p className={classes.hint}>{t.files_split({ max: filesMax })}</p>
      )}
    </>
  );
}
