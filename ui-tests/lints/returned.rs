//! Functions that return work: futures and streams, boxed or not, by hand or by `#[async_trait]`.

use std::future::{Future, ready};
use std::pin::Pin;
use std::task::Poll;

use async_trait::async_trait;
use futures_util::future::{BoxFuture, FutureExt, LocalBoxFuture};
use futures_util::stream::{self, BoxStream, LocalBoxStream, Stream, StreamExt};
use sentry::{monitored, transaction};

type AnyError = Box<dyn std::error::Error>;

#[monitored]
pub(crate) fn hidden(text: &str) -> impl Future<Output = Result<u8, std::num::ParseIntError>> {
    let parsed = text.parse();
    async move {
        let number: u8 = ready(parsed).await?;
        Ok(number + 1)
    }
}

#[transaction(name = "x", tags(text = text))]
pub(crate) fn captures<'a>(text: &'a str) -> impl Future<Output = Result<&'a str, String>> + Send + 'a {
    async move {
        if text.is_empty() {
            return Err("empty".to_owned());
        }
        Ok(text)
    }
}

#[monitored]
pub(crate) fn ready_made(number: u8) -> impl Future<Output = u8> + Send + Unpin + 'static {
    ready(number)
}

#[monitored]
pub(crate) fn unit() -> impl Future<Output = ()> {
    ready(())
}

#[monitored]
pub(crate) fn unnamed() -> impl Future<Output = impl Iterator<Item = u8>> {
    async { vec![1, 2].into_iter() }
}

#[monitored]
pub(crate) fn pinned<'a>(text: &'a str) -> Pin<Box<dyn Future<Output = Result<u8, AnyError>> + 'a>> {
    Box::pin(async move {
        let number: u8 = text.parse()?;
        match number {
            0 => Err("zero".into()),
            other => Ok(other),
        }
    })
}

#[monitored]
pub(crate) fn boxed<T: Clone + Send + Sync>(value: &T) -> BoxFuture<'_, Result<T, String>> {
    async move { Ok(value.clone()) }.boxed()
}

#[monitored]
pub(crate) fn branches(number: u8) -> BoxFuture<'static, Result<u8, u8>> {
    if number == 0 {
        return Box::pin(ready(Err(0)));
    }
    match number {
        1 => Box::pin(async { Ok(1) }),
        2 => Box::pin(branches(1)),
        other => {
            let work = async move { Err(other) };
            Box::pin(work)
        }
    }
}

#[monitored]
pub(crate) fn local(value: std::rc::Rc<u8>) -> LocalBoxFuture<'static, Option<u8>> {
    async move { Some(*value) }.boxed_local()
}

#[monitored]
pub(crate) fn items(of: Vec<u8>) -> impl Stream<Item = Result<u8, u8>> {
    stream::iter(of).map(|item| if item == 2 { Err(item) } else { Ok(item) })
}

#[monitored(tags(first = of.first().copied().unwrap_or_default()))]
pub(crate) fn boxed_items(of: &[u8]) -> BoxStream<'_, u8> {
    stream::iter(of.iter().copied()).boxed()
}

#[monitored]
pub(crate) fn pinned_items<'a>(of: &'a [u8]) -> Pin<Box<dyn Stream<Item = &'a u8> + Send + 'a>> {
    Box::pin(stream::iter(of))
}

#[monitored]
pub(crate) fn local_items() -> LocalBoxStream<'static, ()> {
    stream::iter([()]).boxed_local()
}

#[monitored]
pub(crate) fn poll(number: u8) -> Poll<Result<u8, u8>> {
    if number == 0 {
        return Poll::Pending;
    }
    Poll::Ready(Err(number))
}

#[monitored]
pub(crate) fn poll_item(number: u8) -> Poll<Option<Result<u8, String>>> {
    if number == 0 { Poll::Ready(None) } else { Poll::Ready(Some(Err("one".to_owned()))) }
}

#[monitored]
pub(crate) fn nested(number: u8) -> Result<Result<u8, String>, std::num::ParseIntError> {
    let number: u8 = (u16::from(number) * 2).to_string().parse()?;
    Ok(Err(number.to_string()))
}

#[monitored]
pub(crate) fn flow(number: u8) -> std::ops::ControlFlow<u8, String> {
    if number == 0 {
        return std::ops::ControlFlow::Break(number);
    }
    std::ops::ControlFlow::Continue(String::new())
}

/// Read by `#[async_trait]` before our attribute sees it.
#[async_trait]
pub(crate) trait Service {
    /// Has a body in each implementation.
    async fn call(&mut self, request: String) -> Result<usize, String>;

    /// Has a body here.
    #[monitored]
    async fn name(&self) -> &'static str {
        "service"
    }

    /// Returns nothing.
    #[monitored]
    async fn nothing(&self) {}
}

/// Counts.
#[derive(Debug)]
pub(crate) struct Counter(pub(crate) usize);

#[async_trait]
impl Service for Counter {
    #[transaction(tags(length = request.len()))]
    async fn call(&mut self, request: String) -> Result<usize, String> {
        ready(()).await;
        if request.is_empty() {
            return Err(request);
        }
        self.0 += parse(&request)?;
        Ok(self.0)
    }
}

fn parse(text: &str) -> Result<usize, String> {
    text.parse().map_err(|_| text.to_owned())
}

/// Without a macro.
pub(crate) trait Plain {
    /// In a trait.
    #[monitored]
    fn later(&self) -> impl Future<Output = Result<u8, u8>> + Send {
        async { Ok(1) }
    }
}

impl Plain for Counter {}

/// The work stays what it was.
pub(crate) fn stays() -> impl Send {
    fn is_send<T: Send>(value: T) -> T {
        value
    }
    fn is_sync<T: Sync>(value: T) -> T {
        value
    }
    (
        is_send(hidden("1")),
        is_sync(is_send(captures("1"))),
        is_sync(is_send(ready_made(1))),
        is_send(pinned_in("1")),
        is_sync(is_send(items(Vec::new()))),
    )
}

#[monitored]
fn pinned_in(text: &'static str) -> Pin<Box<dyn Future<Output = &'static str> + Send>> {
    Box::pin(ready(text))
}

pub(crate) async fn run() {
    assert_eq!(hidden("1").await, Ok(2));
    assert!(hidden("x").await.is_err());
    assert_eq!(captures("").await, Err("empty".to_owned()));
    assert_eq!(ready_made(1).await, 1);
    unit().await;
    assert_eq!(unnamed().await.sum::<u8>(), 3);
    assert_eq!(pinned("3").await.ok(), Some(3));
    assert!(pinned("0").await.is_err());
    assert_eq!(boxed(&1).await, Ok(1));
    for (number, expected) in [(0, Err(0)), (1, Ok(1)), (2, Ok(1)), (3, Err(3))] {
        assert_eq!(branches(number).await, expected);
    }
    assert_eq!(local(std::rc::Rc::new(1)).await, Some(1));
    assert_eq!(items(vec![1, 2, 3]).collect::<Vec<_>>().await, [Ok(1), Err(2), Ok(3)]);
    assert_eq!(boxed_items(&[1, 2]).collect::<Vec<_>>().await, [1, 2]);
    assert_eq!(pinned_items(&[1, 2]).size_hint(), (2, Some(2)));
    assert_eq!(local_items().count().await, 1);
    assert!(poll(0).is_pending() && poll(1).is_ready());
    assert!(poll_item(0).is_ready() && poll_item(1).is_ready());
    assert_eq!(nested(1), Ok(Err("2".to_owned())));
    assert!(nested(200).is_err());
    assert!(flow(0).is_break() && flow(1).is_continue());
    let mut counter = Counter(1);
    assert_eq!(counter.call("2".to_owned()).await, Ok(3));
    assert!(counter.call("x".to_owned()).await.is_err());
    assert_eq!(counter.name().await, "service");
    counter.nothing().await;
    assert_eq!(counter.later().await, Ok(1));
    drop(stays());
}
