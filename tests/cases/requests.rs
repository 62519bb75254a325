//! A `#[transaction]` is a piece of work of its own, whoever calls it and however it ends.

use std::collections::BTreeSet;

use serde_json::json;
use tests::{Received, Receiver, fixture};

fn run(choice: &str, rate: Option<&str>) -> Received {
    let receiver = Receiver::start();
    let mut program = fixture!("requests").arg(choice);
    if let Some(rate) = rate {
        program = program.env("SENTRY_TRACES_SAMPLE_RATE", rate);
    }
    program.sending_to(&receiver).run().exits_with(0);
    receiver.received()
}

#[test]
fn users_and_tags_of_requests_stay_apart_with_and_without_tracing() {
    for (choice, rate) in [
        ("joined", None),
        ("spawned", None),
        ("joined", Some("0")),
        ("joined", Some("1")),
        ("spawned", Some("1")),
    ] {
        let received = run(choice, rate);
        let events = received.events();
        assert_eq!(events.len(), 3, "{choice}, {rate:?}");
        for event in &events {
            let text = event.chain()[0].1.clone();
            let (user, tags) = (event.0.get("user"), event.0.get("tags"));
            match ["alice", "bob"].into_iter().find(|name| text.contains(name)) {
                Some(name) => {
                    assert_eq!(user, Some(&json!({"id": name})), "{choice}, {rate:?}: {text}");
                    assert_eq!(tags, Some(&json!({"who": name})), "{choice}, {rate:?}: {text}");
                }
                None => assert_eq!((user, tags), (None, None), "{choice}, {rate:?}: {text}"),
            }
        }
        let traces: BTreeSet<_> = events.iter().map(tests::Event::trace_id).collect();
        assert_eq!(traces.len(), 3, "each has its own trace: {choice}, {rate:?}");
        let sent = if rate == Some("1") { 3 } else { 0 };
        assert_eq!(received.transactions().len(), sent, "{choice}, {rate:?}");
    }
}

#[test]
fn work_that_outlives_its_transaction_opens_its_own() {
    let received = run("outliving", Some("1"));
    let handle = received.transaction_named("handle");
    let ticks: Vec<_> = received.transactions().into_iter().filter(|it| it.name() == "tick").collect();
    assert_eq!(ticks.len(), 2);
    for tick in ticks {
        assert_eq!(tick.trace_id(), handle.trace_id());
        assert_eq!(tick.root().parent(), handle.root().id());
        assert_eq!(tick.path("count"), ["tick", "count"]);
    }
}

#[test]
fn a_name_that_the_program_gave_is_said_to_be_its_own() {
    let received = run("renamed", Some("1"));
    for name in ["GET /scope", "GET /span"] {
        assert_eq!(received.transaction_named(name).source(), "custom");
    }
}

#[test]
fn what_runs_when_a_cancelled_future_is_dropped_belongs_to_it() {
    let received = run("cancelled", Some("1"));
    let transaction = received.transaction_named("given up");
    assert_eq!(transaction.root().status(), "cancelled");
    assert_eq!(transaction.path("clean up"), ["given up", "clean up"]);
    let event = received.event();
    assert_eq!(event.message(), "cleaned up");
    assert_eq!(event.tag("request"), "7");
    assert_eq!(event.trace_id(), transaction.trace_id());
    assert_eq!(event.span_id(), transaction.span("clean up").id());
}
