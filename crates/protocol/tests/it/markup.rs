//! Properties of the universal text.

use openlines_protocol::markup::{DEPTH_MAX, Node, Style, escape, parse, render, to_plain};
use proptest::prelude::*;

/// Pieces that make and break tags, thrown together.
fn tag_soup() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        prop::sample::select(vec![
            "[",
            "]",
            "[[]",
            "[]",
            "/",
            "[b]",
            "[/b]",
            "[I]",
            "[/i]",
            "[u]",
            "[/u]",
            "[s]",
            "[/s]",
            "[code]",
            "[/CODE]",
            "[quote]",
            "[/quote]",
            "[spoiler]",
            "[/spoiler]",
            "[url]",
            "[/url]",
            "[url=",
            "[url=http://a.example/x]",
            "[url=javascript:x]",
            "https://b.example",
            "b]",
            "url=",
            "code]",
            "\n",
            "👋",
            "й",
        ])
        .prop_map(str::to_owned),
        "[a-z \\[\\]/=]{0,4}",
    ];
    prop::collection::vec(piece, 0..40).prop_map(|it| it.concat())
}

fn any_text() -> impl Strategy<Value = String> {
    prop_oneof![any::<String>(), tag_soup()]
}

/// Trees as a connector builds them.
fn tree() -> impl Strategy<Value = Vec<Node>> {
    let leaf = prop_oneof![any_text().prop_map(Node::Text), any_text().prop_map(Node::Code)];
    let node = leaf.prop_recursive(6, 40, 4, |inner| {
        prop_oneof![
            (prop::sample::select(Style::ALL.to_vec()), prop::collection::vec(inner.clone(), 0..4))
                .prop_map(|(style, nodes)| Node::Styled(style, nodes)),
            ("[a-z:/]{0,3}(https://a\\.example/)?[a-z?&=.]{0,4}", prop::collection::vec(inner, 0..4))
                .prop_map(|(url, label)| Node::Link { url, label }),
        ]
    });
    prop::collection::vec(node, 0..5)
}

fn depth(nodes: &[Node]) -> usize {
    nodes
        .iter()
        .map(|it| match it {
            Node::Styled(_, inner) | Node::Link { label: inner, .. } => 1 + depth(inner),
            Node::Text(_) | Node::Code(_) => 0,
        })
        .max()
        .unwrap_or(0)
}

/// All texts in a row; an address only where there is no label.
fn words(nodes: &[Node]) -> String {
    nodes
        .iter()
        .map(|it| match it {
            Node::Text(text) | Node::Code(text) => text.clone(),
            Node::Link { url, label } if words(label).is_empty() => url.clone(),
            Node::Styled(_, inner) | Node::Link { label: inner, .. } => words(inner),
        })
        .collect()
}

proptest! {
    #[test]
    fn escaped_text_reads_as_itself(text in any_text()) {
        let nodes = parse(&escape(&text));
        prop_assert_eq!(to_plain(&nodes), text);
        prop_assert!(nodes.iter().all(|it| matches!(it, Node::Text(_))));
    }

    #[test]
    fn escaped_texts_may_be_joined(one in any_text(), two in any_text()) {
        prop_assert_eq!(to_plain(&parse(&(escape(&one) + &escape(&two)))), one + &two);
    }

    #[test]
    fn escaped_text_stays_itself_inside_a_tag(text in tag_soup()) {
        let nodes = parse(&format!("[b]{}[/b][code]{}[/code]", escape(&text), escape(&text)));
        prop_assert_eq!(words(&nodes), text.repeat(2));
    }

    #[test]
    fn reading_and_writing_settle_at_once(text in any_text()) {
        let nodes = parse(&text);
        let written = render(&nodes);
        prop_assert_eq!(parse(&written), nodes);
        prop_assert_eq!(render(&parse(&written)), written);
    }

    #[test]
    fn trees_stay_shallow(text in tag_soup(), times in 1usize..30) {
        prop_assert!(depth(&parse(&text.repeat(times))) <= DEPTH_MAX);
    }

    #[test]
    fn any_tree_keeps_its_words(tree in tree()) {
        let written = render(&tree);
        let nodes = parse(&written);
        prop_assert_eq!(&parse(&render(&nodes)), &nodes);
        prop_assert_eq!(words(&nodes), words(&tree));
    }
}
