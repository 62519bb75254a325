//! Everything behind the caller: the buffers, the thread that empties them, and the ways out of the process.

mod backpressure;
mod buffers;
#[cfg(feature = "http")]
mod cut;
#[cfg(feature = "http")]
mod gzip;
#[cfg(feature = "http")]
mod http;
mod ledger;
#[cfg(feature = "http")]
mod limits;
mod outlet;
mod packet;
mod queue;
#[cfg(feature = "http")]
mod retry;
#[cfg(feature = "http")]
mod sending;
mod stderr;
mod transport;
#[cfg(feature = "http")]
mod window;
mod worker;

#[cfg(feature = "http")]
pub(crate) use http::HttpSettings;
pub(crate) use outlet::Outlet;
pub(crate) use queue::{Flushed, Limits};
pub(crate) use stderr::StderrTransport;
pub use transport::Transport;
pub(crate) use worker::{Prepare, Way};
