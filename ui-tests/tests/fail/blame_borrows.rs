//! What the borrow checker finds in a body is shown in the body.

use sentry::monitored;

#[monitored]
fn moved(problem: Problem) -> Result<u8, Problem> {
    drop(problem);
    Err(problem)
}

#[monitored]
async fn moved_async(result: Result<u8, Problem>) -> Result<u8, Problem> {
    result?;
    result?;
    Ok(1)
}

#[monitored]
fn outlives<'a, 'b>(a: &'a str, b: &'b str) -> &'a str {
    if a.is_empty() { a } else { b }
}

#[monitored]
async fn outlives_async<'a, 'b>(a: &'a str, b: &'b str) -> Result<&'a str, ()> {
    if a.is_empty() { Ok(a) } else { Ok(b) }
}

#[monitored]
fn local<'a>() -> Result<&'a str, Problem> {
    let text = String::new();
    Ok(&text)
}

struct Problem;

fn main() {}
