/**
 * What an operator types and what goes to the server. Typed: plain text with light marks (`**bold**`, `_italic_`,
 * `~~struck~~`, `` `code` ``, `> quote`, `[word](address)`). Sent: BB code. In a channel that shows no formatting the
 * marks are ordinary characters.
 */
import { escapeText, isAddress, type Node, parse, plainText } from "./bb";

/** A mark opens before a letter and closes after one, and not inside a word: `a_b_c` and `2 * 3 * 4` stay as typed. */
const INLINE =
  /`([^`\n]+)`|\*\*(?=\S)([^\n]*?\S)\*\*|~~(?=\S)([^\n]*?\S)~~|(?<![\p{L}\p{N}_])_(?=[^\s_])([^\n_]*?[^\s_])_(?![\p{L}\p{N}_])|\[([^\]\n]+)\]\(([^)\s]+)\)/gu;

export function toBB(typed: string, formatting: boolean): string {
  const text = typed.trim();
  if (!formatting) return escapeText(text);
  const lines = text.split("\n");
  const out: string[] = [];
  for (let index = 0; index < lines.length; ) {
    const quoted: string[] = [];
    for (; /^> ?/.test(lines[index] ?? ""); index += 1)
      quoted.push((lines[index] as string).replace(/^> ?/, ""));
    if (quoted.length > 0) out.push(`[quote]${inline(quoted.join("\n"))}[/quote]`);
    const plain: string[] = [];
    for (; index < lines.length && !/^> ?/.test(lines[index] as string); index += 1)
      plain.push(lines[index] as string);
    if (plain.length > 0) out.push(inline(plain.join("\n")));
  }
  return out.join("\n");
}

function inline(text: string): string {
  let out = "";
  let place = 0;
  for (const found of text.matchAll(INLINE)) {
    const [source, code, bold, struck, italic, label, url] = found;
    out += escapeText(text.slice(place, found.index));
    place = found.index + source.length;
    if (code !== undefined) out += `[code]${code.replaceAll("[", "[[]")}[/code]`;
    else if (bold !== undefined) out += `[b]${inline(bold)}[/b]`;
    else if (struck !== undefined) out += `[s]${inline(struck)}[/s]`;
    else if (italic !== undefined) out += `[i]${inline(italic)}[/i]`;
    else if (label !== undefined && url !== undefined && isAddress(url) && !/[[\]]/.test(url))
      out += `[url=${url}]${inline(label)}[/url]`;
    else out += escapeText(source);
  }
  return out + escapeText(text.slice(place));
}

/** Back to what can be typed, for changing a message that was sent. */
export function fromBB(text: string, formatting: boolean): string {
  const nodes = parse(text);
  return formatting ? typed(nodes) : plainText(nodes);
}

const MARKS: Partial<Record<string, string>> = { b: "**", i: "_", s: "~~" };

function typed(nodes: readonly Node[]): string {
  return nodes
    .map((it) => {
      if (it.kind === "text") return it.text;
      if (it.kind === "code") return `\`${it.text}\``;
      const inner = typed(it.nodes);
      if (it.kind === "link") return inner === it.url ? it.url : `[${inner}](${it.url})`;
      if (it.style === "quote")
        return inner
          .split("\n")
          .map((line) => `> ${line}`)
          .join("\n");
      const mark = MARKS[it.style] ?? "";
      return `${mark}${inner}${mark}`;
    })
    .join("");
}

/** Is there anything that will look other than typed? Then a preview is worth its place. */
export const hasMarks = (text: string, formatting: boolean) =>
  formatting && parse(toBB(text, true)).some((it) => it.kind !== "text");

/** How long a text is for a channel, in UTF-16 units of what is shown. */
export const lengthOf = (text: string, formatting: boolean) =>
  plainText(parse(toBB(text, formatting))).length;

/** How many messages a long text becomes when it is cut at the ends of words, never inside one that fits. */
export function piecesOf(text: string, formatting: boolean, textMax: number): number {
  let rest = plainText(parse(toBB(text, formatting)));
  let count = 1;
  while (textMax > 0 && rest.length > textMax) {
    const head = rest.slice(0, textMax + 1);
    const cut = Math.max(head.lastIndexOf("\n"), head.lastIndexOf(" "));
    rest = rest.slice(cut > 0 ? cut : textMax).trimStart();
    count += 1;
  }
  return count;
}

/** Puts a mark around what is selected; around nothing, the cursor lands between the marks. */
export function surround(text: string, from: number, to: number, mark: "**" | "_" | "~~" | "`" | "> ") {
  if (mark === "> ") {
    const start = text.lastIndexOf("\n", from - 1) + 1;
    const block = text.slice(start, to);
    const lines = block.split("\n");
    const quoted = lines.every((it) => it.startsWith("> "));
    const next = lines.map((it) => (quoted ? it.slice(2) : `> ${it}`)).join("\n");
    const end = start + next.length;
    return { text: text.slice(0, start) + next + text.slice(to), from: end, to: end };
  }
  const size = mark.length;
  if (text.slice(from - size, from) === mark && text.slice(to, to + size) === mark)
    return {
      text: text.slice(0, from - size) + text.slice(from, to) + text.slice(to + size),
      from: from - size,
      to: to - size,
    };
  return {
    text: text.slice(0, from) + mark + text.slice(from, to) + mark + text.slice(to),
    from: from + size,
    to: to + size,
  };
}
