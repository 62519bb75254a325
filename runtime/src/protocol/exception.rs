use serde::{Deserialize, Serialize, Serializer};

use super::{Map, Stacktrace, ThreadId, Url, Value, skip, text};

/// One error of a chain. The list in an event stands oldest cause first, the captured error last.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(default)]
pub struct Exception {
    /// The error's type, without its module.
    #[serde(rename = "type")]
    pub ty: String,
    /// What the error says.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
    /// The module of the type.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub module: Option<String>,
    /// The calls that led to the error, outermost first.
    #[serde(skip_serializing_if = "skip::is_frameless")]
    pub stacktrace: Option<Stacktrace>,
    /// The same before the server works on it.
    #[serde(skip_serializing_if = "skip::is_frameless")]
    pub raw_stacktrace: Option<Stacktrace>,
    /// The thread, one of the event's `threads`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub thread_id: Option<ThreadId>,
    /// How the error was caught.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mechanism: Option<Mechanism>,
}

/// How an error was caught.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(default)]
pub struct Mechanism {
    /// `generic` for what the user captured (the same when empty), else who captured: `auto.panic.hook`.
    #[serde(rename = "type", serialize_with = "generic_unless_named")]
    pub ty: String,
    /// What the mechanism is.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// Where to read about the error.
    #[serde(with = "text", skip_serializing_if = "Option::is_none")]
    pub help_link: Option<Url>,
    /// Whether the program dealt with the error.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub handled: Option<bool>,
    /// Whether the error is only a carrier, with a type and a value that should not group events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub synthetic: Option<bool>,
    /// Names this error among those of the event; the captured one is 0.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exception_id: Option<u64>,
    /// The [`exception_id`](Self::exception_id) of the error that this one is a cause of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_id: Option<u64>,
    /// By what the parent holds this error: `source`, `errors[0]`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source: Option<String>,
    /// Whether this error holds several others side by side.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_exception_group: Option<bool>,
    /// More about the error.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub data: Map<String, Value>,
    /// What the operating system says about the error.
    #[serde(skip_serializing_if = "MechanismMeta::is_empty")]
    pub meta: MechanismMeta,
}

/// A mechanism without a type would lose all else it says at the server.
fn generic_unless_named<S: Serializer>(ty: &str, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.serialize_str(if ty.is_empty() { "generic" } else { ty })
}

/// What the operating system says about an error.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(default)]
pub struct MechanismMeta {
    /// The error number.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub errno: Option<CError>,
    /// The signal.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub signal: Option<PosixSignal>,
}

impl MechanismMeta {
    fn is_empty(&self) -> bool {
        self.errno.is_none() && self.signal.is_none()
    }
}

/// An `errno`.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
pub struct CError {
    /// The number.
    pub number: i32,
    /// Its name: `ENOENT`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
}

impl From<i32> for CError {
    fn from(number: i32) -> Self {
        Self { number, name: None }
    }
}

/// A signal.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
pub struct PosixSignal {
    /// The number.
    pub number: i32,
    /// Its cause, `si_code`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code: Option<i32>,
    /// Its name: `SIGSEGV`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The name of the cause: `SEGV_MAPERR`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub code_name: Option<String>,
}

impl From<i32> for PosixSignal {
    fn from(number: i32) -> Self {
        Self { number, ..Self::default() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mechanism_always_has_a_type() {
        let json = serde_json::to_string(&Mechanism { handled: Some(true), ..Mechanism::default() }).unwrap();
        assert_eq!(json, r#"{"type":"generic","handled":true}"#);
    }

    #[test]
    fn everything_a_chain_needs() {
        let exception = Exception {
            ty: "ParseIntError".into(),
            value: Some("invalid digit found in string".into()),
            module: Some("core::num::error".into()),
            stacktrace: Some(Stacktrace::default()),
            mechanism: Some(Mechanism {
                ty: "auto.function.monitored".into(),
                help_link: Url::parse("https://example.com/e/1").ok(),
                handled: Some(false),
                exception_id: Some(1),
                parent_id: Some(0),
                source: Some("source".into()),
                meta: MechanismMeta { errno: Some(2.into()), signal: None },
                ..Mechanism::default()
            }),
            ..Exception::default()
        };
        let json = serde_json::to_string(&exception).unwrap();
        assert_eq!(
            json,
            concat!(
                r#"{"type":"ParseIntError","value":"invalid digit found in string","module":"core::num::error","#,
                r#""mechanism":{"type":"auto.function.monitored","help_link":"https://example.com/e/1","#,
                r#""handled":false,"exception_id":1,"parent_id":0,"source":"source","#,
                r#""meta":{"errno":{"number":2}}}}"#,
            ),
            "and no stack trace without frames"
        );
        let read: Exception = serde_json::from_str(&json).unwrap();
        assert_eq!(read, Exception { stacktrace: None, ..exception });
    }
}
