//! The client, as far as everything below it needs to know: a place to put what was captured.
//!
//! It is found at the moment something is captured, so that the order in which threads start and clients are
//! initialised does not matter: the one that the running work is bound to, as a test is, else the process's.

use std::any::Any;
use std::fmt;
use std::panic::PanicHookInfo;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError, RwLock};
use std::time::{Duration, Instant};

use super::{BeforeSendWithHint, Context, DeliveryStats, Snapshot, context, known_host};
#[cfg(any(feature = "actix", feature = "reqwest", feature = "tower"))]
use crate::privacy::DataCollection;
use crate::protocol::{Breadcrumb, Category, Envelope, Event, MonitorCheckIn, Reason};
use crate::telemetry::{Batch, Telemetry};
use crate::trace::{self, Batch as Spans, Finish, Finished, InForce};

static SLOT: RwLock<Slot> = RwLock::new(Slot { clients: Vec::new(), presence: None });
/// How many clients there are: one load, so that instrumented code without one costs next to nothing.
static PRESENT: AtomicUsize = AtomicUsize::new(0);

/// How often the process's client was another one.
static CHANGES: AtomicU64 = AtomicU64::new(0);

/// How many breadcrumbs the process's client keeps; `ASK`, if it is to be asked about each.
static KEPT: AtomicUsize = AtomicUsize::new(0);
const ASK: usize = usize::MAX;

/// Where the process's client is found.
struct Slot {
    /// Each took the place of those before it; when it goes, the one before is the process's again.
    clients: Vec<Installed>,
    /// As long as the process's client is open.
    presence: Option<Presence>,
}

struct Installed {
    host: Arc<dyn Host>,
    /// No guard takes it away again, but the next one that comes by hand.
    by_hand: bool,
}

/// Counts as one client that is there, and what it says of the program's functions is in force.
#[derive(Debug)]
struct Presence {
    _rules: InForce,
}

impl Presence {
    fn new(host: &dyn Host) -> Self {
        let rules = InForce::new(host.settings().rules.as_ref());
        PRESENT.fetch_add(1, Ordering::Relaxed);
        Self { _rules: rules }
    }
}

impl Drop for Presence {
    fn drop(&mut self) {
        PRESENT.fetch_sub(1, Ordering::Relaxed);
    }
}

/// Makes an event, given the name of the transaction that it belongs to; `None` if there is to be none after all.
pub(crate) type Build = Box<dyn FnOnce(Option<String>) -> Option<Box<Event<'static>>> + Send>;

/// Something captured, of which more may be learnt until its hold is released.
pub(crate) trait Growing: Send + Sync {
    /// What keeps it back; `None` if nothing does.
    fn hold(&self) -> Option<&Hold>;
    /// What it takes now, in bytes, itself apart.
    fn memory(&self) -> usize;
    /// Whether the event can be made now, as [`Amend::is_ready`] says.
    fn is_ready(&self, _by: Option<Instant>) -> bool {
        true
    }
    /// The event that it has become, and the scopes that it was captured in, which it lets go of; `None` if there is to be
    /// no event after all.
    fn finish(&self) -> Option<(Box<Event<'static>>, Snapshot)>;
}

/// What an item was made into, or why it was dropped.
pub(crate) type Ready = Result<Prepared, Reason>;

/// What an item was made into.
#[derive(Debug)]
pub(crate) enum Prepared {
    Envelope(Box<Envelope>),
    /// Too much for one.
    Several(Vec<Envelope>),
    /// Nothing: it left another way.
    Elsewhere,
    /// Nothing yet: somebody else is at it. To be asked again.
    NotYet(Item),
}

/// Adds to an event what was not worth the caller's time.
pub(crate) trait Amend: Send {
    /// Whether what is added is at hand; if not, it is looked for from now on. It is taken for ready when that lasts too
    /// long, or beyond `by`.
    fn is_ready(&self, by: Option<Instant>) -> bool;
    fn amend(&self, event: &mut Event<'static>);
}

/// A transaction of which nobody has asked anything while it ran.
#[derive(Debug)]
pub(crate) struct Bare {
    pub(crate) ended: trace::Bare,
    pub(crate) scopes: Snapshot,
}

impl Bare {
    /// One that has ended in the scopes that are active on this thread.
    pub(crate) fn new(ended: trace::Bare) -> Box<Self> {
        let mut bare = Box::new(Self { ended, scopes: Snapshot::empty() });
        bare.scopes.fill_here();
        bare
    }
}

/// Something captured, on its way to the delivery thread.
pub(crate) enum Item {
    /// A finished event.
    Event { event: Box<Event<'static>>, amend: Option<Box<dyn Amend>>, scopes: Box<Snapshot> },
    /// An event whose route is still growing: it is built when the hold is released.
    Held(Arc<dyn Growing>),
    /// An event that is made into an envelope by `finish`, once the hold is released; it takes this many bytes more until
    /// then.
    Deferred { growing: Option<Arc<dyn Growing>>, size: usize, finish: Box<dyn FnOnce() -> Ready + Send> },
    /// An event that is built when it is sent, which takes this many bytes until then.
    Unbuilt { build: Build, size: usize, amend: Option<Box<dyn Amend>>, scopes: Box<Snapshot> },
    /// A finished transaction.
    Transaction { finished: Finished, scopes: Box<Snapshot> },
    /// A finished transaction that is a function's call and no more.
    Bare(Box<Bare>),
    /// An envelope that somebody else has made.
    Envelope(Box<Envelope>),
    /// Spans that leave while their transaction runs.
    Spans(Spans),
    /// A sign of life of a scheduled job.
    CheckIn { check_in: Box<MonitorCheckIn>, scopes: Box<Snapshot> },
    /// What a user says.
    Feedback { event: Box<Event<'static>>, scopes: Box<Snapshot> },
    /// Small things, which wait for others of their kind from this moment on.
    Batch { batch: Batch, since: Instant },
}

impl Item {
    pub(crate) fn batch(batch: Batch) -> Self {
        Self::Batch { batch, since: Instant::now() }
    }

    /// Whether it can be made into an envelope now, as [`Amend::is_ready`] says.
    pub(crate) fn is_ready(&self, by: Option<Instant>) -> bool {
        match self {
            Self::Event { amend, .. } | Self::Unbuilt { amend, .. } => {
                amend.as_ref().is_none_or(|amend| amend.is_ready(by))
            }
            Self::Held(growing) => growing.is_ready(by),
            // Somebody may be waiting until it is on disk.
            _ => true,
        }
    }
}

impl fmt::Debug for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Event { .. } => "Event",
            Self::Held(_) => "Held",
            Self::Deferred { .. } => "Deferred",
            Self::Unbuilt { .. } => "Unbuilt",
            Self::Transaction { .. } => "Transaction",
            Self::Bare(_) => "Bare",
            Self::Spans(_) => "Spans",
            Self::Envelope(_) => "Envelope",
            Self::CheckIn { .. } => "CheckIn",
            Self::Feedback { .. } => "Feedback",
            Self::Batch { .. } => "Batch",
        })
    }
}

/// Tells the delivery thread that something may leave.
#[derive(Clone)]
pub(crate) struct Wake(Arc<dyn Fn() + Send + Sync>);

impl Wake {
    pub(crate) fn new(wake: impl Fn() + Send + Sync + 'static) -> Self {
        Self(Arc::new(wake))
    }
}

impl fmt::Debug for Wake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Wake")
    }
}

/// Work for whoever comes by.
type Task = Box<dyn FnOnce() + Send>;

/// Keeps an item back until it is complete, or until its time is up.
pub(crate) struct Hold {
    released: AtomicBool,
    since: Instant,
    longest: Duration,
    wake: Wake,
    /// What has to be done before. Nearly always nothing, which is found out without a lock.
    first: OnceLock<Mutex<Option<Task>>>,
}

impl Hold {
    pub(crate) fn new(since: Instant, longest: Duration, wake: Wake) -> Self {
        Self { released: AtomicBool::new(false), since, longest, wake, first: OnceLock::new() }
    }

    /// Has something done when the hold is released, by whoever releases it, before the item may go.
    pub(crate) fn before_release(&self, first: Task) {
        // The first one counts, and there is one.
        let _ = self.first.set(Mutex::new(Some(first)));
    }

    pub(crate) fn is_released(&self) -> bool {
        self.released.load(Ordering::Acquire)
    }

    /// Lets the item go.
    pub(crate) fn release(&self) {
        let take = |first: &Mutex<Option<_>>| first.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(first) = self.first.get().and_then(take) {
            first();
        }
        if !self.released.swap(true, Ordering::Release) {
            (self.wake.0)();
        }
    }

    /// Until when the item is kept back at the most, if it is not complete; while somebody flushes, that is sooner.
    pub(crate) fn until(&self, flushing: bool) -> Option<Instant> {
        /// Long enough for an error on its way up through functions that do not wait for anything.
        const GRACE: Duration = Duration::from_millis(50);
        let most = if flushing { self.longest.min(GRACE) } else { self.longest };
        (!self.is_released()).then(|| self.since + most)
    }
}

impl fmt::Debug for Hold {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hold").field("released", &self.released).finish_non_exhaustive()
    }
}

/// A client, seen from below.
pub(crate) trait Host: Finish {
    /// Takes an item for delivery; false if it was dropped at once.
    fn accept(&self, item: Item) -> bool;
    /// Whether it takes items.
    fn is_open(&self) -> bool;
    /// A hold whose release wakes the delivery thread.
    fn hold(&self) -> Hold;
    /// Whether errors and messages carry the stack of their thread.
    fn attaches_stacktrace(&self) -> bool;
    /// Whether panics are captured.
    fn captures_panics(&self) -> bool;
    /// What an extractor of the user's makes of a panic.
    fn event_of_panic(&self, info: &PanicHookInfo<'_>) -> Option<Event<'static>>;
    /// What it takes of logs, metrics and sessions.
    fn telemetry(&self) -> &Telemetry;
    /// What of requests and the like is collected.
    #[cfg(any(feature = "actix", feature = "reqwest", feature = "tower"))]
    fn collection(&self) -> &Arc<DataCollection>;
    /// How long the panic hook may wait for delivery.
    fn panic_flush_timeout(&self) -> Duration;
    /// The callback that sees an event together with its error.
    fn before_send_with_hint(&self) -> Option<&BeforeSendWithHint>;
    /// Enters into the books what was dropped before it was an item.
    fn dropped(&self, reason: Reason, quantities: &[(Category, u64)]);
    /// How many breadcrumbs to keep; `None` if a callback wants to see each.
    fn breadcrumbs_kept(&self) -> Option<usize>;
    /// The breadcrumb as the user's callback leaves it, and how many to keep.
    fn breadcrumb(&self, breadcrumb: Breadcrumb) -> Option<(Breadcrumb, usize)>;
    /// Waits until everything accepted has left, at the longest as long as given, else as long as the shutdown may take.
    fn flush(&self, timeout: Option<Duration>) -> bool;
    /// The program ends: so does its session. Flushes for as long as given, else as long as the shutdown may take, and takes
    /// nothing more. Says whether all has left.
    fn close(&self, timeout: Option<Duration>) -> bool;
    /// What became of everything accepted.
    fn stats(&self) -> DeliveryStats;
    /// The same client, to be asked for its type.
    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync>;
    /// The same client as what transactions report to.
    fn finisher(self: Arc<Self>) -> Arc<dyn Finish>;
}

/// A client that only the work in one context sees.
pub(crate) struct Bound {
    pub(crate) host: Arc<dyn Host>,
    /// Everything that it has sent, if it is a test's.
    pub(crate) sent: Option<Sent>,
    /// As long as the client is found here, apart from a test's, whose guard says how long.
    _presence: Option<Presence>,
}

/// Everything that a test's client has sent.
pub(crate) type Sent = Box<dyn Fn() -> Vec<Envelope> + Send + Sync>;

impl Bound {
    pub(crate) fn new(host: Arc<dyn Host>) -> Self {
        let presence = host.is_open().then(|| Presence::new(&*host));
        Self { host, sent: None, _presence: presence }
    }

    pub(crate) fn of_test(host: Arc<dyn Host>, sent: Sent) -> Self {
        Self { host, sent: Some(sent), _presence: None }
    }
}

impl fmt::Debug for Bound {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Bound").field("open", &self.host.is_open()).finish_non_exhaustive()
    }
}

/// The work on this thread is bound to a client, in scopes of its own, until the guard is dropped.
#[derive(Debug)]
pub(crate) struct Binding {
    _restore: context::Restore,
    _presence: Presence,
}

impl Binding {
    pub(crate) fn new(bound: Bound) -> Self {
        let presence = Presence::new(&*bound.host);
        Self { _restore: context::Restore::install(Context::bound_to(Arc::new(bound))), _presence: presence }
    }
}

/// The client that the running work is bound to.
fn bound() -> Option<Arc<Bound>> {
    context::with(|context| context.client.clone()).flatten()
}

/// The client of the test that is running.
pub(crate) fn of_test() -> Option<Arc<Bound>> {
    bound().filter(|bound| bound.sent.is_some())
}

/// The client of the running work: the one that it is bound to, else the process's.
pub(crate) fn host() -> Option<Arc<dyn Host>> {
    if !is_active() {
        return None;
    }
    match bound() {
        Some(bound) => Some(Arc::clone(&bound.host)),
        // At the end of the thread nothing is remembered.
        None => known_host().or_else(of_process),
    }
}

/// The process's client.
pub(crate) fn of_process() -> Option<Arc<dyn Host>> {
    let slot = SLOT.read().unwrap_or_else(PoisonError::into_inner);
    slot.clients.last().map(|installed| Arc::clone(&installed.host))
}

/// The process's client, and those whose place it took, the last one first: in the order in which their guards would go.
#[cfg(unix)]
pub(crate) fn all_of_process() -> Vec<Arc<dyn Host>> {
    let slot = SLOT.read().unwrap_or_else(PoisonError::into_inner);
    slot.clients.iter().rev().map(|installed| Arc::clone(&installed.host)).collect()
}

/// How often the process's client was another one. Who asks before who that client is does not remember one too long.
#[inline]
pub(super) fn changes() -> u64 {
    CHANGES.load(Ordering::Acquire)
}

/// The client of the work in `context`, which may have left the thread.
pub(crate) fn host_of(context: Option<&Context>) -> Option<Arc<dyn Host>> {
    match context.and_then(|context| context.client.as_ref()) {
        Some(bound) => Some(Arc::clone(&bound.host)),
        None => host(),
    }
}

/// How many breadcrumbs the process's client keeps; `None`: it is to be asked about each.
#[inline]
pub(super) fn breadcrumbs_kept() -> Option<usize> {
    Some(KEPT.load(Ordering::Relaxed)).filter(|kept| *kept != ASK)
}

/// Whether there is a client, of whatever work.
#[inline]
pub(crate) fn is_active() -> bool {
    PRESENT.load(Ordering::Relaxed) > 0
}

/// Makes `new` the process's client, until it is uninstalled.
pub(crate) fn install(new: Arc<dyn Host>) {
    change_slot(|clients| {
        clients.push(Installed { host: new, by_hand: false });
        None
    });
}

/// Makes `new` the process's client, in place of one that was installed by hand before.
pub(crate) fn install_by_hand(new: Arc<dyn Host>) {
    change_slot(|clients| {
        let at = clients.iter().position(|installed| installed.by_hand);
        let old = at.map(|at| clients.remove(at));
        clients.push(Installed { host: new, by_hand: true });
        old
    });
}

/// Takes a client out; if it was the process's, the one before it is that again.
pub(crate) fn uninstall(this: &Arc<dyn Host>) {
    change_slot(|clients| {
        let at =
            clients.iter().rposition(|installed| Arc::ptr_eq(&installed.host, this) && !installed.by_hand)?;
        Some(clients.remove(at))
    });
}

fn change_slot(change: impl FnOnce(&mut Vec<Installed>) -> Option<Installed>) {
    let mut slot = SLOT.write().unwrap_or_else(PoisonError::into_inner);
    let old = change(&mut slot.clients);
    let host = slot.clients.last().map(|installed| Arc::clone(&installed.host));
    slot.presence = host.as_deref().filter(|host| host.is_open()).map(Presence::new);
    let kept = host.as_ref().map_or(0, |host| host.breadcrumbs_kept().unwrap_or(ASK));
    KEPT.store(kept, Ordering::Relaxed);
    CHANGES.fetch_add(1, Ordering::Release);
    drop(slot);
    // Dropped outside the lock: a client's end may run anything.
    drop((old, host));
}
