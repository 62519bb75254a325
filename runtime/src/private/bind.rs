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
        // `None` while the whole is dropped.
        #[pin]
        future: Option<F>,
        luggage: Option<Luggage>,
    }

    impl<F> PinnedDrop for BoundFuture<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            // What the future's locals do when they are dropped is done in its context.
            match this.luggage {
                Some(luggage) => luggage.carried(|| this.future.set(None)),
                None => this.future.set(None),
            }
        }
    }
}

/// Binds a future to the context of whoever makes it.
pub fn bind_future<F: Future>(future: F) -> BoundFuture<F> {
    BoundFuture { future: Some(future), luggage: scope::is_active().then(Luggage::pack) }
}

impl<F: Future> Future for BoundFuture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut task::Context<'_>) -> Poll<F::Output> {
        let this = self.project();
        // It is there as long as the whole is.
        let Some(future) = this.future.as_pin_mut() else { return Poll::Pending };
        match this.luggage {
            Some(luggage) => luggage.carried(|| future.poll(context)),
            None => future.poll(context),
        }
    }
}

impl Luggage {
    /// Runs `work` in the context, which is taken back from the thread afterwards, also when `work` panics.
    fn carried<R>(&mut self, work: impl FnOnce() -> R) -> R {
        let Self { context, mailbox } = self;
        mailbox.scoped(|| {
            let restore = context.take().map(Restore::install);
            let _unpacked = Unpacked { restore, home: context };
            work()
        })
    }
}

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
        Some(mut luggage) => luggage.carried(f),
        None => f(),
    }
}
