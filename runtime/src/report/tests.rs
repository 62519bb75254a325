//! Whole reports, as a reader sees them.

#![expect(clippy::needless_raw_string_hashes, reason = "expect-test writes them when it updates a snapshot")]

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use expect_test::{Expect, expect};

use super::{Style, error, transaction};
use crate::protocol::{
    Event, Exception, Frame, Level, LogEntry, Map, Mechanism, Span, SpanId, SpanStatus, Stacktrace,
    TraceContext, Transaction, Uuid,
};

const PIPE: Style = Style { colour: false, width: 100 };

fn check_error(event: &Event<'_>, style: Style, expected: &Expect) {
    let mut out = String::new();
    error(event, style, &mut out);
    expected.assert_eq(&visible(&out));
}

fn check_transaction(shown: &Transaction<'_>, style: Style, expected: &Expect) {
    let mut out = String::new();
    transaction(shown, style, &mut out);
    expected.assert_eq(&visible(&out));
}

/// With escape codes that do not colour the terminal of whoever reads a failed test.
fn visible(report: &str) -> String {
    report.replace('\x1b', "␛")
}

fn exception(ty: &str, value: &str) -> Exception {
    Exception { ty: ty.into(), value: Some(value.into()), ..Exception::default() }
}

fn hop(function: &str, file: &str, line: u64, source: &str) -> Frame {
    Frame {
        function: Some(function.into()),
        filename: Some(file.into()),
        lineno: Some(line),
        context_line: Some(source.into()),
        in_app: Some(true),
        ..Frame::default()
    }
}

fn event() -> Event<'static> {
    Event { event_id: Uuid::from_u128(0x4f2a_9c11 << 96), timestamp: UNIX_EPOCH, ..Event::default() }
}

fn failed_order() -> Event<'static> {
    let mut frames = vec![
        hop("handle", "src/http.rs", 31, "    place_order(&state, &body).await"),
        hop(
            "place_order",
            "src/orders.rs",
            88,
            "    let receipt = gateway.charge(order.id, order.total).await?;",
        ),
        hop(
            "Gateway::charge",
            "src/payment.rs",
            142,
            "        let answer = self.client.post(url).send().await?;",
        ),
    ];
    frames[2].vars = Map::from([("order_id".to_owned(), 17.into()), ("amount".to_owned(), "19.99".into())]);
    Event {
        transaction: Some("POST /orders".into()),
        exception: vec![
            exception("Elapsed", "deadline has elapsed"),
            exception("PaymentError", "the gateway did not answer"),
            Exception {
                stacktrace: Some(Stacktrace { frames, ..Stacktrace::default() }),
                mechanism: Some(Mechanism { handled: Some(true), ..Mechanism::default() }),
                ..exception("OrderError", "order 17 could not be paid")
            },
        ]
        .into(),
        tags: Map::from([
            ("endpoint".to_owned(), "/orders".to_owned()),
            ("module".to_owned(), "payment".to_owned()),
            ("plan".to_owned(), "free forever".to_owned()),
        ]),
        ..event()
    }
}

#[test]
fn an_error_with_its_route() {
    check_error(
        &failed_order(),
        PIPE,
        &expect![[r#"
        error: OrderError: order 17 could not be paid
          caused by PaymentError: the gateway did not answer
          caused by Elapsed: deadline has elapsed

          ● Gateway::charge  src/payment.rs:142
          │     let answer = self.client.post(url).send().await?;
          │     amount = 19.99, order_id = 17
          ○ place_order      src/orders.rs:88
          │     let receipt = gateway.charge(order.id, order.total).await?;
          ○ handle           src/http.rs:31
                place_order(&state, &body).await

          handled · in POST /orders · event 4f2a9c11
          endpoint=/orders  module=payment  plan="free forever"

    "#]],
    );
}

#[test]
fn an_error_in_colours() {
    check_error(
        &failed_order(),
        Style { colour: true, width: 64 },
        &expect![[r#"
            ␛[1;31merror␛[0m␛[1m: ␛[0m␛[1mOrderError␛[0m: order 17 could not be paid
            ␛[2m  caused by␛[0m ␛[1mPaymentError␛[0m: the gateway did not answer
            ␛[2m  caused by␛[0m ␛[1mElapsed␛[0m: deadline has elapsed

              ␛[31m●␛[0m ␛[1mGateway::charge␛[0m  ␛[36msrc/payment.rs:142␛[0m
              ␛[2m│␛[0m     let answer = self.client.post(url).send().await?;
              ␛[2m│␛[0m     ␛[2mamount = 19.99, order_id = 17␛[0m
              ␛[2m○␛[0m ␛[1mplace_order␛[0m      ␛[36msrc/orders.rs:88␛[0m
              ␛[2m│␛[0m     let receipt = gateway.charge(order.id, order.total).awa…
              ␛[2m○␛[0m ␛[1mhandle␛[0m           ␛[36msrc/http.rs:31␛[0m
                    place_order(&state, &body).await

              ␛[2mhandled␛[0m␛[2m · ␛[0m␛[2min POST /orders␛[0m␛[2m · ␛[0m␛[2mevent 4f2a9c11␛[0m
            ␛[2m  endpoint=/orders  module=payment  plan="free forever"␛[0m

        "#]],
    );
}

#[test]
fn a_panic_without_a_route() {
    let panic = Exception {
        mechanism: Some(Mechanism { handled: Some(false), ..Mechanism::default() }),
        ..exception("panic", "assertion `left == right` failed\n  left: 1\n right: \x1b[31m2\n")
    };
    let event = Event { level: Level::Fatal, exception: vec![panic].into(), ..event() };
    check_error(
        &event,
        PIPE,
        &expect![[r#"
            fatal: panic: assertion `left == right` failed
                  left: 1
                 right: \u{1b}[31m2
              unhandled · event 4f2a9c11

        "#]],
    );
}

#[test]
fn frames_that_are_not_ours_are_left_out() {
    let foreign =
        Frame { function: Some("core::panicking::panic".into()), in_app: Some(false), ..Frame::default() };
    let frames = vec![foreign.clone(), hop("main", "src/main.rs", 3, ""), foreign];
    let trace = Stacktrace { frames, ..Stacktrace::default() };
    let captured = Exception { ty: "Odd".into(), stacktrace: Some(trace), ..Exception::default() };
    check_error(
        &Event { exception: vec![captured].into(), ..event() },
        PIPE,
        &expect![[r#"
        error: Odd

          ● main  src/main.rs:3

          event 4f2a9c11

    "#]],
    );
}

#[test]
fn a_long_route_is_cut_in_the_middle() {
    let frames = (0..30).map(|n| hop(&format!("f{n}"), "src/lib.rs", n + 1, "")).collect();
    let captured = Exception {
        stacktrace: Stacktrace::from_frames_reversed(frames),
        ..exception("TooDeep", "too deep")
    };
    check_error(
        &Event { exception: vec![captured].into(), ..event() },
        PIPE,
        &expect![[r#"
        error: TooDeep: too deep

          ● f0   src/lib.rs:1
          ○ f1   src/lib.rs:2
          ○ f2   src/lib.rs:3
          ○ f3   src/lib.rs:4
          ○ f4   src/lib.rs:5
          ○ f5   src/lib.rs:6
          ○ f6   src/lib.rs:7
          ○ f7   src/lib.rs:8
          ○ f8   src/lib.rs:9
          ○ f9   src/lib.rs:10
          ○ f10  src/lib.rs:11
          ○ f11  src/lib.rs:12
          ┆ 6 more
          ○ f18  src/lib.rs:19
          ○ f19  src/lib.rs:20
          ○ f20  src/lib.rs:21
          ○ f21  src/lib.rs:22
          ○ f22  src/lib.rs:23
          ○ f23  src/lib.rs:24
          ○ f24  src/lib.rs:25
          ○ f25  src/lib.rs:26
          ○ f26  src/lib.rs:27
          ○ f27  src/lib.rs:28
          ○ f28  src/lib.rs:29
          ○ f29  src/lib.rs:30

          event 4f2a9c11

    "#]],
    );
}

#[test]
fn messages() {
    let plain = Event { level: Level::Info, message: Some("deployed".into()), ..event() };
    check_error(
        &plain,
        PIPE,
        &expect![[r#"
            info: deployed
              event 4f2a9c11

        "#]],
    );
    let entry = LogEntry { message: "{} of %s jobs failed {}".into(), params: vec![3.into(), "ten".into()] };
    let filled = Event { level: Level::Warning, logentry: Some(entry), ..event() };
    check_error(
        &filled,
        PIPE,
        &expect![[r#"
            warning: 3 of ten jobs failed {}
              event 4f2a9c11

        "#]],
    );
    check_error(
        &event(),
        PIPE,
        &expect![[r#"
            error: (no message)
              event 4f2a9c11

        "#]],
    );
}

fn at(millis: f64) -> SystemTime {
    UNIX_EPOCH + Duration::from_secs_f64(1.0 + millis / 1e3)
}

fn span(id: u8, parent: u8, op: &str, description: &str, from: f64, to: f64) -> Span {
    Span {
        span_id: SpanId::from([id; 8]),
        parent_span_id: Some(SpanId::from([parent; 8])),
        op: Some(op.into()).filter(|op: &String| !op.is_empty()),
        description: Some(description.into()).filter(|text: &String| !text.is_empty()),
        start_timestamp: at(from),
        timestamp: Some(at(to)),
        status: Some(SpanStatus::Ok),
        ..Span::default()
    }
}

fn order(spans: Vec<Span>) -> Transaction<'static> {
    let trace = TraceContext {
        span_id: SpanId::from([1; 8]),
        op: Some("http.server".into()),
        status: Some(SpanStatus::DeadlineExceeded),
        ..TraceContext::default()
    };
    Transaction {
        name: Some("POST /orders".into()),
        start_timestamp: at(0.0),
        timestamp: Some(at(212.0)),
        contexts: Map::from([("trace".to_owned(), trace.into())]),
        spans,
        ..Transaction::default()
    }
}

fn usual_spans() -> Vec<Span> {
    vec![
        // As they end: children before their parents.
        span(3, 2, "db.query", "SELECT id, name, price FROM products WHERE id = ?", 1.2, 4.3),
        span(2, 1, "function", "catalogue::reserve", 1.0, 9.0),
        span(4, 2, "db.query", "UPDATE stock SET left = left - 1 WHERE product = ?", 4.5, 8.8),
        Span {
            status: Some(SpanStatus::DeadlineExceeded),
            ..span(6, 5, "http.client", "POST http://127.0.0.1:4000/charge", 10.0, 210.0)
        },
        Span {
            status: Some(SpanStatus::InternalError),
            ..span(5, 1, "function", "Gateway::charge", 9.5, 211.0)
        },
        Span { status: Some(SpanStatus::Cancelled), ..span(7, 99, "", "orphan", 211.2, 211.25) },
        Span { timestamp: None, status: None, ..span(8, 1, "task", "", 211.5, 0.0) },
    ]
}

#[test]
fn a_transaction_as_a_tree() {
    let tags = Map::from([("endpoint".to_owned(), "/orders".to_owned())]);
    check_transaction(
        &Transaction { tags, ..order(usual_spans()) },
        PIPE,
        &expect![[r#"
            transaction: POST /orders  http.server  212 ms  deadline_exceeded
              ├ catalogue::reserve                              8.00 ms  ▊
              │ ├ db.query  SELECT id, name, price FROM prod…   3.10 ms  ▎
              │ ╰ db.query  UPDATE stock SET left = left - 1…   4.30 ms  ▌
              ├ Gateway::charge                                  202 ms  ▐██████████████████▉  internal_error
              │ ╰ http.client  POST http://127.0.0.1:4000/ch…    200 ms   ██████████████████▊  deadline_exceeded
              ├ orphan                                            50 µs                     ▐  cancelled
              ╰ task                                                  …                     ▐

              endpoint=/orders

        "#]],
    );
}

#[test]
fn a_transaction_in_colours() {
    check_transaction(
        &order(usual_spans().split_off(3)),
        Style { colour: true, width: 72 },
        &expect![[r#"
            ␛[1;36mtransaction␛[0m␛[1m: ␛[0m␛[1mPOST /orders␛[0m  ␛[36mhttp.server␛[0m  212 ms  ␛[31mdeadline_exceeded␛[0m
              ␛[2m├ ␛[0mGateway::charge      202 ms  ␛[31m▐██████████████████▉␛[0m  ␛[31minternal_error␛[0m
              ␛[2m│ ╰ ␛[0m␛[36mhttp.client␛[0m  P…    200 ms  ␛[31m ██████████████████▊␛[0m  ␛[31mdeadline_exceeded␛[0m
              ␛[2m├ ␛[0morphan                50 µs  ␛[33m                   ▐␛[0m  ␛[33mcancelled␛[0m
              ␛[2m╰ ␛[0m␛[36mtask␛[0m                      …  ␛[32m                   ▐␛[0m

        "#]],
    );
}

#[test]
fn a_transaction_without_spans() {
    let bare =
        Transaction { name: None, timestamp: None, start_timestamp: at(0.0), ..Transaction::default() };
    check_transaction(
        &bare,
        PIPE,
        &expect![[r#"
        transaction: (no name)  0 µs

    "#]],
    );
}

#[test]
fn many_alike_are_folded() {
    let mut spans: Vec<_> = (0..25)
        .map(|n| span(10 + n, 2, "db.query", "SELECT 1", 10.0 + f64::from(n), 10.5 + f64::from(n)))
        .collect();
    spans.push(span(2, 1, "function", "load", 5.0, 60.0));
    spans.push(span(3, 2, "serialize", "", 50.0, 59.0));
    check_transaction(
        &order(spans),
        PIPE,
        &expect![[r#"
            transaction: POST /orders  http.server  212 ms  deadline_exceeded
              ╰ load                   55.0 ms  ▐████▋
                ├ db.query  SELECT 1    500 µs   ▏
                ├ db.query  SELECT 1    500 µs   ▏
                ├ db.query  SELECT 1    500 µs   ▏
                ├ 22 more like these   11.0 ms   ██▎
                ╰ serialize            9.00 ms      ▐▋

        "#]],
    );
    let twenty = (0..20).map(|n| span(10 + n, 1, "db.query", "SELECT 1", 10.0, 10.5)).collect();
    let mut out = String::new();
    transaction(&order(twenty), PIPE, &mut out);
    assert_eq!(out.matches("SELECT 1").count(), 20);
}

#[test]
fn deep_and_narrow() {
    let spans =
        (2..22).map(|n| span(n, n - 1, "function", &format!("level {n}"), f64::from(n), 212.0)).collect();
    check_transaction(
        &order(spans),
        Style { colour: false, width: 60 },
        &expect![[r#"
            transaction: POST /orders  http.server  212 ms  deadline_exceeded
              ╰ level 2                 210 ms  ████████████████████
                ╰ level 3               209 ms  ████████████████████
                  ╰ level 4             208 ms  ████████████████████
                    ╰ level 5           207 ms  ▐███████████████████
                      ╰ level 6         206 ms  ▐███████████████████
                        ╰ level 7       205 ms  ▐███████████████████
                          ╰ level 8     204 ms  ▐███████████████████
                          ╰ level 9     203 ms  ▐███████████████████
                          ╰ level 10    202 ms   ███████████████████
                          ╰ level 11    201 ms   ███████████████████
                          ╰ level 12    200 ms   ███████████████████
                          ╰ level 13    199 ms   ███████████████████
                          ╰ level 14    198 ms   ███████████████████
                          ╰ level 15    197 ms   ███████████████████
                          ╰ level 16    196 ms   ▐██████████████████
                          ╰ level 17    195 ms   ▐██████████████████
                          ╰ level 18    194 ms   ▐██████████████████
                          ╰ level 19    193 ms   ▐██████████████████
                          ╰ level 20    192 ms   ▐██████████████████
                          ╰ level 21    191 ms    ██████████████████

        "#]],
    );
}

/// Parents that go round in a circle hang from nothing; the rest is shown all the same.
#[test]
fn circles_end() {
    let spans =
        vec![span(2, 3, "a", "", 1.0, 2.0), span(3, 2, "b", "", 1.0, 2.0), span(4, 4, "c", "", 1.0, 2.0)];
    let mut out = String::new();
    transaction(&order(spans), PIPE, &mut out);
    assert!(out.contains("╰ c"), "{out}");
}
