/**
 * Several tabs of one person: only one rings. The one that rings holds a lock; the others tell it which dialog they
 * show, so that it does not ring for what is being read in another tab.
 */
const LOCK = "ol.ring";
const CHANNEL = "ol.tabs";
/** What another tab said is worth nothing after this. */
const FRESH_MS = 4_000;
const SAY_EVERY_MS = 2_000;

type Said = { dialogId: number | null; watched: boolean };

export function joinTabs(mine: () => Said) {
  let leader = !("locks" in navigator);
  let release = () => {};
  const held = new Promise<void>((resolve) => {
    release = resolve;
  });
  if (!leader)
    void navigator.locks.request(LOCK, () => {
      leader = true;
      return held;
    });
  const channel = new BroadcastChannel(CHANNEL);
  let watchedElsewhere: { dialogId: number | null; at: number } = { dialogId: null, at: 0 };
  channel.onmessage = ({ data }: MessageEvent<Said>) => {
    if (data.watched) watchedElsewhere = { dialogId: data.dialogId, at: Date.now() };
  };
  const timer = setInterval(() => {
    const said = mine();
    if (said.watched) channel.postMessage(said);
  }, SAY_EVERY_MS);
  return {
    isLeader: () => leader,
    /** Does a person look at this dialog, in whatever tab? */
    isWatched: (dialogId: number) => {
      const here = mine();
      if (here.watched && here.dialogId === dialogId) return true;
      return watchedElsewhere.dialogId === dialogId && Date.now() - watchedElsewhere.at < FRESH_MS;
    },
    /** Does a person look at any tab of ours? */
    isAnyWatched: () => mine().watched || Date.now() - watchedElsewhere.at < FRESH_MS,
    leave: () => {
      clearInterval(timer);
      channel.close();
      release();
    },
  };
}
