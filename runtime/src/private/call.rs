//! One run of an attributed function.

use std::marker::PhantomData;
use std::{mem, thread};

use super::extras::Extras;
use super::failure::{Failure, Vars};
use super::recording::{Ending, Recording};
use crate::errors::{Frame, Seen};
use crate::protocol::SpanStatus;
use crate::scope::{self, Restore};
use crate::trace::{Callsite, log};

/// A sync call in progress. When it is dropped without having been told how the function ended, the function returned no
/// error, unless it panicked.
#[derive(Debug)]
#[must_use = "the call ends when it is dropped"]
pub struct Call {
    recording: Recording,
    /// `None` if there is no client, and once the call has ended.
    frame: Option<Frame>,
    /// Whether the call began in a destructor that a panic runs.
    unwinding: bool,
    /// The frame is on this thread's stack.
    not_send: PhantomData<*const ()>,
}

/// Begins a call.
#[inline]
pub fn enter(callsite: &'static Callsite) -> Call {
    if scope::is_active() { begin(callsite) } else { Call::inert(callsite) }
}

/// Begins a call with what depends on the arguments; that is only computed if a client is active.
#[inline]
pub fn enter_with(callsite: &'static Callsite, extras: impl FnOnce(&mut Extras)) -> Call {
    if !scope::is_active() {
        return Call::inert(callsite);
    }
    begin_with(callsite, &mut Extras::compute(extras))
}

#[inline(never)]
fn begin(callsite: &'static Callsite) -> Call {
    Call::start(callsite, &mut Extras::default())
}

#[inline(never)]
fn begin_with(callsite: &'static Callsite, extras: &mut Extras) -> Call {
    Call::start(callsite, extras)
}

impl Call {
    #[inline]
    fn inert(callsite: &'static Callsite) -> Self {
        let recording = Recording { callsite, span: None, more: None };
        Self { recording, frame: None, unwinding: false, not_send: PhantomData }
    }

    #[inline]
    fn start(callsite: &'static Callsite, extras: &mut Extras) -> Self {
        let mut recording = Recording::start(callsite, extras);
        if let Some(span) = &recording.span {
            log::set_current(span.key());
        }
        if let Some(more) = &mut recording.more {
            more.restore = more.context.take().map(Restore::install);
        }
        let frame = Some(Frame::enter(callsite));
        Self { recording, frame, unwinding: thread::panicking(), not_send: PhantomData }
    }

    /// The function returned, and not an error.
    #[inline]
    pub fn completed(mut self) {
        if let Some(frame) = self.frame.take() {
            self.complete(frame);
        }
        // Nothing is left in it.
        mem::forget(self);
    }

    #[inline(never)]
    fn complete(&mut self, frame: Frame) {
        if let Some(stash) = frame.leave() {
            stash.handled();
        }
        self.recording.close_here(SpanStatus::Ok);
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
        Failure::of_call(self.frame.is_some(), vars)
    }

    /// The function returned an error by this line, and the attribute says more of it.
    #[cold]
    pub fn failed_with(mut self, error: Seen<'_>, line: u32, failure: Failure) {
        if let Some(frame) = self.frame.take() {
            self.recording.learn(failure);
            self.end(frame, Ending::Failed(error, line));
        }
        // Nothing is left in it.
        mem::forget(self);
    }

    #[cold]
    fn end(&mut self, frame: Frame, ending: Ending<'_>) {
        let stash = frame.leave().unwrap_or_default();
        let status = ending.status();
        // Still inside the call's context: what is captured now belongs to it.
        self.recording.settle(stash, ending);
        self.recording.close_here(status);
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if let Some(frame) = self.frame.take() {
            if thread::panicking() && !self.unwinding {
                self.end(frame, Ending::Abandoned);
            } else {
                self.complete(frame);
            }
        }
    }
}

/// Calls a closure, as what it is bounded to be: one that may give away what it captured.
#[inline]
pub fn call_once<R, F: FnOnce() -> R>(f: F) -> R {
    f()
}
