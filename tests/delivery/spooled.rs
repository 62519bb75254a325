//! What has not left when the time is up, and a spool to put it in.

use std::time::Duration;

use sentry::protocol::Event as Captured;
use sentry::{Client, ClientOptions, Hub, Scope, TransactionContext};
use tests::{Answer, Event, Folder, Receiver};

use super::{DEADLINE, books, capture, errors, event, keeps_to, losses, time, wait_until};

const TIMEOUT: Duration = Duration::from_secs(1);
/// More than are on their way at first, so that some wait for their turn.
const CAPTURED: usize = 20;

/// Options of a client with a spool, which sends to this DSN.
fn spooling(folder: &Folder, dsn: &str) -> ClientOptions {
    ClientOptions::new().dsn(dsn).spool(folder.path()).traces_sample_rate(1.0)
}

fn durable(folder: &Folder, dsn: &str) -> ClientOptions {
    spooling(folder, dsn).durable("errors")
}

fn transact(client: &Client) {
    let hub = Hub::new(Some(client.clone().into()), Scope::default().into());
    Hub::run(hub.into(), || sentry::start_transaction(TransactionContext::new("a task", "task")).finish());
}

fn names(count: usize) -> Vec<String> {
    let mut names: Vec<_> = (0..count).map(|number| format!("number {number}")).collect();
    names.sort();
    names
}

#[test]
fn what_the_end_cuts_short_is_sent_by_the_next_client() {
    let client =
        |folder: &Folder, dsn: &str| Client::from_config(ClientOptions::new().dsn(dsn).spool(folder.path()));
    let mut left = None;
    let cut_short = || {
        let (folder, silent) = (Folder::new(), Receiver::scripted([], Answer::never()));
        let client = client(&folder, &silent.dsn());
        capture(&client, CAPTURED);
        silent.wait_for(1, DEADLINE);
        let took = time(|| _ = client.close(Some(TIMEOUT)));
        // In the books it still waits.
        assert_eq!(errors(&client), [CAPTURED as u64, 0, 0, CAPTURED as u64]);
        assert!(silent.count() < CAPTURED, "some were not even tried");
        left = Some((folder, silent.dsn()));
        took
    };
    assert!(keeps_to(TIMEOUT, cut_short));

    let (folder, dsn) = left.expect("it was cut short");
    let receiver = Receiver::at(&dsn);
    let next = client(&folder, &dsn);
    wait_until("all are sent", || receiver.count() >= CAPTURED);
    assert!(next.close(Some(DEADLINE)));
    let mut arrived: Vec<_> = receiver.received().events().iter().map(Event::message).collect();
    arrived.sort();
    assert_eq!(arrived, names(CAPTURED));
    assert_eq!(errors(&next), [CAPTURED as u64, CAPTURED as u64, 0, 0]);
}

/// It may be a file of certificates that has moved: the next program may be told better.
#[test]
fn a_client_that_cannot_send_at_all_leaves_the_spool_as_it_is() {
    let unusable: [fn(ClientOptions) -> ClientOptions; 2] = [
        |options| options.http_proxy("http://[bad"),
        |options| options.https_proxy("").ca_certs("/nowhere/at-all.pem").http_proxy("https://127.0.0.1:9"),
    ];
    for (number, break_it) in unusable.into_iter().enumerate() {
        let folder = Folder::new();
        let dsn = Receiver::refusing_dsn();
        let offline = Client::from_config(durable(&folder, &dsn));
        capture(&offline, 10);
        offline.close(Some(TIMEOUT));

        let broken = Client::from_config(break_it(durable(&folder, &dsn)));
        capture(&broken, 2);
        // Not durable, so it comes by the queue.
        transact(&broken);
        std::thread::sleep(Duration::from_millis(300));
        broken.close(Some(TIMEOUT));
        assert_eq!(errors(&broken), [2, 0, 0, 2], "{number}");
        assert_eq!(losses(&broken), [""; 0], "{number}");

        let receiver = Receiver::at(&dsn);
        let sound = Client::from_config(durable(&folder, &dsn));
        wait_until("all are sent", || receiver.count() >= 13);
        sound.close(Some(DEADLINE));
        let kinds = receiver.received().kinds().join(" ");
        assert_eq!(kinds, "event ".repeat(12) + "transaction", "{number}");
    }
}

#[test]
fn what_the_server_does_not_want_now_is_not_in_the_way() {
    const LEFT: usize = 5;
    let folder = Folder::new();
    let dsn = Receiver::refusing_dsn();
    // Two files: transactions alone, and transactions before errors.
    for _ in 0..2 {
        let offline = Client::from_config(spooling(&folder, &dsn));
        for _ in 0..LEFT {
            transact(&offline);
        }
        offline.close(Some(TIMEOUT));
    }
    let offline = Client::from_config(durable(&folder, &dsn));
    capture(&offline, LEFT);
    offline.close(Some(TIMEOUT));

    let limited = Answer::ok().header("X-Sentry-Rate-Limits", "600:transaction:key");
    let receiver = Receiver::scripted_at(&dsn, limited);
    let client = Client::from_config(durable(&folder, &dsn));
    for number in 0..100 {
        client.capture_event(event(&format!("new {number}")), None);
    }
    wait_until("all errors are sent", || receiver.received().events().len() == 100 + LEFT);
    assert!(client.close(Some(DEADLINE)));
    let transactions = receiver.received().transactions().len();
    assert!(transactions <= 1, "{transactions} after the server has told that it wants none");
    assert_eq!(errors(&client)[1..], [100 + LEFT as u64, 0, 0]);
    assert!(!folder.files().is_empty(), "they wait for the end of the limit");
}

/// What has left is what the server has, or what the disk has.
#[test]
fn a_flush_is_true_when_everything_is_sent_or_on_disk() {
    let silent = Receiver::scripted([], Answer::never());
    for dsn in [Receiver::refusing_dsn(), silent.dsn()] {
        let folder = Folder::new();
        let client = Client::from_config(durable(&folder, &dsn));
        capture(&client, 2);
        let timeout = Duration::from_millis(300);
        assert!(keeps_to(timeout, || time(|| assert!(client.flush(Some(timeout)), "{dsn}"))));
        assert_eq!((errors(&client), folder.files().len()), ([2, 0, 0, 2], 1));
        // This one is neither: it is still being tried.
        transact(&client);
        assert!(!client.flush(Some(timeout)), "{dsn}");
        assert!(client.close(Some(TIMEOUT)), "now it is on disk");
    }
}

#[test]
fn a_flush_is_false_when_the_server_refuses_what_was_on_disk() {
    let folder = Folder::new();
    let receiver = Receiver::scripted([], Answer::status(400));
    let client = Client::from_config(durable(&folder, &receiver.dsn()));
    capture(&client, 1);
    assert!(!client.flush(Some(DEADLINE)));
    assert_eq!(losses(&client), ["send_error error 1"]);
}

/// What is on disk is bounded, by bytes and by age; the server is told of what was thrown away.
#[test]
fn what_is_too_much_or_too_old_is_reported_as_an_overflow_of_the_cache() {
    let long = |number: usize| Captured {
        extra: [("text".to_owned(), "x".repeat(10_000).into())].into(),
        ..event(&format!("number {number}"))
    };
    for by_age in [false, true] {
        let folder = Folder::new();
        let dsn = Receiver::refusing_dsn();
        let options = || {
            let options = durable(&folder, &dsn);
            if by_age {
                options.spool_max_age(Duration::from_millis(400))
            } else {
                options.spool_max_bytes(128 * 1024)
            }
        };
        let offline = Client::from_config(options());
        for number in 0..30 {
            offline.capture_event(long(number), None);
            let sizes = folder.files().iter().map(|file| file.metadata().unwrap().len()).sum::<u64>();
            assert!(by_age || sizes <= 128 * 1024, "{sizes} bytes");
        }
        offline.close(Some(TIMEOUT));
        let [captured, delivered, dropped, waiting] = errors(&offline);
        assert_eq!((captured, delivered), (30, 0), "{by_age}");
        if by_age {
            std::thread::sleep(Duration::from_millis(500));
        }

        let receiver = Receiver::counting_at(&dsn, Answer::ok());
        let next = Client::from_config(options());
        wait_until("the spool is empty", || folder.files().is_empty());
        next.close(Some(DEADLINE));
        books(&next);
        let tally = receiver.stop();
        let sent = tally.events.len() as u64;
        // The first one could not tell of it: nobody was there.
        let told = tally.discarded.get(&("cache_overflow".to_owned(), "error".to_owned())).copied();
        if by_age {
            assert_eq!((sent, waiting, told), (0, 30, Some(30)), "{:?}", tally.discarded);
        } else {
            assert!(dropped > 10 && sent == waiting && sent > 4, "{dropped} {sent} {waiting}");
            assert_eq!(losses(&offline), [format!("cache_overflow error {dropped}")]);
        }
    }
}
