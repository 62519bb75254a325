//! Sentry for Rust, by attributes.
//!
//! ```no_run
//! use sentry::{monitored, transaction};
//!
//! #[sentry::main(environment = "production", traces_sample_rate = 0.2)]
//! fn main() -> Result<(), std::num::ParseIntError> {
//!     total(&["3", "four"])?;
//!     Ok(())
//! }
//!
//! #[transaction(op = "task", name = "total")]
//! fn total(amounts: &[&str]) -> Result<u64, std::num::ParseIntError> {
//!     amounts.iter().map(|amount| parse(amount)).sum()
//! }
//!
//! #[monitored(tags(module = "billing"))]
//! fn parse(amount: &str) -> Result<u64, std::num::ParseIntError> {
//!     Ok(amount.parse()?) // a failure here is reported once, with this line
//! }
//! ```
//!
//! - [`#[sentry::main]`](main) starts the client, captures the error that `main` returns, and sends everything before
//!   the program ends.
//! - [`#[monitored]`](monitored) makes a function visible: a span while a transaction runs, and its returned `Err`
//!   captured once, with the line by which it left each attributed function.
//! - [`#[transaction]`](transaction) is `#[monitored]` that opens a transaction when none is running.
//! - [`#[cron]`](cron) reports each run of a scheduled job.
//! - [`#[sentry::test]`](macro@test) gives a test a client of its own, and [`sentry::test`](mod@test) reads what that
//!   captured.
//! - [`continue_trace`], [`trace_headers`] and [`PropagateTrace`] carry a trace through several services and processes.
//! - Everything else is here for what attributes do not cover: [`capture_error`], [`configure_scope`],
//!   [`start_transaction`], …
//!
//! # Features
//!
//! | feature | default | what |
//! |---|---|---|
//! | `backtrace` | yes | native stacks of panics and of [`attach_stacktrace`](ClientOptions::attach_stacktrace), with the images that a server needs to name addresses |
//! | `dotenv` | yes | [`ClientOptions::dotenv`]: variables from a file `.env` |
//! | `http` | yes | delivery to Sentry, over HTTPS with `rustls` or `native-tls`; without it what is captured goes to the [`transport`](ClientOptions::transport), or nowhere |
//! | `http2` | no | HTTP/2 with servers that offer it: fewer connections; without it HTTP/1.1, kept alive |
//! | `log` | no | `integrations::log`: records of the crate `log` become events, breadcrumbs and structured logs |
//! | `multi-thread` | yes | the runtime of an `async fn main` under [`#[sentry::main]`](main) that brings none |
//! | `rustls` | yes | TLS written in Rust |
//! | `native-tls` | no | the system's TLS, in the place of `rustls` |
//! | `signals` | no | SIGTERM and SIGINT wait for delivery, `shutdown_timeout` at the longest, then they act: [`integrations::signals`] |
//! | `axum`, `tower` | no | `integrations::tower`: a layer for servers |
//! | `actix` | no | `integrations::actix`: a middleware for servers of actix-web |
//! | `reqwest` | no | `integrations::reqwest`: requests that are sent are spans, and carry the trace on |
//! | `eyre` | no | `integrations::eyre`: reports captured by hand; attributed functions know them without it |
//! | `spool` | no | [`ClientOptions::spool`]: what could not be sent is kept on disk, and with [`durable`](ClientOptions::durable) every error before anything else |
//! | `zstd` | no | [`ClientOptions::compression`] by Zstandard |
//! | `tracing` | no | `integrations::tracing`: spans and events of the crate `tracing` become spans, events, breadcrumbs and structured logs |
//! | `off` | no | functions are compiled as if they had no attribute, and `#[sentry::main]` starts no client |
//!
//! A library depends on this crate with `default-features = false`: its attributes work, and the program decides. `off`
//! is for the program too, as features add up over all that is compiled together.
//!
//! Without a DSN, a debug build of a program with `#[sentry::main]` prints a readable report to stderr instead of
//! sending. Names and signatures follow the published `sentry` crate wherever that has the same thing.

/// The code in the README compiles.
#[cfg(doctest)]
#[doc = include_str!("../../README.md")]
struct Readme;

mod api;
mod callback;
mod client;
mod debug;
mod delivery;
mod distributed;
mod errors;
mod glob;
pub mod integrations;
mod privacy;
mod process;
pub mod protocol;
mod random;
mod report;
mod scope;
mod telemetry;
pub mod test;
mod trace;
mod work;

#[doc(hidden)]
#[path = "private/mod.rs"]
pub mod __private;

pub use monitored_macros::{Report, cron, main, monitored, test, transaction};

pub use crate::api::metrics;
pub use crate::api::{
    add_breadcrumb, add_feature_flag, capture_check_in, capture_error, capture_event, capture_feedback,
    capture_log, capture_message, close, configure_scope, current_span, delivery_stats, end_session,
    end_session_with_status, event_from_error, exit, flush, flush_async, global_scope, last_event_id,
    parse_type_from_debug, set_attribute, set_context, set_extra, set_tag, set_user, start_session,
    start_span, start_transaction, start_transaction_with_timestamp, with_scope,
};
pub use crate::client::{
    BeforeCallback, BeforeSendSpan, Client, ClientInitGuard, ClientOptions, Durable, ErrorSampler,
    EventSamplingStrategy, InitError, Integration, IntoDsn, MaxRequestBodySize, ParseCompressionError,
    ParseDurableError, ParseTraceLifecycleError, Spotlight, TraceLifecycle, TracesSamplingStrategy,
    TransportFactory, TransportOptions, apply_defaults, init, try_init,
};
pub use crate::delivery::{Compression, Transport};
pub use crate::distributed::{
    PropagateTrace, continue_trace, start_new_trace, trace_headers, trace_headers_for, trace_meta_html,
};
pub use crate::errors::{Meaning, Report};
pub use crate::privacy::{Collect, DataCollection, Secret};
pub use crate::protocol::{Breadcrumb, Dsn, Envelope, Level, User};
pub use crate::scope::{
    BeforeSendWithHint, DeliveryStats, EventProcessor, Hint, InSpan, IntoBreadcrumbs, Scope, ScopeAttachment,
};
pub use crate::trace::{
    Callsite, CustomTransactionContext, Data, HeaderParseError, InvalidTargetError, Span, TraceHeader,
    TraceHeadersIter, TracePropagationContext, TracePropagationTarget, TracesSampler, Transaction,
    TransactionContext, TransactionContextBuilder, TransactionData, TransactionOrSpan, callsites,
};
#[expect(deprecated, reason = "published names, for code that uses them")]
pub use crate::trace::{SentryTrace, parse_headers};

pub use crate::work::{
    Bind, Bound, FutureExt, Hub, HubSwitchGuard, IsolationScope, ScopeGuard, SentryFuture, SentryFutureExt,
    bind, new_isolation_scope, with_integration, with_isolation_scope,
};

pub use crate::telemetry::SessionMode;
#[doc(inline)]
pub use crate::{
    logger_debug as debug, logger_error as error, logger_fatal as fatal, logger_info as info,
    logger_trace as trace, logger_warn as warn,
};

/// Ways out of the process other than HTTP to Sentry, for [`ClientOptions::transport`] and [`ClientOptions::copy_to`].
pub mod transports {
    pub use crate::delivery::{FanOutTransport, FileTransport, NullTransport};
}

/// Types that occur in options and on the wire.
pub mod types {
    pub use crate::protocol::{Auth, Dsn, OrganizationId, ParseDsnError, ProjectId, Scheme, Uuid};
    pub use uuid::{Variant as UuidVariant, Version as UuidVersion};

    /// A new random id, as events have one.
    ///
    /// ```
    /// assert_ne!(sentry::types::random_uuid(), sentry::types::random_uuid());
    /// ```
    pub fn random_uuid() -> Uuid {
        crate::random::uuid()
    }

    /// What goes over the wire, by the names that the published crate has for its versions.
    pub mod protocol {
        pub use crate::protocol as latest;
        pub use crate::protocol as v7;
    }
}

/// The release of the package that this is written in: `name@version`, as an `Option<Cow<'static, str>>`.
///
/// ```
/// let options = sentry::ClientOptions::new().maybe_release(sentry::release_name!());
/// assert_eq!(options.release.as_deref(), Some(concat!(env!("CARGO_PKG_NAME"), "@", env!("CARGO_PKG_VERSION"))));
/// ```
#[macro_export]
macro_rules! release_name {
    () => {
        match (::core::option_env!("CARGO_PKG_NAME"), ::core::option_env!("CARGO_PKG_VERSION")) {
            (::core::option::Option::Some(name), ::core::option::Option::Some(version)) => {
                ::core::option::Option::Some(::std::borrow::Cow::<'static, str>::Owned(::std::format!(
                    "{name}@{version}"
                )))
            }
            _ => ::core::option::Option::None,
        }
    };
}
