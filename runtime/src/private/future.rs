//! One run of an attributed function that is polled: an async one, or the future or stream that a function returns.
//!
//! Nothing here knows the type of what is polled: the wrappers in `watched` are made anew for each attributed function, and
//! every line of theirs is paid for as often.

use std::marker::PhantomData;
use std::mem::{self, ManuallyDrop};
use std::panic::{RefUnwindSafe, UnwindSafe};

use super::extras::Extras;
use super::failure::Failure;
use super::recording::{Ending, More, Recording, is_awake, is_wanted};
use super::site::Line;
use crate::errors::probe::Ends;
use crate::errors::{Frame, Seen, Vars};
use crate::protocol::SpanStatus;
use crate::scope::{self, Restore};
use crate::trace::log::{self, Room, Thread};
use crate::trace::{Callsite, Key, Recall};

/// For what is polled: it may move to another thread between polls and leaves the function's own locals behind, so its
/// notes go to whoever polls it.
#[derive(Debug)]
pub struct Polled;

impl Line for Polled {
    #[inline]
    fn set(&self, line: u32) {
        log::with(|thread| thread.line.set(line));
    }

    #[inline]
    fn line(&self) -> u32 {
        log::with(|thread| thread.line.get())
    }
}

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

/// A call in progress of what is polled. Between polls nothing of it is on the thread.
#[derive(Debug)]
pub struct AsyncCall {
    /// Nothing is to be dropped with it, which would be code in every attributed function; [`give_up`](Self::give_up) ends
    /// what has not ended.
    recording: ManuallyDrop<Recording>,
    /// The line by which an error would leave, while the call is not on a thread.
    line: u32,
    /// Whether any line is noted.
    notes: bool,
    phase: Phase,
    /// What it has put on the thread. Kept here, as to whoever polls it would be code in every attributed function.
    entry: Entry,
}

// What is recorded bears that its function panics, and so does it bear that somebody catches that: the future of an
// attributed function may be carried over that wherever that of the plain one may.
impl UnwindSafe for AsyncCall {}
impl RefUnwindSafe for AsyncCall {}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Phase {
    /// Not polled yet.
    New,
    Running,
    /// Ended, or without a client.
    Over,
}

/// What a call has put on the thread for one poll: two numbers, which are handed on in registers.
#[derive(Clone, Copy, Debug)]
struct Entry {
    /// The frame, and in the bits above it [`Before`]; 0 if nothing.
    what: u64,
    /// See [`Before::Key`].
    key: Key,
}

impl Entry {
    const NONE: Self = Self { what: 0, key: Key::ROOT };

    #[inline]
    fn new(frame: Frame, before: Before, key: Key) -> Self {
        Self { what: u64::from(frame.bits()) | (before as u64) << 32, key }
    }

    #[inline]
    fn frame(self) -> Option<Frame> {
        // The frame is in the lower half.
        Frame::of_bits(u32::try_from(self.what & u64::from(u32::MAX)).unwrap_or_default())
    }

    #[inline]
    fn before(self) -> Before {
        match self.what >> 32 {
            0 => Before::Nothing,
            1 => Before::Key,
            _ => Before::More,
        }
    }
}

/// What the call has taken the place of.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Before {
    Nothing = 0,
    /// Another span of the transaction that the thread records.
    Key = 1,
    /// Something larger, which is in `More`.
    More = 2,
}

/// The call is on the thread, as long as one poll lasts.
#[derive(Debug)]
#[must_use = "the call leaves the thread when this is dropped"]
pub struct Entered<'a> {
    call: &'a mut AsyncCall,
}

impl Entered<'_> {
    /// The function returned, and not an error.
    #[inline]
    pub fn completed(self) {
        ManuallyDrop::new(self).call.leave_completed();
    }

    /// What is said of the function's error.
    #[cold]
    pub fn failing(&self, vars: Vars<'_>) -> Failure {
        self.call.failing(vars)
    }

    /// The function returned an error by the line that was noted, and the attribute says more of it.
    #[cold]
    pub fn failed_with(self, error: Seen<'_>, _: u32, failure: Failure) {
        ManuallyDrop::new(self).call.leave_failed(error, failure);
    }
}

impl Ends for Entered<'_> {
    #[inline]
    fn completed(self) {
        self.completed();
    }

    fn failed(self, error: Seen<'_>, line: u32, vars: Vars<'_>) {
        let failure = self.failing(vars);
        self.failed_with(error, line, failure);
    }
}

impl Drop for Entered<'_> {
    #[inline]
    fn drop(&mut self) {
        self.call.leave();
    }
}

/// The work of a call is dropped. What its locals do then is still done by the function; if that has not returned, it is
/// given up afterwards.
pub(super) struct Last<'a> {
    call: &'a mut AsyncCall,
    /// Whether an item of the stream was an error.
    failed: bool,
}

impl<'a> Last<'a> {
    #[inline]
    pub(super) fn of(call: &'a mut AsyncCall, failed: bool) -> Self {
        if call.phase != Phase::Over {
            call.enter_last();
        }
        Self { call, failed }
    }
}

impl Drop for Last<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.call.phase != Phase::Over {
            self.call.give_up(self.failed);
        }
    }
}

/// The call of work that the function has yet to return, with what the arguments say before the function takes them. Only
/// such a call is dropped as other values are: between it and the work runs the user's code, which may panic.
#[derive(Debug)]
pub struct Prepared(AsyncCall);

impl Prepared {
    /// The call, which begins when the work is first polled.
    #[inline]
    pub fn prepared(mut self) -> AsyncCall {
        let callsite = self.0.recording.callsite;
        mem::replace(&mut self.0, AsyncCall::new(callsite))
    }
}

impl Drop for Prepared {
    #[inline]
    fn drop(&mut self) {
        drop(self.0.recording.more.take());
    }
}

/// What the arguments say now of work that is about to be made.
#[inline]
pub fn prepare(callsite: &'static Callsite, extras: impl FnOnce(&mut Extras)) -> Prepared {
    let mut call = AsyncCall::new(callsite);
    if is_wanted(callsite) {
        let mut computed = Extras::default();
        computed.compute(extras);
        call.recording.more = Some(Box::new(More::of_extras(computed)));
    } else {
        call.phase = Phase::Over;
    }
    Prepared(call)
}

/// The call of an async function, with what the arguments say, before the body takes them.
#[inline]
pub fn begin(callsite: &'static Callsite, extras: impl FnOnce(&mut Extras)) -> AsyncCall {
    let mut call = AsyncCall::new(callsite);
    if is_wanted(callsite) {
        let mut computed = Extras::of(callsite);
        computed.compute(extras);
        call.start_with(&mut computed);
    } else {
        call.phase = Phase::Over;
    }
    call
}

impl AsyncCall {
    /// A call that begins when it is first polled.
    #[inline]
    pub const fn new(callsite: &'static Callsite) -> Self {
        let recording = ManuallyDrop::new(Recording { callsite, span: None, more: None });
        Self { recording, line: 0, notes: false, phase: Phase::New, entry: Entry::NONE }
    }

    /// Says where the work was made; an error leaves by that line if no other one is noted.
    #[inline]
    pub(super) fn made_at(self, line: u32) -> Self {
        Self { line, notes: line != 0, ..self }
    }

    #[inline(never)]
    fn start_with(&mut self, extras: &mut Extras) {
        *self.recording = Recording::start_with(self.recording.callsite, extras);
        self.phase = Phase::Running;
    }

    /// Puts the call on the thread.
    #[inline]
    pub(super) fn enter(&mut self) -> Entered<'_> {
        self.begin_poll();
        Entered { call: self }
    }

    /// As a sync call begins: on the short ways nothing is called but at the very end, so that no registers have to be saved
    /// for that.
    #[inline(never)]
    fn begin_poll(&mut self) {
        match self.phase {
            Phase::New => self.begin_first(),
            Phase::Running => self.begin_next(),
            Phase::Over => self.entry = Entry::NONE,
        }
    }

    /// Puts the call on the thread once more, if it has begun.
    #[inline(never)]
    fn enter_last(&mut self) {
        if self.phase == Phase::Running {
            self.begin_next();
        }
    }

    #[inline]
    fn begin_first(&mut self) {
        let callsite = self.recording.callsite;
        // With something said before, it was asked then.
        if self.recording.more.is_some() || !scope::is_active() || !callsite.is_on() {
            return self.begin_otherwise();
        }
        log::with(|thread| {
            let Some(room) = thread.stack.room() else { return self.begin_otherwise() };
            if thread.is_quiet(callsite) {
                self.phase = Phase::Running;
                return self.on_thread(thread, room, Before::Nothing, Key::ROOT);
            }
            let Some(span) = thread.start_fast(callsite) else { return self.begin_otherwise() };
            let above = span.parent_key();
            self.phase = Phase::Running;
            // There was none, and to drop that would be a call.
            mem::forget(self.recording.span.replace(span));
            self.on_thread(thread, room, Before::Key, above);
        });
    }

    #[inline]
    fn begin_next(&mut self) {
        if self.recording.more.is_some() {
            return self.begin_otherwise();
        }
        log::with(|thread| {
            let Some(room) = thread.stack.room() else { return self.begin_otherwise() };
            match &self.recording.span {
                None => self.on_thread(thread, room, Before::Nothing, Key::ROOT),
                Some(span) => match span.resume(thread) {
                    Some(key) => self.on_thread(thread, room, Before::Key, key),
                    None => self.begin_otherwise(),
                },
            }
        });
    }

    #[inline]
    fn on_thread(&mut self, thread: &Thread, room: Room, before: Before, key: Key) {
        self.swap_line(thread);
        let depth = thread.stack.push(room, self.recording.callsite, None);
        self.entry = Entry::new(Frame::above(depth), before, key);
    }

    /// Puts the call on the thread in whichever way that asks for.
    #[cold]
    #[inline(never)]
    fn begin_otherwise(&mut self) {
        if self.phase == Phase::New && !self.start() {
            self.phase = Phase::Over;
        }
        let Recording { span, more, .. } = &*self.recording;
        self.entry = match (self.phase, more, span) {
            (Phase::New | Phase::Over, ..) => Entry::NONE,
            (Phase::Running, None, None) => self.on_thread_far(Before::Nothing, Key::ROOT),
            (Phase::Running, None, Some(span)) => match log::with(|thread| span.resume(thread)) {
                Some(key) => self.on_thread_far(Before::Key, key),
                None => self.put_on_more(),
            },
            (Phase::Running, Some(_), _) => self.put_on_more(),
        };
    }

    /// Begins the call; false if there is to be nothing of it.
    fn start(&mut self) -> bool {
        let callsite = self.recording.callsite;
        let extras = self.recording.more.take().and_then(|more| more.extras);
        let is_awake = || extras.is_some() || callsite.recall() == Recall::On || is_awake(callsite);
        if !scope::is_active() || !is_awake() {
            return false;
        }
        self.phase = Phase::Running;
        *self.recording = match extras {
            None => Recording::start(callsite),
            Some(mut extras) => Recording::start_with(callsite, &mut extras),
        };
        true
    }

    #[cold]
    #[inline(never)]
    fn on_thread_far(&mut self, before: Before, key: Key) -> Entry {
        log::with(|thread| {
            self.swap_line(thread);
            Entry::new(Frame::enter(thread, self.recording.callsite), before, key)
        })
    }

    /// The line is the thread's while the call is on it.
    #[inline]
    fn swap_line(&mut self, thread: &Thread) {
        if self.notes {
            self.line = thread.line.replace(self.line);
        }
    }

    #[cold]
    #[inline(never)]
    fn put_on_more(&mut self) -> Entry {
        let entry = self.on_thread_far(Before::More, Key::ROOT);
        let Recording { span, more, .. } = &mut *self.recording;
        let more = more.get_or_insert_default();
        let Some(frame) = entry.frame() else { return entry };
        frame.unpack(&mut more.stash);
        if let Some(context) = more.context.take() {
            more.restore = Some(Restore::install(context));
        } else if let Some(span) = span {
            if let Some(key) = log::with(|thread| span.resume(thread)) {
                return Entry::new(frame, Before::Key, key);
            }
            // Another transaction is recorded here, or none.
            more.aside = scope::put_aside(Some(span.active()));
        }
        entry
    }

    /// Takes the call off the thread.
    #[inline(never)]
    fn leave(&mut self) {
        self.take_off();
    }

    #[inline]
    fn take_off(&mut self) {
        let entry = mem::replace(&mut self.entry, Entry::NONE);
        let Some(frame) = entry.frame() else { return };
        let done = log::with(|thread| {
            let done = match (entry.before(), &self.recording.span) {
                (Before::Nothing, _) => true,
                (Before::Key, Some(span)) => span.hand_back(thread, entry.key),
                _ => false,
            };
            self.swap_line(thread);
            if done && frame.leave_plain(thread) {
                return None;
            }
            Some(done)
        });
        if let Some(done) = done {
            self.leave_otherwise(entry, done);
        }
    }

    #[cold]
    #[inline(never)]
    fn leave_otherwise(&mut self, entry: Entry, done: bool) {
        if let Some(stash) = entry.frame().and_then(Frame::leave) {
            self.recording.more.get_or_insert_default().stash = stash;
        }
        match (entry.before(), &self.recording.span) {
            _ if done => {}
            // The user has made another span the active one meanwhile.
            (Before::Key, Some(span)) => drop(scope::put_aside(Some(span.sibling(entry.key)))),
            _ => self.take_off_more(),
        }
    }

    fn take_off_more(&mut self) {
        let Some(more) = &mut self.recording.more else { return };
        if let Some(restore) = more.restore.take() {
            more.context = restore.swap_back();
        } else {
            drop(more.aside.take().map(scope::put_back));
        }
    }

    /// Ends the call; what was recorded of it, if it has not ended before.
    fn end(&mut self) -> Option<Recording> {
        let running = self.phase == Phase::Running;
        self.phase = Phase::Over;
        let nothing = Recording { callsite: self.recording.callsite, span: None, more: None };
        let recording = mem::replace(&mut *self.recording, nothing);
        running.then_some(recording)
    }

    /// Takes the call of a function that has returned no error off the thread. Here too, what is called is called last.
    #[inline(never)]
    fn leave_completed(&mut self) {
        log::with(|thread| {
            let entry = self.entry;
            let Some(frame) = entry.frame() else { return self.complete_otherwise() };
            let Recording { span, more, .. } = &*self.recording;
            let is_plain = match (self.phase, more, span, entry.before()) {
                (Phase::Running, None, None, Before::Nothing) => true,
                (Phase::Running, None, Some(span), Before::Key) => span.is_here(thread),
                _ => false,
            };
            if !is_plain || !frame.leave_plain(thread) {
                return self.complete_otherwise();
            }
            self.entry = Entry::NONE;
            self.phase = Phase::Over;
            self.swap_line(thread);
            if let Some(span) = self.recording.span.take() {
                span.finish_polled(thread, entry.key);
            }
        });
    }

    #[cold]
    #[inline(never)]
    fn complete_otherwise(&mut self) {
        self.take_off();
        if let Some(recording) = self.end() {
            end(recording, Ending::Completed);
        }
    }

    /// What is said of an error.
    #[cold]
    pub(super) fn failing(&self, vars: Vars<'_>) -> Failure {
        let running = self.phase == Phase::Running;
        if running { Failure::of_call(self.recording.callsite, vars) } else { Failure::default() }
    }

    /// Takes the call of a function that has returned an error off the thread.
    #[cold]
    fn leave_failed(&mut self, error: Seen<'_>, failure: Failure) {
        self.take_off();
        let line = self.line;
        if let Some(mut recording) = self.end() {
            let findings = recording.learn(failure);
            end(recording, Ending::Failed(error, line, findings));
        }
    }

    /// An item of a stream is an error; the stream goes on.
    pub(super) fn report(&mut self, error: Seen<'_>, failure: Failure) -> bool {
        if self.phase != Phase::Running {
            return false;
        }
        let findings = self.recording.learn(failure);
        let stash = self.recording.stash();
        self.recording.report(stash, error, self.line, findings);
        true
    }

    /// The stream has come to its end.
    pub(super) fn end_stream(&mut self, status: SpanStatus) {
        if let Some(recording) = self.end() {
            recording.end_stream(status);
        }
    }

    /// The work has been dropped.
    #[inline(never)]
    fn give_up(&mut self, failed: bool) {
        self.take_off();
        let has_begun = self.phase == Phase::Running;
        // What was said of a call that has not begun is dropped here.
        let Some(recording) = self.end().filter(|_| has_begun) else { return };
        if failed {
            // Who stops at an error has not given up on the stream, it has failed.
            recording.end_stream(SpanStatus::InternalError);
        } else {
            end(recording, Ending::Abandoned);
        }
    }
}

#[cold]
#[inline(never)]
fn end(mut recording: Recording, ending: Ending<'_>) {
    let stash = recording.stash();
    recording.end(stash, ending);
}
