//! Whether an error is of a type that the user named: answered by the compiler for any type, without asking a bound of
//! it (autoref dispatch, see [`probe`](super::probe)).

use std::any::type_name;
use std::error::Error;
use std::fmt;
use std::marker::PhantomData;

/// Stands in for the method of this name that `anyhow::Error`, `eyre::Report` and their like have of their own: theirs
/// is preferred, and sees through the context that they add.
pub trait Downcast {
    /// The error, to be asked in another way.
    #[inline]
    fn downcast_ref<T>(&self) -> Uncast<'_, Self> {
        Uncast(self)
    }
}

impl<E: ?Sized> Downcast for E {}

/// An error that cannot be asked for its type by itself.
pub struct Uncast<'a, E: ?Sized>(&'a E);

impl<E: ?Sized> fmt::Debug for Uncast<'_, E> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Uncast").field(&type_name::<E>()).finish()
    }
}

/// What an error answered to the question whether it is a `T`.
#[derive(Debug)]
pub struct Answer<T, A>(A, PhantomData<fn() -> T>);

/// Wraps an answer.
#[inline]
pub fn answer<T, A>(answer: A) -> Answer<T, A> {
    Answer(answer, PhantomData)
}

/// Chosen where the error has its own way to be cast.
pub trait IsCast {
    /// Whether the error is a `T`.
    fn __sentry_is(&self) -> bool;
}

impl<T> IsCast for &&&&Answer<T, Option<&T>> {
    fn __sentry_is(&self) -> bool {
        self.0.is_some()
    }
}

/// One trait for each kind of box.
macro_rules! boxes {
    ($($(#[$doc:meta])* $name:ident: $boxed:ty, for [$($reference:tt)*];)*) => {$(
        $(#[$doc])*
        pub trait $name {
            /// Whether the error in the box is a `T`.
            fn __sentry_is(&self) -> bool;
        }

        impl<T: Error + 'static, E: AsRef<$boxed> + ?Sized> $name for $($reference)* Answer<T, Uncast<'_, E>> {
            fn __sentry_is(&self) -> bool {
                let error: &$boxed = self.0.0.as_ref();
                error.is::<T>()
            }
        }
    )*};
}

boxes! {
    /// `Box<dyn Error + Send + Sync>`.
    IsSendSync: dyn Error + Send + Sync, for [&&&];
    /// `Box<dyn Error>`.
    IsDyn: dyn Error, for [&&];
    /// `Box<dyn Error + Send>`.
    IsSend: dyn Error + Send, for [&];
}

/// Chosen for all other errors.
pub trait IsNamed {
    /// Whether the error is a `T`.
    fn __sentry_is(&self) -> bool;
}

impl<T, E: ?Sized> IsNamed for Answer<T, Uncast<'_, E>> {
    fn __sentry_is(&self) -> bool {
        // Ids of types are for those without lifetimes, and asking for that would be a bound.
        type_name::<E>() == type_name::<T>()
    }
}

#[cfg(test)]
mod tests {
    use std::io;

    use super::*;

    macro_rules! is {
        ($error:expr, $ty:ty) => {
            (&&&&&answer::<$ty, _>($error.downcast_ref::<$ty>())).__sentry_is()
        };
    }

    /// Stands for `anyhow::Error`.
    struct Report(Box<dyn Error + Send + Sync>);

    impl Report {
        fn downcast_ref<T: Error + 'static>(&self) -> Option<&T> {
            (*self.0).downcast_ref()
        }
    }

    #[test]
    fn errors_are_known_by_their_type_in_any_box() {
        let io = || io::Error::other("full");
        assert!(is!(&io(), io::Error));
        assert!(!is!(&io(), fmt::Error));
        let boxed: Box<dyn Error> = Box::new(io());
        assert!(is!(&boxed, io::Error) && !is!(&boxed, fmt::Error));
        let boxed: Box<dyn Error + Send> = Box::new(io());
        assert!(is!(&boxed, io::Error) && !is!(&boxed, fmt::Error));
        let boxed: Box<dyn Error + Send + Sync> = Box::new(io());
        assert!(is!(&boxed, io::Error) && !is!(&boxed, fmt::Error));
        let report = Report(Box::new(io()));
        assert!(is!(&report, io::Error) && !is!(&report, fmt::Error));
        let text = String::from("text");
        assert!(is!(&&*text, &str) && !is!(&text, io::Error));
    }
}
