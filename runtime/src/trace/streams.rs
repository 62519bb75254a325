//! Which transactions are running whose spans leave while they do, and when it is time for those to leave.
//!
//! Source: Sentry's SDK documentation, "Span buffer".

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::Trace;

/// How long a span that has ended waits for others.
const EVERY: Duration = Duration::from_secs(5);

/// The running transactions of a client.
#[derive(Default)]
pub(crate) struct Streams {
    running: Mutex<Running>,
    /// So many spans wait somewhere that they shall leave at once.
    full: AtomicBool,
    /// Wakes the delivery thread.
    wake: OnceLock<Box<dyn Fn() + Send + Sync>>,
}

#[derive(Debug, Default)]
struct Running {
    traces: Vec<Weak<Trace>>,
    /// How many there were when those that had ended were taken out.
    known: usize,
    /// When it is time; `None` while nothing runs.
    next: Option<Instant>,
}

impl Running {
    fn prune(&mut self) {
        self.traces.retain(|trace| trace.upgrade().is_some_and(|trace| !trace.is_finished()));
        self.known = self.traces.len();
    }
}

impl Streams {
    /// Says who is to be woken when there is something to do.
    pub(crate) fn on_wake(&self, wake: Box<dyn Fn() + Send + Sync>) {
        // Only the client that made this says it, once.
        let _ = self.wake.set(wake);
    }

    /// A transaction has started.
    pub(super) fn add(&self, trace: &Arc<Trace>) {
        /// Fewer are not worth a look.
        const FEW: usize = 64;
        let mut running = self.lock();
        if running.traces.len() >= 2 * running.known.max(FEW) {
            running.prune();
        }
        running.traces.push(Arc::downgrade(trace));
        let first = running.next.is_none();
        if first {
            running.next = Some(Instant::now() + EVERY);
        }
        drop(running);
        if first {
            self.wake();
        }
    }

    /// Many spans wait.
    pub(super) fn press(&self) {
        if !self.full.swap(true, Ordering::Relaxed) {
            self.wake();
        }
    }

    /// The transactions whose spans shall leave now, and when to ask again.
    pub(crate) fn due(&self, now: Instant) -> (Vec<Arc<Trace>>, Option<Instant>) {
        let mut running = self.lock();
        let full = self.full.swap(false, Ordering::Relaxed);
        if !full && running.next.is_none_or(|next| now < next) {
            return (Vec::new(), running.next);
        }
        running.prune();
        running.next = (!running.traces.is_empty()).then(|| now + EVERY);
        (running.traces.iter().filter_map(Weak::upgrade).collect(), running.next)
    }

    /// All running transactions.
    pub(crate) fn all(&self) -> Vec<Arc<Trace>> {
        self.lock().traces.iter().filter_map(Weak::upgrade).collect()
    }

    fn wake(&self) {
        if let Some(wake) = self.wake.get() {
            wake();
        }
    }

    fn lock(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Streams {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Streams").field("running", &self.lock().traces.len()).finish_non_exhaustive()
    }
}
