use std::fmt;

use serde::{Deserialize, Serialize};

use super::{Stacktrace, skip};

/// A thread of the program.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
#[serde(default)]
pub struct Thread {
    /// What exceptions refer to it by.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub id: Option<ThreadId>,
    /// The thread's name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// Where the thread was.
    #[serde(skip_serializing_if = "skip::is_frameless")]
    pub stacktrace: Option<Stacktrace>,
    /// The same before the server works on it.
    #[serde(skip_serializing_if = "skip::is_frameless")]
    pub raw_stacktrace: Option<Stacktrace>,
    /// Whether this thread crashed.
    #[serde(skip_serializing_if = "skip::is_false")]
    pub crashed: bool,
    /// Whether the event was made on this thread.
    #[serde(skip_serializing_if = "skip::is_false")]
    pub current: bool,
}

/// Names a thread.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[serde(untagged)]
pub enum ThreadId {
    /// By number.
    Int(u64),
    /// By text.
    String(String),
}

impl Default for ThreadId {
    fn default() -> Self {
        Self::Int(0)
    }
}

impl From<&str> for ThreadId {
    fn from(id: &str) -> Self {
        Self::String(id.to_owned())
    }
}

impl From<String> for ThreadId {
    fn from(id: String) -> Self {
        Self::String(id)
    }
}

impl From<u64> for ThreadId {
    fn from(id: u64) -> Self {
        Self::Int(id)
    }
}

impl From<u32> for ThreadId {
    fn from(id: u32) -> Self {
        Self::Int(id.into())
    }
}

impl From<u16> for ThreadId {
    fn from(id: u16) -> Self {
        Self::Int(id.into())
    }
}

impl fmt::Display for ThreadId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Int(id) => id.fmt(f),
            Self::String(id) => id.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json() {
        let thread = Thread {
            id: Some(7_u64.into()),
            name: Some("worker".into()),
            current: true,
            stacktrace: Some(Stacktrace::default()),
            ..Thread::default()
        };
        assert_eq!(serde_json::to_string(&thread).unwrap(), r#"{"id":7,"name":"worker","current":true}"#);
        assert_eq!(serde_json::from_str::<ThreadId>(r#""main""#).unwrap(), "main".into());
    }
}
