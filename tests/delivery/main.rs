//! Delivery against servers of every kind: each item arrives or is accounted for, and nobody waits longer than said.
//!
//! The clients run in this process, each with a server of its own.

mod answers;
mod bodies;
mod bursts;
mod callbacks;
mod certificates;
mod ending;
mod enduring;
mod faults;
mod http2;
#[cfg(unix)]
mod processes;
mod proxies;
#[cfg(unix)]
mod signals;
mod spooled;
mod transports;
mod waiting;

use std::time::{Duration, Instant};

use sentry::protocol::{Category, Event};
use sentry::{Client, ClientOptions, DeliveryStats};
use tests::Receiver;

/// Nothing here should take that long; a test that does has failed.
const DEADLINE: Duration = Duration::from_secs(20);

/// What a flush or the end may take beside its timeout.
const GRACE: Duration = Duration::from_millis(50);

/// Whether something that takes so long, at the most, keeps to its timeout: once in five times, for a busy machine wakes a
/// thread when it can.
fn keeps_to(timeout: Duration, took: impl FnMut() -> Duration) -> bool {
    std::iter::repeat_with(took).take(5).any(|took| took < timeout + GRACE)
}

/// How long it takes.
fn time(wait: impl FnOnce()) -> Duration {
    let start = Instant::now();
    wait();
    start.elapsed()
}

fn options(receiver: &Receiver) -> ClientOptions {
    ClientOptions::new().dsn(receiver.dsn())
}

fn client(receiver: &Receiver) -> Client {
    Client::from_config(options(receiver))
}

fn capture(client: &Client, count: usize) {
    for number in 0..count {
        client.capture_event(event(&format!("number {number}")), None);
    }
}

fn event(message: &str) -> Event<'static> {
    Event { message: Some(message.to_owned()), ..Event::default() }
}

/// The client's books, which must balance.
#[track_caller]
fn books(client: &Client) -> DeliveryStats {
    let stats = client.delivery_stats();
    assert!(stats.is_balanced(), "{stats:#?}");
    stats
}

/// Captured, delivered, dropped, waiting: of errors.
#[track_caller]
fn errors(client: &Client) -> [u64; 4] {
    let stats = books(client);
    [
        stats.captured(Category::Error),
        stats.delivered(Category::Error),
        stats.dropped(Category::Error),
        stats.waiting(Category::Error),
    ]
}

/// What was dropped, as `reason category quantity`.
#[track_caller]
fn losses(client: &Client) -> Vec<String> {
    let losses = books(client);
    losses.losses().map(|it| format!("{} {} {}", it.reason, it.category, it.quantity)).collect()
}

#[track_caller]
fn wait_until(what: &str, mut is_so: impl FnMut() -> bool) {
    let start = Instant::now();
    while !is_so() {
        assert!(start.elapsed() < DEADLINE, "{what}: not after {DEADLINE:?}");
        std::thread::sleep(Duration::from_millis(5));
    }
}
