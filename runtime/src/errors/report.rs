//! One captured error and the way it has taken so far.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use super::Cause;
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
    since: Instant,
    causes: Vec<Cause>,
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
}

impl Report {
    pub(crate) fn new(causes: Vec<Cause>, first: Hop, hold: Arc<Hold>) -> Self {
        Self {
            id: Uuid::new_v4(),
            at: SystemTime::now(),
            since: Instant::now(),
            causes,
            hold,
            progress: Mutex::new(Progress { hops: vec![first], handled: None }),
        }
    }

    pub(crate) fn causes(&self) -> &[Cause] {
        &self.causes
    }

    pub(crate) fn progress(&self) -> Progress {
        self.lock().clone()
    }

    /// Whether an error with these causes is this one: the same value passed on, one that wraps it, or one that was
    /// made from its text.
    pub(crate) fn is_in(&self, causes: &[Cause]) -> bool {
        /// A shorter text stands in too many others by chance.
        const TELLING: usize = 6;
        /// A function that has been running for hours may fail like one that it called at the start.
        const RECENT: Duration = Duration::from_secs(30);
        if self.since.elapsed() > RECENT {
            return false;
        }
        let Some(own) = self.causes.first() else { return false };
        causes.iter().any(|cause| {
            if own.value.is_empty() {
                return cause.ty == own.ty;
            }
            cause.value == own.value || own.value.len() >= TELLING && cause.value.contains(&own.value)
        })
    }

    pub(crate) fn add_hop(&self, hop: Hop) {
        self.lock().hops.push(hop);
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
