//! `#[sentry::main]` on every form of `main`: the error is captured, and nothing else changes.

use tests::{Event, Outcome, Program, Receiver, fixture, source};

use crate::left_by;

/// Runs a fixture and its twin without attributes; they must end and print alike. Gives back what was sent.
fn like_plain(program: Program, plain: &str) -> (Event, Outcome) {
    let receiver = Receiver::start();
    let outcome = program.sending_to(&receiver).run();
    let twin = fixture!("plain").arg(plain).run();
    assert_eq!(outcome.code, twin.code, "{}", outcome.stderr);
    assert_eq!(outcome.stderr, twin.stderr);
    assert_eq!(outcome.stdout, twin.stdout);
    (receiver.received().event(), outcome)
}

/// The event of an error that left `main` by its marked line.
fn left_main(event: &Event, fixture: &str) {
    assert_eq!(event.mechanism(), ("auto.function.main".to_owned(), Some(false)));
    assert_eq!(event.route().len(), 1, "{:#?}", event.route());
    left_by(event, fixture, "main", "main");
    assert_eq!(event.frames()[0]["module"], fixture);
    assert_eq!(event.0["level"], "error");
    assert_eq!(event.0["release"], concat!("tests@", env!("CARGO_PKG_VERSION")));
}

/// Type and text of the fixtures' error and of its cause.
fn is_trouble(event: &Event) {
    let chain = event.chain();
    let expected =
        [("Trouble", "order `x12` cannot be read"), ("ParseIntError", "invalid digit found in string")];
    // Only the first type is known for certain: the compiler does not tell the types of causes.
    assert_eq!(chain[0], (expected[0].0.to_owned(), expected[0].1.to_owned()));
    assert_eq!(chain.len(), 2, "{chain:?}");
    assert_eq!(chain[1].1, expected[1].1);
    assert_eq!(event.captured()["module"], "tests::failures");
}

#[test]
fn a_sync_main_that_returns_an_error() {
    let (event, outcome) = like_plain(fixture!("main_sync"), "trouble");
    assert_eq!(outcome.code, Some(1));
    is_trouble(&event);
    left_main(&event, "main_sync");
}

#[test]
fn an_async_main_alone() {
    let (event, _) = like_plain(fixture!("main_async"), "trouble");
    is_trouble(&event);
    left_main(&event, "main_async");
}

#[test]
fn above_the_attribute_of_a_runtime() {
    let (event, _) = like_plain(fixture!("main_above"), "trouble");
    is_trouble(&event);
    left_main(&event, "main_above");
}

#[test]
fn below_the_attribute_of_a_runtime() {
    let (event, _) = like_plain(fixture!("main_below"), "trouble");
    is_trouble(&event);
    // What is below has been rewritten by then; the line must have survived that.
    left_main(&event, "main_below");
}

#[test]
fn a_boxed_error() {
    let (event, _) = like_plain(fixture!("main_boxed"), "boxed");
    left_main(&event, "main_boxed");
    let texts: Vec<_> = event.chain().into_iter().map(|(_, text)| text).collect();
    assert_eq!(texts, ["order `x12` cannot be read", "invalid digit found in string"]);
}

#[test]
fn an_anyhow_error_with_context() {
    let (event, _) = like_plain(fixture!("main_anyhow"), "anyhow");
    left_main(&event, "main_anyhow");
    let texts: Vec<_> = event.chain().into_iter().map(|(_, text)| text).collect();
    let expected = [
        "starting the shop",
        "reading the first order",
        "order `x12` cannot be read",
        "invalid digit found in string",
    ];
    assert_eq!(texts, expected);
    assert_eq!(event.chain()[3].0, "ParseIntError");
}

#[test]
fn an_exit_code_is_not_an_error() {
    let receiver = Receiver::start();
    let outcome = fixture!("main_exit_code").sending_to(&receiver).run();
    let twin = fixture!("plain").arg("code").run();
    assert_eq!(twin.code, Some(7));
    assert_eq!((outcome.code, &outcome.stderr), (twin.code, &twin.stderr));
    assert_eq!(receiver.received().events().len(), 0);
}

/// The event of a panic in the function whose line is marked `panic`.
fn panicked(program: Program, fixture: &str, function: &str, code: i32) {
    let receiver = Receiver::start();
    let outcome = program.arg("panic").sending_to(&receiver).run().exits_with(code);
    let event = receiver.received().event();
    assert_eq!(event.mechanism(), ("auto.panic.hook".to_owned(), Some(false)));
    assert_eq!(event.chain(), [("panic".to_owned(), "out of paper".to_owned())]);
    assert_eq!(event.0["level"], "fatal");
    left_by(&event, fixture, function, "panic");

    // The hook of the standard library still speaks, once.
    let place = format!("panicked at {}:{}:", source::file(fixture), source::line(fixture, "panic"));
    assert_eq!(outcome.stderr.matches(&place).count(), 1, "{}", outcome.stderr);
    assert_eq!(outcome.stderr.matches("out of paper").count(), 1, "{}", outcome.stderr);
}

#[test]
fn a_panic_in_a_sync_main() {
    panicked(fixture!("main_sync"), "main_sync", "main", 101);
}

#[test]
fn a_panic_in_an_async_main() {
    panicked(fixture!("main_async"), "main_async", "main", 101);
}

#[test]
fn a_panic_in_a_spawned_task() {
    panicked(fixture!("main_above"), "main_above", "print", 0);
}
