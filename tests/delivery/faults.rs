//! Servers that are not there, say nothing, or take for ever to say it.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;
use std::thread;
use std::time::{Duration, Instant};

use sentry::{Client, ClientOptions};
use tests::{Answer, Receiver};

use super::{books, capture, errors, event, keeps_to, losses, time};

const TIMEOUT: Duration = Duration::from_millis(300);

/// Nothing gets out, and neither a flush nor the end takes longer than it may.
#[track_caller]
fn ends_in_time(dsn: &str, count: usize) -> Client {
    let client = Client::from_config(ClientOptions::new().dsn(dsn));
    capture(&client, count);
    assert!(keeps_to(TIMEOUT, || time(|| assert!(!client.flush(Some(TIMEOUT))))), "a flush");
    assert!(keeps_to(TIMEOUT, || time(|| assert!(!client.close(Some(TIMEOUT))))), "the end");
    assert_eq!(errors(&client)[1], 0);
    assert_eq!(errors(&client)[0], count as u64);
    client
}

#[test]
fn servers_that_do_not_answer() {
    // The kernel takes the connection, nobody else does.
    let deaf = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = deaf.local_addr().expect("an address").port();
    ends_in_time(&format!("http://key@127.0.0.1:{port}/1"), 1);
    ends_in_time(&format!("http://key@127.0.0.1:{port}/1"), 1_000);
    // A connection in which TLS never begins.
    ends_in_time(&format!("https://key@127.0.0.1:{port}/1"), 10);
    for answer in [Answer::never(), Answer::trickle()] {
        let receiver = Receiver::counting(answer);
        ends_in_time(&receiver.dsn(), 100);
    }
}

#[test]
fn servers_that_are_not_there() {
    let client = Client::from_config(ClientOptions::new().dsn(Receiver::refusing_dsn()));
    capture(&client, 10);
    assert!(!client.close(Some(Duration::from_secs(5))));
    // The end does not wait for servers that cannot be reached: everything is accounted for long before.
    let client = Client::from_config(ClientOptions::new().dsn("http://key@no-such-host.invalid/1"));
    capture(&client, 1);
    let start = Instant::now();
    assert!(!client.close(Some(Duration::from_secs(15))));
    assert!(start.elapsed() < super::DEADLINE);
    books(&client);
}

#[test]
fn a_server_that_nobody_vouches_for() {
    let receiver = Receiver::encrypted();
    let client = super::client(&receiver);
    capture(&client, 3);
    assert!(!client.close(Some(Duration::from_secs(5))));
    assert_eq!(losses(&client), ["network_error error 3"]);
    assert_eq!(receiver.count(), 0);
}

#[test]
fn a_server_that_closes_connections_it_promised_to_keep() {
    let receiver = Receiver::counting(Answer::ok().and_leave());
    let client = super::client(&receiver);
    capture(&client, 200);
    assert!(client.close(Some(Duration::from_secs(10))), "{:?}", losses(&client));
    assert_eq!((receiver.tally().events.len(), errors(&client)), (200, [200, 200, 0, 0]));
}

/// One connection does for all that is sent one after the other.
#[test]
fn a_server_that_keeps_connections() {
    let server = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = server.local_addr().expect("an address").port();
    let client = Client::from_config(ClientOptions::new().dsn(format!("http://key@127.0.0.1:{port}/1")));
    let answering = thread::spawn(move || {
        let (mut connection, _) = server.accept().expect("the client comes");
        let (mut bytes, mut requests) = ([0; 16 * 1024], 0);
        while connection.read(&mut bytes).is_ok_and(|read| read > 0) {
            connection
                .write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}")
                .expect("the client reads");
            requests += 1;
        }
        // There is nobody for whom a second one could be.
        drop(server);
        requests
    });
    for _ in 0..5 {
        capture(&client, 1);
        assert!(client.flush(Some(Duration::from_secs(5))), "{:?}", losses(&client));
    }
    assert!(client.close(Some(Duration::from_secs(5))));
    assert_eq!((answering.join().expect("it counts"), errors(&client)), (5, [5, 5, 0, 0]));
}

/// The connection goes while a body is on its way that no buffer of the system takes as a whole.
#[test]
fn a_server_that_resets_in_the_middle_of_a_body() {
    let server = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let port = server.local_addr().expect("an address").port();
    let dsn = format!("http://key@127.0.0.1:{port}/1");
    let options = ClientOptions::new().dsn(dsn).compression("none").retry_window(Duration::from_secs(1));
    let client = Client::from_config(options);
    let mut large = event("large");
    large.extra.insert("much".to_owned(), "x".repeat(900_000).into());
    client.capture_event(large, None);
    for attempt in 0..2 {
        let (mut connection, _) = server.accept().expect("the client tries again");
        let mut start = [0; 1024];
        connection.read_exact(&mut start).expect("the body begins");
        assert!(start.starts_with(b"POST /api/1/envelope/ "), "attempt {attempt}");
        // What was not read makes the end of the connection a reset.
    }
    drop(server);
    assert!(!client.close(Some(Duration::from_secs(10))));
    assert_eq!((errors(&client), losses(&client)), ([1, 0, 1, 0], vec!["network_error error 1".to_owned()]));
}

#[test]
fn over_ipv6() {
    let Some(receiver) = Receiver::on_ipv6() else { return };
    let client = super::client(&receiver);
    capture(&client, 1);
    assert!(client.close(Some(Duration::from_secs(5))));
    assert_eq!(receiver.received().events().len(), 1);
}
