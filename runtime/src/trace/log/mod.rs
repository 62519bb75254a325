//! Where the spans of attributed functions are written down: one log for each piece of work (a request, a task, a thread)
//! that takes part in a transaction.
//!
//! Only the thread that the work is on writes to its log, so starting and ending a span takes no lock and no locked
//! instruction. Others may read at any time: what is below `len` is there for good, and a span's end is one atomic field.
//! A log moves from thread to thread with its work, and is never on two at once: [`Owned`] is either in hand or, between
//! [`put`] and [`take`], on the thread.
//!
//! An open span ([`Open`]) keeps its log alive without touching a shared counter: the log's thread counts the open spans by
//! itself, and only whoever ends a span elsewhere counts atomically (biased reference counting). When the work is done
//! while spans are open, both counts become one, and the last span takes the log along.
//!
//! Besides reading the processor's counter this is the only `unsafe` of the recording. What pays for it: a span under a mutex costs its caller
//! 230 ns, one in a log 35 (`cargo bench -p benches --bench spans`).

#![expect(
    unsafe_code,
    reason = "spans are written without a lock: see above, and the tests under the sanitizers"
)]

#[cfg(all(test, monitored_loom))]
mod model;
mod pages;
mod said;
mod stack;
#[cfg(test)]
mod tests;
mod thread;

use std::cell::Cell;
use std::fmt;
use std::mem;
#[cfg(feature = "tracing")]
use std::num::NonZero;
use std::ptr::NonNull;
use std::sync::Arc;

#[cfg(all(test, monitored_loom))]
use loom::sync::atomic;
#[cfg(not(all(test, monitored_loom)))]
use std::sync::atomic;

use atomic::{AtomicBool, AtomicI64, AtomicU8, AtomicU64, Ordering};
use pages::Pages;
pub(crate) use said::Notes;
pub(crate) use stack::{NEAR, Room, Stack};
pub(in crate::trace) use thread::number;
pub(crate) use thread::{
    Mode, Thread, begin_pending, current, grow, mode, put, set_current, start_noted, take, with,
};
#[cfg(any(feature = "actix", feature = "tower"))]
pub(crate) use thread::{hush, unhush};

use super::{ActiveSpan, Callsite, Key, Note, Trace, clock};
use crate::protocol::SpanStatus;

/// Added to the count of a log's open spans when the log has left its work.
const LEFT: i64 = 1 << 62;

/// The spans of one piece of work.
pub(crate) struct Log {
    trace: Arc<Trace>,
    /// Tells the logs of a transaction apart.
    number: u32,
    /// The transaction has ended.
    closed: AtomicBool,
    pages: Pages,
    /// Open spans, as the log's thread counts them. Only for whoever has the log.
    open: Cell<i64>,
    /// Open spans that others ended, below zero; once the log has left its work, all that are still open.
    elsewhere: AtomicI64,
}

// SAFETY: `open` and the writing half of `pages` are only touched by the one who has the log's `Owned`, in hand or on its
// thread, and that moves between threads as values do. Everything else is atomic or never changes.
unsafe impl Send for Log {}
// SAFETY: as above.
unsafe impl Sync for Log {}

/// One span. All but how it ended is written before the span can be seen.
pub(super) struct Record {
    /// The log that it is in.
    log: NonNull<Log>,
    pub(super) callsite: &'static Callsite,
    pub(super) parent: Key,
    pub(super) start: u64,
    /// 0 while it is open.
    end: AtomicU64,
    key: Key,
    notes: NonNull<Note>,
    note_count: u32,
    /// On which thread it began.
    pub(super) thread: u16,
    /// Before `end`.
    status: AtomicU8,
}

/// A log that no thread writes to.
pub(crate) struct Owned(NonNull<Log>);

// SAFETY: see `Log`.
unsafe impl Send for Owned {}
// SAFETY: a shared reference to it gives nothing away.
unsafe impl Sync for Owned {}

impl Owned {
    /// A log of this transaction; `None` if that has ended.
    pub(crate) fn new(trace: &Arc<Trace>) -> Option<Self> {
        let log = trace.add_log(|number| {
            Arc::new(Log {
                trace: Arc::clone(trace),
                number,
                closed: AtomicBool::new(false),
                pages: Pages::new(),
                open: Cell::new(0),
                elsewhere: AtomicI64::new(0),
            })
        })?;
        // SAFETY: it points into an `Arc`.
        Some(Self(unsafe { NonNull::new_unchecked(Arc::into_raw(log).cast_mut()) }))
    }

    fn is_streamed(&self) -> bool {
        // SAFETY: the reference that `new` took is still counted.
        unsafe { self.0.as_ref() }.trace.is_streamed()
    }

    /// Gives up the right to write, until [`of_raw`](Self::of_raw).
    fn into_raw(self) -> NonNull<Log> {
        let log = self.0;
        mem::forget(self);
        log
    }

    /// Takes up the right to write again.
    ///
    /// # Safety
    /// [`into_raw`](Self::into_raw) gave it up, and nobody has taken it up since.
    unsafe fn of_raw(log: NonNull<Log>) -> Self {
        Self(log)
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // SAFETY: the reference that `new` took is still counted.
        let log = unsafe { self.0.as_ref() };
        // SAFETY: this is the right to write.
        log.trace.give_back(unsafe { log.pages.end() });
        let open = log.open.replace(0);
        if log.elsewhere.fetch_add(open + LEFT, Ordering::AcqRel) + open == 0 {
            // SAFETY: no span is open, so this is the last use of that reference.
            drop(unsafe { Arc::from_raw(self.0.as_ptr()) });
        }
    }
}

/// A span that is being recorded. Dropped without [`finish`](Self::finish) it stays open, and its transaction says so.
pub(crate) struct Open(NonNull<Record>);

// SAFETY: wherever it is, its log is kept alive by being counted as open, and what it changes there is atomic, unless the
// log is on this very thread.
unsafe impl Send for Open {}
// SAFETY: what a shared reference reads never changes.
unsafe impl Sync for Open {}

impl Open {
    #[inline]
    fn log(&self) -> &Log {
        // SAFETY: the span is counted.
        unsafe { self.record().log.as_ref() }
    }

    #[inline]
    fn record(&self) -> &Record {
        // SAFETY: it is in its log, in which the span is counted.
        unsafe { self.0.as_ref() }
    }

    /// The span, as what others are linked to.
    pub(crate) fn active(&self) -> ActiveSpan {
        self.sibling(self.key())
    }

    /// The span above it.
    pub(crate) fn parent(&self) -> ActiveSpan {
        self.sibling(self.parent_key())
    }

    #[inline]
    pub(crate) fn parent_key(&self) -> Key {
        self.record().parent
    }

    /// The tags that were computed when it began.
    pub(crate) fn tags(&self) -> impl Iterator<Item = (&'static str, &str)> {
        self.record().notes().iter().filter_map(|note| match note {
            Note::Tag(key, value) => Some((*key, &**value)),
            Note::Data(..) | Note::Name(_) => None,
        })
    }

    pub(crate) fn trace(&self) -> &Arc<Trace> {
        &self.log().trace
    }

    #[inline]
    pub(crate) fn key(&self) -> Key {
        self.record().key
    }

    /// Another span of the same transaction.
    pub(crate) fn sibling(&self, key: Key) -> ActiveSpan {
        ActiveSpan::recorded(Arc::clone(&self.log().trace), key)
    }

    /// Where it is recorded.
    #[cfg(feature = "tracing")]
    pub(crate) fn seat(&self) -> Seat {
        Seat { log: self.record().log.addr(), key: self.key() }
    }

    /// Makes it the running span, if this thread records its transaction. Returns the one that ran until now.
    #[inline]
    pub(crate) fn resume(&self, thread: &Thread) -> Option<Key> {
        thread.replace_current(self, self.key())
    }

    /// Makes another span of its transaction the running one, if this thread records that; says whether it does.
    #[inline]
    pub(crate) fn hand_back(&self, thread: &Thread, key: Key) -> bool {
        thread.replace_current(self, key).is_some()
    }

    /// Ends a call on the thread that it began on: the span above it runs on. Gives itself back if the thread has another
    /// log by now, as after a change of scopes in the middle of a call.
    pub(crate) fn finish_here(self, status: SpanStatus) -> Result<Ended, Self> {
        with(|thread| self.finish_at(thread, clock::now(), status))
    }

    /// The same, in few instructions; also gives itself back if the clock asks for more.
    #[inline]
    pub(crate) fn finish_fast(self, thread: &Thread, status: SpanStatus) -> Result<Ended, Self> {
        match clock::count() {
            Some(now) => self.finish_at(thread, now, status),
            None => Err(self),
        }
    }

    /// Whether its log is on this thread.
    #[inline]
    pub(crate) fn is_here(&self, thread: &Thread) -> bool {
        thread.is_here(self.record().log)
    }

    /// Ends what was polled and has returned no error; `next` runs on.
    #[inline]
    pub(crate) fn finish_polled(self, thread: &Thread, next: Key) {
        if let Err(span) = self.finish_before(thread, clock::now(), SpanStatus::Ok, next) {
            span.finish(SpanStatus::Ok);
        }
    }

    #[inline]
    fn finish_at(self, thread: &Thread, now: u64, status: SpanStatus) -> Result<Ended, Self> {
        let parent = self.parent_key();
        self.finish_before(thread, now, status, parent)
    }

    #[inline]
    fn finish_before(self, thread: &Thread, now: u64, status: SpanStatus, next: Key) -> Result<Ended, Self> {
        if !self.is_here(thread) {
            return Err(self);
        }
        self.record().close(now, status);
        thread.set_current(next);
        let open = &self.log().open;
        open.set(open.get() - 1);
        let ended = Ended(self.0);
        mem::forget(self);
        Ok(ended)
    }

    /// Ends it, wherever that is.
    #[inline(never)]
    pub(crate) fn finish(self, status: SpanStatus) {
        self.record().close(clock::now(), status);
    }
}

/// Where an open span is recorded: good for as long as it is open, as its log is there until then.
#[cfg(feature = "tracing")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Seat {
    log: NonZero<usize>,
    key: Key,
}

#[cfg(feature = "tracing")]
impl Seat {
    #[cfg(test)]
    pub(crate) fn of_nothing() -> Self {
        Self { log: NonZero::<usize>::MIN, key: Key::ROOT }
    }

    /// That of another span in the same log.
    pub(crate) fn with_key(self, key: Key) -> Self {
        Self { key, ..self }
    }

    pub(crate) fn key(self) -> Key {
        self.key
    }
}

impl Drop for Open {
    #[inline]
    fn drop(&mut self) {
        let log = self.record().log;
        if with(|thread| thread.is_here(log)) {
            let open = &self.log().open;
            open.set(open.get() - 1);
        } else {
            release(log);
        }
    }
}

/// A span that has just ended in the log of this thread, of which nothing else has been done since.
pub(crate) struct Ended(NonNull<Record>);

impl Ended {
    /// If a panic has ended it, it says so. Not inlined, and done last: the call by which the standard library is asked
    /// would have its caller save registers.
    #[inline(never)]
    pub(crate) fn unless_panicking(self) {
        if std::thread::panicking() {
            // SAFETY: its log is still on this thread, which keeps it.
            let record = unsafe { self.0.as_ref() };
            record.status.store(SpanStatus::InternalError as u8, Ordering::Relaxed);
        }
    }
}

/// Takes an open span off the count of a log that is not on this thread.
#[cold]
fn release(log: NonNull<Log>) {
    // SAFETY: the span is still counted.
    let before = unsafe { log.as_ref() }.elsewhere.fetch_sub(1, Ordering::AcqRel);
    if before == LEFT + 1 {
        // SAFETY: the log has left its work and this was the last open span, so nobody else drops that reference.
        drop(unsafe { Arc::from_raw(log.as_ptr()) });
    }
}

impl fmt::Debug for Open {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Open").field(&self.key()).finish()
    }
}

impl fmt::Debug for Owned {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Owned")
    }
}

impl fmt::Debug for Log {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Log").field("number", &self.number).finish_non_exhaustive()
    }
}

impl Record {
    #[inline]
    fn close(&self, now: u64, status: SpanStatus) {
        self.status.store(status as u8, Ordering::Relaxed);
        self.end.store(now, Ordering::Release);
    }

    /// When and how it ended.
    pub(super) fn end(&self) -> Option<(u64, SpanStatus)> {
        match self.end.load(Ordering::Acquire) {
            0 => None,
            end => Some((end, status(self.status.load(Ordering::Relaxed)))),
        }
    }
}

impl Log {
    /// How many spans there are.
    pub(super) fn len(&self) -> usize {
        self.pages.len()
    }

    /// What was said of the spans when they began, in bytes.
    pub(super) fn notes_memory(&self) -> usize {
        self.pages.weight()
    }

    /// Whether it has taken as many spans as a log takes whose spans leave while its transaction runs: they stay in it until
    /// all of them have left.
    fn is_worn(&self) -> bool {
        /// A whole number of pages.
        const MOST: usize = 1024;
        self.trace.is_streamed() && self.pages.len() >= MOST
    }

    pub(super) fn number(&self) -> u32 {
        self.number
    }

    /// The transaction has ended: what starts from now on is late.
    pub(super) fn close(&self) {
        self.closed.store(true, Ordering::Relaxed);
    }

    pub(super) fn trace(&self) -> &Arc<Trace> {
        &self.trace
    }

    /// The spans that are there, with their keys.
    pub(super) fn records(&self) -> impl Iterator<Item = (Key, &Record)> {
        self.pages.iter().map(|record| (record.key, record))
    }

    /// Starts a span below `parent`, if there is room and `now` says what time it is, with the notes that `note` puts beside it.
    ///
    /// # Safety
    /// The log is on this thread.
    #[inline]
    unsafe fn start(
        this: NonNull<Self>,
        callsite: &'static Callsite,
        parent: Key,
        thread: u16,
        now: impl FnOnce() -> Option<u64>,
        note: impl FnOnce(&Pages) -> pages::Notes,
    ) -> Option<Open> {
        // SAFETY: the log is on this thread, which has a reference to it and is its only writer.
        let log = unsafe { this.as_ref() };
        // SAFETY: as above.
        if log.closed.load(Ordering::Relaxed) || unsafe { !log.pages.has_room() } {
            return None;
        }
        let start = now()?;
        let notes = note(&log.pages);
        // SAFETY: as above, there is room, and in its `Arc` the list does not move.
        let record = unsafe {
            log.pages.push(|index| Record {
                log: this,
                callsite,
                parent,
                start,
                end: AtomicU64::new(0),
                key: Key::of(log.number, index),
                notes: notes.start,
                note_count: notes.count,
                thread,
                status: AtomicU8::new(0),
            })
        };
        log.open.set(log.open.get() + 1);
        Some(Open(record))
    }

    /// How much room it asks for at once. The transaction's first log takes what there is a page for; of the many that tasks
    /// have, each takes little until it turns out to hold more, as what is granted and not used is kept from others.
    fn portion(&self) -> usize {
        if self.number == 1 { usize::MAX } else { (self.pages.len() / 4).max(1) }
    }

    /// Makes room for more spans, if there is none and the transaction takes more.
    ///
    /// # Safety
    /// The log is on this thread.
    unsafe fn grow(&self) {
        // SAFETY: this thread is the only writer, and in its `Arc` the list does not move.
        unsafe {
            if !self.pages.has_room() {
                self.pages.grow(|wanted| self.trace.grant(wanted.min(self.portion())));
            }
        }
    }
}

/// The status of a call, by its number in a record.
fn status(number: u8) -> SpanStatus {
    let all = [SpanStatus::Ok, SpanStatus::InternalError, SpanStatus::Cancelled];
    all.into_iter().find(|status| *status as u8 == number).unwrap_or(SpanStatus::Ok)
}
