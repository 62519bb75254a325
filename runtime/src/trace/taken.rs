//! Spans on their way out of a transaction.

use std::sync::Arc;

use super::Key;
use super::log::Log;
use super::running::{Details, Manual};
use super::told::Told;
use crate::protocol::Memory as _;

/// The spans that were started by hand and are still here. Each keeps its number.
#[derive(Debug, Default)]
pub(super) struct ByHand {
    /// How many there have been.
    started: u32,
    /// By their numbers.
    spans: Vec<(u32, Manual)>,
}

impl ByHand {
    /// What they take, in bytes.
    pub(super) fn memory(&self) -> usize {
        self.spans.iter().map(|(_, span)| size_of::<Manual>() + span.details.memory()).sum()
    }

    /// Adds a span; `None` if there have been too many for a number.
    pub(super) fn push(&mut self, span: Manual) -> Option<Key> {
        let index = self.started;
        self.started = index.checked_add(1)?;
        self.spans.push((index, span));
        Some(Key::of(0, index))
    }

    /// How many are here.
    pub(super) fn len(&self) -> usize {
        self.spans.len()
    }

    pub(super) fn get(&self, number: u32) -> Option<&Manual> {
        self.spans.get(self.place(number)?).map(|(_, span)| span)
    }

    pub(super) fn get_mut(&mut self, number: u32) -> Option<&mut Manual> {
        let place = self.place(number)?;
        self.spans.get_mut(place).map(|(_, span)| span)
    }

    fn place(&self, number: u32) -> Option<usize> {
        self.spans.binary_search_by_key(&number, |(number, _)| *number).ok()
    }

    /// Takes out those that are wanted, by their end and start.
    pub(super) fn take(&mut self, wanted: impl Fn(Option<u64>, u64) -> bool) -> Vec<(Key, Manual)> {
        let taken = self.spans.extract_if(.., |(_, span)| wanted(span.details.end, span.start));
        taken.map(|(number, span)| (Key::of(0, number), span)).collect()
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_has_left_takes_no_room_behind_what_stays() {
        let mut by_hand = ByHand::default();
        let span = |end| Manual {
            parent: Key::ROOT,
            start: 1,
            thread: 0,
            details: Details { end, ..Details::default() },
        };
        let stays = by_hand.push(span(None)).and_then(Key::by_hand).expect("a number");
        for _ in 0..10_000 {
            let key = by_hand.push(span(Some(2))).expect("a number");
            assert!(key.by_hand().and_then(|number| by_hand.get(number)).is_some());
            let left: Vec<_> = by_hand.take(|end, _| end.is_some()).into_iter().map(|(key, _)| key).collect();
            assert_eq!(left, [key]);
            assert!(key.by_hand().and_then(|number| by_hand.get_mut(number)).is_none());
        }
        assert_eq!((by_hand.len(), by_hand.get(stays).is_some()), (1, true));
        assert!(by_hand.spans.capacity() < 16, "{}", by_hand.spans.capacity());
    }
}
