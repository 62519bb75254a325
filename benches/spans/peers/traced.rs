//! `fastrace` by its attribute.

use std::any::Any;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed};

use fastrace::Span;
use fastrace::collector::{Config, Reporter, SpanContext, SpanRecord};

use crate::operation::{Operation, State, Yield, body};
use crate::peers::Peer;

pub(super) const PEER: Peer = Peer {
    name: "fastrace",
    states: &State::SWITCHLESS,
    start,
    transaction,
    children,
    flush: fastrace::flush,
    delivered: || DELIVERED.load(Relaxed),
};

static DELIVERED: AtomicU64 = AtomicU64::new(0);
static SAMPLED: AtomicBool = AtomicBool::new(true);

struct Null;

impl Reporter for Null {
    fn report(&mut self, spans: Vec<SpanRecord>) {
        let children = spans.iter().filter(|span| span.name.starts_with("child")).count();
        DELIVERED.fetch_add(children as u64, Relaxed);
    }
}

fn start(state: State) -> Box<dyn Any> {
    SAMPLED.store(state != State::Unsampled, Relaxed);
    if state != State::Off {
        fastrace::set_reporter(Null, Config::default());
    }
    Box::new(())
}

super::children!();

fn transaction(operation: Operation, count: u64) -> u64 {
    let context = SpanContext::random().sampled(SAMPLED.load(Relaxed));
    let root = Span::root("transaction", context);
    let _parent = root.set_local_parent();
    children(operation, count)
}

#[fastrace::trace(short_name = true)]
#[inline(never)]
fn child(number: u64) -> u64 {
    body(number)
}

#[fastrace::trace(short_name = true, properties = { "number": "{number}", "kind": "bench", "even": "true" })]
#[inline(never)]
fn child_with_attributes(number: u64) -> u64 {
    body(number)
}

#[fastrace::trace(short_name = true)]
#[inline(never)]
async fn child_async(number: u64) -> u64 {
    body(number)
}

#[fastrace::trace(short_name = true)]
#[inline(never)]
async fn child_yields(number: u64) -> u64 {
    Yield::default().await;
    body(number)
}
