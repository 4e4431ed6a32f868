//! Checks of what people type, shared by the domains. Each names the field.

use openlines_base::{Fault, Kind};

/// Characters of names of people, lines, the company.
pub(crate) const NAME_MAX: usize = 100;
/// Characters of an e-mail address. Source: RFC 5321, 4.5.3.1.
pub(crate) const EMAIL_MAX: usize = 254;

/// A field of the request is wrong.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct BadField {
    field: String,
    text: String,
}

impl BadField {
    /// What is wrong with it and what to do.
    #[must_use]
    pub fn new(field: impl Into<String>, text: impl Into<String>) -> Self {
        Self { field: field.into(), text: text.into() }
    }
}

impl Fault for BadField {
    fn kind(&self) -> Kind {
        Kind::BadInput
    }
    fn field(&self) -> Option<&str> {
        Some(&self.field)
    }
}

/// One line of text for people: trimmed, not empty, without control characters.
///
/// # Errors
/// Names `field`.
pub(crate) fn name(field: &str, typed: &str) -> Result<String, BadField> {
    let typed = typed.trim();
    if typed.is_empty() {
        return Err(BadField::new(field, "fill this in"));
    }
    if typed.chars().count() > NAME_MAX {
        return Err(BadField::new(field, format!("at most {NAME_MAX} characters")));
    }
    if typed.chars().any(char::is_control) {
        return Err(BadField::new(field, "one line of text without control characters"));
    }
    Ok(typed.to_owned())
}

/// An e-mail address in lower case. Only its shape: whether it exists, a letter shows.
///
/// # Errors
/// Names `field`.
pub(crate) fn email(field: &str, typed: &str) -> Result<String, BadField> {
    let typed = typed.trim().to_lowercase();
    let shape = typed.split_once('@').is_some_and(|(user, host)| {
        let host_is_good = !host.is_empty() && !host.contains('@') && !host.starts_with('.') && !host.ends_with('.');
        !user.is_empty() && host_is_good
    });
    if !shape || typed.len() > EMAIL_MAX || typed.chars().any(|it| it.is_whitespace() || it.is_control()) {
        return Err(BadField::new(field, "an e-mail address like anna@shop.example"));
    }
    Ok(typed)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_folded_and_checked_for_their_shape() {
        let rows = [
            (" Anna@Shop.Example ", Some("anna@shop.example")),
            ("anna@localhost", Some("anna@localhost")),
            ("", None),
            ("anna", None),
            ("@shop.example", None),
            ("anna@", None),
            ("anna@@shop", None),
            ("an na@shop", None),
            ("anna@shop\r\nbcc: x@y", None),
        ];
        for (typed, expected) in rows {
            assert_eq!(email("email", typed).ok().as_deref(), expected, "{typed:?}");
        }
    }

    #[test]
    fn a_name_is_one_trimmed_line() {
        assert_eq!(name("name", "  Анна  ").as_deref(), Ok("Анна"));
        for wrong in ["", "   ", "a\nb", "a\u{0}b"] {
            assert!(name("name", wrong).is_err(), "{wrong:?}");
        }
        assert!(name("name", &"я".repeat(NAME_MAX)).is_ok());
        assert!(name("name", &"я".repeat(NAME_MAX + 1)).is_err());
    }
}
