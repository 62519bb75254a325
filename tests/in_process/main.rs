//! Tests as a user writes them: each with a client of its own, in one process, in parallel.

mod attribute;
mod captured;
mod isolation;
mod served;

use std::num::ParseIntError;

use sentry::{monitored, transaction};

/// What the tests of this program test.
#[monitored(tags(text = text))]
fn number(text: &str) -> Result<u32, ParseIntError> {
    text.parse()
}

/// Hands work to tasks and threads.
#[transaction(op = "task", name = "sum")]
async fn sum(one: &str, other: &str) -> Result<u32, ParseIntError> {
    let (one, other) = (one.to_owned(), other.to_owned());
    let task = tokio::spawn(async move { number(&one) });
    let thread = std::thread::spawn(move || number(&other));
    let one = task.await.unwrap_or(Ok(0))?;
    Ok(one + thread.join().unwrap_or(Ok(0))?)
}

/// The value of the tag `text` of each captured event, sorted.
#[track_caller]
fn texts() -> Vec<String> {
    let events = sentry::test::events();
    let mut texts: Vec<_> = events.into_iter().filter_map(|event| event.tags.get("text").cloned()).collect();
    texts.sort();
    texts
}
