//! `#[cron]` on functions of every form, without a warning that the plain function lacks.
#![deny(warnings, clippy::pedantic)]

use std::future::Future;
use std::pin::Pin;

use sentry::{cron, monitored, transaction};

struct Job<T>(Vec<T>);

trait Work {
    async fn work(&mut self) -> Option<u8>;
    fn longest<'a>(&'a self, other: &'a str) -> &'a str;
}

impl<T: Clone> Job<T> {
    #[cron(slug = "take")]
    fn take(self) -> impl Iterator<Item = T> {
        self.0.into_iter()
    }

    #[cron(slug = "last", schedule = "every day")]
    fn last(&mut self) -> Result<&mut T, String> {
        self.0.last_mut().ok_or("empty".to_owned())
    }
}

impl<T> Work for Job<T> {
    #[cron(slug = "work")]
    async fn work(&mut self) -> Option<u8> {
        self.0.pop()?;
        Some(std::future::ready(1).await)
    }

    #[cron(slug = "longest")]
    fn longest<'a>(&'a self, other: &'a str) -> &'a str {
        if self.0.is_empty() { "" } else { other }
    }
}

#[cron(slug = "unit")]
fn unit() {}

#[cron(slug = "empty")]
async fn empty() {}

#[cron(slug = "pattern")]
fn pattern((one, _): (u8, u8), [.., last]: [u8; 3]) -> u8 {
    #![allow(clippy::let_and_return)]
    const MORE: u8 = 1;
    let sum = one + last + MORE;
    sum
}

#[monitored]
#[cron(slug = "below")]
async fn below() -> Result<(), std::num::ParseIntError> {
    "1".parse::<u8>().map(drop)
}

#[cron(slug = "above")]
#[transaction]
async fn above() -> Result<u8, std::num::ParseIntError> {
    below().await?;
    "1".parse()
}

#[cron(slug = "boxed")]
fn boxed() -> Pin<Box<dyn Future<Output = ()> + Send>> {
    Box::pin(async {})
}

#[cron(slug = "forever")]
async fn forever() -> ! {
    loop {
        std::future::pending::<()>().await;
    }
}

#[cron(slug = "abort")]
fn abort() -> ! {
    std::process::exit(0)
}

#[cron(slug = "unsafe")]
unsafe extern "C" fn foreign(text: *const u8) -> *const u8 {
    text
}

fn is_send<F: Future + Send>(future: F) -> F {
    future
}

#[sentry::main]
#[cron(slug = "main")]
async fn main() {
    let mut job = Job(vec![1, 2]);
    unit();
    is_send(empty()).await;
    let _ = (pattern((1, 2), [1, 2, 3]), is_send(above()).await, job.last().is_ok());
    let _ = (job.work().await, job.longest("a").len());
    boxed().await;
    let _ = (job.take().count(), unsafe { foreign(std::ptr::null()) }.is_null());
    drop(is_send(forever()));
    abort();
}
