//! The client's options.

use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroUsize;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use super::choices::{
    BeforeCallback, EventSamplingStrategy, MaxRequestBodySize, TracesSamplingStrategy, TransportFactory,
};
use super::filter_options::Filters;
use super::integration::Integration;
use super::into_dsn::IntoDsn;
use super::kept::{Durable, Spotlight};
use super::recorded::Recorded;
use super::streaming::{BeforeSendSpan, TraceLifecycle};
use crate::delivery::{Compression, Transport};
use crate::privacy::DataCollection;
use crate::protocol::{Breadcrumb, Dsn, Event, Log, Map, Metric, OrganizationId, ParseDsnError, Transaction};
use crate::telemetry::SessionMode;
use crate::trace::{TracePropagationTarget, TransactionContext};

/// Configuration of a client, made by setters and passed to [`init`](crate::init).
///
/// What is not set here comes from the `SENTRY_*` environment variables, then from the defaults. A value that Sentry
/// would refuse is dropped with a line in the debug log; [`try_init`](crate::try_init) returns it as an error instead.
///
/// ```
/// let options = sentry::ClientOptions::new()
///     .dsn("https://public@sentry.example/42")
///     .release("shop@1.4.0")
///     .environment("staging")
///     .traces_sample_rate(0.2);
/// assert_eq!(options.environment.as_deref(), Some("staging"));
/// ```
#[derive(Clone)]
#[must_use = "options have an effect only when they are passed to `init`"]
#[non_exhaustive]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is an option of its own, named as in the published crate"
)]
pub struct ClientOptions {
    /// Where to send; without a DSN nothing is sent. `SENTRY_DSN`.
    pub dsn: Option<Dsn>,
    /// Whether the debug log is written to stderr, and a readable report of everything captured if there is no DSN.
    /// `SENTRY_DEBUG`.
    pub debug: bool,
    /// The program's version, `name@version`. `SENTRY_RELEASE`; `#[sentry::main]` knows it.
    pub release: Option<Cow<'static, str>>,
    /// The build of the release. `SENTRY_DIST`.
    pub dist: Option<Cow<'static, str>>,
    /// Where the program runs. `SENTRY_ENVIRONMENT`; default `development` in debug builds, else `production`.
    pub environment: Option<Cow<'static, str>>,
    /// Name of the machine; default its host name.
    pub server_name: Option<Cow<'static, str>>,
    /// Which events are sent; default all.
    pub event_sampling_strategy: EventSamplingStrategy,
    /// Which transactions are recorded; default none.
    pub traces_sampling_strategy: TracesSamplingStrategy,
    /// The organisation that the program belongs to; default what the DSN says.
    pub org_id: Option<OrganizationId>,
    /// Whether a trace is not continued if only one side says which organisation it belongs to; default no.
    pub strict_trace_continuation: bool,
    /// Whether W3C's `traceparent` is sent along; default no.
    pub propagate_traceparent: bool,
    /// Which requests carry the trace on; `None`, the default: all.
    pub trace_propagation_targets: Option<Vec<TracePropagationTarget>>,
    /// Breadcrumbs kept in a scope; default 100.
    pub max_breadcrumbs: usize,
    /// Spans kept of a transaction, the transaction itself not counted; default 1000, which is as many as Sentry takes.
    pub max_spans: u32,
    /// When the spans of a transaction leave; default with it. `SENTRY_TRACE_LIFECYCLE`; see the setter.
    pub trace_lifecycle: TraceLifecycle,
    /// Modules, with all below them, whose functions are the program's own (`in_app` of their frames), and no others but
    /// those of [`in_app_include`](Self::in_app_include); default empty, which stands for all attributed functions and
    /// for what is in the program's workspace.
    pub in_app: Vec<Cow<'static, str>>,
    /// Whether data that identify persons are collected: Sentry may infer the address that a request came from, and
    /// integrations collect cookies and bodies of requests; default no.
    pub send_default_pii: bool,
    /// Which data integrations collect, in detail; default what [`send_default_pii`](Self::send_default_pii) stands for.
    pub data_collection: Option<DataCollection>,
    /// Whether messages and errors carry the stack of the thread that captured them; default no. Panics always do. The
    /// caller walks over the addresses, a few microseconds; the delivery thread finds what they are called. Needs the
    /// feature `backtrace`.
    pub attach_stacktrace: bool,
    /// Modules, such as `shop::cart`, whose functions are marked as the program's own, and those below them. Stronger
    /// than [`in_app_exclude`](Self::in_app_exclude). By default the crates of the workspace are, if
    /// `#[sentry::main]` says which, and those with attributed functions.
    pub in_app_include: Vec<&'static str>,
    /// Modules whose functions are not marked as the program's own, nor those below them.
    pub in_app_exclude: Vec<&'static str>,
    /// How long the panic hook may wait for delivery; default 1 second. It waits where the process is about to end,
    /// as with `panic = "abort"`, and where nobody is known to go on: on threads outside of a runtime on whose stack
    /// there is no [`ClientInitGuard`](crate::ClientInitGuard).
    pub panic_flush_timeout: Duration,
    /// What is plugged in. Those of a client, as its [`options`](crate::Client::options) tell, are all that are on.
    pub integrations: Vec<Arc<dyn Integration>>,
    /// Whether the default integrations are on; default yes.
    pub default_integrations: bool,
    /// The names of integrations that are off.
    pub disabled_integrations: Vec<Cow<'static, str>>,
    /// Looks at every event, on the delivery thread.
    pub before_send: Option<BeforeCallback<Event<'static>>>,
    /// Looks at every transaction, on the delivery thread.
    pub before_send_transaction: Option<BeforeCallback<Transaction<'static>>>,
    /// Looks at every streamed span, on the delivery thread or on one that flushes.
    pub before_send_span: Option<BeforeSendSpan>,
    /// Looks at every breadcrumb, on the thread that adds it.
    pub before_breadcrumb: Option<BeforeCallback<Breadcrumb>>,
    /// How large the bodies of requests may be that integrations collect; default 10,000 bytes.
    pub max_request_body_size: MaxRequestBodySize,
    /// How large an attachment may be; default 20 MiB.
    pub max_attachment_size: usize,
    /// The fields of log records that become tags of the events made of those; default none.
    pub context_tags: Vec<Cow<'static, str>>,
    /// How many envelopes may wait in a transport of one's own; default what that does by itself.
    pub transport_channel_capacity: Option<NonZeroUsize>,
    /// Whether structured logs are captured; default yes.
    pub enable_logs: bool,
    /// Looks at every log, on the delivery thread.
    pub before_send_log: Option<BeforeCallback<Log>>,
    /// Whether metrics are captured; default yes.
    pub enable_metrics: bool,
    /// Looks at every metric, on the delivery thread.
    pub before_send_metric: Option<BeforeCallback<Metric>>,
    /// Whether the program's run, or each request, is a session; default no.
    pub auto_session_tracking: bool,
    /// What a session is; default a run of the program.
    pub session_mode: SessionMode,
    /// Makes a transport other than HTTP.
    pub transport: Option<Arc<dyn TransportFactory>>,
    /// Proxy for a DSN of scheme `http`; default `HTTP_PROXY`. `NO_PROXY` is honoured.
    pub http_proxy: Option<Cow<'static, str>>,
    /// Proxy for a DSN of scheme `https`; default `HTTPS_PROXY`, then `HTTP_PROXY`. `NO_PROXY` is honoured.
    pub https_proxy: Option<Cow<'static, str>>,
    /// How long the program's end may wait for delivery; default 2 seconds.
    pub shutdown_timeout: Duration,
    /// Bytes of memory, estimated, that what waits for delivery and what is under way may take; default 32 MiB. Half of it may
    /// be under way, and one item always may, however large. Above it logs and metrics go first, then transactions,
    /// then check-ins and sessions, and errors at last; of each the oldest first.
    pub max_queue_bytes: usize,
    /// Requests that may be under way at the same time; default 64. There are 8 at first, more while others wait for
    /// their turn, and fewer when the server has trouble.
    pub max_in_flight: usize,
    /// What requests are compressed with; default gzip.
    pub compression: Compression,
    /// For how long what could not be sent is tried again; default one minute.
    pub retry_window: Duration,
    /// Whether the server is told how much was lost and why; default yes.
    pub send_client_reports: bool,
    /// Whether fewer transactions are recorded while delivery does not keep up; default yes.
    pub enable_backpressure_handling: bool,
    /// Whether any certificate will do. For tests.
    pub accept_invalid_certs: bool,
    /// File of those who may vouch for the server; default those that the system knows.
    pub ca_certs: Option<PathBuf>,
    /// File with the certificate that the client shows; default none.
    pub cert_file: Option<PathBuf>,
    /// File with the key of that certificate; default the same one.
    pub key_file: Option<PathBuf>,
    /// `name/version` of the SDK, for the `User-Agent` and the auth header.
    pub user_agent: Cow<'static, str>,
    /// The folder in which what could not be sent is kept. `SENTRY_SPOOL`; see the setter.
    pub spool: Option<PathBuf>,
    /// Bytes that all files of the spool may have together; default 64 MiB.
    pub spool_max_bytes: usize,
    /// How long what is in the spool waits; default 7 days.
    pub spool_max_age: Duration,
    /// What is on disk before the function that captures it returns; default nothing.
    pub durable: Durable,
    /// Where the developer is shown a copy of everything. `SENTRY_SPOTLIGHT`; default nowhere.
    pub spotlight: Spotlight,
    /// Transports that get a copy of every envelope.
    pub copy_to: Vec<Arc<dyn Transport>>,
    /// Which events are not worth sending.
    pub(crate) filters: Filters,
    /// Which spans and transactions are not wanted.
    pub(crate) recorded: Recorded,
    /// The packages that the program is made of, as lines of name and version.
    pub(crate) modules: &'static str,
    /// What the setters refused.
    pub(crate) problems: Vec<String>,
    /// Tags that everything carries which does not say otherwise. `SENTRY_TAGS_*`.
    pub(crate) tags: Map<String, String>,
    /// Whether variables are looked for in a file `.env`.
    pub(crate) dotenv: bool,
    /// Options that were set in code to a value which the environment must not replace, although it is the default.
    pub(crate) explicit: Explicit,
    /// The options whose setter was called, by name, as far as that is not in `explicit`.
    pub(crate) written: Vec<&'static str>,
}

/// What was said about the DSN.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Given {
    /// Nothing: the environment may say where to send.
    #[default]
    Nothing,
    /// A DSN, or that there shall be none.
    Valid,
    /// Something that is not one.
    Malformed,
}

/// Which of the options that always have a value were set.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Explicit {
    pub(crate) dsn: Given,
    pub(crate) debug: bool,
    pub(crate) sample_rate: bool,
    pub(crate) traces: bool,
}

impl Default for ClientOptions {
    fn default() -> Self {
        Self {
            dsn: None,
            debug: false,
            release: None,
            dist: None,
            environment: None,
            server_name: None,
            event_sampling_strategy: EventSamplingStrategy::default(),
            traces_sampling_strategy: TracesSamplingStrategy::default(),
            org_id: None,
            strict_trace_continuation: false,
            propagate_traceparent: false,
            trace_propagation_targets: None,
            max_breadcrumbs: 100,
            max_spans: 1000,
            trace_lifecycle: TraceLifecycle::default(),
            in_app: Vec::new(),
            send_default_pii: false,
            data_collection: None,
            attach_stacktrace: false,
            in_app_include: Vec::new(),
            in_app_exclude: Vec::new(),
            panic_flush_timeout: Duration::from_secs(1),
            integrations: Vec::new(),
            default_integrations: true,
            disabled_integrations: Vec::new(),
            before_send: None,
            before_send_transaction: None,
            before_send_span: None,
            before_breadcrumb: None,
            max_request_body_size: MaxRequestBodySize::default(),
            max_attachment_size: 20 * 1024 * 1024,
            context_tags: Vec::new(),
            transport_channel_capacity: None,
            enable_logs: true,
            before_send_log: None,
            enable_metrics: true,
            before_send_metric: None,
            auto_session_tracking: false,
            session_mode: SessionMode::default(),
            transport: None,
            http_proxy: None,
            https_proxy: None,
            shutdown_timeout: Duration::from_secs(2),
            max_queue_bytes: 32 * 1024 * 1024,
            max_in_flight: 64,
            compression: Compression::default(),
            retry_window: Duration::from_mins(1),
            send_client_reports: true,
            enable_backpressure_handling: true,
            accept_invalid_certs: false,
            ca_certs: None,
            cert_file: None,
            key_file: None,
            user_agent: Cow::Borrowed(super::facts::USER_AGENT),
            spool: None,
            spool_max_bytes: 64 * 1024 * 1024,
            spool_max_age: Duration::from_hours(7 * 24),
            durable: Durable::default(),
            spotlight: Spotlight::default(),
            copy_to: Vec::new(),
            filters: Filters::default(),
            recorded: Recorded::default(),
            modules: "",
            problems: Vec::new(),
            tags: Map::new(),
            dotenv: false,
            explicit: Explicit::default(),
            written: Vec::new(),
        }
    }
}

impl fmt::Debug for ClientOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ClientOptions")
            .field("dsn", &self.dsn)
            .field("debug", &self.debug)
            .field("release", &self.release)
            .field("dist", &self.dist)
            .field("environment", &self.environment)
            .field("server_name", &self.server_name)
            .field("event_sampling_strategy", &self.event_sampling_strategy)
            .field("traces_sampling_strategy", &self.traces_sampling_strategy)
            .field("org_id", &self.org_id)
            .field("strict_trace_continuation", &self.strict_trace_continuation)
            .field("propagate_traceparent", &self.propagate_traceparent)
            .field("trace_propagation_targets", &self.trace_propagation_targets)
            .field("max_breadcrumbs", &self.max_breadcrumbs)
            .field("max_spans", &self.max_spans)
            .field("trace_lifecycle", &self.trace_lifecycle)
            .field("in_app", &self.in_app)
            .field("send_default_pii", &self.send_default_pii)
            .field("data_collection", &self.data_collection)
            .field("integrations", &super::integration::names(self))
            .field("default_integrations", &self.default_integrations)
            .field("disabled_integrations", &self.disabled_integrations)
            .field("attach_stacktrace", &self.attach_stacktrace)
            .field("in_app_include", &self.in_app_include)
            .field("in_app_exclude", &self.in_app_exclude)
            .field("panic_flush_timeout", &self.panic_flush_timeout)
            .field("shutdown_timeout", &self.shutdown_timeout)
            .field("max_queue_bytes", &self.max_queue_bytes)
            .field("max_in_flight", &self.max_in_flight)
            .field("compression", &self.compression)
            .field("max_attachment_size", &self.max_attachment_size)
            .field("context_tags", &self.context_tags)
            .field("spool", &self.spool)
            .field("durable", &self.durable)
            .field("spotlight", &self.spotlight)
            .field("retry_window", &self.retry_window)
            .field("enable_logs", &self.enable_logs)
            .field("enable_metrics", &self.enable_metrics)
            .field("auto_session_tracking", &self.auto_session_tracking)
            .field("session_mode", &self.session_mode)
            .field("send_client_reports", &self.send_client_reports)
            .finish_non_exhaustive()
    }
}

impl ClientOptions {
    /// Options of which none is set.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether a readable report of everything captured goes to stderr: with `debug` and without a DSN. Not if there
    /// should have been one.
    pub(crate) fn prints_reports(&self) -> bool {
        self.debug && self.dsn.is_none() && self.transport.is_none() && self.explicit.dsn != Given::Malformed
    }

    /// Sets where to send. A malformed DSN disables the client, and [`try_init`](crate::try_init) returns it.
    pub fn dsn(self, dsn: impl IntoDsn) -> Self {
        self.with_dsn(dsn.into_dsn())
    }

    pub(super) fn with_dsn(mut self, dsn: Result<Option<Dsn>, ParseDsnError>) -> Self {
        match dsn {
            Ok(dsn) => {
                self.explicit.dsn = Given::Valid;
                self.dsn = dsn;
            }
            Err(error) => {
                self.dsn = None;
                self.explicit.dsn = Given::Malformed;
                self.problems.push(format!("invalid DSN, nothing will be sent: {error}"));
            }
        }
        self
    }

    /// Sets whether the debug log is written.
    pub fn debug(mut self, debug: bool) -> Self {
        self.debug = debug;
        self.explicit.debug = true;
        self
    }

    /// Sets the program's version.
    pub fn release(mut self, release: impl Into<Cow<'static, str>>) -> Self {
        self.release = Some(release.into());
        self
    }

    /// Sets the program's version, if there is one.
    pub fn maybe_release<T: Into<Cow<'static, str>>>(self, release: Option<T>) -> Self {
        match release {
            Some(release) => self.release(release),
            None => self,
        }
    }

    /// Sets the build of the release.
    pub fn dist(mut self, dist: impl Into<Cow<'static, str>>) -> Self {
        self.dist = Some(dist.into());
        self
    }

    /// Sets where the program runs.
    pub fn environment(mut self, environment: impl Into<Cow<'static, str>>) -> Self {
        self.environment = Some(environment.into());
        self
    }

    /// Sets the name of the machine.
    pub fn server_name(mut self, server_name: impl Into<Cow<'static, str>>) -> Self {
        self.server_name = Some(server_name.into());
        self
    }

    /// Sets the share of events to send, between 0 and 1.
    pub fn sample_rate(mut self, sample_rate: f32) -> Self {
        if self.accepts_rate("sample_rate", sample_rate) {
            self.event_sampling_strategy = EventSamplingStrategy::FixedRate(sample_rate);
            self.explicit.sample_rate = true;
        }
        self
    }

    /// Sets the share of transactions to record, between 0 and 1. Unlike not setting it, 0 tells the services that are
    /// called not to record either.
    pub fn traces_sample_rate(mut self, traces_sample_rate: f32) -> Self {
        if self.accepts_rate("traces_sample_rate", traces_sample_rate) {
            self.traces_sampling_strategy = TracesSamplingStrategy::FixedRate(traces_sample_rate);
            self.explicit.traces = true;
        }
        self
    }

    /// Sets a function that decides for each transaction with which probability it is recorded, between 0 and 1.
    pub fn traces_sampler<F>(mut self, traces_sampler: F) -> Self
    where
        F: Fn(&TransactionContext) -> f32 + Send + Sync + 'static,
    {
        self.traces_sampling_strategy = TracesSamplingStrategy::Function(Arc::new(traces_sampler));
        self.explicit.traces = true;
        self
    }

    fn accepts_rate(&mut self, option: &str, rate: f32) -> bool {
        let checked = monitored_rules::sample_rate(f64::from(rate));
        self.problems.extend(checked.as_ref().err().map(|broken| format!("`{option}` is ignored: {broken}")));
        checked.is_ok()
    }

    /// Sets how many breadcrumbs a scope keeps.
    pub fn max_breadcrumbs(mut self, max_breadcrumbs: usize) -> Self {
        self.max_breadcrumbs = max_breadcrumbs;
        self.written.push("max_breadcrumbs");
        self
    }

    /// Sets how many spans are kept of a transaction.
    pub fn max_spans(mut self, max_spans: u32) -> Self {
        self.max_spans = max_spans;
        self.written.push("max_spans");
        self
    }

    /// Sets which modules are the program's own, each with all below it. The frames of functions elsewhere, as in a
    /// library, are then not "in app", be they attributed or not: Sentry folds them, and does not group by them. An empty
    /// list says nothing. [`in_app_include`](Self::in_app_include) and [`in_app_exclude`](Self::in_app_exclude) go before.
    ///
    /// ```
    /// let options = sentry::ClientOptions::new().in_app(["shop", "shop_core::db"]);
    /// assert_eq!(options.in_app.len(), 2);
    /// ```
    ///
    /// Source: `in_app` in Sentry's description of the stack trace interface.
    pub fn in_app<M: Into<Cow<'static, str>>>(mut self, modules: impl IntoIterator<Item = M>) -> Self {
        self.in_app = modules.into_iter().map(Into::into).collect();
        self.written.push("in_app");
        self
    }

    /// Sets whether data that identify persons are collected.
    pub fn send_default_pii(mut self, send_default_pii: bool) -> Self {
        self.send_default_pii = send_default_pii;
        self.written.push("send_default_pii");
        self
    }

    /// Sets whether messages and errors carry the stack of the thread that captured them.
    pub fn attach_stacktrace(mut self, attach_stacktrace: bool) -> Self {
        self.attach_stacktrace = attach_stacktrace;
        self.written.push("attach_stacktrace");
        self
    }

    /// Sets the modules whose functions are the program's own.
    ///
    /// ```
    /// let options = sentry::ClientOptions::new().in_app_include(["shop_plugins"]).in_app_exclude(["shop::generated"]);
    /// assert_eq!(options.in_app_include, ["shop_plugins"]);
    /// ```
    pub fn in_app_include<I>(mut self, in_app_include: I) -> Self
    where
        I: IntoIterator<Item = &'static str>,
    {
        self.in_app_include = in_app_include.into_iter().collect();
        self.written.push("in_app_include");
        self
    }

    /// Sets the modules whose functions are not the program's own.
    pub fn in_app_exclude<I>(mut self, in_app_exclude: I) -> Self
    where
        I: IntoIterator<Item = &'static str>,
    {
        self.in_app_exclude = in_app_exclude.into_iter().collect();
        self.written.push("in_app_exclude");
        self
    }

    /// Sets how long the panic hook may wait for delivery; zero for not at all.
    pub fn panic_flush_timeout(mut self, panic_flush_timeout: Duration) -> Self {
        self.panic_flush_timeout = panic_flush_timeout;
        self.written.push("panic_flush_timeout");
        self
    }

    /// Sets the callback for events. If it panics the event is dropped.
    pub fn before_send<F>(mut self, before_send: F) -> Self
    where
        F: Fn(Event<'static>) -> Option<Event<'static>> + Send + Sync + 'static,
    {
        self.before_send = Some(Arc::new(before_send));
        self
    }

    /// Sets the callback for transactions. If it panics the transaction is dropped.
    pub fn before_send_transaction<F>(mut self, before_send_transaction: F) -> Self
    where
        F: Fn(Transaction<'static>) -> Option<Transaction<'static>> + Send + Sync + 'static,
    {
        self.before_send_transaction = Some(Arc::new(before_send_transaction));
        self
    }

    /// Sets the callback for breadcrumbs. If it panics the breadcrumb is dropped.
    pub fn before_breadcrumb<F>(mut self, before_breadcrumb: F) -> Self
    where
        F: Fn(Breadcrumb) -> Option<Breadcrumb> + Send + Sync + 'static,
    {
        self.before_breadcrumb = Some(Arc::new(before_breadcrumb));
        self
    }

    /// Sets how envelopes leave the process.
    pub fn transport<T: TransportFactory + 'static>(mut self, transport: T) -> Self {
        self.transport = Some(Arc::new(transport));
        self
    }

    /// Sets the proxy for a DSN of scheme `http`, and of `https` unless there is another one. It may hold a name and a secret:
    /// `http://name:secret@proxy.example:3128`. What the variable `NO_PROXY` lists is reached without it; `*` lists everything.
    ///
    /// The default is the variable `HTTP_PROXY`, or `http_proxy`. In a CGI program it is the latter only, for the former is what a
    /// request's header `Proxy` says.
    pub fn http_proxy(mut self, http_proxy: impl Into<Cow<'static, str>>) -> Self {
        self.http_proxy = Some(http_proxy.into());
        self
    }

    /// Sets the proxy for a DSN of scheme `https`, as [`http_proxy`](Self::http_proxy) does; it sees no more than the server's
    /// name. The default is the variable `HTTPS_PROXY`, or `https_proxy`.
    pub fn https_proxy(mut self, https_proxy: impl Into<Cow<'static, str>>) -> Self {
        self.https_proxy = Some(https_proxy.into());
        self
    }

    /// Sets how long the program's end may wait for delivery.
    pub fn shutdown_timeout(mut self, shutdown_timeout: Duration) -> Self {
        self.shutdown_timeout = shutdown_timeout;
        self.written.push("shutdown_timeout");
        self
    }

    /// Sets how many bytes may wait for delivery.
    pub fn max_queue_bytes(mut self, max_queue_bytes: usize) -> Self {
        self.max_queue_bytes = max_queue_bytes;
        self.written.push("max_queue_bytes");
        self
    }

    /// Sets how many requests may be under way at the same time; at least one always may.
    pub fn max_in_flight(mut self, max_in_flight: usize) -> Self {
        self.max_in_flight = max_in_flight;
        self.written.push("max_in_flight");
        self
    }

    /// Sets for how long what could not be sent is tried again: because the server could not be reached, or answered 408
    /// or with an error of its own (5xx). Waiting grows from a quarter of a second to 15 seconds, or is what the
    /// server's `Retry-After` says; with a window of zero nothing is tried again. While the client is closed it is tried more
    /// often, and not longer than that is waited for; with a spool, it is put there instead.
    pub fn retry_window(mut self, retry_window: Duration) -> Self {
        self.retry_window = retry_window;
        self.written.push("retry_window");
        self
    }

    /// Sets whether the server is told how much was lost and why.
    pub fn send_client_reports(mut self, send_client_reports: bool) -> Self {
        self.send_client_reports = send_client_reports;
        self.written.push("send_client_reports");
        self
    }

    /// Sets whether fewer transactions are recorded while delivery does not keep up. Every ten seconds in which the
    /// buffers were full, or the server wanted less, the rate is halved, down to a 1024th; every ten seconds in which
    /// all was well it is doubled again.
    pub fn enable_backpressure_handling(mut self, enable_backpressure_handling: bool) -> Self {
        self.enable_backpressure_handling = enable_backpressure_handling;
        self.written.push("enable_backpressure_handling");
        self
    }

    /// Sets `name/version` of the SDK: printable ASCII.
    pub fn user_agent(mut self, user_agent: impl Into<Cow<'static, str>>) -> Self {
        self.user_agent = user_agent.into();
        self.written.push("user_agent");
        self
    }
}
