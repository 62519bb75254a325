//! In durable mode: an error is in the spool before whoever captured it goes on.

use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use crate::callback;
use crate::delivery::{Packet, Queue, Spool};
use crate::protocol::Envelope;
use crate::scope::{Build, Item, Snapshot};

/// Makes the envelope of an item, on whichever thread.
pub(super) type PrepareAnywhere = Arc<dyn Fn(Item) -> Option<Envelope> + Send + Sync>;

/// How long a panic hook waits for the delivery thread, and a caller for one that was quicker.
const PATIENCE: Duration = Duration::from_secs(1);

/// Writes errors to the spool.
pub(super) struct Acknowledge {
    pub(super) prepare: PrepareAnywhere,
    pub(super) spool: Arc<Spool>,
    pub(super) queue: Arc<Queue>,
}

impl Acknowledge {
    /// Takes an item on its way to the queue. What is left of it goes there: nothing, when it is in the spool.
    pub(super) fn take(self: &Arc<Self>, item: Item) -> Taken {
        if !self.queue.is_open() || callback::is_running() {
            // What a callback captures is not prepared here: the same callback would be called for it, and so on.
            return Taken::Left(item);
        }
        match item {
            Item::Event { .. } => match self.write(item) {
                None => Taken::Written,
                Some(envelope) => Taken::Left(ready(envelope)),
            },
            Item::Held { hold, build, scopes } => {
                let pending = Arc::new(Pending::new(build, scopes));
                let panicked = hold.is_released();
                if !panicked {
                    let (this, pending) = (Arc::clone(self), Arc::clone(&pending));
                    hold.before_release(Box::new(move || this.release(&pending)));
                }
                let (this, theirs) = (Arc::clone(self), Arc::clone(&pending));
                let finish = Box::new(move || this.finish(&theirs));
                let item = Item::Deferred { hold: Some(hold), finish };
                // No callback may run in a panic hook: a panic in one would end the process.
                if panicked { Taken::Awaited(item, pending) } else { Taken::Left(item) }
            }
            _ => Taken::Left(item),
        }
    }

    /// The error is complete, and its way ends on this thread.
    fn release(&self, pending: &Pending) {
        if callback::is_running() {
            return;
        }
        match self.finish(pending) {
            Some(envelope) => drop(self.queue.push(ready(envelope))),
            // The delivery thread may be about to write it.
            None => pending.wait(),
        }
    }

    /// Writes the event, unless somebody else does. What could not be written is to be sent otherwise.
    fn finish(&self, pending: &Pending) -> Option<Envelope> {
        let (build, scopes) = pending.take()?;
        let _done = Done(pending);
        let event = callback::guarded("the pipeline", || build(scopes.transaction_name()))?;
        self.write(Item::Event { event: Box::new(event), scopes })
    }

    /// Prepares an item and writes it; the envelope if it could not be written.
    fn write(&self, item: Item) -> Option<Envelope> {
        let envelope = callback::guarded("the pipeline", || (self.prepare)(item)).flatten()?;
        let written = Packet::of(&envelope).is_ok_and(|packet| self.spool.write(&packet));
        (!written).then_some(envelope)
    }
}

/// What became of an item.
pub(super) enum Taken {
    /// It is in the spool, or was dropped by a callback.
    Written,
    /// This is to be put into the queue.
    Left(Item),
    /// The same, and then it is to be waited for.
    Awaited(Item, Arc<Pending>),
}

/// An envelope that only has to be sent.
fn ready(envelope: Envelope) -> Item {
    Item::Deferred { hold: None, finish: Box::new(move || Some(envelope)) }
}

/// An error on its way, to be written by whoever comes first: the function that it leaves last, or the delivery thread.
pub(super) struct Pending {
    stage: Mutex<Stage>,
    done: Condvar,
}

enum Stage {
    Waiting(Build, Box<Snapshot>),
    Busy,
    Done,
}

impl Pending {
    fn new(build: Build, scopes: Box<Snapshot>) -> Self {
        Self { stage: Mutex::new(Stage::Waiting(build, scopes)), done: Condvar::new() }
    }

    fn take(&self) -> Option<(Build, Box<Snapshot>)> {
        let mut stage = self.lock();
        match mem::replace(&mut *stage, Stage::Busy) {
            Stage::Waiting(build, scopes) => Some((build, scopes)),
            other => {
                *stage = other;
                None
            }
        }
    }

    /// Waits until it is written. Not for ever: what writes it may run callbacks that wait for this thread.
    pub(super) fn wait(&self) {
        let waiting =
            self.done.wait_timeout_while(self.lock(), PATIENCE, |stage| !matches!(stage, Stage::Done));
        drop(waiting);
    }

    fn lock(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// However the writing ends, nobody shall wait for it any more.
struct Done<'a>(&'a Pending);

impl Drop for Done<'_> {
    fn drop(&mut self) {
        *self.0.lock() = Stage::Done;
        self.0.done.notify_all();
    }
}
