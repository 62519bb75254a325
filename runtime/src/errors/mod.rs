//! Errors: what they are, the way they took, and that each is reported once.

mod chain;
mod event;
mod native;
mod panic;
pub mod probe;
mod report;
mod route;
mod source;

pub(crate) use chain::{Cause, UNKNOWN_TYPE, causes_of};
pub(crate) use event::exceptions;
pub(crate) use native::{Own, Stack, complete, lacks_stack, set_program};
pub(crate) use panic::{FlushesOnUnwind, install_hook};
pub use probe::{Raised, Returned, Seen};
pub(crate) use report::Hop;
pub(crate) use route::{Frame, Mailbox, Stash};
