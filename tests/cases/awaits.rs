//! Errors across `.await`, tasks and threads.

use tests::{Event, Received, Receiver, fixture};

use crate::route;

fn run(choice: &str, code: i32) -> Received {
    let receiver = Receiver::start();
    fixture!("awaits").arg(choice).sending_to(&receiver).run().exits_with(code);
    receiver.received()
}

fn was_handled(event: &Event, handled: bool) {
    assert_eq!(event.mechanism(), ("auto.function.monitored".to_owned(), Some(handled)));
}

const OUTER: [(&str, &str); 3] = [("inner", "inner"), ("middle", "middle"), ("outer", "outer")];

#[test]
fn a_chain_of_awaits_is_one_route() {
    let event = run("awaited", 1).event();
    was_handled(&event, false);
    let all: Vec<_> = OUTER.into_iter().chain([("main", "main awaited")]).collect();
    assert_eq!(event.route(), route("awaits", &all));
}

#[test]
fn futures_polled_in_turn_on_one_task_keep_their_errors_apart() {
    let events = run("joined", 0).events();
    assert_eq!(events.len(), 2, "{events:#?}");
    let mut texts: Vec<_> = events.iter().map(|event| event.chain()[1].1.clone()).collect();
    texts.sort();
    assert_eq!(texts, ["order `first` cannot be read", "order `second` cannot be read"]);
    for event in &events {
        was_handled(event, true);
        assert_eq!(event.route(), route("awaits", &OUTER));
    }
}

#[test]
fn an_error_returned_by_a_task_goes_on_where_the_task_is_awaited() {
    let event = run("spawned", 1).event();
    was_handled(&event, false);
    let stops = [("inner", "inner"), ("middle", "middle"), ("spawned", "spawned"), ("main", "main spawned")];
    assert_eq!(event.route(), route("awaits", &stops));
}

#[test]
fn an_error_returned_by_a_blocking_closure_goes_on_where_it_is_awaited() {
    let event = run("blocking", 1).event();
    was_handled(&event, false);
    let stops = [("number", "number"), ("blocking", "blocking"), ("main", "main blocking")];
    assert_eq!(event.route(), route("awaits", &stops));
}

#[test]
fn an_error_returned_by_a_thread_goes_on_where_it_is_joined() {
    let event = run("thread", 1).event();
    was_handled(&event, false);
    let stops = [("number", "number"), ("on_a_thread", "thread"), ("main", "main thread")];
    assert_eq!(event.route(), route("awaits", &stops));
}

#[test]
fn tags_of_the_scope_go_along_to_tasks_and_threads() {
    let events = run("scoped", 0).events();
    assert_eq!(events.len(), 3, "{events:#?}");
    for event in &events {
        assert_eq!(event.tag("tenant"), "north", "{:?}", event.chain());
    }
}

#[test]
fn an_error_of_a_task_that_nobody_asks_is_captured() {
    let event = run("detached", 0).event();
    assert_eq!(event.route(), route("awaits", &[("inner", "inner"), ("middle", "middle")]));
}

#[test]
fn an_error_of_a_future_that_is_dropped_is_captured() {
    let event = run("abandoned", 0).event();
    was_handled(&event, true);
    assert_eq!(event.route(), route("awaits", &[("inner", "inner")]));
}
