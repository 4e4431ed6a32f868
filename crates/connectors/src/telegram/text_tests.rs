//! Tables and properties of the texts.

use proptest::prelude::*;

use super::*;

fn entity(kind: &str, offset: usize, length: usize) -> Entity {
    let url = (kind == "text_link").then(|| "https://example.org/?a=1&b=[2]".to_owned());
    Entity { kind: kind.to_owned(), offset, length, url }
}

#[test]
fn entities_become_tags() {
    for (name, text, entities, expected) in [
        ("nothing", "hello", vec![], "hello"),
        ("offsets are UTF-16 units", "😂 bold", vec![entity("bold", 3, 4)], "😂 [b]bold[/b]"),
        ("inside one another", "a bc d", vec![entity("bold", 0, 6), entity("italic", 2, 2)], "[b]a [i]bc[/i] d[/b]"),
        ("of equal size", "ab", vec![entity("bold", 0, 2), entity("italic", 0, 2)], "[b][i]ab[/i][/b]"),
        (
            "crossing: the second is cut",
            "abcd",
            vec![entity("bold", 0, 3), entity("italic", 2, 2)],
            "[b]ab[i]c[/i][/b]d",
        ),
        ("link with brackets", "x", vec![entity("text_link", 0, 1)], "[url=https://example.org/?a=1&b=%5B2%5D]x[/url]"),
        ("code keeps tags as text", "[b]x", vec![entity("code", 0, 4)], "[code][[]b]x[/code]"),
        ("a tag that the customer typed is text", "[b]x[/b]", vec![], "[[]b]x[[]/b]"),
        ("beyond the end", "abc", vec![entity("bold", 1, 9)], "abc"),
        ("in the middle of a pair", "😂a", vec![entity("bold", 1, 1)], "😂a"),
        ("too far for a number", "a", vec![entity("bold", usize::MAX, usize::MAX)], "a"),
        ("empty", "a", vec![entity("bold", 0, 0)], "a"),
        ("newer kind", "a", vec![entity("glow", 0, 1)], "a"),
        ("mention", "@anna hi", vec![entity("mention", 0, 5)], "@anna hi"),
        ("quote", "a\nb", vec![entity("expandable_blockquote", 0, 1)], "[quote]a[/quote]\nb"),
    ] {
        assert_eq!(from_entities(text, &entities), expected, "{name}");
    }
}

#[test]
fn tags_become_html() {
    for (text, html) in [
        ("a < b & \"c\" > d", "a &lt; b &amp; &quot;c&quot; &gt; d"),
        ("[b]b[/b][i]i[/i][u]u[/u][s]s[/s]", "<b>b</b><i>i</i><u>u</u><s>s</s>"),
        ("[spoiler]x[/spoiler]", "<tg-spoiler>x</tg-spoiler>"),
        ("[code]a<b[/code]", "<code>a&lt;b</code>"),
        ("[code]a\nb[/code]", "<pre>a\nb</pre>"),
        ("[quote]a [quote]b[/quote][/quote]", "<blockquote>a b</blockquote>"),
        ("[url=https://e.org/?a=\"1\"&b]x[/url]", "<a href=\"https://e.org/?a=&quot;1&quot;&amp;b\">x</a>"),
        ("[url=mailto:a@e.org]write[/url]", "write (a@e.org)"),
        ("[url=javascript:x]y[/url]", "[url=javascript:x]y[/url]"),
        ("[[]b]", "[b]"),
        ("[b]unclosed", "[b]unclosed"),
    ] {
        assert_eq!(to_html(text), html);
    }
}

#[test]
fn long_text_is_cut_at_the_best_place() {
    for (name, text, units_max, expected) in [
        ("fits", "hello", 5, vec!["hello"]),
        ("blank", " \n ", 5, vec![]),
        ("paragraph first", "aaa bbb\n\nccc ddd", 12, vec!["aaa bbb", "ccc ddd"]),
        ("then line", "aaa bbb\nccc ddd", 12, vec!["aaa bbb", "ccc ddd"]),
        ("then word", "aaa bbb ccc", 9, vec!["aaa bbb", "ccc"]),
        ("a place too early makes crumbs", "a\n\nbbbbb ccccc", 12, vec!["a\n\nbbbbb", "ccccc"]),
        ("a word that is too long", "abcdefgh", 3, vec!["abc", "def", "gh"]),
        ("not inside a style", "aa bb [b]cc dd[/b] ee", 8, vec!["aa bb", "[b]cc dd[/b] ee"]),
        ("a style that is too long goes on", "[b]aaa bbb ccc[/b]", 8, vec!["[b]aaa bbb[/b]", "[b]ccc[/b]"]),
        ("not inside a link", "aaaa [url=http://e.org]bb bb[/url]", 7, vec!["aaaa", "[url=http://e.org]bb bb[/url]"]),
        ("tags do not count", "[b]aaaa[/b][i]bbbb[/i]", 8, vec!["[b]aaaa[/b][i]bbbb[/i]"]),
        ("an emoji counts two", "😂😂😂", 4, vec!["😂😂", "😂"]),
        ("no cut in a joined emoji", "aa👍🏽b", 5, vec!["aa", "👍🏽b"]),
        ("brackets stay text", "[[]b] [[]/b]", 4, vec!["[[]b]", "[[]/b]"]),
    ] {
        assert_eq!(split(text, units_max), expected, "{name}");
    }
}

#[test]
fn a_hostile_text_is_cut_quickly() {
    for piece in ["[b]x[/b]", "[b][i]y ", "[url=http://e.org]z[/url]\n\n", "[quote]"] {
        let text = piece.repeat(20_000);
        assert!(split(&text, 4096).iter().all(|it| len(it) <= 4096));
    }
}

proptest! {
    #[test]
    fn parts_fit_and_lose_only_blanks(text in "([a-c \n😂é]|\\[b\\]|\\[/b\\]|\\[i\\]|\\[/i\\]|\\[\\[\\]){0,80}", units_max in 2_usize..30) {
        let parts = split(&text, units_max);
        for part in &parts {
            prop_assert!((1..=units_max).contains(&len(part)), "{part:?}");
        }
        let bare = |it: &str| Rich::read(it).text.split_whitespace().collect::<String>();
        let joined: String = parts.iter().map(|it| bare(it)).collect();
        prop_assert_eq!(joined, bare(&text));
    }

    #[test]
    fn any_entities_over_any_text_keep_the_words(
        text in "[a\\[\\]b/😂 \n]{0,40}",
        spans in prop::collection::vec((0_usize..50, 0_usize..50, 0_usize..4), 0..12),
    ) {
        let kinds = ["bold", "text_link", "code", "blockquote"];
        let entities: Vec<_> = spans.iter().map(|it| entity(kinds[it.2], it.0, it.1)).collect();
        let bb = from_entities(&text, &entities);
        prop_assert_eq!(Rich::read(&bb).text, text);
    }
}

#[test]
fn a_letter_longer_than_a_message_is_cut_into_full_messages_not_into_crumbs() {
    let marks = "\u{301}".repeat(5000);
    let parts = split(&format!("a{marks}"), 4096);
    assert_eq!(parts.iter().map(|it| len(it)).collect::<Vec<_>>(), [4096, 905]);
    let family = "\u{1F468}\u{200D}".repeat(3000);
    let parts = split(&family, 4096);
    assert_eq!(parts.len(), 3);
    assert_eq!(parts.concat(), family);
}
