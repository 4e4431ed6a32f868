/** A dialog is read when it is open, its end is on the screen, and the tab is visible and focused, for 700 ms. */
import { useEffect, useState } from "react";
import type { Dialog } from "@/api/types";
import { markRead } from "../data";
import { withPatch } from "../store/dialogs";

const READ_AFTER_MS = 700;

const watched = () => document.visibilityState === "visible" && document.hasFocus();

/** True while a person can see this tab. */
export function useIsWatched(): boolean {
  const [is, setIs] = useState(watched);
  useEffect(() => {
    const update = () => setIs(watched());
    for (const name of ["focus", "blur"] as const) window.addEventListener(name, update);
    document.addEventListener("visibilitychange", update);
    return () => {
      for (const name of ["focus", "blur"] as const) window.removeEventListener(name, update);
      document.removeEventListener("visibilitychange", update);
    };
  }, []);
  return is;
}

/** `lastId`: the newest message; `paused`: the person has just marked the dialog as unread. */
export function useReading(dialog: Dialog, lastId: number, endSeen: boolean, paused: boolean) {
  const watched = useIsWatched();
  const unread = dialog.unread_count > 0;
  const { id } = dialog;
  useEffect(() => {
    if (!watched || !endSeen || !unread || paused || lastId === 0) return;
    const timer = setTimeout(() => {
      withPatch(
        id,
        (it) => ({ ...it, unread_count: 0 }),
        async () => {
          await markRead(id, lastId);
          return undefined;
        },
      ).catch(() => {
        // Not worth a word: the next look at the dialog tries again.
      });
    }, READ_AFTER_MS);
    return () => clearTimeout(timer);
  }, [id, lastId, watched, endSeen, unread, paused]);
}
