import { expect, it } from "vitest";
import { move, placeAfterDrag } from "./reorder";

it.each([
  ["down", 0, 2, ["b", "c", "a"]],
  ["up", 2, 0, ["c", "a", "b"]],
  ["nowhere", 1, 1, ["a", "b", "c"]],
  ["past the end", 1, 3, ["a", "b", "c"]],
  ["from nowhere", -1, 1, ["a", "b", "c"]],
] as const)("moves %s", (_, from, to, expected) => expect(move(["a", "b", "c"], from, to)).toEqual(expected));

it.each([
  ["less than half a row stays", 1, 20, 1],
  ["more than half a row goes on", 1, 30, 2],
  ["never before the first", 1, -500, 0],
  ["never behind the last", 1, 500, 3],
] as const)("%s", (_, from, dy, expected) => expect(placeAfterDrag(from, dy, 48, 4)).toBe(expected));
