//! Panics of every kind are delivered, and nobody waits in vain.

use std::time::Duration;

use tests::{Answer, Event, Outcome, Receiver, fixture};

use crate::left_by;

fn run(choice: &str) -> (Vec<Event>, Outcome) {
    let receiver = Receiver::start();
    let outcome = fixture!("panics").arg(choice).sending_to(&receiver).run();
    (receiver.received().events(), outcome)
}

#[track_caller]
fn event(choice: &str, code: i32) -> Event {
    let (mut events, outcome) = run(choice);
    outcome.exits_with(code);
    assert_eq!(events.len(), 1, "{events:#?}");
    let event = events.remove(0);
    assert_eq!(event.mechanism(), ("auto.panic.hook".to_owned(), Some(false)));
    assert_eq!(event.0["level"], "fatal");
    event
}

#[test]
fn what_a_panic_carries() {
    for (choice, text) in [
        ("text", "out of ink"),
        ("string", "out of ink"),
        ("formatted", "out of ink"),
        ("value", "(a payload that is not text)"),
        ("unwrapped", "a digit: ParseIntError { kind: InvalidDigit }"),
        ("index", "index out of bounds: the len is 3 but the index is 3"),
    ] {
        assert_eq!(event(choice, 101).chain(), [("panic".to_owned(), text.to_owned())]);
    }
}

#[test]
fn the_last_frame_is_the_line_that_panics() {
    for mark in ["text", "unwrapped", "index"] {
        let event = event(mark, 101);
        left_by(&event, "panics", "main", mark);
        assert_eq!(event.frames().len(), 1, "neither the runtime nor the machinery: {:#?}", event.frames());
    }
}

#[test]
fn panics_on_any_thread() {
    for (choice, code, name) in [
        ("task", 0, "tokio-rt-worker"),
        ("blocking", 0, "tokio-rt-worker"),
        ("thread", 3, "printer"),
        ("scoped", 0, ""),
    ] {
        let event = event(choice, code);
        left_by(&event, "panics", "print_now", "print");
        let thread = &event.0["threads"]["values"][0];
        assert_eq!(thread["name"].as_str().unwrap_or_default(), name, "{choice}");
        assert_eq!(thread["id"], event.captured()["thread_id"], "{choice}");
        assert_eq!((&thread["crashed"], &thread["current"]), (&true.into(), &true.into()), "{choice}");
    }
    left_by(&event("rayon", 0), "panics", "print_now", "print");
}

#[test]
fn a_task_shows_the_functions_it_was_in() {
    let frames = event("task", 0).frames();
    let own: Vec<_> = frames.iter().filter(|frame| frame["in_app"] == true).collect();
    let functions: Vec<_> = own.iter().map(|frame| frame["function"].as_str().unwrap_or_default()).collect();
    assert_eq!(functions, ["print", "print_now"]);
    let first = frames[0]["module"].as_str().unwrap_or_default();
    assert_eq!(first, "panics", "what the runtime calls first is left out: {frames:#?}");
}

/// The process ends by a signal.
#[cfg(unix)]
#[test]
fn a_panic_while_panicking_is_harmless() {
    let (events, outcome) = run("twice");
    assert_eq!(outcome.code, None, "{}", outcome.stderr);
    let texts: Vec<_> = events.iter().map(|event| event.chain()[0].1.clone()).collect();
    assert_eq!(
        texts,
        ["out of ink", "and out of paper"],
        "each once, and not what the compiler makes of them"
    );
}

#[test]
fn hooks_are_chained_and_may_end_the_process() {
    let (events, outcome) = run("hooks");
    assert_eq!(outcome.exits_with(4).stdout, "before: out of ink\nafter\n");
    assert_eq!(events.len(), 1);
}

#[test]
fn a_runtime_s_thread_does_not_wait_for_the_network() {
    let receiver = Receiver::scripted([], Answer::never());
    let outcome = fixture!("panics").arg("in vain").sending_to(&receiver).run().exits_with(0);
    // It would be 20 seconds; the end of the program waits for 2.
    assert!(outcome.took < Duration::from_secs(10), "{:?}", outcome.took);
    assert_eq!(receiver.count(), 1);
}

#[test]
fn a_bare_thread_waits_no_longer_than_it_may() {
    let receiver = Receiver::scripted([], Answer::never());
    let outcome = fixture!("panics").arg("thread").sending_to(&receiver).run().exits_with(3);
    assert!(outcome.took >= Duration::from_secs(5), "it waits: {:?}", outcome.took);
    assert!(outcome.took < Duration::from_secs(15), "{:?}", outcome.took);
}
