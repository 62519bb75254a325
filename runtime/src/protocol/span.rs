use std::error::Error;
use std::fmt;
use std::str::FromStr;
use std::time::SystemTime;

use serde::{Deserialize, Serialize};

use super::text::travels_as_text;
use super::{Map, SpanId, TraceId, Value, timestamp};

/// A piece of work within a transaction.
#[derive(Serialize, Deserialize, Clone, Debug, PartialEq)]
#[serde(default)]
pub struct Span {
    /// Names the span within its trace.
    pub span_id: SpanId,
    /// The trace.
    pub trace_id: TraceId,
    /// The span that this one is part of.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_span_id: Option<SpanId>,
    /// Whether the parent ran in this process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub same_process_as_parent: Option<bool>,
    /// What kind of work it is: `db.query`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub op: Option<String>,
    /// What exactly it does: `SELECT * FROM orders WHERE id = ?`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// When it ended.
    #[serde(with = "timestamp::seconds_option", skip_serializing_if = "Option::is_none")]
    pub timestamp: Option<SystemTime>,
    /// When it began.
    #[serde(with = "timestamp::seconds")]
    pub start_timestamp: SystemTime,
    /// How it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<SpanStatus>,
    /// Who made it: `manual`, `auto.function.monitored`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub origin: Option<String>,
    /// What to search it by.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub tags: Map<String, String>,
    /// More about it.
    #[serde(skip_serializing_if = "Map::is_empty")]
    pub data: Map<String, Value>,
    /// Spans that it has to do with, in this trace or another.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<SpanLink>,
}

impl Default for Span {
    fn default() -> Self {
        Self {
            span_id: SpanId::default(),
            trace_id: TraceId::default(),
            parent_span_id: None,
            same_process_as_parent: None,
            op: None,
            description: None,
            timestamp: None,
            start_timestamp: SystemTime::now(),
            status: None,
            origin: None,
            tags: Map::new(),
            data: Map::new(),
            links: Vec::new(),
        }
    }
}

impl Span {
    /// A span of a new trace that begins now.
    pub fn new() -> Self {
        Self::default()
    }

    /// Ends the span now.
    pub fn finish(&mut self) {
        self.finish_with_timestamp(SystemTime::now());
    }

    /// Ends the span.
    pub fn finish_with_timestamp(&mut self, timestamp: SystemTime) {
        self.timestamp = Some(timestamp);
    }
}

/// A span that another one has to do with without being part of it.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq)]
pub struct SpanLink {
    /// The span.
    pub span_id: SpanId,
    /// The trace it belongs to.
    pub trace_id: TraceId,
    /// Whether it was sampled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampled: Option<bool>,
    /// How the two have to do with each other.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub attributes: Map<String, Value>,
}

macro_rules! statuses {
    ($($(#[$doc:meta])* $name:ident = $text:literal,)*) => {
        /// How a span ended.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum SpanStatus {
            $($(#[$doc])* $name,)*
        }

        impl SpanStatus {
            /// The name on the wire.
            pub(crate) fn as_str(self) -> &'static str {
                match self {
                    $(Self::$name => $text,)*
                }
            }
        }

        impl fmt::Display for SpanStatus {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.pad(self.as_str())
            }
        }

        impl FromStr for SpanStatus {
            type Err = ParseStatusError;

            fn from_str(text: &str) -> Result<Self, ParseStatusError> {
                match text {
                    $($text => Ok(Self::$name),)*
                    _ => Err(ParseStatusError),
                }
            }
        }

        #[cfg(test)]
        const ALL: &[(SpanStatus, &str)] = &[$((SpanStatus::$name, $text),)*];
    };
}

statuses! {
    /// Well.
    Ok = "ok",
    /// It took too long.
    DeadlineExceeded = "deadline_exceeded",
    /// Nobody knows who asked.
    Unauthenticated = "unauthenticated",
    /// Who asked may not.
    PermissionDenied = "permission_denied",
    /// What was asked for does not exist.
    NotFound = "not_found",
    /// Something ran out.
    ResourceExhausted = "resource_exhausted",
    /// It was asked for wrongly.
    InvalidArgument = "invalid_argument",
    /// Nobody has written this yet.
    Unimplemented = "unimplemented",
    /// Whoever could do it is not there.
    Unavailable = "unavailable",
    /// It failed.
    InternalError = "internal_error",
    /// Nobody knows.
    UnknownError = "unknown_error",
    /// Nobody waited for the end.
    Cancelled = "cancelled",
    /// What should be made exists.
    AlreadyExists = "already_exists",
    /// Things were not ready for it.
    FailedPrecondition = "failed_precondition",
    /// Something else came in between.
    Aborted = "aborted",
    /// It went past the end.
    OutOfRange = "out_of_range",
    /// Something is lost or broken for good.
    DataLoss = "data_loss",
}

travels_as_text!(SpanStatus);

/// A text is not the name of a [`SpanStatus`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ParseStatusError;

impl fmt::Display for ParseStatusError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("this is not the name of a span status")
    }
}

impl Error for ParseStatusError {}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn statuses_travel_by_name() {
        assert_eq!(ALL.len(), 17);
        for (status, text) in ALL {
            assert_eq!(text.parse(), Ok(*status));
            assert_eq!(status.to_string(), *text);
            assert_eq!(serde_json::to_string(status).unwrap(), format!("{text:?}"));
        }
        assert_eq!("fine".parse::<SpanStatus>(), Err(ParseStatusError));
    }

    #[test]
    fn json() {
        let span = Span {
            span_id: [1; 8].into(),
            trace_id: [2; 16].into(),
            parent_span_id: Some([3; 8].into()),
            op: Some("db.query".into()),
            description: Some("SELECT 1".into()),
            start_timestamp: UNIX_EPOCH + Duration::from_millis(1500),
            timestamp: Some(UNIX_EPOCH + Duration::from_micros(1_750_001)),
            status: Some(SpanStatus::Ok),
            origin: Some("auto.function.monitored".into()),
            tags: Map::from([("k".to_owned(), "v".to_owned())]),
            data: Map::from([("rows".to_owned(), 3.into())]),
            links: vec![SpanLink {
                span_id: [4; 8].into(),
                trace_id: [5; 16].into(),
                sampled: Some(true),
                ..SpanLink::default()
            }],
            ..Span::default()
        };
        let json = serde_json::to_string(&span).unwrap();
        assert_eq!(
            json,
            concat!(
                r#"{"span_id":"0101010101010101","trace_id":"02020202020202020202020202020202","#,
                r#""parent_span_id":"0303030303030303","op":"db.query","description":"SELECT 1","#,
                r#""timestamp":1.750001,"start_timestamp":1.5,"status":"ok","origin":"auto.function.monitored","#,
                r#""tags":{"k":"v"},"data":{"rows":3},"links":[{"span_id":"0404040404040404","#,
                r#""trace_id":"05050505050505050505050505050505","sampled":true}]}"#,
            )
        );
        assert_eq!(serde_json::from_str::<Span>(&json).unwrap(), span);
    }
}
