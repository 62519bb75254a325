#![deny(warnings, clippy::all, clippy::pedantic)]

#[sentry::main]
#[sentry::transaction(op = "task")]
async fn main() -> Result<(), std::num::ParseIntError> {
    let _: u8 = std::future::ready("1".parse()).await?;
    Ok(())
}
