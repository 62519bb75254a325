//! What this thread records into: plain cells, without a destructor, so that a call reads them like any variable.

use std::cell::Cell;
use std::ptr::NonNull;
use std::sync::Arc;

#[cfg(feature = "tracing")]
use super::Seat;
use super::pages::{self, Pages};
use super::stack::Stack;
use super::{Log, Open, Owned};
use crate::trace::{ActiveSpan, Callsite, Key, Notes, Opens, Pending, Trace, clock, threads};

thread_local! {
    static THREAD: Thread = const {
        Thread {
            log: Cell::new(None),
            current: Cell::new(Key::ROOT),
            mode: Cell::new(Mode::Idle),
            quiet: Cell::new(Opens::Outermost as u8),
            line: Cell::new(0),
            number: Cell::new(threads::NOBODY),
            pending: Cell::new(None),
            stack: Stack::empty(),
        }
    };
}

/// All that the calls of attributed functions touch on their thread. In one place, and looked at once by each of what is to
/// be fast ([`with`]), as finding it is a call to the compiler, round which it saves registers.
pub(crate) struct Thread {
    /// The log that is here; whoever takes it away owns it again.
    log: Cell<Option<NonNull<Log>>>,
    /// The running span of the active transaction.
    current: Cell<Key>,
    mode: Cell<Mode>,
    /// Calls that open less than this get neither a span nor a transaction here.
    quiet: Cell<u8>,
    /// The line noted last by the call that is being polled.
    pub(crate) line: Cell<u32>,
    /// By which streamed spans know the thread; given when it is needed.
    number: Cell<u16>,
    /// A transaction that nobody has asked for yet: the context of the thread does not know of it.
    pending: Cell<Option<Pending>>,
    /// The functions that are running.
    pub(crate) stack: Stack,
}

/// Looks at what this thread has.
#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "`LocalKey::with` leaves long closures to be called, which is half of the price"
)]
pub(crate) fn with<R>(look: impl FnOnce(&Thread) -> R) -> R {
    let thread = THREAD.with(|thread| NonNull::from(thread));
    // SAFETY: it has no destructor, so it is there as long as the thread, which does not end while `look` runs on it.
    look(unsafe { thread.as_ref() })
}

impl Thread {
    /// Whether a call gets no span and no transaction here.
    #[inline]
    pub(crate) fn is_quiet(&self, callsite: &'static Callsite) -> bool {
        callsite.opening() < self.quiet.get()
    }

    fn set_mode(&self, mode: Mode) {
        self.mode.set(mode);
        self.quiet.set(match mode {
            Mode::Idle | Mode::Quiet => Opens::Outermost as u8,
            Mode::Ready | Mode::Recording => 0,
        });
    }

    /// Whether no transaction is active.
    #[inline]
    pub(crate) fn is_idle(&self) -> bool {
        self.mode.get() == Mode::Idle
    }

    #[inline]
    fn is_pending(&self) -> bool {
        self.pending.get().is_some()
    }

    /// Makes a transaction the active one, of which nobody has asked anything yet. Only where none is.
    #[inline]
    pub(crate) fn put_off(&self, pending: Pending) {
        if pending.is_recorded() {
            self.set_mode(Mode::Ready);
        } else {
            self.hush();
        }
        self.pending.set(Some(pending));
    }

    #[inline]
    fn hush(&self) {
        self.mode.set(Mode::Quiet);
        // It has not ended, so a function that opens a transaction where none runs is a part of it.
        self.quiet.set(Opens::Always as u8);
    }

    /// Takes off the transaction that is put off, if `wanted`.
    #[inline]
    pub(crate) fn end_pending(&self, wanted: impl FnOnce(&Pending) -> bool) -> Option<Pending> {
        let pending = self.pending.get().filter(wanted)?;
        self.pending.set(None);
        self.set_mode(Mode::Idle);
        Some(pending)
    }

    #[inline]
    pub(super) fn is_here(&self, log: NonNull<Log>) -> bool {
        self.log.get() == Some(log)
    }

    #[inline]
    pub(super) fn set_current(&self, key: Key) {
        self.current.set(key);
    }

    /// Starts a span of an attributed function below the running one, and makes it the running one, in few instructions.
    /// `None` if the function opens transactions of its own, if there is no log here, if that is full, or if the clock asks
    /// for more.
    #[inline]
    pub(crate) fn start_fast(&self, callsite: &'static Callsite) -> Option<Open> {
        self.start(callsite, |_| pages::Notes::NONE)
    }

    /// The same, with notes, which are left as they were if it is `None`.
    #[inline]
    pub(crate) fn start_fast_noted(&self, callsite: &'static Callsite, notes: &mut Notes) -> Option<Open> {
        self.start(callsite, |pages| {
            // SAFETY: the log is here, and the notes are those of the record that is written next.
            unsafe { pages.keep(notes) }
        })
    }

    #[inline]
    fn start(&self, callsite: &'static Callsite, keep: impl FnOnce(&Pages) -> pages::Notes) -> Option<Open> {
        if callsite.opens() == Opens::Always {
            return None;
        }
        let (log, parent) = (self.log.get()?, self.current.get());
        // SAFETY: the log is here.
        let open = unsafe { Log::start(log, callsite, parent, self.number.get(), clock::count, keep) }?;
        self.current.set(open.key());
        Some(open)
    }

    /// Makes the span of this seat the running one, if its log is here. Returns the one that ran until now.
    #[cfg(feature = "tracing")]
    #[inline]
    pub(crate) fn sit(&self, seat: Seat) -> Option<Key> {
        let here = self.log.get().map(NonNull::addr);
        (here == Some(seat.log)).then(|| self.current.replace(seat.key))
    }

    /// Makes another span of the transaction of `open` the running one, if that is recorded here. Returns the one that ran
    /// until now.
    #[inline]
    pub(super) fn replace_current(&self, open: &Open, key: Key) -> Option<Key> {
        let here = self.log.get()?;
        let same = here == open.record().log || {
            // SAFETY: the log is here.
            Arc::ptr_eq(unsafe { here.as_ref() }.trace(), open.trace())
        };
        same.then(|| self.current.replace(key))
    }
}

/// Begins the transaction that was put off: somebody wants to see it.
#[inline]
pub(crate) fn begin_pending() {
    if with(Thread::is_pending) {
        begin();
    }
}

#[cold]
#[inline(never)]
fn begin() {
    if let Some(pending) = with(|thread| thread.pending.take()) {
        (pending.begin)(pending);
    }
}

/// What becomes of a span that starts now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Mode {
    /// No transaction is active.
    Idle,
    /// The active one is not recorded.
    Quiet,
    /// It is recorded, but this work has no log yet.
    Ready,
    /// There is a log.
    Recording,
}

#[inline]
pub(crate) fn mode() -> Mode {
    with(|thread| thread.mode.get())
}

/// Makes `span` the active one of this thread, and `log` that which spans below it go to.
pub(crate) fn put(log: Option<Owned>, span: Option<&ActiveSpan>) {
    let mode = match span {
        None => Mode::Idle,
        Some(span) if !span.is_recorded() => Mode::Quiet,
        Some(_) if log.is_none() => Mode::Ready,
        Some(_) => Mode::Recording,
    };
    if let Some(log) = &log
        && log.is_streamed()
    {
        number();
    }
    let before = with(|thread| {
        thread.set_mode(mode);
        thread.current.set(span.map_or(Key::ROOT, ActiveSpan::key));
        thread.log.replace(log.filter(|_| mode == Mode::Recording).map(Owned::into_raw))
    });
    // SAFETY: it was on the thread, from where it is gone now.
    drop(before.map(|log| unsafe { Owned::of_raw(log) }));
}

/// Whatever runs here is part of a transaction that is not recorded, and that nobody has asked for yet. Only where none is
/// active; [`unhush`] ends it, or [`put`].
#[cfg(any(feature = "actix", feature = "tower"))]
#[inline]
pub(crate) fn hush() {
    with(Thread::hush);
}

/// Whatever runs here is part of no transaction again.
#[cfg(any(feature = "actix", feature = "tower"))]
#[inline]
pub(crate) fn unhush() {
    with(|thread| thread.set_mode(Mode::Idle));
}

/// The thread's number.
pub(in crate::trace) fn number() -> u16 {
    with(|thread| {
        if thread.number.get() == threads::NOBODY {
            thread.number.set(threads::register());
        }
        thread.number.get()
    })
}

/// Takes the log off the thread.
pub(crate) fn take() -> Option<Owned> {
    with(|thread| {
        let log = thread.log.take()?;
        thread.set_mode(Mode::Ready);
        // SAFETY: it was on the thread, from where it is gone now.
        Some(unsafe { Owned::of_raw(log) })
    })
}

/// The running span.
pub(crate) fn current() -> Key {
    with(|thread| thread.current.get())
}

#[inline]
pub(crate) fn set_current(key: Key) {
    with(|thread| thread.current.set(key));
}

/// Makes room in the log that is here, if it is full and its transaction takes more spans.
pub(crate) fn grow() {
    let Some(log) = with(|thread| thread.log.get()) else { return };
    // SAFETY: the log is here.
    let log = unsafe { log.as_ref() };
    if log.is_worn() {
        replace(Arc::clone(log.trace()));
    } else {
        // SAFETY: the log is here.
        unsafe { log.grow() };
    }
}

/// Goes on in another log, so that the one that is here can leave when all its spans have ended.
#[cold]
fn replace(trace: Arc<Trace>) {
    trace.press();
    let Some(next) = Owned::new(&trace) else { return };
    let before = with(|thread| thread.log.replace(Some(next.into_raw())));
    // SAFETY: it was on the thread, from where it is gone now.
    drop(before.map(|log| unsafe { Owned::of_raw(log) }));
    grow();
}

/// Starts a span with notes, without making it the running one. `None` if there is no log here or if that is full; the
/// notes are left as they were then.
#[inline]
pub(crate) fn start_noted(callsite: &'static Callsite, notes: &mut Notes) -> Option<Open> {
    let (log, parent, here) = with(|thread| (thread.log.get(), thread.current.get(), thread.number.get()));
    let keep = |pages: &Pages| {
        // SAFETY: the log is here, and the notes are those of the record that is written next.
        unsafe { pages.keep(notes) }
    };
    // SAFETY: the log is here.
    unsafe { Log::start(log?, callsite, parent, here, || Some(clock::now()), keep) }
}
