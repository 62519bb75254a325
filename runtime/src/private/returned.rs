//! What else than a `Result` may be an error: what `?` takes for one.
//!
//! A `Result` in a `Result` counts by the outer one. `Option` and `ControlFlow` are answers, not errors.

use std::task::Poll;

use crate::errors::Returned;
use crate::errors::probe::Answer;

impl<'a, T, E: 'a> Answer<'a> for &Returned<'a, Poll<Result<T, E>>> {
    type Err = E;

    #[inline]
    fn __sentry_error(&self) -> Option<&'a E> {
        match self.0 {
            Poll::Ready(Err(error)) => Some(error),
            _ => None,
        }
    }
}

impl<'a, T, E: 'a> Answer<'a> for &Returned<'a, Poll<Option<Result<T, E>>>> {
    type Err = E;

    #[inline]
    fn __sentry_error(&self) -> Option<&'a E> {
        match self.0 {
            Poll::Ready(Some(Err(error))) => Some(error),
            _ => None,
        }
    }
}
