//! The readable report: what would have been sent, as text for whoever sits in front of the program.
//!
//! Pure functions from protocol types to text. Whoever calls them decides where the text goes.

mod bar;
mod error;
mod line;
mod style;
mod transaction;
mod tree;

pub(crate) use self::error::error;
pub(crate) use self::style::Style;
pub(crate) use self::transaction::transaction;

#[cfg(test)]
mod tests;
