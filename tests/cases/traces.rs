//! Times of transactions, and what is passed on of a trace: everybody in it must read the same.

use serde_json::{Value, json};
use tests::{Received, Receiver, fixture};

const CALLER: &str = "bc6d53f15eb88f4320054569b8c553d4";

/// What arrived and the lines that were printed.
fn run(choice: &str) -> (Received, Vec<String>) {
    let receiver = Receiver::start();
    let outcome = fixture!("traces").arg(choice).sending_to(&receiver).run().exits_with(0);
    (receiver.received(), outcome.stdout.lines().map(str::to_owned).collect())
}

/// The decision in a printed `sentry-trace`.
fn decision(line: &str) -> &str {
    line.rsplit('-').next().unwrap_or_default()
}

/// The members of a printed `baggage`, sorted.
fn baggage(line: &str) -> Vec<&str> {
    let Some(members) = line.strip_prefix("baggage: ") else { panic!("{line}") };
    let mut members: Vec<_> = members.split(',').collect();
    members.sort_unstable();
    members
}

#[test]
fn a_transaction_that_began_an_hour_ago_lasts_an_hour() {
    let transaction = run("hour").0.transaction();
    let lasted = tests::Span(transaction.0.clone()).seconds();
    assert!((3600.0..3700.0).contains(&lasted), "{lasted}");
    assert!(transaction.span("short").seconds() < 60.0);
}

#[test]
fn an_end_that_no_clock_can_tell_is_survived() {
    // Nothing but that it was not recorded.
    assert_eq!(run("far").0.kinds(), ["client_report"]);
}

#[test]
fn a_transaction_that_only_the_scope_has_lasts_until_it_is_finished() {
    let transaction = run("moved").0.transaction();
    assert_eq!(transaction.path("attributed"), ["moved", "attributed"]);
    assert_eq!(transaction.path("by hand"), ["moved", "by hand"]);
}

#[test]
fn a_decision_of_our_own_is_the_one_that_is_passed_on() {
    let (received, lines) = run("kept");
    let trace = &received.envelopes[0].headers["trace"];
    let expected =
        json!({"sampled": "true", "sample_rate": "1", "sample_rand": "0.500000", "trace_id": CALLER});
    for (key, value) in expected.as_object().into_iter().flatten() {
        assert_eq!(trace[key], *value, "{trace}");
    }
    assert_eq!(decision(&lines[0]), "1");
    assert!(baggage(&lines[1]).contains(&"sentry-sampled=true"), "{lines:#?}");

    let (received, lines) = run("refused");
    assert_eq!(received.kinds(), ["client_report"]);
    assert_eq!(decision(&lines[0]), "0");
    let members = baggage(&lines[1]);
    assert!(
        members.contains(&"sentry-sampled=false") && members.contains(&"sentry-sample_rate=0"),
        "{lines:#?}"
    );
}

#[test]
fn a_decision_by_hand_is_the_one_that_is_passed_on() {
    let (received, lines) = run("forbidden");
    assert_eq!(received.kinds(), ["client_report"]);
    assert_eq!(decision(&lines[0]), "0");
    assert!(!baggage(&lines[1]).contains(&"sentry-sampled=true"), "{lines:#?}");
}

#[test]
fn one_trace_has_one_sampling_context() {
    let (received, lines) = run("continued");
    let [_, below, _, above] = &lines[..] else { panic!("{lines:#?}") };
    assert_eq!(baggage(below), baggage(above));
    assert!(baggage(above).contains(&"sentry-transaction=above"));
    let traces: Vec<&Value> = received.envelopes.iter().map(|envelope| &envelope.headers["trace"]).collect();
    assert_eq!(traces.len(), 2);
    assert_eq!(traces[0], traces[1]);
    let above = received.transaction_named("above");
    assert_eq!(received.transaction_named("below").root().parent(), above.root().id());
}

#[test]
fn the_trace_of_another_organisation_is_not_continued() {
    let (_, lines) = run("other organisation");
    assert!(!lines[0].contains(CALLER) && decision(&lines[0]) == "1", "{lines:#?}");
    let members = baggage(&lines[1]);
    assert!(members.contains(&"sentry-org_id=1") && members.contains(&"sentry-sampled=true"), "{lines:#?}");

    let (_, lines) = run("same organisation");
    assert!(lines[0].contains(CALLER) && decision(&lines[0]) == "0", "{lines:#?}");
}

#[test]
fn a_random_number_that_was_left_out_follows_from_the_decision() {
    let (received, lines) = run("tenth");
    assert_eq!(lines, ["40"]);
    assert_eq!(received.transactions().len(), 40);
}

#[test]
fn a_random_number_that_is_none_is_not_used() {
    assert_eq!(run("wild").1, ["true"; 4]);
}

#[test]
fn a_trace_without_a_sampling_context_gets_none() {
    let (received, _) = run("bare");
    assert_eq!(received.transaction().trace_id(), CALLER);
    assert!(!received.envelopes[0].headers.contains_key("trace"), "{:?}", received.envelopes[0].headers);
}

#[test]
fn the_id_of_a_span_that_is_not_kept_is_its_parents() {
    let (received, lines) = run("full");
    let transaction = received.transaction();
    let (root, first) = (transaction.root().id(), transaction.span("first").id());
    assert_eq!(lines, [first.clone(), first, root.clone()]);
    assert_eq!(transaction.spans().len(), 1);
    assert_eq!(received.event().span_id(), root);
}

#[test]
fn a_transaction_that_nobody_looks_at_is_like_one_that_somebody_does() {
    let (received, _) = run("sampled");
    let transactions = received.transactions();
    assert!(transactions.iter().all(|transaction| transaction.name() == "outer"));
    let spans: Vec<_> = transactions.iter().map(|transaction| transaction.spans().len()).collect();
    assert_eq!(spans, [0, 1, 1, 0, 0]);
    assert_eq!(transactions[1].span("inner").parent(), transactions[1].root().id());
    let status: Vec<_> = transactions.iter().map(|transaction| transaction.root().status()).collect();
    assert_eq!(status, ["ok", "ok", "ok", "internal_error", "ok"]);
    for (place, transaction) in transactions.iter().enumerate() {
        let tags = &transaction.0["tags"];
        assert_eq!((&tags["outside"], tags["inside"] == "yes"), (&json!("yes"), place == 2), "{place}");
        assert!(transaction.root().seconds() < 60.0);
    }
    assert_eq!(transactions[4].trace_id(), CALLER);
    let mut traces: Vec<_> = transactions.iter().map(tests::Transaction::trace_id).collect();
    traces.sort_unstable();
    traces.dedup();
    assert_eq!(traces.len(), 5);
    assert_eq!(received.lost("sample_rate", "transaction"), 0);
}

#[test]
fn a_transaction_that_is_not_sampled_has_a_trace_and_scopes_of_its_own() {
    let (received, lines) = run("unsampled");
    // The one that continues a trace is recorded, as whoever began that wants.
    assert_eq!(received.transaction().trace_id(), CALLER);
    assert_eq!(received.lost("sample_rate", "transaction"), 4);
    assert_eq!((&lines[..2], decision(&lines[0])), (&lines[2..], "0"));
    let events = received.events();
    let [inside, outside, _panic] = &events[..] else { panic!("{events:?}") };
    assert_eq!((inside.message(), inside.tag("inside")), ("inside".to_owned(), "yes".to_owned()));
    assert_eq!(lines[0], format!("sentry-trace: {}-{}-0", inside.trace_id(), inside.span_id()));
    assert_eq!((outside.message(), outside.tag("inside")), ("outside".to_owned(), String::new()));
    assert_ne!(inside.trace_id(), outside.trace_id());
}
