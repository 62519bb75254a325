//! One run of an attributed function.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::{mem, thread};

use super::extras::Extras;
use super::failure::{Failure, Vars};
use super::recording::{Ending, More, Recording, is_awake, is_quiet};
use crate::errors::{Frame, Seen};
use crate::protocol::SpanStatus;
use crate::scope::{self, Restore};
use crate::trace::log::{self, Open};
use crate::trace::{Callsite, Opens, Recall};

thread_local! {
    /// What few calls have, innermost last.
    static MORE: RefCell<Vec<(Frame, Box<More>)>> = const { RefCell::new(Vec::new()) };
}

/// A sync call in progress. When it is dropped without having been told how the function ended, the function returned no
/// error, unless it panicked.
#[derive(Debug)]
#[must_use = "the call ends when it is dropped"]
pub struct Call {
    state: State,
    /// The frame is on this thread's stack.
    not_send: PhantomData<*const ()>,
}

/// As small as can be: it travels in two registers. What few calls have besides is in `MORE`.
#[derive(Debug)]
struct State {
    /// `None` if there is no client, and once the call has ended.
    frame: Option<Frame>,
    span: Option<Open>,
}

/// Begins a call.
#[inline]
pub fn enter(callsite: &'static Callsite) -> Call {
    if scope::is_active() { begin(callsite) } else { Call::inert() }
}

/// Begins a call with what depends on the arguments; that is only computed if a client is active.
#[inline]
pub fn enter_with(callsite: &'static Callsite, extras: impl FnOnce(&mut Extras)) -> Call {
    if !scope::is_active() || !is_awake(callsite) {
        return Call::inert();
    }
    let mut computed = Extras::default();
    computed.compute(extras);
    begin_with(callsite, &mut computed)
}

/// What nearly all calls take. It calls nothing before it returns, so that no registers have to be saved for that.
#[inline(never)]
fn begin(callsite: &'static Callsite) -> Call {
    match callsite.recall() {
        Recall::On => {}
        Recall::Off => return Call::inert(),
        Recall::Ask => return begin_asking(callsite),
    }
    let Some(frame) = Frame::enter_near(callsite) else { return begin_far(callsite) };
    let frame = marked(frame);
    if callsite.opens() != Opens::Always
        && let Some(span) = log::start_fast(callsite)
    {
        return Call::of(frame, Some(span));
    }
    if is_quiet(callsite) { Call::of(frame, None) } else { begin_otherwise(frame, callsite) }
}

/// Tells a call that begins in a destructor which a panic runs from one that the panic ends.
#[inline]
fn marked(frame: Frame) -> Frame {
    if thread::panicking() { frame.in_destructor() } else { frame }
}

#[cold]
#[inline(never)]
fn begin_asking(callsite: &'static Callsite) -> Call {
    if is_awake(callsite) { begin_far(callsite) } else { Call::inert() }
}

#[cold]
#[inline(never)]
fn begin_far(callsite: &'static Callsite) -> Call {
    begin_otherwise(marked(Frame::enter(callsite)), callsite)
}

#[inline(never)]
fn begin_with(callsite: &'static Callsite, extras: &mut Extras) -> Call {
    let frame = marked(Frame::enter(callsite));
    put_on(frame, Recording::start_with(callsite, extras))
}

#[cold]
#[inline(never)]
fn begin_otherwise(frame: Frame, callsite: &'static Callsite) -> Call {
    log::grow();
    put_on(frame, Recording::start(callsite))
}

/// Puts a call on the thread.
#[inline]
fn put_on(frame: Frame, Recording { span, more, .. }: Recording) -> Call {
    if let Some(span) = &span {
        log::set_current(span.key());
    }
    match more {
        None => Call::of(frame, span),
        Some(more) => put_on_more(frame, span, more),
    }
}

#[cold]
#[inline(never)]
fn put_on_more(frame: Frame, span: Option<Open>, mut more: Box<More>) -> Call {
    more.restore = more.context.take().map(Restore::install);
    // At the end of the thread there is no place any more, and the call is one without.
    let kept = MORE.try_with(|calls| calls.borrow_mut().push((frame.alone(), more))).is_ok();
    Call::of(if kept { frame.with_more() } else { frame }, span)
}

impl Call {
    #[inline]
    fn inert() -> Self {
        Self { state: State { frame: None, span: None }, not_send: PhantomData }
    }

    #[inline]
    fn of(frame: Frame, span: Option<Open>) -> Self {
        Self { state: State { frame: Some(frame), span }, not_send: PhantomData }
    }

    /// Leaves nothing to be dropped.
    #[inline]
    fn into_state(mut self) -> State {
        let state = mem::replace(&mut self.state, State { frame: None, span: None });
        mem::forget(self);
        state
    }

    /// The function returned, and not an error.
    #[inline]
    pub fn completed(self) {
        let state = self.into_state();
        if state.frame.is_some() {
            end_well(state);
        } else {
            // There is no span either.
            mem::forget(state);
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
        Failure::of_call(self.state.frame.is_some(), vars)
    }

    /// The function returned an error by this line, and the attribute says more of it.
    #[cold]
    pub fn failed_with(self, error: Seen<'_>, line: u32, failure: Failure) {
        end_with(self.into_state(), error, line, failure);
    }
}

/// Ends a call that was not told how the function ended.
#[inline(never)]
fn end_dropped(state: State) {
    if thread::panicking() && !state.frame.is_some_and(Frame::is_in_destructor) {
        end(state, Ending::Abandoned);
    } else {
        end_well(state);
    }
}

/// Ends a call as nearly all end.
#[inline(never)]
fn end_well(State { frame, span }: State) {
    let Some(frame) = frame else { return };
    let span = if frame.has_more() {
        Err(span)
    } else {
        span.map_or(Ok(()), |span| span.finish_fast(SpanStatus::Ok)).map_err(Some)
    };
    match span {
        Ok(()) => frame.leave_well(),
        Err(span) => end(State { frame: Some(frame), span }, Ending::Completed),
    }
}

#[cold]
#[inline(never)]
fn end(state: State, ending: Ending<'_>) {
    if let Some((frame, recording)) = take_off(state) {
        recording.end_here(frame, ending);
    }
}

#[cold]
#[inline(never)]
fn end_with(state: State, error: Seen<'_>, line: u32, failure: Failure) {
    if let Some((frame, mut recording)) = take_off(state) {
        recording.learn(failure);
        recording.end_here(frame, Ending::Failed(error, line));
    }
}

/// A call with all that it has, apart from its place on the thread.
fn take_off(State { frame, span }: State) -> Option<(Frame, Recording)> {
    let frame = frame?;
    let callsite = frame.callsite()?;
    let take = |calls: &RefCell<Vec<(Frame, Box<More>)>>| {
        calls.borrow_mut().pop_if(|(owner, _)| *owner == frame.alone()).map(|(_, more)| more)
    };
    let more = if frame.has_more() { MORE.try_with(take).ok().flatten() } else { None };
    Some((frame.alone(), Recording { callsite, span, more }))
}

impl Drop for Call {
    fn drop(&mut self) {
        let state = mem::replace(&mut self.state, State { frame: None, span: None });
        if state.frame.is_some() {
            end_dropped(state);
        } else {
            // There is no span either.
            mem::forget(state);
        }
    }
}

/// Calls a closure, as what it is bounded to be: one that may give away what it captured.
#[inline]
pub fn call_once<R, F: FnOnce() -> R>(f: F) -> R {
    f()
}
