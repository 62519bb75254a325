//! Which transactions are running whose spans leave while they do, and when it is time for those to leave.
//!
//! Source: Sentry's SDK documentation, "Span buffer".

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::{Duration, Instant};

use super::Trace;
use crate::glob;

/// How long a span that has ended waits for others.
const EVERY: Duration = Duration::from_secs(5);

/// The running transactions of a client.
#[derive(Default)]
pub(crate) struct Streams {
    /// Names of transactions that nobody wants; `*` stands for any text.
    ignored: Vec<String>,
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
    /// Of a client that does not want transactions by these names.
    pub(crate) fn without(ignored: &[String]) -> Self {
        Self { ignored: ignored.to_vec(), ..Self::default() }
    }

    /// Whether nobody wants a transaction of this name.
    pub(super) fn ignores(&self, name: &str) -> bool {
        glob::any_fits(&self.ignored, name)
    }

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

#[cfg(test)]
mod tests {
    use std::sync::atomic::AtomicUsize;

    use super::*;
    use crate::trace::{ActiveSpan, TraceSettings, TransactionContext};

    fn start(streams: &Arc<Streams>) -> ActiveSpan {
        let settings =
            TraceSettings { rate: Some(1.0), streams: Some(Arc::clone(streams)), ..TraceSettings::OFF };
        Trace::start(TransactionContext::new("name", "op"), &settings, None, None)
    }

    #[test]
    fn running_transactions_are_due_every_five_seconds_and_at_once_when_many_spans_wait() {
        let (streams, woken) = (Arc::<Streams>::default(), Arc::new(AtomicUsize::new(0)));
        let count = Arc::clone(&woken);
        streams.on_wake(Box::new(move || {
            count.fetch_add(1, Ordering::Relaxed);
        }));
        let before = Instant::now();
        assert_eq!(streams.due(before).1, None);
        let (first, second) = (start(&streams), start(&streams));
        assert_eq!(woken.load(Ordering::Relaxed), 1, "the first one wakes");
        let (due, next) = streams.due(before);
        let next = next.expect("something runs");
        assert!(due.is_empty() && next >= before + EVERY);

        let (due, next) = streams.due(next);
        assert_eq!(due.len(), 2);
        let next = next.expect("something runs");
        first.trace().press();
        first.trace().press();
        assert_eq!(woken.load(Ordering::Relaxed), 2, "once until somebody looks");
        assert_eq!(streams.due(before).0.len(), 2);

        drop(second.finish_transaction(None, None));
        let (due, _) = streams.due(next);
        assert!(due.len() == 1 && Arc::ptr_eq(&due[0], first.trace()));
        drop(first.finish_transaction(None, None));
        let (due, next) = streams.due(next + EVERY);
        assert!(due.is_empty() && next.is_none(), "nobody has to look any more");
    }

    #[test]
    fn a_span_is_taken_once_and_makes_room() {
        let streams = Arc::<Streams>::default();
        let root = start(&streams);
        let taken = |root: &ActiveSpan| root.trace().take_ended().len();
        for _ in 0..20_000 {
            let (ended, running) =
                (root.start_child("op", "ended", None), root.start_child("op", "running", None));
            ended.finish(None);
            assert_eq!(taken(&root), 1);
            running.finish(None);
            assert_eq!((taken(&root), taken(&root)), (1, 0));
        }
        assert_eq!((root.trace().lost(), root.trace().state().waiting()), (0, 0));
    }
}
