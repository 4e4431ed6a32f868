import { describe, expect, it } from "vitest";
import { escapeText, type Node, parse, plainText } from "./bb";
import { findLinks } from "./links";
import { fromBB, hasMarks, lengthOf, piecesOf, surround, toBB } from "./markup";

const text = (it: string): Node => ({ kind: "text", text: it });
const style = (name: "b" | "i" | "quote" | "spoiler", ...nodes: Node[]): Node => ({
  kind: "style",
  style: name,
  nodes,
});
const link = (url: string, ...nodes: Node[]): Node => ({ kind: "link", url, nodes });

describe("parse", () => {
  const cases: [name: string, source: string, tree: Node[]][] = [
    ["plain text", "Hello", [text("Hello")]],
    ["nothing", "", []],
    ["bold", "a [b]b[/b] c", [text("a "), style("b", text("b")), text(" c")]],
    ["any case", "[B]x[/b]", [style("b", text("x"))]],
    [
      "inside one another",
      "[quote][spoiler]x[/spoiler][/quote]",
      [style("quote", style("spoiler", text("x")))],
    ],
    ["closed by the outer tag", "[b][i]x[/b]y", [style("b", style("i", text("x"))), text("y")]],
    ["never closed", "[b]x [i]y", [text("[b]x [i]y")]],
    ["closed, never opened", "x[/b]", [text("x[/b]")]],
    ["around nothing", "[b][/b]x", [text("x")]],
    ["escaped", "[[]b]x[[]/b]", [text("[b]x[/b]")]],
    ["escape of the escape", "[[][[]]", [text("[[]")]],
    ["lone brackets", "a[0] = [x]", [text("a[0] = [x]")]],
    [
      "code keeps its tags",
      "[code][b]x[/b] [[]/code][/code]!",
      [{ kind: "code", text: "[b]x[/b] [/code]" }, text("!")],
    ],
    ["code without end", "[code]x", [text("[code]x")]],
    ["link", "[url=https://a.example]go[/url]", [link("https://a.example", text("go"))]],
    [
      "link that shows itself",
      "[url]https://a.example[/url]",
      [link("https://a.example", text("https://a.example"))],
    ],
    ["link without label", "[url=tel:+7][/url]", [link("tel:+7", text("tel:+7"))]],
    ["script is no link", "[url=javascript:alert(1)]x[/url]", [text("[url=javascript:alert(1)]x[/url]")]],
    ["data is no link", "[url]data:text/html,x[/url]", [text("[url]data:text/html,x[/url]")]],
    [
      "link in a link",
      "[url=https://a.example][url=https://b.example]x[/url]",
      [link("https://a.example", text("[url=https://b.example]x"))],
    ],
    ["HTML is text", "<b>x</b><script>", [text("<b>x</b><script>")]],
  ];
  it.each(cases)("%s", (_, source, tree) => expect(parse(source)).toEqual(tree));

  it("stays calm with a thousand opening tags", () => {
    const source = "[b]".repeat(1000);
    expect(plainText(parse(source))).toBe(source);
  });

  it.each(["[b]x[/b]", "[[]", "[", "[]", "[url=x]", "[code]a[/code]", "[[][[]", "arr[i] = [b]"])(
    "%s reads as itself once escaped",
    (source) => expect(parse(escapeText(source))).toEqual([text(source)]),
  );
});

describe("findLinks", () => {
  const urls = (source: string) => findLinks(source).flatMap((it) => it.url ?? []);
  it.each([
    ["ends with the sentence", "See https://a.example/x?y=1.", ["https://a.example/x?y=1"]],
    ["bracket around", "(https://a.example/x)", ["https://a.example/x"]],
    ["bracket inside", "https://a.example/x_(y)", ["https://a.example/x_(y)"]],
    ["www", "www.example.com", ["https://www.example.com"]],
    ["mail", "write to anna@example.com!", ["mailto:anna@example.com"]],
    ["phone", "call +7 (912) 345-67-89", ["tel:+79123456789"]],
    ["plain number", "order 12345678901", []],
  ])("%s", (_, source, expected) => expect(urls(source)).toEqual(expected));
  it("keeps every character", () => {
    const source = "a https://a.example, b +79123456789 c";
    expect(
      findLinks(source)
        .map((it) => it.text)
        .join(""),
    ).toBe(source);
  });
});

describe("toBB", () => {
  it.each([
    ["bold and italic", "**a** and _b_", "[b]a[/b] and [i]b[/i]"],
    ["one in another", "**a _b_**", "[b]a [i]b[/i][/b]"],
    ["inside a word", "snake_case_name", "snake_case_name"],
    ["arithmetic", "2 ** 3 ** 4", "2 ** 3 ** 4"],
    ["code keeps marks", "`**a** [b]`", "[code]**a** [[]b][/code]"],
    ["quote", "> a\n> b\nanswer", "[quote]a\nb[/quote]\nanswer"],
    ["link", "[site](https://a.example)", "[url=https://a.example]site[/url]"],
    ["no script", "[x](javascript:alert(1))", "[x](javascript:alert(1))"],
    ["tags typed by hand are text", "[b]x[/b]", "[[]b]x[[]/b]"],
    ["Russian", "**жирный**, _курсив_", "[b]жирный[/b], [i]курсив[/i]"],
  ])("%s", (_, typed, bb) => expect(toBB(typed, true)).toBe(bb));

  it("leaves marks alone where the channel shows none", () => {
    expect(toBB("**a** [b]", false)).toBe("**a** [[]b]");
    expect(plainText(parse(toBB("**a** [b]", false)))).toBe("**a** [b]");
  });
  it.each(["**a** and _b_ ~~c~~ `d`", "> q\nx", "[site](https://a.example)", "[b]"])(
    "%s survives a change",
    (typed) => expect(fromBB(toBB(typed, true), true)).toBe(typed),
  );
  it("knows when a preview is worth it", () => {
    expect(hasMarks("a **b**", true)).toBe(true);
    expect(hasMarks("a b_c", true)).toBe(false);
    expect(hasMarks("a **b**", false)).toBe(false);
  });
});

describe("length", () => {
  it("does not count marks", () => expect(lengthOf("**abc**", true)).toBe(3));
  it("counts as the channel does, in UTF-16 units", () => expect(lengthOf("👍", false)).toBe(2));
  it.each([
    ["fits", "a".repeat(10), 10, 1],
    ["one over", "a".repeat(11), 10, 2],
    ["cut between words", "aaaa bbbb cccc", 9, 2],
    ["no limit", "a".repeat(50), 0, 1],
  ])("%s", (_, source, max, count) => expect(piecesOf(source, false, max)).toBe(count));
});

describe("surround", () => {
  it("marks the selection", () =>
    expect(surround("a b c", 2, 3, "**")).toEqual({ text: "a **b** c", from: 4, to: 5 }));
  it("takes the marks away again", () =>
    expect(surround("a **b** c", 4, 5, "**")).toEqual({ text: "a b c", from: 2, to: 3 }));
  it("quotes whole lines", () => expect(surround("a\nbc", 3, 4, "> ").text).toBe("a\n> bc"));
});
