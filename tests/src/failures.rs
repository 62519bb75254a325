//! How the fixtures with different forms of `main` fail: the same way as their twin without attributes.

use std::error::Error;
use std::num::ParseIntError;

use anyhow::Context as _;

/// What goes wrong in the fixtures' little shop.
#[derive(Debug, thiserror::Error)]
pub enum Trouble {
    /// The text of an order is no number.
    #[error("order `{text}` cannot be read")]
    Unreadable {
        /// The text.
        text: String,
        /// Why.
        source: ParseIntError,
    },
    /// There is no such order.
    #[error("order {0} is unknown")]
    Unknown(u32),
}

/// Reads the number of an order.
///
/// # Errors
///
/// [`Trouble::Unreadable`], with a cause.
pub fn read(text: &str) -> Result<u32, Trouble> {
    text.parse().map_err(|source| Trouble::Unreadable { text: text.to_owned(), source })
}

/// The same, the type of the error being lost in a box.
///
/// # Errors
///
/// [`Trouble::Unreadable`].
pub fn read_boxed(text: &str) -> Result<u32, Box<dyn Error>> {
    Ok(read(text)?)
}

/// The same with two layers of context.
///
/// # Errors
///
/// [`Trouble::Unreadable`] below the contexts.
pub fn read_with_context(text: &str) -> anyhow::Result<u32> {
    read(text).context("reading the first order").context("starting the shop")
}

/// The argument that chooses what a fixture does.
pub fn chosen() -> String {
    std::env::args().nth(1).unwrap_or_default()
}

/// Panics when that was chosen.
///
/// # Panics
///
/// With the argument `panic`.
#[track_caller]
pub fn panic_if_chosen() {
    assert!(chosen() != "panic", "out of paper");
}
