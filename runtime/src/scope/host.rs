//! The client, as far as everything below it needs to know: a place to put what was captured.
//!
//! It is found through a slot of the process at the moment something is captured, so that the order in which threads
//! start and clients are initialised does not matter.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, PoisonError, RwLock};
use std::time::{Duration, Instant};

use super::Snapshot;
use crate::protocol::{Breadcrumb, Event};
use crate::trace::{Finish, Finished};

static SLOT: RwLock<Option<Arc<dyn Host>>> = RwLock::new(None);
/// Whether there is a client: one load, so that instrumented code without one costs next to nothing.
static ACTIVE: AtomicBool = AtomicBool::new(false);

/// Makes an event, given the name of the transaction that it belongs to.
pub(crate) type Build = Box<dyn FnOnce(Option<String>) -> Event<'static> + Send>;

/// Something captured, on its way to the delivery thread.
pub(crate) enum Item {
    /// A finished event.
    Event { event: Box<Event<'static>>, scopes: Box<Snapshot> },
    /// An event whose route is still growing: it is built when the hold is released.
    Held { hold: Arc<Hold>, build: Build, scopes: Box<Snapshot> },
    /// A finished transaction.
    Transaction { finished: Box<Finished>, scopes: Box<Snapshot> },
}

impl fmt::Debug for Item {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Event { .. } => "Event",
            Self::Held { .. } => "Held",
            Self::Transaction { .. } => "Transaction",
        })
    }
}

/// Keeps an item back until it is complete, or until its time is up.
pub(crate) struct Hold {
    released: AtomicBool,
    since: Instant,
    longest: Duration,
    wake: Box<dyn Fn() + Send + Sync>,
}

impl Hold {
    pub(crate) fn new(since: Instant, longest: Duration, wake: Box<dyn Fn() + Send + Sync>) -> Self {
        Self { released: AtomicBool::new(false), since, longest, wake }
    }

    /// Lets the item go.
    pub(crate) fn release(&self) {
        if !self.released.swap(true, Ordering::Release) {
            (self.wake)();
        }
    }

    /// Until when the item is kept back at the most, if it is not complete; while somebody flushes, that is sooner.
    pub(crate) fn until(&self, flushing: bool) -> Option<Instant> {
        /// Long enough for an error on its way up through functions that do not wait for anything.
        const GRACE: Duration = Duration::from_millis(50);
        let most = if flushing { self.longest.min(GRACE) } else { self.longest };
        (!self.released.load(Ordering::Acquire)).then(|| self.since + most)
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
    fn hold(&self) -> Arc<Hold>;
    /// The breadcrumb as the user's callback leaves it, and how many to keep.
    fn breadcrumb(&self, breadcrumb: Breadcrumb) -> Option<(Breadcrumb, usize)>;
    /// Waits until everything accepted has left, at the longest as long as given, else as long as the shutdown may take.
    fn flush(&self, timeout: Option<Duration>) -> bool;
    /// The same client as what transactions report to.
    fn finisher(self: Arc<Self>) -> Arc<dyn Finish>;
}

/// The process's client.
pub(crate) fn host() -> Option<Arc<dyn Host>> {
    if !is_active() {
        return None;
    }
    SLOT.read().unwrap_or_else(PoisonError::into_inner).clone()
}

#[inline]
pub(crate) fn is_active() -> bool {
    ACTIVE.load(Ordering::Relaxed)
}

/// The client that had the slot before another one took it.
#[derive(Default)]
pub(crate) struct Previous(Option<Arc<dyn Host>>);

impl Previous {
    pub(crate) fn take(&mut self) -> Self {
        std::mem::take(self)
    }
}

impl fmt::Debug for Previous {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Previous").field(&self.0.is_some()).finish()
    }
}

/// Makes `new` the process's client.
pub(crate) fn install(new: Arc<dyn Host>) -> Previous {
    let mut slot = SLOT.write().unwrap_or_else(PoisonError::into_inner);
    ACTIVE.store(new.is_open(), Ordering::Relaxed);
    Previous(slot.replace(new))
}

/// Gives the slot back to the previous client, if it still holds this one and that one is open.
pub(crate) fn uninstall(this: &Arc<dyn Host>, previous: Previous) {
    let mut slot = SLOT.write().unwrap_or_else(PoisonError::into_inner);
    let ours = slot.as_ref().is_some_and(|current| Arc::ptr_eq(current, this));
    let old = if ours {
        let next = previous.0.filter(|previous| previous.is_open());
        ACTIVE.store(next.is_some(), Ordering::Relaxed);
        std::mem::replace(&mut *slot, next)
    } else {
        None
    };
    drop(slot);
    // Dropped outside the lock: a client's end may run anything.
    drop(old);
}
