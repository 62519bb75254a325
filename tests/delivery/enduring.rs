//! Clocks that step, pressure that lasts, and how much memory all of it takes.

#[cfg(target_os = "linux")]
use std::net::TcpListener;
use std::sync::Arc;
use std::time::{Duration, Instant};

use sentry::protocol::{Category, Reason};
use sentry::{Client, Hub, Scope, TransactionContext};
use tests::{Answer, Program, Receiver, fixture};

use super::{books, capture, losses, options, wait_until};

/// The protocol's: every so often is looked whether delivery keeps up.
const PERIOD: Duration = Duration::from_secs(10);
const MOMENT: Duration = Duration::from_millis(50);

/// Captures whole transactions of one span each.
fn transactions(client: &Arc<Client>, count: u64) {
    let hub = Arc::new(Hub::new(Some(Arc::clone(client)), Arc::new(Scope::default())));
    Hub::run(hub, || {
        for _ in 0..count {
            sentry::start_transaction(TransactionContext::new("visit", "task")).finish();
        }
    });
}

#[test]
fn while_the_server_wants_less_fewer_transactions_are_recorded() {
    // The limit is over before there is a second look.
    let answer = Answer::ok().header("X-Sentry-Rate-Limits", "15:monitor");
    let receiver = Receiver::scripted([answer], Answer::ok());
    let client = Arc::new(Client::from_config(options(&receiver).traces_sample_rate(1.0)));
    let held_back = || books(&client).dropped_for(Reason::Backpressure, Category::Transaction);
    transactions(&client, 20);
    assert!(client.flush(Some(PERIOD)));
    assert_eq!(held_back(), 0);

    wait_until("the rate is halved", || {
        std::thread::sleep(MOMENT);
        transactions(&client, 1);
        held_back() > 0
    });
    let before = held_back();
    transactions(&client, 400);
    let halved = held_back() - before;
    // Half of 400, give or take six deviations.
    assert!((140..=260).contains(&halved), "{halved} of 400");

    let (mut before, mut in_a_row) = (held_back(), 0);
    wait_until("the rate is whole again", || {
        std::thread::sleep(MOMENT);
        transactions(&client, 1);
        let now = held_back();
        in_a_row = if now == before { in_a_row + 1 } else { 0 };
        before = now;
        // At half the rate, once in 2^40 runs.
        in_a_row > 40
    });
    let held_back = held_back();
    transactions(&client, 100);
    assert!(client.close(Some(PERIOD)));
    let (arrived, stats) = (receiver.received(), books(&client));
    assert_eq!(stats.dropped(Category::Transaction), held_back, "{:?}", losses(&client));
    assert_eq!(arrived.transactions().len() as u64, stats.delivered(Category::Transaction));
    let reported = arrived.lost("backpressure", "transaction");
    assert_eq!((reported, held_back), (stats.dropped(Category::Transaction), reported));
}

#[test]
fn losses_are_reported_every_half_minute_although_nothing_else_is_sent() {
    let receiver = Receiver::counting(Answer::ok());
    let client = Client::from_config(options(&receiver).sample_rate(0.0));
    let start = Instant::now();
    capture(&client, 3);
    while receiver.tally().requests == 0 {
        assert!(start.elapsed() < Duration::from_secs(45), "no report");
        std::thread::sleep(Duration::from_millis(20));
    }
    assert!(start.elapsed() > Duration::from_secs(28), "after {:?}", start.elapsed());
    let tally = receiver.tally();
    assert_eq!((tally.requests, tally.events.len(), tally.lost("error")), (1, 0, 3));
    client.close(None);
    assert_eq!(receiver.tally().requests, 1, "it was said already");
}

#[cfg(target_os = "linux")]
#[test]
fn a_limit_is_as_long_as_the_server_says_whatever_the_wall_clock_does() {
    let answer = Answer::ok().header("X-Sentry-Rate-Limits", "1:error:organization");
    // A time that is a day off breaks the rules.
    let receiver = Receiver::scripted([answer], Answer::ok()).without_rules();
    let outcome = fixture!("enduring").arg("limited").sending_to(&receiver).run().exits_with(0);
    let said = "first: 1 delivered\na day later: 1 delivered\na day earlier: 1 delivered\na second later: 2 delivered\n";
    assert_eq!(outcome.stdout, said);
    assert_eq!(receiver.count(), 2);
}

#[cfg(target_os = "linux")]
#[test]
fn nobody_waits_by_the_wall_clock() {
    let unwell = [Answer::status(503), Answer::status(500), Answer::close()];
    let receiver = Receiver::scripted(unwell, Answer::ok()).without_rules();
    let outcome = fixture!("enduring").arg("stepping").sending_to(&receiver).run().exits_with(0);
    assert_eq!(outcome.stdout, "flushed: true, in time: true, 20 delivered\n");
    assert_eq!(receiver.count(), 23);

    let silent = Receiver::scripted([], Answer::never()).without_rules();
    let outcome = fixture!("enduring").arg("stepping, silent").sending_to(&silent).run().exits_with(0);
    assert_eq!(outcome.stdout, "flushed: false, in time: true, 0 delivered\n");
}

/// What a program says that has captured so many events at once: how many of them were delivered. Its end came in time,
/// its books balance, and it took no more memory than the buffers' 32 MiB and 16 MiB beside them.
#[cfg(target_os = "linux")]
#[track_caller]
fn flooding(program: Program, count: u64, name: &str) -> u64 {
    let outcome = program.run().exits_with(0);
    let mut lines = outcome.stdout.lines();
    assert_eq!(lines.next(), Some("in time: true, balanced: true"), "{name}");
    let counts = lines.next().unwrap_or_default().split(' ');
    let counts: Vec<u64> = counts.map(|count| count.parse().expect("a number")).collect();
    let [captured, delivered, dropped, waiting] = counts[..] else { panic!("{counts:?}") };
    assert_eq!((captured, delivered + dropped + waiting), (count, count), "{name}");
    let peak: u64 = lines.next().unwrap_or_default().parse().expect("a number");
    assert!(peak <= 48, "{name}: {peak} MiB");
    delivered
}

/// The same, and what it says was delivered is what the server has counted.
#[cfg(target_os = "linux")]
#[track_caller]
fn flooded(answer: Answer, choice: &str, count: u64, name: &str) {
    let receiver = Receiver::counting(answer);
    let delivered = flooding(fixture!("enduring").arg(choice).sending_to(&receiver), count, name);
    let tally = receiver.tally();
    // What was on its way when the books were read may have arrived: as many as may be at a time, and as many as may take
    // their places before the process is gone.
    let arrived = tally.events.len() as u64;
    assert!((delivered..=delivered + 2 * 64).contains(&arrived), "{name}: {arrived} of {delivered}");
    assert_eq!(tally.duplicates, 0, "{name}");
}

#[cfg(target_os = "linux")]
#[test]
fn the_memory_of_a_flood_is_bounded() {
    for (name, answer) in [
        ("fast", Answer::ok()),
        ("slow", Answer::ok().after(Duration::from_millis(20))),
        ("failing", Answer::status(503)),
        ("silent", Answer::never()),
    ] {
        flooded(answer, "flood", 100_000, name);
    }
}

/// Whatever is large in it: what is shared by several is there once, and the breadcrumbs of a scope stay with it.
///
/// What large pieces leave behind, glibc's allocator gives back to the system or keeps, depending on where it lies. That is
/// not for us to say, so here it gives back each at once.
#[cfg(target_os = "linux")]
#[test]
fn the_memory_of_large_events_is_bounded() {
    for part in ["extra", "scopes", "breadcrumbs", "attachments", "errors"] {
        let receiver = Receiver::counting(Answer::never());
        let program =
            fixture!("enduring").arg(&format!("large {part}")).env("MALLOC_MMAP_THRESHOLD_", "65536");
        let outcome = program.sending_to(&receiver).run();
        let mut lines = outcome.stdout.lines();
        assert_eq!(lines.next(), Some("in time: true, balanced: true"), "{part}: {}", outcome.stderr);
        let counts = lines.next().unwrap_or_default().to_owned();
        let peak: u64 = lines.next().unwrap_or_default().parse().expect("a number");
        // 32 MiB of what waits and is under way. What is being written is there several times: as values, as JSON, compressed.
        assert!(peak <= 48, "{part}: {peak} MiB with {counts}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn whatever_the_server_does_all_is_in_the_books() {
    let limited = |after: &str| Answer::status(429).header("Retry-After", after);
    for (name, answer) in [
        ("a byte a second", Answer::trickle()),
        ("reset", Answer::reset()),
        ("closed", Answer::close()),
        ("half a head", Answer::cut()),
        ("not kept alive", Answer::ok().and_leave()),
        ("far away", Answer::ok().after(Duration::from_millis(500))),
        ("wrong content", Answer::ok().body("<html>")),
        ("elsewhere", Answer::status(307).header("Location", "http://127.0.0.1:1/")),
        ("too large", Answer::status(413)),
        ("no limit's length", Answer::status(429)),
        ("a limit", limited("60")),
        ("a short limit", limited("0")),
        ("no limit that one can read", limited("soon")),
        ("limits that nobody can read", Answer::ok().header("X-Sentry-Rate-Limits", ":;:,,x:error;;:~")),
        ("broken", Answer::status(500)),
        ("overloaded", Answer::status(503).header("Retry-After", "x")),
    ] {
        flooded(answer, "burst", 5_000, name);
    }
}

#[cfg(target_os = "linux")]
#[test]
fn where_there_is_no_server_all_is_in_the_books() {
    let deaf = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = deaf.local_addr().expect("an address").port();
    let encrypted = Receiver::encrypted();
    for dsn in [
        Receiver::refusing_dsn(),
        format!("http://key@127.0.0.1:{port}/1"),
        format!("https://key@127.0.0.1:{port}/1"),
        "http://key@no-such-host.invalid/1".to_owned(),
        encrypted.dsn(),
    ] {
        let program = fixture!("enduring").arg("burst").env("SENTRY_DSN", &dsn);
        assert_eq!(flooding(program, 5_000, &dsn), 0, "{dsn}");
    }
    assert_eq!(encrypted.count(), 0);
}
