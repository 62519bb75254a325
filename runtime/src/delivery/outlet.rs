//! The way out of one client: its queue, and the thread that empties it, which is started when the first item comes.
//!
//! After `fork` the child has none of the parent's threads, and what waits in its copy of the queue is the parent's to
//! send. So the child gets a queue, books and, with its first item, a delivery thread of its own.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use super::backpressure::Backpressure;
use super::queue::{Flushed, Limits, Queue};
use super::spool::Spool;
use super::transport::Transport;
use super::worker::{self, Prepare, Way};
use crate::callback;
use crate::process::PerProcess;
use crate::protocol::{Category, Reason};
use crate::scope::{DeliveryStats, Hold, Item};
use crate::trace::Feedback;

/// The way out of one client.
pub(crate) struct Outlet {
    plan: Plan,
    lanes: PerProcess<Lane>,
}

/// How envelopes leave, and what has to be flushed beside the queue.
pub(crate) struct Ways {
    pub(crate) way: Way,
    pub(crate) flushed: Option<Arc<dyn Transport>>,
    /// Where what cannot be sent is kept.
    pub(crate) spool: Option<Arc<Spool>>,
}

/// What it takes to start a delivery thread.
struct Plan {
    limits: Limits,
    way: Way,
    /// What is flushed beside the queue.
    flushed: Option<Arc<dyn Transport>>,
    spool: Option<Arc<Spool>>,
    feedback: Arc<Feedback>,
    backpressure: bool,
    prepare: Box<dyn Fn() -> Box<dyn Prepare> + Send + Sync>,
}

/// The queue of one process.
struct Lane {
    queue: Arc<Queue>,
    started: AtomicBool,
    /// That it could not be started.
    said: AtomicBool,
}

impl fmt::Debug for Outlet {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Outlet").field("limits", &self.plan.limits).finish_non_exhaustive()
    }
}

impl Outlet {
    pub(crate) fn new(
        limits: Limits,
        ways: Ways,
        feedback: Arc<Feedback>,
        backpressure: bool,
        prepare: Box<dyn Fn() -> Box<dyn Prepare> + Send + Sync>,
    ) -> Self {
        let lanes = PerProcess::new(Lane::new(limits, Arc::clone(&feedback)));
        let Ways { way, flushed, spool } = ways;
        let outlet =
            Self { plan: Plan { limits, way, flushed, spool, feedback, backpressure, prepare }, lanes };
        if outlet.plan.spool.is_some() {
            // There may be something left over.
            outlet.lane().start(&outlet.plan);
        }
        outlet
    }

    /// Enters something that was written to the spool without having been in the queue.
    pub(crate) fn spooled(&self, quantities: &[(Category, u64)]) {
        let lane = self.lane();
        lane.queue.enter_captured(quantities);
        lane.start(&self.plan);
    }

    /// Enters something that was dropped without having been in the queue.
    pub(crate) fn dropped(&self, reason: Reason, quantities: &[(Category, u64)]) {
        let lane = self.lane();
        lane.queue.enter_captured(quantities);
        lane.queue.enter_dropped(reason, quantities, true);
        // The server is told of it.
        lane.start(&self.plan);
    }

    /// Takes an item; false if it is closed.
    pub(crate) fn push(&self, item: Item) -> bool {
        let lane = self.lane();
        let accepted = lane.queue.push(item);
        if accepted {
            lane.start(&self.plan);
        }
        accepted
    }

    /// Has the delivery thread look whether there is something to do.
    pub(crate) fn nudge(&self) {
        let lane = self.lane();
        lane.start(&self.plan);
        lane.queue.nudge();
    }

    pub(crate) fn hold(&self) -> Hold {
        self.lane().queue.hold()
    }

    pub(crate) fn stats(&self) -> DeliveryStats {
        self.lane().queue.stats()
    }

    /// Who takes envelopes out of the process, if it is not we.
    pub(crate) fn transport(&self) -> Option<&Arc<dyn Transport>> {
        self.plan.flushed.as_ref()
    }

    /// What waits for the rest to leave when there is no outlet any more.
    pub(crate) fn rest(&self) -> impl Fn(Duration) + Send + Sync + use<> {
        let queue = Arc::clone(&self.lane().queue);
        move |timeout| _ = queue.flush(timeout)
    }

    pub(crate) fn is_open(&self) -> bool {
        self.lane().queue.is_open()
    }

    /// Waits until everything has left, `timeout` at the longest; says whether it has. What is in the spool has its chance
    /// to be sent in that time, and has left in any case: it is safe there.
    pub(crate) fn flush(&self, timeout: Duration) -> Flushed {
        self.empty(timeout, Spool::flush, <dyn Transport>::flush)
    }

    /// Takes nothing more, and waits as [`flush`](Self::flush) does. What has not left shortly before the end of that time
    /// goes to the spool, if there is one.
    pub(crate) fn close(&self, timeout: Duration) -> Flushed {
        let lane = self.lane();
        lane.queue.close_within(timeout);
        let is_awaited = lane.queue.has_waiting() || lane.queue.has_report();
        if is_awaited && !lane.start(&self.plan) {
            lane.queue.abandon();
        }
        self.empty(timeout, Spool::end, <dyn Transport>::shutdown)
    }

    fn empty(
        &self,
        timeout: Duration,
        flush_spool: fn(&Spool, Duration),
        flush: fn(&dyn Transport, Duration) -> bool,
    ) -> Flushed {
        let started = Instant::now();
        let lane = self.lane();
        if lane.queue.has_waiting() && !lane.start(&self.plan) {
            return Flushed::TimedOut;
        }
        let mut flushed = lane.queue.flush(timeout);
        if flushed == Flushed::TimedOut {
            return flushed;
        }
        let left = timeout.saturating_sub(started.elapsed());
        // Without its thread, nothing is on its way from there.
        let has_thread = lane.started.load(Ordering::Relaxed) && !lane.queue.is_served_here();
        if let Some(spool) = self.plan.spool.as_ref().filter(|_| has_thread) {
            flush_spool(spool, left);
            if lane.queue.has_new_losses() {
                flushed = Flushed::WithLosses;
            }
        }
        let Some(transport) = self.plan.flushed.clone() else { return flushed };
        let left = timeout.saturating_sub(started.elapsed());
        // On a thread of its own: it may take longer than it was told.
        let (answer, answered) = mpsc::channel();
        let asked = callback::thread("sentry-flush", move || {
            // Nobody listens any more when it took too long.
            let _ = answer.send(flush(&*transport, left));
        });
        let is_empty = asked.is_ok() && answered.recv_timeout(left).unwrap_or(false);
        if is_empty { flushed } else { Flushed::TimedOut }
    }

    fn lane(&self) -> &Lane {
        self.lanes.get(|_| Lane::new(self.plan.limits, Arc::clone(&self.plan.feedback)))
    }
}

impl Drop for Outlet {
    fn drop(&mut self) {
        self.lane().queue.close();
    }
}

impl Lane {
    fn new(limits: Limits, feedback: Arc<Feedback>) -> Self {
        let queue = Queue::new(limits, feedback);
        Self { queue, started: AtomicBool::new(false), said: AtomicBool::new(false) }
    }

    /// Starts the delivery thread, if nobody has yet; false if there can be none now.
    fn start(&self, plan: &Plan) -> bool {
        if self.started.load(Ordering::Relaxed) || self.started.swap(true, Ordering::Relaxed) {
            return true;
        }
        let pressure =
            plan.backpressure.then(|| Backpressure::new(Arc::clone(&plan.feedback), Instant::now()));
        let started = worker::start(Arc::clone(&self.queue), (plan.prepare)(), plan.way.clone(), pressure);
        if let Err(error) = &started {
            // Said once. What waits is bounded, and whoever comes next tries again.
            if !self.said.swap(true, Ordering::Relaxed) {
                crate::debug::log!("the delivery thread cannot be started now: {error}");
            }
            self.started.store(false, Ordering::Relaxed);
        }
        started.is_ok()
    }
}
