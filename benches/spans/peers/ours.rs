//! This project.

use std::any::Any;
use std::sync::Arc;

use sentry::protocol::Category;
use sentry::{ClientOptions, Envelope, Transport, monitored};

use crate::operation::{Operation, State, Yield, body};
use crate::peers::{OURS, Peer};

pub(super) const PEER: Peer = Peer {
    name: OURS,
    states: &State::ALL,
    start,
    transaction,
    children,
    flush: || assert!(sentry::flush(None), "everything leaves"),
    delivered,
};

/// Writes the bytes, as a real one would.
struct Null;

impl Transport for Null {
    fn send_envelope(&self, envelope: Envelope) {
        envelope.to_writer(std::io::sink()).expect("a sink takes everything");
    }
}

/// Spans that were handed to the transport, but those of the transactions themselves. Tests compare these books with what a
/// server gets; to look into the envelopes here would make values of what is text already.
fn delivered() -> u64 {
    let stats = sentry::delivery_stats();
    stats.delivered(Category::Span) - stats.delivered(Category::Transaction)
}

pub(super) fn start(state: State) -> Box<dyn Any> {
    let rate = match state {
        State::Off => return Box::new(()),
        State::Unsampled => 0.0,
        State::Sampled | State::Outside | State::Silent => 1.0,
    };
    let options = ClientOptions::new().traces_sample_rate(rate).transport(Arc::new(Null));
    Box::new(sentry::init(("http://key@127.0.0.1/1", options)))
}

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
async fn child_async(number: u64) -> u64 {
    body(number)
}

#[monitored(op = "bench")]
#[inline(never)]
async fn child_yields(number: u64) -> u64 {
    Yield::default().await;
    body(number)
}
