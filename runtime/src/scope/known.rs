//! The process's client, as each thread remembers it: to ask the process takes a lock and counters that all threads share.

use std::cell::RefCell;
use std::sync::{Arc, Weak};

use super::{Host, host};
use crate::trace::{Draw, Start};

thread_local! {
    static KNOWN: RefCell<Known> = const { RefCell::new(Known { changes: 0, host: None, draw: None }) };
}

struct Known {
    /// How often there had been another client when this one was asked for.
    changes: u64,
    /// It is not for this thread to say how long a client lives.
    host: Option<Weak<dyn Host>>,
    draw: Option<Draw>,
}

impl Known {
    #[cold]
    fn ask(&mut self, changes: u64) {
        let host = host::of_process();
        let draw = host.as_ref().and_then(|host| Draw::of(host.settings()));
        *self = Self { changes, host: host.as_ref().map(Arc::downgrade), draw };
    }
}

/// `None` while the thread's locals are being destroyed.
#[inline]
fn with<R>(look: impl FnOnce(&Known) -> Option<R>) -> Option<R> {
    let with = |known: &RefCell<Known>| {
        let mut known = known.try_borrow_mut().ok()?;
        let changes = host::changes();
        if known.changes != changes {
            known.ask(changes);
        }
        look(&known)
    };
    KNOWN.try_with(with).ok().flatten()
}

/// Decides on a transaction of this name that begins, if the process's client asks for nothing but a rate.
#[inline]
pub(crate) fn draw<'a>(name: impl FnOnce() -> &'a str) -> Option<Start> {
    with(|known| known.draw.as_ref().map(|draw| draw.start(name)))
}

/// The process's client.
pub(crate) fn known_host() -> Option<Arc<dyn Host>> {
    with(|known| known.host.as_ref()?.upgrade())
}
