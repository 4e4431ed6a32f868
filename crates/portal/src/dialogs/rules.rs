//! Small decisions about messages. Pure.

use openlines_protocol::markup;

/// Characters of a preview in lists and quotes.
pub(crate) const PREVIEW_MAX: usize = 120;
/// Characters of one message that an operator writes; the hub splits what is long for a channel.
pub(crate) const TEXT_MAX: usize = 20_000;
/// Characters of one incoming text that are kept.
pub(crate) const INCOMING_TEXT_MAX: usize = 100_000;
/// Files of one message.
pub(crate) const FILES_MAX: usize = 100;
/// Bytes of a browser's id of a message.
pub(crate) const CLIENT_ID_MAX: usize = 64;

/// The start of a text as people read it: without tags, in one line.
pub(crate) fn preview(text: &str) -> String {
    let start: String = text.chars().take(PREVIEW_MAX * 8).collect();
    let plain = markup::to_plain(&markup::parse(&start));
    let mut words = String::new();
    for word in plain.split_whitespace() {
        if !words.is_empty() {
            words.push(' ');
        }
        words.push_str(word);
    }
    if words.chars().count() <= PREVIEW_MAX {
        return words;
    }
    let cut: String = words.chars().take(PREVIEW_MAX - 1).collect();
    cut.trim_end().to_owned() + "…"
}

/// A text of bounded length; what is cut is marked, never dropped in silence.
pub(crate) fn bounded(text: &str) -> String {
    match text.char_indices().nth(INCOMING_TEXT_MAX) {
        None => text.to_owned(),
        Some((end, _)) => format!("{}…", &text[..end]),
    }
}

/// Reactions after some were put and some taken back.
pub(crate) fn reactions(mut now: Vec<String>, added: &[String], removed: &[String]) -> Vec<String> {
    /// Emoji kept on one message.
    const REACTIONS_MAX: usize = 50;
    now.retain(|it| !removed.contains(it));
    for emoji in added {
        if !now.contains(emoji) && now.len() < REACTIONS_MAX {
            now.push(emoji.clone());
        }
    }
    now
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_preview_is_one_plain_line() {
        for (text, expected) in
            [("", ""), ("[b]Hello[/b],\n\n  world", "Hello, world"), ("[[]b] as text", "[b] as text")]
        {
            assert_eq!(preview(text), expected);
        }
        let long = preview(&"слово ".repeat(100));
        assert!(long.chars().count() <= PREVIEW_MAX && long.ends_with('…'), "{long}");
    }

    #[test]
    fn reactions_are_a_set_in_the_order_put() {
        let text = |it: &[&str]| it.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>();
        let now = reactions(text(&["👍"]), &text(&["❤", "👍"]), &[]);
        assert_eq!(now, text(&["👍", "❤"]));
        assert_eq!(reactions(now, &text(&["🔥"]), &text(&["👍"])), text(&["❤", "🔥"]));
    }
}
