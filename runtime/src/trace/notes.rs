//! What an attribute says of one call, until it is written out.

use serde::{Serialize, Serializer};
use smallvec::SmallVec;

use crate::protocol::Value;

/// All that is said of one call: few things, so that they need no place of their own.
pub(crate) type Notes = SmallVec<[Note; FEW]>;

/// As many as are few.
pub(super) const FEW: usize = 4;

/// One thing that is said.
#[derive(Clone, Debug)]
pub(crate) enum Note {
    Tag(&'static str, String),
    Data(&'static str, Datum),
    /// What the call's span is called.
    Name(String),
}

/// A value of a span's data.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Datum {
    /// A text that is part of the program: it is not copied before it is written out.
    Static(&'static str),
    Made(Value),
}

impl Serialize for Datum {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Static(text) => serializer.serialize_str(text),
            Self::Made(value) => value.serialize(serializer),
        }
    }
}

impl From<Value> for Datum {
    fn from(value: Value) -> Self {
        Self::Made(value)
    }
}

impl From<Datum> for Value {
    fn from(datum: Datum) -> Self {
        match datum {
            Datum::Static(text) => text.into(),
            Datum::Made(value) => value,
        }
    }
}
