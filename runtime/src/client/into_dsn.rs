//! What a DSN can be read from, and what a client can be initialised with.

use std::borrow::Cow;
use std::ffi::{OsStr, OsString};

use super::options::ClientOptions;
use crate::protocol::{Dsn, ParseDsnError};

/// What can be read as a DSN. Empty text stands for none: [`init`](crate::init) then looks at `SENTRY_DSN`, while the
/// setter [`ClientOptions::dsn`] switches the client off whatever `SENTRY_DSN` says.
pub trait IntoDsn {
    /// Reads the DSN.
    ///
    /// # Errors
    /// When the text is not a DSN; the error says what is wrong with it.
    fn into_dsn(self) -> Result<Option<Dsn>, ParseDsnError>;
}

impl IntoDsn for &str {
    fn into_dsn(self) -> Result<Option<Dsn>, ParseDsnError> {
        if self.is_empty() { Ok(None) } else { self.parse().map(Some) }
    }
}

impl IntoDsn for String {
    fn into_dsn(self) -> Result<Option<Dsn>, ParseDsnError> {
        self.as_str().into_dsn()
    }
}

impl IntoDsn for &String {
    fn into_dsn(self) -> Result<Option<Dsn>, ParseDsnError> {
        self.as_str().into_dsn()
    }
}

impl IntoDsn for Cow<'_, str> {
    fn into_dsn(self) -> Result<Option<Dsn>, ParseDsnError> {
        (*self).into_dsn()
    }
}

impl IntoDsn for &OsStr {
    fn into_dsn(self) -> Result<Option<Dsn>, ParseDsnError> {
        self.to_string_lossy().into_dsn()
    }
}

impl IntoDsn for OsString {
    fn into_dsn(self) -> Result<Option<Dsn>, ParseDsnError> {
        self.as_os_str().into_dsn()
    }
}

impl IntoDsn for Dsn {
    fn into_dsn(self) -> Result<Option<Dsn>, ParseDsnError> {
        Ok(Some(self))
    }
}

impl IntoDsn for &Dsn {
    fn into_dsn(self) -> Result<Option<Dsn>, ParseDsnError> {
        Ok(Some(self.clone()))
    }
}

impl IntoDsn for () {
    fn into_dsn(self) -> Result<Option<Dsn>, ParseDsnError> {
        Ok(None)
    }
}

impl<T: IntoDsn> IntoDsn for Option<T> {
    fn into_dsn(self) -> Result<Option<Dsn>, ParseDsnError> {
        self.map_or(Ok(None), T::into_dsn)
    }
}

/// `init("https://…")`, `init(dsn)`; `init(())` leaves everything to the environment.
impl<T: IntoDsn> From<T> for ClientOptions {
    fn from(dsn: T) -> Self {
        Self::from((dsn, Self::default()))
    }
}

/// `init(("https://…", options))`: the DSN and everything else.
impl<T: IntoDsn> From<(T, ClientOptions)> for ClientOptions {
    fn from((dsn, options): (T, ClientOptions)) -> Self {
        match dsn.into_dsn() {
            Ok(None) => options,
            given => options.with_dsn(given),
        }
    }
}
