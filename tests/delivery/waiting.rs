//! Flushing and closing, also twice, at once, and by those who cannot block.

use std::time::{Duration, Instant};

use tests::{Answer, Receiver};

use super::{capture, client, errors, keeps_to, time};

const LONG: Duration = Duration::from_secs(10);

#[test]
fn nothing_to_wait_for() {
    let receiver = Receiver::start();
    let client = client(&receiver);
    let start = Instant::now();
    assert!(client.flush(Some(LONG)) && client.close(Some(LONG)) && client.close(Some(LONG)));
    assert!(start.elapsed() < Duration::from_secs(1));
    capture(&client, 1);
    assert_eq!((errors(&client), receiver.count()), ([1, 0, 1, 0], 0));
    assert!(!client.close(Some(LONG)), "one came too late");
}

#[test]
fn many_flush_at_once() {
    let receiver = Receiver::counting(Answer::ok().after(Duration::from_millis(20)));
    let client = client(&receiver);
    std::thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..10 {
                    capture(&client, 1);
                    assert!(client.flush(Some(LONG)));
                }
            });
        }
    });
    assert_eq!(errors(&client), [80, 80, 0, 0]);
    assert_eq!(receiver.tally().events.len(), 80);
}

/// A flush waits for what was there when it began, not for what others add meanwhile.
#[test]
fn a_flush_ends_although_others_go_on() {
    let receiver = Receiver::counting(Answer::ok().after(Duration::from_millis(10)));
    let client = client(&receiver);
    let stop = std::sync::atomic::AtomicBool::new(false);
    std::thread::scope(|scope| {
        scope.spawn(|| {
            while !stop.load(std::sync::atomic::Ordering::Relaxed) {
                capture(&client, 1);
                std::thread::sleep(Duration::from_millis(2));
            }
        });
        std::thread::sleep(Duration::from_millis(50));
        assert!(client.flush(Some(LONG)));
        stop.store(true, std::sync::atomic::Ordering::Relaxed);
    });
    assert!(client.close(Some(LONG)));
}

#[test]
fn without_blocking() {
    let receiver = Receiver::counting(Answer::ok().after(Duration::from_millis(50)));
    let client = client(&receiver);
    capture(&client, 3);
    // Any executor will do.
    assert!(futures_util::future::FutureExt::now_or_never(client.flush_async(Some(LONG))).is_none());
    let runtime = tokio::runtime::Builder::new_current_thread().build().expect("a runtime");
    assert!(runtime.block_on(client.flush_async(Some(LONG))));
    assert_eq!(errors(&client), [3, 3, 0, 0]);

    let silent = Receiver::counting(Answer::never());
    let client = super::client(&silent);
    capture(&client, 1);
    let timeout = Duration::from_millis(100);
    let flush = || assert!(!runtime.block_on(client.flush_async(Some(timeout))));
    assert!(keeps_to(timeout, || time(flush)));
}

#[test]
fn whoever_flushes_all_the_time_does_not_bother_a_server_in_trouble() {
    let receiver = Receiver::scripted([], Answer::status(503));
    let client = client(&receiver);
    capture(&client, 1);
    let start = Instant::now();
    while start.elapsed() < Duration::from_secs(1) {
        assert!(!client.flush(Some(Duration::from_millis(1))));
    }
    // At once, and after 50, 100, 200 and 400 milliseconds.
    assert!((2..=6).contains(&receiver.count()), "{}", receiver.count());
}
