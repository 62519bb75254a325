//! JSON that is written often, straight into a buffer.

use std::io::Write as _;

use serde::Serialize;

use crate::protocol::Attribute;

/// Adds a value as `serde` writes it.
pub(super) fn value(out: &mut Vec<u8>, value: &(impl Serialize + ?Sized)) {
    // Neither texts nor `serde_json`'s own values can fail, and a buffer takes everything.
    let _ = serde_json::to_writer(out, value);
}

/// Adds a comma, a member's name and its value.
pub(super) fn member(out: &mut Vec<u8>, name: &str, value: &(impl Serialize + ?Sized)) {
    out.push(b',');
    self::value(out, name);
    out.push(b':');
    self::value(out, value);
}

/// Adds an attribute of a streamed span, with a comma before it unless it is the first of a group.
pub(super) fn attribute(out: &mut Vec<u8>, name: &str, value: impl Into<Attribute>) {
    if out.last() != Some(&b'{') {
        out.push(b',');
    }
    self::value(out, name);
    out.push(b':');
    self::value(out, &value.into());
}

const DIGITS: &[u8; 16] = b"0123456789abcdef";

/// An id as text: two lower-case digits a byte.
#[inline]
pub(super) fn hex<const N: usize>(bytes: [u8; N]) -> [[u8; 2]; N] {
    /// Both digits of each byte.
    const PAIRS: [[u8; 2]; 256] = {
        let mut pairs = [[0; 2]; 256];
        let mut byte = 0;
        while byte < 256 {
            pairs[byte] = [DIGITS[byte >> 4], DIGITS[byte & 15]];
            byte += 1;
        }
        pairs
    };
    bytes.map(|byte| PAIRS[usize::from(byte)])
}

/// Adds microseconds as seconds with six decimals.
pub(super) fn seconds(out: &mut Vec<u8>, micros: u64) {
    /// Both digits of each number below 100.
    const PAIRS: [[u8; 2]; 100] = {
        let mut pairs = [[b'0'; 2]; 100];
        let mut number = 0;
        while number < 100 {
            pairs[number] = [DIGITS[number / 10], DIGITS[number % 10]];
            number += 1;
        }
        pairs
    };
    /// Between the years 2001 and 2286 there are ten digits before the point.
    const TEN_DIGITS: std::ops::Range<u64> = 1_000_000_000_000_000..10_000_000_000_000_000;
    if !TEN_DIGITS.contains(&micros) {
        let _ = write!(out, "{}.{:06}", micros / 1_000_000, micros % 1_000_000);
        return;
    }
    let mut rest = micros;
    let mut text = [b'.'; 17];
    for place in [15, 13, 11, 8, 6, 4, 2, 0] {
        let pair = PAIRS[usize::try_from(rest % 100).unwrap_or_default()];
        text[place..place + 2].copy_from_slice(&pair);
        rest /= 100;
    }
    out.extend_from_slice(&text);
}

#[cfg(test)]
mod tests {
    fn written(write: impl FnOnce(&mut Vec<u8>)) -> String {
        let mut out = Vec::new();
        write(&mut out);
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn numbers_and_ids() {
        for (micros, text) in [
            (1_770_000_000_123_456, "1770000000.123456"),
            (9_999_999_999_999_999, "9999999999.999999"),
            (10_000_000_000_000_000, "10000000000.000000"),
            (1_000_000_000_000_001, "1000000000.000001"),
            (999_999_999_000_001, "999999999.000001"),
            (1_000_000, "1.000000"),
            (999_999, "0.999999"),
            (0, "0.000000"),
        ] {
            assert_eq!(written(|out| super::seconds(out, micros)), text);
        }
        assert_eq!(super::hex([0, 1, 0x9f, 0xff]).as_flattened(), b"00019fff");
        assert_eq!(written(|out| super::member(out, "a\"", "b\n")), r#","a\"":"b\n""#);
    }
}
