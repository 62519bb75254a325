use std::io::{Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant, SystemTime};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::{Answer, Receiver};

const SDK: &str = r#"{"name":"monitored.rust","version":"0.1.0"}"#;

/// A well-formed envelope with a client report.
fn envelope() -> String {
    let now = humantime::format_rfc3339_micros(SystemTime::now());
    let report = format!(
        r#"{{"timestamp":"{now}","discarded_events":[{{"reason":"before_send","category":"error","quantity":1}}]}}"#
    );
    format!(
        "{{\"sent_at\":\"{now}\",\"sdk\":{SDK}}}\n{{\"type\":\"client_report\",\"length\":{}}}\n{report}\n",
        report.len()
    )
}

fn request(receiver: &Receiver, extra: &str, body: &[u8]) -> Vec<u8> {
    let target = &receiver.target;
    let mut bytes = format!(
        "POST {}/api/{}/envelope/ HTTP/1.1\r\nHost: x\r\nContent-Type: application/x-sentry-envelope\r\n\
         User-Agent: monitored.rust/0.1.0\r\nX-Sentry-Auth: Sentry sentry_version=7, \
         sentry_client=monitored.rust/0.1.0, sentry_key={}\r\n{extra}Content-Length: {}\r\n\r\n",
        target.prefix,
        target.project,
        target.public_key,
        body.len()
    )
    .into_bytes();
    bytes.extend_from_slice(body);
    bytes
}

fn connect(receiver: &Receiver) -> TcpStream {
    let stream = TcpStream::connect(receiver.address).expect("the server listens");
    stream.set_read_timeout(Some(Duration::from_secs(5))).expect("a timeout");
    stream
}

fn read_head(stream: &mut TcpStream) -> String {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).expect("a response") == 1 {
        head.push(byte[0]);
    }
    let head = String::from_utf8(head).expect("text");
    let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
    let mut body = vec![0; length.expect("a length").parse().expect("a number")];
    stream.read_exact(&mut body).expect("a body");
    head
}

#[test]
fn one_connection_serves_several_requests_cut_anywhere() {
    let receiver = Receiver::start();
    let mut stream = connect(&receiver);
    let mut bytes = request(&receiver, "", envelope().as_bytes());
    bytes.extend(request(&receiver, "", envelope().as_bytes()));
    for piece in bytes.chunks(100) {
        stream.write_all(piece).expect("the server reads");
    }
    assert!(read_head(&mut stream).starts_with("HTTP/1.1 200 "));
    assert!(read_head(&mut stream).starts_with("HTTP/1.1 200 "));
    assert_eq!(receiver.received().kinds(), ["client_report", "client_report"]);
}

#[test]
fn gzip_is_decoded() {
    let receiver = Receiver::start().under("/sentry");
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(envelope().as_bytes()).expect("memory");
    let body = encoder.finish().expect("memory");
    let mut stream = connect(&receiver);
    stream.write_all(&request(&receiver, "Content-Encoding: gzip\r\n", &body)).expect("the server reads");
    receiver.wait_for(1, Duration::from_secs(5));
    assert_eq!(receiver.received().kinds(), ["client_report"]);
}

#[test]
fn answers_come_in_the_order_of_the_script() {
    let limited = Answer::status(429).header("Retry-After", "60").after(Duration::from_millis(20));
    let receiver = Receiver::scripted([limited, Answer::close()], Answer::ok());
    let mut stream = connect(&receiver);
    let bytes = request(&receiver, "", envelope().as_bytes());
    let start = Instant::now();
    stream.write_all(&bytes).expect("the server reads");
    let head = read_head(&mut stream);
    assert!(head.starts_with("HTTP/1.1 429 ") && head.contains("Retry-After: 60\r\n"), "{head}");
    assert!(start.elapsed() >= Duration::from_millis(20));

    stream.write_all(&bytes).expect("the server reads");
    let mut rest = Vec::new();
    assert_eq!(stream.read_to_end(&mut rest).expect("closed"), 0);

    let mut stream = connect(&receiver);
    stream.write_all(&bytes).expect("the server reads");
    assert!(read_head(&mut stream).starts_with("HTTP/1.1 200 "));
    assert_eq!(receiver.count(), 3);
}

#[test]
fn silence_lasts_as_long_as_the_server() {
    let receiver = Receiver::scripted([], Answer::never());
    let mut stream = connect(&receiver);
    stream.write_all(&request(&receiver, "", envelope().as_bytes())).expect("the server reads");
    receiver.wait_for(1, Duration::from_secs(5));
    stream.set_read_timeout(Some(Duration::from_millis(30))).expect("a timeout");
    assert!(stream.read(&mut [0]).is_err(), "nothing is said");
    drop(receiver);
    stream.set_read_timeout(Some(Duration::from_secs(5))).expect("a timeout");
    assert_eq!(stream.read(&mut [0]).expect("closed"), 0);
}

#[test]
#[should_panic(expected = "the protocol is broken")]
fn dropping_the_server_checks_what_nobody_asked_for() {
    let receiver = Receiver::start();
    let mut stream = connect(&receiver);
    stream.write_all(&request(&receiver, "", b"{}\n")).expect("the server reads");
    receiver.wait_for(1, Duration::from_secs(5));
}

#[test]
#[should_panic(expected = "not HTTP")]
fn what_is_not_http_fails_the_test() {
    let receiver = Receiver::start();
    let mut stream = connect(&receiver);
    stream.write_all(b"\x16\x03\x01 hello\r\n\r\n").expect("the server reads");
    assert_eq!(stream.read(&mut [0]).expect("closed"), 0);
}
