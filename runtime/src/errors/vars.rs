//! The arguments of a function that failed, until somebody wants to see them.

use crate::protocol::Value;
use crate::trace::Datum;

/// What Sentry has a type for.
pub trait Primitive {
    /// The value in that type.
    fn value(&self) -> Value;

    /// The same, for the data of a span.
    fn datum(&self) -> Datum {
        self.value().into()
    }
}

/// Arguments of the function; the callsite has their names. A list and not code: each function that may fail has one.
pub type Vars<'a> = &'a [&'a dyn Primitive];
