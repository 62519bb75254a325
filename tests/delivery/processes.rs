//! Programs that fork, exit, and capture where hardly anything works any more.

use std::time::Duration;

use tests::{Answer, Event, Folder, Receiver, fixture};

/// What arrives and what is printed, both sorted.
fn leaving(choice: &str, code: i32) -> (Vec<String>, Vec<String>) {
    let receiver = Receiver::start();
    let outcome = fixture!("leaving").arg(choice).sending_to(&receiver).run().exits_with(code);
    let mut messages: Vec<_> = receiver.received().events().iter().map(Event::message).collect();
    let mut lines: Vec<_> = outcome.stdout.lines().map(str::to_owned).collect();
    messages.sort_unstable();
    lines.sort_unstable();
    (messages, lines)
}

fn owned(list: &[&str]) -> Vec<String> {
    list.iter().map(|text| (*text).to_owned()).collect()
}

#[test]
fn exit_does_not_lose_what_was_captured() {
    assert_eq!(leaving("exit", 7), (owned(&["before the exit"]), vec![]));
}

#[test]
fn a_child_has_delivery_and_books_of_its_own() {
    let (messages, lines) = leaving("fork", 0);
    assert_eq!(messages, ["child", "of the parent", "parent"]);
    assert_eq!(lines, ["child: true, 1 captured", "parent: true, 2 captured"]);
}

#[test]
fn a_child_does_not_report_what_its_parent_has_lost() {
    let receiver = Receiver::start();
    fixture!("leaving").arg("fork with losses").sending_to(&receiver).run().exits_with(0);
    assert_eq!(receiver.received().lost("sample_rate", "transaction"), 1);
}

/// An error that says so may be the first one that is captured.
#[cfg(target_os = "linux")]
#[test]
fn what_is_captured_when_nothing_can_be_opened_or_started_waits() {
    for what in ["out of files", "out of memory"] {
        let (messages, lines) = leaving(what, 0);
        assert_eq!(
            (messages, lines),
            (owned(&["enough", "too little"]), owned(&["flushed: false", "flushed: true"]))
        );
    }
}

#[test]
fn a_child_sends_copies_itself() {
    let viewer = Receiver::start().without_rules();
    let url = format!("http://{}/stream", viewer.address());
    let outcome = fixture!("leaving").arg("fork").env("SENTRY_SPOTLIGHT", &url).run().exits_with(0);
    let mut lines: Vec<_> = outcome.stdout.lines().collect();
    lines.sort_unstable();
    assert_eq!(lines, ["child: true, 1 captured", "parent: true, 2 captured"]);
    assert_eq!(viewer.count(), 3);
}

#[test]
fn a_child_reads_symbols_of_its_own() {
    let receiver = Receiver::start();
    fixture!("leaving").arg("fork with stacks").sending_to(&receiver).run().exits_with(0);
    let events = receiver.received().events();
    let child = events.iter().find(|event| event.message() == "child").expect("the child's event");
    let frames = child.0["threads"]["values"][0]["stacktrace"]["frames"].as_array().expect("a stack");
    let is_fork = |frame: &serde_json::Value| frame["function"] == "fork" && frame["lineno"].is_u64();
    assert!(frames.iter().any(is_fork), "{frames:#?}");
}

#[test]
fn after_main() {
    assert_eq!(leaving("atexit", 0), (owned(&["at exit"]), owned(&["flushed: true"])));
}

/// Its guard is kept where nobody drops it.
#[test]
fn the_end_of_a_process_waits_as_a_guard_does() {
    for (choice, code) in [("static", 0), ("exit without a guard", 3), ("exit on a thread", 3)] {
        assert_eq!(leaving(choice, code), (owned(&["before the end"]), vec![]), "{choice}");
    }
}

#[test]
fn the_end_of_a_process_waits_for_all_clients() {
    let receiver = Receiver::scripted([], Answer::ok().after(Duration::from_millis(20)));
    fixture!("leaving").arg("exit with two clients").sending_to(&receiver).run().exits_with(3);
    assert_eq!(receiver.received().events().len(), 21);
}

#[test]
fn a_panic_is_not_lost_with_a_guard_that_nobody_drops() {
    let receiver = Receiver::start();
    fixture!("leaving").arg("panic").sending_to(&receiver).run().exits_with(101);
    assert_eq!(receiver.received().event().chain()[0].1, "the last words");
}

#[test]
fn the_end_of_a_process_waits_as_long_as_it_may_and_once() {
    let receiver = Receiver::counting(Answer::never());
    // The default is two seconds. One that somebody else has closed could take forty.
    for (choice, least, most) in [("static", 2, 8), ("closed", 0, 20)] {
        let outcome = fixture!("leaving").arg(choice).sending_to(&receiver).run();
        assert!((least..most).contains(&outcome.took.as_secs()), "{choice}: {:?}", outcome.took);
    }
}

#[test]
fn the_end_of_a_child_does_not_tell_what_its_parent_tells() {
    let receiver = Receiver::start();
    let outcome = fixture!("leaving").arg("exit of a child").sending_to(&receiver).run().exits_with(0);
    assert_eq!(outcome.stdout, "ends well: true\n");
    assert_eq!(receiver.received().lost("sample_rate", "transaction"), 1);
}

#[test]
fn while_the_locals_of_a_thread_go() {
    assert_eq!(leaving("locals", 0), (owned(&["from a local of a thread"]), owned(&["joined: true"])));
}

#[test]
fn in_a_panic_hook() {
    let (messages, lines) = leaving("hook", 0);
    assert_eq!(messages, ["", "in the hook"]);
    assert_eq!(lines, ["flushed: true", "panicked: true"]);
}

#[test]
fn inside_and_after_a_runtime() {
    let (messages, lines) = leaving("runtime", 0);
    assert_eq!(messages, ["after", "inside"]);
    assert_eq!(lines, ["flushed: true", "flushed: true"]);
}

/// A thread of the parent's that the child does not have may be writing to the spool, or making the first envelope.
#[test]
fn a_child_has_a_spool_of_its_own() {
    let folder = Folder::new();
    let receiver = Receiver::counting(Answer::ok());
    let program = fixture!("leaving").arg("fork with a spool").env("SENTRY_SPOOL", folder.text());
    let outcome = program.sending_to(&receiver).run().exits_with(0);
    assert_eq!(outcome.stdout, "0 of 40 children hung\n");
    assert_eq!(receiver.tally().duplicates, 0);
}
