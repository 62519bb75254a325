//! How a value of any type is shown: chosen by the compiler, without asking a bound of it (autoref dispatch, see
//! [`probe`](super::probe)).

use std::any::type_name;
use std::convert::Infallible;
use std::fmt::{self, Debug, Display, Write};

use crate::callback;
pub use crate::errors::Primitive;
use crate::protocol::Value;
use crate::scope;
pub use crate::trace::Datum;

/// Bytes of a value's text; what is longer is cut off.
const LONGEST: usize = 1024;

/// A value to be shown.
#[derive(Debug)]
pub struct Shown<'a, T: ?Sized>(pub &'a T);

/// A value that may be an `Option`.
#[derive(Debug)]
pub struct Given<'a, T: ?Sized>(pub &'a T);

impl<T: Primitive + ?Sized> Primitive for &T {
    fn value(&self) -> Value {
        (**self).value()
    }

    fn datum(&self) -> Datum {
        (**self).datum()
    }
}

impl Primitive for bool {
    fn value(&self) -> Value {
        Value::from(*self)
    }

    fn datum(&self) -> Datum {
        Datum::bool(*self)
    }
}

impl Primitive for char {
    fn value(&self) -> Value {
        Value::from(self.to_string())
    }
}

/// A number that Sentry has no type for.
#[cold]
#[inline(never)]
fn written(number: &dyn Display) -> Value {
    Value::from(number.to_string())
}

macro_rules! numbers {
    (integers: $($integer:ty)*; floats: $($float:ty)*) => {
        $(impl Primitive for $integer {
            fn value(&self) -> Value {
                // Sentry's integers have 64 bits and a sign.
                i64::try_from(*self).map_or_else(|_| written(self), Value::from)
            }

            fn datum(&self) -> Datum {
                i64::try_from(*self).map_or_else(|_| written(self).into(), Datum::integer)
            }
        })*
        $(impl Primitive for $float {
            fn value(&self) -> Value {
                // JSON has no infinity.
                if self.is_finite() { Value::from(*self) } else { written(self) }
            }

            fn datum(&self) -> Datum {
                if self.is_finite() { Datum::float(f64::from(*self)) } else { written(self).into() }
            }
        })*
    };
}

numbers! {
    integers: u8 u16 u32 u64 u128 usize i8 i16 i32 i64 i128 isize;
    floats: f32 f64
}

/// An argument whose value is not to be seen.
#[derive(Debug)]
pub struct Filtered;

impl Primitive for Filtered {
    fn value(&self) -> Value {
        Value::from("[Filtered]")
    }
}

/// The text of a value, cut where it gets too long.
fn text(value: fmt::Arguments<'_>) -> Value {
    struct Bounded(String);
    impl Write for Bounded {
        fn write_str(&mut self, part: &str) -> fmt::Result {
            let room = LONGEST.saturating_sub(self.0.len());
            if part.len() <= room {
                self.0.push_str(part);
                return Ok(());
            }
            self.0.push_str(&part[..part.floor_char_boundary(room)]);
            self.0.push('…');
            // Nothing more is asked of a value that may have no end.
            Err(fmt::Error)
        }
    }
    let mut bounded = Bounded(String::new());
    // Failing is how it ends early.
    let _ = bounded.write_fmt(value);
    Value::from(bounded.0)
}

/// One trait for each way of showing a value: its name, its bound, how many references stand before it, and the value.
macro_rules! ways {
    ($($(#[$doc:meta])* $name:ident: [$($bound:tt)*] for [$($reference:tt)*] => |$shown:ident| $value:expr, $datum:expr;)*) => {$(
        $(#[$doc])*
        pub trait $name {
            /// Shows the value.
            fn __sentry_value(&self) -> Value;

            /// Shows the value in the data of a span.
            fn __sentry_datum(&self) -> Datum;
        }

        impl<T: $($bound)* ?Sized> $name for $($reference)* Shown<'_, T> {
            fn __sentry_value(&self) -> Value {
                let $shown: &T = self.0;
                $value
            }

            fn __sentry_datum(&self) -> Datum {
                let $shown: &T = self.0;
                $datum
            }
        }
    )*};
}

ways! {
    /// In its own type.
    ShowPrimitive: [Primitive +] for [&&&] => |shown| shown.value(), shown.datum();
    /// As text.
    ShowDisplay: [Display +] for [&&] => |shown| text(format_args!("{shown}")), text(format_args!("{shown}")).into();
    /// As a developer's text.
    ShowDebug: [Debug +] for [&] => |shown| text(format_args!("{shown:?}")), text(format_args!("{shown:?}")).into();
    /// By the name of its type.
    ShowName: [] for [] => |_shown| Value::from(format!("<{}>", type_name::<T>())), Value::from(format!("<{}>", type_name::<T>())).into();
}

/// What a tag and a part of a fingerprint are.
#[diagnostic::on_unimplemented(
    message = "`{Self}` has no `Display`, so that it cannot be a tag or a part of a fingerprint",
    label = "this has no text",
    note = "of an `Option`, take what is in it: `value.unwrap_or_default()`; `data(…)` takes values of any type"
)]
pub trait Text {
    /// The text.
    fn text(&self) -> String;
}

// The bound is not what a user has to know of.
#[diagnostic::do_not_recommend]
impl<T: Display + ?Sized> Text for T {
    fn text(&self) -> String {
        self.to_string()
    }
}

/// An argument that is to be shown after the function has taken it.
#[derive(Debug)]
pub struct Argument<'a, T: ?Sized>(pub &'a T);

/// A copy of an argument.
#[derive(Clone, Copy, Debug)]
pub struct Copied<T>(T);

impl<T> Copied<T> {
    /// Keeps a value.
    #[inline]
    pub fn new(value: T) -> Self {
        Self(value)
    }

    /// What is to be shown.
    #[inline]
    pub fn get(&self) -> &T {
        &self.0
    }
}

/// The text of an argument that could not be copied; none if no client is active.
#[derive(Debug)]
pub struct Formatted(Value);

impl Formatted {
    fn now(show: impl FnOnce() -> Value) -> Self {
        if !scope::is_active() {
            return Self(Value::Null);
        }
        Self(callback::guarded("Display or Debug of an argument", show).unwrap_or_default())
    }

    /// What is to be shown.
    #[inline]
    pub fn get(&self) -> &Self {
        self
    }
}

impl Primitive for Formatted {
    fn value(&self) -> Value {
        self.0.clone()
    }
}

/// Chosen for what can be copied: it is not formatted before it is needed.
pub trait KeepCopy {
    /// The argument.
    type Argument;
    /// Copies the argument.
    fn __sentry_keep(&self) -> Copied<Self::Argument>;
}

impl<T: Copy> KeepCopy for &&&Argument<'_, T> {
    type Argument = T;

    #[inline]
    fn __sentry_keep(&self) -> Copied<T> {
        Copied(*self.0)
    }
}

/// What an argument that can be copied was.
#[derive(Clone, Copy, Debug)]
pub struct IfCopied<T>(Option<T>);

impl<T> IfCopied<T> {
    /// What is to be shown, if anything.
    #[inline]
    pub fn get(&self) -> Option<&T> {
        self.0.as_ref()
    }
}

/// Chosen for what can be copied, where nothing is to be formatted before it is needed.
pub trait KeepOnlyCopy {
    /// The argument.
    type Argument;
    /// Copies the argument.
    fn __sentry_keep_copy(&self) -> IfCopied<Self::Argument>;
}

impl<T: Copy> KeepOnlyCopy for &Argument<'_, T> {
    type Argument = T;

    #[inline]
    fn __sentry_keep_copy(&self) -> IfCopied<T> {
        IfCopied(Some(*self.0))
    }
}

/// Chosen for what cannot be copied: the function may take it.
pub trait KeepNothing {
    /// Keeps nothing.
    fn __sentry_keep_copy(&self) -> IfCopied<Infallible>;
}

impl<T: ?Sized> KeepNothing for Argument<'_, T> {
    #[inline]
    fn __sentry_keep_copy(&self) -> IfCopied<Infallible> {
        IfCopied(None)
    }
}

/// One trait for each way of formatting an argument that the function will take.
macro_rules! formats {
    ($($(#[$doc:meta])* $name:ident: [$($bound:tt)*] for [$($reference:tt)*];)*) => {$(
        $(#[$doc])*
        pub trait $name {
            /// Formats the argument, if a client is active.
            fn __sentry_keep(&self) -> Formatted;
        }

        impl<T: $($bound)* ?Sized> $name for $($reference)* Argument<'_, T> {
            #[inline]
            fn __sentry_keep(&self) -> Formatted {
                Formatted::now(|| (&&&&Shown(self.0)).__sentry_value())
            }
        }
    )*};
}

formats! {
    /// As text.
    KeepDisplay: [Display +] for [&&];
    /// As a developer's text.
    KeepDebug: [Debug +] for [&];
    /// By the name of its type.
    KeepName: [] for [];
}

/// Chosen for an `Option`.
pub trait GivenOption<'a> {
    /// What may be inside.
    type Inner: ?Sized + 'a;
    /// What is inside.
    fn __sentry_given(&self) -> Option<&'a Self::Inner>;
}

impl<'a, T: 'a> GivenOption<'a> for &Given<'a, Option<T>> {
    type Inner = T;

    #[inline]
    fn __sentry_given(&self) -> Option<&'a T> {
        self.0.as_ref()
    }
}

/// Chosen for everything else.
pub trait GivenValue<'a> {
    /// What is given.
    type Inner: ?Sized + 'a;
    /// The value itself.
    fn __sentry_given(&self) -> Option<&'a Self::Inner>;
}

impl<'a, T: ?Sized + 'a> GivenValue<'a> for Given<'a, T> {
    type Inner = T;

    #[inline]
    fn __sentry_given(&self) -> Option<&'a T> {
        Some(self.0)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    struct Opaque;

    #[derive(Debug)]
    struct Developers;

    struct Endless;

    impl Display for Endless {
        fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
            loop {
                f.write_str("more ")?;
            }
        }
    }

    macro_rules! show {
        ($value:expr) => {
            (&&&&Shown($value)).__sentry_value()
        };
    }

    #[test]
    fn each_type_is_shown_as_best_it_can() {
        assert_eq!(show!(&7_u8), json!(7));
        assert_eq!(show!(&-7_i128), json!(-7));
        assert_eq!(show!(&u64::MAX), json!("18446744073709551615"));
        assert_eq!(show!(&0.5_f32), json!(0.5));
        assert_eq!(show!(&f64::NAN), json!("NaN"));
        assert_eq!(show!(&true), json!(true));
        assert_eq!(show!(&'x'), json!("x"));
        assert_eq!(show!("text"), json!("text"));
        assert_eq!(show!(&&"text"), json!("text"));
        assert_eq!(show!(&Some(1)), json!("Some(1)"));
        assert_eq!(show!(&Developers), json!("Developers"));
        assert!(show!(&Opaque).as_str().is_some_and(|name| name.ends_with("::Opaque>")));
        let endless = show!(&Endless);
        assert_eq!(endless.as_str().map(str::len), Some(LONGEST + '…'.len_utf8()));
    }

    macro_rules! keep_copy {
        ($argument:expr) => {
            (&&Argument($argument)).__sentry_keep_copy()
        };
    }

    #[test]
    fn what_can_be_copied_is_not_formatted() {
        let kept = (&&&&Argument(&7_u8)).__sentry_keep();
        assert_eq!(show!(kept.get()), json!(7));
        // No client is active.
        let text = String::from("text");
        assert_eq!(keep_copy!(&7_u8).get(), Some(&7));
        assert_eq!(keep_copy!(&String::new()).get(), None);
        let kept: Formatted = (&&&Argument(&text)).__sentry_keep();
        assert_eq!(kept.0, Value::Null);
    }

    #[test]
    fn an_option_is_looked_into() {
        assert_eq!((&&Given(&Some(3))).__sentry_given(), Some(&3));
        assert_eq!((&&Given(&None::<u8>)).__sentry_given(), None);
        assert_eq!(Given("text").__sentry_given(), Some("text"));
    }
}
