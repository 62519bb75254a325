//! Which spans of `tracing` are entered on a thread, and what was active before each.

use std::cell::RefCell;

use crate::scope::{self, Aside, Context, Restore};
use crate::trace::Key;
use crate::trace::log::{self, Open};

thread_local! {
    static ENTERED: RefCell<Vec<(u64, Before)>> = const { RefCell::new(Vec::new()) };
}

/// What an entered span has taken the place of.
pub(super) enum Before {
    /// Another span of the transaction that the thread records.
    Key(Key),
    Span(Option<Aside>),
    Context(Option<Restore>),
}

/// Notes that a span is entered.
pub(super) fn push(id: u64, before: Before) {
    // At the end of a thread there is no place any more: what was active is dropped with the thread.
    let _ = ENTERED.try_with(|entered| entered.borrow_mut().push((id, before)));
}

/// What was active before the span, which is left. If others were entered since, and are not left yet, the next of them
/// takes it over: it is what is active again once that is left.
pub(super) fn pop(id: u64) -> Option<Before> {
    let take = |entered: &RefCell<Vec<(u64, Before)>>| {
        let mut entered = entered.borrow_mut();
        let at = entered.iter().rposition(|(other, _)| *other == id)?;
        let (_, before) = entered.remove(at);
        match entered.get_mut(at) {
            None => Some(before),
            Some((_, next)) => {
                // What stood between is gone, its scopes with it.
                let between = std::mem::replace(next, before);
                drop(entered);
                drop(between);
                None
            }
        }
    };
    ENTERED.try_with(take).ok().flatten()
}

impl Before {
    /// Makes active what was active before. Returns the context that the span had of its own.
    pub(super) fn restore(self, span: Option<&Open>) -> Option<Context> {
        match self {
            Self::Key(key) => {
                if let Some(span) = span
                    && !log::with(|thread| span.hand_back(thread, key))
                {
                    // The user has made another span the active one meanwhile.
                    drop(scope::put_aside(Some(span.sibling(key))));
                }
                None
            }
            Self::Span(aside) => {
                drop(aside.map(scope::put_back));
                None
            }
            Self::Context(restore) => restore.and_then(Restore::swap_back),
        }
    }
}
