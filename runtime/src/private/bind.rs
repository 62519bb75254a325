//! Work that is handed to another thread or task keeps its context: scopes, span, and the way of its errors.

use std::future::Future;
use std::pin::Pin;
use std::task::{self, Poll};

use pin_project_lite::pin_project;

use crate::errors::Mailbox;
use crate::scope::{self, Context, Restore};

/// What work takes along.
#[derive(Debug)]
struct Luggage {
    context: Option<Context>,
    mailbox: Mailbox,
}

impl Luggage {
    fn pack() -> Self {
        Self { context: scope::with(|context| context.clone()), mailbox: Mailbox::of_running() }
    }
}

pin_project! {
    /// A future with the context in which it was made.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct BoundFuture<F> {
        #[pin]
        future: F,
        luggage: Option<Luggage>,
    }
}

/// Binds a future to the context of whoever makes it.
pub fn bind_future<F: Future>(future: F) -> BoundFuture<F> {
    BoundFuture { future, luggage: scope::is_active().then(Luggage::pack) }
}

impl<F: Future> Future for BoundFuture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut task::Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        let Some(luggage) = this.luggage else { return this.future.poll(context) };
        luggage.mailbox.scoped(|| {
            let restore = luggage.context.take().map(Restore::install);
            let _unpacked = Unpacked { restore, home: &mut luggage.context };
            this.future.poll(context)
        })
    }
}

/// The future's context is the thread's, as long as one poll lasts.
struct Unpacked<'a> {
    restore: Option<Restore>,
    home: &'a mut Option<Context>,
}

impl Drop for Unpacked<'_> {
    fn drop(&mut self) {
        *self.home = self.restore.take().and_then(Restore::swap_back);
    }
}

/// Binds a closure to the context of whoever makes it.
pub fn bind_closure<R, F: FnOnce() -> R>(f: F) -> impl FnOnce() -> R {
    let luggage = scope::is_active().then(Luggage::pack);
    move || match luggage {
        Some(Luggage { context, mailbox }) => mailbox.scoped(|| {
            let _restore = context.map(Restore::install);
            f()
        }),
        None => f(),
    }
}
