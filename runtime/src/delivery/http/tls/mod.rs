//! Who may be the server, and who the client says it is.
//!
//! With both kinds of TLS in the program it is the system's: whoever has asked for that has done so on purpose.

#[cfg(not(any(feature = "native-tls", feature = "rustls")))]
mod absent;
#[cfg(any(feature = "native-tls", feature = "rustls"))]
mod files;
#[cfg(feature = "native-tls")]
mod native;
#[cfg(all(feature = "rustls", not(feature = "native-tls")))]
mod rust;

#[cfg(not(any(feature = "native-tls", feature = "rustls")))]
pub(crate) use absent::TlsSettings;
#[cfg(not(any(feature = "native-tls", feature = "rustls")))]
pub(super) use absent::{Https, Tls};
#[cfg(any(feature = "native-tls", feature = "rustls"))]
pub(crate) use files::TlsSettings;
#[cfg(feature = "native-tls")]
pub(super) use native::{Https, Tls};
#[cfg(all(feature = "rustls", not(feature = "native-tls")))]
pub(super) use rust::{Https, Tls};
