/** A clock in a worker: browsers slow down the timers of hidden tabs, and a slow heart-beat looks like absence. */
const EVERY_MS = 20_000;
setInterval(() => postMessage(0), EVERY_MS);
