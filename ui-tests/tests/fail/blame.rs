//! What rustc finds in a body is shown in the body.

use sentry::monitored;

#[monitored]
fn no_conversion(text: &str) -> Result<u8, Problem> {
    let number: u8 = text
        .trim()
        .parse()?;
    Ok(number)
}

#[monitored]
async fn no_conversion_async(text: &str) -> Result<u8, Problem> {
    let number: u8 = std::future::ready(text.parse()).await?;
    Ok(number)
}

#[monitored]
fn not_a_result(number: u8) -> Result<u8, Problem> {
    number?;
    Ok(1)
}

#[monitored]
fn wrong_value(number: Result<u8, Problem>) -> Result<(), Problem> {
    let _: u16 = number?;
    Ok(())
}

#[monitored]
fn option(number: Option<u8>) -> Result<u8, Problem> {
    Ok(number?)
}

#[monitored]
fn wrong_tail() -> Result<u8, Problem> {
    "text"
}

#[monitored]
async fn wrong_return(yes: bool) -> Result<u8, Problem> {
    if yes {
        return 5;
    }
    Ok(1)
}

#[monitored]
fn unknown() -> Result<Unknown, Problem> {
    Ok(nothing)
}

struct Problem;

impl From<u8> for Problem {
    fn from(_: u8) -> Self {
        Self
    }
}

fn main() {}
