//! One run of an attributed function.

use std::cell::RefCell;
use std::marker::PhantomData;
use std::{mem, thread};

use super::extras::Extras;
use super::failure::Failure;
use super::pending;
use super::recording::{Ending, More, Recording, is_awake, is_wanted};
use crate::errors::probe::Ends;
use crate::errors::{Findings, Frame, Seen, Vars};
use crate::scope::{self, Restore};
use crate::trace::log;
use crate::trace::{Callsite, Recall};

thread_local! {
    /// What few calls have, innermost last.
    static MORE: RefCell<Vec<(Frame, Box<More>)>> = const { RefCell::new(Vec::new()) };
}

/// A sync call in progress. When it is dropped without having been told how the function ended, the function returned no
/// error, unless it panicked.
///
/// One word, as every attributed function keeps it in a register while its body runs. What else there is of the call is on
/// the thread: its span beside its frame, and what few calls have in `MORE`.
#[derive(Debug)]
#[must_use = "the call ends when it is dropped"]
pub struct Call {
    /// `None` if there is no client.
    frame: Option<Frame>,
    /// The frame is on this thread's stack.
    not_send: PhantomData<*const ()>,
}

/// Begins a call. Nearly all calls take one of two short ways: they get no span, which is settled here, or one in the log that
/// is on the thread. On both nothing is called but at the very end, so that no registers have to be saved for that. Not
/// inlined: an attributed function pays for each of its bytes.
#[inline(never)]
pub fn enter(callsite: &'static Callsite) -> Call {
    if !scope::is_active() {
        return Call::inert();
    }
    if !callsite.is_on() {
        return begin_asking(callsite);
    }
    log::with(|thread| {
        if !thread.is_quiet(callsite) {
            return enter_recorded(callsite);
        }
        match thread.stack.room() {
            Some(room) => Call::of(Frame::above(thread.stack.push(room, callsite, None))),
            None => begin_otherwise(callsite),
        }
    })
}

#[inline(never)]
fn enter_recorded(callsite: &'static Callsite) -> Call {
    log::with(|thread| {
        let Some(room) = thread.stack.room() else { return begin_otherwise(callsite) };
        match thread.start_fast(callsite) {
            Some(span) => marked(Frame::above(thread.stack.push(room, callsite, Some(span)))),
            None => begin_otherwise(callsite),
        }
    })
}

/// Begins a call with what depends on the arguments; that is only computed if a client is active.
#[inline]
pub fn enter_with(callsite: &'static Callsite, extras: impl FnOnce(&mut Extras)) -> Call {
    if !is_wanted(callsite) {
        return Call::inert();
    }
    let mut computed = Extras::of(callsite);
    computed.compute(extras);
    let call = begin_with(callsite, &mut computed);
    // Nothing is left in it, and to find that out would be code in every attributed function.
    mem::forget(computed);
    call
}

/// Tells a call that begins in a destructor which a panic runs from one that the panic ends. Not inlined: asking that is a
/// call.
#[inline(never)]
fn marked(frame: Frame) -> Call {
    Call::of(if thread::panicking() { frame.in_destructor() } else { frame })
}

#[cold]
#[inline(never)]
fn begin_asking(callsite: &'static Callsite) -> Call {
    let is_wanted = match callsite.recall() {
        Recall::On => true,
        Recall::Off => false,
        Recall::Ask => is_awake(callsite),
    };
    if is_wanted { begin_otherwise(callsite) } else { Call::inert() }
}

/// Takes all that is said out of `extras`.
#[inline(never)]
fn begin_with(callsite: &'static Callsite, extras: &mut Extras) -> Call {
    let begun = log::with(|thread| {
        let room = thread.stack.room().filter(|_| callsite.is_on() && extras.user.is_none())?;
        let span = if extras.notes.is_empty() && thread.is_quiet(callsite) {
            None
        } else {
            Some(thread.start_fast_noted(callsite, &mut extras.notes)?)
        };
        Some(Frame::above(thread.stack.push(room, callsite, span)))
    });
    match begun {
        Some(frame) => marked(frame),
        None => put_on(new_frame(callsite), Recording::start_with(callsite, &mut mem::take(extras))),
    }
}

#[cold]
#[inline(never)]
fn begin_otherwise(callsite: &'static Callsite) -> Call {
    if let Some(frame) = log::with(|thread| pending::begin(thread, callsite)) {
        return Call::of(frame);
    }
    let frame = new_frame(callsite);
    log::grow();
    put_on(frame, Recording::start(callsite))
}

fn new_frame(callsite: &'static Callsite) -> Frame {
    let frame = log::with(|thread| Frame::enter(thread, callsite));
    if thread::panicking() { frame.in_destructor() } else { frame }
}

/// Puts a call on the thread.
#[inline]
fn put_on(frame: Frame, Recording { span, more, .. }: Recording) -> Call {
    if let Some(span) = span {
        log::set_current(span.key());
        frame.put_span(span);
    }
    match more {
        None => Call::of(frame),
        Some(more) => put_on_more(frame, more),
    }
}

#[cold]
#[inline(never)]
fn put_on_more(frame: Frame, more: Box<More>) -> Call {
    Call::of(if keep_more(frame, more) { frame.with_more() } else { frame })
}

/// Keeps what a call has, and makes its scopes the thread's. At the end of the thread there is no place any more, and the
/// call is one without.
pub(super) fn keep_more(frame: Frame, mut more: Box<More>) -> bool {
    more.restore = more.context.take().map(Restore::install);
    MORE.try_with(|calls| calls.borrow_mut().push((frame.alone(), more))).is_ok()
}

impl Call {
    #[inline]
    fn inert() -> Self {
        Self { frame: None, not_send: PhantomData }
    }

    #[inline]
    fn of(frame: Frame) -> Self {
        Self { frame: Some(frame), not_send: PhantomData }
    }

    /// Leaves nothing to be dropped.
    #[inline]
    fn into_frame(self) -> Option<Frame> {
        let frame = self.frame;
        mem::forget(self);
        frame
    }

    /// The function returned, and not an error.
    #[inline]
    pub fn completed(self) {
        if let Some(frame) = self.into_frame() {
            end_well(frame);
        }
    }

    /// What is said of the function's error.
    #[cold]
    pub fn failing(&self, vars: Vars<'_>) -> Failure {
        let callsite = self.frame.and_then(Frame::callsite);
        callsite.map(|callsite| Failure::of_call(callsite, vars)).unwrap_or_default()
    }

    /// The function returned an error by this line, and the attribute says more of it.
    #[cold]
    pub fn failed_with(self, error: Seen<'_>, line: u32, failure: Failure) {
        if let Some((frame, mut recording)) = self.into_frame().and_then(take_off) {
            let findings = recording.learn(failure);
            recording.end_here(frame, Ending::Failed(error, line, findings));
        }
    }
}

impl Ends for Call {
    #[inline]
    fn completed(self) {
        self.completed();
    }

    fn failed(self, error: Seen<'_>, line: u32, vars: Vars<'_>) {
        if let Some((frame, callsite)) = self.frame.and_then(|frame| Some((frame, frame.plain()?))) {
            mem::forget(self);
            let findings = match vars {
                [] => Findings::default(),
                vars => Failure::of_call(callsite, vars).findings,
            };
            Recording::end_plain(callsite, frame, error, line, findings);
        } else {
            let failure = self.failing(vars);
            self.failed_with(error, line, failure);
        }
    }
}

/// Ends a call that was not told how the function ended. Here too, what is called is called last.
#[inline(never)]
fn end_dropped(frame: Frame) {
    log::with(|thread| {
        if frame.leave_plain(thread) {
            return;
        }
        match frame.leave_recorded(thread) {
            Some(ended) => ended.unless_panicking(),
            None => end_unknown(frame),
        }
    });
}

#[cold]
#[inline(never)]
fn end_unknown(frame: Frame) {
    let abandoned = thread::panicking() && !frame.is_in_destructor();
    if abandoned {
        end(frame, Ending::Abandoned);
    } else {
        end_otherwise(frame);
    }
}

/// Ends a call as nearly all end.
#[inline(never)]
fn end_well(frame: Frame) {
    log::with(|thread| {
        if !frame.leave_plain(thread) && frame.leave_recorded(thread).is_none() {
            end_otherwise(frame);
        }
    });
}

#[cold]
#[inline(never)]
fn end_otherwise(frame: Frame) {
    if frame.has_more() && log::with(|thread| pending::end(thread, frame)) {
        return;
    }
    end(frame, Ending::Completed);
}

fn end(frame: Frame, ending: Ending<'_>) {
    if let Some((frame, recording)) = take_off(frame) {
        recording.end_here(frame, ending);
    }
}

/// A call with all that it has, apart from its place on the thread.
fn take_off(frame: Frame) -> Option<(Frame, Recording)> {
    let callsite = frame.callsite()?;
    let span = frame.take_span();
    if frame.has_more() {
        log::begin_pending();
    }
    let take = |calls: &RefCell<Vec<(Frame, Box<More>)>>| {
        calls.borrow_mut().pop_if(|(owner, _)| *owner == frame.alone()).map(|(_, more)| more)
    };
    let more = if frame.has_more() { MORE.try_with(take).ok().flatten() } else { None };
    Some((frame.alone(), Recording { callsite, span, more }))
}

impl Drop for Call {
    #[inline]
    fn drop(&mut self) {
        if let Some(frame) = self.frame {
            end_dropped(frame);
        }
    }
}

/// Calls a closure, as what it is bounded to be: one that may give away what it captured.
#[inline]
pub fn call_once<R, F: FnOnce() -> R>(f: F) -> R {
    f()
}
