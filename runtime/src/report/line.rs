//! Text that keeps to its line.

use std::borrow::Cow;
use std::fmt::Write;
use std::time::Duration;

/// The text with its control characters made visible, so that no message can move the cursor or change colours.
pub(super) fn clean(text: &str) -> Cow<'_, str> {
    if !text.contains(char::is_control) {
        return Cow::Borrowed(text);
    }
    let mut cleaned = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            '\t' => cleaned.push(' '),
            c if c.is_control() => cleaned.extend(c.escape_default()),
            c => cleaned.push(c),
        }
    }
    Cow::Owned(cleaned)
}

pub(super) fn columns(text: &str) -> usize {
    text.chars().count()
}

/// The text, cut to at most so many columns.
pub(super) fn shorten(text: &str, most: usize) -> Cow<'_, str> {
    if columns(text) <= most {
        return Cow::Borrowed(text);
    }
    let Some(kept) = most.checked_sub(1) else { return Cow::Borrowed("") };
    let mut short: String = text.chars().take(kept).collect();
    short.truncate(short.trim_end().len());
    short.push('…');
    Cow::Owned(short)
}

/// Three digits that matter, and the unit that fits.
pub(super) fn duration(duration: Duration) -> String {
    let micros = duration.as_micros();
    // Shown as the next larger unit when rounding would reach it.
    match micros {
        0..1_000 => format!("{micros} µs"),
        1_000..9_995 => fraction(duration.as_secs_f64() * 1e3, 2, "ms"),
        9_995..99_950 => fraction(duration.as_secs_f64() * 1e3, 1, "ms"),
        99_950..999_500 => fraction(duration.as_secs_f64() * 1e3, 0, "ms"),
        999_500..9_995_000 => fraction(duration.as_secs_f64(), 2, "s"),
        9_995_000..59_950_000 => fraction(duration.as_secs_f64(), 1, "s"),
        _ => {
            let seconds = micros.saturating_add(500_000) / 1_000_000;
            format!("{}m {:02}s", seconds / 60, seconds % 60)
        }
    }
}

fn fraction(number: f64, decimals: usize, unit: &str) -> String {
    format!("{number:.decimals$} {unit}")
}

/// `key=value` pairs on lines of at most `width` columns, each line behind two blanks.
pub(super) fn pairs<'a>(pairs: impl Iterator<Item = (&'a str, &'a str)>, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for (key, value) in pairs {
        let mut pair = String::new();
        let value = clean(value);
        // Writing to a string cannot fail.
        let _ = if value.is_empty() || value.contains(char::is_whitespace) {
            write!(pair, "{}={value:?}", clean(key))
        } else {
            write!(pair, "{}={value}", clean(key))
        };
        let pair = shorten(&pair, width.saturating_sub(2));
        match lines.last_mut() {
            Some(line) if columns(line) + 2 + columns(&pair) <= width => line.extend(["  ", &*pair]),
            _ => lines.push(format!("  {pair}")),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_text_can_steer_the_terminal() {
        assert_eq!(clean("plain"), "plain");
        assert_eq!(clean("a\tb\x1b[31mc\r\u{9b}"), r"a b\u{1b}[31mc\r\u{9b}");
    }

    #[test]
    fn shortened() {
        assert_eq!(shorten("abcd", 4), "abcd");
        assert_eq!(shorten("äbcde", 4), "äbc…");
        assert_eq!(shorten("ab cde", 4), "ab…");
        assert_eq!(shorten("abc", 1), "…");
        assert_eq!(shorten("abc", 0), "");
    }

    #[test]
    fn durations() {
        for (micros, text) in [
            (0, "0 µs"),
            (999, "999 µs"),
            (1_000, "1.00 ms"),
            (9_994, "9.99 ms"),
            (9_996, "10.0 ms"),
            (99_949, "99.9 ms"),
            (99_951, "100 ms"),
            (999_499, "999 ms"),
            (999_501, "1.00 s"),
            (12_345_678, "12.3 s"),
            (59_949_999, "59.9 s"),
            (59_950_001, "1m 00s"),
            (125_000_000, "2m 05s"),
        ] {
            assert_eq!(duration(Duration::from_micros(micros)), text, "{micros}");
        }
    }

    #[test]
    fn pairs_are_wrapped() {
        let tags = [("a", "1"), ("b", "two words"), ("c", ""), ("long", "0123456789012345")];
        assert_eq!(
            pairs(tags.into_iter(), 20),
            ["  a=1  b=\"two words\"", "  c=\"\"", "  long=012345678901…"]
        );
        assert_eq!(pairs(tags.into_iter().take(3), 40), ["  a=1  b=\"two words\"  c=\"\""]);
    }
}
