//! The work on one request until it is answered, and the answer on its way.

use std::any::Any;
use std::fmt;
use std::future::Future;
use std::panic::{AssertUnwindSafe, catch_unwind, resume_unwind};
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use pin_project_lite::pin_project;

use super::{Held, Serving};

pin_project! {
    /// A framework's future that answers a request.
    pub(in crate::integrations) struct Work<F: Future> {
        // `None` once it is done.
        #[pin]
        future: Option<F>,
        // The call that was to make the future.
        panic: Option<Box<dyn Any + Send>>,
        // `None` if no client is active.
        serving: Option<Box<Serving>>,
        // The work has ended, and what it captured is on its way.
        held: Option<Held<F::Output>>,
    }

    impl<F: Future> PinnedDrop for Work<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            // What the locals of the work do when they are dropped is done in its context.
            if let Some(serving) = this.serving {
                serving.run(|| this.future.set(None));
            }
        }
    }
}

impl<F: Future> fmt::Debug for Work<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Work").field("serving", &self.serving).finish_non_exhaustive()
    }
}

/// How the work has ended.
pub(in crate::integrations) enum Ended<T> {
    /// No client was active.
    Unserved(T),
    Served(T, Box<Serving>),
    /// It has panicked, and the request is to be answered all the same.
    Panicked(
        #[cfg_attr(not(feature = "tower"), expect(dead_code, reason = "only calls are answered otherwise"))]
        Box<Serving>,
    ),
}

impl<F: Future> Work<F> {
    /// Work that is not watched.
    pub(in crate::integrations) fn unserved(future: F) -> Self {
        Self { future: Some(future), panic: None, serving: None, held: None }
    }

    /// The work that `call` begins, in its context. If that panics already and the request is to be answered all the same,
    /// the answer is a matter of the future.
    pub(in crate::integrations) fn begin(mut serving: Box<Serving>, call: impl FnOnce() -> F) -> Self {
        let begun = if serving.repanics() {
            Ok(serving.run(call))
        } else {
            serving.run(|| catch_unwind(AssertUnwindSafe(call)))
        };
        let (future, panic) = match begun {
            Ok(future) => (Some(future), None),
            Err(panic) => (None, Some(panic)),
        };
        Self { future, panic, serving: Some(serving), held: None }
    }

    /// Goes on with the work in its context. Once it has ended, `tell` says how, and the outcome is held back if the server
    /// waits for delivery. A panic goes on unless the settings say otherwise.
    pub(in crate::integrations) fn poll_ended(
        self: Pin<&mut Self>,
        context: &mut Context<'_>,
        tell: impl FnOnce(&mut Serving, &F::Output),
    ) -> Poll<Ended<F::Output>> {
        let mut this = self.project();
        let ended = if let Some(held) = this.held {
            ready!(held.poll(context))
        } else {
            let Some(serving) = this.serving else {
                // It is there until the answer is.
                let Some(future) = this.future.as_pin_mut() else { return Poll::Pending };
                return future.poll(context).map(Ended::Unserved);
            };
            let ended = ready!(serving.run(|| {
                if let Some(panic) = this.panic.take() {
                    return Poll::Ready(Err(panic));
                }
                let Some(future) = this.future.as_mut().as_pin_mut() else { return Poll::Pending };
                let ended = match catch_unwind(AssertUnwindSafe(|| future.poll(context))) {
                    Ok(polled) => Ok(ready!(polled)),
                    Err(panic) => Err(panic),
                };
                // What the work still has is dropped in its context.
                this.future.set(None);
                Poll::Ready(ended)
            }));
            match &ended {
                Ok(output) => tell(serving, output),
                Err(_) => serving.panicked(),
            }
            if serving.waits() { ready!(this.held.insert(serving.hold(ended)).poll(context)) } else { ended }
        };
        let Some(serving) = this.serving.take() else { return Poll::Pending };
        Poll::Ready(match ended {
            Ok(output) => Ended::Served(output, serving),
            Err(panic) if serving.repanics() => resume_unwind(panic),
            Err(_) => Ended::Panicked(serving),
        })
    }
}

/// Whether answers with this status have no body.
pub(in crate::integrations) fn is_bodiless(status: u16) -> bool {
    matches!(status, 100..=199 | 204 | 304)
}

/// How far the body of an answer has come; the request ends with it.
#[derive(Debug, Default)]
pub(in crate::integrations) struct Sending {
    /// `None` once it is at its end, or if no client is active.
    serving: Option<Box<Serving>>,
    sent: u64,
    /// How long it is, where it says so.
    length: Option<u64>,
}

impl Sending {
    /// An answer of this length, where that is known.
    pub(in crate::integrations) fn of(serving: Box<Serving>, length: Option<u64>) -> Self {
        Self { serving: Some(serving), sent: 0, length }
    }

    /// An answer that is complete without its body.
    pub(in crate::integrations) fn bodiless(mut serving: Box<Serving>) -> Self {
        serving.finish(0);
        Self::default()
    }

    /// The request, as long as it is served.
    #[cfg(feature = "tower")]
    pub(in crate::integrations) fn serving(&mut self) -> Option<&mut Serving> {
        self.serving.as_deref_mut()
    }

    /// Does a part of the work in its context.
    #[inline]
    pub(in crate::integrations) fn run<R>(&mut self, work: impl FnOnce() -> R) -> R {
        match &mut self.serving {
            Some(serving) => serving.run(work),
            None => work(),
        }
    }

    /// So many bytes more are on their way.
    pub(in crate::integrations) fn send(&mut self, bytes: usize) {
        self.sent = self.sent.saturating_add(u64::try_from(bytes).unwrap_or(u64::MAX));
    }

    /// What was sent is all there is, be it that nobody will ask again.
    #[cfg(feature = "tower")]
    pub(in crate::integrations) fn is_complete(&mut self) {
        self.length = Some(self.sent);
    }

    /// The body has failed.
    pub(in crate::integrations) fn fail(&mut self) {
        if let Some(mut serving) = self.serving.take() {
            serving.broke_off();
        }
    }

    /// The body has said that it is at its end.
    pub(in crate::integrations) fn finish(&mut self) {
        if let Some(mut serving) = self.serving.take() {
            serving.finish(self.sent);
        }
    }

    /// Whatever there is of the body is dropped, in its context.
    pub(in crate::integrations) fn let_go(&mut self, body: impl FnOnce()) {
        let Some(mut serving) = self.serving.take() else { return body() };
        // Whoever knows that nothing more will come need not ask for it.
        if self.length.is_some_and(|length| self.sent >= length) {
            serving.finish(self.sent);
        }
        serving.run(body);
    }
}
