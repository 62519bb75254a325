//! A span that was started by hand is the active one for as long as something runs.

use std::fmt::{self, Debug, Formatter};
use std::pin::Pin;
use std::task::{self, Poll, ready};
use std::thread;

use pin_project_lite::pin_project;

use super::context::{self, Aside};
use super::host::is_active;
use crate::protocol::SpanStatus;
use crate::trace::{Span, Transaction, TransactionOrSpan};

impl Transaction {
    /// Runs `work` with the transaction as the active one: spans of attributed functions become its children, and errors
    /// are linked to it. Afterwards all is as it was; the transaction does not end.
    ///
    /// ```
    /// let transaction = sentry::start_transaction(sentry::TransactionContext::new("import", "task"));
    /// let price = transaction.in_scope(|| 7);
    /// transaction.finish();
    /// ```
    pub fn in_scope<R>(&self, work: impl FnOnce() -> R) -> R {
        TransactionOrSpan::from(self.clone()).in_scope(work)
    }
}

impl Span {
    /// Runs `work` with the span as the active one: spans of attributed functions become its children, and errors are
    /// linked to it. Afterwards all is as it was; the span does not end.
    ///
    /// ```
    /// let span = sentry::start_span("cache.get", "prices");
    /// let price = span.in_scope(|| 7);
    /// span.finish();
    /// assert_eq!(price, 7);
    /// ```
    pub fn in_scope<R>(&self, work: impl FnOnce() -> R) -> R {
        TransactionOrSpan::from(self.clone()).in_scope(work)
    }
}

impl TransactionOrSpan {
    /// Runs `work` with it as the active one: see [`Span::in_scope`].
    pub fn in_scope<R>(&self, work: impl FnOnce() -> R) -> R {
        let mut aside = outside(self);
        let _inside = Inside::enter(self, &mut aside);
        work()
    }
}

/// The span, to be made the active one: not while there is no client, nor if it is part of no transaction.
fn outside(span: &TransactionOrSpan) -> Option<Aside> {
    (is_active() && !span.active().is_nowhere()).then(|| Aside::of(span))
}

/// The span is the active one of this thread.
struct Inside<'a> {
    /// What was active before.
    before: Option<Aside>,
    handle: Option<TransactionOrSpan>,
    /// Where the span and what it records into are kept while they are not on the thread.
    home: &'a mut Option<Aside>,
}

impl<'a> Inside<'a> {
    fn enter(span: &TransactionOrSpan, home: &'a mut Option<Aside>) -> Self {
        let Some(aside) = home.take() else { return Self { before: None, handle: None, home } };
        let before = context::put_back(aside);
        let handle = context::replace_handle(Some(span.clone()));
        Self { before, handle, home }
    }
}

impl Drop for Inside<'_> {
    fn drop(&mut self) {
        if let Some(before) = self.before.take() {
            drop(context::replace_handle(self.handle.take()));
            *self.home = context::put_back(before);
        }
    }
}

pin_project! {
    /// A future with a span that is active whenever it is polled: see [`FutureExt::in_span`](crate::FutureExt::in_span).
    #[must_use = "futures do nothing unless polled"]
    pub struct InSpan<F> {
        // `None` while the whole is dropped.
        #[pin]
        future: Option<F>,
        // Until the future is done.
        span: Option<TransactionOrSpan>,
        aside: Option<Aside>,
        // Still set once a poll has panicked.
        polling: bool,
    }

    impl<F> PinnedDrop for InSpan<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            let Some(span) = this.span.take() else { return };
            {
                // What the future's locals do when they are dropped is still done in the span.
                let _inside = Inside::enter(&span, this.aside);
                this.future.set(None);
            }
            if span.get_status().is_none() {
                let panics = *this.polling || thread::panicking();
                span.set_status(if panics { SpanStatus::InternalError } else { SpanStatus::Cancelled });
            }
        }
    }
}

impl<F> InSpan<F> {
    pub(crate) fn new(future: F, span: TransactionOrSpan) -> Self {
        let aside = outside(&span);
        Self { future: Some(future), span: Some(span), aside, polling: false }
    }
}

impl<F> Debug for InSpan<F> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("InSpan").field("span", &self.span).finish_non_exhaustive()
    }
}

impl<F: Future> Future for InSpan<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut task::Context<'_>) -> Poll<F::Output> {
        let mut this = self.project();
        // They are there as long as the future is not done.
        let (Some(future), Some(span)) = (this.future.as_mut().as_pin_mut(), this.span.as_ref()) else {
            return Poll::Pending;
        };
        let inside = Inside::enter(span, this.aside);
        *this.polling = true;
        let output = future.poll(context);
        *this.polling = false;
        drop(inside);
        let output = ready!(output);
        this.aside.take();
        this.span.take();
        Poll::Ready(output)
    }
}
