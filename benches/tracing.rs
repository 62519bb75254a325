//! What a layer costs over a bare registry, beside the published crate's: `cargo bench -p benches --bench tracing`.
//!
//! Per span: made, entered, left and closed, inside a running transaction that is recorded; per poll: entered and left
//! again. Times are medians over rounds in which all take their turns, in one process. For instructions, one case of one peer
//! runs alone under callgrind, which prints the sum over [`ALONE`] operations:
//!
//! ```text
//! valgrind --tool=callgrind --toggle-collect='*measured*' BINARY span monitored
//! ```

use std::any::Any;
use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use tracing::dispatcher::with_default;
use tracing::{Dispatch, Span, info_span};
use tracing_subscriber::prelude::*;
use tracing_subscriber::registry;

const ROUNDS: usize = 101;
/// Operations in one transaction: no more than its spans, so that each is kept.
const OPERATIONS: u32 = 900;
/// Operations of a case that runs alone.
const ALONE: u32 = 900;

struct Peer {
    name: &'static str,
    subscriber: fn() -> Dispatch,
    /// A transaction around what is measured.
    inside: fn(&dyn Fn()),
}

const PEERS: [Peer; 3] = [
    Peer { name: "registry", subscriber: || registry().into(), inside: |work| work() },
    Peer {
        name: "monitored",
        subscriber: || registry().with(sentry::integrations::tracing::layer()).into(),
        inside: ours,
    },
    Peer {
        name: "sentry-tracing",
        subscriber: || registry().with(official::integrations::tracing::SpanLayer::new()).into(),
        inside: theirs,
    },
];

#[sentry::transaction]
fn ours(work: &dyn Fn()) {
    work();
}

fn theirs(work: &dyn Fn()) {
    let transaction = official::start_transaction(official::TransactionContext::new("bench", "bench"));
    official::configure_scope(|scope| scope.set_span(Some(transaction.clone().into())));
    work();
    official::configure_scope(|scope| scope.set_span(None));
    transaction.finish();
}

#[inline(never)]
fn measured_spans(count: u32) {
    for number in 0..count {
        let _entered = info_span!("operation").entered();
        black_box(number);
    }
}

#[inline(never)]
fn measured_polls(span: &Span, count: u32) {
    for number in 0..count {
        let _entered = span.enter();
        black_box(number);
    }
}

/// Nanoseconds per operation of one round.
fn round(peer: &Peer, polls: bool, subscriber: &Dispatch) -> f64 {
    let time = std::cell::Cell::new(0.0);
    with_default(subscriber, || {
        (peer.inside)(&|| {
            let span = info_span!("operation");
            let begin = Instant::now();
            if polls {
                measured_polls(&span, OPERATIONS);
            } else {
                measured_spans(OPERATIONS);
            }
            time.set(begin.elapsed().as_secs_f64() * 1e9 / f64::from(OPERATIONS));
        });
    });
    time.get()
}

fn median(mut times: Vec<f64>) -> f64 {
    times.sort_by(f64::total_cmp);
    times[times.len() / 2]
}

fn main() {
    let _clients = clients();
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    if let [case, peer] = arguments.as_slice() {
        let peer = PEERS.iter().find(|it| it.name == peer).expect("a peer by this name");
        return with_default(&(peer.subscriber)(), || {
            (peer.inside)(&|| match case.as_str() {
                "span" => measured_spans(ALONE),
                _ => measured_polls(&info_span!("operation"), ALONE),
            });
        });
    }
    let subscribers = PEERS.each_ref().map(|peer| (peer.subscriber)());
    println!("{:<8} {:<16} {:>8} {:>14}", "per", "", "ns", "over registry");
    for (case, polls) in [("span", false), ("poll", true)] {
        let mut times = PEERS.each_ref().map(|_| Vec::with_capacity(ROUNDS));
        for _ in 0..ROUNDS {
            for ((peer, subscriber), times) in PEERS.iter().zip(&subscribers).zip(&mut times) {
                times.push(round(peer, polls, subscriber));
            }
            // What has ended leaves before the next round.
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        let medians = times.map(median);
        for (peer, time) in PEERS.iter().zip(medians) {
            println!("{case:<8} {:<16} {time:>8.0} {:>14.0}", peer.name, time - medians[0]);
        }
    }
}

/// Both clients record everything and send it nowhere.
fn clients() -> [Box<dyn Any>; 2] {
    struct Null;
    impl sentry::Transport for Null {
        fn send_envelope(&self, envelope: sentry::Envelope) {
            drop(envelope);
        }
    }
    impl official::Transport for Null {
        fn send_envelope(&self, envelope: official::Envelope) {
            drop(envelope);
        }
    }
    let dsn = "http://key@127.0.0.1/1";
    let ours = sentry::ClientOptions::new().traces_sample_rate(1.0).transport(Arc::new(Null));
    let theirs = official::ClientOptions::new().traces_sample_rate(1.0).transport(Arc::new(Null));
    [Box::new(sentry::init((dsn, ours))), Box::new(official::init((dsn, theirs)))]
}
