//! Texts: Telegram's entities, our BB code, and the HTML that Telegram reads. Pure.
//!
//! Telegram counts in UTF-16 units after the markup is read, so an emoji is two and a tag is none.

use openlines_protocol::markup::{self, Node, Style};

pub(super) use openlines_protocol::markup::escape;

use super::wire::Entity;

/// Entities read of one message. Telegram's own limit is 100.
const ENTITIES_MAX: usize = 1000;

/// A style, program text or a link.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Mark {
    Style(Style),
    Code,
    Link(String),
}

/// A mark on a part of a text, in bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Span {
    start: usize,
    end: usize,
    mark: Mark,
}

/// Text with marks that lie inside one another or apart, sorted by start, the outer before the inner.
#[derive(Debug, Default)]
struct Rich {
    text: String,
    spans: Vec<Span>,
}

/// What a customer wrote, with BB code. Broken entities are left out, their text stays.
pub(super) fn from_entities(text: &str, entities: &[Entity]) -> String {
    let places = utf16_places(text);
    let span = |it: &Entity| {
        let start = *places.get(it.offset)?;
        let end = *places.get(it.offset.checked_add(it.length)?)?;
        let mark = match it.kind.as_str() {
            "bold" => Mark::Style(Style::Bold),
            "italic" => Mark::Style(Style::Italic),
            "underline" => Mark::Style(Style::Underline),
            "strikethrough" => Mark::Style(Style::Strike),
            "spoiler" => Mark::Style(Style::Spoiler),
            "blockquote" | "expandable_blockquote" => Mark::Style(Style::Quote),
            "code" | "pre" => Mark::Code,
            "text_link" => Mark::Link(it.url.clone()?),
            _ => return None,
        };
        Some(Span { start: start?, end: end?, mark })
    };
    let spans = entities.iter().take(ENTITIES_MAX).filter_map(span).collect();
    let rich = Rich { text: text.to_owned(), spans: nested(spans) };
    markup::render(&rich.nodes(0, text.len()))
}

/// For each UTF-16 unit the byte where it begins, and nothing for the second half of a pair. One more for the end.
fn utf16_places(text: &str) -> Vec<Option<usize>> {
    let mut places = Vec::with_capacity(text.len() + 1);
    for (place, letter) in text.char_indices() {
        places.push(Some(place));
        places.extend((1..letter.len_utf16()).map(|_| None));
    }
    places.push(Some(text.len()));
    places
}

/// Sorts spans and cuts those that cross another, which Telegram promises not to send.
fn nested(mut spans: Vec<Span>) -> Vec<Span> {
    spans.retain(|it| it.start < it.end);
    spans.sort_by(|a, b| a.start.cmp(&b.start).then(b.end.cmp(&a.end)));
    let mut open: Vec<usize> = Vec::new();
    for span in &mut spans {
        while open.last().is_some_and(|end| *end <= span.start) {
            open.pop();
        }
        if let Some(end) = open.last() {
            span.end = span.end.min(*end);
        }
        open.push(span.end);
    }
    spans
}

impl Rich {
    fn read(text: &str) -> Self {
        let mut rich = Self::default();
        rich.add(&markup::parse(text));
        rich
    }

    fn add(&mut self, nodes: &[Node]) {
        for node in nodes {
            match node {
                Node::Text(text) => self.text.push_str(text),
                Node::Code(text) => self.add_marked(Mark::Code, |it| it.text.push_str(text)),
                Node::Styled(style, inner) => self.add_marked(Mark::Style(*style), |it| it.add(inner)),
                Node::Link { url, label } if is_linked(url) => {
                    self.add_marked(Mark::Link(url.clone()), |it| it.add(label));
                }
                Node::Link { .. } => self.text.push_str(&markup::to_plain(std::slice::from_ref(node))),
            }
        }
    }

    fn add_marked(&mut self, mark: Mark, inner: impl FnOnce(&mut Self)) {
        let (place, start) = (self.spans.len(), self.text.len());
        self.spans.push(Span { start, end: start, mark });
        inner(self);
        self.spans[place].end = self.text.len();
    }

    /// The part from `start` to `end` as a tree.
    fn nodes(&self, start: usize, end: usize) -> Vec<Node> {
        let clip = |it: &Span| Span { start: it.start.max(start), end: it.end.min(end), mark: it.mark.clone() };
        let is_there = |it: &&Span| it.start.max(start) < it.end.min(end);
        let spans: Vec<Span> = self.spans.iter().filter(is_there).map(clip).collect();
        tree(&self.text, start, end, &spans)
    }
}

fn tree(text: &str, start: usize, end: usize, spans: &[Span]) -> Vec<Node> {
    let mut nodes = Vec::new();
    let (mut place, mut i) = (start, 0);
    while let Some(span) = spans.get(i) {
        if place < span.start {
            nodes.push(Node::Text(text[place..span.start].to_owned()));
        }
        let inner_count = spans[i + 1..].iter().take_while(|it| it.start < span.end).count();
        let inner = &spans[i + 1..=i + inner_count];
        nodes.push(match &span.mark {
            Mark::Style(style) => Node::Styled(*style, tree(text, span.start, span.end, inner)),
            Mark::Code => Node::Code(text[span.start..span.end].to_owned()),
            Mark::Link(url) => Node::Link { url: url.clone(), label: tree(text, span.start, span.end, inner) },
        });
        place = span.end;
        i += inner_count + 1;
    }
    if place < end {
        nodes.push(Node::Text(text[place..end].to_owned()));
    }
    nodes
}

/// UTF-16 units that Telegram counts: without markup, without blanks around.
pub(super) fn len(text: &str) -> usize {
    units(Rich::read(text).text.trim())
}

fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

/// The bare words; links show where they lead.
pub(super) fn to_plain(text: &str) -> String {
    markup::to_plain(&markup::parse(text))
}

/// The HTML that Telegram reads. Source: <https://core.telegram.org/bots/api#html-style>.
pub(super) fn to_html(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    html_into(&markup::parse(text), false, &mut out);
    out
}

fn html_into(nodes: &[Node], in_quote: bool, out: &mut String) {
    for node in nodes {
        match node {
            Node::Text(text) => html_escape(text, out),
            Node::Code(text) => {
                let tag = if text.contains('\n') { "pre" } else { "code" };
                out.extend(["<", tag, ">"]);
                html_escape(text, out);
                out.extend(["</", tag, ">"]);
            }
            // Quotes do not nest at Telegram.
            Node::Styled(Style::Quote, inner) if in_quote => html_into(inner, in_quote, out),
            Node::Styled(style, inner) => {
                let tag = match style {
                    Style::Bold => "b",
                    Style::Italic => "i",
                    Style::Underline => "u",
                    Style::Strike => "s",
                    Style::Quote => "blockquote",
                    Style::Spoiler => "tg-spoiler",
                };
                out.extend(["<", tag, ">"]);
                html_into(inner, in_quote || *style == Style::Quote, out);
                out.extend(["</", tag, ">"]);
            }
            Node::Link { url, label } if is_linked(url) => {
                out.push_str("<a href=\"");
                html_escape(url, out);
                out.push_str("\">");
                html_into(label, in_quote, out);
                out.push_str("</a>");
            }
            Node::Link { .. } => html_escape(&markup::to_plain(std::slice::from_ref(node)), out),
        }
    }
}

/// Telegram links to the web only; phones and mail addresses in a text become links by themselves.
fn is_linked(url: &str) -> bool {
    ["http://", "https://"].iter().any(|it| url.get(..it.len()).is_some_and(|start| start.eq_ignore_ascii_case(it)))
}

fn html_escape(text: &str, out: &mut String) {
    for letter in text.chars() {
        match letter {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            letter => out.push(letter),
        }
    }
}

/// Where a text may be cut, the better the greater.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Joint {
    Letter,
    Word,
    Line,
    Paragraph,
}

/// Cuts a text into parts of at most `units_max` UTF-16 units: between paragraphs, lines, words, in this order, and
/// outside of links and styles while there is such a place. A style that is cut goes on in the next part. Only the
/// blanks at the cuts are lost. A blank text has no parts.
pub(super) fn split(text: &str, units_max: usize) -> Vec<String> {
    let rich = Rich::read(text);
    let is_inside = inside(&rich);
    let mut parts = Vec::new();
    let mut start = 0;
    loop {
        start += blank_len(&rich.text[start..]);
        let rest = rich.text[start..].trim_end();
        if rest.is_empty() {
            return parts;
        }
        let size = part_len(rest, units_max.max(2), &is_inside[start..]);
        let end = start + rest[..size].trim_end().len();
        parts.push(markup::render(&rich.nodes(start, end)));
        start += size;
    }
}

fn blank_len(text: &str) -> usize {
    text.len() - text.trim_start().len()
}

/// For each byte whether a cut before it would cut a style or a link.
fn inside(rich: &Rich) -> Vec<bool> {
    let mut changes = vec![0_i64; rich.text.len() + 2];
    for span in rich.spans.iter().filter(|it| it.start < it.end) {
        changes[span.start + 1] += 1;
        changes[span.end] -= 1;
    }
    let mut depth = 0;
    let deeper = |it: i64| {
        depth += it;
        depth > 0
    };
    changes.into_iter().map(deeper).collect()
}

/// Bytes of the next part. A place in the second half is preferred, or parts would become crumbs.
fn part_len(rest: &str, units_max: usize, is_inside: &[bool]) -> usize {
    let mut best: Option<((bool, bool, Joint), usize)> = None;
    let (mut used, mut before, mut fits) = (0, None, 0);
    for (place, letter) in rest.char_indices() {
        if used > units_max {
            break;
        }
        fits = place;
        if let Some(joint) = joint(before, letter, &rest[place..]) {
            let is_late = used * 2 >= units_max;
            // Words outside of everything beat paragraphs inside a quote; a cut word is the last resort.
            let rank = match joint {
                Joint::Letter => (false, is_late, joint),
                _ => (!is_inside[place], is_late, joint),
            };
            if best.is_none_or(|(other, _)| rank >= other) {
                best = Some((rank, place));
            }
        }
        used += letter.len_utf16();
        before = Some(letter);
    }
    if used <= units_max {
        return rest.len();
    }
    // One letter of thousands of marks: broken, as nothing else fits, but not into crumbs.
    best.map_or(fits, |it| it.1)
}

/// What a cut before `letter` would part; nothing if it would break a letter that is made of several.
fn joint(before: Option<char>, letter: char, rest: &str) -> Option<Joint> {
    let before = before?;
    if letter == '\n' {
        return Some(if rest.starts_with("\n\n") { Joint::Paragraph } else { Joint::Line });
    }
    if letter.is_whitespace() {
        return Some(Joint::Word);
    }
    let is_flag = |it| matches!(it, '\u{1F1E6}'..='\u{1F1FF}');
    let joins = matches!(letter,
        '\u{200D}' | '\u{FE00}'..='\u{FE0F}' | '\u{1F3FB}'..='\u{1F3FF}' | '\u{300}'..='\u{36F}' | '\u{20E3}'
        | '\u{E0020}'..='\u{E007F}');
    let is_one = joins || before == '\u{200D}' || (is_flag(before) && is_flag(letter));
    (!is_one).then_some(Joint::Letter)
}

#[cfg(test)]
#[path = "text_tests.rs"]
mod tests;
