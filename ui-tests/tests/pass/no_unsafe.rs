//! A program that forbids unsafe code may have attributes, in whatever they stand.

#![deny(warnings)]
#![forbid(unsafe_code)]

use sentry::{monitored, transaction};

struct Store<T>(T);

#[monitored]
impl<T: Clone> Store<T> {
    fn get(&self) -> T {
        self.0.clone()
    }

    async fn load(&self) -> Result<T, std::fmt::Error> {
        Ok(self.get())
    }
}

#[transaction(op = "task")]
fn run() -> Result<(), std::num::ParseIntError> {
    "7".parse::<u8>().map(drop)
}

macro_rules! functions {
    ($($name:ident),*) => {$( #[monitored] fn $name() {} )*};
}
functions!(one, two);

#[sentry::main]
fn main() {
    drop(run());
    drop(Store(1).load());
    one();
    two();
}
