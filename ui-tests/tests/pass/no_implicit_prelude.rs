#![no_implicit_prelude]
#![deny(warnings)]

mod core {}
mod std {}
mod tokio {}

#[::sentry::monitored(tags(a = "b", n = n))]
fn sync(n: u8) -> ::core::result::Result<u8, ()> {
    let n = ::core::result::Result::<u8, ()>::Ok(n)?;
    ::core::result::Result::Ok(n)
}

#[::sentry::transaction(name = "x", tags(a = "b", n = n))]
async fn asynchronous(n: u8) -> ::core::result::Result<u8, ()> {
    let n = ::core::future::ready(sync(n)).await?;
    ::core::result::Result::Ok(n)
}

#[::sentry::main(environment = "test")]
async fn main() -> ::core::result::Result<(), ()> {
    let n = asynchronous(1).await?;
    ::core::assert_eq!(n, 1);
    ::core::result::Result::Ok(())
}
