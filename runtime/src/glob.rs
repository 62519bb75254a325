//! Patterns in which `*` stands for any text, as options take them.

/// Whether `pattern` fits the whole of `text`.
///
/// Each part between stars is taken where it first occurs: that leaves the most for those that follow.
pub(crate) fn fits(pattern: &str, text: &str) -> bool {
    let Some((start, rest)) = pattern.split_once('*') else { return text == pattern };
    let Some(mut text) = text.strip_prefix(start) else { return false };
    let (middle, end) = rest.rsplit_once('*').unwrap_or(("", rest));
    for part in middle.split('*') {
        let Some((_, after)) = text.split_once(part) else { return false };
        text = after;
    }
    text.ends_with(end)
}

/// Whether one of the patterns fits.
pub(crate) fn any_fits(patterns: &[String], text: &str) -> bool {
    patterns.iter().any(|pattern| fits(pattern, text))
}

#[cfg(test)]
mod tests {
    use super::fits;

    #[test]
    fn stars_stand_for_any_text() {
        for (pattern, text, expected) in [
            ("reset", "reset", true),
            ("reset", "a reset", false),
            ("*reset*", "a reset by peer", true),
            ("*reset", "a reset by peer", false),
            ("a*b*c", "a then b then c", true),
            ("a*b*c", "a then c", false),
            ("a*b*b", "ab", false),
            ("*", "", true),
            ("", "", true),
            ("", "x", false),
            ("ä*ö", "ä und ö", true),
            ("ab*ba", "aba", false),
        ] {
            assert_eq!(fits(pattern, text), expected, "{pattern:?} on {text:?}");
        }
    }
}
