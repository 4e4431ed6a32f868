//! The part of a file that a browser asks for, RFC 9110 section 14. Several parts at once are answered with the whole.

use std::ops::Range;

/// What to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Part {
    /// All of it.
    Whole,
    /// These bytes.
    Some(Range<u64>),
    /// There are no such bytes.
    Beyond,
}

/// Reads the header `range` for a file of `size` bytes. What cannot be read is no reason to refuse.
pub(super) fn read(header: Option<&str>, size: u64) -> Part {
    let Some(spec) = header.and_then(|it| it.trim().strip_prefix("bytes=")) else { return Part::Whole };
    let Some((first, last)) = spec.split_once('-') else { return Part::Whole };
    let (first, last) = (first.trim(), last.trim());
    let range = match (first.parse::<u64>(), last.parse::<u64>()) {
        (Ok(first), Ok(last)) if first <= last => first..last.saturating_add(1).min(size),
        (Ok(first), Err(_)) if last.is_empty() => first..size,
        (Err(_), Ok(count)) if first.is_empty() => size.saturating_sub(count)..size,
        _ => return Part::Whole,
    };
    if range.start >= size || range.is_empty() { Part::Beyond } else { Part::Some(range) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn parts_are_read_as_the_standard_says() {
        let rows = [
            (None, Part::Whole),
            (Some("bytes=0-9"), Part::Some(0..10)),
            (Some("bytes=90-"), Part::Some(90..100)),
            (Some("bytes=90-200"), Part::Some(90..100)),
            (Some("bytes=-10"), Part::Some(90..100)),
            (Some("bytes=-200"), Part::Some(0..100)),
            (Some("bytes=100-"), Part::Beyond),
            (Some("bytes=-0"), Part::Beyond),
            (Some("bytes=5-2"), Part::Whole),
            (Some("bytes=0-1,5-6"), Part::Whole),
            (Some("lines=1-2"), Part::Whole),
            (Some("bytes=x-y"), Part::Whole),
        ];
        for (header, expected) in rows {
            assert_eq!(read(header, 100), expected, "{header:?}");
        }
        assert_eq!(read(Some("bytes=0-"), 0), Part::Beyond);
    }
}
