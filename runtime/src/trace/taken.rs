//! Spans on their way out of a transaction.

use std::collections::VecDeque;
use std::sync::Arc;

use super::Key;
use super::log::Log;
use super::running::{Details, Manual};
use super::told::Told;
use crate::protocol::Memory as _;

/// The spans that were started by hand and are still here. Each keeps its number.
#[derive(Debug, Default)]
pub(super) struct ByHand {
    /// How many have left before the first that is here.
    gone: usize,
    spans: VecDeque<Option<Manual>>,
}

impl ByHand {
    /// What they take, in bytes.
    pub(super) fn memory(&self) -> usize {
        self.spans.iter().flatten().map(|span| size_of::<Manual>() + span.details.memory()).sum()
    }

    /// Adds a span; `None` if there have been too many for a number.
    pub(super) fn push(&mut self, span: Manual) -> Option<Key> {
        let index = u32::try_from(self.gone + self.spans.len()).ok()?;
        self.spans.push_back(Some(span));
        Some(Key::of(0, index))
    }

    /// How many are here.
    pub(super) fn len(&self) -> usize {
        self.spans.iter().flatten().count()
    }

    pub(super) fn get(&self, place: usize) -> Option<&Manual> {
        self.spans.get(place.checked_sub(self.gone)?)?.as_ref()
    }

    pub(super) fn get_mut(&mut self, place: usize) -> Option<&mut Manual> {
        self.spans.get_mut(place.checked_sub(self.gone)?)?.as_mut()
    }

    /// Takes out those that are wanted, by their end and start.
    pub(super) fn take(&mut self, wanted: impl Fn(Option<u64>, u64) -> bool) -> Vec<(Key, Manual)> {
        let mut taken = Vec::new();
        for (place, slot) in self.spans.iter_mut().enumerate() {
            if let Ok(index) = u32::try_from(self.gone + place)
                && let Some(span) = slot.take_if(|span| wanted(span.details.end, span.start))
            {
                taken.push((Key::of(0, index), span));
            }
        }
        while self.spans.pop_front_if(|slot| slot.is_none()).is_some() {
            self.gone += 1;
        }
        taken
    }
}

/// Spans that were taken out, to be written.
#[derive(Debug, Default)]
pub(super) struct Taken {
    pub(super) by_hand: Vec<(Key, Manual)>,
    pub(super) logs: Vec<Arc<Log>>,
    /// The place of a record's log in the list, that of the record there, and what else is said of it.
    pub(super) records: Vec<(usize, usize, Option<Box<Details>>)>,
    /// How many were not wanted.
    pub(super) late: u32,
}

impl Taken {
    pub(super) fn len(&self) -> usize {
        self.by_hand.len() + self.records.len()
    }

    pub(super) fn for_each(&self, mut each: impl FnMut(&Told<'_>)) {
        for (key, span) in &self.by_hand {
            each(&Told {
                key: *key,
                parent: span.parent,
                start: span.start,
                end: None,
                callsite: None,
                notes: &[],
                thread: span.thread,
                details: &span.details,
                plain: false,
            });
        }
        let nothing = Details::default();
        let mut left = self.records.iter().peekable();
        for (place, log) in self.logs.iter().enumerate() {
            for (index, (key, record)) in log.records().enumerate() {
                let Some((_, _, details)) = left.next_if(|it| (it.0, it.1) == (place, index)) else {
                    continue;
                };
                let notes = record.notes();
                each(&Told {
                    key,
                    parent: record.parent,
                    start: record.start,
                    end: record.end(),
                    callsite: Some(record.callsite),
                    notes,
                    thread: record.thread,
                    details: details.as_deref().unwrap_or(&nothing),
                    plain: notes.is_empty() && details.is_none(),
                });
            }
        }
    }
}
