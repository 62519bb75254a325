//! The error by which a handler failed, on its way to the layer.

use std::any::type_name;
use std::error::Error;
use std::fmt;
use std::sync::Arc;

use crate::errors::Seen;

/// The error behind a response: an extension by which the layer captures it, if the status says that the server failed.
///
/// ```
/// use sentry::integrations::tower::KeptError;
///
/// let error = "seven".parse::<u32>().unwrap_err();
/// let mut response = http::Response::new("try again later");
/// *response.status_mut() = http::StatusCode::SERVICE_UNAVAILABLE;
/// response.extensions_mut().insert(KeptError::new(error));
/// ```
///
/// With the feature `axum` it is a part of a response: `(status, KeptError::new(error), "try again later")`.
#[derive(Clone)]
pub struct KeptError {
    error: Arc<dyn Error + Send + Sync>,
    type_name: &'static str,
}

impl KeptError {
    /// Keeps an error, be it in a box or an `anyhow::Error`.
    pub fn new<E: Into<Box<dyn Error + Send + Sync>>>(error: E) -> Self {
        Self { error: Arc::from(error.into()), type_name: type_name::<E>() }
    }

    pub(super) fn seen(&self) -> Seen<'_> {
        Seen::of_kept(self.type_name, &*self.error)
    }
}

impl fmt::Debug for KeptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("KeptError").field(&self.error).finish()
    }
}

#[cfg(feature = "axum")]
mod of_axum {
    use std::convert::Infallible;
    use std::error::Error;

    use axum::response::{IntoResponse, IntoResponseParts, Response, ResponseParts};
    use http::StatusCode;

    use super::KeptError;
    use crate::errors::probe::seen;

    impl IntoResponseParts for KeptError {
        type Error = Infallible;

        fn into_response_parts(self, mut parts: ResponseParts) -> Result<ResponseParts, Infallible> {
            parts.extensions_mut().insert(self);
            Ok(parts)
        }
    }

    /// What an axum handler may return for any error, be it in a box or an `anyhow::Error`: an answer with 500 that tells
    /// nothing to the client, and the error to the layer.
    ///
    /// ```
    /// use sentry::integrations::tower::Failure;
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
        error: KeptError,
        status: StatusCode,
    }

    impl Failure {
        /// A failure by this error, be it in a box or an `anyhow::Error`.
        pub fn new(error: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
            Self { error: KeptError::new(error), status: StatusCode::INTERNAL_SERVER_ERROR }
        }

        /// Answers with another status.
        pub fn status(mut self, status: StatusCode) -> Self {
            self.status = status;
            self
        }
    }

    /// The error that it was made from.
    impl AsRef<dyn Error + Send + Sync> for Failure {
        fn as_ref(&self) -> &(dyn Error + Send + Sync + 'static) {
            &*self.error.error
        }
    }

    // An attribute on the handler sees the error, and not what it is told by.
    seen!(Failure: |failure| failure.error.seen());

    impl<E: Into<Box<dyn Error + Send + Sync>>> From<E> for Failure {
        fn from(error: E) -> Self {
            Self::new(error)
        }
    }

    impl IntoResponse for Failure {
        fn into_response(self) -> Response {
            let reason = self.status.canonical_reason().unwrap_or_default();
            (self.status, self.error, reason).into_response()
        }
    }
}

#[cfg(feature = "axum")]
pub use of_axum::Failure;
