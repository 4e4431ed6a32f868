/**
 * Reads the server's text (Unicode with a few BB tags) into a tree. Screens draw the tree with elements and never
 * make HTML of it. The rules are the server's own: reading never fails, and what is no tag is text.
 */
export type Style = "b" | "i" | "u" | "s" | "quote" | "spoiler";
export type Node =
  | { kind: "text"; text: string }
  | { kind: "style"; style: Style; nodes: Node[] }
  | { kind: "code"; text: string }
  | { kind: "link"; url: string; nodes: Node[] };

/** Tags inside tags; an opening tag deeper than this is text. */
const DEPTH_MAX = 16;
const ADDRESS_MAX = 2048;
const STYLES: readonly Style[] = ["b", "i", "u", "s", "quote", "spoiler"];
/** Anything else, `javascript:` above all, stays text. */
const ADDRESS = /^(https?:\/\/|mailto:|tel:)/i;
const TAG = /\[(\[\]|\/?[a-z]+\]|url=[^[\]]*\])/gi;
const CODE_END = /\[\/code\]/i;

export const isAddress = (url: string) => url.length <= ADDRESS_MAX && ADDRESS.test(url) && !/\s/.test(url);

type Frame = { tag: string; url: string | null; source: string; nodes: Node[] };

export function parse(text: string): Node[] {
  const done: Node[] = [];
  const open: Frame[] = [];
  const nodes = () => open.at(-1)?.nodes ?? done;
  const lastCodeEnd = text.toLowerCase().lastIndexOf("[/code]");

  const splice = (frame: Frame) => {
    pushText(nodes(), frame.source);
    for (const node of frame.nodes) {
      if (node.kind === "text") pushText(nodes(), node.text);
      else nodes().push(node);
    }
  };
  const put = (frame: Frame, closing: string) => {
    if (frame.tag !== "url") {
      if (frame.nodes.length > 0)
        nodes().push({ kind: "style", style: frame.tag as Style, nodes: frame.nodes });
      return;
    }
    const url = frame.url ?? plainText(frame.nodes);
    if (isAddress(url)) {
      const label: Node[] = frame.nodes.length > 0 ? frame.nodes : [{ kind: "text", text: url }];
      nodes().push({ kind: "link", url, nodes: label });
    } else {
      splice(frame);
      pushText(nodes(), closing);
    }
  };
  const close = (tag: string, source: string) => {
    const place = open.findLastIndex((it) => it.tag === tag);
    if (place < 0) return false;
    while (open.length > place) {
      const frame = open.pop() as Frame;
      put(frame, open.length === place ? source : "");
    }
    return true;
  };

  let place = 0;
  TAG.lastIndex = 0;
  for (let found = TAG.exec(text); found; found = TAG.exec(text)) {
    const source = found[0];
    const name = source.slice(1, -1).toLowerCase();
    pushText(nodes(), text.slice(place, found.index));
    place = found.index + source.length;
    if (name === "[") pushText(nodes(), "[");
    else if (name === "code" && lastCodeEnd >= place) {
      const rest = text.slice(place);
      const end = rest.search(CODE_END);
      const code = rest.slice(0, end).replaceAll("[[]", "[");
      if (code) nodes().push({ kind: "code", text: code });
      place += end + "[/code]".length;
      TAG.lastIndex = place;
    } else if (name.startsWith("/")) {
      if (!close(name.slice(1), source)) pushText(nodes(), source);
    } else if (
      isOpening(name) &&
      open.length < DEPTH_MAX &&
      !(isUrl(name) && open.some((it) => it.tag === "url"))
    ) {
      const url = name.startsWith("url=") ? source.slice(5, -1) : null;
      if (url !== null && !isAddress(url)) pushText(nodes(), source);
      else open.push({ tag: isUrl(name) ? "url" : name, url, source, nodes: [] });
    } else pushText(nodes(), source);
  }
  pushText(nodes(), text.slice(place));
  while (open.length > 0) splice(open.pop() as Frame);
  return done;
}

const isUrl = (name: string) => name === "url" || name.startsWith("url=");
const isOpening = (name: string) => isUrl(name) || (STYLES as readonly string[]).includes(name);

function pushText(nodes: Node[], text: string) {
  if (!text) return;
  const last = nodes.at(-1);
  if (last?.kind === "text") last.text += text;
  else nodes.push({ kind: "text", text });
}

/** The text without its tags: for previews, for the clipboard, for counting. */
export const plainText = (nodes: readonly Node[]): string =>
  nodes.map((it) => (it.kind === "text" || it.kind === "code" ? it.text : plainText(it.nodes))).join("");

/** Makes text that reads as itself, whatever is in it. */
export const escapeText = (text: string) =>
  text.replace(/\[(?=\[\]|\/?(?:b|i|u|s|quote|spoiler|code|url)\]|url=)/gi, "[[]");
