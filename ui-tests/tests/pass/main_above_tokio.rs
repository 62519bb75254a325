#![deny(warnings, clippy::all, clippy::pedantic)]

use tokio::main as entry;

/// Documented.
#[sentry::main(debug = false)]
#[allow(dead_code, reason = "stays on the outer function")]
#[entry(flavor = "current_thread")]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let one: u8 = tokio::spawn(async { "1".parse() }).await??;
    assert_eq!(one, 1);
    Ok(())
}
