//! Ways out of the process other than HTTP to Sentry.

mod fan_out;
mod file;
mod null;
#[cfg(feature = "http")]
mod spotlight;
mod stderr;

pub use fan_out::FanOutTransport;
pub use file::FileTransport;
pub use null::NullTransport;
#[cfg(feature = "http")]
pub(crate) use spotlight::SpotlightTransport;
pub(crate) use stderr::StderrTransport;
