//! Whoever is compared. Each has the same children, instrumented in its own way.

mod compiled_off;
mod floor;
mod official;
mod otel;
mod ours;
mod plain;
mod registry;
mod sentry_tracing;
mod traced;

use std::any::Any;

use crate::operation::{Operation, State};

pub(crate) const OURS: &str = "monitored";

pub(crate) struct Peer {
    pub(crate) name: &'static str,
    states: &'static [State],
    /// Sets it up; what it returns is kept until the end.
    pub(crate) start: fn(State) -> Box<dyn Any>,
    /// Runs a transaction with that many children.
    pub(crate) transaction: fn(Operation, u64) -> u64,
    /// Runs that many children.
    pub(crate) children: fn(Operation, u64) -> u64,
    /// Waits until all spans are out.
    pub(crate) flush: fn(),
    /// Children that came out so far.
    pub(crate) delivered: fn() -> u64,
}

impl Peer {
    pub(crate) fn named(name: &str) -> &'static Self {
        ALL.iter().find(|peer| peer.name == name).expect("one of the peers")
    }

    pub(crate) fn has(&self, state: State) -> bool {
        self.states.contains(&state)
    }
}

pub(crate) static ALL: [Peer; 9] = [
    plain::PEER,
    compiled_off::PEER,
    floor::PEER,
    ours::PEER,
    official::PEER,
    sentry_tracing::PEER,
    traced::PEER,
    registry::PEER,
    otel::PEER,
];

/// Runs children one after the other; they are called the same in each peer's module.
macro_rules! children {
    () => {
        fn children(operation: crate::operation::Operation, count: u64) -> u64 {
            use crate::operation::{Operation, block_on};
            match operation {
                Operation::Sync => (0..count).map(child).sum(),
                Operation::Attributes => (0..count).map(child_with_attributes).sum(),
                Operation::Async => block_on(async {
                    let mut sum = 0;
                    for number in 0..count {
                        sum += child_async(number).await;
                    }
                    sum
                }),
                Operation::Yield => block_on(async {
                    let mut sum = 0;
                    for number in 0..count {
                        sum += child_yields(number).await;
                    }
                    sum
                }),
            }
        }
    };
}
use children;
