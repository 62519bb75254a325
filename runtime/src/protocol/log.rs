//! Structured logs.

use std::time::SystemTime;

use serde::de::Deserializer;
use serde::ser::{SerializeMap, Serializer};
use serde::{Deserialize, Serialize};

use super::{Map, SpanId, TraceId, Value, json_size, timestamp};

/// The attribute that says which span a log was written in; on the wire it is the log's `span_id`.
const SPAN: &str = "sentry.trace.parent_span_id";
/// The attributes that the SDK adds by itself.
const ADDED: [&str; 9] = [
    SPAN,
    "sentry.environment",
    "sentry.release",
    "sentry.sdk.name",
    "sentry.sdk.version",
    "server.address",
    "user.id",
    "user.name",
    "user.email",
];

/// One structured log.
///
/// The macros [`info!`](crate::info) and its kin make them; [`before_send_log`](crate::ClientOptions::before_send_log)
/// sees them.
///
/// Source: Sentry's SDK documentation, "Logs".
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Log {
    /// How bad it is.
    pub level: LogLevel,
    /// The text.
    pub body: String,
    /// The trace that it belongs to.
    #[serde(default)]
    pub trace_id: Option<TraceId>,
    /// When it was written.
    #[serde(with = "timestamp::seconds")]
    pub timestamp: SystemTime,
    /// The level as OpenTelemetry counts it; default the one that the level stands for.
    #[serde(default)]
    pub severity_number: Option<LogSeverityNumber>,
    /// What else is known, with types.
    #[serde(default)]
    pub attributes: Map<String, LogAttribute>,
}

impl Log {
    /// Says in which span it was written.
    pub(crate) fn set_span(&mut self, span: SpanId) {
        self.attributes.entry(SPAN.to_owned()).or_insert_with(|| span.to_string().into());
    }

    /// Bytes that it counts for: the text, and the attributes that the SDK does not add by itself, so that it is the same
    /// before and after it does.
    pub(crate) fn weight(&self) -> usize {
        self.body.len() + weight(self.attributes.iter().map(|(key, value)| (key.as_str(), value)))
    }
}

/// Bytes of attributes, without those that the SDK adds by itself.
pub(super) fn weight<'a>(attributes: impl Iterator<Item = (&'a str, &'a LogAttribute)>) -> usize {
    let own = attributes.filter(|(key, _)| !ADDED.contains(key));
    let size = |value: &Value| match value {
        Value::String(text) => text.len(),
        Value::Array(_) | Value::Object(_) => json_size(value),
        Value::Null | Value::Bool(_) | Value::Number(_) => 8,
    };
    own.map(|(key, LogAttribute(value))| key.len() + size(value)).sum()
}

impl Serialize for Log {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct At(#[serde(with = "timestamp::seconds")] SystemTime);
        struct Attributes<'a>(&'a Map<String, LogAttribute>);
        impl Serialize for Attributes<'_> {
            fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
                serializer.collect_map(self.0.iter().filter(|(key, _)| *key != SPAN))
            }
        }

        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("timestamp", &At(self.timestamp))?;
        map.serialize_entry("trace_id", &self.trace_id.unwrap_or_default())?;
        if let Some(span) = self.attributes.get(SPAN) {
            map.serialize_entry("span_id", &span.0)?;
        }
        map.serialize_entry("level", &self.level)?;
        map.serialize_entry(
            "severity_number",
            &self.severity_number.unwrap_or_else(|| self.level.severity()),
        )?;
        map.serialize_entry("body", &self.body)?;
        map.serialize_entry("attributes", &Attributes(&self.attributes))?;
        map.end()
    }
}

/// How bad what a log says is, mildest first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum LogLevel {
    /// Each step.
    Trace,
    /// Of interest to those who look for a fault.
    Debug,
    /// Something happened.
    Info,
    /// Something is not as it should be.
    Warn,
    /// Something failed.
    Error,
    /// The program, or a thread of it, cannot go on.
    Fatal,
}

impl LogLevel {
    /// The lowest number of the range that OpenTelemetry gives the level.
    fn severity(self) -> LogSeverityNumber {
        LogSeverityNumber(match self {
            Self::Trace => 1,
            Self::Debug => 5,
            Self::Info => 9,
            Self::Warn => 13,
            Self::Error => 17,
            Self::Fatal => 21,
        })
    }
}

/// A level as OpenTelemetry counts it.
///
/// ```
/// use sentry::protocol::LogSeverityNumber;
///
/// assert!(LogSeverityNumber::try_from(9).is_ok());
/// assert!(LogSeverityNumber::try_from(25).is_err());
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct LogSeverityNumber(u8);

impl LogSeverityNumber {
    /// The mildest.
    pub const MIN: u8 = 1;
    /// The worst.
    pub const MAX: u8 = 24;
}

impl TryFrom<u8> for LogSeverityNumber {
    type Error = String;

    fn try_from(value: u8) -> Result<Self, String> {
        if (Self::MIN..=Self::MAX).contains(&value) {
            Ok(Self(value))
        } else {
            Err(format!("a severity is from {} to {}, this one is {value}", Self::MIN, Self::MAX))
        }
    }
}

/// A value with its type, as logs and metrics carry it. Texts, numbers and bools have types; anything else becomes the
/// text of its JSON.
#[derive(Clone, Debug, PartialEq)]
pub struct LogAttribute(pub Value);

impl<T> From<T> for LogAttribute
where
    Value: From<T>,
{
    fn from(value: T) -> Self {
        Self(Value::from(value))
    }
}

impl Serialize for LogAttribute {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        #[derive(Serialize)]
        struct Typed<T> {
            value: T,
            #[serde(rename = "type")]
            ty: &'static str,
        }
        match &self.0 {
            Value::String(value) => Typed { value, ty: "string" }.serialize(serializer),
            Value::Bool(value) => Typed { value, ty: "boolean" }.serialize(serializer),
            Value::Number(number) if number.is_i64() => {
                Typed { value: number, ty: "integer" }.serialize(serializer)
            }
            // Sentry's integers have 64 bits and a sign.
            Value::Number(number) if number.is_u64() => {
                Typed { value: number.to_string(), ty: "string" }.serialize(serializer)
            }
            Value::Number(number) => Typed { value: number, ty: "double" }.serialize(serializer),
            other => Typed { value: other.to_string(), ty: "string" }.serialize(serializer),
        }
    }
}

impl<'de> Deserialize<'de> for LogAttribute {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        struct Typed {
            value: Value,
        }
        Typed::deserialize(deserializer).map(|typed| Self(typed.value))
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    #[test]
    fn is_written_with_types_and_its_place() {
        let mut log = Log {
            level: LogLevel::Warn,
            body: "low".into(),
            trace_id: "bc6d53f15eb88f4320054569b8c553d4".parse().ok(),
            timestamp: UNIX_EPOCH + Duration::from_millis(1500),
            severity_number: None,
            attributes: Map::from([
                ("many".to_owned(), LogAttribute::from(u64::MAX)),
                ("ok".to_owned(), true.into()),
                ("left".to_owned(), (-3).into()),
                ("share".to_owned(), 0.5.into()),
            ]),
        };
        let weight = log.weight();
        log.set_span("b72fa28504b07285".parse().unwrap());
        assert_eq!(log.weight(), weight);
        let json = serde_json::to_string(&log).unwrap();
        assert_eq!(
            json,
            concat!(
                r#"{"timestamp":1.5,"trace_id":"bc6d53f15eb88f4320054569b8c553d4","span_id":"b72fa28504b07285","#,
                r#""level":"warn","severity_number":13,"body":"low","attributes":{"#,
                r#""left":{"value":-3,"type":"integer"},"many":{"value":"18446744073709551615","type":"string"},"#,
                r#""ok":{"value":true,"type":"boolean"},"share":{"value":0.5,"type":"double"}}}"#
            )
        );
        let read: Log = serde_json::from_str(&json).unwrap();
        assert_eq!(read.body, log.body);
        assert_eq!(read.attributes["left"], LogAttribute::from(-3));
    }
}
