//! Async functions.

use std::cell::Cell;
use std::future::{Future, ready};

use sentry::{cron, monitored, transaction};

#[monitored]
pub(crate) async fn unit() {}

#[monitored]
pub(crate) async fn result(text: &str) -> Result<i32, std::num::ParseIntError> {
    ready(()).await;
    let number: i32 = ready(text.parse()).await?;
    Ok(number)
}

#[transaction(name = "all", op = "task", tags(kind = "x", id = id, name = name.as_str(), text), propagate = true)]
#[cfg(any())]
pub(crate) async fn not_compiled() {}

#[transaction(name = "all", op = "task", tags(kind = "x", id = id, name = name.as_str()), capture = true)]
pub(crate) async fn arguments(id: u64, name: String) -> Result<String, Box<dyn std::error::Error>> {
    ready(()).await;
    if id == 0 {
        return Err(name.into());
    }
    Ok(name)
}

#[monitored]
pub(crate) async fn references<'a>(a: &'a mut String, b: &str) -> Result<&'a mut String, ()> {
    a.push_str(b);
    Ok(a)
}

#[monitored]
pub(crate) async fn generic<T: Clone, F: Future<Output = T>>(future: F) -> (T, T) {
    let value = future.await;
    (value.clone(), value)
}

#[monitored]
pub(crate) async fn impl_trait(values: impl Iterator<Item = u8>) -> Result<impl Iterator<Item = u8>, ()> {
    ready(()).await;
    Ok(values.filter(|value| *value > 1))
}

#[monitored]
pub(crate) async fn patterns((a, _): (u8, u8), mut b: u8, _: u8) -> u8 {
    b += 1;
    a + b
}

#[monitored]
pub(crate) async unsafe fn unsafe_fn(pointer: *const u8) -> u8 {
    unsafe { *pointer }
}

#[monitored]
pub(crate) async fn never(end: bool) -> ! {
    assert!(!end, "the end");
    loop {
        ready(()).await;
    }
}

#[monitored(tags(end = end))]
pub(crate) async fn never_with_tags(end: bool) -> ! {
    loop {
        assert!(!end, "the end");
        ready(()).await;
    }
}

#[monitored]
pub(crate) async fn items() -> Result<u8, u8> {
    const ONE: u8 = 1;
    fn two() -> Result<u8, u8> {
        let two = Ok::<u8, u8>(2)?;
        Ok(two)
    }
    let two = two()?;
    Ok(ONE + two)
}

#[monitored]
pub(crate) async fn shadows() -> Result<u8, u8> {
    #[allow(unused_imports, reason = "hides the names that an expansion could rely on")]
    use std::fmt::Result;
    let call = 1;
    let site = 2;
    let ret = 3;
    let witness = Ok::<u8, u8>(4)?;
    Ok(call + site + ret + witness)
}

#[monitored]
pub(crate) async fn local(cell: &Cell<u8>) -> Result<(), ()> {
    cell.set(1);
    ready(()).await;
    Ok(())
}

#[monitored]
pub(crate) async fn diverges(yes: bool) -> Result<(), String> {
    if yes {
        return Err("yes".to_owned());
    }
    panic!("no")
}

#[monitored]
pub(crate) async fn recursive(depth: u8) -> Result<u8, ()> {
    if depth == 0 {
        return Ok(0);
    }
    let below = Box::pin(recursive(depth - 1)).await?;
    Ok(below + 1)
}

#[monitored]
pub(crate) async fn spawns() -> Result<u8, tokio::task::JoinError> {
    let a = tokio::spawn(async { 1 });
    let b = tokio::task::spawn(async move { a.await.map(|n| n + 1) });
    let c = tokio::task::spawn_blocking(|| 1).await?;
    let d = std::thread::spawn(move || c).join().unwrap_or_default();
    Ok(b.await?? + d)
}

#[monitored]
pub(crate) async fn lock(mutex: &tokio::sync::Mutex<u8>) -> Result<u8, ()> {
    let value = *mutex.lock().await;
    if value == 0 { Err(()) } else { Ok(value) }
}

#[monitored]
pub(crate) async fn handle() -> tokio::task::JoinHandle<u8> {
    tokio::spawn(ready(1))
}

#[transaction]
pub(crate) async fn future() -> impl Future<Output = u8> {
    ready(1)
}

/// The futures stay `Send`, whatever the function notes.
pub(crate) fn stays_send(name: &'static str) -> impl Send {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    let mutex = Box::leak(Box::new(tokio::sync::Mutex::new(1)));
    (
        is_send(result(name)),
        is_send(spawns()),
        is_send(items()),
        is_send(never(true)),
        is_send(never_with_tags(true)),
        is_send(lock(mutex)),
        is_send(generic(ready(1))),
        is_send(diverges(true)),
    )
}

#[cron(slug = "items")]
pub(crate) async fn items_of_a_job() -> Result<u8, u8> {
    use std::convert::identity;
    const ONE: u8 = 1;
    ready(()).await;
    Ok(identity(ONE))
}

/// So are those that may be carried over a caught panic.
#[allow(dead_code, reason = "only compiled")]
fn stays_unwind_safe(text: &'static str) -> impl Sized {
    const fn is_unwind_safe<T: std::panic::UnwindSafe + std::panic::RefUnwindSafe>(value: T) -> T {
        value
    }
    (is_unwind_safe(result(text)), is_unwind_safe(unit()))
}

pub(crate) async fn run() {
    unit().await;
    assert_eq!(result("1").await, Ok(1));
    assert!(result("x").await.is_err());
    assert!(arguments(0, "n".to_owned()).await.is_err() && arguments(1, "n".to_owned()).await.is_ok());
    assert!(references(&mut "a".to_owned(), "b").await.is_ok());
    assert_eq!(generic(ready(1)).await, (1, 1));
    assert_eq!(impl_trait(vec![1, 2].into_iter()).await.map(Iterator::count), Ok(1));
    assert_eq!(patterns((1, 1), 1, 1).await, 3);
    assert_eq!(unsafe { unsafe_fn(&1) }.await, 1);
    assert_eq!(items().await, Ok(3));
    assert_eq!(shadows().await, Ok(10));
    assert_eq!(items_of_a_job().await, Ok(1));
    assert_eq!(local(&Cell::new(0)).await, Ok(()));
    assert_eq!(diverges(true).await, Err("yes".to_owned()));
    assert_eq!(recursive(3).await, Ok(3));
    assert_eq!(spawns().await.ok(), Some(3));
    assert_eq!(handle().await.await.ok(), Some(1));
    assert_eq!(future().await.await, 1);
    drop(stays_send("1"));
    assert!(tokio::spawn(async { never(true).await }).await.is_err());
    assert!(tokio::spawn(async { never_with_tags(true).await }).await.is_err());
}
