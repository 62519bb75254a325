//! What a callback is given besides the event: the error itself.

use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crate::protocol::Event;

/// Looks at an event and at the error that it is about: returns the event, changed or not, or `None` to drop it.
pub type BeforeSendWithHint = Arc<dyn Fn(Event<'static>, &Hint<'_>) -> Option<Event<'static>> + Send + Sync>;

/// Sources that are looked at. A chain that is longer leads in a circle.
const MOST: usize = 64;

/// The error that an event is about, as long as it exists.
///
/// See [`before_send_with_hint`](crate::ClientOptions::before_send_with_hint).
#[derive(Clone, Copy)]
pub struct Hint<'a> {
    error: Option<&'a (dyn Error + 'a)>,
    /// The first of the error and its sources that may be asked for its type.
    known: Option<&'a (dyn Error + 'static)>,
}

impl<'a> Hint<'a> {
    /// An error, and the same as one that may be asked for its type, if it may.
    pub(crate) fn new(error: Option<&'a (dyn Error + 'a)>, known: Option<&'a (dyn Error + 'static)>) -> Self {
        Self { error, known: known.or_else(|| error?.source()) }
    }

    /// The error; `None` if its type does not implement [`Error`].
    pub fn error(&self) -> Option<&'a (dyn Error + 'a)> {
        self.error
    }

    /// The outermost error of type `T`: the error itself or one of its sources.
    ///
    /// The error itself is found if it came in a box (`anyhow::Error`, `Box<dyn Error>`), derives
    /// [`Report`](trait@crate::Report) and has no parameters, or is a common one of the standard library, as
    /// `std::io::Error`; of another type that a function returns unboxed, Rust does not tell whether it may be asked.
    /// Sources are always found.
    pub fn find<T: Error + 'static>(&self) -> Option<&'a T> {
        let mut next = self.known;
        for _ in 0..MOST {
            let error = next?;
            if let Some(found) = error.downcast_ref() {
                return Some(found);
            }
            next = error.source();
        }
        None
    }
}

impl fmt::Debug for Hint<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Hint").field(&self.error).finish()
    }
}
