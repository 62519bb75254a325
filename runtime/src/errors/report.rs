//! One captured error and the way it has taken so far.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::SystemTime;

use super::Cause;
use super::native::Stack;
use crate::protocol::Uuid;
use crate::scope::Hold;
use crate::trace::Callsite;

/// One attributed function that an error passed through.
#[derive(Clone, Debug)]
pub(crate) struct Hop {
    pub(crate) callsite: &'static Callsite,
    /// The line by which the error left the function; 0 if the function's body was not understood.
    pub(crate) line: u32,
    pub(crate) tags: Vec<(&'static str, String)>,
}

/// An error that was captured; complete when its hold is released.
#[derive(Debug)]
pub(crate) struct Report {
    pub(crate) id: Uuid,
    pub(crate) at: SystemTime,
    causes: Vec<Cause>,
    /// Where the thread was when it was captured, with `attach_stacktrace`.
    stack: Option<Stack>,
    hold: Arc<Hold>,
    progress: Mutex<Progress>,
}

/// What is still open while the error is on its way.
#[derive(Clone, Debug)]
pub(crate) struct Progress {
    /// Innermost first.
    pub(crate) hops: Vec<Hop>,
    /// `None` while nobody knows.
    pub(crate) handled: Option<bool>,
    /// The event was made from what was known.
    left: bool,
}

impl Report {
    /// A report of an error that has taken these hops, innermost first.
    pub(crate) fn new(causes: Vec<Cause>, hops: Vec<Hop>, stack: Option<Stack>, hold: Arc<Hold>) -> Self {
        Self {
            id: Uuid::new_v4(),
            at: SystemTime::now(),
            causes,
            stack,
            hold,
            progress: Mutex::new(Progress { hops, handled: None, left: false }),
        }
    }

    pub(crate) fn causes(&self) -> &[Cause] {
        &self.causes
    }

    pub(crate) fn stack(&self) -> Option<&Stack> {
        self.stack.as_ref()
    }

    /// What is known in the end: the event is made from it, and whatever comes later comes too late.
    pub(crate) fn close(&self) -> Progress {
        let mut progress = self.lock();
        progress.left = true;
        progress.clone()
    }

    /// Whether an error with these causes is this one: the same value passed on, one that wraps it, or one that was
    /// made from its text.
    pub(crate) fn is_in(&self, causes: &[Cause]) -> bool {
        /// A shorter text stands in too many others by chance.
        const TELLING: usize = 6;
        let Some(own) = self.causes.first() else { return false };
        causes.iter().any(|cause| {
            if own.value.is_empty() {
                return cause.is_like(own);
            }
            cause.value == own.value || own.value.len() >= TELLING && cause.value.contains(&own.value)
        })
    }

    /// Adds a hop. If the event has left already, gives back all the hops, this one too.
    pub(crate) fn add_hop(&self, hop: Hop) -> Result<(), Vec<Hop>> {
        let mut progress = self.lock();
        progress.hops.push(hop);
        if progress.left { Err(progress.hops.clone()) } else { Ok(()) }
    }

    /// Nothing more will be learnt: the event can go.
    pub(crate) fn seal(&self, handled: bool) {
        self.lock().handled.get_or_insert(handled);
        self.hold.release();
    }

    fn lock(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
