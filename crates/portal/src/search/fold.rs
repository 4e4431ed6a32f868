//! What counts as equal when people search. Pure.

/// Characters of one text that are made findable.
const WORDS_MAX: usize = 8_000;
/// Characters of one word.
const WORD_MAX: usize = 64;
/// Words of a query that count.
const TERMS_MAX: usize = 8;
/// Digits from which a number may be a phone.
const PHONE_MIN: usize = 5;
/// A phone without its country's code.
const PHONE_TAIL: usize = 10;

/// The words of a text as they are stored: lower case, ё as е, letters and digits only, one space between. Phones are
/// added as one word of digits, with and without the country's code.
pub(crate) fn words(text: &str) -> String {
    let mut found: Vec<String> = split(text).collect();
    for phone in phones(text) {
        if phone.len() > PHONE_TAIL {
            found.push(phone[phone.len() - PHONE_TAIL..].to_owned());
        }
        found.push(phone);
    }
    let mut joined = String::new();
    for word in found {
        if joined.len() + word.len() >= WORDS_MAX {
            break;
        }
        if !joined.is_empty() {
            joined.push(' ');
        }
        joined.push_str(&word);
    }
    joined
}

/// What a query asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Asked {
    /// `#214`: the session of this number.
    Session(i64),
    /// Texts with words that begin so, all of them.
    Words(Vec<String>),
    /// Nothing that could be found.
    Nothing,
}

/// Reads a query.
pub(crate) fn asked(query: &str) -> Asked {
    let query = query.trim();
    if let Some(number) = query.strip_prefix('#').and_then(|it| it.trim().parse().ok()) {
        return Asked::Session(number);
    }
    if let Some(phone) = whole_phone(query) {
        let start = phone.len().saturating_sub(PHONE_TAIL);
        return Asked::Words(vec![phone[start..].to_owned()]);
    }
    let terms: Vec<String> = split(query).take(TERMS_MAX).collect();
    if terms.is_empty() { Asked::Nothing } else { Asked::Words(terms) }
}

fn split(text: &str) -> impl Iterator<Item = String> {
    text.split(|it: char| !it.is_alphanumeric())
        .filter(|it| !it.is_empty())
        .map(|it| it.chars().flat_map(char::to_lowercase).map(fold).take(WORD_MAX).collect())
}

fn fold(letter: char) -> char {
    if letter == 'ё' { 'е' } else { letter }
}

/// The digits of a query that is nothing but a phone: `+7 (916) 123-45-67`.
fn whole_phone(query: &str) -> Option<String> {
    let is_phone = query.chars().all(|it| it.is_ascii_digit() || "+-() .".contains(it));
    let digits: String = query.chars().filter(char::is_ascii_digit).collect();
    (is_phone && digits.len() >= PHONE_MIN).then_some(digits)
}

/// Phones written in a text in several groups or with a plus.
fn phones(text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let mut run = String::new();
    let mut groups = 0;
    let mut was_digit = false;
    for letter in text.chars().chain(['\n']) {
        if letter.is_ascii_digit() {
            groups += usize::from(!was_digit);
            run.push(letter);
        } else if !"+-() .".contains(letter) || (letter == '+' && !run.is_empty()) {
            // One group is a word of its own already.
            let is_long = run.len() > PHONE_TAIL;
            if (groups > 1 || is_long) && (PHONE_MIN..=15).contains(&run.len()) {
                found.push(std::mem::take(&mut run));
            }
            run.clear();
            groups = 0;
        }
        was_digit = letter.is_ascii_digit();
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_and_yo_do_not_matter_and_marks_split_words() {
        for (text, expected) in [
            ("Ёлка, ЗЕЛЁНАЯ!", "елка зеленая"),
            ("a-b_c d.e@f", "a b c d e f"),
            ("", ""),
            ("😀", ""),
            ("+7 (916) 123-45-67", "7 916 123 45 67 9161234567 79161234567"),
            ("tel 89161234567.", "tel 89161234567 9161234567 89161234567"),
            ("price 1000", "price 1000"),
        ] {
            assert_eq!(words(text), expected, "{text}");
        }
    }

    #[test]
    fn a_query_is_a_session_a_phone_or_words() {
        let of = |it: &[&str]| Asked::Words(it.iter().map(|it| (*it).to_owned()).collect());
        for (query, expected) in [
            ("#214", Asked::Session(214)),
            ("# 214 ", Asked::Session(214)),
            ("#tag", of(&["tag"])),
            ("8 (916) 123-45-67", of(&["9161234567"])),
            ("+79161234567", of(&["9161234567"])),
            ("91612", of(&["91612"])),
            ("123", of(&["123"])),
            ("Где ЗАКАЗ", of(&["где", "заказ"])),
            ("  ", Asked::Nothing),
            ("?!", Asked::Nothing),
        ] {
            assert_eq!(asked(query), expected, "{query}");
        }
    }

    #[test]
    fn a_phone_is_found_however_it_is_written() {
        let stored = ["+7 916 123-45-67", "8(916)1234567", "79161234567"];
        let queries = ["+7 (916) 123 45 67", "89161234567", "9161234567", "916 123"];
        for text in stored {
            for query in queries {
                let Asked::Words(terms) = asked(query) else { panic!("{query}") };
                let stored = words(text);
                let has = |term: &String| stored.split(' ').any(|word| word.starts_with(term.as_str()));
                assert!(terms.iter().all(has), "{query} in {text}: {terms:?} in {stored}");
            }
        }
    }
}
