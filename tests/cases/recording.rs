//! Spans by hand, and clocks that step.

use std::collections::BTreeMap;

use serde_json::json;
use tests::{Answer, Outcome, Received, Receiver, fixture};

fn run(choice: &str) -> (Received, Outcome) {
    let receiver = Receiver::start();
    let outcome = fixture!("recording").arg(choice).sending_to(&receiver).run().exits_with(0);
    (receiver.received(), outcome)
}

#[test]
fn all_that_can_be_said_of_a_span() {
    let (received, outcome) = run("by_hand");
    assert_eq!(outcome.stdout, "true\n");
    let (whole, other) = (received.transaction_named("whole"), received.transaction_named("other"));
    let link = json!({"span_id": other.root().id(), "trace_id": other.trace_id(), "sampled": true});
    let mut typed = link.clone();
    typed["attributes"] = json!({"sentry.link.type": "previous_trace"});
    assert_eq!(whole.root().0["links"], json!([typed]));
    assert_eq!(whole.root().origin(), "auto.task.shop");
    assert_eq!(whole.0["extra"], json!({"basket": 3}));
    let measurements = json!({"rows": {"value": 3.0}, "read": {"value": 12.5, "unit": "byte"}});
    assert_eq!(whole.0["measurements"], measurements);

    let part = whole.span("named");
    assert_eq!((part.id().as_str(), part.op().as_str()), ("0707070707070707", "db.sql.query"));
    assert_eq!((part.parent(), part.origin()), (whole.root().id(), "auto.db.shop".to_owned()));
    assert_eq!(part.0["links"], json!([link]));
    let data = json!({
        "method": "POST", "url": "http://shop.example/orders", "data": {"order": 7}, "headers": {"accept": "*/*"},
    });
    assert_eq!(part.0["data"], data);
    assert!((part.seconds() - 4.0).abs() < 0.001, "{}", part.seconds());
    assert_eq!(whole.span("below").parent(), part.id());
    assert_eq!(whole.span("below").origin(), "manual");
    for seconds in [whole.span("hasty").seconds(), whole.span("below").seconds()] {
        assert!(seconds.abs() < 1e-6, "{seconds}");
    }
    let seconds = tests::Span(other.0.clone()).seconds();
    assert!(seconds.abs() < 1e-6, "it ended before it began: {seconds}");
}

#[test]
fn data_is_read_and_changed_in_place() {
    let (received, outcome) = run("data");
    assert_eq!(outcome.stdout, "first=1 second=2\ntrue\n");
    let whole = received.transaction();
    assert_eq!(whole.root().0["data"], json!({"first": 1, "second": 2}));
    assert_eq!(whole.0["tags"], json!({"shop": "north"}));
    let part = whole.span("part");
    assert_eq!(part.0["data"], json!({"kept": 2, "meanwhile": 3}));
    assert_eq!(part.tag("pool"), "main");
}

#[test]
fn a_span_is_active_as_long_as_something_runs_in_it() {
    let (received, _) = run("scopes");
    let whole = received.transaction();
    let part = whole.span("part");
    let inner = whole.span("recording::inner");
    assert_eq!((inner.parent(), inner.status().as_str()), (part.id(), "not_found"));
    assert_eq!(inner.0["data"]["looked"], true);
    assert_eq!(inner.origin(), "auto.function.shop");
    assert_eq!(whole.span("inside").parent(), part.id());
    assert_eq!(whole.span("outside").parent(), whole.root().id());
    let events = received.events();
    assert_eq!(events.len(), 2, "the message and the panic");
    for event in events {
        assert_eq!((event.trace_id(), event.span_id()), (whole.trace_id(), part.id()));
    }
}

#[test]
fn a_future_takes_its_span_along() {
    let (received, _) = run("futures");
    let whole = received.transaction_named("whole");
    for (name, above) in
        [("by one", "one"), ("by one again", "one"), ("by two", "two"), ("by three", "three")]
    {
        assert_eq!(whole.path(name), ["whole", above, "recording::step", name]);
    }
    assert_eq!(whole.span("one").status(), "ok");
    assert_eq!(whole.span("four").status(), "cancelled");
    assert_eq!(whole.spans().len(), 14);
    // One runs already, so it is a part of that.
    assert_eq!(whole.path("recording::inner"), ["whole", "one", "elsewhere", "recording::inner"]);
}

#[test]
fn a_span_without_a_transaction_is_recorded_nowhere() {
    let (received, outcome) = run("nowhere");
    assert_eq!(outcome.stdout, "false 7\ntrue\n2\n");
    assert!(received.kinds().is_empty(), "{:?}", received.kinds());
}

#[test]
fn a_span_without_a_transaction_takes_no_place() {
    let (received, _) = run("beside");
    let visits = received.transactions().into_iter().filter(|transaction| transaction.name() == "visit");
    let visits: Vec<_> = visits.map(|visit| (visit.trace_id(), visit.root().parent())).collect();
    let incoming = ("bc6d53f15eb88f4320054569b8c553d4".to_owned(), "b72fa28504b07285".to_owned());
    assert_eq!(visits, [incoming.clone(), incoming.clone(), incoming.clone()]);
    let event = received.event();
    let trace = &event.0["contexts"]["trace"];
    assert_eq!((&trace["trace_id"], &trace["parent_span_id"]), (&json!(incoming.0), &json!(incoming.1)));
    assert_eq!(event.0.get("transaction"), None);
    let whole = received.transaction_named("whole");
    assert_eq!(whole.span("recording::small").parent(), whole.root().id());
}

#[test]
fn a_future_that_panics_was_not_cancelled() {
    let (received, _) = run("panicked");
    assert_eq!(received.transaction().span("panics").status(), "internal_error");
}

#[test]
fn what_is_said_of_a_transaction_after_its_end_is_lost() {
    let (received, _) = run("said_late");
    let whole = received.transaction_named("whole");
    assert_eq!((whole.root().status(), whole.0.get("tags")), ("ok".to_owned(), None));
    assert_eq!(whole.root().0.get("data"), None);
}

#[test]
fn what_begins_after_the_end_is_counted() {
    let (received, outcome) = run("early");
    for (name, lost) in [("whole", 3), ("other", 1)] {
        let transaction = received.transaction_named(name);
        let dropped = &transaction.root().0["data"]["sentry.spans.dropped"];
        assert_eq!((transaction.spans().len(), dropped), (0, &json!(lost)), "{name}");
    }
    assert_eq!(outcome.stdout, "invalid 4\n");
    assert_eq!(reported(&received), [("invalid".to_owned(), "span".to_owned(), 4)]);
}

#[test]
fn what_exceeds_max_spans_is_counted() {
    let (received, outcome) = run("surplus");
    let whole = received.transaction();
    assert_eq!(whole.spans().len(), 3);
    assert_eq!(whole.root().0["data"]["sentry.spans.dropped"], 6);
    assert_eq!(outcome.stdout, "buffer_overflow 6\n");
    assert_eq!(reported(&received), [("buffer_overflow".to_owned(), "span".to_owned(), 6)]);
}

/// The data of the spans of each take 32 KiB, and the spans themselves 5.
#[test]
fn what_attributes_say_takes_its_part_of_the_queue() {
    let receiver = Receiver::scripted([], Answer::never());
    let outcome = fixture!("recording").arg("heavy").sending_to(&receiver).run().exits_with(0);
    let waiting: usize = outcome.stdout.trim().parse().expect("a number");
    assert!((1..=30).contains(&waiting), "{waiting} take more than a megabyte");
}

#[test]
fn what_comes_after_the_end_is_counted() {
    let (received, outcome) = run("late");
    let whole = received.transaction();
    let slow = whole.span("slow");
    assert_eq!(
        (slow.status().as_str(), &slow.0["data"]["sentry.span.unfinished"]),
        ("cancelled", &json!(true))
    );
    assert_eq!(whole.spans().len(), 1);
    assert_eq!(outcome.stdout, "invalid 2\n");
    assert_eq!(reported(&received), [("invalid".to_owned(), "span".to_owned(), 2)]);
}

/// What client reports say was lost: why, of which category, and how much in all. Losses may be told in one report or in
/// several.
pub(crate) fn reported(received: &Received) -> Vec<(String, String, u64)> {
    let items = received.envelopes.iter().flat_map(|envelope| &envelope.items);
    let reports = items.filter(|item| item.kind() == "client_report").filter_map(|item| item.json().ok());
    let lines = reports.flat_map(|report| report["discarded_events"].as_array().cloned().unwrap_or_default());
    let mut all = BTreeMap::new();
    for line in lines {
        let text = |key: &str| line[key].as_str().unwrap_or_default().to_owned();
        let quantity = line["quantity"].as_u64().unwrap_or_default();
        *all.entry((text("reason"), text("category"))).or_default() += quantity;
    }
    all.into_iter().map(|((reason, category), quantity)| (reason, category, quantity)).collect()
}

#[cfg(target_os = "linux")]
#[test]
fn durations_are_those_of_a_clock_that_does_not_step() {
    let (received, outcome) = run("clock");
    assert_eq!(outcome.stdout, "-1\n1\n", "the clock has stepped");
    for name in ["back", "forth"] {
        let transaction = received.transaction_named(name);
        let whole = tests::Span(transaction.0.clone()).seconds();
        let parts =
            [transaction.span("whole").seconds(), transaction.span("recording::wall::works").seconds()];
        for seconds in [whole, parts[0], parts[1]] {
            assert!((0.010..20.0).contains(&seconds), "{name}: {seconds}");
        }
        assert!(parts[0] <= whole + 1e-6 && parts[1] <= parts[0] + 1e-6, "{name}: {whole} {parts:?}");
    }
}
