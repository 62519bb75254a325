use std::time::SystemTime;

use serde::ser::SerializeStruct;
use serde::{Deserialize, Serialize, Serializer};

use super::{Map, SpanId, SpanLink, TraceId, Value, timestamp};

/// A span that is sent by itself, not as a part of its transaction.
///
/// [`before_send_span`](crate::ClientOptions::before_send_span) sees them, and nothing else does: with
/// `trace_lifecycle = "stream"` spans leave in batches while their transaction runs.
///
/// Source: Sentry's SDK documentation, "Span protocol".
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StreamedSpan {
    /// The trace.
    pub trace_id: TraceId,
    /// Names the span within its trace.
    pub span_id: SpanId,
    /// The span that this one is part of.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub parent_span_id: Option<SpanId>,
    /// What exactly it does: `SELECT * FROM orders WHERE id = ?`.
    pub name: String,
    /// How it ended.
    pub status: StreamedStatus,
    /// Whether it stands for the whole transaction.
    pub is_segment: bool,
    /// When it began.
    #[serde(with = "timestamp::seconds")]
    pub start_timestamp: SystemTime,
    /// When it ended.
    #[serde(with = "timestamp::seconds")]
    pub end_timestamp: SystemTime,
    /// More about it.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub attributes: Map<String, Attribute>,
    /// Spans that it has to do with, in this trace or another.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub links: Vec<StreamedLink>,
}

/// A [`SpanLink`] of a streamed span.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct StreamedLink {
    /// The span.
    pub span_id: SpanId,
    /// The trace it belongs to.
    pub trace_id: TraceId,
    /// Whether it was sampled.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sampled: Option<bool>,
    /// How the two have to do with each other.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub attributes: Map<String, Attribute>,
}

impl From<SpanLink> for StreamedLink {
    fn from(link: SpanLink) -> Self {
        let SpanLink { span_id, trace_id, sampled, attributes } = link;
        let attributes = attributes.into_iter().map(|(key, value)| (key, value.into())).collect();
        Self { span_id, trace_id, sampled, attributes }
    }
}

/// How a [`StreamedSpan`] ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum StreamedStatus {
    /// Well, or nobody waited for the end.
    Ok,
    /// It failed.
    Error,
}

/// A value of which the server is told the type.
///
/// Source: Sentry's SDK documentation, "Span protocol: attributes".
#[derive(Clone, Debug, PartialEq, Deserialize)]
pub struct Attribute {
    /// The value: a text, a truth value, a number, or a list of one of these. Anything else is sent as its JSON text.
    pub value: Value,
    /// What a number counts: `millisecond`, `byte`.
    #[serde(default)]
    pub unit: Option<String>,
}

impl<V: Into<Value>> From<V> for Attribute {
    fn from(value: V) -> Self {
        Self { value: value.into(), unit: None }
    }
}

impl Serialize for Attribute {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut attribute = serializer.serialize_struct("Attribute", 3)?;
        if let Some(ty) = type_of(&self.value) {
            attribute.serialize_field("type", ty)?;
            attribute.serialize_field("value", &self.value)?;
        } else {
            attribute.serialize_field("type", "string")?;
            attribute.serialize_field("value", &self.value.to_string())?;
        }
        if let Some(unit) = &self.unit {
            attribute.serialize_field("unit", unit)?;
        }
        attribute.end()
    }
}

/// The name that the protocol has for a value's type; `None` if it has none.
fn type_of(value: &Value) -> Option<&'static str> {
    match value {
        Value::String(_) => Some("string"),
        Value::Bool(_) => Some("boolean"),
        // One that is greater than a signed number of 64 bits is sent as text.
        Value::Number(number) if number.is_i64() => Some("integer"),
        Value::Number(number) if number.is_f64() => Some("double"),
        Value::Array(values) => {
            let first = values.first().and_then(type_of).filter(|ty| *ty != "array")?;
            values.iter().all(|value| type_of(value) == Some(first)).then_some("array")
        }
        Value::Number(_) | Value::Null | Value::Object(_) => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn attributes_say_their_type() {
        for (value, expected) in [
            (json!("text"), json!({"type": "string", "value": "text"})),
            (json!(true), json!({"type": "boolean", "value": true})),
            (json!(-7), json!({"type": "integer", "value": -7})),
            (json!(0.5), json!({"type": "double", "value": 0.5})),
            (json!(["a", "b"]), json!({"type": "array", "value": ["a", "b"]})),
            (json!(u64::MAX), json!({"type": "string", "value": u64::MAX.to_string()})),
            (json!([1, "a"]), json!({"type": "string", "value": "[1,\"a\"]"})),
            (json!({"a": null}), json!({"type": "string", "value": "{\"a\":null}"})),
        ] {
            assert_eq!(serde_json::to_value(Attribute::from(value)).unwrap(), expected);
        }
        let unit = Attribute { unit: Some("byte".to_owned()), ..Attribute::from(1) };
        let json = serde_json::to_string(&unit).unwrap();
        assert_eq!(json, r#"{"type":"integer","value":1,"unit":"byte"}"#);
        assert_eq!(serde_json::from_str::<Attribute>(&json).unwrap(), unit);
    }

    #[test]
    fn attributes_of_links_say_their_type_too() {
        let attributes = Map::from([("sentry.link.type".to_owned(), "previous_trace".into())]);
        let link = StreamedLink::from(SpanLink { attributes, ..SpanLink::default() });
        let json = serde_json::to_value(&link).unwrap();
        let way = json!({"type": "string", "value": "previous_trace"});
        assert_eq!(json["attributes"]["sentry.link.type"], way);
        assert_eq!(serde_json::from_value::<StreamedLink>(json).unwrap(), link);
    }
}
