//! The only thing that expansions of the attributes call. Not part of the public interface: it may change with any
//! release.

mod call;
mod callsite;
pub mod cron;
mod extras;
mod failure;
mod future;
pub mod main;
mod pending;
mod recording;
mod site;
pub mod test;
pub mod value;
mod watched;

pub use call::{Call, call_once, enter, enter_with};
pub use extras::Extras;
pub use failure::Failure;
pub use future::{AsyncCall, Entered, Polled, Prepared, Witness, begin, prepare};
pub use site::{AtomicSite, Line, Site, at, note};
pub use watched::{ItemCall, Watched, WatchedStream, completed, watch, watch_stream};

pub use crate::__sentry_callsite as callsite;
pub use crate::api::Entry;
pub use crate::errors::{Held, Meaning, Registered, Report, Returned, Seen, Vars, held, kind, probe};
pub use crate::protocol::{Level, TransactionSource};
pub use crate::trace::{Callsite, Facts, Said, Sited, Source, UNSAID, unnamed};
pub use crate::work::{bind_closure, bind_future};
pub use inventory;
