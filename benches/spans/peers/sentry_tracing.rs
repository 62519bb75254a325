//! The published crate's layer for `tracing`.

use std::any::Any;

use tracing::instrument;
use tracing_subscriber::Layer as _;
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::SubscriberExt as _;
use tracing_subscriber::util::SubscriberInitExt as _;

use super::official;
use crate::operation::{Operation, State, Yield, body};
use crate::peers::Peer;

pub(super) const PEER: Peer = Peer {
    name: "sentry-tracing",
    states: &State::ALL,
    start,
    transaction,
    children,
    flush: || {},
    delivered: official::delivered,
};

fn start(state: State) -> Box<dyn Any> {
    let layer = ::official::integrations::tracing::SpanLayer::new();
    if state == State::Silent {
        let wanted = filter_fn(|metadata| !metadata.name().starts_with("child"));
        tracing_subscriber::registry().with(layer.with_filter(wanted)).init();
    } else {
        tracing_subscriber::registry().with(layer).init();
    }
    official::start(state)
}

super::children!();

#[instrument(skip_all)]
fn transaction(operation: Operation, count: u64) -> u64 {
    children(operation, count)
}

#[instrument(skip_all)]
#[inline(never)]
fn child(number: u64) -> u64 {
    body(number)
}

#[instrument(skip_all, fields(number, kind = "bench", even = number.is_multiple_of(2)))]
#[inline(never)]
fn child_with_attributes(number: u64) -> u64 {
    body(number)
}

#[instrument(skip_all)]
#[inline(never)]
async fn child_async(number: u64) -> u64 {
    body(number)
}

#[instrument(skip_all)]
#[inline(never)]
async fn child_yields(number: u64) -> u64 {
    Yield::default().await;
    body(number)
}
