//! Errors through attributed functions: one event for one error, and the line by which it left each of them.

use std::time::Duration;

use serde_json::json;
use tests::{Event, Received, Receiver, fixture, source};

use crate::{left_by, route};

fn run(choice: &str, code: i32) -> Received {
    let receiver = Receiver::start();
    fixture!("route").arg(choice).sending_to(&receiver).run().exits_with(code);
    receiver.received()
}

const FIVE: [(&str, &str); 5] =
    [("five", "five"), ("four", "four"), ("three", "three"), ("two", "two"), ("one", "one")];

fn of_function(event: &Event, handled: bool) {
    assert_eq!(event.mechanism(), ("auto.function.monitored".to_owned(), Some(handled)));
    assert_eq!(event.0["level"], "error");
}

#[test]
fn five_functions_and_main_are_six_frames_of_one_event() {
    let event = run("same", 1).event();
    of_function(&event, false);
    let all: Vec<_> = FIVE.into_iter().chain([("main", "main same")]).collect();
    assert_eq!(event.route(), route("route", &all));
    assert_eq!(event.chain(), [("NotOurs".to_owned(), "`x12` is not a number of ours".to_owned())]);
    assert_eq!(event.captured()["module"], "route::same");
    left_by(&event, "route", "five", "five");
    for (frame, (_, mark)) in event.frames().iter().rev().zip(all) {
        assert_eq!(frame["filename"], "tests/fixtures/route.rs");
        let path = frame["abs_path"].as_str().map(std::path::Path::new);
        assert!(path.is_some_and(|path| path.is_absolute() && path.ends_with("tests/fixtures/route.rs")));
        assert_eq!(frame["context_line"], source::text("route", mark));
        assert_eq!(frame["module"], if mark == "main same" { "route" } else { "route::same" });
    }
}

#[test]
fn source_lines_stand_around_the_line() {
    let event = run("same", 1).event();
    let frame = &event.frames()[5];
    // Five of them, though the function is shorter: the file can be read.
    assert_eq!(frame["pre_context"].as_array().map(Vec::len), Some(5));
    assert_eq!(frame["pre_context"][4], r"        if text.starts_with('x') {");
    assert_eq!(frame["post_context"].as_array().map(Vec::len), Some(5));
    assert_eq!(frame["post_context"][0], "        }");
}

#[test]
fn tags_of_the_functions_are_on_the_event_and_inner_ones_win() {
    let event = run("same", 1).event();
    assert_eq!(event.0["tags"], json!({"layer": "inner", "depth": "1", "text": "x12"}));
}

#[test]
fn an_error_wrapped_by_from_is_the_same_error() {
    let event = run("from", 1).event();
    of_function(&event, false);
    let stops = [("inner", "from inner"), ("outer", "from outer"), ("main", "main from")];
    assert_eq!(event.route(), route("route", &stops));
    let chain = event.chain();
    let chain: Vec<_> = chain.iter().map(|(kind, text)| (kind.as_str(), text.as_str())).collect();
    assert_eq!(
        chain,
        [
            ("Outer", "the order is unreadable"),
            ("Inner", "the quantity is unreadable"),
            ("ParseIntError", "invalid digit found in string"),
        ]
    );
}

#[test]
fn an_error_put_into_another_one_by_hand_is_the_same_error() {
    let event = run("mapped", 1).event();
    of_function(&event, false);
    let stops = [("inner", "from inner"), ("mapped", "mapped"), ("main", "main mapped")];
    assert_eq!(event.route(), route("route", &stops));
    let chain = event.chain();
    let chain: Vec<_> = chain.iter().map(|(kind, text)| (kind.as_str(), text.as_str())).collect();
    assert_eq!(
        chain,
        [
            ("Named", "no order by telephone"),
            ("Inner", "the quantity is unreadable"),
            ("ParseIntError", "invalid digit found in string"),
        ]
    );
}

#[test]
fn an_error_under_a_context_is_the_same_error() {
    let event = run("context", 1).event();
    of_function(&event, false);
    let stops = [("price", "context inner"), ("contexts", "context outer"), ("main", "main context")];
    assert_eq!(event.route(), route("route", &stops));
    let texts: Vec<_> = event.chain().into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts, ["no price for the order", "prices start with a digit, not as \"x12\""]);
}

#[test]
fn an_error_made_from_the_text_is_the_same_error() {
    let event = run("text", 1).event();
    of_function(&event, false);
    let stops = [("parse", "text inner"), ("worded", "text outer"), ("main", "main text")];
    assert_eq!(event.route(), route("route", &stops));
    let outer = ("String".to_owned(), "cannot go on: invalid digit found in string".to_owned());
    let inner = ("ParseIntError".to_owned(), "invalid digit found in string".to_owned());
    assert_eq!(event.chain(), [outer, inner]);
}

#[test]
fn a_caught_error_was_handled() {
    let event = run("caught", 0).event();
    of_function(&event, true);
    assert_eq!(event.route(), route("route", &FIVE));
}

#[test]
fn an_error_that_ends_in_an_attributed_function_was_handled_there() {
    let event = run("fallback", 0).event();
    of_function(&event, true);
    assert_eq!(event.0["contexts"]["error"], json!({"handled": true, "functions": 5}));
    assert_eq!(event.route(), route("route", &FIVE));
}

#[test]
fn an_error_that_a_function_panics_because_of_was_not_handled() {
    let both = |choice: &str, code: i32| {
        let events = run(choice, code).events();
        let is_panic = |event: &&Event| event.mechanism().0 == "auto.panic.hook";
        assert_eq!(events.iter().filter(is_panic).count(), 1, "{events:#?}");
        let found = events.iter().find(|event| !is_panic(event)).cloned();
        found.unwrap_or_else(|| panic!("no error in {events:#?}"))
    };
    let event = both("unwrapped", 101);
    of_function(&event, false);
    assert_eq!(event.route(), route("route", &FIVE));
    assert_eq!(event.0["contexts"]["error"]["handled"], false);
    // Further out somebody has dealt with the panic, and with it the error.
    of_function(&both("unwound", 0), true);
}

#[test]
fn three_attempts_are_three_events_though_they_read_the_same() {
    let received = run("retried", 1);
    let events = received.events();
    assert_eq!(events.len(), 3);
    let (given_up, tried): (Vec<_>, Vec<_>) =
        events.iter().partition(|event| event.mechanism().1 == Some(false));
    assert_eq!((tried.len(), given_up.len()), (2, 1));
    for event in tried {
        assert_eq!(event.route(), route("route", &[("attempt", "attempt")]));
    }
    let stops = [("attempt", "attempt"), ("retried", "retried"), ("main", "main retried")];
    assert_eq!(given_up[0].route(), route("route", &stops));
}

#[test]
fn success_sends_nothing() {
    assert_eq!(run("recovered", 0).kinds(), [""; 0]);
}

#[test]
fn of_two_errors_each_has_its_own_route() {
    let events = run("two", 0).events();
    assert_eq!(events.len(), 2, "{events:#?}");
    let with = |kind: &str| {
        let found = events.iter().find(|event| event.chain()[0].0 == kind);
        found.unwrap_or_else(|| panic!("no {kind} in {events:#?}"))
    };
    assert_eq!(
        with("ParseIntError").route(),
        route("route", &[("parse", "text inner"), ("two_failures", "first of two")])
    );
    assert_eq!(with("NotOurs").route(), route("route", &FIVE));
}

#[test]
fn of_two_errors_that_read_the_same_the_one_in_the_box_goes_on() {
    let events = run("alike", 0).events();
    assert_eq!(events.len(), 2, "{events:#?}");
    let hops = |number: &str| {
        let event = events.iter().find(|event| event.tag("number") == number).expect("one of the two");
        event.route().iter().map(|hop| hop.function.clone()).collect::<Vec<_>>()
    };
    assert_eq!(hops("1"), ["alike::busy", "alike"]);
    assert_eq!(hops("2"), ["alike::busy"]);
}

#[test]
fn each_level_of_a_recursion_is_a_hop() {
    let event = run("recursive", 1).event();
    let stops = [
        ("deep", "bottom"),
        ("deep", "deep"),
        ("deep", "deep"),
        ("deep", "deep"),
        ("main", "main recursive"),
    ];
    assert_eq!(event.route(), route("route", &stops));
}

#[test]
fn an_event_does_not_wait_for_the_end_of_the_program() {
    let receiver = Receiver::start();
    let _running = fixture!("route").arg("lingering").sending_to(&receiver).start();
    receiver.wait_for(1, Duration::from_secs(20));
    assert_eq!(receiver.received().event().route(), route("route", &[("parse", "text inner")]));
}

#[cfg(unix)]
#[test]
fn a_panic_that_aborts_is_delivered_before_the_end() {
    let receiver = Receiver::start();
    let outcome = fixture!("route").arg("aborting").sending_to(&receiver).run();
    assert_eq!(outcome.code, None, "a signal ends it");
    let events = receiver.received().events();
    let texts: Vec<_> = events.iter().map(|event| event.chain()[0].1.clone()).collect();
    assert!(texts.contains(&"out of ink".to_owned()), "{texts:?}");
}

#[test]
fn values_that_a_server_would_refuse_are_made_acceptable() {
    // What that means is in the rules.
    let event = run("hostile", 1).event();
    assert!(event.chain()[0].1.starts_with("two\nlines\r\n\t"), "{:?}", event.chain());
    assert!(event.tag("long").starts_with("long long "), "{}", event.0["tags"]);
    assert!(event.tag("two_lines").contains("two") && event.tag("two_lines").contains("lines"));
}

#[test]
fn capture_false_adds_no_event() {
    // `main` is told of the error all the same.
    let event = run("silent", 1).event();
    assert_eq!(event.mechanism(), ("auto.function.main".to_owned(), Some(false)));
    assert_eq!(event.route()[0].function, "main");
    assert_eq!(event.route()[0].line, source::line("route", "main silent"));
}

#[test]
fn a_panic_shows_the_functions_that_were_running() {
    let event = run("panic", 101).event();
    assert_eq!(event.mechanism(), ("auto.panic.hook".to_owned(), Some(false)));
    left_by(&event, "route", "innermost", "innermost");
    let functions: Vec<_> = event.route().into_iter().map(|hop| hop.function).collect();
    assert_eq!(functions, ["innermost", "outermost", "main"]);
}
