//! In durable mode: an error is in the spool before whoever captured it goes on.

use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use super::pipeline::Pipeline;
use crate::callback;
use crate::delivery::{Outlet, Packet, Priority, Spool};
use crate::protocol::{Category, Envelope, Memory as _, Reason};
use crate::scope::{Growing, Item, Prepared, Ready};

/// How long a panic hook waits for the delivery thread, and a function for whoever is writing its error.
const PATIENCE: Duration = Duration::from_secs(1);

/// Writes errors to the spool.
pub(super) struct Acknowledge {
    pub(super) pipeline: Arc<Pipeline>,
    pub(super) spool: Arc<Spool>,
    pub(super) outlet: Arc<Outlet>,
}

impl Acknowledge {
    /// Takes an item; false if the client is closed.
    pub(super) fn accept(self: &Arc<Self>, item: Item) -> bool {
        if !self.outlet.is_open() || callback::is_running() {
            // What a callback captures is not prepared here: the same callback would be called for it, and so on.
            return self.outlet.push(item);
        }
        match item {
            Item::Event { .. } | Item::Unbuilt { .. } => self.accept_event(item),
            Item::Held(growing) => {
                let pending = Arc::new(Pending::new(Arc::clone(&growing)));
                let hold = growing.hold().filter(|hold| !hold.is_released());
                let panicked = hold.is_none();
                if let Some(hold) = hold {
                    let (this, pending) = (Arc::clone(self), Arc::clone(&pending));
                    hold.before_release(Box::new(move || this.release(&pending)));
                }
                let accepted = self.outlet.push(self.deferred(growing, Arc::clone(&pending)));
                if panicked && accepted {
                    // No callback may run in a panic hook: a panic in one would end the process.
                    pending.wait();
                }
                accepted
            }
            other => self.outlet.push(other),
        }
    }

    /// What the delivery thread does when nothing holds the error back: it writes it, unless somebody else does.
    fn deferred(self: &Arc<Self>, growing: Arc<dyn Growing>, pending: Arc<Pending>) -> Item {
        let (this, grown) = (Arc::clone(self), Arc::clone(&growing));
        let finish = Box::new(move || {
            this.write(&pending);
            pending.take_ready().unwrap_or_else(|| {
                // His callbacks take their time. That is no reason for all others to wait, nor to forget this one.
                Ok(Prepared::NotYet(this.deferred(grown, pending)))
            })
        });
        Item::Deferred { growing: Some(growing), size: 0, finish }
    }

    fn accept_event(&self, item: Item) -> bool {
        match self.prepare(item) {
            Ok(Some(Written::Not(envelope))) => {
                let size = envelope.memory();
                let finish = Box::new(move || Ok(Prepared::Envelope(envelope)));
                return self.outlet.push(Item::Deferred { growing: None, size, finish });
            }
            Ok(Some(Written::Spooled(quantities))) => self.outlet.spooled(&quantities),
            Ok(None) => {}
            Err(reason) => self.outlet.dropped(reason, &[(Category::Error, 1)]),
        }
        true
    }

    /// The error is complete, and its way ends on this thread.
    fn release(&self, pending: &Pending) {
        if !callback::is_running() {
            self.write(pending);
            // The delivery thread may have been quicker.
            pending.wait();
        }
    }

    /// Writes the event, unless somebody else does.
    fn write(&self, pending: &Pending) {
        let Some(growing) = pending.take() else { return };
        let mut done = Done { pending, ready: Err(Reason::InternalSdkError) };
        done.ready = match self.prepare(Item::Held(growing)) {
            Ok(Some(Written::Not(envelope))) => Ok(Prepared::Envelope(envelope)),
            // What was added on the way, such as attachments, is entered with the error itself, which is in the queue.
            Ok(Some(Written::Spooled(quantities))) => {
                let beside: Vec<_> = quantities.into_iter().filter(|it| it.0 != Category::Error).collect();
                self.outlet.spooled(&beside);
                Ok(Prepared::Elsewhere)
            }
            Ok(None) => Ok(Prepared::Elsewhere),
            Err(reason) => Err(reason),
        };
    }

    /// Prepares an item and writes it.
    fn prepare(&self, item: Item) -> Result<Option<Written>, Reason> {
        let ready = callback::guarded("the pipeline", || self.pipeline.prepare(item));
        let made = ready.unwrap_or(Err(Reason::InternalSdkError))?;
        // Only what is deferred is made into something else.
        let Prepared::Envelope(mut envelope) = made else { return Ok(None) };
        let packet = Packet::new(&mut envelope, Priority::Critical);
        Ok(Some(match packet {
            Ok(packet) if self.spool.write(&packet) => Written::Spooled(packet.categories),
            _ => Written::Not(envelope),
        }))
    }
}

/// Whether an event could be written.
enum Written {
    /// It waits in the spool, and counts for this much.
    Spooled(Vec<(Category, u64)>),
    /// It has to go another way.
    Not(Box<Envelope>),
}

/// An error on its way, to be written by whoever comes first: the function that it leaves last, or the delivery thread.
struct Pending {
    stage: Mutex<Stage>,
    done: Condvar,
}

enum Stage {
    Waiting(Arc<dyn Growing>),
    Busy,
    Done(Box<Ready>),
}

impl Pending {
    fn new(growing: Arc<dyn Growing>) -> Self {
        Self { stage: Mutex::new(Stage::Waiting(growing)), done: Condvar::new() }
    }

    /// What is to be written, for whoever comes first.
    fn take(&self) -> Option<Arc<dyn Growing>> {
        let mut stage = self.lock();
        match mem::replace(&mut *stage, Stage::Busy) {
            Stage::Waiting(growing) => Some(growing),
            other => {
                *stage = other;
                None
            }
        }
    }

    /// Waits until it is written. Not for ever: what writes it may run callbacks that wait for this thread.
    fn wait(&self) {
        drop(self.until_done());
    }

    /// What is left to be done, for the delivery thread; `None` while somebody else is writing it.
    fn take_ready(&self) -> Option<Ready> {
        let mut stage = self.lock();
        match mem::replace(&mut *stage, Stage::Done(Box::new(Ok(Prepared::Elsewhere)))) {
            Stage::Done(ready) => Some(*ready),
            other => {
                *stage = other;
                None
            }
        }
    }

    fn until_done(&self) -> MutexGuard<'_, Stage> {
        let is_open = |stage: &mut Stage| !matches!(stage, Stage::Done(_));
        let waited = self.done.wait_timeout_while(self.lock(), PATIENCE, is_open);
        waited.unwrap_or_else(PoisonError::into_inner).0
    }

    fn lock(&self) -> MutexGuard<'_, Stage> {
        self.stage.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// However the writing ends, nobody shall wait for it any more.
struct Done<'a> {
    pending: &'a Pending,
    ready: Ready,
}

impl Drop for Done<'_> {
    fn drop(&mut self) {
        let ready = mem::replace(&mut self.ready, Ok(Prepared::Elsewhere));
        *self.pending.lock() = Stage::Done(Box::new(ready));
        self.pending.done.notify_all();
    }
}
