//! Many tests at once: none sees what another one captured.

use std::sync::Barrier;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::{number, sum, texts};

const AT_ONCE: usize = 32;

static NUMBER: AtomicU32 = AtomicU32::new(0);

/// Text that no other call returns, and that is no number.
fn own_text() -> String {
    format!("own-{:06}", NUMBER.fetch_add(1, Ordering::Relaxed))
}

#[sentry::test]
fn sync() {
    let own = own_text();
    sentry::set_tag("own", &own);
    for _ in 0..10 {
        assert!(number(&own).is_err());
        std::thread::yield_now();
    }
    assert_eq!(texts(), vec![own.clone(); 10]);
    assert!(sentry::test::events().iter().all(|event| event.tags["own"] == own));
}

#[sentry::test]
async fn asynchronous() {
    let own = [own_text(), own_text()];
    assert!(sum(&own[0], "1").await.is_err());
    tokio::task::yield_now().await;
    assert!(sum("1", &own[1]).await.is_err());
    assert_eq!(texts(), own);
    assert_eq!(sentry::test::transactions().len(), 2);
}

/// A test is a function like any other: each of these calls is a test on a thread of its own.
#[test]
fn parallel_tests_do_not_see_each_other() {
    let start = Barrier::new(2 * AT_ONCE);
    std::thread::scope(|scope| {
        for _ in 0..AT_ONCE {
            for test in [sync as fn(), asynchronous] {
                let start = &start;
                scope.spawn(move || {
                    start.wait();
                    (0..4).for_each(|_| test());
                });
            }
        }
    });
}

/// What one client says of a function does not count for the work of another that is there at the same time.
#[test]
fn each_client_has_rules_of_its_own() {
    let start = Barrier::new(3);
    let captured = |instrument: &'static str| {
        let options = sentry::ClientOptions::new().traces_sample_rate(1.0).instrument(instrument);
        let work = || {
            for _ in 0..2 {
                start.wait();
                drop(number("eight"));
            }
        };
        sentry::test::with_captured_events_options(work, options).len()
    };
    let captured = &captured;
    let counts = std::thread::scope(|scope| {
        let work = ["", "*=off", "in_process::*=off"].map(|rules| scope.spawn(move || captured(rules)));
        work.map(|work| work.join().ok())
    });
    assert_eq!(counts, [Some(2), Some(0), Some(0)]);
    assert_eq!(captured_alone(), 2, "nothing is left of it");
}

fn captured_alone() -> usize {
    let work = || (0..2).for_each(|_| drop(number("nine")));
    sentry::test::with_captured_events(work).len()
}
