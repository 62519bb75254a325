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

/// Adds an id, two lower-case digits a byte.
pub(super) fn hex<const N: usize>(out: &mut Vec<u8>, bytes: [u8; N]) {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
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
    let text = bytes.map(|byte| PAIRS[usize::from(byte)]);
    out.extend_from_slice(text.as_flattened());
}

/// Adds microseconds as seconds with six decimals.
pub(super) fn seconds(out: &mut Vec<u8>, micros: u64) {
    const DECIMALS: usize = 6;
    let mut buffer = itoa::Buffer::new();
    let digits = buffer.format(micros).as_bytes();
    if let Some((whole, decimals)) = digits.split_last_chunk::<DECIMALS>()
        && !whole.is_empty()
    {
        out.extend_from_slice(whole);
        out.push(b'.');
        out.extend_from_slice(decimals);
    } else {
        // The first second of the year 1970.
        let _ = write!(out, "0.{micros:06}");
    }
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
            (1_000_000, "1.000000"),
            (999_999, "0.999999"),
            (0, "0.000000"),
        ] {
            assert_eq!(written(|out| super::seconds(out, micros)), text);
        }
        assert_eq!(written(|out| super::hex(out, [0, 1, 0x9f, 0xff])), "00019fff");
        assert_eq!(written(|out| super::member(out, "a\"", "b\n")), r#","a\"":"b\n""#);
    }
}
