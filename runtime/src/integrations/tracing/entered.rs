//! Which spans of `tracing` are entered on a thread, and what was active before each.
//!
//! To ask the registry for a span takes locked instructions, several at each end of a poll. So each thread remembers where
//! the spans that it entered last are recorded; that is good until they close. Whoever closes a span that other threads
//! may remember has all of them forget.

use std::cell::RefCell;
use std::ptr;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use crate::scope::{self, Aside, Context, Restore};
use crate::trace::log::{self, Open, Seat};

thread_local! {
    static ENTERED: RefCell<Entered> = const {
        RefCell::new(Entered { stack: Vec::new(), known: [None; KNOWN], epoch: 0 })
    };
}

/// How often all threads had to forget.
static EPOCH: AtomicU64 = AtomicU64::new(0);

/// Spans that a thread remembers, a power of two.
const KNOWN: usize = 8;

struct Entered {
    stack: Vec<(Span, Before)>,
    /// By the lowest bits of their ids.
    known: [Option<(Span, Seat)>; KNOWN],
    /// What `known` is good for.
    epoch: u64,
}

/// A span: the layer that has made it, and its id, which other registries may have given away too.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Span {
    pub(super) layer: u64,
    pub(super) id: u64,
}

impl Span {
    fn slot(self) -> usize {
        // The remainder fits whatever there is.
        usize::try_from(self.id % KNOWN as u64).unwrap_or_default()
    }
}

/// Which threads remember a span: none, one, or more.
#[derive(Debug, Default)]
pub(super) struct Met(AtomicUsize);

impl Met {
    const BY_MANY: usize = usize::MAX;

    fn by(&self, thread: usize) {
        let others = |met: usize| Some(if met == 0 || met == thread { thread } else { Self::BY_MANY });
        // It is never refused: the closure always returns a number.
        let _ = self.0.fetch_update(Ordering::Relaxed, Ordering::Relaxed, others);
    }
}

/// What an entered span has taken the place of.
pub(super) enum Before {
    /// Another span of the transaction, recorded where the entered one is.
    Seat(Seat),
    Span(Option<Box<Aside>>),
    Context(Option<Box<Restore>>),
}

/// Runs `change`; `None` at the end of a thread, where there is no place any more: what was active is dropped with it.
fn with<R>(change: impl FnOnce(&mut Entered, usize) -> R) -> Option<R> {
    ENTERED.try_with(|entered| change(&mut entered.borrow_mut(), ptr::from_ref(entered).addr())).ok()
}

impl Entered {
    fn known(&mut self, span: Span) -> Option<Seat> {
        let epoch = EPOCH.load(Ordering::Relaxed);
        if self.epoch != epoch {
            self.known = [None; KNOWN];
            self.epoch = epoch;
        }
        self.known[span.slot()].filter(|(known, _)| *known == span).map(|(_, seat)| seat)
    }
}

/// Enters a span that this thread remembers, if its transaction is recorded here. Says whether it has.
#[inline]
pub(super) fn enter_known(span: Span) -> bool {
    let entered = with(|entered, _| {
        let seat = entered.known(span)?;
        let before = log::with(|thread| thread.sit(seat))?;
        entered.stack.push((span, Before::Seat(seat.with_key(before))));
        Some(())
    });
    entered.flatten().is_some()
}

/// Notes that a span is entered.
pub(super) fn push(span: Span, before: Before) {
    with(|entered, _| entered.stack.push((span, before)));
}

/// Remembers where a span is recorded, until it closes.
pub(super) fn remember(span: Span, seat: Seat, met: &Met) {
    with(|entered, thread| {
        // First what is old is forgotten.
        entered.known(span);
        entered.known[span.slot()] = Some((span, seat));
        met.by(thread);
    });
}

/// A span closes: nobody may remember it.
pub(super) fn forget(span: Span, met: &Met) {
    let met = met.0.load(Ordering::Relaxed);
    if met == 0 {
        return;
    }
    let only_here = with(|entered, thread| {
        entered.known[span.slot()].take_if(|(known, _)| *known == span);
        met == thread
    });
    if only_here != Some(true) {
        EPOCH.fetch_add(1, Ordering::Relaxed);
    }
}

/// Leaves the span that was entered last, if what was active before is recorded here. Says whether it has.
#[inline]
pub(super) fn exit_last(span: Span) -> bool {
    let left = with(|entered, _| {
        let (_, Before::Seat(seat)) = entered.stack.last().filter(|(last, _)| *last == span)? else {
            return None;
        };
        log::with(|thread| thread.sit(*seat))?;
        entered.stack.pop();
        Some(())
    });
    left.flatten().is_some()
}

/// What was active before the span, which is left. If others were entered since, and are not left yet, the next of them
/// takes it over: it is what is active again once that is left.
pub(super) fn pop(span: Span) -> Option<Before> {
    let taken = with(|entered, _| {
        let at = entered.stack.iter().rposition(|(other, _)| *other == span)?;
        let (_, before) = entered.stack.remove(at);
        Some(match entered.stack.get_mut(at) {
            None => Ok(before),
            // What stood between is gone, its scopes with it.
            Some((_, next)) => Err(std::mem::replace(next, before)),
        })
    });
    // What stood between is dropped out here: that may run anything.
    taken.flatten()?.ok()
}

impl Before {
    /// Makes active what was active before. Returns the context that the span had of its own.
    pub(super) fn restore(self, span: Option<&Open>) -> Option<Context> {
        match self {
            Self::Seat(seat) => {
                if let Some(span) = span
                    && !log::with(|thread| span.hand_back(thread, seat.key()))
                {
                    // The user has made another span the active one meanwhile.
                    drop(scope::put_aside(Some(span.sibling(seat.key()))));
                }
                None
            }
            Self::Span(aside) => {
                drop(aside.map(|aside| scope::put_back(*aside)));
                None
            }
            Self::Context(restore) => restore.and_then(|restore| restore.swap_back()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::thread;

    use super::*;

    fn is_known(span: Span) -> bool {
        with(|entered, _| entered.known(span)).flatten().is_some()
    }

    #[test]
    fn what_has_closed_is_remembered_nowhere() {
        let (span, other) = (Span { layer: u64::MAX, id: 7 }, Span { layer: u64::MAX, id: 6 });
        let (met, of_other) = (Met::default(), Met::default());
        for span in [(span, &met), (other, &of_other)] {
            remember(span.0, Seat::of_nothing(), span.1);
        }
        assert!(is_known(span) && is_known(other));
        assert!(!is_known(Span { layer: 0, ..span }), "another registry has the id too");
        // Closed here, where alone it was known.
        forget(span, &met);
        assert!(!is_known(span));

        // Closed by a thread that has met it too, and by one that never has.
        for meets in [true, false] {
            let met = Met::default();
            remember(span, Seat::of_nothing(), &met);
            thread::scope(|threads| {
                threads.spawn(|| {
                    if meets {
                        remember(span, Seat::of_nothing(), &met);
                    }
                    forget(span, &met);
                });
            });
            assert!(!is_known(span), "{meets}");
        }
    }
}
