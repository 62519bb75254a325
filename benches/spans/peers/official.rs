//! The published crate, used as an attribute over it would: find the parent in the scope and become the parent there.

use std::any::Any;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use official::protocol::{EnvelopeItem, Value};
use official::{
    ClientOptions, Envelope, Hub, SentryFutureExt as _, Span, TransactionContext, TransactionOrSpan,
    Transport,
};

use crate::operation::{Operation, State, Yield, body};
use crate::peers::Peer;

pub(super) const PEER: Peer = Peer {
    name: "sentry 0.49",
    states: &State::SWITCHLESS,
    start,
    transaction,
    children,
    flush: || {},
    delivered: || DELIVERED.load(Relaxed),
};

static DELIVERED: AtomicU64 = AtomicU64::new(0);

/// Writes the bytes, as a real one would, and counts.
pub(super) struct Null;

impl Transport for Null {
    fn send_envelope(&self, envelope: Envelope) {
        envelope.to_writer(std::io::sink()).expect("a sink takes everything");
        for item in envelope.items() {
            if let EnvelopeItem::Transaction(transaction) = item {
                DELIVERED.fetch_add(transaction.spans.len() as u64, Relaxed);
            }
        }
    }
}

pub(super) fn start(state: State) -> Box<dyn Any> {
    let rate = match state {
        State::Off => return Box::new(()),
        State::Unsampled => 0.0,
        State::Sampled | State::Outside | State::Silent => 1.0,
    };
    let options = ClientOptions::new().traces_sample_rate(rate).transport(Arc::new(Null));
    Box::new(official::init(("http://key@127.0.0.1/1", options)))
}

pub(super) fn delivered() -> u64 {
    DELIVERED.load(Relaxed)
}

super::children!();

fn transaction(operation: Operation, count: u64) -> u64 {
    let transaction = official::start_transaction(TransactionContext::new("transaction", "bench"));
    let active = Some(transaction.clone().into());
    let sum = official::with_scope(|scope| scope.set_span(active), || children(operation, count));
    transaction.finish();
    sum
}

/// Without a client the closure is not called: the quick way out that the published crate offers.
fn parent() -> Option<TransactionOrSpan> {
    official::configure_scope(|scope| scope.get_span())
}

fn inside(span: &Span, number: u64) -> u64 {
    let active = Some(span.clone().into());
    official::with_scope(|scope| scope.set_span(active), || body(number))
}

#[inline(never)]
fn child(number: u64) -> u64 {
    let Some(parent) = parent() else { return body(number) };
    let span = parent.start_child("bench", "child");
    let result = inside(&span, number);
    span.finish();
    result
}

#[inline(never)]
fn child_with_attributes(number: u64) -> u64 {
    let Some(parent) = parent() else { return body(number) };
    let span = parent.start_child("bench", "child");
    span.set_data("number", Value::from(number));
    span.set_data("kind", Value::from("bench"));
    span.set_data("even", Value::from(number.is_multiple_of(2)));
    let result = inside(&span, number);
    span.finish();
    result
}

/// The way that its documentation shows: a hub of its own, bound to the future.
async fn bound(future: impl Future<Output = u64>) -> u64 {
    let Some(parent) = parent() else { return future.await };
    let span = parent.start_child("bench", "child");
    let hub = Arc::new(Hub::new_from_top(Hub::current()));
    hub.configure_scope(|scope| scope.set_span(Some(span.clone().into())));
    let result = future.bind_hub(hub).await;
    span.finish();
    result
}

#[inline(never)]
async fn child_async(number: u64) -> u64 {
    bound(async { body(number) }).await
}

#[inline(never)]
async fn child_yields(number: u64) -> u64 {
    bound(async {
        Yield::default().await;
        body(number)
    })
    .await
}
