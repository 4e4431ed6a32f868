import { describe, expect, it } from "vitest";
import type { About, ChannelField } from "@/api/types";
import { fieldProblem, formProblems, settingOf, toSettings } from "./settings";

const texts = { en: "", ru: "" };
const token: ChannelField = {
  name: "token",
  kind: "secret",
  label: texts,
  help: texts,
  pattern: "[0-9]+:[a-z]+",
  required: true,
};
const tag: ChannelField = { ...token, name: "tag", kind: "text", pattern: null, required: false };
const quiet: ChannelField = { ...token, name: "quiet", kind: "switch", pattern: null, required: false };
const about = { fields: [token, tag, quiet] } as About;

describe("fieldProblem", () => {
  it.each([
    ["a right value", token, "12:ab", false],
    ["spaces around a pasted value", token, "  12:ab\n", false],
    ["the pattern holds for the whole value", token, "12:ab extra", true],
    ["nothing in a required field", token, "", true],
    ["only spaces in a required field", token, "   ", true],
    ["nothing in a free field", tag, undefined, false],
    ["a switch is always right", quiet, undefined, false],
  ] as const)("%s", (_, field, value, wrong) => expect(fieldProblem(field, value) !== null).toBe(wrong));
});

it("sends cleaned values and leaves empty ones out", () => {
  expect(toSettings(about, { token: " 12:ab ", tag: "" })).toEqual({ token: "12:ab", quiet: "false" });
});

it("names the wrong fields", () => {
  expect(Object.keys(formProblems(about, { token: "x" }))).toEqual(["token"]);
});

it("reads the field of a refusal", () => {
  expect(settingOf("settings.token")).toBe("token");
  expect(settingOf("line_id")).toBeUndefined();
});
