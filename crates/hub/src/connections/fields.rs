//! What an admin typed, checked against what the channel declares.

use std::collections::BTreeMap;

use openlines_base::Secret;
use openlines_connectors::{About, Field, FieldKind};
use regex::Regex;

use crate::error::HubError;

/// Longest value of a setting, in bytes.
const VALUE_MAX_BYTES: usize = 8192;

type Settings = BTreeMap<String, Secret<String>>;

/// Joins new values over old ones and checks the whole.
///
/// # Errors
/// The first wrong field, as `settings.<name>`.
pub(super) fn check(about: &About, old: Settings, new: Settings) -> Result<Settings, HubError> {
    if let Some(unknown) = new.keys().find(|name| about.fields.iter().all(|it| it.name != name.as_str())) {
        let known: Vec<_> = about.fields.iter().map(|it| it.name).collect();
        let name: String = unknown.chars().take(64).collect();
        return Err(HubError::wrong(
            format!("settings.{name}"),
            format!("not a setting; there are: {}", known.join(", ")),
        ));
    }
    let mut settings = old;
    settings.retain(|name, _| about.fields.iter().any(|it| it.name == name.as_str()));
    settings.extend(new.into_iter().map(|(name, value)| (name, Secret::new(value.expose().trim().to_owned()))));
    for field in about.fields {
        let value = settings.get(field.name).map_or("", |it| it.expose().as_str());
        if let Some(text) = complain(field, value) {
            return Err(HubError::wrong(format!("settings.{}", field.name), text));
        }
    }
    settings.retain(|_, value| !value.expose().is_empty());
    Ok(settings)
}

/// What is wrong with a value. Never repeats it: it may be a secret.
fn complain(field: &Field, value: &str) -> Option<String> {
    if value.is_empty() {
        return field.required.then(|| format!("fill in {}", field.label.en));
    }
    if value.len() > VALUE_MAX_BYTES {
        return Some(format!("at most {VALUE_MAX_BYTES} bytes"));
    }
    if field.kind == FieldKind::Switch && !matches!(value, "true" | "false") {
        return Some("a switch is `true` or `false`".to_owned());
    }
    let pattern = field.pattern?;
    let is_right = Regex::new(&format!("^(?:{pattern})$")).is_ok_and(|it| it.is_match(value));
    (!is_right).then(|| format!("does not look like {}: {}", field.label.en, field.help.en))
}

#[cfg(test)]
mod tests {
    use openlines_connectors::{Can, Limits, Rate, Texts};

    use super::*;

    const fn field(name: &'static str, kind: FieldKind, pattern: Option<&'static str>, required: bool) -> Field {
        let text = Texts { en: "Token", ru: "Токен" };
        Field { name, kind, label: text, help: text, pattern, required }
    }

    static FIELDS: [Field; 3] = [
        field("token", FieldKind::Secret, Some("[0-9]+:[a-z]+"), true),
        field("loud", FieldKind::Switch, None, false),
        field("note", FieldKind::Text, None, false),
    ];

    const RATE: Rate = Rate { calls: 1, per_ms: 1, burst: 1 };
    static ABOUT: About = About {
        code: "test",
        title: "Test",
        mark: "TE",
        color: "#000000",
        icon: "",
        summary: Texts { en: "", ru: "" },
        steps: &[],
        fields: &FIELDS,
        can: Can {
            edit: false,
            delete: false,
            typing: false,
            read: false,
            reply: false,
            buttons: false,
            files: false,
            formatting: false,
            write_first: false,
            delivered: false,
            seen: false,
        },
        limits: Limits {
            text_max: 1,
            files_max: 1,
            image_max_bytes: 1,
            file_max_bytes: 1,
            delete_within_s: None,
            connection_rate: RATE,
            chat_rate: RATE,
        },
    };

    fn settings(pairs: &[(&str, &str)]) -> Settings {
        pairs.iter().map(|(name, value)| ((*name).to_owned(), Secret::new((*value).to_owned()))).collect()
    }

    #[test]
    fn a_wrong_setting_is_named_and_its_value_never_repeated() {
        for (name, new, field) in [
            ("missing", &[][..], "settings.token"),
            ("empty", &[("token", "  ")], "settings.token"),
            ("wrong form", &[("token", "12:SECRET")], "settings.token"),
            ("only a part fits", &[("token", "x12:ab")], "settings.token"),
            ("no switch", &[("token", "1:a"), ("loud", "yes")], "settings.loud"),
            ("unknown", &[("token", "1:a"), ("colour", "red")], "settings.colour"),
        ] {
            let Err(HubError::Wrong { field: found, text }) = check(&ABOUT, Settings::new(), settings(new)) else {
                panic!("{name}: taken");
            };
            assert_eq!(found, field, "{name}");
            assert!(!text.contains("SECRET"), "{name}: {text}");
        }
    }

    #[test]
    fn an_absent_field_keeps_its_value_and_an_empty_one_is_taken_away() {
        let old = settings(&[("token", "1:a"), ("note", "x"), ("gone", "y")]);
        let joined = check(&ABOUT, old, settings(&[("note", ""), ("loud", "true")])).unwrap();
        let values: Vec<_> = joined.iter().map(|(name, value)| (name.as_str(), value.expose().as_str())).collect();
        assert_eq!(values, [("loud", "true"), ("token", "1:a")]);
    }
}
