//! What is plugged into every client, and can be switched off or replaced by one's own.
//!
//! ```
//! use sentry::integrations::contexts::ContextIntegration;
//!
//! let options = sentry::ClientOptions::new()
//!     .disabled_integrations(["debug-images"])
//!     .add_integration(ContextIntegration::new().add_device(false));
//! ```

#[cfg(feature = "actix")]
pub mod actix;
pub mod anyhow;
pub mod db;
#[cfg(feature = "eyre")]
pub mod eyre;

/// Stacks: of the thread that captures, and what is said about their frames.
pub mod backtrace {
    pub use crate::client::{AttachStacktraceIntegration, ProcessStacktraceIntegration};
    pub use crate::errors::{current_stacktrace, current_thread};
}

/// What is known of the machine and the program.
pub mod contexts {
    pub use crate::client::ContextIntegration;
}

/// What is loaded into the process.
pub mod debug_images {
    pub use crate::client::DebugImagesIntegration;
    pub use crate::errors::debug_images;
}

/// The causes of errors.
pub mod error_chain {
    pub use crate::client::ErrorChainIntegration;
}

/// Signals that end the program.
pub mod signals {
    pub use crate::client::SignalsIntegration;
}

/// Panics.
pub mod panic {
    pub use crate::client::PanicIntegration;
    pub use crate::errors::{message_from_panic_info, panic_handler};
}

#[cfg(any(feature = "reqwest", feature = "tower"))]
mod carry;
#[cfg(feature = "tower")]
mod grpc;
#[cfg(any(feature = "actix", feature = "reqwest", feature = "tower"))]
mod http_status;
#[cfg(feature = "log")]
pub mod log;
#[cfg(feature = "reqwest")]
pub mod reqwest;
#[cfg(any(feature = "actix", feature = "tower"))]
mod server;
#[cfg(feature = "tower")]
pub mod tower;
#[cfg(feature = "tracing")]
pub mod tracing;
