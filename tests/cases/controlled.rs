//! What is not recorded because options say so.

use serde_json::json;
use tests::{Outcome, Received, Receiver, fixture};

use crate::recording::reported;

fn run(choice: &str) -> (Received, Outcome) {
    run_with(choice, "")
}

fn run_with(choice: &str, instrument: &str) -> (Received, Outcome) {
    let receiver = Receiver::start();
    let program = fixture!("recording").arg(choice).env("SENTRY_INSTRUMENT", instrument);
    let outcome = program.sending_to(&receiver).run().exits_with(0);
    (receiver.received(), outcome)
}

fn names(received: &Received) -> Vec<String> {
    let mut names: Vec<_> = received.transactions().iter().map(tests::Transaction::name).collect();
    names.sort();
    names
}

/// What the transaction's spans are called, sorted.
fn spans(transaction: &tests::Transaction) -> Vec<String> {
    let mut names: Vec<_> = transaction.spans().iter().map(tests::Span::description).collect();
    names.sort();
    names
}

#[test]
fn what_is_below_an_ignored_span_belongs_to_the_one_above() {
    let (received, outcome) = run("ignored");
    let visit = received.transaction();
    let root = visit.root().id();
    let loaded: Vec<_> = visit.spans().into_iter().filter(|span| span.description() == "loaded").collect();
    assert_eq!(loaded.len(), 2);
    assert_eq!(spans(&visit), ["below", "below", "loaded", "loaded", "recording::small", "recording::small"]);
    for span in visit.spans() {
        let above = if span.description() == "loaded" {
            vec![root.clone()]
        } else {
            loaded.iter().map(tests::Span::id).collect()
        };
        assert!(above.contains(&span.parent()), "{span:#?}");
    }
    // The function is watched all the same.
    let route = received.event().route();
    let functions: Vec<_> = route.iter().map(|hop| hop.function.as_str()).collect();
    assert_eq!(functions, ["loaded", "cached", "visit"]);
    assert_eq!(outcome.stdout, "true\nignored 4\n");
    assert_eq!(reported(&received), [("ignored".to_owned(), "span".to_owned(), 4)]);
}

#[test]
fn an_ignored_transaction_is_not_recorded_with_all_below_it() {
    let (received, outcome) = run("ignored_roots");
    assert_eq!(names(&received), ["kept"]);
    assert_eq!(received.events().len(), 1);
    assert_eq!(outcome.stdout, "true\nignored 2\n");
    let both =
        [("ignored".to_owned(), "span".to_owned(), 2), ("ignored".to_owned(), "transaction".to_owned(), 2)];
    assert_eq!(reported(&received), both);
}

#[test]
fn transactions_are_ignored_by_their_names() {
    let (received, _) = run("ignored_transactions");
    assert_eq!(names(&received), ["kept"]);
    let lost = reported(&received);
    assert_eq!(lost[1], ("event_processor".to_owned(), "transaction".to_owned(), 1));
    assert_eq!(lost[0].2, 11, "the transaction and its spans: {lost:?}");
}

#[test]
fn event_processors_see_transactions() {
    let (received, _) = run("processors");
    let transaction = received.transaction();
    assert_eq!(transaction.name(), "wanted");
    assert_eq!(transaction.0["tags"]["seen"], "wanted");
    assert_eq!(transaction.root().op(), "task", "without it there is no transaction");
    let lost = reported(&received);
    assert!(lost.contains(&("event_processor".to_owned(), "transaction".to_owned(), 1)), "{lost:?}");
}

#[test]
fn before_send_transaction_changes_or_drops_what_is_sent() {
    let (received, _) = run("before");
    let transaction = received.transaction();
    assert_eq!((transaction.name().as_str(), &transaction.0["tags"]["seen"]), ("visit", &json!("yes")));
    let lost = [
        ("before_send".to_owned(), "span".to_owned(), 1),
        ("before_send".to_owned(), "transaction".to_owned(), 1),
    ];
    assert_eq!(reported(&received), lost);
}

#[test]
fn functions_are_switched_off_without_a_rebuild() {
    // As it is.
    let (received, outcome) = run("controlled");
    assert_eq!(names(&received), ["job", "job", "whole"]);
    assert_eq!(spans(&received.transactions()[0]).len(), 4);
    assert_eq!(received.events().len(), 2);
    assert_eq!(outcome.stdout.matches("looked").count(), 5);

    // By op and by path; the last one that fits counts.
    let rules = "db.*=off, recording::*=off, queue.*=on, recording::hot=on";
    let (received, outcome) = run_with("controlled", rules);
    assert_eq!(names(&received), ["job", "job", "whole"]);
    for transaction in received.transactions() {
        let hots = if transaction.name() == "job" { 2 } else { 1 };
        assert_eq!(spans(&transaction), vec!["recording::hot"; hots]);
        let root = transaction.root().id();
        assert!(transaction.spans().iter().all(|span| span.parent() == root));
    }
    assert!(received.events().is_empty(), "it is as if there were no attribute");
    assert_eq!(outcome.stdout.matches("looked").count(), 5);
    assert!(reported(&received).is_empty());

    // Everything.
    let (received, outcome) = run_with("controlled", "*=off");
    assert!(names(&received).is_empty() && received.events().is_empty());
    assert_eq!(outcome.stdout, "true\ntrue\n", "no argument is looked at");
}

#[test]
fn code_is_stronger_than_the_environment() {
    assert!(names(&run_with("by_option", "*=on").0).is_empty());
}

#[test]
fn each_client_has_a_say_of_its_own() {
    let (received, _) = run("again");
    let jobs: Vec<_> = received.transactions().iter().filter(|it| it.name() == "job").map(spans).collect();
    let all = ["recording::failing", "recording::hot", "recording::hot", "recording::query"];
    assert_eq!(jobs, [&all[..], &["recording::failing", "recording::hot", "recording::hot"], &all]);
}

#[test]
fn shares_are_kept() {
    let (received, outcome) = run("shares");
    let whole = received.transaction_named("whole");
    let half = spans(&whole).len();
    assert!(
        whole.spans().iter().all(|span| span.description() == "half" && span.parent() == whole.root().id())
    );
    // Both are as good as certain: more than ten standard deviations.
    assert!((250..550).contains(&half), "{half}");
    let tenth = received.transactions().len() - 1;
    assert!((5..100).contains(&tenth), "{tenth}");
    // What was not recorded may be told in an envelope of its own.
    let traces = received.envelopes.iter().filter_map(|envelope| envelope.headers.get("trace"));
    let sampled = traces.filter_map(|trace| trace["sample_rate"].as_str());
    let mut rates: Vec<_> = sampled.collect();
    rates.dedup();
    assert!(rates.contains(&"0.1") && rates.contains(&"1"), "{rates:?}");
    let lost = 800 + (800 - half) + (400 - tenth);
    assert_eq!(outcome.stdout, format!("sample_rate {lost}\n"));
}

#[test]
fn what_cannot_be_read_is_said_and_the_rest_holds() {
    assert_eq!(run("bad").1.stdout, "true\n");
    let receiver = Receiver::start();
    let program = fixture!("recording").arg("controlled").env("SENTRY_INSTRUMENT", "hot,*=off,a=2");
    let outcome = program.env("SENTRY_DEBUG", "1").sending_to(&receiver).run().exits_with(0);
    let lines: Vec<_> = outcome.stderr.lines().filter(|line| line.contains("instrument")).collect();
    assert_eq!(lines.len(), 1, "{}", outcome.stderr);
    assert!(lines[0].contains("`hot`, `a=2`"), "{}", lines[0]);
    assert!(receiver.received().transactions().is_empty());
}

/// All of the program, called or not, and its libraries' too.
#[cfg(any(target_os = "android", target_os = "freebsd", target_os = "linux"))]
#[test]
fn all_callsites_are_listed() {
    let (_, outcome) = run("listed");
    let mut listed: Vec<_> = outcome.stdout.lines().collect();
    listed.sort_unstable();
    let names: Vec<_> = listed.iter().filter_map(|line| line.split(' ').next()).collect();
    let expected = [
        "recording::cached",
        "recording::elsewhere",
        "recording::failing",
        "recording::half",
        "recording::hot",
        "recording::inner",
        "recording::job",
        "recording::later",
        "recording::loaded",
        "recording::never",
        "recording::noise",
        "recording::query",
        "recording::small",
        "recording::step",
        "recording::telling",
        "recording::tenth",
        "recording::told",
        "recording::visit",
        "recording::wall::works",
    ];
    assert_eq!(names, expected);
    assert!(listed.iter().any(|line| line.starts_with("recording::half db.query ")), "{listed:#?}");
}
