import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import { COLORS, CONTROL_PAIRS, contrast, TEXT_PAIRS } from "./tokens";

describe.each([
  ["light", 0],
  ["dark", 1],
] as const)("%s", (_, index) => {
  it.each(TEXT_PAIRS)("%s is readable on %s", (text, on) => {
    expect(contrast(COLORS[text][index], COLORS[on][index])).toBeGreaterThanOrEqual(4.5);
  });
  it.each(CONTROL_PAIRS)("%s is visible on %s", (control, on) => {
    expect(contrast(COLORS[control][index], COLORS[on][index])).toBeGreaterThanOrEqual(3);
  });
});

it("knows the extremes", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21);
  expect(contrast("#123456", "#123456")).toBe(1);
});

it("paints the page in the same colours before the scripts run", () => {
  const css = readFileSync(new URL("./base.css", import.meta.url), "utf8");
  expect(css).toContain(`--ol-page: ${COLORS.page[0]}`);
  expect(css).toContain(`--ol-page: ${COLORS.page[1]}`);
});
