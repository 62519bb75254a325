//! The forms in edition 2021.

#[path = "../../lints/mod.rs"]
mod forms;

/// Runs all of them.
pub async fn run() {
    forms::run().await;
}
