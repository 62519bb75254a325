#![deny(warnings, clippy::all, clippy::pedantic)]

#[sentry::main]
fn main() -> ! {
    std::process::exit(0)
}
