//! Everything behind the caller: the queue, the thread that empties it, and the ways out of the process.

#[cfg(feature = "http")]
mod http;
mod packet;
mod queue;
mod stderr;
mod transport;
mod worker;

#[cfg(feature = "http")]
pub(crate) use http::HttpSettings;
pub(crate) use queue::{Limits, Queue};
pub(crate) use stderr::StderrTransport;
pub use transport::Transport;
pub(crate) use worker::{Prepare, Way, start};
