//! The smallest program with a report: `cargo run --example quickstart`.

use std::{error::Error, fs, io};

use sentry::monitored;

#[sentry::main]
fn main() -> Result<(), Box<dyn Error>> {
    println!("listening on port {}", port("quickstart.conf")?);
    Ok(())
}

#[monitored(tags(file = path))]
fn port(path: &str) -> Result<u16, Box<dyn Error>> {
    let text = read(path)?;
    Ok(text.trim().parse()?)
}

#[monitored]
fn read(path: &str) -> io::Result<String> {
    fs::read_to_string(path)
}
