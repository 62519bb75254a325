//! One captured error and the way it has taken so far.

#[cfg(feature = "tracing")]
use std::sync::atomic::AtomicU64;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use smallvec::SmallVec;

use super::chain::{Cause, Causes, grown, is_as_read};
use super::native::Stack;
use super::probe::{As, Seen};
use crate::protocol::{Event, Memory as _, Uuid, Value};
use crate::scope::{Hold, Snapshot};
use crate::trace::Callsite;

/// One attributed function that an error passed through.
#[derive(Clone, Debug)]
pub(crate) struct Hop {
    pub(crate) callsite: &'static Callsite,
    /// The line by which the error left the function; 0 if the function's body was not understood.
    pub(crate) line: u32,
    /// The column in it; 0 if that is not known.
    pub(crate) column: u32,
    /// What few functions say.
    said: Option<Box<Said>>,
}

/// The functions that an error has left, innermost first. There are seldom more.
pub(crate) type Hops = SmallVec<[Hop; 6]>;

/// What is known of a function's call when it fails.
#[derive(Clone, Debug, Default)]
pub(crate) struct Said {
    /// The error is none that anybody wants to hear of.
    pub(crate) ignored: bool,
    pub(crate) tags: Vec<(&'static str, String)>,
    /// What the event is grouped by; empty where nothing is said.
    pub(crate) fingerprint: Vec<String>,
    /// Arguments of the function.
    pub(crate) vars: Vec<(&'static str, Value)>,
}

impl Hop {
    pub(crate) fn new(
        callsite: &'static Callsite,
        (line, column): (u32, u32),
        tags: Vec<(&'static str, String)>,
        findings: Findings,
    ) -> Self {
        let Findings { mut said } = findings;
        if !tags.is_empty() {
            said.get_or_insert_default().tags = tags;
        }
        Self { callsite, line, column, said }
    }

    /// Whether the error is none that anybody wants to hear of.
    pub(crate) fn is_ignored(&self) -> bool {
        self.said.as_ref().is_some_and(|said| said.ignored)
    }

    /// What it takes beside its own place, in bytes.
    fn memory(&self) -> usize {
        let Some(said) = &self.said else { return 0 };
        let tags = said.tags.iter().map(|(_, text)| size_of::<(&str, String)>() + text.len());
        let vars = said.vars.iter().map(|(_, value)| size_of::<(&str, Value)>() + value.memory());
        size_of::<Said>() + tags.sum::<usize>() + vars.sum::<usize>() + said.fingerprint.memory()
    }

    /// Tags that were computed.
    pub(crate) fn tags(&self) -> &[(&'static str, String)] {
        self.said.as_ref().map_or(&[], |said| &said.tags)
    }

    /// What the event is grouped by; empty where nothing is said.
    pub(crate) fn fingerprint(&self) -> &[String] {
        self.said.as_ref().map_or(&[], |said| &said.fingerprint)
    }

    /// Arguments of the function.
    pub(crate) fn vars(&self) -> &[(&'static str, Value)] {
        self.said.as_ref().map_or(&[], |said| &said.vars)
    }
}

/// What an attribute found out about an error.
#[derive(Clone, Debug, Default)]
pub(crate) struct Findings {
    /// What few functions say.
    said: Option<Box<Said>>,
}

impl Findings {
    /// Whether the error is none that anybody wants to hear of.
    pub(crate) fn is_ignored(&self) -> bool {
        self.said.as_ref().is_some_and(|said| said.ignored)
    }

    /// To say more.
    pub(crate) fn said(&mut self) -> &mut Said {
        self.said.get_or_insert_default()
    }
}

/// An error that was captured; complete when its hold is released.
#[derive(Debug)]
pub(crate) struct ErrorReport {
    pub(crate) id: Uuid,
    pub(crate) at: SystemTime,
    /// Its place in the order of all reports.
    #[cfg(feature = "tracing")]
    pub(crate) serial: u64,
    causes: Causes,
    /// As what the error was captured; `None` if no attributed function has returned it.
    captured_as: Option<As>,
    /// Whether the user captured it, and not an attributed function.
    pub(crate) by_hand: bool,
    /// `None` for an error that is ignored: it goes its way, and nothing is sent of it.
    sent: Option<Sent>,
    /// Whether it was returned as something else since. Who asks got the report from whoever changed that, so that it
    /// is known without the lock.
    changed: AtomicBool,
    /// What it takes, in bytes, itself apart. Changed with the lock held, and read without.
    memory: AtomicUsize,
    progress: Mutex<Progress>,
}

/// What is only known of a report of which something is sent.
#[derive(Debug)]
pub(crate) struct Sent {
    /// Released when the report is complete.
    pub(crate) hold: Hold,
    /// Where it was captured, until the event is made: a session does not end before its events are seen.
    scopes: Mutex<Option<Snapshot>>,
    /// What they and the edit take, in bytes.
    memory: usize,
    /// Where the thread was when it was captured, with `attach_stacktrace`.
    pub(crate) stack: Option<Box<Stack>>,
    /// What a callback made of the event when there was one hop.
    pub(crate) edit: Option<Box<Edit>>,
}

/// The serial of the next report; 0 while nobody asks for it.
#[cfg(feature = "tracing")]
static SERIAL: AtomicU64 = AtomicU64::new(0);

/// From now on somebody may ask whether an error was reported.
#[cfg(feature = "tracing")]
pub(crate) fn remember_reports() {
    // If somebody did so before, this fails.
    let _ = SERIAL.compare_exchange(0, 1, Ordering::Relaxed, Ordering::Relaxed);
}

/// Whether somebody may ask that.
#[cfg(feature = "tracing")]
pub(super) fn remembers_reports() -> bool {
    next_report() != 0
}

/// The serial of the report that comes next.
#[cfg(feature = "tracing")]
pub(crate) fn next_report() -> u64 {
    SERIAL.load(Ordering::Relaxed)
}

impl Sent {
    pub(crate) fn new(
        hold: Hold,
        scopes: Snapshot,
        stack: Option<Box<Stack>>,
        edit: Option<Box<Edit>>,
    ) -> Self {
        let edited = edit.as_ref();
        let edited = edited.map_or(0, |edit| size_of::<Edit>() + edit.before.memory() + edit.after.memory());
        let memory = scopes.memory() + edited;
        Self { hold, scopes: Mutex::new(Some(scopes)), memory, stack, edit }
    }

    /// Where it was captured, once: for who makes the event.
    pub(crate) fn take_scopes(&self) -> Option<Snapshot> {
        self.lock_scopes().take()
    }

    fn lock_scopes(&self) -> MutexGuard<'_, Option<Snapshot>> {
        self.scopes.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// An event before and after a callback saw it.
#[derive(Debug)]
pub(crate) struct Edit {
    pub(crate) before: Event<'static>,
    pub(crate) after: Event<'static>,
}

/// How sure it is that one error is another one further out.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Likeness {
    /// It says the same, or says it among other things.
    Text,
    /// It says the same, and is in the same place.
    Place,
}

/// What is still open while the error is on its way.
#[derive(Clone, Debug)]
pub(crate) struct Progress {
    /// Innermost first.
    pub(crate) hops: Hops,
    /// As what the error was returned last, if that was not as it was captured.
    came_as: Option<As>,
    /// The error and its causes as it was returned last, if that was not as it was captured: with what it was wrapped in.
    outer: Option<Arc<[Cause]>>,
    /// `None` while nobody knows.
    pub(crate) handled: Option<bool>,
    /// The user has captured it too.
    told_again: bool,
    /// The event was made from what was known.
    left: bool,
}

impl ErrorReport {
    /// A report of an error that has taken these hops, and was returned last as this. Nothing is sent of it.
    pub(crate) fn new(causes: Causes, hops: Hops, came_as: Option<As>) -> Arc<Self> {
        Self::captured(causes, hops, came_as, false)
    }

    /// A report of an error that the user captures.
    pub(crate) fn by_hand(causes: Causes) -> Arc<Self> {
        Self::captured(causes, Hops::new(), None, true)
    }

    fn captured(causes: Causes, hops: Hops, captured_as: Option<As>, by_hand: bool) -> Arc<Self> {
        let memory = memory_of(&causes) + hops.iter().map(Hop::memory).sum::<usize>();
        Arc::new(Self {
            id: crate::random::uuid(),
            at: SystemTime::now(),
            #[cfg(feature = "tracing")]
            serial: if remembers_reports() { SERIAL.fetch_add(1, Ordering::Relaxed) } else { 0 },
            causes,
            captured_as,
            by_hand,
            sent: None,
            changed: AtomicBool::new(false),
            memory: AtomicUsize::new(memory),
            progress: Mutex::new(Progress {
                hops,
                came_as: None,
                outer: None,
                handled: None,
                told_again: false,
                left: false,
            }),
        })
    }

    /// Lets something be sent of it, when its hold is released. Nobody else has it yet.
    pub(crate) fn send(self: &mut Arc<Self>, sent: Sent) {
        if let Some(report) = Arc::get_mut(self) {
            *report.memory.get_mut() += sent.memory;
            report.sent = Some(sent);
        }
    }

    /// What it takes now, in bytes, itself apart.
    pub(crate) fn memory(&self) -> usize {
        self.memory.load(Ordering::Relaxed)
    }

    /// Notes that it takes more now, and by how much less of something else. The lock is held.
    fn grow(&self, more: usize, less: usize) {
        let was = self.memory.load(Ordering::Relaxed);
        self.memory.store((was + more).saturating_sub(less), Ordering::Relaxed);
    }

    /// What is only known of a report of which something is sent.
    pub(crate) fn sent(&self) -> Option<&Sent> {
        self.sent.as_ref()
    }

    /// The error and its causes, as far as is known.
    pub(crate) fn causes<'a>(&'a self, progress: &'a Progress) -> &'a [Cause] {
        progress.outer.as_deref().unwrap_or(&self.causes)
    }

    /// What is known so far.
    pub(crate) fn progress(&self) -> Progress {
        self.lock().clone()
    }

    /// What is known in the end: the event is made from it, and whatever comes later comes too late.
    pub(crate) fn close(&self) -> Progress {
        let mut progress = self.lock();
        progress.left = true;
        progress.clone()
    }

    /// Whether an error that says this may be this one: it says the same, or this among other things.
    #[cfg(any(feature = "actix", feature = "tower"))]
    pub(crate) fn is_told_by(&self, text: &str) -> bool {
        let progress = self.lock();
        let outer = self.causes(&progress).first();
        self.causes
            .first()
            .into_iter()
            .chain(outer)
            .any(|cause| *text == *cause.value || cause.is_within(text))
    }

    /// Whether an error with these causes is this one: the same value passed on, one that wraps it, or one that was
    /// made from its text.
    pub(crate) fn is_in(&self, causes: &[Cause]) -> Option<Likeness> {
        let own = self.causes.first()?;
        let likeness = |cause: &Cause| {
            if own.is_told_by(cause) {
                let same_place = own.address != 0 && own.address == cause.address;
                return Some(if same_place { Likeness::Place } else { Likeness::Text });
            }
            own.is_within(&cause.value).then_some(Likeness::Text)
        };
        causes.iter().filter_map(likeness).max()
    }

    /// Adds a hop if the error left as it came from the function before, at the most in another place. That is told
    /// without reading it anew. Gives the hop back otherwise.
    pub(crate) fn pass_on(&self, error: Seen<'_>, hop: Hop) -> Option<Hop> {
        let (came_as, outer) = if self.changed.load(Ordering::Relaxed) {
            let progress = self.lock();
            (progress.came_as, progress.outer.clone())
        } else {
            (self.captured_as, None)
        };
        // As it was captured, its own text tells; what it was wrapped in since may differ further in alone.
        let causes = outer.as_deref().or(self.causes.get(..1)).unwrap_or_default();
        // Texts are the user's code, so nothing is locked.
        if came_as != Some(error.as_what()) || !is_as_read(error, causes) {
            return Some(hop);
        }
        let mut progress = self.lock();
        if progress.left {
            return Some(hop);
        }
        self.grow(hop.memory(), 0);
        progress.hops.push(hop);
        None
    }

    /// Adds a hop, by which the error left with these causes. If the event has left already, gives back all that there
    /// is to say of it, this hop too.
    pub(crate) fn add_hop(&self, hop: Hop, causes: Causes, came_as: As) -> Result<(), Box<(Causes, Hops)>> {
        let mut progress = self.lock();
        self.changed.store(true, Ordering::Relaxed);
        self.grow(hop.memory(), 0);
        progress.hops.push(hop);
        progress.came_as = Some(came_as);
        if causes != self.causes {
            let mut outer = grown(&self.causes, causes.into_vec());
            // A box may have hidden since what is known of those further out.
            for known in progress.outer.iter().flat_map(|outer| outer.iter()) {
                for cause in outer.iter_mut().filter(|cause| known.is_told_by(cause)) {
                    cause.is_known_as(known);
                }
            }
            self.grow(memory_of(&outer), progress.outer.as_deref().map_or(0, memory_of));
            progress.outer = Some(outer.into());
        }
        if !progress.left {
            return Ok(());
        }
        Err(Box::new((self.causes(&progress).into(), progress.hops.clone())))
    }

    /// Whether it is an event that an attributed function has returned, and that nobody has captured by hand since.
    pub(crate) fn is_of_attribute(&self) -> bool {
        let progress = self.lock();
        self.sent.is_some() && !progress.told_again && !progress.hops.is_empty()
    }

    /// Adds what the scope says where the user captures it too; false if the event has left.
    pub(crate) fn add_scope(&self, mut here: Snapshot) -> bool {
        // What is not needed of `here` goes when nothing is locked any more: it may be the user's code.
        let Some(sent) = self.sent() else { return false };
        let mut progress = self.lock();
        let mut scopes = sent.lock_scopes();
        let Some(scopes) = scopes.as_mut().filter(|_| !progress.left && !progress.told_again) else {
            return false;
        };
        progress.told_again = true;
        let before = scopes.memory();
        scopes.take_over_current(&mut here);
        self.grow(scopes.memory(), before);
        true
    }

    /// Nothing more will be learnt: the event can go.
    pub(crate) fn seal(&self, handled: bool) {
        self.lock().handled.get_or_insert(handled);
        if let Some(sent) = self.sent() {
            sent.hold.release();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What an error and its causes take, in bytes.
fn memory_of(causes: &[Cause]) -> usize {
    causes.iter().map(|cause| size_of::<Cause>() + cause.value.len()).sum()
}
