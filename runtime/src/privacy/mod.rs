//! Privacy: which data integrations collect ([`DataCollection`]), which names tell a secret, and how secrets are taken
//! out of what is sent.
//!
//! The names are those of [`monitored_rules::is_sensitive`], so that arguments, headers and attributes follow one rule.
//!
//! Source: Sentry's SDK documentation, "Data scrubbing" and "Data collection".

mod addresses;
mod collection;
mod filter;
mod names;
mod pairs;
mod secret;
mod statement;

pub use collection::{Collect, DataCollection};
pub(crate) use filter::Filter;
pub use secret::Secret;
pub(crate) use statement::operation;
pub use statement::scrub;

/// What stands in the place of a secret.
pub(crate) const FILTERED: &str = "[Filtered]";
