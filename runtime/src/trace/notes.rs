//! What an attribute says of one call, until it is written out.

use std::ops::Deref;

use serde::{Serialize, Serializer};
use smallvec::{Drain, SmallVec};

use crate::protocol::{Memory, Value};

/// As many as are few.
pub(super) const FEW: usize = 4;

/// All that is said of one call: few things, so that they need no place of their own.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    list: List,
    /// What their texts take, in bytes: known as each is added, so that nobody has to look at them for it.
    texts: usize,
}

pub(super) type List = SmallVec<[Note; FEW]>;

impl Notes {
    pub(crate) fn new() -> Self {
        // In place: what is taken from a default is copied with all the room that it has.
        Self { list: List::new(), texts: 0 }
    }

    #[inline]
    pub(crate) fn push(&mut self, note: Note) {
        self.texts += note.memory();
        self.list.push(note);
    }

    /// Takes them out.
    pub(crate) fn drain(&mut self) -> Drain<'_, [Note; FEW]> {
        self.texts = 0;
        self.list.drain(..)
    }

    /// The list, for whoever takes all of it, and what is in its texts.
    #[inline]
    pub(super) fn give(&mut self) -> (&mut List, usize) {
        (&mut self.list, std::mem::take(&mut self.texts))
    }
}

impl Deref for Notes {
    type Target = [Note];

    #[inline]
    fn deref(&self) -> &[Note] {
        &self.list
    }
}

/// One thing that is said.
#[derive(Clone, Debug)]
pub(crate) enum Note {
    Tag(&'static str, String),
    Data(&'static str, Datum),
    /// What the call's span is called.
    Name(String),
}

impl Memory for Note {
    #[inline]
    fn memory(&self) -> usize {
        match self {
            Self::Tag(_, text) | Self::Name(text) => text.memory(),
            Self::Data(_, Datum::Static(_)) => 0,
            Self::Data(_, Datum::Made(value)) => value.memory(),
        }
    }
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
