//! Automatic texts and the limits of a line's settings. Pure.

use openlines_protocol::markup;

use super::{AutoText, GreetingWhen, Texts};
use crate::staff::Language;

/// Seconds to accept, at least.
pub(crate) const ACCEPT_TIME_MIN_S: i64 = 30;
/// Seconds to accept, at most: twelve hours.
pub(crate) const ACCEPT_TIME_MAX_S: i64 = 43_200;
/// Open dialogs of one operator at most; 0 is no limit.
pub(crate) const CAPACITY_MAX: i64 = 100;
/// Seconds of the waiting target, at most: a week.
pub(crate) const TARGET_WAIT_MAX_S: i64 = 7 * 24 * 3600;
/// Characters of a line's name.
pub(crate) const NAME_MAX: usize = 100;
/// Characters of an automatic text.
pub(crate) const TEXT_MAX: usize = 4_000;
/// People in one queue.
pub(crate) const QUEUE_MAX: usize = 500;
/// What may stand between braces.
pub(crate) const VARIABLES: [&str; 4] = ["customer_name", "operator_name", "line_name", "company_name"];

/// Values of the variables, as people wrote them.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Names<'a> {
    /// The customer.
    pub(crate) customer: &'a str,
    /// Whoever serves; at the greeting nobody does yet and the line stands in.
    pub(crate) operator: Option<&'a str>,
    /// The line.
    pub(crate) line: &'a str,
    /// The company.
    pub(crate) company: &'a str,
}

/// Whether a greeting is for this session of the dialog.
pub(crate) fn is_for_session(greeting: &AutoText, is_first: bool) -> bool {
    greeting.enabled && (is_first || greeting.when.unwrap_or_default() == GreetingWhen::Each)
}

/// The words to send, in the customer's language if we have them, else in the line's, else in any. BB code as the
/// admin wrote it; values of variables can not add any.
pub(crate) fn automatic_text(
    text: &AutoText,
    customer_language: Option<&str>,
    line_language: Language,
    names: Names<'_>,
) -> Option<String> {
    let of = |language| match language {
        Language::Ru => text.texts.ru.trim(),
        Language::En => text.texts.en.trim(),
    };
    let other = if line_language == Language::Ru { Language::En } else { Language::Ru };
    let order = [customer_language.and_then(language_of), Some(line_language), Some(other)];
    let words = order.into_iter().flatten().map(of).find(|it| !it.is_empty())?;
    text.enabled.then(|| fill_in(words, names))
}

/// Reads a language tag: `ru`, `en-GB`. `None` for a language that we have no texts in.
fn language_of(tag: &str) -> Option<Language> {
    Language::of(&tag.split(['-', '_']).next()?.to_ascii_lowercase())
}

/// Puts values in place of `{variables}`; anything else in braces stays.
fn fill_in(words: &str, names: Names<'_>) -> String {
    let mut out = String::with_capacity(words.len());
    let mut rest = words;
    while let Some(place) = rest.find('{') {
        out.push_str(&rest[..place]);
        rest = &rest[place..];
        let value = rest.find('}').and_then(|end| {
            let value = match &rest[1..end] {
                "customer_name" => names.customer,
                "operator_name" => names.operator.unwrap_or(names.line),
                "line_name" => names.line,
                "company_name" => names.company,
                _ => return None,
            };
            Some((value, end + 1))
        });
        match value {
            Some((value, end)) => {
                out.push_str(&markup::escape(value));
                rest = &rest[end..];
            }
            None => {
                out.push('{');
                rest = &rest[1..];
            }
        }
    }
    out + rest
}

/// The first `{word}` that is no variable of ours: a slip of the pen that customers would see.
pub(crate) fn unknown_variable(texts: &Texts) -> Option<&str> {
    [&texts.ru, &texts.en].into_iter().find_map(|text| {
        text.split('{').skip(1).filter_map(|it| it.split_once('}')).map(|(word, _)| word).find(|word| {
            !VARIABLES.contains(word) && !word.is_empty() && word.chars().all(|it| it.is_alphanumeric() || it == '_')
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAMES: Names<'_> =
        Names { customer: "Анна [b]", operator: Some("Ivan"), line: "Sales", company: "Shop {line_name}" };

    fn text(ru: &str, en: &str) -> AutoText {
        AutoText { enabled: true, when: None, texts: Texts { ru: ru.to_owned(), en: en.to_owned() } }
    }

    #[test]
    fn the_customers_language_is_first_then_the_lines_then_any() {
        use Language::{En, Ru};
        for (name, text, customer, line, expected) in [
            ("the customer's", text("Привет", "Hello"), Some("en-US"), Ru, Some("Hello")),
            ("unknown language of the customer", text("Привет", "Hello"), Some("de"), Ru, Some("Привет")),
            ("the line's", text("Привет", "Hello"), None, En, Some("Hello")),
            ("only the other is written", text("Привет", " "), Some("en"), En, Some("Привет")),
            ("nothing is written", text("", ""), None, En, None),
            ("switched off", AutoText { enabled: false, ..text("a", "a") }, None, En, None),
        ] {
            assert_eq!(automatic_text(&text, customer, line, NAMES).as_deref(), expected, "{name}");
        }
    }

    #[test]
    fn variables_are_filled_in_and_values_stay_plain() {
        let words = text("{customer_name}, это {operator_name}. {company_name}! {x} {", "");
        assert_eq!(
            automatic_text(&words, None, Language::Ru, NAMES).unwrap(),
            "Анна [[]b], это Ivan. Shop {line_name}! {x} {"
        );
        let greeting = Names { operator: None, ..NAMES };
        assert_eq!(automatic_text(&text("{operator_name}", ""), None, Language::Ru, greeting).unwrap(), "Sales");
    }

    #[test]
    fn a_slip_in_a_variable_is_found_and_other_braces_are_not_minded() {
        for (text, expected) in [
            ("Hello {customer_name}", None),
            ("Hello {name}", Some("name")),
            ("Hello {клиент}", Some("клиент")),
            ("{} { } {\"a\": 1} {", None),
        ] {
            let texts = Texts { ru: String::new(), en: text.to_owned() };
            assert_eq!(unknown_variable(&texts), expected, "{text}");
        }
    }

    #[test]
    fn a_greeting_is_for_each_session_or_the_first() {
        let each = text("a", "a");
        let first = AutoText { when: Some(GreetingWhen::First), ..each.clone() };
        let off = AutoText { enabled: false, ..each.clone() };
        let rows = [(&each, true, true), (&each, false, true), (&first, true, true), (&first, false, false)];
        for (greeting, is_first, expected) in rows {
            assert_eq!(is_for_session(greeting, is_first), expected);
        }
        assert!(!is_for_session(&off, true));
    }
}
