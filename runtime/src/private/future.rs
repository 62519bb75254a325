//! One run of an attributed async function.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{self, Poll, ready};

use pin_project_lite::pin_project;

use super::call::{Ending, Recording};
use super::extras::Extras;
use super::failure::Failure;
use crate::errors::{Frame, Seen, Stash};
use crate::scope::{self, Context, Restore};
use crate::trace::{ActiveSpan, Callsite};

/// The return type of an async function, named outside of its body, for the compiler to infer by.
#[derive(Debug)]
pub struct Witness<T>(PhantomData<fn() -> T>);

impl<T> Clone for Witness<T> {
    fn clone(&self) -> Self {
        *self
    }
}

impl<T> Copy for Witness<T> {}

impl<T> Default for Witness<T> {
    fn default() -> Self {
        Self::new()
    }
}

impl<T> Witness<T> {
    /// A witness.
    #[inline]
    pub const fn new() -> Self {
        Self(PhantomData)
    }

    /// Stands for a value in code that is never reached.
    #[expect(clippy::empty_loop, reason = "never reached: it only has a type")]
    pub fn never(self) -> T {
        loop {}
    }
}

/// What the arguments said before the body took them.
#[derive(Debug)]
pub struct Prepared {
    pub(super) callsite: &'static Callsite,
    pub(super) extras: Option<Extras>,
}

/// Computes what depends on the arguments, if a client is active.
#[inline]
pub fn prepare(callsite: &'static Callsite, extras: impl FnOnce(&mut Extras)) -> Prepared {
    Prepared { callsite, extras: scope::is_active().then(|| Extras::compute(extras)) }
}

/// Runs the body of an async function as a call of it.
#[inline]
pub fn instrument<F: Future>(callsite: &'static Callsite, future: F) -> Instrumented<F> {
    let extras = scope::is_active().then(Extras::default);
    instrument_with(Prepared { callsite, extras }, future)
}

/// Runs the body of an async function as a call of it, with tags.
#[inline]
pub fn instrument_with<F: Future>(prepared: Prepared, future: F) -> Instrumented<F> {
    let call = prepared.extras.map(|extras| Active::start(prepared.callsite, extras));
    Instrumented { future: Some(future), call: AsyncCall { active: call } }
}

pin_project! {
    /// The body of an attributed async function. Between polls nothing of it is on the thread.
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct Instrumented<F> {
        // `None` while the whole is dropped.
        #[pin]
        future: Option<F>,
        call: AsyncCall,
    }

    impl<F> PinnedDrop for Instrumented<F> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            // What the body's locals do when they are dropped is still done by the function.
            let _entered = this.call.active.as_mut().map(Entered::enter);
            this.future.set(None);
        }
    }
}

/// An async call in progress. When it is dropped without having been told how the function ended, it was cancelled.
#[derive(Debug)]
#[must_use = "the call ends when it is dropped"]
pub struct AsyncCall {
    pub(super) active: Option<Active>,
}

#[derive(Debug)]
pub(super) struct Active {
    pub(super) recording: Recording,
    pub(super) stash: Stash,
    /// A transaction's own context; otherwise only the span is swapped.
    pub(super) context: Option<Context>,
}

impl<F: Future> Future for Instrumented<F> {
    type Output = (F::Output, AsyncCall);

    fn poll(self: Pin<&mut Self>, context: &mut task::Context<'_>) -> Poll<Self::Output> {
        let this = self.project();
        // It is there as long as the whole is.
        let Some(future) = this.future.as_pin_mut() else { return Poll::Pending };
        let Some(active) = &mut this.call.active else {
            let output = ready!(future.poll(context));
            return Poll::Ready((output, AsyncCall { active: None }));
        };
        let entered = Entered::enter(active);
        let output = future.poll(context);
        drop(entered);
        let output = ready!(output);
        Poll::Ready((output, AsyncCall { active: this.call.active.take() }))
    }
}

/// The call is on the thread, as long as one poll lasts.
pub(super) struct Entered<'a> {
    active: &'a mut Active,
    frame: Option<Frame>,
    swapped: Swapped,
}

enum Swapped {
    Nothing,
    Span(Option<ActiveSpan>),
    Context(Option<Restore>),
}

impl<'a> Entered<'a> {
    pub(super) fn enter(active: &'a mut Active) -> Self {
        let swapped = if let Some(context) = active.context.take() {
            Swapped::Context(Some(Restore::install(context)))
        } else if let Some(span) = &active.recording.span {
            let span = Some(span.clone());
            Swapped::Span(scope::with(|context| std::mem::replace(&mut context.span, span)).flatten())
        } else {
            Swapped::Nothing
        };
        let frame = Some(Frame::enter(active.recording.callsite, std::mem::take(&mut active.stash)));
        Self { active, frame, swapped }
    }
}

impl Drop for Entered<'_> {
    fn drop(&mut self) {
        if let Some(frame) = self.frame.take() {
            self.active.stash = frame.leave();
        }
        match &mut self.swapped {
            Swapped::Nothing => {}
            Swapped::Span(span) => scope::set_span(span.take()),
            Swapped::Context(restore) => self.active.context = restore.take().and_then(Restore::swap_back),
        }
    }
}

impl Active {
    pub(super) fn start(callsite: &'static Callsite, extras: Extras) -> Self {
        let (recording, context) = Recording::start(callsite, extras);
        Self { recording, stash: Stash::default(), context }
    }

    fn end(self, ending: Ending<'_>) {
        self.recording.end(self.stash, ending, self.context.as_ref());
    }
}

impl AsyncCall {
    /// The function returned, and not an error.
    #[inline]
    pub fn completed(mut self) {
        if let Some(active) = self.active.take() {
            active.end(Ending::Completed);
        }
    }

    /// The function returned an error by this line.
    #[inline]
    pub fn failed(mut self, error: Seen<'_>, line: u32) {
        if let Some(active) = self.active.take() {
            active.end(Ending::Failed(error, line));
        }
    }

    /// What the attribute says of the function's error.
    #[inline]
    pub fn failing(&self) -> Failure {
        Failure::of_call(self.active.is_some())
    }

    /// The function returned an error by this line, and the attribute says more of it.
    #[inline]
    pub fn failed_with(mut self, error: Seen<'_>, line: u32, failure: Failure) {
        if let Some(mut active) = self.active.take() {
            active.recording.learn(failure);
            active.end(Ending::Failed(error, line));
        }
    }
}

impl Drop for AsyncCall {
    fn drop(&mut self) {
        if let Some(active) = self.active.take() {
            active.end(Ending::Abandoned);
        }
    }
}
