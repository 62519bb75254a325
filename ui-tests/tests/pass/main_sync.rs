#![deny(warnings, clippy::all, clippy::pedantic)]

/// Not the one that the expansion adds.
fn inner() -> Result<u8, std::num::ParseIntError> {
    "1".parse()
}

#[sentry::main(environment = "test", release = "ui@1.0.0", traces_sample_rate = 1)]
fn main() -> Result<(), Box<dyn std::error::Error>> {
    const ONE: u8 = 1;
    let value = inner()?;
    assert_eq!(value, ONE);
    Ok(())
}
