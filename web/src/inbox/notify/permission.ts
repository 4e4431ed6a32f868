/**
 * Asks for desktop notifications. Only when a person accepts a dialog: browsers refuse without a click, and that is the
 * moment when it is plain what they are for.
 */
export function askToNotify() {
  if ("Notification" in window && Notification.permission === "default")
    void Notification.requestPermission();
}
