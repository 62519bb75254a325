//! Errors: what they are, the way they took, and that each is reported once.

mod chain;
mod event;
pub mod kind;
mod panic;
pub mod probe;
mod report;
mod route;
mod source;

pub(crate) use chain::{Cause, UNKNOWN_TYPE, causes_of};
pub(crate) use event::exceptions;
pub(crate) use panic::install_hook;
pub use probe::{Raised, Returned, Seen};
pub(crate) use report::{Findings, Hop};
pub(crate) use route::{Frame, Mailbox, Stash};
