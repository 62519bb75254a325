#![deny(warnings, clippy::all, clippy::pedantic)]

use std::process::{ExitCode, Termination};

mod other {
    use super::Termination;

    #[sentry::main]
    pub fn start() -> impl Termination {
        Ok::<(), String>(())
    }
}

#[sentry::main]
fn main() -> ExitCode {
    let _ = other::start();
    ExitCode::SUCCESS
}
