//! Which errors are worth an event.

use std::collections::BTreeMap;

use serde_json::json;
use tests::{Event, Received, Receiver, fixture};

use crate::route;

fn run(choice: &str) -> Received {
    let receiver = Receiver::start();
    fixture!("filters").arg(choice).sending_to(&receiver).run().exits_with(0);
    receiver.received()
}

/// What the captured errors say, sorted.
fn texts(events: &[Event]) -> Vec<String> {
    let mut texts: Vec<_> = events.iter().map(|event| event.chain()[0].1.clone()).collect();
    texts.sort();
    texts
}

const RESET: &str = "connection reset by peer (104)";

#[test]
fn all_are_sent_where_nothing_is_said() {
    let expected = [RESET, RESET, "no answer for 3 s", "no answer for 4 s", "only text"];
    assert_eq!(texts(&run("").events()), expected);
}

#[test]
fn types_are_ignored_by_their_paths() {
    // What is in a box does not tell its type.
    assert_eq!(texts(&run("types").events()), [RESET, "no answer for 4 s", "only text"]);
}

#[test]
fn errors_are_ignored_by_what_they_say() {
    assert_eq!(texts(&run("texts").events()), ["no answer for 3 s", "no answer for 4 s", "only text"]);
}

#[test]
fn a_share_of_the_errors_is_sent() {
    let none = run("sampled");
    assert_eq!(none.events().len(), 0);
    assert_eq!(none.lost("sample_rate", "error"), 5, "the server is told how many there were");
}

#[test]
fn a_sampler_decides_for_each_event() {
    let events = run("sampler").events();
    assert_eq!(events.iter().map(Event::message).collect::<Vec<_>>(), ["high"]);
    assert_eq!(run("panicking sampler").events().len(), 2);
}

#[test]
fn the_same_failure_is_one_event_if_that_is_wanted() {
    let count = |events: &[Event]| {
        let mut kinds = BTreeMap::new();
        for event in events {
            *kinds.entry(event.chain()[0].0.clone()).or_insert(0) += 1;
        }
        kinds.into_iter().collect::<Vec<_>>()
    };
    let counted = |parses, texts| [("ParseIntError".to_owned(), parses), ("String".to_owned(), texts)];
    assert_eq!(count(&run("all").events()), counted(10, 10));
    assert_eq!(count(&run("dedupe").events()), counted(1, 10));
    // What was not sent is not repeated: the first eleven are lost.
    assert_eq!(count(&run("sampled dedupe").events()), counted(1, 5));
    assert_eq!(count(&run("declined dedupe").events()), counted(1, 5));
    assert_eq!(count(&run("sampled limit").events()), counted(3, 3));
    let limited = run("limit");
    assert_eq!(count(&limited.events()), counted(3, 3));
    let told = limited.lost("ratelimit_backoff", "error");
    assert_eq!(told, 14, "the server is told how many there were");
}

#[test]
fn a_callback_sees_the_error_itself() {
    let events = run("hint").events();
    // A type that is returned without a box cannot be asked for, and so is not dropped here.
    assert_eq!(texts(&events), [RESET, "no answer for 3 s", "no answer for 4 s", "only text"]);
    let event = |text: &str| {
        let found = events.iter().find(|event| event.chain()[0].1 == text);
        found.unwrap_or_else(|| panic!("no {text:?} in {events:#?}"))
    };
    let inner = event("no answer for 4 s");
    assert_eq!((inner.tag("seconds").as_str(), inner.tag("complete").as_str()), ("4", "true"));
    // The way that the error took since is there all the same.
    assert_eq!(inner.route(), route("filters", &[("outer::inner", "inner"), ("outer", "outer")]));
    assert_eq!((inner.tag("outer").as_str(), inner.mechanism().1), ("true", Some(false)));
    assert_eq!(event("only text").tag("text"), "none");
    assert_eq!(event("no answer for 3 s").tag("text"), "no answer for 3 s");
    assert_eq!(event("no answer for 3 s").tag("io"), "true", "a type of the standard library is known");
    let dropped = run("panicking hint");
    assert_eq!(dropped.events().len(), 0);
    assert_eq!(dropped.kinds(), ["client_report"]);
    let report = dropped.envelopes[0].items[0].json().unwrap();
    let discarded = json!([{"reason": "before_send", "category": "error", "quantity": 5}]);
    assert_eq!(report["discarded_events"], discarded);
}
