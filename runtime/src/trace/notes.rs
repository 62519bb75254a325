//! What an attribute says of one call, until it is written out.

use serde::{Serialize, Serializer};

use crate::protocol::{Memory, Value};

/// One thing that is said.
#[derive(Debug)]
pub(crate) enum Note {
    Tag(&'static str, Box<str>),
    Data(&'static str, Datum),
    /// What the call's span is called.
    Name(Box<str>),
}

/// A value of a span's data. What needs no memory of its own is kept as it is: so writing one down is a few moves, and
/// nobody has to drop it.
#[derive(Debug)]
pub struct Datum(Kind);

#[derive(Debug)]
enum Kind {
    /// A text that is part of the program: it is not copied before it is written out.
    Static(&'static str),
    Bool(bool),
    Integer(i64),
    Float(f64),
    Text(Box<str>),
    Other(Box<Value>),
}

impl Datum {
    /// Whether it needs no memory of its own.
    #[inline]
    pub(super) fn is_plain(&self) -> bool {
        matches!(self.0, Kind::Static(_) | Kind::Bool(_) | Kind::Integer(_) | Kind::Float(_))
    }

    #[inline]
    pub(crate) fn fixed(text: &'static str) -> Self {
        Self(Kind::Static(text))
    }

    #[inline]
    pub(crate) fn bool(value: bool) -> Self {
        Self(Kind::Bool(value))
    }

    #[inline]
    pub(crate) fn integer(value: i64) -> Self {
        Self(Kind::Integer(value))
    }

    /// Not for what JSON has no number for.
    #[inline]
    pub(crate) fn float(value: f64) -> Self {
        Self(Kind::Float(value))
    }
}

impl Memory for Datum {
    #[inline]
    fn memory(&self) -> usize {
        match &self.0 {
            Kind::Static(_) | Kind::Bool(_) | Kind::Integer(_) | Kind::Float(_) => 0,
            Kind::Text(text) => text.memory(),
            Kind::Other(value) => size_of::<Value>() + value.memory(),
        }
    }
}

impl Serialize for Datum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Kind::Static(text) => serializer.serialize_str(text),
            Kind::Bool(value) => serializer.serialize_bool(*value),
            Kind::Integer(value) => serializer.serialize_i64(*value),
            Kind::Float(value) => serializer.serialize_f64(*value),
            Kind::Text(text) => serializer.serialize_str(text),
            Kind::Other(value) => value.serialize(serializer),
        }
    }
}

impl From<Value> for Datum {
    fn from(value: Value) -> Self {
        Self(match value {
            Value::Bool(value) => Kind::Bool(value),
            Value::String(text) => Kind::Text(text.into()),
            Value::Number(number) => match (number.as_i64(), number.as_f64()) {
                (Some(integer), _) => Kind::Integer(integer),
                (None, Some(float)) if number.is_f64() => Kind::Float(float),
                _ => Kind::Other(Box::new(Value::Number(number))),
            },
            other => Kind::Other(Box::new(other)),
        })
    }
}

impl From<Datum> for Value {
    fn from(Datum(kind): Datum) -> Self {
        match kind {
            Kind::Text(text) => Self::String(text.into()),
            Kind::Other(value) => *value,
            kind => Self::from(&Datum(kind)),
        }
    }
}

impl From<&Datum> for Value {
    fn from(Datum(kind): &Datum) -> Self {
        match kind {
            Kind::Static(text) => Self::from(*text),
            Kind::Bool(value) => Self::from(*value),
            Kind::Integer(value) => Self::from(*value),
            Kind::Float(value) => Self::from(*value),
            Kind::Text(text) => Self::from(&**text),
            Kind::Other(value) => Self::clone(value),
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_datum_is_the_value_that_it_was() {
        let all = [
            json!(true),
            json!(-7),
            json!(u64::MAX),
            json!(0.5),
            json!("text"),
            json!(null),
            json!([1, "a"]),
            json!({"a": 1.5}),
        ];
        for value in all {
            let datum = Datum::from(value.clone());
            assert_eq!(
                (serde_json::to_value(&datum).unwrap(), Value::from(&datum)),
                (value.clone(), value.clone())
            );
            assert_eq!(Value::from(datum), value);
        }
        assert_eq!(Value::from(Datum::fixed("part of the program")), json!("part of the program"));
    }

    #[test]
    fn a_note_is_small() {
        assert!(size_of::<Note>() <= 40, "{}", size_of::<Note>());
    }
}
