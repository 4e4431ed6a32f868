// Checks that every text exists in every language with the same parameters, and that no key stands in two files.
import { readdir, readFile } from "node:fs/promises";

const ROOT = new URL("../messages/", import.meta.url);
const LOCALES = ["en", "ru"];
const faults = [];

/** All names in braces, from plain and from matching messages. */
const parameters = (text) =>
  [...new Set([...JSON.stringify(text).matchAll(/\{([a-z_][a-z0-9_]*)\}/gi)].map((it) => it[1]))]
    .sort()
    .join(",");

const texts = {};
for (const locale of LOCALES) {
  const all = new Map();
  for (const file of await readdir(new URL(`${locale}/`, ROOT))) {
    const content = JSON.parse(await readFile(new URL(`${locale}/${file}`, ROOT), "utf8"));
    for (const [key, text] of Object.entries(content)) {
      if (key === "$schema") continue;
      if (all.has(key)) faults.push(`${locale}/${file}: "${key}" also stands in ${all.get(key).file}`);
      if (text === "") faults.push(`${locale}/${file}: "${key}" is empty`);
      if (locale === "ru" && typeof text === "object" && JSON.stringify(text).includes(": plural")) {
        for (const form of ["one", "few", "many"]) {
          const branches = Object.keys(text[0].match);
          if (!branches.some((it) => it.endsWith(`=${form}`) || it.includes(`=${form},`)))
            faults.push(`ru/${file}: "${key}" lacks the plural form "${form}"`);
        }
      }
      all.set(key, { file, parameters: parameters(text) });
    }
  }
  texts[locale] = all;
}
for (const locale of LOCALES)
  for (const [key, { file, parameters }] of texts.en) {
    const other = texts[locale].get(key);
    if (!other) faults.push(`${locale}/${file}: "${key}" is missing`);
    else if (other.file !== file) faults.push(`"${key}": en keeps it in ${file}, ${locale} in ${other.file}`);
    else if (other.parameters !== parameters)
      faults.push(`${locale}/${file}: "${key}" takes {${other.parameters}}, en takes {${parameters}}`);
  }
for (const [key, { file }] of texts.ru)
  if (!texts.en.has(key)) faults.push(`en/${file}: "${key}" is missing`);

// A text that nobody shows is a text that nobody keeps right.
const sources = [];
for (const file of await readdir(new URL("../src/", import.meta.url), { recursive: true }))
  if (/\.tsx?$/.test(file) && !file.startsWith("paraglide"))
    sources.push(await readFile(new URL(`../src/${file}`, import.meta.url), "utf8"));
const used = new Set([...sources.join("\n").matchAll(/\bt\.([a-z][a-z0-9_]*)/g)].map((it) => it[1]));
for (const [key, { file }] of texts.en) if (!used.has(key)) faults.push(`en/${file}: "${key}" is not used`);

for (const fault of faults) console.error(fault);
if (faults.length > 0) process.exit(1);
