use serde::{Deserialize, Serialize};

use super::{Addr, Map, Value};

/// The calls that led somewhere.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(default)]
pub struct Stacktrace {
    /// The calls, outermost first. A stack trace without any is not sent.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub frames: Vec<Frame>,
    /// Frames that were cut out: from the first number, up to and without the second.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub frames_omitted: Option<(u64, u64)>,
    /// Which of the instruction addresses are those that a call returns to, one behind the call itself: `all`,
    /// `all_but_first`, `none`; the server guesses when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instruction_addr_adjustment: Option<String>,
}

impl Stacktrace {
    /// A stack trace from frames that stand innermost first; nothing when there are none.
    pub fn from_frames_reversed(mut frames: Vec<Frame>) -> Option<Self> {
        if frames.is_empty() {
            return None;
        }
        frames.reverse();
        Some(Self { frames, ..Self::default() })
    }
}

/// One call of a [`Stacktrace`].
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(default)]
pub struct Frame {
    /// The function, with its type if it has one: `Store::decode`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub function: Option<String>,
    /// The function's name in the symbol table.
    #[serde(rename = "raw_function", skip_serializing_if = "Option::is_none")]
    pub symbol: Option<String>,
    /// The module that the function is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
    /// The library or executable that the function is in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub package: Option<String>,
    /// The source file, relative to something that stays the same from build to build.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filename: Option<String>,
    /// The source file's absolute path.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub abs_path: Option<String>,
    /// The line, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lineno: Option<u64>,
    /// The column, from 1.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub colno: Option<u64>,
    /// The lines of source above.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub pre_context: Vec<String>,
    /// The line of source.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub context_line: Option<String>,
    /// The lines of source below.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub post_context: Vec<String>,
    /// Whether the call is in the user's own code.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub in_app: Option<bool>,
    /// Arguments and local variables.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub vars: Map<String, Value>,
    /// Where the library or executable was loaded.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image_addr: Option<Addr>,
    /// The instruction.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub instruction_addr: Option<Addr>,
    /// Where the function begins.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub symbol_addr: Option<Addr>,
    /// What the addresses are relative to; absolute when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub addr_mode: Option<String>,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_says_only_what_is_known() {
        let frame = Frame {
            function: Some("Store::decode".into()),
            module: Some("shop::store".into()),
            filename: Some("src/store.rs".into()),
            lineno: Some(42),
            in_app: Some(true),
            context_line: Some("    parse(row)?".into()),
            vars: Map::from([("row".to_owned(), 7.into())]),
            instruction_addr: Some(Addr(0x7f00)),
            ..Frame::default()
        };
        let json = serde_json::to_string(&frame).unwrap();
        assert_eq!(
            json,
            concat!(
                r#"{"function":"Store::decode","module":"shop::store","filename":"src/store.rs","lineno":42,"#,
                r#""context_line":"    parse(row)?","in_app":true,"vars":{"row":7},"instruction_addr":"0x7f00"}"#,
            )
        );
        assert_eq!(serde_json::from_str::<Frame>(&json).unwrap(), frame);
    }

    #[test]
    fn reversed() {
        let named = |name: &str| Frame { function: Some(name.into()), ..Frame::default() };
        let trace = Stacktrace::from_frames_reversed(vec![named("inner"), named("outer")]).unwrap();
        assert_eq!(trace.frames, [named("outer"), named("inner")]);
        assert_eq!(Stacktrace::from_frames_reversed(vec![]), None);
    }
}
