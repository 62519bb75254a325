//! What was captured and has not left yet. Callers put items in; the delivery thread takes them out.
//!
//! A caller holds the lock for a push and no longer: nothing is serialised, sent or called back under it. Every item is
//! in the books from its capture to its end, which is where its [`Ticket`] is dropped, however that comes about.

mod ticket;

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::Notify;
use tokio::sync::futures::Notified;

use super::buffers::{Buffers, Entry, Pushed, quantities};
use super::ledger::Ledger;
use crate::protocol::{Category, ClientReport, Reason};
use crate::scope::{DeliveryStats, Hold, Item, Wake};
use crate::trace::Feedback;
use ticket::Outcome;
pub(crate) use ticket::Ticket;

/// How often losses are reported when nothing else is sent.
const REPORT_EVERY: Duration = Duration::from_secs(30);

/// For how long an item may wait before the delivery thread looks for more by itself.
///
/// Waking that thread is a call of the system, and takes ten times what the rest of a push does. So while items keep
/// coming, one in this time wakes it, and the others are found when it looks.
const PATIENCE: Duration = Duration::from_millis(20);
/// How long an item rests that was put back.
const AGAIN: Duration = Duration::from_millis(20);
/// Before the end nobody waits for the server any more, so that there is time to write what has not left to the spool.
const LAST_CALL: Duration = Duration::from_millis(200);

/// How much may wait, and for how long.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Estimated bytes of all waiting items together.
    pub(crate) max_bytes: usize,
    /// How long an error may wait for the end of its route.
    pub(crate) hold: Duration,
    /// Whether the server is told what was lost.
    pub(crate) reports: bool,
}

/// The queue between the callers and the delivery thread.
#[derive(Debug)]
pub(crate) struct Queue {
    limits: Limits,
    feedback: Arc<Feedback>,
    state: Mutex<State>,
    /// Wakes the delivery thread.
    wake: Arc<Notify>,
    /// Wakes those who wait to try again: somebody wants to be done.
    hurry: Notify,
    /// A hold was released since the delivery thread looked.
    released: Arc<AtomicBool>,
    /// Whether the delivery thread looks before long without being told: [`Watch`] is not [`Watch::Asleep`].
    looks: Arc<AtomicBool>,
    /// What a hold does when it is released.
    on_release: Wake,
    /// Signalled when an item is done with while somebody flushes.
    done: Condvar,
}

#[derive(Debug)]
struct State {
    buffers: Buffers,
    ledger: Ledger,
    /// How many items are not done with, by the flush that will wait for them; the last one is still open.
    epochs: VecDeque<usize>,
    /// The number of the first epoch.
    first_epoch: u32,
    /// Until when nothing that is held has to go.
    held_until: Option<Instant>,
    /// Items lost, and how many of them the last flush has told of.
    lost: u64,
    lost_told: u64,
    /// Something was dropped for want of room since somebody looked.
    overflowed: bool,
    reports: Reports,
    /// While somebody flushes, nothing is held back.
    flushing: u32,
    closed: bool,
    /// From when on it is too late to wait for the server.
    last_call: Option<Instant>,
    /// Until when items may be put back: half of the time that somebody waits for them.
    ready_by: Option<Instant>,
    worker: Option<ThreadId>,
    watch: Watch,
}

/// How the delivery thread learns that there is something to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Watch {
    /// It is told of everything.
    Asleep,
    /// It was told, or has found something just now, and looks again before long.
    Looking,
    /// It looks again before long, and is told only when the buffers fill.
    Patient,
}

/// What is under way to tell the server of losses.
#[derive(Debug)]
struct Reports {
    /// Whether it is told at all.
    wanted: bool,
    /// When it is told even if nothing else is sent.
    next: Instant,
    /// A report is on its way, in an envelope of its own.
    under_way: bool,
    /// The report at the end was sent, or cannot be.
    farewell: bool,
}

/// How a flush ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Flushed {
    /// Everything has left.
    Everything,
    /// Nothing waits any more, but something was lost since the last flush.
    WithLosses,
    /// Something still waits.
    TimedOut,
}

/// What the delivery thread finds.
#[derive(Debug)]
pub(crate) enum Next {
    Items(Vec<(Ticket, Item)>),
    /// It is time to tell the server of losses.
    Report,
    /// Nothing to do before this instant, unless woken.
    Wait(Option<Instant>),
    /// Closed, and everything is out.
    Finished,
}

impl Queue {
    pub(crate) fn new(limits: Limits, feedback: Arc<Feedback>) -> Arc<Self> {
        let state = State {
            buffers: Buffers::new(limits.max_bytes),
            ledger: Ledger::default(),
            epochs: VecDeque::from([0]),
            first_epoch: 0,
            held_until: None,
            lost: 0,
            lost_told: 0,
            overflowed: false,
            reports: Reports {
                wanted: limits.reports,
                next: Instant::now() + REPORT_EVERY,
                under_way: false,
                farewell: false,
            },
            flushing: 0,
            closed: false,
            last_call: None,
            ready_by: None,
            worker: None,
            watch: Watch::Asleep,
        };
        let wake = Arc::new(Notify::new());
        let [released, looks] = [(); 2].map(|()| Arc::new(AtomicBool::default()));
        let (theirs, noted, seen) = (Arc::clone(&wake), Arc::clone(&released), Arc::clone(&looks));
        let on_release = Wake::new(move || {
            raise(&noted);
            // Whoever goes to sleep looks at the other one after this one, too.
            if !seen.load(Ordering::SeqCst) {
                theirs.notify_one();
            }
        });
        Arc::new(Self {
            limits,
            feedback,
            state: Mutex::new(state),
            wake,
            hurry: Notify::new(),
            released,
            looks,
            on_release,
            done: Condvar::new(),
        })
    }

    /// Adds an item; false if the queue is closed. When a bound is exceeded the oldest logs go, then the oldest
    /// transactions, then the oldest check-ins, then the oldest events.
    pub(crate) fn push(&self, item: Item) -> bool {
        let quantities = quantities(&item);
        let is_held = matches!(item, Item::Held(_) | Item::Deferred { .. });
        let is_session = matches!(&item, Item::Batch { batch, .. } if batch.kind().is_session());
        let mut state = self.lock();
        state.ledger.capture(&quantities);
        // What ends a session may be an event that the flush before the end waits for.
        if state.closed && (!is_session || state.is_idle()) {
            // A closed client has room for nothing.
            state.ledger.drop(Reason::QueueOverflow, &quantities, self.limits.reports);
            state.lost += 1;
            drop(state);
            drop(item);
            return false;
        }
        let epoch = if is_session && state.flushing > 0 { state.enter_first() } else { state.enter() };
        let Pushed { evicted, joined } = state.buffers.push(item, epoch);
        if joined {
            state.leave(epoch);
        }
        self.drop_evicted(&mut state, &evicted);
        let ready = !joined || state.buffers.has_ready();
        let wakes = ready && (state.watch == Watch::Asleep || state.buffers.is_filling());
        if wakes {
            self.watch(&mut state, Watch::Looking);
        }
        drop(state);
        if is_held {
            raise(&self.released);
        }
        if wakes {
            self.wake.notify_one();
        }
        if !evicted.is_empty() {
            crate::debug::log!("the queue is full: {} of the oldest items dropped", evicted.len());
        }
        true
    }

    /// Takes an item back that cannot leave yet. Whoever flushes goes on waiting for it.
    pub(crate) fn put_back(&self, ticket: Ticket, item: Item, now: Instant) {
        let epoch = ticket.put_back();
        let mut state = self.lock();
        let Pushed { evicted, .. } = state.buffers.put_back(item, epoch, now + AGAIN);
        self.drop_evicted(&mut state, &evicted);
        drop(state);
        raise(&self.released);
    }

    fn drop_evicted(&self, state: &mut State, evicted: &[(Entry, Reason)]) {
        for (entry, reason) in evicted {
            self.settle(state, entry.epoch, &entry.quantities(), Outcome::Dropped(*reason));
        }
        state.overflowed |= evicted.iter().any(|(_, reason)| *reason == Reason::QueueOverflow);
    }

    fn watch(&self, state: &mut State, watch: Watch) {
        state.watch = watch;
        self.looks.store(watch != Watch::Asleep, Ordering::SeqCst);
    }

    pub(crate) fn stats(&self) -> DeliveryStats {
        let mut state = self.lock();
        self.note_unrecorded(&mut state);
        state.ledger.stats().clone()
    }

    /// Whether the buffers are nearly full, or were since the last call.
    pub(crate) fn was_full(&self) -> bool {
        let mut state = self.lock();
        std::mem::take(&mut state.overflowed) || state.buffers.is_nearly_full()
    }

    /// Enters into the books what was not even recorded.
    fn note_unrecorded(&self, state: &mut State) {
        for (reason, quantities) in self.feedback.take_unrecorded() {
            state.ledger.capture(&quantities);
            state.ledger.drop(reason, &quantities, self.limits.reports);
        }
    }

    pub(crate) fn has_waiting(&self) -> bool {
        self.lock().buffers.len() > 0
    }

    /// A hold whose release wakes the delivery thread.
    pub(crate) fn hold(&self) -> Hold {
        Hold::new(Instant::now(), self.limits.hold, self.on_release.clone())
    }

    /// Waits until everything that is in the queue now has left, `timeout` at the longest.
    pub(crate) fn flush(&self, timeout: Duration) -> Flushed {
        let deadline = Instant::now().checked_add(timeout);
        let mut state = self.lock();
        let target = state.last_epoch();
        if state.worker != Some(std::thread::current().id()) {
            if !state.is_done(target) {
                // From here on, items count for the next flush.
                state.epochs.push_back(0);
                state.trim();
            }
            state.flushing += 1;
            state.hurry(timeout);
            drop(state);
            self.wake.notify_one();
            self.hurry.notify_waiters();
            state = self.lock();
            while !state.is_done(target) {
                let left = match deadline {
                    Some(deadline) => deadline.saturating_duration_since(Instant::now()),
                    None => timeout,
                };
                if left.is_zero() {
                    break;
                }
                state = self.done.wait_timeout(state, left).unwrap_or_else(PoisonError::into_inner).0;
            }
            state.flushing -= 1;
            if state.flushing == 0 && !state.closed {
                state.ready_by = None;
            }
        }
        // Otherwise a callback flushes: the thread it would wait for is its own.
        if !state.is_done(target) {
            Flushed::TimedOut
        } else if state.has_new_losses() {
            Flushed::WithLosses
        } else {
            Flushed::Everything
        }
    }

    /// Whether something was lost that no flush has told of.
    pub(crate) fn has_new_losses(&self) -> bool {
        self.lock().has_new_losses()
    }

    /// Takes no more items. The delivery thread ends when those it has are out.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.wake.notify_one();
        self.hurry.notify_waiters();
    }

    /// [Closes](Self::close), when that is waited for no longer than `timeout`.
    pub(crate) fn close_within(&self, timeout: Duration) {
        let waits = timeout.saturating_sub(LAST_CALL.min(timeout / 4));
        let mut state = self.lock();
        state.last_call = Instant::now().checked_add(waits);
        state.hurry(timeout);
        drop(state);
        self.close();
    }

    /// Until when items may be put back, if somebody waits for them.
    pub(crate) fn ready_by(&self) -> Option<Instant> {
        self.lock().ready_by
    }

    /// From when on it is too late to wait for the server, if somebody has closed.
    #[cfg(feature = "http")]
    pub(crate) fn last_call(&self) -> Option<Instant> {
        self.lock().last_call
    }

    /// Ends at the last call.
    #[cfg(feature = "http")]
    pub(crate) async fn called_last(&self) {
        loop {
            // Before the look, so that nobody who closes in between is missed.
            let hurried = self.hurried();
            match self.last_call() {
                Some(last_call) => return tokio::time::sleep_until(last_call.into()).await,
                None => hurried.await,
            }
        }
    }

    pub(crate) fn is_open(&self) -> bool {
        !self.lock().closed
    }

    /// Drops what waits: there is nobody to send it.
    pub(crate) fn abandon(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.reports.farewell = true;
        let waiting = state.buffers.clear();
        for entry in &waiting {
            let quantities = entry.quantities();
            self.settle(&mut state, entry.epoch, &quantities, Outcome::Dropped(Reason::InternalSdkError));
        }
        drop(state);
        self.done.notify_all();
        drop(waiting);
    }

    /// Remembers which thread empties the queue.
    pub(crate) fn serve(&self) {
        self.lock().worker = Some(std::thread::current().id());
    }

    /// Whether the thread that empties the queue is the one that asks.
    pub(crate) fn is_served_here(&self) -> bool {
        self.lock().worker == Some(std::thread::current().id())
    }

    /// Takes up to `most` items that may leave at `now`.
    pub(crate) fn next(self: &Arc<Self>, now: Instant, most: usize) -> Next {
        let mut state = self.lock();
        let flushing = state.flushing > 0 || state.closed;
        let is_due = state.held_until.is_some_and(|until| until <= now);
        if self.released.swap(false, Ordering::SeqCst) || is_due || flushing {
            state.held_until = state.buffers.release(now, flushing);
        }
        let due = state.buffers.close_due(now, flushing);
        let ticket = |entry: Entry| {
            let bytes = entry.bytes();
            let Entry { item, epoch, .. } = entry;
            (Ticket::new(Arc::clone(self), epoch, quantities(&item), bytes), item)
        };
        let items: Vec<_> = std::iter::from_fn(|| state.buffers.take()).take(most).map(ticket).collect();
        if !items.is_empty() {
            self.watch(&mut state, Watch::Looking);
            return Next::Items(items);
        }
        self.note_unrecorded(&mut state);
        let reports = self.limits.reports && state.ledger.has_report() && !state.reports.farewell;
        let finished = state.closed && state.is_idle();
        if reports && !state.reports.under_way && (finished || state.reports.next <= now) {
            state.reports.next = now + REPORT_EVERY;
            state.reports.under_way = true;
            Next::Report
        } else if finished && !state.reports.under_way {
            Next::Finished
        } else {
            let report = (reports && !state.reports.under_way).then_some(state.reports.next);
            let is_patient = state.watch == Watch::Looking;
            self.watch(&mut state, if is_patient { Watch::Patient } else { Watch::Asleep });
            // Who released a hold just now may have thought that it would be looked for.
            let is_released = !is_patient && self.released.load(Ordering::SeqCst);
            let look = if is_released { Some(now) } else { is_patient.then(|| now + PATIENCE) };
            Next::Wait([state.held_until, due, report, look].into_iter().flatten().min())
        }
    }

    /// What the server has to be told, if there is anything.
    pub(crate) fn take_report(&self) -> Option<ClientReport> {
        if !self.limits.reports {
            return None;
        }
        let mut state = self.lock();
        self.note_unrecorded(&mut state);
        state.ledger.take_report(SystemTime::now())
    }

    /// Takes a report back that did not arrive.
    pub(crate) fn restore(&self, report: ClientReport) {
        self.lock().ledger.restore(report);
    }

    /// There was an attempt to send a report. At the end there is only one.
    pub(crate) fn reported(&self) {
        let mut state = self.lock();
        state.reports.under_way = false;
        state.reports.farewell = state.closed && state.is_idle();
        drop(state);
        self.done.notify_all();
        self.wake.notify_one();
    }

    /// Enters something that was captured and is not in the queue: it waits in the spool, or was dropped before it
    /// came to that.
    pub(crate) fn enter_captured(&self, quantities: &[(Category, u64)]) {
        self.lock().ledger.capture(quantities);
    }

    /// Enters what the server has got from elsewhere than the queue.
    #[cfg(feature = "http")]
    pub(crate) fn enter_delivered(&self, quantities: &[(Category, u64)]) {
        self.lock().ledger.deliver(quantities);
    }

    /// Enters the loss of something that is not in the queue. `reported`: the server will be told.
    pub(crate) fn enter_dropped(&self, reason: Reason, quantities: &[(Category, u64)], reported: bool) {
        let mut state = self.lock();
        let knew = state.ledger.has_report();
        state.ledger.drop(reason, quantities, reported && self.limits.reports);
        let news = !knew && state.ledger.has_report();
        drop(state);
        if news {
            // The delivery thread does not know yet that it is waited for.
            self.wake.notify_one();
        }
    }

    /// The same of something that was on its way: whoever flushes is told.
    #[cfg(feature = "http")]
    pub(crate) fn enter_lost(&self, reason: Reason, quantities: &[(Category, u64)], reported: bool) {
        self.lock().lost += 1;
        self.enter_dropped(reason, quantities, reported);
    }

    /// Whether there is something to tell the server.
    pub(crate) fn has_report(&self) -> bool {
        let mut state = self.lock();
        self.note_unrecorded(&mut state);
        self.limits.reports && state.ledger.has_report()
    }

    /// Wakes the delivery thread.
    pub(crate) fn nudge(&self) {
        self.wake.notify_one();
    }

    pub(crate) async fn woken(&self) {
        self.wake.notified().await;
    }

    /// Ends when somebody starts to flush, or closes, from now on.
    pub(crate) fn hurried(&self) -> Notified<'_> {
        self.hurry.notified()
    }

    fn settle(&self, state: &mut State, epoch: u32, quantities: &[(Category, u64)], outcome: Outcome) {
        match outcome {
            Outcome::Delivered => state.ledger.deliver(quantities),
            Outcome::Dropped(reason) => {
                state.lost += u64::from(reason.is_loss());
                state.ledger.drop(reason, quantities, self.limits.reports);
            }
            Outcome::RefusedForNow => {
                state.lost += 1;
                state.ledger.drop(Reason::RatelimitBackoff, quantities, false);
            }
            Outcome::Kept => {}
            Outcome::Back => return,
        }
        // Nobody is done with an epoch before its last item is, and waking somebody for nothing is dear.
        if state.leave(epoch) && state.flushing > 0 {
            self.done.notify_all();
        }
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Somebody waits for so long. The other half is for delivery.
    fn hurry(&mut self, timeout: Duration) {
        let half = Instant::now().checked_add(timeout / 2);
        self.ready_by = [self.ready_by, half].into_iter().flatten().min();
    }

    /// Whoever asks is told once.
    fn has_new_losses(&mut self) -> bool {
        std::mem::replace(&mut self.lost_told, self.lost) != self.lost
    }

    fn last_epoch(&self) -> u32 {
        let count = u32::try_from(self.epochs.len()).unwrap_or(u32::MAX);
        self.first_epoch.wrapping_add(count.saturating_sub(1))
    }

    /// One item more. Returns its epoch.
    fn enter(&mut self) -> u32 {
        if let Some(open) = self.epochs.back_mut() {
            *open += 1;
        }
        self.last_epoch()
    }

    /// One item more, of an epoch that is known.
    fn enter_again(&mut self, epoch: u32) {
        let place = usize::try_from(epoch.wrapping_sub(self.first_epoch)).unwrap_or(usize::MAX);
        if let Some(count) = self.epochs.get_mut(place) {
            *count += 1;
        }
    }

    /// One item more, which everybody waits for who flushes.
    fn enter_first(&mut self) -> u32 {
        if let Some(first) = self.epochs.front_mut() {
            *first += 1;
        }
        self.first_epoch
    }

    /// One item less. Says whether it was the last one of its epoch.
    fn leave(&mut self, epoch: u32) -> bool {
        let place = usize::try_from(epoch.wrapping_sub(self.first_epoch)).unwrap_or(usize::MAX);
        let Some(count) = self.epochs.get_mut(place) else { return true };
        *count = count.saturating_sub(1);
        let last = *count == 0;
        self.trim();
        last
    }

    /// Forgets epochs that are over.
    fn trim(&mut self) {
        while self.epochs.len() > 1 && self.epochs.front() == Some(&0) {
            self.epochs.pop_front();
            self.first_epoch = self.first_epoch.wrapping_add(1);
        }
    }

    /// Whether nothing waits or is on its way.
    fn is_idle(&self) -> bool {
        self.epochs.iter().all(|count| *count == 0)
    }

    /// Whether everything of this epoch is out, and at the end the report too.
    fn is_done(&self, epoch: u32) -> bool {
        let last = epoch.wrapping_sub(self.first_epoch);
        // An epoch before the first is over; its distance wraps around.
        let over = usize::try_from(last).map_or(true, |last| {
            last >= self.epochs.len() || self.epochs.iter().take(last + 1).all(|count| *count == 0)
        });
        let Reports { wanted, under_way, farewell, .. } = self.reports;
        let told = !wanted || farewell || !under_way && !self.ledger.has_report();
        over && (!self.closed || told)
    }
}

/// Raises a flag that the delivery thread lowers before it looks at what the flag is about. One that is up already was not
/// lowered yet, so that look is still to come; and to look takes much less time than to raise.
fn raise(flag: &AtomicBool) {
    if !flag.load(Ordering::SeqCst) {
        flag.store(true, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use std::future::Future as _;
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;
    use crate::delivery::ledger::one;

    /// The delivery thread sleeps when a loss is entered that comes by no item.
    #[test]
    fn a_loss_is_reported_although_nothing_else_happens() {
        let limits = Limits { max_bytes: 1 << 20, hold: Duration::ZERO, reports: true };
        let queue = Queue::new(limits, Arc::default());
        let is_woken = || {
            let woken = pin!(queue.woken());
            woken.poll(&mut Context::from_waker(Waker::noop())).is_ready()
        };
        let start = Instant::now();
        assert!(matches!(queue.next(start, 1), Next::Wait(None)) && !is_woken());
        let lose = || queue.enter_dropped(Reason::SampleRate, &one(Category::Error, 1), true);
        lose();
        assert!(is_woken());
        let Next::Wait(Some(then)) = queue.next(start, 1) else { panic!("it is not yet time") };
        assert!(then > start);
        lose();
        assert!(!is_woken(), "it knows");
        assert!(matches!(queue.next(then, 1), Next::Report));
    }
}
