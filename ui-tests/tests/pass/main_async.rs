#![deny(warnings, clippy::all, clippy::pedantic)]

#[sentry::main(flavor = "multi_thread", worker_threads = 2)]
async fn main() -> Result<(), Box<dyn std::error::Error>> {
    let one: u8 = tokio::spawn(async { "1".parse() }).await??;
    assert_eq!(one, 1);
    Ok(())
}
