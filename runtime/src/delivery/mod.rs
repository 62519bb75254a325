//! Everything behind the caller: the queue, the thread that empties it, and the ways out of the process.

#[cfg(feature = "http")]
mod http;
mod owner_only;
mod packet;
mod queue;
#[cfg(feature = "http")]
mod resend;
#[cfg(feature = "spool")]
mod spool;
#[cfg(not(feature = "spool"))]
#[path = "spool/absent.rs"]
mod spool;
mod transport;
mod transports;
mod worker;

#[cfg(feature = "http")]
pub(crate) use http::HttpSettings;
pub(crate) use packet::Packet;
pub(crate) use queue::{Limits, Queue};
pub(crate) use spool::{Settings as SpoolSettings, Spool};
pub use transport::Transport;
#[cfg(feature = "http")]
pub(crate) use transports::SpotlightTransport;
pub(crate) use transports::StderrTransport;
pub use transports::{FanOutTransport, FileTransport, NullTransport};
pub(crate) use worker::{Prepare, Way, start};
