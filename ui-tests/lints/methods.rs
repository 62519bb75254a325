//! Methods: the kinds of `self`, traits and their implementations.

use std::pin::Pin;
use std::rc::Rc;

use sentry::{monitored, transaction};

/// A store.
#[derive(Debug, Default, Clone)]
pub(crate) struct Store<T> {
    rows: Vec<T>,
}

impl<T: Clone + PartialEq> Store<T> {
    const MOST: usize = 2;

    #[monitored]
    pub(crate) fn new() -> Self {
        Self { rows: Vec::new() }
    }

    #[monitored(op = "db", tags(rows = self.rows.len()))]
    pub(crate) fn add(&mut self, row: T) -> Result<&mut T, T> {
        if self.rows.len() == Self::MOST {
            return Err(row);
        }
        self.rows.push(row);
        let last = self.rows.len() - 1;
        Ok(&mut self.rows[last])
    }

    #[transaction]
    pub(crate) fn first(&self) -> Option<&T> {
        self.rows.first()
    }

    #[monitored]
    pub(crate) fn into_rows(self) -> Vec<T> {
        self.rows
    }

    #[monitored]
    pub(crate) fn mutable(mut self) -> Self {
        self.rows.clear();
        self
    }

    #[monitored]
    pub(crate) fn boxed(self: Box<Self>) -> usize {
        self.rows.len()
    }

    #[monitored]
    pub(crate) fn counted(self: &Rc<Self>) -> Rc<Self> {
        Rc::clone(self)
    }

    #[monitored]
    pub(crate) fn pinned(self: Pin<&mut Self>) -> Result<usize, ()> {
        Ok(self.rows.len())
    }

    #[monitored]
    pub(crate) fn rows(&self) -> impl Iterator<Item = &T> + '_ {
        self.rows.iter()
    }

    #[monitored(tags(row = name))]
    pub(crate) async fn load(&self, name: &str) -> Result<&T, String> {
        std::future::ready(()).await;
        let row = self.rows.first().ok_or_else(|| name.to_owned())?;
        Ok(row)
    }

    #[monitored]
    pub(crate) async fn store(&mut self, row: T) -> Result<&mut T, T> {
        std::future::ready(()).await;
        self.add(row)
    }
}

/// Something that decodes.
pub(crate) trait Decode {
    /// What comes out.
    type Output;

    /// Has a body in each implementation.
    fn decode(&self) -> Result<Self::Output, String>;

    /// Has a body here.
    #[monitored]
    fn decode_all(&self) -> Result<Vec<Self::Output>, String>
    where
        Self: Sized,
    {
        let first = self.decode()?;
        Ok(vec![first])
    }

    /// An associated function.
    #[monitored]
    fn name() -> &'static str
    where
        Self: Sized,
    {
        std::any::type_name::<Self>()
    }

    /// Async, in a trait.
    #[monitored]
    #[allow(async_fn_in_trait, reason = "the form under test")]
    async fn decode_later(&self) -> Result<Self::Output, String> {
        std::future::ready(()).await;
        self.decode()
    }
}

impl<T: Clone> Decode for Store<T> {
    type Output = T;

    #[monitored]
    fn decode(&self) -> Result<T, String> {
        let Some(row) = self.rows.first() else { return Err("empty".to_owned()) };
        Ok(row.clone())
    }
}

impl Decode for Result<u8, String> {
    type Output = u8;

    #[monitored(crate = ::sentry)]
    fn decode(&self) -> Self {
        self.clone()
    }
}

impl<T> Drop for Guard<T> {
    #[monitored]
    fn drop(&mut self) {
        self.0 = None;
    }
}

/// Has a destructor.
#[derive(Debug)]
pub(crate) struct Guard<T>(pub(crate) Option<T>);

impl<T: std::fmt::Debug> std::fmt::Display for Store<T> {
    #[monitored]
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        for row in &self.rows {
            write!(f, "{row:?}")?;
        }
        Ok(())
    }
}

pub(crate) async fn run() {
    let mut store = Store::new();
    assert!(store.add(1).is_ok() && store.add(2).is_ok() && store.add(3).is_err());
    assert_eq!(store.first(), Some(&1));
    assert_eq!(store.rows().count(), 2);
    assert_eq!(store.decode(), Ok(1));
    assert_eq!(store.decode_all(), Ok(vec![1]));
    assert_eq!(store.decode_later().await, Ok(1));
    assert_eq!(Ok::<u8, String>(1).decode(), Ok(1));
    assert!(Store::<u8>::name().contains("Store"));
    assert_eq!(store.to_string(), "12");
    assert_eq!(store.load("x").await, Ok(&1));
    assert!(store.store(1).await.is_err());
    assert_eq!(Rc::new(store.clone()).counted().rows.len(), 2);
    assert_eq!(Pin::new(&mut store).pinned(), Ok(2));
    assert_eq!(Box::new(store.clone()).boxed(), 2);
    assert_eq!(store.clone().into_rows(), [1, 2]);
    assert!(store.mutable().rows.is_empty());
    drop(Guard(Some(1)));
}
