/** Keys by their place on the keyboard, so that they work whatever layout is on. */
export type Pressed = Pick<KeyboardEvent, "code" | "key" | "ctrlKey" | "metaKey" | "altKey" | "shiftKey">;

export const isMac = () => typeof navigator !== "undefined" && /Mac|iPhone|iPad/.test(navigator.platform);

/** Does the pressed key equal one chord, like `mod+Shift+KeyE`? */
export function isChord(pressed: Pressed, chord: string, mac = isMac()): boolean {
  const parts = chord.split("+");
  const key = parts.pop() ?? "";
  const wants = (name: string) => parts.includes(name);
  // "?" stands on different keys in different layouts: the sign itself counts, or its key in the Latin layout.
  if (key === "?")
    return (
      !pressed.ctrlKey &&
      !pressed.metaKey &&
      !pressed.altKey &&
      (pressed.key === "?" || (pressed.shiftKey && pressed.code === "Slash"))
    );
  const ctrl = wants("Ctrl") || (wants("mod") && !mac);
  const meta = wants("Meta") || (wants("mod") && mac);
  return (
    pressed.code === key &&
    pressed.ctrlKey === ctrl &&
    pressed.metaKey === meta &&
    pressed.altKey === wants("Alt") &&
    pressed.shiftKey === wants("Shift")
  );
}

const NAMES: Record<string, string> = {
  Slash: "/",
  BracketLeft: "[",
  BracketRight: "]",
  ArrowUp: "↑",
  ArrowDown: "↓",
  ArrowLeft: "←",
  ArrowRight: "→",
  Escape: "Esc",
};

/** How a key is written for people: `["Ctrl", "K"]`; a sequence gives one list per press. */
export function keyNames(keys: string, mac = isMac()): string[][] {
  return keys.split(" ").map((chord) =>
    chord.split("+").map((part) => {
      if (part === "mod") return mac ? "⌘" : "Ctrl";
      if (part === "Shift") return mac ? "⇧" : "Shift";
      if (part === "Alt") return mac ? "⌥" : "Alt";
      return NAMES[part] ?? part.replace(/^(Key|Digit)/, "");
    }),
  );
}
