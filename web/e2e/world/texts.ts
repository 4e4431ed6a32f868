/** The interface's own texts, so that a test finds a control by its label in either language. */
import { readdirSync, readFileSync } from "node:fs";

export type Language = "en" | "ru";
type Branches = { match: Record<string, string> }[];

const ROOT = new URL("../../messages/", import.meta.url);
const read = (language: Language): Record<string, string | Branches> =>
  Object.assign(
    {},
    ...readdirSync(new URL(`${language}/`, ROOT)).map((file) =>
      JSON.parse(readFileSync(new URL(`${language}/${file}`, ROOT), "utf8")),
    ),
  );
const CATALOGUE = { en: read("en"), ru: read("ru") };

const literal = (text: string) => text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");

export type Texts = {
  /** The whole text of a key as a pattern; a parameter without a value matches anything. */
  (key: string, values?: Record<string, string | number>): RegExp;
  /** The text itself, of a key without parameters and plurals. */
  plain: (key: string) => string;
};

export function textsOf(language: Language): Texts {
  const find = (key: string) => {
    const found = CATALOGUE[language][key];
    if (found === undefined) throw new Error(`the interface has no text "${key}"`);
    return found;
  };
  const plain = (key: string) => {
    const found = find(key);
    if (typeof found !== "string") throw new Error(`"${key}" has several forms`);
    return found;
  };
  const pattern = (key: string, values: Record<string, string | number> = {}) => {
    const found = find(key);
    const variants = typeof found === "string" ? [found] : Object.values(found[0]?.match ?? {});
    const patterns = variants.map((text) =>
      text
        .split(/(\{\w+\})/)
        .map((part) => {
          const name = /^\{(\w+)\}$/.exec(part)?.[1];
          if (!name) return literal(part);
          return name in values ? literal(String(values[name])) : ".+";
        })
        .join(""),
    );
    return new RegExp(`^\\s*(?:${patterns.join("|")})\\s*$`, "u");
  };
  return Object.assign(pattern, { plain });
}
