//! What else than a `Result` may be an error: what `?` takes for one.
//!
//! A `Result` in a `Result` counts by the outer one. `Option` and `ControlFlow` are answers, not errors.

use std::task::Poll;

use crate::errors::Returned;
use crate::errors::probe::ViaResult;

impl<T, E> ViaResult for &Returned<'_, Poll<Result<T, E>>> {
    type Err = E;

    #[inline]
    fn __sentry_error(&self) -> Option<&E> {
        match self.0 {
            Poll::Ready(Err(error)) => Some(error),
            _ => None,
        }
    }
}

impl<T, E> ViaResult for &Returned<'_, Poll<Option<Result<T, E>>>> {
    type Err = E;

    #[inline]
    fn __sentry_error(&self) -> Option<&E> {
        match self.0 {
            Poll::Ready(Some(Err(error))) => Some(error),
            _ => None,
        }
    }
}
