//! Spans that leave while their transaction runs; transactions that are larger than a server takes.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tests::{Received, Receiver, fixture};

fn run(choice: &str) -> (Received, String) {
    let receiver = Receiver::start();
    let outcome = fixture!("streaming").arg(choice).sending_to(&receiver).run().exits_with(0);
    (receiver.received(), outcome.stdout)
}

/// The attribute's value, which has the type that is expected of it.
#[track_caller]
fn attribute(span: &Value, key: &str, ty: &str) -> Value {
    let attribute = &span["attributes"][key];
    assert_eq!(attribute["type"], ty, "{key} of {span}");
    attribute["value"].clone()
}

fn named<'a>(spans: &'a [Value], name: &str) -> &'a Value {
    let found: Vec<_> = spans.iter().filter(|span| span["name"] == name).collect();
    assert_eq!(found.len(), 1, "{name}: {spans:#?}");
    found[0]
}

#[test]
fn spans_are_there_although_the_process_was_killed() {
    let receiver = Receiver::start();
    let program = fixture!("streaming").arg("killed").sending_to(&receiver).start();
    let deadline = Instant::now() + Duration::from_secs(30);
    while receiver.received().streamed().len() < 2500 {
        assert!(Instant::now() < deadline, "{} spans arrived", receiver.received().streamed().len());
        std::thread::sleep(Duration::from_millis(50));
    }
    assert_eq!(program.end_by_force().stdout, "ready\n");
    let arrived = receiver.received();
    let spans = arrived.streamed();
    assert_eq!((spans.len(), arrived.transactions().len()), (2500, 0), "once each");
    assert!(spans.iter().all(|span| span["name"] == "streaming::step" && span["is_segment"] == false));
    let segments: BTreeSet<_> =
        spans.iter().map(|span| attribute(span, "sentry.segment.id", "string").to_string()).collect();
    assert_eq!(segments.len(), 1);
    assert!(arrived.envelopes.len() >= 3, "a thousand at a time");
}

#[test]
fn each_key_stands_once_whoever_uses_it() {
    // The receiver refuses JSON with a key that stands twice.
    let (arrived, _) = run("alike");
    let spans = arrived.streamed();
    assert_eq!(spans.len(), 3, "{spans:#?}");
    for (name, op) in [("alike", "task"), ("by hand", "inner"), ("streaming::called_alike", "function")] {
        let span = named(&spans, name);
        for (key, value) in
            [("sentry.op", op), ("sentry.release", "shop@1.0.0"), ("sentry.segment.name", "alike")]
        {
            assert_eq!(attribute(span, key, "string"), value, "{name}: {key}");
        }
        assert_ne!(attribute(span, "os.name", "string"), "theirs", "{name}");
    }
    assert_eq!(attribute(named(&spans, "by hand"), "server.address", "string"), "theirs");
}

#[test]
fn many_tasks_at_once_have_room_for_their_spans() {
    let (arrived, _) = run("many at once");
    let transaction = &arrived.transactions()[0];
    assert_eq!(transaction.spans().len(), 600);
    assert_eq!(arrived.lost("buffer_overflow", "span"), 0);
}

#[test]
fn the_transaction_is_the_last_of_its_spans() {
    let (arrived, stdout) = run("short");
    assert_eq!(stdout, "true\n");
    let spans = arrived.streamed();
    let segment = named(&spans, "short");
    assert_eq!((&segment["is_segment"], &segment["status"]), (&json!(true), &json!("error")));
    for (key, value) in [
        ("sentry.span.source", "custom"),
        ("sentry.op", "queue.process"),
        ("sentry.origin", "auto.function.monitored"),
        ("sentry.status.message", "internal_error"),
        ("sentry.release", "shop@1.0.0"),
        ("sentry.environment", "testing"),
        ("sentry.sdk.name", "monitored.rust"),
        ("sentry.segment.name", "short"),
        ("visitor", "3"),
        ("plan", "gold"),
        ("user.id", "7"),
    ] {
        assert_eq!(attribute(segment, key, "string"), value, "{key}");
    }
    let label = named(&spans, "streaming::label");
    assert_eq!((&label["is_segment"], &label["status"]), (&json!(false), &json!("ok")));
    assert_eq!(label["parent_span_id"], segment["span_id"]);
    assert_eq!(label["trace_id"], segment["trace_id"]);
    assert_eq!(attribute(label, "sentry.op", "string"), "serialize");
    assert_eq!(attribute(label, "sentry.segment.id", "string"), segment["span_id"]);
    assert_eq!(attribute(label, "article", "string"), "pen");
    assert_eq!(attribute(label, "size", "integer"), 12);
    assert_eq!(attribute(label, "ratio", "double"), 0.5);
    assert_eq!(attribute(label, "kind", "string"), "label");
    assert_eq!(attribute(label, "hot", "boolean"), true);
    assert_eq!(attribute(label, "code.function.name", "string"), "streaming::label");
    assert_eq!(named(&spans, "streaming::parse")["status"], "error");
    assert_eq!(arrived.event().span_id(), named(&spans, "streaming::parse")["span_id"]);
    // Those by hand are in another trace, and what was flushed in between does not come again.
    let (outer, inner) = (named(&spans, "first"), named(&spans, "second"));
    assert_eq!(inner["parent_span_id"], outer["span_id"]);
    assert_eq!(attribute(outer, "late", "integer"), 1);
    assert_eq!(attribute(outer, "api_token", "string"), "[Filtered]");
    assert_eq!(attribute(outer, "sentry.origin", "string"), "manual");
    assert_eq!(attribute(inner, "sentry.origin", "string"), "auto.db.shop");
    // What is said of the transaction alone.
    let by_hand = named(&spans, "by hand");
    assert_eq!(by_hand["attributes"]["read"], json!({"type": "double", "value": 2.5, "unit": "byte"}));
    assert_eq!(attribute(by_hand, "queue", "string"), "orders");
    for linked in [inner, by_hand] {
        let link = &linked["links"][0];
        assert_eq!(link["sampled"], true);
        let way = json!({"type": "string", "value": "previous_trace"});
        assert_eq!(link["attributes"]["sentry.link.type"], way);
    }
    assert!(outer.get("links").is_none());
    for span in &spans {
        assert_eq!(attribute(span, "thread.name", "string"), "main");
        assert_eq!(attribute(span, "thread.id", "integer"), attribute(segment, "thread.id", "integer"));
    }
    assert_eq!((spans.len(), arrived.transactions().len()), (6, 0));
}

#[test]
fn a_callback_changes_spans_and_cannot_drop_them() {
    let (arrived, _) = run("changed");
    let spans = arrived.streamed();
    assert_eq!(spans.len(), 3);
    for span in &spans {
        let expected = if span["name"] == "streaming::fragile" { Value::Null } else { json!(true) };
        assert_eq!(span["attributes"]["seen"]["value"], expected);
    }
}

#[test]
fn nothing_leaves_of_a_transaction_that_is_ignored() {
    let (arrived, stdout) = run("ignored");
    let spans = arrived.streamed();
    let names: BTreeSet<_> = spans.iter().filter_map(|span| span["name"].as_str()).collect();
    assert_eq!(names, BTreeSet::from(["has left", "part", "wanted"]));
    assert_eq!(spans.len(), 3, "{spans:#?}");
    // The one that was never recorded counts as one, and of the other one five: four spans, and what it is itself.
    assert_eq!(stdout, "true\nignored 6 true\n");
    assert_eq!((arrived.lost("ignored", "span"), arrived.lost("ignored", "transaction")), (6, 1));
    assert_eq!(arrived.events().len(), 1, "errors leave all the same");
}

#[test]
fn each_span_is_counted_and_none_comes_twice() {
    let (arrived, stdout) = run("crowded");
    assert_eq!(stdout, "2401 2401 true\n");
    let spans = arrived.streamed();
    let ids: BTreeSet<_> = spans.iter().map(|span| span["span_id"].to_string()).collect();
    assert_eq!((spans.len(), ids.len()), (2401, 2401));
}

#[test]
fn the_environment_says_when_spans_leave() {
    for (lifecycle, streamed) in [("stream", 3), ("static", 0), ("sometimes", 0)] {
        let receiver = Receiver::start();
        let program = fixture!("streaming").arg("default").env("SENTRY_TRACE_LIFECYCLE", lifecycle);
        program.sending_to(&receiver).run().exits_with(0);
        let arrived = receiver.received();
        assert_eq!(arrived.streamed().len(), streamed, "{lifecycle}");
        assert_eq!(arrived.transactions().len(), usize::from(streamed == 0));
    }
}

#[test]
fn the_last_spans_of_a_transaction_that_is_too_large_are_counted_instead() {
    let (arrived, stdout) = run("large");
    assert_eq!(stdout, "true\n", "the books balance");
    let transaction = arrived.transaction();
    let sent = transaction.spans().len();
    assert!((400..600).contains(&sent), "{sent} spans");
    assert_eq!(transaction.0["contexts"]["trace"]["data"]["sentry.spans.dropped"], 1000 - sent);
    // The first ones stay, without their secrets.
    let first = &transaction.spans()[0];
    assert_eq!(first.description(), "GET https://[Filtered]:[Filtered]@shop.example/");
    assert_eq!(first.0["data"]["api_token"], "[Filtered]");
    assert!(transaction.spans().iter().skip(1).all(|span| {
        let number = span.description().split(' ').next().and_then(|number| number.parse::<usize>().ok());
        number.is_some_and(|number| number < sent)
    }));
    let reported: u64 = arrived.lost("buffer_overflow", "span");
    assert_eq!(reported, 1000 - sent as u64);
}
