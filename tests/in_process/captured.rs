//! Closures with a client of their own.

use std::sync::Barrier;

use sentry::Level::Info;
use sentry::capture_message;
use sentry::protocol::Event;
use sentry::test::{with_captured_envelopes, with_captured_events};

use crate::number;

fn messages<'a>(events: &'a [Event<'static>]) -> Vec<&'a str> {
    events.iter().filter_map(|event| event.message.as_deref()).collect()
}

/// Both are inside at the same time, or the barrier would never open.
#[test]
fn closures_run_in_parallel() {
    let both = Barrier::new(2);
    let run = |text: &str| {
        let events = with_captured_events(|| {
            both.wait();
            capture_message(text, Info);
            both.wait();
        });
        assert_eq!(messages(&events), [text]);
    };
    std::thread::scope(|scope| {
        scope.spawn(|| run("one"));
        run("other");
    });
}

#[test]
fn closures_nest() {
    let mut inner = Vec::new();
    let outer = with_captured_events(|| {
        sentry::set_tag("level", "outer");
        capture_message("before", Info);
        inner = with_captured_events(|| {
            capture_message("inside", Info);
        });
        capture_message("after", Info);
    });
    assert_eq!(messages(&outer), ["before", "after"]);
    assert_eq!(messages(&inner), ["inside"]);
    assert!(!inner[0].tags.contains_key("level"), "the scopes are others");
    assert_eq!(outer[1].tags["level"], "outer");
}

#[sentry::test]
fn inside_of_a_test() {
    let inner = with_captured_events(|| drop(number("inner")));
    assert_eq!(inner.len(), 1);
    assert!(sentry::test::events().is_empty());
}

/// The client of the process is another one, and is there again afterwards.
#[test]
fn outside_of_a_client() {
    assert!(capture_message("lost", Info).is_nil());
    assert!(with_captured_envelopes(|| ()).is_empty());
    assert!(capture_message("lost", Info).is_nil());
}

#[test]
fn a_panic_takes_the_client_with_it() {
    let panicked = std::panic::catch_unwind(|| {
        with_captured_events(|| panic!("in the closure"));
    });
    assert!(panicked.is_err());
    assert!(capture_message("lost", Info).is_nil());
}
