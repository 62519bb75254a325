//! No instrumentation.

use crate::operation::{Operation, State, Yield, body};
use crate::peers::Peer;

pub(super) const PEER: Peer = Peer {
    name: "plain call",
    states: &State::ALL,
    start: |_| Box::new(()),
    transaction,
    children,
    flush: || {},
    delivered: || 0,
};

super::children!();

fn transaction(operation: Operation, count: u64) -> u64 {
    children(operation, count)
}

#[inline(never)]
fn child(number: u64) -> u64 {
    body(number)
}

#[inline(never)]
fn child_with_attributes(number: u64) -> u64 {
    body(number)
}

#[inline(never)]
#[expect(clippy::unused_async, reason = "that it is async is what is measured")]
async fn child_async(number: u64) -> u64 {
    body(number)
}

#[inline(never)]
async fn child_yields(number: u64) -> u64 {
    Yield::default().await;
    body(number)
}
