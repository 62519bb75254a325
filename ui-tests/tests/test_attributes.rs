//! The attributes on either side of `#[test]` and `#[tokio::test]`.

use sentry::{monitored, transaction};

#[test]
#[monitored]
fn below_test() -> Result<(), String> {
    Ok(())
}

#[monitored]
#[test]
fn above_test() {}

#[monitored]
#[test]
#[should_panic(expected = "the reason")]
fn panics() {
    panic!("the reason")
}

#[tokio::test]
#[transaction]
async fn below_tokio_test() -> Result<(), std::num::ParseIntError> {
    let _: u8 = std::future::ready("1".parse()).await?;
    Ok(())
}

#[transaction]
#[tokio::test]
async fn above_tokio_test() -> Result<(), std::num::ParseIntError> {
    let _: u8 = std::future::ready("1".parse()).await?;
    Ok(())
}
