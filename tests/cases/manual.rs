//! The functions that a program calls itself.

use std::collections::BTreeSet;

use serde_json::json;
use tests::{Outcome, Received, Receiver, fixture};

use crate::route;

fn run(choice: &str) -> (Received, Outcome) {
    let receiver = Receiver::start();
    let outcome = fixture!("manual").arg(choice).sending_to(&receiver).run();
    (receiver.received(), outcome)
}

#[test]
fn messages_and_events() {
    let (received, outcome) = run("messages");
    let events = received.events();
    assert_eq!(events.len(), 2, "what `before_send` refuses is not sent: {events:#?}");
    assert_eq!(events[0].message(), "the shop is open");
    assert_eq!(events[0].0["level"], "info");
    let id = events[0].0["event_id"].as_str().unwrap_or_default();
    assert_eq!(outcome.exits_with(0).stdout, format!("enabled: true\n{id} true\n"));
    assert_eq!(events[1].message(), "line one\nline two: äöü €");
    assert_eq!(events[1].0["level"], "warning");
}

#[test]
fn options_are_on_every_event() {
    let (received, _) = run("messages");
    for event in received.events() {
        assert_eq!(event.0["release"], "manual@1.2.3");
        assert_eq!(event.0["environment"], "testing");
        assert_eq!(event.0["dist"], "7");
        assert_eq!(event.0["server_name"], "bench");
    }
}

#[test]
fn errors_with_their_causes() {
    let (received, _) = run("errors");
    let events = received.events();
    assert_eq!(events.len(), 2);
    assert_eq!(events[0].chain()[0], ("Trouble".to_owned(), "order `x12` cannot be read".to_owned()));
    assert_eq!(events[0].chain()[1].1, "invalid digit found in string");
    assert_eq!(events[1].chain(), [("Trouble".to_owned(), "order 9 is unknown".to_owned())]);
    for event in &events {
        assert_eq!(event.mechanism(), ("generic".to_owned(), Some(true)));
    }
}

#[test]
fn scopes_hold_what_was_set_for_as_long_as_they_last() {
    let (received, _) = run("scopes");
    let events = received.events();
    let said = |text: &str| {
        let found = events.iter().find(|event| event.message() == text);
        &found.unwrap_or_else(|| panic!("{text} is not in {events:#?}")).0
    };
    let inside = said("inside");
    assert_eq!(inside["tags"], json!({"shop": "south", "region": "eu"}));
    assert_eq!(inside["level"], "warning");
    assert_eq!(inside["fingerprint"], json!(["{{ default }}", "south"]));
    assert_eq!(inside["user"], json!({"id": "7"}));
    assert_eq!(inside["extra"], json!({"basket": 3}));
    assert_eq!(inside["transaction"], "opening");

    let outside = said("outside");
    assert_eq!(outside["tags"], json!({"shop": "north", "region": "eu"}));
    assert_eq!(outside["level"], "info");
    assert!(outside.get("fingerprint").is_none());
    assert_eq!(said("elsewhere")["level"], "info");
    assert_eq!(said("another user")["user"], json!({"email": "a@b.example"}));
    assert!(said("no user").get("user").is_none());
}

#[test]
fn the_last_breadcrumbs_are_kept_in_order() {
    let (received, _) = run("breadcrumbs");
    let event = received.event();
    let crumbs = event.0["breadcrumbs"]["values"].as_array().cloned().unwrap_or_default();
    let texts: Vec<_> = crumbs.iter().filter_map(|crumb| crumb["message"].as_str()).collect();
    assert_eq!(texts, ["second", "third", "fourth"]);
    assert_eq!(crumbs[0]["level"], "debug");
}

#[test]
fn a_transaction_made_by_hand() {
    let (received, _) = run("transaction");
    let transaction = received.transaction();
    assert_eq!(transaction.name(), "nightly");
    assert_eq!(transaction.source(), "custom");
    let root = transaction.root();
    assert_eq!((root.op().as_str(), root.status().as_str()), ("task.run", "ok"));
    assert_eq!(transaction.0["tags"]["shop"], "north");

    let query = transaction.span("SELECT 1");
    assert_eq!((query.op().as_str(), query.status().as_str()), ("db.query", "not_found"));
    assert_eq!(query.0["data"]["db.rows"], 3);
    assert_eq!(query.tag("pool"), "main");
    assert_eq!(transaction.path("rows"), ["nightly", "SELECT 1", "rows"]);

    let event = received.event();
    assert_eq!(event.trace_id(), transaction.trace_id());
    assert_eq!(event.span_id(), root.id());
}

#[test]
fn a_callback_that_panics_loses_one_event() {
    let (received, outcome) = run("fragile");
    outcome.exits_with(0);
    let texts: Vec<_> = received.events().iter().map(tests::Event::message).collect();
    assert_eq!(texts, ["before", "after"]);
}

#[test]
fn attributes_work_without_one_on_main() {
    let (received, _) = run("attributed");
    let event = received.event();
    assert_eq!(event.route(), route("manual", &[("attributed", "attributed")]));
    assert_eq!(event.mechanism(), ("auto.function.monitored".to_owned(), Some(false)));
    assert_eq!(event.0["release"], "manual@1.2.3");
}

#[test]
fn nothing_of_a_burst_is_lost() {
    let (received, _) = run("burst");
    let texts: BTreeSet<_> = received.events().iter().map(tests::Event::message).collect();
    assert_eq!(texts.len(), 400);
}

#[test]
fn flush_delivers_before_it_returns() {
    let (received, outcome) = run("flush");
    assert_eq!(outcome.exits_with(4).stdout, "enabled: true\nflushed: true\n");
    assert!(received.events().iter().any(|event| event.message() == "now"));
}

#[test]
fn try_init_says_what_is_wrong() {
    let (_, outcome) = run("refused");
    let outcome = outcome.exits_with(0);
    let lines: Vec<_> = outcome.stdout.lines().skip(1).collect();
    assert_eq!(lines.len(), 4, "{lines:#?}");
    assert!(lines.iter().all(|line| !line.contains("accepted")), "{lines:#?}");
    for (line, word) in lines.iter().zip(["dsn", "sample_rate", "release", "environment"]) {
        assert!(line.to_lowercase().contains(word) || line.contains("rate"), "{word}: {line}");
    }
}

#[test]
fn without_a_dsn_nothing_happens() {
    let outcome = fixture!("manual").arg("errors").run().exits_with(0);
    assert_eq!(outcome.stdout, "enabled: false\n");
    assert_eq!(outcome.stderr, "");
}
