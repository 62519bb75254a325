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

#[::sentry::transaction(
    name = "x {n}",
    root,
    source = "task",
    level = "info",
    tags(n, code = *err),
    data(n, code = *err),
    user(id = n),
    args(text),
    redact(pin),
    skip(x),
    fingerprint("a", err),
    ignore(::std::string::String, 7, e if *e == 8)
)]
fn every_argument(
    n: u8,
    text: ::std::string::String,
    pin: u8,
    x: u8,
) -> ::core::pin::Pin<::std::boxed::Box<dyn ::core::future::Future<Output = ::core::result::Result<u8, u8>>>> {
    ::core::mem::drop(text);
    ::std::boxed::Box::pin(::core::future::ready(::core::result::Result::Err(n + pin + x)))
}

#[::sentry::monitored(args(text), ignore(7, ::std::string::String), tags(code = *err), user(id = n))]
async fn every_other(n: u8, text: ::std::string::String) -> ::core::result::Result<u8, u8> {
    ::core::mem::drop(text);
    ::core::result::Result::Err(n)
}

#[::sentry::main(environment = "test")]
async fn main() -> ::core::result::Result<(), ()> {
    let n = asynchronous(1).await?;
    ::core::assert_eq!(n, 1);
    let text = ::std::string::String::new;
    ::core::assert!(every_argument(1, text(), 2, 3).await.is_err());
    ::core::assert!(every_other(1, text()).await.is_err());
    ::core::result::Result::Ok(())
}
