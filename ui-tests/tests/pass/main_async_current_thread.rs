#![deny(warnings, clippy::all, clippy::pedantic)]

#[sentry::main(flavor = "current_thread")]
async fn main() {
    tokio::task::yield_now().await;
}
