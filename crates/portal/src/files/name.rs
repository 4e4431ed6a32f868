//! Names of files from outside, made safe to show and to save.

/// Characters of a name that are kept.
const NAME_MAX: usize = 150;
/// Characters of the ending that survive a cut.
const ENDING_MAX: usize = 16;

/// A name without folders, control and direction characters: what it shows is what it is, and it can be saved anywhere.
#[must_use]
pub(crate) fn safe_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or(name);
    let clean: String = last.chars().filter(|it| !is_treacherous(*it)).collect();
    // Windows drops dots and blanks at the end; a leading dot hides a file elsewhere.
    let clean = clean.trim().trim_matches('.').trim();
    let clean = cut(clean);
    if clean.is_empty() { "file".to_owned() } else { clean }
}

fn is_treacherous(it: char) -> bool {
    it.is_control()
        || matches!(it, '<' | '>' | ':' | '"' | '|' | '?' | '*')
        // Direction marks and overrides (`exe.fdp` shown as `pdf.exe`), invisible and unassigned-looking ones.
        || matches!(it, '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}')
        || matches!(it, '\u{61c}' | '\u{feff}' | '\u{fff9}'..='\u{fffd}')
}

fn cut(name: &str) -> String {
    let count = name.chars().count();
    if count <= NAME_MAX {
        return name.to_owned();
    }
    let ending = name.rsplit_once('.').map(|it| it.1).filter(|it| it.chars().count() <= ENDING_MAX);
    match ending {
        Some(ending) => {
            let keep = NAME_MAX - ending.chars().count() - 1;
            let start: String = name.chars().take(keep).collect();
            format!("{start}.{ending}")
        }
        None => name.chars().take(NAME_MAX).collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_from_outside_is_only_a_name() {
        let long = format!("{}.pdf", "a".repeat(300));
        let rows = [
            ("report.pdf", "report.pdf"),
            ("отчёт за май.docx", "отчёт за май.docx"),
            ("../../etc/passwd", "passwd"),
            ("C:\\temp\\x.txt", "x.txt"),
            ("a\u{0}b\r\nc.txt", "abc.txt"),
            ("invoice\u{202e}fdp.exe", "invoicefdp.exe"),
            ("what?<is>:this|*.txt", "whatisthis.txt"),
            (".htaccess", "htaccess"),
            ("name. ", "name"),
            ("", "file"),
            ("..", "file"),
            ("\u{200b}", "file"),
        ];
        for (name, expected) in rows {
            assert_eq!(safe_name(name), expected, "{name:?}");
        }
        let cut = safe_name(&long);
        assert!(cut.ends_with(".pdf") && cut.chars().count() == NAME_MAX, "{cut}");
    }

    proptest::proptest! {
        #[test]
        fn whatever_comes_the_name_is_short_shown_and_has_no_folders(name in ".{0,400}") {
            let safe = safe_name(&name);
            proptest::prop_assert!(!safe.is_empty() && safe.chars().count() <= NAME_MAX);
            proptest::prop_assert!(!safe.contains(['/', '\\']) && !safe.chars().any(char::is_control));
            proptest::prop_assert_ne!(&safe, "..");
            proptest::prop_assert_eq!(safe_name(&safe), safe);
        }
    }
}
