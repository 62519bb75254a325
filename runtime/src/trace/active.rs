//! A place in a running transaction.

use std::sync::Arc;
use std::time::SystemTime;

use super::build::Finished;
use super::running::{Details, Key, Manual, Root, Trace};
use super::{Datum, clock};
use crate::protocol::{SpanId, SpanStatus, TransactionSource, Value};

/// What new spans become children of, and what errors are linked to.
#[derive(Clone, Debug)]
pub(crate) struct ActiveSpan {
    trace: Arc<Trace>,
    /// Of a span that is not kept, the nearest one above it that is.
    key: Key,
    presence: Presence,
}

/// Whether a span is recorded.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Presence {
    Kept,
    /// It is not, as the options want; the spans below it are, as children of the one above.
    LeftOut,
    /// Neither it nor anything below it: its transaction had no room, or had ended.
    Lost,
    /// No transaction ran when it was started.
    Nowhere,
}

/// What the user says of a span that is started by hand, where it is not now and with a new id.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Given {
    pub(crate) id: SpanId,
    pub(crate) start: SystemTime,
}

/// What a call says of its span when it ends.
#[derive(Debug, Default)]
pub(crate) struct Extra {
    pub(crate) tags: Vec<(&'static str, String)>,
    pub(crate) data: Vec<(&'static str, Datum)>,
}

impl Extra {
    pub(crate) fn is_empty(&self) -> bool {
        self.tags.is_empty() && self.data.is_empty()
    }

    fn tags(&mut self) -> impl Iterator<Item = (String, String)> {
        self.tags.drain(..).map(|(key, value)| (key.to_owned(), value))
    }

    fn data(&mut self) -> impl Iterator<Item = (String, Value)> {
        self.data.drain(..).map(|(key, value)| (key.to_owned(), value.into()))
    }
}

impl ActiveSpan {
    pub(super) fn recorded(trace: Arc<Trace>, key: Key) -> Self {
        Self { trace, key, presence: Presence::Kept }
    }

    /// A span that is part of no transaction; `trace` only says how others go on from here.
    pub(super) fn nowhere(trace: Arc<Trace>) -> Self {
        Self { trace, key: Key::ROOT, presence: Presence::Nowhere }
    }

    /// Whether it is part of no transaction: such a span takes no other one's place.
    pub(crate) fn is_nowhere(&self) -> bool {
        self.presence == Presence::Nowhere
    }

    pub(crate) fn trace(&self) -> &Arc<Trace> {
        &self.trace
    }

    pub(crate) fn key(&self) -> Key {
        self.key
    }

    /// Goes on to another span of the transaction, which is kept as much as this one.
    pub(crate) fn move_to(&mut self, key: Key) {
        self.key = key;
    }

    pub(crate) fn span_id(&self) -> SpanId {
        self.trace.span_id(self.key)
    }

    pub(crate) fn is_root(&self) -> bool {
        self.key == Key::ROOT && self.is_kept()
    }

    /// Whether spans below it are recorded.
    pub(crate) fn is_recorded(&self) -> bool {
        self.trace.is_sampled() && self.presence != Presence::Lost
    }

    fn is_kept(&self) -> bool {
        self.presence == Presence::Kept
    }

    /// Opens a span by hand.
    pub(crate) fn start_child(&self, op: &str, description: &str, given: Option<Given>) -> Self {
        if self.is_nowhere() {
            return self.clone();
        }
        let dropped = Self { presence: Presence::Lost, ..self.clone() };
        if !self.is_recorded() {
            return dropped;
        }
        if self.trace.leaves_out_by_hand(op, description) {
            return Self { presence: Presence::LeftOut, ..dropped };
        }
        let start = given.map_or_else(clock::now, |given| self.trace.ticks(given.start));
        let thread = self.trace.thread_here();
        let mut state = self.trace.state();
        if self.trace.is_finished() || self.trace.grant(1) == 0 {
            self.trace.lose_span();
            return dropped;
        }
        let details = Details {
            op: Some(op.to_owned()),
            description: Some(description.to_owned()),
            ..Details::default()
        };
        let Some(key) = state.by_hand.push(Manual { parent: self.key, start, thread, details }) else {
            return dropped;
        };
        if let Some(given) = given {
            self.trace.give_id(key, given.id);
        }
        Self::recorded(Arc::clone(&self.trace), key)
    }

    /// Closes the span; `end` is now unless the user said otherwise. The first call counts.
    pub(crate) fn finish(&self, end: Option<SystemTime>) {
        let end = end.map_or_else(clock::now, |time| self.trace.ticks(time));
        self.with_details(|details| {
            details.end.get_or_insert(end);
        });
    }

    /// Says more of the span; what was said before under the same name is gone.
    pub(crate) fn say(&self, mut said: Extra) {
        if said.is_empty() {
            return;
        }
        if self.is_root() {
            self.with_root(|root| {
                root.tags.extend(said.tags());
                root.data.extend(said.data());
            });
        } else {
            self.with_details(|details| {
                details.tags.extend(said.tags());
                details.data.extend(said.data());
            });
        }
    }

    /// Ends the whole transaction. `None` when it has ended before or is not sampled.
    pub(crate) fn finish_transaction(
        &self,
        end: Option<SystemTime>,
        status: Option<SpanStatus>,
    ) -> Option<Finished> {
        if !self.trace.is_sampled() {
            self.trace.end();
            return None;
        }
        match end {
            Some(time) => self.close(self.trace.ticks(time), true, status),
            None => self.close(clock::now(), false, status),
        }
    }

    /// The same of one that is sampled, at a moment in ticks.
    pub(super) fn finish_transaction_at(&self, end: u64, status: Option<SpanStatus>) -> Option<Finished> {
        self.close(end, false, status)
    }

    /// Ends a transaction that is sampled; an end that is `given` may be before functions were called.
    fn close(&self, end: u64, given: bool, status: Option<SpanStatus>) -> Option<Finished> {
        let mut state = self.trace.state();
        if !self.trace.end() {
            return None;
        }
        if let Some(status) = status {
            state.root.status.get_or_insert(status);
        }
        state.logs.iter().for_each(|log| log.close());
        let late = self.trace.lose_late(&mut state, end, given);
        let count = state.waiting() - late;
        drop(state);
        Some(Finished::new(Arc::clone(&self.trace), end, count))
    }

    /// Ends the whole transaction without sending it; if it would have been sent, how many spans it has beside its root.
    #[cfg(any(feature = "actix", feature = "tower"))]
    pub(crate) fn discard_transaction(&self) -> Option<usize> {
        self.finish_transaction(None, None).map(|finished| finished.count())
    }

    /// Changes the root, whichever span this is. What has ended stays as it was when it ended.
    pub(crate) fn with_root<R>(&self, change: impl FnOnce(&mut Root) -> R) -> R {
        let mut state = self.trace.state();
        if self.trace.is_finished() { change(&mut state.root.clone()) } else { change(&mut state.root) }
    }

    /// Gives the transaction another name.
    pub(crate) fn rename(&self, name: &str) {
        self.with_root(|root| {
            name.clone_into(root.name.to_mut());
            root.source = TransactionSource::Custom;
        });
    }

    /// Changes what this span carries; nothing happens to a span that is not kept or has left already.
    pub(crate) fn with_details<R>(&self, change: impl FnOnce(&mut Details) -> R) -> Option<R> {
        if !self.trace.is_sampled() || !self.is_kept() {
            return None;
        }
        let mut state = self.trace.state();
        if self.trace.is_finished() { None } else { state.details(self.key).map(change) }
    }

    /// The span above, and the operation.
    pub(super) fn above(&self) -> (Option<SpanId>, Option<String>) {
        if !self.trace.is_sampled() || !self.is_kept() {
            return (None, None);
        }
        let mut state = self.trace.state();
        let parent = state.parent(self.key).map(|key| self.trace.span_id(key));
        let op = state.details(self.key).and_then(|details| details.op.clone());
        (parent, op.or_else(|| Some(state.callsite(self.key)?.op().to_owned())))
    }
}

impl PartialEq for ActiveSpan {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.trace, &other.trace) && self.key == other.key && self.presence == other.presence
    }
}
