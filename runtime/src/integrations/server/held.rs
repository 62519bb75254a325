//! Requests whose end waits until what they captured has left.

use std::fmt;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};
use std::thread;

use super::Serving;
use crate::callback;

/// The end of the work on a request, be it a panic, held back until what was captured has left.
pub(in crate::integrations) struct Held<T> {
    ended: Option<thread::Result<T>>,
    delivery: Pin<Box<dyn Future<Output = bool> + Send>>,
}

impl<T> fmt::Debug for Held<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").finish_non_exhaustive()
    }
}

impl<T> Held<T> {
    /// How the work has ended, as soon as it may be told; once.
    pub(in crate::integrations) fn poll(&mut self, context: &mut Context<'_>) -> Poll<thread::Result<T>> {
        ready!(self.delivery.as_mut().poll(context));
        self.ended.take().map_or(Poll::Pending, Poll::Ready)
    }
}

impl Serving {
    /// Whether the end of the work has to wait: something was captured, and this server waits for its delivery.
    pub(in crate::integrations) fn waits(&mut self) -> bool {
        self.settings.wait.is_some() && self.has_captured()
    }

    /// Holds the end of the work back, as long as the settings say at the longest.
    pub(in crate::integrations) fn hold<T>(&self, ended: thread::Result<T>) -> Held<T> {
        let (host, timeout) = (Arc::clone(&self.host), self.settings.wait);
        let delivery = callback::on_a_thread("sentry-flush", move || host.flush(timeout));
        Held { ended: Some(ended), delivery: Box::pin(delivery) }
    }
}
