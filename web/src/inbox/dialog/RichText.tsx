/** Draws a message's text from its tree. Elements only, never HTML. */
import { memo, type ReactNode, useMemo, useState } from "react";
import { m as t } from "@/paraglide/messages";
import { type Node, parse } from "../text/bb";
import { findLinks } from "../text/links";
import classes from "./bubble.module.css";

function Spoiler({ children }: { children: ReactNode }) {
  const [shown, setShown] = useState(false);
  if (shown) return <span className={classes.spoilerShown}>{children}</span>;
  return (
    <button
      type="button"
      className={classes.spoiler}
      aria-label={t.spoiler_show()}
      onClick={() => setShown(true)}
    >
      <span aria-hidden>{children}</span>
    </button>
  );
}

const External = ({ url, children }: { url: string; children: ReactNode }) => (
  <a href={url} target="_blank" rel="noopener noreferrer nofollow" className={classes.link}>
    {children}
  </a>
);

const TAGS = { b: "strong", i: "em", u: "u", s: "s", quote: "blockquote" } as const;

function drawText(text: string, key: number, inLink: boolean): ReactNode {
  if (inLink) return text;
  return findLinks(text).map((piece, at) =>
    piece.url ? (
      // biome-ignore lint/suspicious/noArrayIndexKey: pieces of one text have no other name
      <External key={`${key}.${at}`} url={piece.url}>
        {piece.text}
      </External>
    ) : (
      piece.text
    ),
  );
}

function drawOne(node: Node, key: number, inLink: boolean): ReactNode {
  switch (node.kind) {
    case "text":
      return drawText(node.text, key, inLink);
    case "code":
      return (
        <code key={key} className={node.text.includes("\n") ? classes.codeBlock : classes.code}>
          {node.text}
        </code>
      );
    case "link":
      return (
        <External key={key} url={node.url}>
          {draw(node.nodes, true)}
        </External>
      );
    case "style": {
      if (node.style === "spoiler") return <Spoiler key={key}>{draw(node.nodes, true)}</Spoiler>;
      const Tag = TAGS[node.style];
      return (
        <Tag key={key} className={node.style === "quote" ? classes.quote : undefined}>
          {draw(node.nodes, inLink)}
        </Tag>
      );
    }
  }
}

const isQuote = (node: Node | undefined) => node?.kind === "style" && node.style === "quote";

function draw(nodes: readonly Node[], inLink: boolean): ReactNode {
  return nodes.map((node, index) => {
    // A quote is a block of its own: the line break written after it would be a second one.
    if (node.kind === "text" && isQuote(nodes[index - 1]))
      return drawText(node.text.replace(/^\n/, ""), index, inLink);
    return drawOne(node, index, inLink);
  });
}

export const RichText = memo(function RichText({ text }: { text: string }) {
  const nodes = useMemo(() => parse(text), [text]);
  return <>{draw(nodes, false)}</>;
});
