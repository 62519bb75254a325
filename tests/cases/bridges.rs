//! What the crates `log` and `tracing` tell.

use serde_json::{Value, json};
use tests::{Outcome, Received, Receiver, Transaction, fixture};

fn run(choice: &str) -> (Received, Outcome) {
    let receiver = Receiver::start();
    let outcome = fixture!("telemetry").arg(choice).sending_to(&receiver).run().exits_with(0);
    (receiver.received(), outcome)
}

fn value<'a>(log: &'a Value, key: &str) -> &'a Value {
    &log["attributes"][key]["value"]
}

fn bodies(received: &Received) -> Vec<Value> {
    received.logs().iter().map(|log| log["body"].clone()).collect()
}

#[test]
fn records_become_events_breadcrumbs_and_logs() {
    let (received, outcome) = run("records");
    assert_eq!(outcome.stdout, "nothing\ncounted 3\nlow\nlost\n");
    assert_eq!(bodies(&received), ["counted 3", "low", "lost"]);
    let logs = received.logs();
    let info = &logs[0];
    assert_eq!((&info["level"], value(info, "sentry.origin")), (&json!("info"), &json!("auto.log.log")));
    assert_eq!(info["attributes"]["shelf"], json!({"value": 7, "type": "integer"}));
    assert_eq!(info["attributes"]["share"], json!({"value": 0.5, "type": "double"}));
    assert_eq!(value(info, "name"), "pears");
    assert_eq!(value(info, "logger.target"), "telemetry::bridges");

    let event = received.event();
    assert_eq!((event.message().as_str(), &event.0["logger"]), ("lost", &json!("telemetry::bridges")));
    assert_eq!(event.0["contexts"]["Rust Log Attributes"]["order"], -1);
    assert_eq!(event.trace_id(), logs[2]["trace_id"]);
    let crumbs = event.0["breadcrumbs"]["values"].as_array().expect("breadcrumbs");
    let texts: Vec<_> = crumbs.iter().map(|crumb| crumb["message"].as_str()).collect();
    assert_eq!(texts, [Some("counted 3"), Some("low")]);
    assert_eq!((&crumbs[0]["type"], &crumbs[0]["data"]["shelf"]), (&json!("log"), &json!(7)));
}

#[test]
fn a_filter_says_what_records_become() {
    let (received, _) = run("filtered");
    assert_eq!((received.event().message().as_str(), received.kinds()), ("lost", vec!["event"]));
}

#[test]
fn a_mapper_makes_of_them_what_it_likes() {
    for choice in ["mapped", "mapped events"] {
        let (received, _) = run(choice);
        let event = received.event();
        assert_eq!((event.message().as_str(), bodies(&received)), ("lost", vec![json!("lost")]));
        let crumbs = event.0["breadcrumbs"]["values"].as_array().expect("breadcrumbs");
        let texts: Vec<_> = crumbs.iter().map(|crumb| &crumb["message"]).collect();
        assert_eq!(texts, ["low"]);
    }
    let outer = run("mapped events").0.transaction_named("outer");
    assert_eq!(parents(&outer), [("inner".to_owned(), "outer".to_owned())]);
}

#[test]
fn without_a_client_nothing_is_made_of_them() {
    let (received, outcome) = run("unbound");
    assert_eq!(outcome.stdout, "nothing\ncounted 3\nlow\nlost\n", "the program's own logger has them");
    assert_eq!(received.kinds(), Vec::<String>::new());
}

#[test]
fn what_the_delivery_and_callbacks_write_is_not_captured() {
    let (received, _) = run("echo");
    assert_eq!(bodies(&received), ["once"]);
}

#[test]
fn events_of_tracing_become_events_breadcrumbs_and_logs() {
    let (received, _) = run("events");
    let event = received.event();
    assert_eq!((event.message().as_str(), event.tag("shop").as_str()), ("not added", "vienna"));
    let chain: Vec<_> = event.chain().into_iter().map(|(ty, _)| ty).collect();
    assert_eq!(chain, ["Error", "ParseIntError"]);
    assert_eq!(event.0["contexts"]["Rust Tracing Fields"]["cart:id"], 7);
    let crumb = &event.0["breadcrumbs"]["values"][0];
    assert_eq!((&crumb["message"], &crumb["data"]["count"]), (&json!("added"), &json!(3)));
    let cart = received.transaction_named("cart");
    assert_eq!(event.span_id(), cart.root().id());

    let logs = received.logs();
    assert_eq!(bodies(&received), ["added", "not added"]);
    assert_eq!((value(&logs[0], "count"), value(&logs[0], "cart:id")), (&json!(3), &json!(7)));
    assert_eq!(value(&logs[0], "sentry.origin"), "auto.log.tracing");
    assert_eq!(logs[0]["span_id"], cart.root().id());
}

/// What makes their text may come back, and would wait for itself.
#[test]
fn fields_may_tell_things_while_they_are_shown() {
    let (received, _) = run("talkative");
    let texts = bodies(&received);
    assert_eq!(texts.last(), Some(&json!("done")));
    assert!(texts.len() > 3, "{texts:?}");
    let last = received.logs().pop().expect("a log");
    for key in ["cart:first", "cart:then", "last"] {
        assert_eq!(value(&last, key), "shown", "{key}");
    }
}

#[test]
fn fields_become_tags_where_the_program_says_so() {
    let events = run("context tags").0.events();
    let tags = |event: &tests::Event| event.0["tags"].clone();
    assert_eq!(tags(&events[0]), json!({"order": "-1", "shop": "linz"}));
    // What a scope says stays.
    assert_eq!(tags(&events[1]), json!({"order": "true", "id": "c7", "shop": "of the scope"}));
    assert_eq!(events.len(), 2);
}

/// `tracing-log` says in fields where a record was written.
#[test]
fn records_that_come_by_way_of_tracing_keep_their_place() {
    let (received, _) = run("bridged");
    let event = received.event();
    assert_eq!((event.message().as_str(), &event.0["logger"]), ("lost", &json!("telemetry::bridges")));
    let contexts = &event.0["contexts"];
    assert_eq!(contexts["Rust Tracing Location"]["module_path"], "telemetry::bridges");
    let file = &contexts["Rust Tracing Location"]["file"];
    assert!(file.as_str().is_some_and(|file| file.ends_with("bridges.rs")), "{file}");
    assert!(contexts["Rust Tracing Location"]["line"].is_u64(), "{contexts:#}");
    assert_eq!(contexts.get("Rust Tracing Fields"), None, "nothing but its place is in its fields");
    let crumb = &event.0["breadcrumbs"]["values"][0];
    assert_eq!((&crumb["category"], &crumb["message"]), (&json!("till"), &json!("counted")));
    assert_eq!(crumb.get("data"), None);

    let log = &received.logs()[0];
    assert_eq!(value(log, "code.module.name"), "telemetry::bridges");
    assert_eq!(value(log, "code.file.path"), file);
    assert_eq!(log["attributes"].get("log.file"), None, "it is said once");
}

#[test]
fn each_layer_has_its_filter() {
    let (received, _) = run("layers");
    assert_eq!(bodies(&received), ["something"]);
    let outer = received.transaction_named("outer");
    let expected = [("apart", "inner"), ("below apart", "apart"), ("inner", "outer")];
    assert_eq!(parents(&outer), expected.map(|(span, parent)| (span.to_owned(), parent.to_owned())));
    assert_eq!(received.logs()[0]["span_id"], outer.span("inner").id());
}

/// Which span each is below, by what they are called.
fn parents(transaction: &Transaction) -> Vec<(String, String)> {
    let spans = transaction.spans();
    let root = transaction.root();
    let name = |id: &str| {
        let parent = spans.iter().find(|span| span.id() == id).map(tests::Span::description);
        parent.unwrap_or_else(|| if root.id() == id { transaction.name() } else { String::new() })
    };
    let mut parents: Vec<_> = spans.iter().map(|span| (span.description(), name(&span.parent()))).collect();
    parents.sort();
    parents
}

#[test]
fn spans_follow_their_futures() {
    let (received, _) = run("tasks");
    let transactions = received.transactions();
    assert_eq!(transactions.len(), 4);
    let expected = [
        ("below", "step"),
        ("below", "step"),
        ("below", "step"),
        ("child", "explicit"),
        ("explicit", "GET /cart"),
        ("innermost", "telemetry::bridges::attributed"),
        ("late", "GET /cart"),
        ("spawned", "GET /cart"),
        ("step", "GET /cart"),
        ("step", "GET /cart"),
        ("step", "spawned"),
        ("telemetry::bridges::attributed", "child"),
    ];
    let expected = expected.map(|(span, parent)| (span.to_owned(), parent.to_owned()));
    for transaction in &transactions {
        assert_eq!(
            (transaction.name().as_str(), transaction.root().op().as_str()),
            ("GET /cart", "http.server")
        );
        assert_eq!(transaction.0["tags"]["shop"], "vienna");
        assert_eq!(parents(transaction), expected);
        let late = transaction.span("late");
        assert_eq!((&late.0["data"]["found"], late.op().as_str()), (&json!(4), "function"));
        assert_eq!((late.origin().as_str(), late.status().as_str()), ("auto.tracing", "ok"));
    }
    let mut numbers: Vec<_> =
        transactions.iter().map(|it| it.0["contexts"]["trace"]["data"]["number"].as_u64()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, [Some(0), Some(1), Some(2), Some(3)]);
    let (mut inside, outside): (Vec<_>, Vec<_>) =
        received.events().into_iter().partition(|event| event.message() == "in the middle");
    let mut ids: Vec<_> =
        transactions.iter().map(|it| it.span("telemetry::bridges::attributed").id()).collect();
    inside.sort_by_key(tests::Event::span_id);
    ids.sort();
    assert_eq!(inside.iter().map(tests::Event::span_id).collect::<Vec<_>>(), ids);
    assert!(transactions.iter().all(|it| it.trace_id() != outside[0].trace_id()));
}

#[test]
fn spans_may_be_left_in_any_order() {
    let (received, _) = run("unordered");
    let whole = received.transaction_named("whole");
    let expected = [("in two", "two"), ("in whole", "whole"), ("one", "whole"), ("two", "whole")];
    assert_eq!(parents(&whole), expected.map(|(span, parent)| (span.to_owned(), parent.to_owned())));
}

#[test]
fn an_error_is_captured_once_whoever_reports_it() {
    let (received, _) = run("errors");
    let events = received.events();
    assert_eq!(events.len(), 4, "{events:#?}");
    for event in &events {
        let (_, text) = event.chain().first().cloned().expect("an exception");
        assert_eq!(text, "order `four` cannot be read");
    }
    assert_eq!(events[0].captured()["type"], "Trouble");
    assert_eq!(events[0].route()[0].function, "instrument_first");
    assert_eq!(events[1].route()[0].function, "monitored_first");
    assert_eq!(events[1].captured()["type"], "Trouble");
    let transactions = received.transactions();
    assert_eq!(transactions.len(), 4);
    assert!(transactions.iter().all(|it| it.root().status() == "internal_error"));
}

#[test]
fn a_record_of_an_error_that_was_captured_is_no_event_of_its_own() {
    let (received, _) = run("logged errors");
    let events = received.events();
    assert_eq!(events.len(), 2, "{events:#?}");
    let (logged, other): (Vec<_>, Vec<_>) = events.into_iter().partition(|event| !event.route().is_empty());
    let functions: Vec<_> = logged[0].route().into_iter().map(|stop| stop.function).collect();
    assert_eq!(functions[..2], ["monitored_first", "logged"]);
    assert_eq!(logged[0].tag("shop"), "vienna");
    let fields = &logged[0].0["contexts"]["Rust Tracing Fields"];
    assert_eq!(*fields, json!({"message": "no order", "table": 4}));
    assert_eq!(other[0].message(), "another one");
}

#[test]
fn a_span_has_failed_whatever_is_made_of_its_error() {
    let (received, _) = run("silent errors");
    assert_eq!(received.kinds(), vec!["transaction"; 4]);
    let statuses: Vec<_> = received.transactions().iter().map(|it| it.root().status()).collect();
    assert_eq!(statuses, ["internal_error", "ok", "internal_error", "ok"]);
}

/// Ids are the registry's own, so that two have the same.
#[test]
fn spans_of_two_registries_are_told_apart() {
    let (received, _) = run("registries");
    let root = "telemetry::bridges::in_registries";
    let expected = [
        ("of other", "other"),
        ("of other", "other"),
        ("of outer", "outer"),
        ("of outer", "outer"),
        ("other", root),
        ("outer", root),
    ];
    let expected = expected.map(|(span, parent)| (span.to_owned(), parent.to_owned()));
    assert_eq!(parents(&received.transaction()), expected);
}
