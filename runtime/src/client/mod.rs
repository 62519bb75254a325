//! The client: its options, where they come from, and the way from what was captured to an envelope.

mod acknowledge;
mod attachments;
mod batches;
mod carried;
mod choices;
mod defaults;
mod environment;
mod facts;
mod filter_options;
mod filters;
mod init;
mod instance;
mod into_dsn;
mod kept;
mod options;
mod pattern;
mod pipeline;
mod telemetry_options;
mod trace_options;
mod ways;

pub use choices::{
    BeforeCallback, ErrorSampler, EventSamplingStrategy, TracesSamplingStrategy, TransportFactory,
};
pub use defaults::Defaults;
pub(crate) use init::{BoundClient, NO_PACKAGE, Package, bind, start};
pub use init::{ClientInitGuard, InitError, init, try_init};
pub use instance::Client;
pub use into_dsn::IntoDsn;
pub use kept::{Durable, ParseDurableError, Spotlight};
pub use options::ClientOptions;
