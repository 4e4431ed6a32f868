//! Which crate may know which: `base <- protocol <- connectors <- hub <- server`, `protocol <- portal <- server`.
//!
//! Hub and portal meet only in `protocol`. Whoever wants to import sideways has something that belongs lower, or an event.

use std::collections::BTreeMap;

use crate::shell::metadata;

/// A crate, and the crates of ours that it may use.
const MAY_USE: &[(&str, &[&str])] = &[
    ("base", &[]),
    ("protocol", &["base"]),
    ("store", &["base"]),
    ("edge", &["base"]),
    ("connectors", &["base", "protocol"]),
    ("hub", &["base", "protocol", "store", "edge", "connectors"]),
    ("portal", &["base", "protocol", "store", "edge"]),
    ("testkit", &["base", "protocol", "store", "edge", "connectors", "hub", "portal"]),
    // `testkit` feeds `openlines demo`.
    ("server", &["base", "protocol", "store", "edge", "connectors", "hub", "portal", "testkit"]),
    ("xtask", &[]),
];

/// The same for tests alone, on top.
const TESTS_MAY_USE: &[(&str, &[&str])] = &[
    ("store", &["testkit"]),
    ("connectors", &["edge", "testkit"]),
    ("hub", &["testkit"]),
    ("portal", &["testkit"]),
    ("xtask", &["base", "protocol", "connectors"]),
];

#[test]
fn crates_use_only_what_lies_below_them() {
    let allowed = |table: &'static [(&str, &[&str])]| table.iter().copied().collect::<BTreeMap<_, _>>();
    let (may_use, tests_may_use) = (allowed(MAY_USE), allowed(TESTS_MAY_USE));
    let metadata = metadata().expect("cargo metadata");
    let packages = metadata["packages"].as_array().expect("packages");
    let mut wrong = Vec::new();
    for package in packages {
        let name = short(package["name"].as_str().expect("a name"));
        let Some(allowed) = may_use.get(name) else {
            wrong.push(format!("{name} has no row in MAY_USE: say what it may use"));
            continue;
        };
        for dependency in package["dependencies"].as_array().expect("dependencies") {
            // Ours are the ones in a folder; all others come from a registry.
            if dependency["path"].is_null() {
                continue;
            }
            let used = short(dependency["name"].as_str().expect("a name"));
            let for_tests = dependency["kind"].as_str() == Some("dev");
            let in_tests = for_tests && tests_may_use.get(name).is_some_and(|it| it.contains(&used));
            if !allowed.contains(&used) && !in_tests {
                wrong.push(format!("{name} uses {used}{}", if for_tests { " in tests" } else { "" }));
            }
        }
    }
    assert!(wrong.is_empty(), "arrows that point sideways or up: {wrong:#?}");
}

#[test]
fn the_table_itself_has_no_way_round() {
    for (position, (name, allowed)) in MAY_USE.iter().enumerate() {
        for used in *allowed {
            let below = MAY_USE.iter().position(|it| it.0 == *used).expect("a crate of the table");
            assert!(below < position, "{name} may use {used}, which stands above it");
        }
    }
}

fn short(name: &str) -> &str {
    name.strip_prefix("openlines-").unwrap_or(name)
}
