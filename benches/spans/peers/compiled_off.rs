//! This project, with attributes that `sentry.toml` has switched off: the plain call, to the last instruction.

use sentry::monitored;

use super::ours;
use crate::operation::{Operation, State, Yield, body};
use crate::peers::Peer;

pub(super) const PEER: Peer = Peer {
    name: "monitored, compiled off",
    states: &State::ALL,
    start: ours::start,
    transaction,
    children,
    flush: || {},
    delivered: || 0,
};

super::children!();

#[sentry::transaction(op = "bench")]
fn transaction(operation: Operation, count: u64) -> u64 {
    children(operation, count)
}

#[monitored(op = "bench")]
#[inline(never)]
fn child(number: u64) -> u64 {
    body(number)
}

#[monitored(op = "bench", data(number = number, kind = "bench", even = number.is_multiple_of(2)))]
#[inline(never)]
fn child_with_attributes(number: u64) -> u64 {
    body(number)
}

#[monitored(op = "bench")]
#[inline(never)]
#[expect(clippy::unused_async, reason = "that it is async is what is measured")]
async fn child_async(number: u64) -> u64 {
    body(number)
}

#[monitored(op = "bench")]
#[inline(never)]
async fn child_yields(number: u64) -> u64 {
    Yield::default().await;
    body(number)
}
