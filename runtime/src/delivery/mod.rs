//! Everything behind the caller: the buffers, the thread that empties them, and the ways out of the process.

mod backpressure;
mod buffers;
mod compression;
mod cut;
#[cfg(feature = "http")]
mod encoder;
#[cfg(feature = "http")]
mod gzip;
#[cfg(feature = "http")]
mod http;
mod ledger;
#[cfg(feature = "http")]
mod limits;
mod outlet;
mod owner_only;
#[cfg_attr(not(feature = "http"), expect(dead_code, reason = "what goes over HTTP needs it"))]
mod packet;
#[cfg_attr(not(feature = "http"), expect(dead_code, reason = "what goes over HTTP needs it"))]
mod queue;
#[cfg(feature = "http")]
mod resend;
#[cfg(feature = "http")]
mod retry;
#[cfg(feature = "http")]
mod sending;
mod sends;
#[cfg(feature = "spool")]
mod spool;
#[cfg(not(feature = "spool"))]
#[path = "spool/absent.rs"]
mod spool;
mod transport;
mod transports;
#[cfg(feature = "http")]
mod window;
mod worker;
#[cfg(feature = "zstd")]
mod zstd;

pub use compression::Compression;
#[cfg(feature = "http")]
pub(crate) use http::{HttpSettings, Proxies, TlsSettings};
pub(crate) use outlet::{Outlet, Ways};
pub(crate) use packet::{Packet, Priority};
pub(crate) use queue::{Flushed, Limits};
pub(crate) use spool::{Settings as SpoolSettings, Spool};
pub(crate) use transport::Feed;
pub use transport::Transport;
#[cfg(feature = "http")]
pub(crate) use transports::SpotlightTransport;
pub(crate) use transports::StderrTransport;
pub use transports::{FanOutTransport, FileTransport, NullTransport};
pub(crate) use worker::{Prepare, Way};
