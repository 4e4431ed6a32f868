/** Presses keys by their place, with what the layout writes on them: `KeyJ` is "j", or "о" in the Russian layout. */
import type { Page } from "@playwright/test";

export type Layout = "latin" | "cyrillic";

const LATIN = "qwertyuiop[]asdfghjkl;'zxcvbnm,./";
const CYRILLIC = "йцукенгшщзхъфывапролджэячсмитьбю.";
const SIGNS: Record<string, string> = {
  BracketLeft: "[",
  BracketRight: "]",
  Slash: "/",
};
/** What is not a letter is the same in both layouts: the name is also the `key`. */
const NAMED: Record<string, number> = { Enter: 13, Escape: 27, ArrowUp: 38, ArrowDown: 40, Tab: 9 };
const MODIFIERS = { Alt: 1, Control: 2, Meta: 4, Shift: 8 } as const;

type Key = { code: string; key: string; text?: string; windowsVirtualKeyCode: number };

function keyOf(code: string, layout: Layout, shift: boolean): Key {
  const named = NAMED[code];
  if (named) return { code, key: code, windowsVirtualKeyCode: named };
  if (code.startsWith("Digit"))
    return { code, key: code.slice(5), text: code.slice(5), windowsVirtualKeyCode: code.charCodeAt(5) };
  const latin = code.startsWith("Key") ? code.slice(3).toLowerCase() : (SIGNS[code] ?? "");
  const place = LATIN.indexOf(latin);
  if (place < 0) throw new Error(`no key ${code}`);
  const written = layout === "latin" ? latin : (CYRILLIC[place] ?? "");
  // Shift with the key of "/": "?" in the Latin layout, "," in the Russian one.
  const shifted = code === "Slash" ? (layout === "latin" ? "?" : ",") : written.toUpperCase();
  const key = shift ? shifted : written;
  return { code, key, text: key, windowsVirtualKeyCode: latin.toUpperCase().charCodeAt(0) };
}

/** Presses a chord like `Control+KeyK`. */
export async function press(page: Page, chord: string, layout: Layout) {
  const parts = chord.split("+");
  const code = parts.pop() ?? "";
  const held = parts as (keyof typeof MODIFIERS)[];
  const modifiers = held.reduce((sum, it) => sum + MODIFIERS[it], 0);
  const { text, ...key } = keyOf(code, layout, held.includes("Shift"));
  const writes = text !== undefined && !held.some((it) => it !== "Shift");
  const session = await page.context().newCDPSession(page);
  const down = {
    ...key,
    modifiers,
    ...(writes ? { type: "keyDown" as const, text } : { type: "rawKeyDown" as const }),
  };
  await session.send("Input.dispatchKeyEvent", down);
  await session.send("Input.dispatchKeyEvent", { ...key, modifiers, type: "keyUp" });
  await session.detach();
}

/** Presses keys one after another. */
export async function type(page: Page, codes: string, layout: Layout) {
  for (const code of codes.split(" ")) await press(page, code, layout);
}
