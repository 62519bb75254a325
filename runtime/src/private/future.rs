//! One run of an attributed async function.

use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::task::{self, Poll, ready};

use pin_project_lite::pin_project;

use super::extras::Extras;
use super::failure::{Failure, Vars};
use super::recording::{Ending, Recording, is_awake};
use crate::errors::{Frame, Seen};
use crate::protocol::SpanStatus;
use crate::scope::{self, Aside, Restore};
use crate::trace::{Callsite, Key};

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
    let mut computed = (scope::is_active() && is_awake(callsite)).then(Extras::default);
    if let Some(computed) = &mut computed {
        computed.compute(extras);
    }
    Prepared { callsite, extras: computed }
}

/// Runs the body of an async function as a call of it.
#[inline]
pub fn instrument<F: Future>(callsite: &'static Callsite, future: F) -> Instrumented<F> {
    let active = if scope::is_active() { start(callsite) } else { None };
    Instrumented { future: Some(future), call: AsyncCall { active } }
}

/// Runs the body of an async function as a call of it, with tags.
#[inline]
pub fn instrument_with<F: Future>(prepared: Prepared, future: F) -> Instrumented<F> {
    let active = prepared.extras.map(|mut extras| start_with(prepared.callsite, &mut extras));
    Instrumented { future: Some(future), call: AsyncCall { active } }
}

#[inline(never)]
pub(super) fn start(callsite: &'static Callsite) -> Option<Recording> {
    is_awake(callsite).then(|| Recording::start(callsite))
}

#[inline(never)]
pub(super) fn start_with(callsite: &'static Callsite, extras: &mut Extras) -> Recording {
    Recording::start_with(callsite, extras)
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
    pub(super) active: Option<Recording>,
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
    recording: &'a mut Recording,
    frame: Frame,
    before: Before,
}

/// What the call has taken the place of.
enum Before {
    Nothing,
    /// Another span of the transaction that the thread records.
    Key(Key),
    Span(Option<Aside>),
    Context(Option<Restore>),
}

impl<'a> Entered<'a> {
    #[inline]
    pub(super) fn enter(recording: &'a mut Recording) -> Self {
        let frame = Frame::enter(recording.callsite);
        let before = match (&mut recording.more, &recording.span) {
            (None, None) => Before::Nothing,
            (None, Some(span)) if let Some(key) = span.resume() => Before::Key(key),
            _ => Self::enter_otherwise(recording, frame),
        };
        Self { recording, frame, before }
    }

    #[inline(never)]
    fn enter_otherwise(recording: &mut Recording, frame: Frame) -> Before {
        if let Some(more) = &mut recording.more {
            frame.unpack(&mut more.stash);
            if let Some(context) = more.context.take() {
                return Before::Context(Some(Restore::install(context)));
            }
        }
        let Some(span) = &recording.span else { return Before::Nothing };
        match span.resume() {
            Some(key) => Before::Key(key),
            // Another transaction is recorded here, or none.
            None => Before::Span(scope::put_aside(Some(span.active()))),
        }
    }
}

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        if let Some(stash) = self.frame.leave() {
            self.recording.more.get_or_insert_default().stash = stash;
        }
        match &mut self.before {
            Before::Nothing => {}
            Before::Key(key) => {
                if let Some(span) = &self.recording.span
                    && !span.hand_back(*key)
                {
                    // The user has made another span the active one meanwhile.
                    scope::put_aside(Some(span.sibling(*key)));
                }
            }
            Before::Span(before) => drop(before.take().map(scope::put_back)),
            Before::Context(restore) => {
                let context = restore.take().and_then(Restore::swap_back);
                self.recording.more.get_or_insert_default().context = context;
            }
        }
    }
}

/// Ends a call as nearly all end.
#[inline(never)]
fn complete(mut recording: Recording) {
    match (&recording.more, recording.span.take()) {
        (None, Some(span)) => span.finish(SpanStatus::Ok),
        (None, None) => {}
        (Some(_), span) => {
            recording.span = span;
            end(recording, Ending::Completed);
        }
    }
}

#[cold]
fn end(mut recording: Recording, ending: Ending<'_>) {
    let stash = recording.stash();
    recording.end(stash, ending);
}

impl AsyncCall {
    /// The function returned, and not an error.
    #[inline]
    pub fn completed(mut self) {
        if let Some(active) = self.active.take() {
            complete(active);
        }
    }

    /// The function returned an error by this line.
    #[cold]
    pub fn failed(self, error: Seen<'_>, line: u32, vars: Vars<'_>) {
        let failure = self.failing(vars);
        self.failed_with(error, line, failure);
    }

    /// What is said of the function's error.
    #[cold]
    pub fn failing(&self, vars: Vars<'_>) -> Failure {
        Failure::of_call(self.active.is_some(), vars)
    }

    /// The function returned an error by this line, and the attribute says more of it.
    #[cold]
    pub fn failed_with(mut self, error: Seen<'_>, line: u32, failure: Failure) {
        if let Some(mut active) = self.active.take() {
            active.learn(failure);
            end(active, Ending::Failed(error, line));
        }
    }
}

impl Drop for AsyncCall {
    fn drop(&mut self) {
        if let Some(active) = self.active.take() {
            end(active, Ending::Abandoned);
        }
    }
}
