//! The error by which a handler failed.

use std::any::type_name;
use std::error::Error;
use std::fmt::{self, Debug, Display};

use actix_web::http::StatusCode;
use actix_web::{HttpResponse, ResponseError};

use crate::callback;
use crate::errors::Seen;
use crate::errors::probe::seen;

/// What a handler may return for any error, be it in a box or an `anyhow::Error`: an answer with 500 that tells nothing to
/// the client, and the error to Sentry.
///
/// ```
/// use sentry::integrations::actix::Failure;
///
/// fn discount(amount: u32) -> anyhow::Result<u32> {
///     anyhow::ensure!(amount > 100, "{amount} is too little");
///     Ok(amount / 10)
/// }
///
/// async fn total(body: String) -> Result<String, Failure> {
///     let amount: u32 = body.parse()?;
///     Ok((amount - discount(amount)?).to_string())
/// }
/// ```
#[derive(Debug)]
pub struct Failure {
    error: Box<dyn Error + Send + Sync>,
    type_name: &'static str,
    status: StatusCode,
}

impl Failure {
    /// A failure by this error, be it in a box or an `anyhow::Error`.
    pub fn new<E: Into<Box<dyn Error + Send + Sync>>>(error: E) -> Self {
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Self { error: error.into(), type_name: type_name::<E>(), status }
    }

    /// Answers with another status.
    pub fn status(mut self, status: StatusCode) -> Self {
        self.status = status;
        self
    }

    fn seen(&self) -> Seen<'_> {
        Seen::of_kept(self.type_name, &*self.error)
    }
}

/// The error that it was made from.
impl AsRef<dyn Error + Send + Sync> for Failure {
    fn as_ref(&self) -> &(dyn Error + Send + Sync + 'static) {
        &*self.error
    }
}

// An attribute on the handler sees the error, and not what it is told by.
seen!(Failure: |failure| failure.seen());

impl<E: Into<Box<dyn Error + Send + Sync>>> From<E> for Failure {
    fn from(error: E) -> Self {
        Self::new(error)
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        Display::fmt(&self.error, f)
    }
}

impl ResponseError for Failure {
    fn status_code(&self) -> StatusCode {
        self.status
    }

    fn error_response(&self) -> HttpResponse {
        HttpResponse::build(self.status).body(self.status.canonical_reason().unwrap_or_default())
    }
}

/// The error in a [`Failure`].
pub(super) fn seen(error: &actix_web::Error) -> Option<Seen<'_>> {
    error.as_error().map(Failure::seen)
}

/// Type and text of another error. Actix hides the type; a `Debug` that is derived begins with its name.
pub(super) fn described(error: &actix_web::Error) -> (String, String) {
    let described = callback::guarded("the text of an error", || {
        let debug = format!("{error:?}");
        let end = debug.find(|char: char| !char.is_alphanumeric() && char != '_').unwrap_or(debug.len());
        (debug[..end].to_owned(), error.to_string())
    });
    let (ty, text) = described.unwrap_or_default();
    (if ty.is_empty() { "ResponseError".to_owned() } else { ty }, text)
}
