#![deny(warnings, clippy::all, clippy::pedantic)]

#[tokio::main(flavor = "current_thread")]
#[sentry::main(debug = false)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let one: u8 = tokio::spawn(async { "1".parse() }).await??;
    assert_eq!(one, 1);
    Ok(())
}
