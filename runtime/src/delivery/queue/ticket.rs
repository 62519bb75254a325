//! What goes along with an item from the queue to its end, and enters that into the books.

use std::sync::Arc;

use super::Queue;
use crate::delivery::ledger::Quantities;
use crate::protocol::{Category, Reason};

/// An item on its way out. When it is dropped, however that comes about, the item is done with: lost by our own fault,
/// unless something else was said.
#[derive(Debug)]
pub(crate) struct Ticket {
    queue: Arc<Queue>,
    epoch: u32,
    quantities: Quantities,
    /// What the item takes in memory.
    bytes: usize,
    outcome: Outcome,
}

#[derive(Clone, Copy, Debug)]
pub(super) enum Outcome {
    Delivered,
    Dropped(Reason),
    /// The server knows.
    RefusedForNow,
    /// It waits in the spool.
    Kept,
    /// It is in the queue again.
    Back,
}

impl Ticket {
    pub(super) fn new(queue: Arc<Queue>, epoch: u32, quantities: Quantities, bytes: usize) -> Self {
        Self { queue, epoch, quantities, bytes, outcome: Outcome::Dropped(Reason::InternalSdkError) }
    }

    /// The item takes so many bytes now.
    pub(crate) fn weighs(&mut self, bytes: usize) {
        self.queue.lock().buffers.under_way(self.bytes, bytes);
        self.bytes = bytes;
    }

    /// The server has it.
    pub(crate) fn delivered(mut self) {
        self.outcome = Outcome::Delivered;
    }

    /// It is lost.
    pub(crate) fn dropped(mut self, reason: Reason) {
        self.outcome = Outcome::Dropped(reason);
    }

    /// The server has refused it by a rate limit, and so need not be told.
    pub(crate) fn refused_for_now(mut self) {
        self.outcome = Outcome::RefusedForNow;
    }

    /// It waits in the spool; what becomes of it is entered from there.
    pub(crate) fn kept(mut self) {
        self.outcome = Outcome::Kept;
    }

    /// It is not done with: it goes back to where it came from. Returns the epoch it is of.
    pub(super) fn put_back(mut self) -> u32 {
        self.outcome = Outcome::Back;
        self.epoch
    }

    /// A ticket for a part of the item, which goes its own way.
    pub(crate) fn part(&mut self, quantities: Quantities) -> Self {
        let mut state = self.queue.lock();
        for (category, mut more) in quantities {
            for (_, quantity) in self.quantities.iter_mut().filter(|own| own.0 == category) {
                let taken = more.min(*quantity);
                *quantity -= taken;
                more -= taken;
            }
            // More than was known of when the item was put in.
            state.ledger.capture(&[(category, more)]);
        }
        state.enter_again(self.epoch);
        drop(state);
        Self::new(Arc::clone(&self.queue), self.epoch, quantities, 0)
    }

    /// There are no more [parts](Self::part); what is left is lost. Not bytes, if all things have left: those were made
    /// smaller on their way.
    pub(crate) fn spent(self, reason: Reason) {
        let [(_, things), beside] = self.quantities;
        if things == 0 {
            self.queue.lock().ledger.correct(&[beside]);
            self.kept();
        } else {
            self.dropped(reason);
        }
    }

    /// Something is lost that goes along with the item, which it does not count for: the attachments of a transaction.
    #[cfg(feature = "http")]
    pub(crate) fn lost_beside(&self, reason: Reason, beside: (Category, u64)) {
        let mut state = self.queue.lock();
        state.ledger.capture(&[beside]);
        state.ledger.drop(reason, &[beside], self.queue.limits.reports);
    }

    /// Whether parts of it are all there was.
    pub(crate) fn is_spent(&self) -> bool {
        self.quantities.iter().all(|(_, quantity)| *quantity == 0)
    }

    /// What it counts for.
    pub(crate) fn quantities(&self) -> &Quantities {
        &self.quantities
    }

    /// What is sent counts for something else than what was captured: attachments were added, or spans are missing for
    /// this reason.
    pub(crate) fn adjust(&mut self, sent: Quantities, reason: Reason) {
        let counted = |quantities: &Quantities| quantities.map(|it| (it.1 > 0).then_some(it));
        if counted(&sent) == counted(&self.quantities) {
            return;
        }
        let of = |quantities: &Quantities, category: Category| -> u64 {
            quantities.iter().filter(|it| it.0 == category).map(|it| it.1).sum()
        };
        let mut categories: Vec<_> = sent.iter().chain(&self.quantities).map(|it| it.0).collect();
        categories.sort_unstable();
        categories.dedup();
        let mut state = self.queue.lock();
        for category in categories {
            let (before, after) = (of(&self.quantities, category), of(&sent, category));
            if after > before {
                state.ledger.capture(&[(category, after - before)]);
            } else {
                let less = [(category, before - after)];
                state.ledger.drop(reason, &less, self.queue.limits.reports);
            }
        }
        drop(state);
        self.quantities = sent;
    }
}

impl Drop for Ticket {
    fn drop(&mut self) {
        let queue = Arc::clone(&self.queue);
        let mut state = queue.lock();
        state.buffers.under_way(self.bytes, 0);
        queue.settle(&mut state, self.epoch, &self.quantities, self.outcome);
        let last = state.closed && state.is_idle();
        drop(state);
        if last {
            // The delivery thread may be waiting for the last one.
            queue.wake.notify_one();
        }
    }
}
