//! Without a DSN a debug build prints what it would have sent.

use tests::{Outcome, fixture, source};

/// Checks that the parts stand in the text in this order.
#[track_caller]
fn in_order(text: &str, parts: &[String]) {
    let mut rest = text;
    for part in parts {
        let Some(at) = rest.find(part.as_str()) else {
            panic!("{part:?} does not follow in\n{text}");
        };
        rest = &rest[at + part.len()..];
    }
}

#[track_caller]
fn has_no_colours(outcome: &Outcome) {
    assert!(!outcome.stderr.contains('\x1b'), "{}", outcome.stderr);
}

#[test]
fn an_error_shows_its_type_its_text_and_its_route_innermost_first() {
    let outcome = fixture!("route").arg("same").run().exits_with(1);
    has_no_colours(&outcome);
    in_order(&outcome.stderr, &["NotOurs".to_owned(), "`x12` is not a number of ours".to_owned()]);
    let mut parts = Vec::new();
    for mark in ["five", "four", "three", "two", "one", "main same"] {
        parts.push(mark.split(' ').next().unwrap_or_default().to_owned());
        parts.push(format!("{}:{}", source::file("route"), source::line("route", mark)));
        parts.push(source::text("route", mark).trim().to_owned());
    }
    in_order(&outcome.stderr, &parts);
    // What the program prints itself comes too, and only once.
    assert_eq!(outcome.stderr.matches("Error: NotOurs { text: \"x12\" }").count(), 1, "{}", outcome.stderr);
}

#[test]
fn an_error_shows_its_causes() {
    let outcome = fixture!("main_sync").run().exits_with(1);
    has_no_colours(&outcome);
    in_order(
        &outcome.stderr,
        &["order `x12` cannot be read".to_owned(), "invalid digit found in string".to_owned()],
    );
}

#[test]
fn a_panic_is_shown_with_its_line() {
    let outcome = fixture!("main_async").arg("panic").run().exits_with(101);
    has_no_colours(&outcome);
    let place = format!("{}:{}", source::file("main_async"), source::line("main_async", "panic"));
    assert!(outcome.stderr.contains(&place), "{}", outcome.stderr);
    // Once by the standard library, once by us.
    assert_eq!(outcome.stderr.matches("out of paper").count(), 2, "{}", outcome.stderr);
}

#[test]
fn a_transaction_is_a_tree_of_spans() {
    let program = fixture!("spans").arg("checkout").env("SENTRY_TRACES_SAMPLE_RATE", "1");
    let outcome = program.run().exits_with(0);
    has_no_colours(&outcome);
    let lines: Vec<_> = outcome.stderr.lines().skip_while(|line| !line.starts_with("transaction")).collect();
    let timed = |what: &str| {
        let line = lines.iter().position(|line| line.contains(what));
        let line = line.unwrap_or_else(|| panic!("{what} is not in\n{}", outcome.stderr));
        assert!(lines[line].contains("ms") || lines[line].contains("µs"), "{what}: {}", lines[line]);
        line
    };
    // In the order of their start, each below its parent.
    let order = ["checkout", "SELECT * FROM orders", "decode", "price", "reserve", "stock", "POST /payments"];
    let places = order.map(timed);
    assert!(places.is_sorted(), "{}", outcome.stderr);
    let (parent, child) = (lines[timed("reserve")], lines[timed("stock")]);
    let depth = |line: &str| line.chars().position(|sign| "├╰".contains(sign));
    assert!(depth(child) > depth(parent), "{}", outcome.stderr);
    // The one that failed says so, and so does the whole.
    assert!(lines[timed("POST /payments")].contains("internal_error"), "{}", outcome.stderr);
    assert!(lines[timed("checkout")].contains("internal_error"), "{}", outcome.stderr);
}

#[cfg(unix)]
#[test]
fn a_terminal_gets_colours_unless_they_are_not_wanted() {
    let on_a_terminal = || fixture!("main_sync").env("TERM", "xterm-256color").on_a_terminal();
    let coloured = on_a_terminal().run().exits_with(1);
    assert!(coloured.stderr.contains("\x1b["), "{}", coloured.stderr);
    has_no_colours(&on_a_terminal().env("NO_COLOR", "1").run().exits_with(1));
    has_no_colours(&on_a_terminal().env("TERM", "dumb").run().exits_with(1));

    // Nothing else is different.
    let plain = fixture!("main_sync").run().stderr;
    let mut bare = coloured.stderr.replace("\r\n", "\n");
    while let Some(start) = bare.find("\x1b[") {
        let end = bare[start..].find('m').expect("the end of a colour");
        bare.replace_range(start..=start + end, "");
    }
    let without_id =
        |text: &str| text.lines().filter(|line| !line.contains("event ")).map(str::to_owned).collect();
    let (bare, plain): (Vec<_>, Vec<_>) = (without_id(&bare), without_id(&plain));
    assert_eq!(bare, plain);
}

#[test]
fn with_debug_off_nothing_is_printed() {
    let outcome = fixture!("quiet").run().exits_with(0);
    assert_eq!((outcome.stdout.as_str(), outcome.stderr.as_str()), ("", ""));
}
