//! Compiled programs, run as child processes: what they send, print and return.

mod allocations;
mod arguments;
mod awaits;
mod blocks;
mod bridges;
mod clients;
mod compat;
mod configuration;
mod controlled;
mod costs;
mod cron;
mod db;
mod examples;
mod filters;
mod grpc;
mod late;
mod main_forms;
mod manual;
mod meanings;
mod names;
mod outages;
mod panics;
mod pipeline;
mod privacy;
mod propagation;
mod recording;
mod reports;
mod requests;
mod returned;
mod routes;
mod scopes;
mod shapes;
mod shipped;
mod spans;
mod spool;
mod stacks;
mod streaming;
mod telemetry;
mod traces;
mod ways;
mod web;

use tests::{Event, source};

/// Checks the innermost frame of an event against the marked line of a fixture.
#[track_caller]
fn left_by(event: &Event, fixture: &str, function: &str, mark: &str) {
    let frames = event.frames();
    let frame = frames.last().expect("a frame");
    assert_eq!(frame["function"], function);
    assert_eq!(frame["filename"], source::file(fixture));
    assert_eq!(frame["lineno"], source::line(fixture, mark));
    assert_eq!(frame["in_app"], true);
    let text = source::text(fixture, mark);
    assert_eq!(frame["context_line"], text);
    // A panic's is where its macro begins, an error's where a reader looks for what failed.
    if let Some(column) = frame["colno"].as_u64().filter(|_| event.mechanism().0.contains("function")) {
        let before = text.chars().nth(usize::try_from(column).expect("small") - 2);
        assert!(
            before.is_none_or(|before| !before.is_alphanumeric()),
            "a word begins there: {column} in {text}"
        );
    }
}

/// Function and line, innermost first, as the marks in a fixture say.
#[track_caller]
fn route(fixture: &str, stops: &[(&str, &str)]) -> Vec<tests::Hop> {
    let hop = |(function, mark): &(&str, &str)| tests::Hop {
        function: (*function).to_owned(),
        line: source::line(fixture, mark),
    };
    stops.iter().map(hop).collect()
}
