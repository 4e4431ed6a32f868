import { describe, expect, it } from "vitest";
import { isChord, keyNames, type Pressed } from "./match";

const press = (code: string, key: string, held: Partial<Pressed> = {}): Pressed => ({
  code,
  key,
  ctrlKey: false,
  metaKey: false,
  altKey: false,
  shiftKey: false,
  ...held,
});

describe("isChord", () => {
  const cases: [name: string, pressed: Pressed, chord: string, expected: boolean][] = [
    ["Latin letter", press("KeyJ", "j"), "KeyJ", true],
    ["same key in the Russian layout", press("KeyJ", "о"), "KeyJ", true],
    ["another key", press("KeyK", "k"), "KeyJ", false],
    ["a letter with Ctrl is not the letter", press("KeyJ", "j", { ctrlKey: true }), "KeyJ", false],
    ["Ctrl+K", press("KeyK", "л", { ctrlKey: true }), "mod+KeyK", true],
    ["Shift+E needs Shift", press("KeyE", "e"), "Shift+KeyE", false],
    ["? in the Latin layout", press("Slash", "?", { shiftKey: true }), "?", true],
    ["? in the Russian layout", press("Digit7", "?", { shiftKey: true }), "?", true],
    ["the key of ? in the Russian layout", press("Slash", ",", { shiftKey: true }), "?", true],
    ["/ is not ?", press("Slash", "/"), "?", false],
  ];
  it.each(cases)("%s", (_, pressed, chord, expected) =>
    expect(isChord(pressed, chord, false)).toBe(expected),
  );

  it("takes Cmd on a Mac", () => {
    expect(isChord(press("KeyK", "k", { metaKey: true }), "mod+KeyK", true)).toBe(true);
    expect(isChord(press("KeyK", "k", { ctrlKey: true }), "mod+KeyK", true)).toBe(false);
  });
});

it("writes keys for people", () => {
  expect(keyNames("mod+KeyK", false)).toEqual([["Ctrl", "K"]]);
  expect(keyNames("KeyG KeyI", false)).toEqual([["G"], ["I"]]);
  expect(keyNames("Shift+BracketLeft", false)).toEqual([["Shift", "["]]);
});
