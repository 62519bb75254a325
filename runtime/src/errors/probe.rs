//! What a function returned, and what its error can tell of itself: answered by the compiler, for any type and without
//! asking a bound of it (autoref dispatch).
//!
//! A method call on `&&&T` tries the implementations for the most references first, so the order of the ways below
//! is the order of preference, and the first one whose bounds the type meets is taken.

use std::any::type_name;
use std::error::Error;
use std::fmt::{Debug, Display};
use std::rc::Rc;
use std::sync::Arc;
use std::task::Poll;

use super::known;
use super::meaning::Report;
pub(crate) use super::vars::Primitive;
use super::vars::Vars;
use crate::scope::Hint;

/// A returned value, to be asked for its error.
#[derive(Debug)]
pub struct Returned<'a, T>(pub &'a T);

/// Stands for the error of what is not a `Result`.
#[derive(Debug)]
pub enum Never {}

/// An error as far as its type lets it be looked at.
#[derive(Clone, Copy)]
pub struct Seen<'a> {
    pub(crate) type_name: &'static str,
    pub(crate) view: View<'a>,
}

/// The type that an error was returned as, and the way in which it was looked at: the same, and it can say no more of
/// itself than before.
#[derive(Clone, Copy, Debug)]
pub(crate) struct As {
    type_name: &'static str,
    view: u8,
}

impl PartialEq for As {
    fn eq(&self, other: &Self) -> bool {
        // The compiler may have written a name down more than once, but seldom does.
        let is_same_type = std::ptr::eq(self.type_name, other.type_name) || self.type_name == other.type_name;
        self.view == other.view && is_same_type
    }
}

#[derive(Clone, Copy)]
pub(crate) enum View<'a> {
    /// An error that says what it means.
    Reported(&'a (dyn Report + 'a)),
    /// An error whose type is known.
    Error(&'a (dyn Error + 'a)),
    /// An error inside a box of any kind: the known type is that of the box.
    Boxed(&'a (dyn Error + 'static)),
    /// Only text.
    Display(&'a dyn Display),
    /// Only a developer's text.
    Debug(&'a dyn Debug),
    /// Nothing but the name of its type.
    Opaque,
}

impl Debug for Seen<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_tuple("Seen").field(&self.type_name).finish()
    }
}

impl<'a> Seen<'a> {
    /// A view on an error that was captured by hand.
    pub(crate) fn of_error<E: Error + ?Sized>(error: &'a &'a E) -> Self {
        Self::new::<E>(View::Error(error))
    }

    /// A view on an error that was put into a box, as what it was before.
    pub(crate) fn of_kept(type_name: &'static str, error: &'a (dyn Error + 'static)) -> Self {
        Self { type_name, view: View::Boxed(error) }
    }

    /// A view on an error whose type nobody knows.
    #[cfg(feature = "tracing")]
    pub(crate) fn of_unknown(error: &'a (dyn Error + 'static)) -> Self {
        Self { type_name: super::UNKNOWN_TYPE, view: View::Boxed(error) }
    }

    /// A view on an error of which only the text is known.
    #[cfg(feature = "tracing")]
    pub(crate) fn of_text(text: &'a &'a str) -> Self {
        Self { type_name: super::UNKNOWN_TYPE, view: View::Display(text) }
    }

    /// As what the error is looked at.
    pub(super) fn as_what(&self) -> As {
        let view = match self.view {
            View::Reported(_) => 0,
            View::Error(_) => 1,
            View::Boxed(_) => 2,
            View::Display(_) => 3,
            View::Debug(_) => 4,
            View::Opaque => 5,
        };
        As { type_name: self.type_name, view }
    }

    /// What a callback is shown of the error. `source` is the user's code.
    pub(super) fn hint(&self) -> Hint<'a> {
        match self.view {
            View::Reported(error) => Hint::new(Some(error), known::look_up(error).error),
            View::Error(error) => Hint::new(Some(error), known::look_up(error).error),
            View::Boxed(error) => Hint::new(Some(error), Some(error)),
            View::Display(_) | View::Debug(_) | View::Opaque => Hint::new(None, None),
        }
    }

    pub(crate) fn new<E: ?Sized>(view: View<'a>) -> Self {
        Self { type_name: type_name::<E>(), view }
    }
}

/// What may hold an error: what `?` takes for one. A `Result` in a `Result` counts by the outer one. `Option` and
/// `ControlFlow` are answers, not errors.
pub trait Fallible {
    /// The error's type.
    type Err;
    /// The error, if there is one.
    fn err(&self) -> Option<&Self::Err>;
}

impl<T, E> Fallible for Result<T, E> {
    type Err = E;

    #[inline]
    fn err(&self) -> Option<&E> {
        self.as_ref().err()
    }
}

impl<T, E> Fallible for Poll<Result<T, E>> {
    type Err = E;

    #[inline]
    fn err(&self) -> Option<&E> {
        match self {
            Self::Ready(Err(error)) => Some(error),
            _ => None,
        }
    }
}

impl<T, E> Fallible for Poll<Option<Result<T, E>>> {
    type Err = E;

    #[inline]
    fn err(&self) -> Option<&E> {
        match self {
            Self::Ready(Some(Err(error))) => Some(error),
            _ => None,
        }
    }
}

/// What a returned value says of its error. One trait, as the compiler tries each trait that has the method.
pub trait Answer<'a> {
    /// The error's type.
    type Err: 'a;
    /// The error, if there is one.
    fn __sentry_error(&self) -> Option<&'a Self::Err>;
}

/// Chosen for what may hold an error, under any alias.
impl<'a, T: Fallible<Err: 'a>> Answer<'a> for &Returned<'a, T> {
    type Err = T::Err;

    #[inline]
    fn __sentry_error(&self) -> Option<&'a T::Err> {
        self.0.err()
    }
}

/// Chosen for everything else.
impl<'a, T> Answer<'a> for Returned<'a, T> {
    type Err = Never;

    #[inline]
    fn __sentry_error(&self) -> Option<&'a Never> {
        None
    }
}

/// What ends with an error or without.
pub trait Ends {
    /// Without.
    fn completed(self);
    /// With this error, which left by this line.
    fn failed(self, error: Seen<'_>, line: u32, vars: Vars<'_>);
}

/// A way of looking at the error in a returned value, if there is one. One trait, as the compiler tries each trait that has
/// the method, and one step from the value to its end, as it tries all of them in each step.
pub trait Way<'a> {
    /// Looks at the error.
    fn __sentry_see(&self) -> Option<Seen<'a>>;
    /// Ends a call. Takes the arguments as they are, so that they are only put where they can be looked at if there is an
    /// error.
    fn __sentry_end<C: Ends, const N: usize>(&self, call: C, line: u32, vars: [&dyn Primitive; N]);
}

/// The ways: what is asked of the error's type, how many references stand before it, and the view. What ends a call leaves
/// nothing of all the references; the rest is made once for each type of error, and not in each function that returns it.
macro_rules! ways {
    ($($(#[$doc:meta])* [$($bound:tt)*] for [$($reference:tt)*] => |$raised:ident| $view:expr;)*) => {$(
        $(#[$doc])*
        impl<'a, T: Fallible<Err: $($bound)* + 'a>> Way<'a> for $($reference)* Returned<'a, T> {
            #[cold]
            fn __sentry_see(&self) -> Option<Seen<'a>> {
                let $raised: &'a T::Err = self.0.err()?;
                Some(Seen::new::<T::Err>($view))
            }

            #[inline(always)]
            fn __sentry_end<C: Ends, const N: usize>(&self, call: C, line: u32, vars: [&dyn Primitive; N]) {
                #[cold]
                #[inline(never)]
                fn fail<E: $($bound)*, C: Ends>($raised: &E, call: C, line: u32, vars: Vars<'_>) {
                    call.failed(Seen::new::<E>($view), line, vars);
                }
                match self.0.err() {
                    None => call.completed(),
                    Some(error) => fail(error, call, line, &{ vars }),
                }
            }
        }
    )*};
}

ways! {
    /// Errors that say what they mean.
    [Report] for [&&&&&&&&] => |error| View::Reported(error);
    /// Errors, borrowed and boxed ones of a known type too.
    [Error] for [&&&&&&&] => |error| View::Error(error);
    /// `anyhow::Error`, `eyre::Report`, `Box<dyn Error + Send + Sync>`.
    [AsRef<dyn Error + Send + Sync>] for [&&&&&&] => |error| View::Boxed(error.as_ref());
    /// `Box<dyn Error>`.
    [AsRef<dyn Error>] for [&&&&&] => |error| View::Boxed(error.as_ref());
    /// `Box<dyn Error + Send>`.
    [AsRef<dyn Error + Send>] for [&&&&] => |error| View::Boxed(error.as_ref());
    /// Text.
    [Display] for [&&&] => |error| View::Display(error);
    /// A developer's text.
    [Debug] for [&&] => |error| View::Debug(error);
    /// Anything.
    [Sized] for [&] => |_error| View::Opaque;
}

/// What holds no error.
impl<'a, T> Way<'a> for Returned<'a, T> {
    #[cold]
    fn __sentry_see(&self) -> Option<Seen<'a>> {
        None
    }

    #[inline]
    fn __sentry_end<C: Ends, const N: usize>(&self, call: C, _: u32, _: [&dyn Primitive; N]) {
        call.completed();
    }
}

/// A way of its own for a single type, which must be none that has the first of the ways above.
macro_rules! seen {
    ($ty:ty: |$error:ident| $seen:expr) => {
        $crate::errors::probe::seen!($ty: |$error| $seen, in Result<T, $ty>);
        $crate::errors::probe::seen!($ty: |$error| $seen, in std::task::Poll<Result<T, $ty>>);
        $crate::errors::probe::seen!($ty: |$error| $seen, in std::task::Poll<Option<Result<T, $ty>>>);
    };
    ($ty:ty: |$error:ident| $seen:expr, in $returned:ty) => {
        impl<'a, T> $crate::errors::probe::Way<'a> for &&&&&&&&$crate::errors::Returned<'a, $returned> {
            fn __sentry_see(&self) -> Option<$crate::errors::Seen<'a>> {
                let $error: &'a $ty = $crate::errors::probe::Fallible::err(self.0)?;
                Some($seen)
            }

            fn __sentry_end<C: $crate::errors::probe::Ends, const N: usize>(
                &self,
                call: C,
                line: u32,
                vars: [&dyn $crate::errors::probe::Primitive; N],
            ) {
                match self.__sentry_see() {
                    None => call.completed(),
                    Some(error) => call.failed(error, line, &vars),
                }
            }
        }
    };
}
pub(crate) use seen;

/// Errors that are shared without their type: what is inside is the error, not what it is shared by.
macro_rules! shared {
    ($($ty:ty),*) => {$( seen!($ty: |error| Seen::new::<$ty>(View::Boxed(error.as_ref()))); )*};
}
shared!(
    Arc<dyn Error + Send + Sync>,
    Arc<dyn Error + Send>,
    Arc<dyn Error>,
    Rc<dyn Error + Send + Sync>,
    Rc<dyn Error + Send>,
    Rc<dyn Error>
);
