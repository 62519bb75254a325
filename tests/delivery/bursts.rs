//! Much at once, and much for a while.

use std::time::{Duration, Instant};

use sentry::Client;
use sentry::protocol::Category;
use tests::{Answer, Receiver};

use super::{books, capture, client, errors, event, losses, options, wait_until};

const SLOW: Duration = Duration::from_millis(20);

#[test]
fn a_thousand_events_to_a_server_that_takes_its_time() {
    let receiver = Receiver::counting(Answer::ok().after(SLOW));
    let client = client(&receiver);
    capture(&client, 1_000);
    assert!(client.flush(Some(Duration::from_secs(10))));
    assert_eq!(errors(&client), [1_000, 1_000, 0, 0]);
    assert!(client.close(None));
    let tally = receiver.tally();
    assert_eq!((tally.events.len(), tally.duplicates, tally.discarded.len()), (1_000, 0, 0));
}

#[test]
fn more_than_there_is_room_for() {
    let receiver = Receiver::counting(Answer::ok());
    let client = Client::from_config(options(&receiver).max_queue_bytes(1 << 20));
    for chunk in 0..10 {
        capture(&client, 10_000);
        let [captured, delivered, dropped, waiting] = errors(&client);
        assert_eq!((captured, captured), ((chunk + 1) * 10_000, delivered + dropped + waiting));
    }
    let flushed = client.flush(Some(Duration::from_secs(10)));
    let [captured, delivered, dropped, waiting] = errors(&client);
    assert_eq!((captured, waiting), (100_000, 0));
    assert!(dropped > 0 && !flushed, "what was lost is not said to have left");
    // Only what is lost from now on is the next flush's business.
    assert!(client.flush(None));
    client.close(None);
    let tally = receiver.tally();
    assert_eq!((tally.events.len() as u64, tally.duplicates), (delivered, 0));
    assert_eq!(tally.lost("error"), dropped, "{:?}", tally.discarded);
    assert_eq!(losses(&client), [format!("queue_overflow error {dropped}")]);
}

#[test]
fn two_hundred_a_second_to_servers_that_are_far_away() {
    for distance in [50, 500] {
        let receiver = Receiver::counting(Answer::ok().after(Duration::from_millis(distance)));
        let client = client(&receiver);
        let start = Instant::now();
        for number in 0..300 {
            client.capture_event(event("steady"), None);
            let due = start + Duration::from_millis(5 * number);
            std::thread::sleep(due.saturating_duration_since(Instant::now()));
        }
        assert!(client.close(Some(Duration::from_secs(10))), "{distance}: {:?}", errors(&client));
        assert_eq!(receiver.tally().events.len(), 300, "{distance}");
    }
}

#[test]
fn ten_thousand_short_lived_threads() {
    let receiver = Receiver::counting(Answer::ok());
    let client = client(&receiver);
    for _ in 0..100 {
        std::thread::scope(|scope| {
            for _ in 0..100 {
                scope.spawn(|| client.capture_event(event("short"), None));
            }
        });
    }
    assert!(client.close(Some(Duration::from_mins(1))), "{:?}", errors(&client));
    assert_eq!(errors(&client), [10_000, 10_000, 0, 0]);
    assert_eq!(receiver.tally().events.len(), 10_000);
}

/// The bound is on everything that waits, while the server takes nothing at all.
#[test]
fn memory_is_bounded_while_the_server_hangs() {
    let receiver = Receiver::counting(Answer::never());
    let client = Client::from_config(options(&receiver).max_queue_bytes(1 << 20));
    capture(&client, 20_000);
    let stats = books(&client);
    // An event takes a kilobyte and more.
    assert!(stats.waiting(Category::Error) < 1_100, "{}", stats.waiting(Category::Error));
    let before = Instant::now();
    assert!(!client.close(Some(Duration::from_millis(100))));
    assert!(before.elapsed() < Duration::from_millis(600), "{:?}", before.elapsed());
    books(&client);
}

#[test]
fn a_server_that_restarts_under_load() {
    let receiver = Receiver::counting(Answer::ok());
    let dsn = receiver.dsn();
    let client = client(&receiver);
    capture(&client, 100);
    wait_until("a part has arrived", || errors(&client)[1] >= 10);
    let before = receiver.stop();
    capture(&client, 100);
    let again = Receiver::counting_at(&dsn, Answer::ok());
    assert!(client.close(Some(Duration::from_secs(10))), "{:?}", losses(&client));
    assert_eq!(errors(&client), [200, 200, 0, 0]);
    let after = again.tally();
    // Some may have come twice, as an answer was cut off, but nothing is missing.
    assert_eq!(before.events.union(&after.events).count(), 200);
}
