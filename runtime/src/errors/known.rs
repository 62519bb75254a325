//! Errors whose type has gone, recognised among the types that are known.

#![expect(unsafe_code, reason = "an error that may borrow can be compared with types that do not")]

use std::any::type_name;
use std::error::Error;

use super::meaning::{self, Report};

/// What is known of an error whose type has gone.
#[derive(Clone, Copy, Default)]
pub(super) struct Known<'a> {
    /// The name of its type.
    pub(super) type_name: Option<&'static str>,
    /// What it says of itself, if its type derives [`Report`].
    pub(super) report: Option<&'a (dyn Report + 'static)>,
    /// The error, as one that may be asked for its type.
    pub(super) error: Option<&'a (dyn Error + 'static)>,
}

/// Looks the error up among the types that are known.
pub(super) fn look_up<'a>(error: &'a (dyn Error + 'a)) -> Known<'a> {
    // SAFETY: only the bound on what the error may borrow changes, and only here: what is made of the reference lives
    // no longer than `'a`. The error is compared with types that have no parameters, not even lifetimes (the list below
    // and those that the derive registers), so that whatever is found to be one of them borrows nothing, and with
    // references to such and to errors of any type, what is behind which is again given out for `'a` at the longest.
    let lasting = unsafe { std::mem::transmute::<&'a (dyn Error + 'a), &'a (dyn Error + 'static)>(error) };
    let lasting = behind(lasting);
    if let Some((type_name, report)) = meaning::find(lasting) {
        return Known { type_name: Some(type_name), report: Some(report), error: Some(report) };
    }
    let type_name = known_type(lasting);
    Known { type_name, report: None, error: type_name.map(|_| lasting) }
}

/// The error behind a reference without a type, as it comes from `capture_error(boxed.as_ref())`.
fn behind<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    // To ask for a type is a call; the size is at hand, and nearly always tells.
    if size_of_val(error) != size_of::<&dyn Error>() {
        return error;
    }
    let plain = error.downcast_ref::<&'static (dyn Error + 'static)>().copied();
    let send = || error.downcast_ref::<&'static (dyn Error + Send + 'static)>().map(|error| *error as _);
    let sync =
        || error.downcast_ref::<&'static (dyn Error + Send + Sync + 'static)>().map(|error| *error as _);
    plain.or_else(send).or_else(sync).unwrap_or(error)
}

/// The name of a type that is met inside boxes often enough to be worth recognising.
fn known_type(error: &(dyn Error + 'static)) -> Option<&'static str> {
    let size = size_of_val(error);
    macro_rules! first_match {
        ($($ty:ty),* $(,)?) => {{
            $(if size == size_of::<$ty>() && error.is::<$ty>() { return Some(type_name::<$ty>()); })*
            None
        }};
    }
    #[cfg(feature = "reqwest")]
    if size == size_of::<reqwest::Error>() && error.is::<reqwest::Error>() {
        return Some(type_name::<reqwest::Error>());
    }
    first_match!(
        std::io::Error,
        std::fmt::Error,
        std::num::ParseIntError,
        std::num::ParseFloatError,
        std::num::TryFromIntError,
        std::str::ParseBoolError,
        std::str::Utf8Error,
        std::string::FromUtf8Error,
        std::char::ParseCharError,
        std::array::TryFromSliceError,
        std::env::VarError,
        std::net::AddrParseError,
        std::time::SystemTimeError,
        std::sync::mpsc::RecvError,
        std::sync::mpsc::RecvTimeoutError,
        std::sync::mpsc::TryRecvError,
        serde_json::Error,
        tokio::task::JoinError,
        tokio::time::error::Elapsed,
        uuid::Error,
        url::ParseError,
    )
}
