//! Functions that return futures and streams, and values that hold errors.

use tests::{Event, Received, Receiver, fixture, source};

use crate::route;

fn run(choice: &str) -> Received {
    let receiver = Receiver::start();
    let program = fixture!("returned").arg(choice).env("SENTRY_TRACES_SAMPLE_RATE", "1.0");
    program.sending_to(&receiver).run().exits_with(0);
    receiver.received()
}

/// The event whose error says `text`.
#[track_caller]
fn saying<'a>(events: &'a [Event], text: &str) -> &'a Event {
    let text = format!("order `{text}` cannot be read");
    let mut found = events.iter().filter(|event| event.chain().iter().any(|(_, value)| *value == text));
    match (found.next(), found.next()) {
        (Some(event), None) => event,
        (first, _) => panic!("one event must say {text:?}, there is {first:?} in {events:#?}"),
    }
}

#[test]
fn an_error_leaves_a_returned_future_by_its_line() {
    let events = run("boxes").events();
    assert_eq!(events.len(), 7);
    for (text, stops) in [
        ("hidden", &[("hidden", "hidden")][..]),
        ("pinned", &[("inner", "inner"), ("pinned", "pinned")]),
        ("", &[("pinned", "pinned ready")]),
        ("boxed", &[("inner", "inner"), ("boxed", "boxed")]),
        ("alias", &[("alias", "alias")]),
        ("all", &[("lines", "lines"), ("all", "all")]),
        ("more all", &[("lines", "lines"), ("all", "all")]),
    ] {
        assert_eq!(saying(&events, text).route(), route("returned", stops), "{text}");
    }
}

#[test]
fn a_method_of_async_trait_is_like_any_other() {
    let received = run("trait");
    let event = received.event();
    let stops = [("inner", "inner"), ("Shop::load", "load"), ("traits", "traits")];
    assert_eq!(event.route(), route("returned", &stops));
    assert_eq!(event.tag("city"), "Ulm");
    let transaction = received.transaction();
    assert_eq!(
        transaction.path("returned::inner"),
        ["returned::traits", "returned::Shop::load", "returned::inner"]
    );
    let load = transaction.span("returned::Shop::load");
    assert_eq!((load.op().as_str(), load.status().as_str()), ("db", "internal_error"));
    assert_eq!(load.tag("city"), "Ulm");
}

#[test]
fn the_span_is_that_of_the_work() {
    let transaction = run("work").transaction();
    let spans = transaction.spans();
    let named = |name: &str| spans.iter().filter(|span| span.description() == name).collect::<Vec<_>>();
    let slow = named("returned::slow");
    let mut statuses: Vec<_> = slow.iter().map(|span| span.status()).collect();
    statuses.sort();
    assert_eq!(statuses, ["cancelled", "ok"]);
    let finished = slow.iter().find(|span| span.status() == "ok").expect("one finished");
    assert!(finished.seconds() >= 0.020, "{}", finished.seconds());
    // Called before the work, polled as a part of it.
    assert_eq!(named("returned::prepared").len(), 3);
    for prepared in named("returned::prepared") {
        assert!(slow.iter().any(|slow| slow.id() == prepared.parent()));
    }
    assert!(named("returned::pinned").is_empty(), "nobody polled it");
}

#[test]
fn futures_on_one_task_keep_their_lines_apart() {
    let events = run("together").events();
    assert_eq!(events.len(), 2);
    for text in ["one", "two"] {
        assert_eq!(saying(&events, text).route(), route("returned", &[("steps", "steps")]));
    }
}

#[test]
fn a_stream_is_a_span_and_each_of_its_errors_is_captured_once() {
    let received = run("streams");
    let events = received.events();
    assert_eq!(events.len(), 3);
    for text in ["x", "more x"] {
        let event = saying(&events, text);
        assert_eq!(event.route(), route("returned", &[("lines", "lines"), ("passed", "passed")]));
        assert_eq!(event.tag("text"), "x");
    }
    assert_eq!(saying(&events, "first").route(), route("returned", &[("lines", "lines")]));

    let transaction = received.transaction();
    let spans = transaction.spans();
    let statuses = |name: &str| {
        let named = spans.iter().filter(|span| span.description() == name);
        let mut statuses: Vec<_> = named.map(|span| (span.status(), span.parent())).collect();
        statuses.sort();
        statuses
    };
    let root = transaction.root().id();
    let passed = transaction.span("returned::passed");
    assert_eq!((passed.status().as_str(), passed.parent()), ("internal_error", root.clone()));
    let failed = |parent: &str| ("internal_error".to_owned(), parent.to_owned());
    let mut of_lines = vec![failed(&passed.id()), failed(&root)];
    of_lines.sort();
    assert_eq!(statuses("returned::lines"), of_lines);
    assert_eq!(statuses("numbers"), [("cancelled".to_owned(), root.clone()), ("ok".to_owned(), root)]);
    let whole = spans.iter().find(|span| span.description() == "numbers" && span.status() == "ok");
    let whole = whole.expect("one read to its end");
    assert!(whole.seconds() >= 0.010, "{}", whole.seconds());
    let below = spans.iter().filter(|span| span.parent() == whole.id()).count();
    assert_eq!(below, 2, "what an item takes is below the stream");
}

#[test]
fn a_stream_without_a_transaction_reports_its_errors() {
    let received = run("bare");
    assert_eq!(received.transactions().len(), 0);
    let events = received.events();
    assert_eq!(events.len(), 2);
    for event in &events {
        assert_eq!(event.route()[0].line, source::line("returned", "lines"));
    }
}

#[test]
fn what_question_marks_take_for_an_error_is_one_and_no_more() {
    let received = run("values");
    let events = received.events();
    assert_eq!(events.len(), 2, "{events:#?}");
    assert_eq!(saying(&events, "poll").route(), route("returned", &[("polled", "polled")]));
    assert_eq!(saying(&events, "item").route(), route("returned", &[("polled_item", "polled item")]));
    let transaction = received.transaction();
    for (name, status) in [
        ("polled", "internal_error"),
        ("polled_item", "internal_error"),
        ("within", "ok"),
        ("option", "ok"),
        ("flow", "ok"),
    ] {
        assert_eq!(transaction.span(&format!("returned::{name}")).status(), status, "{name}");
    }
}
