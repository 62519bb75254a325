//! Clients made from odd options, one inside another's life, and ended while their transport blocks.

use std::time::Duration;

use tests::{Event, Outcome, Program, Receiver, fixture};

fn clients(choice: &str) -> Program {
    fixture!("clients").arg(choice)
}

/// The events that arrive through the DSN of the environment.
fn sent(program: Program, code: i32) -> (Vec<Event>, Outcome) {
    let receiver = Receiver::start();
    let outcome = program.sending_to(&receiver).run().exits_with(code);
    (receiver.received().events(), outcome)
}

fn messages(events: &[Event]) -> Vec<String> {
    events.iter().map(Event::message).collect()
}

fn log(outcome: &Outcome) -> Vec<&str> {
    outcome.stderr.lines().filter(|line| line.starts_with("[sentry]")).collect()
}

#[test]
fn whoever_gives_no_dsn_leaves_it_to_the_environment() {
    for choice in ["unit", "empty", "none", "empty and options"] {
        let (events, outcome) = sent(clients(choice), 0);
        assert_eq!(
            (outcome.stdout.as_str(), messages(&events)),
            ("enabled: true\n", vec!["hello".to_owned()]),
            "{choice}"
        );
    }
    let (events, outcome) = sent(clients("off"), 0);
    assert_eq!((outcome.stdout.as_str(), events.len()), ("enabled: false\n", 0));
}

#[test]
fn a_malformed_dsn_switches_off_what_a_good_one_switched_on() {
    for choice in ["good then bad", "bad and good"] {
        let receiver = Receiver::start();
        let outcome = clients(choice).arg(&receiver.dsn()).run().exits_with(0);
        assert_eq!(outcome.stdout, "enabled: false\n", "{choice}");
        let lines = log(&outcome);
        assert!(lines.len() == 1 && lines[0].contains("DSN"), "{choice}: {}", outcome.stderr);
        assert_eq!(receiver.count(), 0, "{choice}");
    }
}

#[test]
fn a_rate_set_as_a_field_counts_like_one_that_was_set_by_a_function() {
    let (events, outcome) = sent(clients("no events").env("SENTRY_SAMPLE_RATE", "1"), 0);
    assert_eq!((outcome.stdout.as_str(), events.len()), ("enabled: true\n", 0));

    let receiver = Receiver::start();
    let outcome = clients("bad rate").sending_to(&receiver).run().exits_with(0);
    let lines = log(&outcome);
    assert!(lines.len() == 1 && lines[0].contains("traces_sample_rate"), "{}", outcome.stderr);
    assert_eq!(receiver.received().kinds(), [""; 0]);
}

#[test]
fn a_release_that_would_be_refused_makes_way_for_the_next_one() {
    let (events, _) = sent(clients("bad release").env("SENTRY_RELEASE", "good@1"), 0);
    assert_eq!(events[0].0["release"], "good@1");
}

#[test]
fn a_client_that_is_not_the_process_s_sends_nothing_that_would_be_refused() {
    let receiver = Receiver::start();
    let program = clients("own client").arg(&receiver.dsn()).env("SENTRY_RELEASE", "environment@1");
    assert_eq!(program.run().exits_with(0).stdout, "closed: true\n");
    let event = receiver.received().event();
    assert!(event.0.get("release").is_none(), "{}", event.0["release"]);
    assert_eq!(event.0["environment"], "development");
}

#[test]
fn a_transport_that_blocks_keeps_nobody_longer_than_was_allowed() {
    let outcome = clients("blocking").run().exits_with(0);
    assert_eq!(outcome.stdout, "flushed: false\n");
    // 100 ms for the flush and as much for the end; the transport would take 20 seconds.
    assert!(outcome.took < Duration::from_secs(3), "{:?}", outcome.took);
}

#[test]
fn one_may_wait_for_ever() {
    let (events, outcome) = sent(clients("endless"), 0);
    assert_eq!(outcome.stdout, "flushed: true\nflushed: true\nclosed: true\n");
    assert_eq!(messages(&events), ["first", "second", "third"]);
}

#[test]
fn a_tag_that_cannot_be_computed_is_left_out() {
    let (events, outcome) = sent(clients("tag"), 0);
    assert_eq!(outcome.stdout, "it runs\nfailed: true\n");
    assert_eq!(events.len(), 1, "{events:#?}");
    assert_eq!(events[0].chain(), [("String".to_owned(), "out of paper".to_owned())]);
    assert_eq!((events[0].tag("plan"), events[0].tag("who")), ("gold".to_owned(), String::new()));

    // With nobody to tell it is not computed at all.
    let outcome = clients("tag").run().exits_with(0);
    assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), ("it runs\nfailed: true\n", ""));
}

#[test]
fn a_second_client_takes_the_place_of_the_first_and_gives_it_back() {
    let (events, _) = sent(clients("in turn"), 0);
    let seen: Vec<_> = events.iter().map(|event| (event.message(), event.0["release"].clone())).collect();
    let expected = [("before", "outer@1"), ("inside", "inner@1"), ("after", "outer@1")];
    assert_eq!(seen, expected.map(|(text, release)| (text.to_owned(), release.into())));
}

#[test]
fn a_second_client_that_is_off_takes_the_place_too() {
    for choice in ["bad in turn", "off in turn"] {
        let (events, outcome) = sent(clients(choice), 0);
        assert_eq!(outcome.stdout, "enabled: false\n", "{choice}");
        assert_eq!(messages(&events), ["before", "after"], "{choice}");
    }
}

#[test]
fn what_is_dropped_with_a_scope_may_use_the_scope() {
    let (events, _) = sent(clients("clear"), 0);
    assert_eq!(messages(&events), ["cleared"]);
    assert_eq!(events[0].tag("processor"), "dropped");
}

#[test]
fn a_panic_in_somebody_elses_line_is_not_in_the_program_s_code() {
    for (choice, place) in [("library", "library/"), ("dependency", "serde_json-")] {
        let (events, _) = sent(clients(choice), 101);
        let frames = events[0].frames();
        let frame = frames.last().expect("a frame");
        let file = frame["filename"].as_str().unwrap_or_default();
        assert!(file.starts_with(place), "{choice}: {file}");
        assert_eq!(frame["in_app"], false, "{choice}: {file}");
    }
}
