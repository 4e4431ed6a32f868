/** Is the page older than the server? Nothing is reloaded by itself: somebody may be writing. */
import { useEffect, useState } from "react";
import { create } from "zustand";
import { queries } from "@/api/queries";
import { onFrame } from "@/live/socket";
import { currentMe, meQuery, useMe } from "@/me/data";

const useStale = create<{ stale: boolean }>(() => ({ stale: false }));

/** After an update of the server its old files are gone, so a screen that was not opened yet cannot be loaded. */
window.addEventListener("vite:preloadError", () => useStale.setState({ stale: true }));

export function useNewVersion(): boolean {
  const { server_version } = useMe();
  const [first] = useState(server_version);
  const { stale } = useStale();
  // A server that was replaced greets anew, and then is asked for its version.
  useEffect(
    () =>
      onFrame((frame) => {
        if (frame.type === "hello" && currentMe())
          void queries.refetchQueries({ queryKey: meQuery.queryKey });
      }),
    [],
  );
  return stale || server_version !== first;
}
