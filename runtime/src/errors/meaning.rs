//! What an error says of itself: `#[derive(sentry::Report)]`, and how it is found where only `dyn Error` is known.

use std::error::Error;
use std::sync::Arc;

use crate::protocol::Level;

/// What an error means, said once, at its definition.
///
/// `#[derive(sentry::Report)]` writes it from `#[report(…)]`; by hand it can hang on anything the error knows:
///
/// ```
/// use sentry::{Level, Meaning, Report};
/// # use std::{error::Error, fmt};
///
/// #[derive(Debug)]
/// struct Refused {
///     by: &'static str,
///     attempts: u32,
/// }
/// # impl fmt::Display for Refused { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str("refused") } }
/// # impl Error for Refused {}
///
/// impl Report for Refused {
///     fn meaning(&self) -> Meaning {
///         let level = if self.attempts < 3 { Level::Warning } else { Level::Error };
///         Meaning::new().level(level).tag("by", self.by)
///     }
/// }
///
/// #[sentry::monitored]
/// fn ask() -> Result<(), Refused> {
///     Err(Refused { by: "bank", attempts: 1 })
/// }
///
/// let events = sentry::test::with_captured_events(|| drop(ask()));
/// assert_eq!((events[0].level, events[0].tags["by"].as_str()), (Level::Warning, "bank"));
/// ```
///
/// # Where it is seen
///
/// Attributed functions and [`capture_error`](crate::capture_error) see it on the error itself, on everything below it by
/// [`source`](Error::source) or [`causes`](Self::causes), and in boxes (`anyhow::Error`, `Box<dyn Error>`). On the error
/// that an attributed function returns, the compiler finds it. Elsewhere the type has gone, and is recognised among the
/// types that derive it: so an implementation by hand, and one of a type with parameters, is seen only on the returned
/// error. `capture_error` knows as much as about a source.
///
/// # Which one counts
///
/// An outer error's word goes before that of its causes, an attribute's (`level`, `fingerprint`, `tags`) before that of
/// any error, and a scope's or a callback's before both. An error is ignored if any error of its chain says so.
pub trait Report: Error {
    /// What the error means; by default nothing particular.
    fn meaning(&self) -> Meaning {
        Meaning::default()
    }

    /// The errors that this one holds side by side, if there may be several: they become an exception group. The one
    /// that [`source`](Error::source) gives, if any, is left out then.
    ///
    /// ```
    /// # use std::{error::Error, fmt};
    /// #[derive(Debug)]
    /// struct Invalid(Vec<std::num::ParseIntError>);
    /// # impl fmt::Display for Invalid { fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { f.write_str("invalid") } }
    /// # impl Error for Invalid {}
    ///
    /// impl sentry::Report for Invalid {
    ///     fn causes(&self) -> Vec<&(dyn Error + 'static)> {
    ///         self.0.iter().map(|error| error as _).collect()
    ///     }
    /// }
    /// ```
    fn causes(&self) -> Vec<&(dyn Error + 'static)> {
        Vec::new()
    }
}

/// What is inside is what is meant.
macro_rules! transparent {
    ($($ty:ty: [$($bound:tt)*]),*) => {$(
        impl<E: Report $($bound)*> Report for $ty {
            fn meaning(&self) -> Meaning {
                (**self).meaning()
            }

            fn causes(&self) -> Vec<&(dyn Error + 'static)> {
                (**self).causes()
            }
        }
    )*};
}
transparent!(&E: [+ ?Sized], Box<E>: [], Arc<E>: [+ ?Sized]);

/// What a [`Report`] says of an error.
#[derive(Clone, Debug, Default, PartialEq)]
#[non_exhaustive]
#[must_use]
pub struct Meaning {
    /// The event's level; default `error`.
    pub level: Option<Level>,
    /// What the event is grouped by; empty: by Sentry's own rule, for which `{{ default }}` stands.
    pub fingerprint: Vec<String>,
    /// Whether no event is made of it.
    pub ignored: bool,
    /// Tags of the event.
    pub tags: Vec<(String, String)>,
    /// Whether what the error says is not to be seen: its message is sent as `[Filtered]`, and is taken out of the
    /// messages of the errors that hold this one.
    pub redacted: bool,
}

impl Meaning {
    /// Nothing particular.
    pub fn new() -> Self {
        Self::default()
    }

    /// Sets the level of the event.
    pub fn level(mut self, level: Level) -> Self {
        self.level = Some(level);
        self
    }

    /// Adds a part of what the event is grouped by.
    pub fn fingerprint(mut self, part: impl ToString) -> Self {
        self.fingerprint.push(part.to_string());
        self
    }

    /// Makes no event of the error.
    pub fn ignore(mut self) -> Self {
        self.ignored = true;
        self
    }

    /// Adds a tag.
    pub fn tag(mut self, key: impl Into<String>, value: impl ToString) -> Self {
        self.tags.push((key.into(), value.to_string()));
        self
    }

    /// Hides what the error says.
    pub fn redact(mut self) -> Self {
        self.redacted = true;
        self
    }
}

/// A type that derives [`Report`]: how it is told from others.
pub struct Registered {
    size: usize,
    type_name: fn() -> &'static str,
    cast: for<'a> fn(&'a (dyn Error + 'static)) -> Option<&'a (dyn Report + 'static)>,
}

inventory::collect!(Registered);

impl Registered {
    /// The type `T`.
    pub const fn of<T: Report + 'static>() -> Self {
        Self {
            size: size_of::<T>(),
            type_name: std::any::type_name::<T>,
            cast: |error| {
                // `capture_error` knows the error by a reference to it.
                let referred = || error.downcast_ref::<&'static T>().copied();
                error.downcast_ref::<T>().or_else(referred).map(|error| error as _)
            },
        }
    }
}

impl std::fmt::Debug for Registered {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Registered").field(&(self.type_name)()).finish()
    }
}

/// The name of the error's type and what it says of itself, if that derives [`Report`].
pub(super) fn find<'a>(
    error: &'a (dyn Error + 'static),
) -> Option<(&'static str, &'a (dyn Report + 'static))> {
    let size = size_of_val(error);
    inventory::iter::<Registered>
        .into_iter()
        // A program may have many of them, and few are of the same size.
        .filter(|registered| size == registered.size || size == size_of::<&()>())
        .find_map(|registered| Some(((registered.type_name)(), (registered.cast)(error)?)))
}
