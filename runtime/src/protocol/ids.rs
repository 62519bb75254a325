use std::error::Error;
use std::fmt;
use std::str::FromStr;

use super::text::travels_as_text;
use crate::random;

macro_rules! id {
    ($(#[$doc:meta])* $name:ident, $bytes:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name([u8; $bytes]);

        impl $name {
            /// The bytes, as they are written.
            pub const fn to_bytes(self) -> [u8; $bytes] {
                self.0
            }
        }

        impl From<[u8; $bytes]> for $name {
            fn from(bytes: [u8; $bytes]) -> Self {
                Self(bytes)
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> Self {
                id.to_string()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                let mut text = [0; 2 * $bytes];
                f.write_str(write_hex(&self.0, &mut text))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(f, concat!(stringify!($name), "({})"), self)
            }
        }

        impl FromStr for $name {
            type Err = ParseIdError;

            fn from_str(text: &str) -> Result<Self, ParseIdError> {
                read_hex(text).map(Self).ok_or(ParseIdError { digits: 2 * $bytes })
            }
        }

        impl TryFrom<String> for $name {
            type Error = ParseIdError;

            fn try_from(text: String) -> Result<Self, ParseIdError> {
                text.parse()
            }
        }

        travels_as_text!($name);
    };
}

id! {
    /// Names one trace: 16 bytes, written as 32 hex digits. The default is a new random one, never all zeros.
    TraceId, 16
}

id! {
    /// Names one span of a trace: 8 bytes, written as 16 hex digits. The default is a new random one, never all zeros.
    SpanId, 8
}

/// Ids are in every event and on every span, several times: the formatter would take twenty times as long.
fn write_hex<'a>(bytes: &[u8], text: &'a mut [u8]) -> &'a str {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    for (digits, byte) in text.chunks_exact_mut(2).zip(bytes) {
        digits.copy_from_slice(&[DIGITS[usize::from(byte >> 4)], DIGITS[usize::from(byte & 0xf)]]);
    }
    std::str::from_utf8(text).unwrap_or_default()
}

impl Default for TraceId {
    fn default() -> Self {
        // Zero names nothing.
        Self(u128::from_be_bytes(random::bytes()).max(1).to_be_bytes())
    }
}

impl Default for SpanId {
    fn default() -> Self {
        let [word] = random::words();
        // Zero names nothing.
        Self(word.max(1).to_be_bytes())
    }
}

/// A text is not the id that was asked for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseIdError {
    digits: usize,
}

impl fmt::Display for ParseIdError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "an id of {} hex digits was expected", self.digits)
    }
}

impl Error for ParseIdError {}

fn read_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    let digits = text.as_bytes();
    if digits.len() != 2 * N {
        return None;
    }
    let mut bytes = [0; N];
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        let high = char::from(pair[0]).to_digit(16)?;
        let low = char::from(pair[1]).to_digit(16)?;
        *byte = u8::try_from(high << 4 | low).ok()?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hex_both_ways() {
        let trace: TraceId = "0123456789abcdef0123456789ABCDEF".parse().unwrap();
        assert_eq!(trace.to_string(), "0123456789abcdef0123456789abcdef");
        assert_eq!(format!("{trace:?}"), "TraceId(0123456789abcdef0123456789abcdef)");
        assert_eq!(serde_json::to_string(&trace).unwrap(), r#""0123456789abcdef0123456789abcdef""#);

        let span = SpanId::from([0, 1, 2, 3, 0xfc, 0xfd, 0xfe, 0xff]);
        assert_eq!(span.to_string(), "00010203fcfdfeff");
        assert_eq!(serde_json::from_str::<SpanId>(r#""00010203fcfdfeff""#).unwrap(), span);
    }

    #[test]
    fn malformed() {
        for text in [
            "",
            "0",
            "00010203fcfdfef",
            "00010203fcfdfefff",
            "00010203fcfdfefg",
            "+0010203fcfdfeff",
            "0001020é",
        ] {
            assert!(text.parse::<SpanId>().is_err(), "{text:?}");
        }
        let error = "xyz".parse::<TraceId>().unwrap_err();
        assert_eq!(error.to_string(), "an id of 32 hex digits was expected");
    }

    #[test]
    fn defaults_are_random_and_not_zero() {
        assert_ne!(TraceId::default(), TraceId::default());
        assert_ne!(SpanId::default(), SpanId::default());
        assert!((0..1000).all(|_| SpanId::default() != SpanId::from([0; 8])));
    }
}
