//! `tracing` with a registry and a layer that only counts.

use std::any::Any;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use tracing::span::Id;
use tracing::{Subscriber, instrument};
use tracing_subscriber::filter::filter_fn;
use tracing_subscriber::layer::{Context, Layer, SubscriberExt as _};
use tracing_subscriber::util::SubscriberInitExt as _;

use crate::operation::{Operation, State, Yield, body};
use crate::peers::Peer;

pub(super) const PEER: Peer = Peer {
    name: "tracing registry",
    // It has no sampling.
    states: &[State::Off, State::Outside, State::Silent, State::Sampled],
    start,
    transaction,
    children,
    flush: || {},
    // All spans but the transactions'.
    delivered: || CLOSED.load(Relaxed) - TRANSACTIONS.load(Relaxed),
};

static CLOSED: AtomicU64 = AtomicU64::new(0);
static TRANSACTIONS: AtomicU64 = AtomicU64::new(0);

struct Count;

impl<S: Subscriber> Layer<S> for Count {
    fn on_close(&self, _: Id, _: Context<'_, S>) {
        CLOSED.fetch_add(1, Relaxed);
    }
}

fn start(state: State) -> Box<dyn Any> {
    match state {
        State::Off => {}
        State::Silent => {
            let wanted = filter_fn(|metadata| !metadata.name().starts_with("child"));
            tracing_subscriber::registry().with(Count.with_filter(wanted)).init();
        }
        _ => tracing_subscriber::registry().with(Count).init(),
    }
    Box::new(())
}

super::children!();

#[instrument(skip_all)]
fn transaction(operation: Operation, count: u64) -> u64 {
    TRANSACTIONS.fetch_add(1, Relaxed);
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
