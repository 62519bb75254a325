//! What has not left when the time is up, and a spool to put it in.

use std::time::{Duration, Instant};

use sentry::{Client, ClientOptions};
use tests::{Answer, Event, Folder, Receiver};

use super::{DEADLINE, capture, errors, wait_until};

const TIMEOUT: Duration = Duration::from_secs(1);
/// More than are on their way at first, so that some wait for their turn.
const CAPTURED: usize = 20;

fn names(count: usize) -> Vec<String> {
    let mut names: Vec<_> = (0..count).map(|number| format!("number {number}")).collect();
    names.sort();
    names
}

#[test]
fn what_the_end_cuts_short_is_sent_by_the_next_client() {
    let folder = Folder::new();
    let silent = Receiver::scripted([], Answer::never());
    let dsn = silent.dsn();
    let client = || Client::from_config(ClientOptions::new().dsn(dsn.as_str()).spool(folder.path()));

    let cut_short = client();
    capture(&cut_short, CAPTURED);
    silent.wait_for(1, DEADLINE);
    let start = Instant::now();
    cut_short.close(Some(TIMEOUT));
    assert!(start.elapsed() < TIMEOUT + Duration::from_millis(150), "{:?}", start.elapsed());
    // In the books it still waits.
    assert_eq!(errors(&cut_short), [CAPTURED as u64, 0, 0, CAPTURED as u64]);
    assert!(silent.count() < CAPTURED, "some were not even tried");
    drop(silent);

    let receiver = Receiver::at(&dsn);
    let next = client();
    wait_until("all are sent", || receiver.count() >= CAPTURED);
    assert!(next.close(Some(DEADLINE)));
    let mut arrived: Vec<_> = receiver.received().events().iter().map(Event::message).collect();
    arrived.sort();
    assert_eq!(arrived, names(CAPTURED));
    assert_eq!(errors(&next), [CAPTURED as u64, CAPTURED as u64, 0, 0]);
}
