//! What a span costs the caller, peers side by side: `cargo bench -p benches --bench spans`.
//!
//! A child's cost is that of a transaction with [`CHILDREN`] of them less that of an empty one, shared out; its
//! body, which the plain call has too, is included. All peers take turns in one run, so that a disturbance hits
//! each of them, and the median over all rounds counts. Every peer gets a transport that drops what it is given:
//! `delivered` is the share of the sampled spans that arrived there, for losing spans is the cheapest way to be fast.

use std::{
    hint::black_box,
    sync::atomic::{AtomicBool, AtomicU64, Ordering::Relaxed},
    time::Instant,
};

const CHILDREN: u64 = 100;
const TRANSACTIONS: u64 = 20;
const ROUNDS: usize = 101;

/// One way to measure: runs a transaction with that many children.
struct Peer {
    name: &'static str,
    transaction: fn(u64) -> u64,
    /// Spans that came out at the end.
    delivered: Option<&'static AtomicU64>,
}

const PEERS: [Peer; 4] = [
    Peer { name: "plain call", transaction: plain::transaction, delivered: None },
    Peer { name: "monitored", transaction: ours::transaction, delivered: Some(&ours::DELIVERED) },
    Peer { name: "sentry 0.49", transaction: official::transaction, delivered: Some(&official::DELIVERED) },
    Peer { name: "fastrace", transaction: traced::transaction, delivered: Some(&traced::DELIVERED) },
];

type Figures = [f64; PEERS.len()];

fn main() {
    traced::SAMPLED.store(true, Relaxed);
    let no_client = measure();

    let clients = (ours::start(0.0), official::start(0.0));
    traced::start();
    traced::SAMPLED.store(false, Relaxed);
    let unsampled = measure();
    drop(clients);

    let clients = (ours::start(1.0), official::start(1.0));
    traced::SAMPLED.store(true, Relaxed);
    let sampled = measure();
    drop(clients);
    fastrace::flush();

    print(no_client, unsampled, sampled);
}

/// Nanoseconds a child takes, for each peer.
fn measure() -> Figures {
    let mut figures = PEERS.map(|_| Vec::with_capacity(ROUNDS));
    for _ in 0..ROUNDS {
        for (peer, figures) in PEERS.iter().zip(&mut figures) {
            let children = time(peer, CHILDREN) - time(peer, 0);
            figures.push(children / count(TRANSACTIONS * CHILDREN));
        }
    }
    figures.map(|mut figures| {
        figures.sort_by(f64::total_cmp);
        figures[ROUNDS / 2]
    })
}

fn time(peer: &Peer, children: u64) -> f64 {
    let start = Instant::now();
    for _ in 0..TRANSACTIONS {
        black_box((peer.transaction)(black_box(children)));
    }
    start.elapsed().as_secs_f64() * 1e9
}

fn print(no_client: Figures, unsampled: Figures, sampled: Figures) {
    println!(
        "{:<24} {:>10} {:>10} {:>10} {:>10}",
        "sync child, ns", "no client", "unsampled", "sampled", "delivered"
    );
    let expected = TRANSACTIONS * CHILDREN * ROUNDS as u64;
    for (i, peer) in PEERS.iter().enumerate() {
        let delivered = peer.delivered.map_or_else(String::new, |delivered| {
            format!("{:.1} %", 100.0 * count(delivered.load(Relaxed)) / count(expected))
        });
        println!(
            "{:<24} {:>10.1} {:>10.1} {:>10.1} {delivered:>10}",
            peer.name, no_client[i], unsampled[i], sampled[i]
        );
    }
    for i in [2, 3] {
        let [off, unsampled, sampled] =
            [no_client, unsampled, sampled].map(|figures| figures[1] / figures[i]);
        let name = format!("monitored / {}", PEERS[i].name);
        println!("{name:<24} {off:>9.2}x {unsampled:>9.2}x {sampled:>9.2}x");
    }
}

#[expect(clippy::cast_precision_loss, reason = "counts here stay far below 2^52")]
fn count(number: u64) -> f64 {
    number as f64
}

/// What every child does.
#[inline]
fn body(number: u64) -> u64 {
    black_box(number) ^ 1
}

mod plain {
    pub(super) fn transaction(children: u64) -> u64 {
        (0..children).map(child).sum()
    }

    #[inline(never)]
    fn child(number: u64) -> u64 {
        super::body(number)
    }
}

mod ours {
    use std::sync::Arc;

    use sentry::{ClientInitGuard, ClientOptions, Envelope, Transport, monitored, protocol::EnvelopeItem};

    use super::{AtomicU64, Relaxed};

    pub(super) static DELIVERED: AtomicU64 = AtomicU64::new(0);

    struct Null;

    impl Transport for Null {
        fn send_envelope(&self, envelope: Envelope) {
            for item in envelope.items() {
                if let EnvelopeItem::Transaction(transaction) = item {
                    DELIVERED.fetch_add(transaction.spans.len() as u64, Relaxed);
                }
            }
        }
    }

    pub(super) fn start(rate: f32) -> ClientInitGuard {
        let options = ClientOptions::new().traces_sample_rate(rate).transport(Arc::new(Null));
        sentry::init(("http://key@127.0.0.1/1", options))
    }

    #[sentry::transaction(op = "bench")]
    pub(super) fn transaction(children: u64) -> u64 {
        (0..children).map(child).sum()
    }

    #[monitored(op = "bench")]
    #[inline(never)]
    fn child(number: u64) -> u64 {
        super::body(number)
    }
}

/// What an attribute over the published crate would do: find the parent in the scope and become the parent there.
mod official {
    use std::sync::Arc;

    use official::{
        ClientInitGuard, ClientOptions, Envelope, TransactionContext, Transport, protocol::EnvelopeItem,
    };

    use super::{AtomicU64, Relaxed};

    pub(super) static DELIVERED: AtomicU64 = AtomicU64::new(0);

    struct Null;

    impl Transport for Null {
        fn send_envelope(&self, envelope: Envelope) {
            for item in envelope.items() {
                if let EnvelopeItem::Transaction(transaction) = item {
                    DELIVERED.fetch_add(transaction.spans.len() as u64, Relaxed);
                }
            }
        }
    }

    pub(super) fn start(rate: f32) -> ClientInitGuard {
        let options = ClientOptions::new().traces_sample_rate(rate).transport(Arc::new(Null));
        official::init(("http://key@127.0.0.1/1", options))
    }

    pub(super) fn transaction(children: u64) -> u64 {
        let transaction = official::start_transaction(TransactionContext::new("transaction", "bench"));
        let active = Some(transaction.clone().into());
        let sum = official::with_scope(|scope| scope.set_span(active), || (0..children).map(child).sum());
        transaction.finish();
        sum
    }

    #[inline(never)]
    fn child(number: u64) -> u64 {
        // Without a client the closure is not called: the quick way out that the published crate offers.
        let Some(parent) = official::configure_scope(|scope| scope.get_span()) else {
            return super::body(number);
        };
        let span = parent.start_child("bench", "child");
        let active = Some(span.clone().into());
        let result = official::with_scope(|scope| scope.set_span(active), || super::body(number));
        span.finish();
        result
    }
}

mod traced {
    use fastrace::{
        Span,
        collector::{Config, Reporter, SpanContext, SpanRecord},
    };

    use super::{AtomicBool, AtomicU64, Relaxed};

    pub(super) static DELIVERED: AtomicU64 = AtomicU64::new(0);
    pub(super) static SAMPLED: AtomicBool = AtomicBool::new(false);

    struct Null;

    impl Reporter for Null {
        fn report(&mut self, spans: Vec<SpanRecord>) {
            let children = spans.iter().filter(|span| span.name == "child").count();
            DELIVERED.fetch_add(children as u64, Relaxed);
        }
    }

    pub(super) fn start() {
        fastrace::set_reporter(Null, Config::default());
    }

    pub(super) fn transaction(children: u64) -> u64 {
        let context = SpanContext::random().sampled(SAMPLED.load(Relaxed));
        let root = Span::root("transaction", context);
        let _parent = root.set_local_parent();
        (0..children).map(child).sum()
    }

    #[fastrace::trace(short_name = true)]
    #[inline(never)]
    fn child(number: u64) -> u64 {
        super::body(number)
    }
}
