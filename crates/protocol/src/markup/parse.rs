//! Reads text with tags into a tree, in one pass over the text.

use super::{ADDRESS_MAX_BYTES, DEPTH_MAX, Node, Style, is_address, text_of};

/// Reads text with tags. Never fails and never loses a character that is not of a tag:
/// - a closing tag also closes what was opened after its opening tag and is still open;
/// - a closing tag without an opening one is text;
/// - an opening tag that is never closed is text, and so is one in [`DEPTH_MAX`] others, or a link in a link;
/// - inside `[code]` only `[/code]` and `[[]` have a meaning;
/// - tags around nothing vanish.
#[must_use]
pub fn parse(text: &str) -> Vec<Node> {
    let mut tree = Tree { done: Vec::new(), open: Vec::new() };
    let last_code_end = rfind_code_end(text);
    let mut place = 0;
    while let Some(skip) = text[place..].find('[') {
        tree.text(&text[place..place + skip]);
        place += skip;
        let rest = &text[place..];
        place += match read_tag(rest) {
            Some((Tag::Bracket, size)) => {
                tree.text("[");
                size
            }
            Some((Tag::Code, size)) if last_code_end.is_some_and(|it| it >= place + size) => {
                let (code, code_size) = read_code(&rest[size..]);
                if !code.is_empty() {
                    tree.nodes().push(Node::Code(code));
                }
                size + code_size
            }
            Some((Tag::Open(kind), size)) if tree.can_open(&kind) => {
                tree.open.push(Frame { kind, source: &rest[..size], nodes: Vec::new() });
                size
            }
            Some((Tag::Close(name), size)) if tree.close(name, &rest[..size]) => size,
            Some((_, size)) => {
                tree.text(&rest[..size]);
                size
            }
            None => {
                tree.text("[");
                1
            }
        };
    }
    tree.text(&text[place..]);
    tree.finish()
}

/// One thing that begins with `[`.
enum Tag<'t> {
    /// `[[]`
    Bracket,
    /// `[code]`
    Code,
    /// Another opening tag.
    Open(Kind<'t>),
    /// A closing tag; `None` is `[/url]`.
    Close(Option<Style>),
}

/// What an opening tag opens.
enum Kind<'t> {
    Style(Style),
    /// `[url=…]`, or `[url]` whose address is its label.
    Link(Option<&'t str>),
}

/// Reads the tag at the start of `text`, which begins with `[`, and its size.
fn read_tag(text: &str) -> Option<(Tag<'_>, usize)> {
    if text.starts_with("[[]") {
        return Some((Tag::Bracket, 3));
    }
    // To the next bracket of either kind, so that the whole text is looked at once only.
    let inner = &text[1..];
    let size = inner.bytes().take(ADDRESS_MAX_BYTES + 5).position(|it| it == b']' || it == b'[')?;
    if inner.as_bytes()[size] == b'[' {
        return None;
    }
    let inner = &inner[..size];
    let style = |name: &str| Style::ALL.into_iter().find(|it| it.tag().eq_ignore_ascii_case(name));
    let tag = if let Some(name) = inner.strip_prefix('/') {
        if name.eq_ignore_ascii_case("url") { Tag::Close(None) } else { Tag::Close(Some(style(name)?)) }
    } else if inner.eq_ignore_ascii_case("code") {
        Tag::Code
    } else if inner.eq_ignore_ascii_case("url") {
        Tag::Open(Kind::Link(None))
    } else if inner.get(..4).is_some_and(|it| it.eq_ignore_ascii_case("url=")) {
        Tag::Open(Kind::Link(Some(&inner[4..]).filter(|it| is_address(it))?.into()))
    } else {
        Tag::Open(Kind::Style(style(inner)?))
    };
    Some((tag, size + 2))
}

const CODE_END: &str = "[/code]";

fn is_code_end(bytes: &[u8]) -> bool {
    bytes.eq_ignore_ascii_case(CODE_END.as_bytes())
}

/// Where the last `[/code]` begins. Known beforehand, so that many lone `[code]` do not each search the whole text.
fn rfind_code_end(text: &str) -> Option<usize> {
    text.as_bytes().windows(CODE_END.len()).rposition(is_code_end)
}

/// The program text up to `[/code]`, and the size of both.
fn read_code(text: &str) -> (String, usize) {
    let end = text.as_bytes().windows(CODE_END.len()).position(is_code_end).unwrap_or(text.len());
    (text[..end].replace("[[]", "["), (end + CODE_END.len()).min(text.len()))
}

/// A tag that is open.
struct Frame<'t> {
    kind: Kind<'t>,
    /// How the opening tag was written, should it turn out to be text.
    source: &'t str,
    nodes: Vec<Node>,
}

/// The tree as it grows.
struct Tree<'t> {
    done: Vec<Node>,
    open: Vec<Frame<'t>>,
}

impl<'t> Tree<'t> {
    /// Where the next node goes.
    fn nodes(&mut self) -> &mut Vec<Node> {
        self.open.last_mut().map_or(&mut self.done, |it| &mut it.nodes)
    }

    fn text(&mut self, text: &str) {
        push_text(self.nodes(), text);
    }

    fn can_open(&self, kind: &Kind<'t>) -> bool {
        let second_link = matches!(kind, Kind::Link(_)) && self.open.iter().any(|it| matches!(it.kind, Kind::Link(_)));
        self.open.len() < DEPTH_MAX && !second_link
    }

    /// Closes the innermost tag of this name with all that is open in it; false if there is none.
    fn close(&mut self, name: Option<Style>, source: &str) -> bool {
        let is_it = |frame: &Frame<'_>| match frame.kind {
            Kind::Style(style) => name == Some(style),
            Kind::Link(_) => name.is_none(),
        };
        let Some(place) = self.open.iter().rposition(is_it) else { return false };
        while self.open.len() > place
            && let Some(frame) = self.open.pop()
        {
            let closing = if self.open.len() == place { source } else { "" };
            self.put(frame, closing);
        }
        true
    }

    /// Adds a closed frame to the one around it.
    fn put(&mut self, frame: Frame<'t>, closing: &str) {
        let Frame { kind, source, mut nodes } = frame;
        let node = match kind {
            Kind::Style(_) if nodes.is_empty() => return,
            Kind::Style(style) => Node::Styled(style, nodes),
            Kind::Link(Some(url)) => {
                if nodes.is_empty() {
                    nodes.push(Node::Text(url.to_owned()));
                }
                Node::Link { url: url.to_owned(), label: nodes }
            }
            Kind::Link(None) => {
                let url = text_of(&nodes);
                if !is_address(&url) {
                    self.splice(source, nodes);
                    self.text(closing);
                    return;
                }
                Node::Link { url, label: nodes }
            }
        };
        self.nodes().push(node);
    }

    /// The opening tag was text after all.
    fn splice(&mut self, source: &str, nodes: Vec<Node>) {
        self.text(source);
        for node in nodes {
            match node {
                Node::Text(text) => self.text(&text),
                other => self.nodes().push(other),
            }
        }
    }

    fn finish(mut self) -> Vec<Node> {
        while let Some(frame) = self.open.pop() {
            self.splice(frame.source, frame.nodes);
        }
        self.done
    }
}

/// Neighbouring texts are one node, so that equal texts make equal trees.
fn push_text(nodes: &mut Vec<Node>, text: &str) {
    if text.is_empty() {
        return;
    }
    if let Some(Node::Text(last)) = nodes.last_mut() {
        last.push_str(text);
    } else {
        nodes.push(Node::Text(text.to_owned()));
    }
}
