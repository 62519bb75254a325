//! Attributes on whole `impl` blocks.

use std::fmt::{self, Display, Formatter};

use async_trait::async_trait;
use sentry::{monitored, transaction};

/// Counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Counter<const STEP: usize>(usize);

#[transaction(op = "count", tags(step = STEP, kind = "counter"))]
impl<const STEP: usize> Counter<STEP> {
    /// The first.
    pub(crate) const ZERO: Self = Self(0);

    /// In the compiler, too.
    pub(crate) const fn new(count: usize) -> Self {
        Self(count)
    }

    /// Goes on.
    pub(crate) fn count(&mut self) -> Result<&mut usize, String> {
        let next = self.0.checked_add(STEP).ok_or("the end")?;
        self.0 = next;
        Ok(&mut self.0)
    }

    /// With an attribute of its own.
    #[monitored(tags(kind = "own", by = by), capture = false)]
    pub(crate) async fn count_by(mut self, by: usize) -> Result<Self, String> {
        for _ in 0..by {
            let _: &usize = self.count()?;
        }
        Ok(self)
    }

    /// Left alone.
    #[monitored(off)]
    pub(crate) fn get(self) -> usize {
        self.0
    }
}

#[monitored]
impl<const STEP: usize> Display for Counter<STEP> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.0)
    }
}

#[monitored]
unsafe impl<const STEP: usize> Sync for Shared<STEP> {}

/// Is shared.
#[derive(Debug)]
pub(crate) struct Shared<const STEP: usize>(std::cell::Cell<Counter<STEP>>);

/// What the two below implement.
#[async_trait]
pub(crate) trait Load {
    /// Loads.
    async fn load(&self, text: &str) -> Result<usize, std::num::ParseIntError>;
}

#[monitored]
#[async_trait]
impl Load for Counter<1> {
    async fn load(&self, text: &str) -> Result<usize, std::num::ParseIntError> {
        let number: usize = std::future::ready(text.parse()).await?;
        Ok(number + self.0)
    }
}

#[async_trait]
#[monitored]
impl Load for Counter<2> {
    async fn load(&self, text: &str) -> Result<usize, std::num::ParseIntError> {
        let number: usize = std::future::ready(text.parse()).await?;
        Ok(number * self.0)
    }
}

/// Outside of a block it leaves a function alone just the same.
#[monitored(off)]
pub(crate) const fn off() -> u8 {
    1
}

/// A town, and how it is made: without one at hand.
#[derive(Debug)]
pub(crate) struct Town {
    name: String,
}

#[monitored(op = "town", tags(town = self.name, kind = "town"), fingerprint(self.name, "town"))]
impl Town {
    /// What the block says of a town does not go for it.
    pub(crate) fn new(name: &str) -> Result<Self, String> {
        let name = name.strip_prefix("New ").ok_or("old")?.to_owned();
        Ok(Self { name })
    }

    /// It goes for this.
    pub(crate) fn length(&self) -> Result<usize, String> {
        Ok(self.name.len())
    }
}

pub(crate) async fn run() {
    let mut counter = Counter::<2>::new(1);
    assert_eq!(counter.count(), Ok(&mut 3));
    assert_eq!(counter.count_by(2).await.map(Counter::get), Ok(7));
    assert_eq!(counter.to_string(), "3");
    assert_eq!(Counter::<2>::ZERO.get(), 0);
    assert_eq!(Shared(std::cell::Cell::new(counter)).0.get().get(), 3);
    assert_eq!(Counter::<1>(1).load("2").await, Ok(3));
    assert_eq!(Counter::<2>(3).load("2").await, Ok(6));
    assert!(Counter::<2>(3).load("x").await.is_err());
    assert_eq!(off(), 1);
    let town = Town::new("New York").expect("a new one");
    assert_eq!(town.length(), Ok(4));
    assert!(Town::new("York").is_err());
}
