//! What was captured and has not left yet. Callers put items in; the delivery thread takes them out.
//!
//! A caller holds the lock for a push and no longer: nothing is serialised, sent or called back under it.

use std::collections::{BTreeSet, VecDeque};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::ThreadId;
use std::time::{Duration, Instant};

use tokio::sync::Notify;

use crate::scope::{Hold, Item};

/// How much may wait.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    /// Estimated bytes of all waiting items together.
    pub(crate) max_bytes: usize,
    /// How long an error may wait for the end of its route.
    pub(crate) hold: Duration,
}

/// The queue between the callers and the delivery thread.
#[derive(Debug)]
pub(crate) struct Queue {
    limits: Limits,
    state: Mutex<State>,
    wake: Arc<Notify>,
    /// Signalled whenever an item is done with.
    done: Condvar,
}

#[derive(Debug, Default)]
struct State {
    /// By how dear they are: errors are taken first and dropped last, then check-ins, then transactions.
    waiting: [VecDeque<Entry>; 3],
    bytes: usize,
    next_number: u64,
    /// Numbers of the items that are waiting or on their way out.
    outstanding: BTreeSet<u64>,
    /// While somebody flushes, nothing is held back.
    flushing: u32,
    closed: bool,
    worker: Option<ThreadId>,
}

#[derive(Debug)]
struct Entry {
    number: u64,
    size: usize,
    item: Item,
}

/// An item on its way out. Counts as done when it is dropped, however that comes about.
#[derive(Debug)]
pub(crate) struct Taken {
    number: u64,
    queue: Arc<Queue>,
}

/// What the delivery thread finds.
#[derive(Debug)]
pub(crate) enum Next {
    Items(Vec<(Taken, Item)>),
    /// Nothing to do before this instant, unless woken.
    Wait(Option<Instant>),
    /// Closed, and everything is out.
    Finished,
}

impl Queue {
    pub(crate) fn new(limits: Limits) -> Arc<Self> {
        Arc::new(Self {
            limits,
            state: Mutex::default(),
            wake: Arc::new(Notify::new()),
            done: Condvar::new(),
        })
    }

    /// Adds an item; false if the queue is closed. When the bound is exceeded the oldest transactions go, then the
    /// oldest check-ins, then the oldest events.
    pub(crate) fn push(&self, item: Item) -> bool {
        let size = size_of(&item);
        let mut evicted = Vec::new();
        let mut state = self.lock();
        if state.closed {
            return false;
        }
        let number = state.next_number;
        state.next_number += 1;
        state.outstanding.insert(number);
        state.bytes += size;
        state.waiting[rank(&item)].push_back(Entry { number, size, item });
        while state.bytes > self.limits.max_bytes && state.count() > 1 {
            evicted.extend(state.evict());
        }
        drop(state);
        self.wake.notify_one();
        if !evicted.is_empty() {
            crate::debug::log!("the queue is full: {} of the oldest items dropped", evicted.len());
            self.done.notify_all();
        }
        true
    }

    /// A hold whose release wakes the delivery thread.
    pub(crate) fn hold(&self) -> Arc<Hold> {
        let wake = Arc::clone(&self.wake);
        Arc::new(Hold::new(Instant::now(), self.limits.hold, Box::new(move || wake.notify_one())))
    }

    /// Waits until everything that is in the queue now has left, `timeout` at the longest; says whether it has.
    pub(crate) fn flush(&self, timeout: Duration) -> bool {
        let deadline = Instant::now().checked_add(timeout);
        let mut state = self.lock();
        if state.worker == Some(std::thread::current().id()) {
            // A callback flushes: the thread it would wait for is its own.
            return state.outstanding.is_empty();
        }
        let target = state.next_number;
        state.flushing += 1;
        self.wake.notify_one();
        while state.outstanding.first().is_some_and(|number| *number < target) {
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
        state.outstanding.first().is_none_or(|number| *number >= target)
    }

    /// Takes no more items. The delivery thread ends when those it has are out.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.wake.notify_one();
    }

    pub(crate) fn is_open(&self) -> bool {
        !self.lock().closed
    }

    /// Drops what waits: there is nobody to send it.
    pub(crate) fn abandon(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.bytes = 0;
        state.outstanding.clear();
        let waiting = std::mem::take(&mut state.waiting);
        drop(state);
        self.done.notify_all();
        drop(waiting);
    }

    /// Remembers which thread empties the queue.
    pub(crate) fn serve(&self) {
        self.lock().worker = Some(std::thread::current().id());
    }

    /// Takes up to `most` items that may leave at `now`.
    pub(crate) fn next(self: &Arc<Self>, now: Instant, most: usize) -> Next {
        let mut state = self.lock();
        let mut items = Vec::new();
        let mut deadline: Option<Instant> = None;
        let flushing = state.flushing > 0 || state.closed;
        let State { waiting, bytes, .. } = &mut *state;
        for queue in waiting {
            let mut at = 0;
            while at < queue.len() && items.len() < most {
                let hold = match &queue[at].item {
                    Item::Held { hold, .. } | Item::Deferred { hold: Some(hold), .. } => {
                        hold.until(flushing).filter(|until| *until > now)
                    }
                    _ => None,
                };
                if let Some(until) = hold {
                    deadline = Some(deadline.map_or(until, |earlier| earlier.min(until)));
                    at += 1;
                } else if let Some(entry) = queue.remove(at) {
                    *bytes -= entry.size;
                    items.push((Taken { number: entry.number, queue: Arc::clone(self) }, entry.item));
                }
            }
        }
        if !items.is_empty() {
            Next::Items(items)
        } else if state.closed && state.outstanding.is_empty() {
            Next::Finished
        } else {
            Next::Wait(deadline)
        }
    }

    pub(crate) async fn woken(&self) {
        self.wake.notified().await;
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn count(&self) -> usize {
        self.waiting.iter().map(VecDeque::len).sum()
    }

    fn evict(&mut self) -> Option<Entry> {
        let entry = self.waiting.iter_mut().rev().find_map(VecDeque::pop_front)?;
        self.bytes -= entry.size;
        self.outstanding.remove(&entry.number);
        Some(entry)
    }
}

impl Drop for Taken {
    fn drop(&mut self) {
        self.queue.lock().outstanding.remove(&self.number);
        self.queue.done.notify_all();
        // The worker may be waiting for the last one.
        self.queue.wake.notify_one();
    }
}

/// Which of the queues an item waits in.
fn rank(item: &Item) -> usize {
    match item {
        Item::Event { .. } | Item::Held { .. } | Item::Deferred { .. } => 0,
        Item::CheckIn { .. } => 1,
        Item::Transaction { .. } => 2,
    }
}

/// Roughly what an item takes in memory; it need not be exact, only in proportion.
fn size_of(item: &Item) -> usize {
    const EVENT: usize = 2048;
    const CHECK_IN: usize = 512;
    const SPAN: usize = 160;
    match item {
        Item::Event { event, .. } => {
            let exceptions =
                event.exception.values.iter().filter_map(|it| it.value.as_ref()).map(String::len);
            let messages =
                event.message.iter().chain(event.logentry.iter().map(|it| &it.message)).map(String::len);
            EVENT + exceptions.chain(messages).sum::<usize>()
        }
        Item::Held { .. } | Item::Deferred { .. } => EVENT,
        Item::CheckIn { .. } => CHECK_IN,
        Item::Transaction { finished, .. } => EVENT + finished.records.len() * SPAN,
    }
}
