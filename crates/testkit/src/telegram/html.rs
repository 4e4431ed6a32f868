//! Reads the HTML of the Bot API as Telegram does, and refuses what Telegram refuses.
//!
//! Written apart from the connector on purpose: two readings of one page of the reference must agree.
//! <https://core.telegram.org/bots/api#html-style>

use serde_json::{Value, json};

/// A text and its entities, offsets in UTF-16 units.
#[derive(Debug, Default, PartialEq)]
pub(super) struct Read {
    pub(super) text: String,
    pub(super) entities: Vec<Value>,
}

struct Open {
    tag: String,
    start: usize,
    entity: Value,
}

/// Reads HTML; the error is the tail of Telegram's words.
pub(super) fn read(html: &str) -> Result<Read, String> {
    let mut out = Read::default();
    let mut open: Vec<Open> = Vec::new();
    let mut at = 0;
    while let Some(letter) = html[at..].chars().next() {
        match letter {
            '<' => {
                let end = html[at..].find('>').ok_or_else(|| format!("Unclosed start tag at byte offset {at}"))? + at;
                let tag = &html[at + 1..end];
                if let Some(name) = tag.strip_prefix('/') {
                    close(&mut out, &mut open, name.trim(), at)?;
                } else {
                    let start = units(&out.text);
                    open.push(opened(tag, start, at)?);
                }
                at = end + 1;
            }
            '&' => {
                let (letter, size) = entity(&html[at..]);
                out.text.push(letter);
                at += size;
            }
            letter => {
                out.text.push(letter);
                at += letter.len_utf8();
            }
        }
    }
    if let Some(it) = open.pop() {
        return Err(format!("Can't find end tag corresponding to start tag \"{}\"", it.tag));
    }
    out.entities.sort_by_key(|it| (it["offset"].as_u64(), std::cmp::Reverse(it["length"].as_u64())));
    Ok(trimmed(out))
}

fn opened(tag: &str, start: usize, at: usize) -> Result<Open, String> {
    let (name, rest) = tag.split_once(char::is_whitespace).unwrap_or((tag, ""));
    let name = name.to_ascii_lowercase();
    let entity = match name.as_str() {
        "b" | "strong" => json!({ "type": "bold" }),
        "i" | "em" => json!({ "type": "italic" }),
        "u" | "ins" => json!({ "type": "underline" }),
        "s" | "strike" | "del" => json!({ "type": "strikethrough" }),
        "tg-spoiler" => json!({ "type": "spoiler" }),
        "span" if rest.trim() == "class=\"tg-spoiler\"" => json!({ "type": "spoiler" }),
        "code" => json!({ "type": "code" }),
        "pre" => json!({ "type": "pre" }),
        "blockquote" if rest.trim() == "expandable" => json!({ "type": "expandable_blockquote" }),
        "blockquote" => json!({ "type": "blockquote" }),
        "tg-emoji" => json!({ "type": "custom_emoji", "custom_emoji_id": attribute(rest, "emoji-id") }),
        "a" => json!({ "type": "text_link", "url": attribute(rest, "href") }),
        _ => return Err(format!("Unsupported start tag \"{name}\" at byte offset {at}")),
    };
    Ok(Open { tag: name, start, entity })
}

fn close(out: &mut Read, open: &mut Vec<Open>, name: &str, at: usize) -> Result<(), String> {
    let Some(it) = open.pop() else { return Err(format!("Unexpected end tag at byte offset {at}")) };
    if it.tag != name.to_ascii_lowercase() {
        return Err(format!("Unmatched end tag at byte offset {at}, expected \"</{}>\", found \"</{name}>\"", it.tag));
    }
    let length = units(&out.text) - it.start;
    // A link without an address is text.
    let is_plain = it.entity["type"] == "text_link" && it.entity["url"] == "";
    if length > 0 && !is_plain {
        let mut entity = it.entity;
        entity["offset"] = json!(it.start);
        entity["length"] = json!(length);
        out.entities.push(entity);
    }
    Ok(())
}

fn attribute(rest: &str, name: &str) -> String {
    let Some((_, value)) = rest.split_once(&format!("{name}=")) else { return String::new() };
    let raw = match value.strip_prefix('"') {
        Some(it) => it.split('"').next().unwrap_or_default(),
        None => value.split_whitespace().next().unwrap_or_default(),
    };
    let mut out = String::new();
    let mut at = 0;
    while let Some(letter) = raw[at..].chars().next() {
        let (letter, size) = if letter == '&' { entity(&raw[at..]) } else { (letter, letter.len_utf8()) };
        out.push(letter);
        at += size;
    }
    out
}

/// The letter that an entity at the start stands for, and its size; a lone `&` is itself.
fn entity(html: &str) -> (char, usize) {
    for (name, letter) in [("&lt;", '<'), ("&gt;", '>'), ("&amp;", '&'), ("&quot;", '"')] {
        if html.starts_with(name) {
            return (letter, name.len());
        }
    }
    let number = html.strip_prefix("&#").and_then(|it| it.split_once(';'));
    if let Some((digits, _)) = number {
        let code = match digits.strip_prefix(['x', 'X']) {
            Some(hex) => u32::from_str_radix(hex, 16),
            None => digits.parse(),
        };
        if let Some(letter) = code.ok().and_then(char::from_u32) {
            return (letter, digits.len() + 3);
        }
    }
    ('&', 1)
}

/// Telegram drops blanks around a text.
pub(super) fn trimmed(read: Read) -> Read {
    let start = read.text.len() - read.text.trim_start().len();
    let shift = units(&read.text[..start]);
    let text = read.text.trim().to_owned();
    let len = units(&text);
    let place = |it: &Value| usize::try_from(it.as_u64().unwrap_or(0)).unwrap_or(0);
    let clip = |mut it: Value| {
        let (from, to) = (place(&it["offset"]), place(&it["offset"]) + place(&it["length"]));
        let (from, to) = (from.saturating_sub(shift).min(len), to.saturating_sub(shift).min(len));
        it["offset"] = json!(from);
        it["length"] = json!(to - from);
        (to > from).then_some(it)
    };
    Read { text, entities: read.entities.into_iter().filter_map(clip).collect() }
}

pub(super) fn units(text: &str) -> usize {
    text.chars().map(char::len_utf16).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn html_is_read_or_refused_like_telegram_does() {
        for (html, expected) in [
            ("a &lt;b&gt; &amp;amp; &#33;", Ok(("a <b> &amp; !", 0))),
            ("<b>x<i>y</i></b>", Ok(("xy", 2))),
            (" <b> x</b> ", Ok(("x", 1))),
            ("<a href=\"https://e.org/?a=1&amp;b=2\">l</a>", Ok(("l", 1))),
            ("<u2>x", Err("Unsupported start tag \"u2\" at byte offset 0")),
            ("<b>x", Err("Can't find end tag corresponding to start tag \"b\"")),
            ("x</b>", Err("Unexpected end tag at byte offset 1")),
            ("<b><i>x</b></i>", Err("Unmatched end tag at byte offset 7, expected \"</i>\", found \"</b>\"")),
            ("a < b", Err("Unclosed start tag at byte offset 2")),
        ] {
            let read = read(html);
            match (&read, expected) {
                (Ok(it), Ok((text, count))) => {
                    assert_eq!((it.text.as_str(), it.entities.len()), (text, count), "{html}");
                }
                (Err(it), Err(words)) => assert_eq!(it, words),
                other => panic!("{html}: {other:?}"),
            }
        }
        let emoji = read("😂<b>x</b>").expect("is HTML");
        assert_eq!(emoji.entities, [json!({ "type": "bold", "offset": 2, "length": 1 })]);
    }
}
