//! What a channel's data about a person means for us. Pure.

use openlines_protocol::User;
use ring::digest;

/// Characters of a name that are kept.
pub(crate) const NAME_MAX: usize = 200;
/// Characters of a phone, an address or a login.
pub(crate) const CONTACT_MAX: usize = 254;
/// Characters of the note about a person.
pub(crate) const NOTE_MAX: usize = 10_000;
/// Characters of a channel's id that stand in for a missing name.
const TAIL: usize = 8;

/// What we call a person: the full name, else the login, else the end of the channel's id.
pub(crate) fn name_of(user: &User) -> String {
    let full = format!("{} {}", user.name.trim(), user.last_name.trim());
    let full: String = full.trim().chars().filter(|it| !it.is_control()).take(NAME_MAX).collect();
    if !full.is_empty() {
        return full;
    }
    if let Some(login) = user.login.as_deref().map(str::trim).filter(|it| !it.is_empty()) {
        return login.chars().take(NAME_MAX).collect();
    }
    let all: Vec<char> = user.id.chars().collect();
    format!("#{}", all[all.len().saturating_sub(TAIL)..].iter().collect::<String>())
}

/// Equal while the channel tells the same. Signatures of picture links change by the hour and do not count.
pub(crate) fn data_hash(user: &User) -> String {
    let same = User { picture: user.picture.as_deref().map(|it| unsigned(it).to_owned()), ..user.clone() };
    let text = serde_json::to_vec(&same).unwrap_or_default();
    digest::digest(&digest::SHA256, &text).as_ref().iter().map(|it| format!("{it:02x}")).collect()
}

/// A link without its query, where signatures and their ends of life stand.
pub(crate) fn unsigned(link: &str) -> &str {
    link.split(['?', '#']).next().unwrap_or(link)
}

/// A trimmed text that is worth keeping.
pub(crate) fn kept(text: Option<&str>) -> Option<String> {
    let text: String = text?.trim().chars().filter(|it| !it.is_control()).take(CONTACT_MAX).collect();
    (!text.is_empty()).then_some(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_person_is_called_by_name_then_login_then_the_end_of_the_id() {
        let user = |name: &str, last: &str, login: Option<&str>| User {
            id: "1234567890123".to_owned(),
            name: name.to_owned(),
            last_name: last.to_owned(),
            login: login.map(str::to_owned),
            ..User::default()
        };
        for (name, user, expected) in [
            ("both names", user("Анна", "Ким", Some("anna")), "Анна Ким"),
            ("one name", user("", "Ким", None), "Ким"),
            ("spaces and controls", user("  A\u{7}nna ", " ", None), "Anna"),
            ("login", user("", "", Some("anna")), "anna"),
            ("nothing", user("", "", None), "#67890123"),
        ] {
            assert_eq!(name_of(&user), expected, "{name}");
        }
        assert_eq!(name_of(&user(&"я".repeat(1000), "", None)).chars().count(), NAME_MAX);
    }

    #[test]
    fn only_what_the_person_changed_changes_the_hash() {
        let at = |picture: &str, name: &str| {
            data_hash(&User { name: name.to_owned(), picture: Some(picture.to_owned()), ..User::default() })
        };
        assert_eq!(at("http://h/p/1?sig=a", "Anna"), at("http://h/p/1?sig=b", "Anna"));
        assert_ne!(at("http://h/p/1", "Anna"), at("http://h/p/2", "Anna"));
        assert_ne!(at("http://h/p/1", "Anna"), at("http://h/p/1", "Ann"));
    }
}
