//! The client: its options, where they come from, and the way from what was captured to an envelope.

mod acknowledge;
mod as_event;
#[cfg(unix)]
mod at_exit;
mod attachments;
mod batches;
mod builtin;
mod carried;
mod certificate_options;
mod choices;
mod compression_options;
pub(crate) mod context_tags;
mod defaults;
mod environment;
mod facts;
mod filter_options;
mod filters;
mod init;
mod instance;
mod integration;
mod integration_options;
mod into_dsn;
mod kept;
mod options;
mod pattern;
mod pipeline;
mod recorded;
#[cfg(all(feature = "signals", unix))]
mod signals;
mod streaming;
mod telemetry_options;
mod trace_options;
mod variables;
mod ways;

pub use builtin::{
    AttachStacktraceIntegration, ContextIntegration, DebugImagesIntegration, ErrorChainIntegration,
    PanicIntegration, ProcessStacktraceIntegration, SignalsIntegration,
};
pub use choices::{
    BeforeCallback, ErrorSampler, EventSamplingStrategy, MaxRequestBodySize, TracesSamplingStrategy,
    TransportFactory, TransportOptions,
};
pub use compression_options::ParseCompressionError;
pub use defaults::Defaults;
pub(crate) use init::{BoundClient, NO_PACKAGE, Package, bind, start};
pub use init::{ClientInitGuard, InitError, apply_defaults, init, try_init};
pub use instance::Client;
pub use integration::Integration;
pub use into_dsn::IntoDsn;
pub use kept::{Durable, ParseDurableError, Spotlight};
pub use options::ClientOptions;
pub use streaming::{BeforeSendSpan, ParseTraceLifecycleError, TraceLifecycle};
