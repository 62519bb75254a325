//! Beside `#[tracing::instrument]`, in either order.

use sentry::{monitored, transaction};
use tracing::instrument;

#[monitored]
#[instrument(skip_all, err)]
fn below(text: &str) -> Result<u8, std::num::ParseIntError> {
    let number = text.parse::<u8>()?;
    Ok(number)
}

#[instrument(ret)]
#[transaction(op = "task")]
fn above(number: u8) -> u8 {
    number + 1
}

#[monitored]
#[instrument(skip_all, err)]
async fn async_below(text: &str) -> Result<u8, std::num::ParseIntError> {
    std::future::ready(text.parse()).await
}

#[instrument]
#[monitored]
async fn async_above(text: &str) -> Result<u8, String> {
    let number = async_below(text).await.map_err(|error| error.to_string())?;
    Ok(number)
}

fn main() {
    assert!(below("1").is_ok() && below("x").is_err());
    assert_eq!(above(1), 2);
    let runtime = tokio::runtime::Runtime::new().unwrap();
    assert_eq!(runtime.block_on(async_above("3")), Ok(3));
    assert!(runtime.block_on(async_above("x")).is_err());
}
