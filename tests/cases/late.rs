//! What comes after a report has left is captured again, with its whole way; what is waited for is not doubled.

use tests::{Event, Receiver, fixture};

use crate::route;

fn run(choice: &str, code: i32) -> Vec<Event> {
    let receiver = Receiver::start();
    fixture!("late").arg(choice).sending_to(&receiver).run().exits_with(code);
    receiver.received().events()
}

/// Two events: the first says nothing of how it ended, the second has gone all the way.
#[track_caller]
fn twice(choice: &str, first: &[(&str, &str)], second: &[(&str, &str)]) {
    let events = run(choice, 1);
    let ways: Vec<_> = events.iter().map(|event| (event.mechanism().1, event.route())).collect();
    assert_eq!(ways, [(None, route("late", first)), (Some(false), route("late", second))]);
    for event in events {
        assert_eq!(event.chain()[0].1, "connection refused");
    }
}

#[track_caller]
fn once(choice: &str, stops: &[(&str, &str)]) {
    let events = run(choice, 1);
    let ways: Vec<_> = events.iter().map(|event| (event.mechanism().1, event.route())).collect();
    assert_eq!(ways, [(Some(false), route("late", stops))]);
}

#[test]
fn a_failure_of_lost_work_does_not_hide_the_one_that_ends_the_program() {
    let lost = ("connect_in_the_background", "background");
    twice("alike", &[lost], &[lost, ("serve", "serve"), ("main", "main alike")]);
}

#[test]
fn an_old_failure_does_not_hide_a_new_one_in_the_same_words() {
    let old = ("connect", "connect");
    twice("again", &[old], &[old, ("fail_again", "again"), ("main", "main again")]);
}

#[test]
fn an_error_that_is_returned_after_a_long_clean_up_has_its_whole_way() {
    let first = ("connect", "connect");
    twice("slow", &[first], &[first, ("clean_up", "slow"), ("main", "main slow")]);
}

#[test]
fn an_error_that_is_returned_after_a_flush_has_its_whole_way() {
    let first = ("connect", "connect");
    twice("flushed", &[first], &[first, ("flush_first", "flushed"), ("main", "main flushed")]);
}

#[test]
fn an_error_of_work_is_recognised_by_who_waits_for_it() {
    once("thread", &[("work", "work"), ("boss", "boss"), ("main", "main thread")]);
    once("task", &[("labour", "labour"), ("head", "head"), ("main", "main task")]);
}

#[test]
fn the_panic_of_a_task_is_one_event_though_it_is_returned() {
    let events = run("panic", 1);
    let seen: Vec<_> = events.iter().map(|event| (event.mechanism().0, event.chain()[0].1.clone())).collect();
    assert_eq!(seen, [("auto.panic.hook".to_owned(), "out of ink".to_owned())]);
}
