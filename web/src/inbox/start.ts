/** What runs as long as somebody is signed in, whatever screen is open: the stores' feed and the bell. */
import { startBell } from "./notify/bell";
import { startFeed, stopFeed } from "./store/feed";

export function startInbox(operatorId: number, open: (dialogId: number) => void): () => void {
  // The bell first: offers that come with the first answer must be in its list.
  const stopBell = startBell(operatorId, open);
  startFeed(operatorId);
  return () => {
    stopBell();
    stopFeed();
  };
}
