//! The universal text: Unicode with a few BB tags, and the tree that connectors convert from and to.
//!
//! Tags are `[b] [i] [u] [s] [quote] [spoiler] [code] [url=…]`, in any case. A `[` that would begin a tag and is meant
//! as itself is written `[[]`. Reading never fails: what is no tag is text. Connectors build a tree of [`Node`]s and
//! [`render`] it, or [`parse`] a text and walk the tree; nobody else should look for brackets with string functions.

mod parse;

pub use parse::parse;

/// Tags inside tags. An opening tag deeper than this is text.
pub const DEPTH_MAX: usize = 16;
/// Longest address of a link, in bytes.
pub const ADDRESS_MAX_BYTES: usize = 2048;
/// Addresses that may stand in a link. Anything else, `javascript:` above all, stays text.
const SCHEMES: [&str; 4] = ["http://", "https://", "mailto:", "tel:"];

/// What follows a `[` that has a meaning. [`escape`] looks for these; `read_tag` understands no others.
const MEANINGS: [&str; 18] = [
    "[]",
    "b]",
    "/b]",
    "i]",
    "/i]",
    "u]",
    "/u]",
    "s]",
    "/s]",
    "quote]",
    "/quote]",
    "spoiler]",
    "/spoiler]",
    "code]",
    "/code]",
    "url]",
    "/url]",
    "url=",
];

/// A piece of text, or a tag with what is in it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Node {
    /// Text as it is shown, nothing escaped.
    Text(String),
    /// Text in a style.
    Styled(Style, Vec<Node>),
    /// Program text: shown as it is, no tags inside.
    Code(String),
    /// A link.
    Link {
        /// Where it leads: `http`, `https`, `mailto` or `tel`.
        url: String,
        /// What is shown. No link inside a link.
        label: Vec<Node>,
    },
}

/// The styles.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Style {
    /// `[b]`
    Bold,
    /// `[i]`
    Italic,
    /// `[u]`
    Underline,
    /// `[s]`
    Strike,
    /// `[quote]`: words of somebody else, as a block.
    Quote,
    /// `[spoiler]`: hidden until asked for.
    Spoiler,
}

impl Style {
    /// All of them.
    pub const ALL: [Self; 6] = [Self::Bold, Self::Italic, Self::Underline, Self::Strike, Self::Quote, Self::Spoiler];

    /// The name of the tag.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Bold => "b",
            Self::Italic => "i",
            Self::Underline => "u",
            Self::Strike => "s",
            Self::Quote => "quote",
            Self::Spoiler => "spoiler",
        }
    }
}

/// Makes text that reads as `text` itself, whatever is in it, also when it is joined with more text.
#[must_use]
pub fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    escape_into(text, &mut out);
    out
}

fn escape_into(text: &str, out: &mut String) {
    let mut rest = text;
    while let Some(place) = rest.find('[') {
        out.push_str(&rest[..place]);
        rest = &rest[place + 1..];
        out.push_str(if may_mean(rest) { "[[]" } else { "[" });
    }
    out.push_str(rest);
}

/// Whether a `[` before `rest` begins something with a meaning, or could once more text follows.
fn may_mean(rest: &str) -> bool {
    MEANINGS.iter().any(|it| {
        let common = it.len().min(rest.len());
        it.as_bytes()[..common].eq_ignore_ascii_case(&rest.as_bytes()[..common])
    })
}

/// Writes a tree as text with tags. Levels deeper than [`DEPTH_MAX`] and links inside links lose their tag, not their
/// text; so does a link whose address is not one. A link without a label shows its address.
#[must_use]
pub fn render(nodes: &[Node]) -> String {
    let mut out = String::new();
    render_into(nodes, DEPTH_MAX, false, &mut out);
    out
}

fn render_into(nodes: &[Node], depth_left: usize, in_link: bool, out: &mut String) {
    for node in nodes {
        match node {
            Node::Text(text) => escape_into(text, out),
            Node::Code(text) if text.is_empty() => {}
            Node::Code(text) => {
                out.push_str("[code]");
                escape_into(text, out);
                out.push_str("[/code]");
            }
            Node::Styled(_, inner) | Node::Link { label: inner, .. } if depth_left == 0 => {
                escape_into(&text_of(inner), out);
            }
            Node::Styled(style, inner) => {
                let start = out.len();
                out.extend(["[", style.tag(), "]"]);
                let opened = out.len();
                render_into(inner, depth_left - 1, in_link, out);
                if out.len() == opened {
                    out.truncate(start);
                } else {
                    out.extend(["[/", style.tag(), "]"]);
                }
            }
            Node::Link { url, label } => {
                let address = clean_address(url);
                let is_link = !in_link && is_address(&address);
                if is_link {
                    out.extend(["[url=", &address, "]"]);
                }
                let start = out.len();
                render_into(label, depth_left - 1, true, out);
                if out.len() == start {
                    escape_into(url, out);
                }
                if is_link {
                    out.push_str("[/url]");
                }
            }
        }
    }
}

/// What people read where nothing can be formatted. A link shows its address behind its label, unless they are equal.
#[must_use]
pub fn to_plain(nodes: &[Node]) -> String {
    let mut out = String::new();
    plain_into(nodes, true, &mut out);
    out
}

/// The words alone, without addresses of links.
fn text_of(nodes: &[Node]) -> String {
    let mut out = String::new();
    plain_into(nodes, false, &mut out);
    out
}

fn plain_into(nodes: &[Node], with_addresses: bool, out: &mut String) {
    for node in nodes {
        match node {
            Node::Text(text) | Node::Code(text) => out.push_str(text),
            Node::Styled(_, inner) => plain_into(inner, with_addresses, out),
            Node::Link { url, label } => {
                let start = out.len();
                plain_into(label, with_addresses, out);
                let bare = url.strip_prefix("mailto:").or_else(|| url.strip_prefix("tel:")).unwrap_or(url);
                let shown = &out[start..];
                if shown.is_empty() {
                    out.push_str(bare);
                } else if with_addresses && shown != url && shown != bare {
                    out.extend([" (", bare, ")"]);
                }
            }
        }
    }
}

/// Whether this may stand in `[url=…]`.
fn is_address(url: &str) -> bool {
    let scheme = SCHEMES.iter().find(|it| url.get(..it.len()).is_some_and(|start| start.eq_ignore_ascii_case(it)));
    scheme.is_some_and(|it| url.len() > it.len())
        && url.len() <= ADDRESS_MAX_BYTES
        && !url.chars().any(|it| it.is_whitespace() || it.is_control() || it == '[' || it == ']')
}

/// Writes what must not stand in an address as RFC 3986 wants it.
fn clean_address(url: &str) -> String {
    url.trim().replace('[', "%5B").replace(']', "%5D").replace(' ', "%20")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Node {
        Node::Text(text.to_owned())
    }

    fn link(url: &str, label: &str) -> Node {
        Node::Link { url: url.to_owned(), label: vec![text(label)] }
    }

    #[test]
    fn tags_are_read_and_what_is_no_tag_stays_text() {
        use Style::{Bold, Italic, Quote, Spoiler};
        let bold = |it| Node::Styled(Bold, vec![text(it)]);
        for (name, source, nodes) in [
            ("nothing", "", vec![]),
            ("plain", "a [1] [x] [", vec![text("a [1] [x] [")]),
            ("bold", "a [b]b[/b] c", vec![text("a "), bold("b"), text(" c")]),
            ("any case", "[B]b[/b]", vec![bold("b")]),
            ("inside one another", "[quote][spoiler]x[/spoiler][/quote]", {
                vec![Node::Styled(Quote, vec![Node::Styled(Spoiler, vec![text("x")])])]
            }),
            ("crossed", "[b]x[i]y[/b]z[/i]", {
                vec![Node::Styled(Bold, vec![text("x"), Node::Styled(Italic, vec![text("y")])]), text("z[/i]")]
            }),
            ("never closed", "a[b]c[i]d[/i]", vec![text("a[b]c"), Node::Styled(Italic, vec![text("d")])]),
            ("never opened", "a[/b]", vec![text("a[/b]")]),
            ("around nothing", "a[b][i][/i][/b]b", vec![text("ab")]),
            ("escaped", "[[]b]x[[]/b]", vec![text("[b]x[/b]")]),
            ("escape of the escape", "[[][[]]", vec![text("[[]")]),
            ("code", "[code][b]x[/b] [[]/code] [[][/code]!", {
                vec![Node::Code("[b]x[/b] [/code] [".to_owned()), text("!")]
            }),
            ("code never closed", "[code][b]x[/b]", vec![text("[code]"), bold("x")]),
            ("link", "[url=https://a.example/?q=1]a[/url]", vec![link("https://a.example/?q=1", "a")]),
            ("link without a label", "[url=tel:+7][/url]", vec![link("tel:+7", "tel:+7")]),
            (
                "link that is its label",
                "[URL]http://a.example[/URL]",
                vec![link("http://a.example", "http://a.example")],
            ),
            ("label that is no address", "[url]a[/url]", vec![text("[url]a[/url]")]),
            ("a script is no link", "[url=javascript:x]a[/url]", vec![text("[url=javascript:x]a[/url]")]),
            ("a link in a link", "[url=http://a][url=http://b]c[/url][/url]", {
                vec![link("http://a", "[url=http://b]c"), text("[/url]")]
            }),
        ] {
            assert_eq!(parse(source), nodes, "{name}");
            assert_eq!(parse(&render(&nodes)), nodes, "{name}, once more");
        }
    }

    #[test]
    fn plain_text_shows_where_a_link_leads() {
        for (source, plain) in [
            ("[b]Pay[/b] [url=https://pay.example]here[/url]", "Pay here (https://pay.example)"),
            ("[url]https://pay.example[/url]", "https://pay.example"),
            ("[url=tel:+79990001122]+79990001122[/url]", "+79990001122"),
            ("[url=mailto:a@b.example]write[/url]", "write (a@b.example)"),
        ] {
            assert_eq!(to_plain(&parse(source)), plain);
        }
    }

    #[test]
    fn a_tree_that_no_text_gives_keeps_its_words() {
        let mut deep = text("word");
        for _ in 0..100 {
            deep = Node::Styled(Style::Bold, vec![deep]);
        }
        let nested = Node::Link { url: "http://a".to_owned(), label: vec![link("http://b", "label")] };
        let bad = link("javascript:alert(1)", "press");
        let odd = link("https://a.example/[x] y", "odd");
        let tree = [deep, nested, bad, odd, Node::Styled(Style::Bold, vec![Node::Code(String::new())])];
        let nodes = parse(&render(&tree));
        assert_eq!(text_of(&nodes), "wordlabelpressodd");
        assert_eq!(nodes.last(), Some(&link("https://a.example/%5Bx%5D%20y", "odd")));
    }

    #[test]
    fn hostile_text_is_read_in_one_pass() {
        for piece in ["[", "[[]", "[b]", "[/b]", "[code]", "[url=http://a", "[url=http://a]", "[b][i]", "[quote][/b]"] {
            let source = piece.repeat(200_000);
            let nodes = parse(&source);
            assert!(text_of(&nodes).len() <= source.len());
        }
    }
}
