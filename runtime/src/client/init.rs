//! Making a client and making it the process's.

use std::fmt;
use std::ops::Deref;
use std::time::Duration;

use super::carried;
use super::choices::{EventSamplingStrategy, TracesSamplingStrategy};
use super::defaults::Defaults;
use super::environment;
use super::instance::Client;
use super::integration;
use super::options::ClientOptions;
use super::streaming::TraceLifecycle;
use crate::errors::{self, FlushesOnUnwind};
use crate::scope::{self, Binding, Bound, Sent};
use crate::trace::PropagationContext;

/// What is known of the program at compile time.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Package {
    /// `name@version`, where it is known.
    pub(crate) release: Option<&'static str>,
    /// What `sentry.toml` says.
    pub(crate) defaults: Defaults,
    pub(crate) debug_assertions: bool,
    /// The packages that the program is made of, as lines of name and version.
    pub(crate) modules: &'static str,
    /// Whether a debug build without a DSN prints reports unless it is told not to.
    pub(crate) reports: bool,
}

/// Keeps the client running. When it is dropped everything captured is sent, for which the program's end waits at the
/// longest for [`ClientOptions::shutdown_timeout`].
///
/// Its place is a variable of `main`. One that is leaked or kept in a `static` is never dropped, nor is any when somebody
/// calls `std::process::exit`. On Unix the process then waits at its end (`atexit`) as the guard would have, also in a
/// forked child that called [`init`](crate::init) itself. Elsewhere, and before `abort` and `_exit`, nothing waits:
/// [`flush`](crate::flush) does.
#[must_use = "when the guard is dropped the client is closed, so keep it until the end of `main`"]
#[derive(Debug)]
pub struct ClientInitGuard {
    client: Client,
    _flushes: FlushesOnUnwind,
}

impl ClientInitGuard {
    /// Ends the session that the program's run is, waits until everything captured so far has left, the shutdown timeout or
    /// `timeout` at the longest, and has the client take nothing more. Returns what [`Client::flush`] would.
    pub fn close(&self, timeout: Option<Duration>) -> bool {
        self.client.host().close(timeout)
    }
}

impl Deref for ClientInitGuard {
    type Target = Client;

    fn deref(&self) -> &Client {
        &self.client
    }
}

impl Drop for ClientInitGuard {
    fn drop(&mut self) {
        let host = self.client.host();
        host.close(None);
        scope::uninstall(&host);
    }
}

/// What is wrong with options.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InitError {
    problems: Vec<String>,
}

impl InitError {
    /// One sentence for each option that cannot be used.
    pub fn problems(&self) -> impl Iterator<Item = &str> {
        self.problems.iter().map(String::as_str)
    }
}

impl fmt::Display for InitError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.problems.join("; "))
    }
}

impl std::error::Error for InitError {}

/// Makes a client and makes it the process's.
///
/// Takes a DSN, [`ClientOptions`], or a tuple of both. What is not set comes from the `SENTRY_*` environment variables.
/// A value that cannot be used is dropped with a line in the debug log, and the program goes on; without a valid DSN
/// nothing is sent. Keep the guard until the end of `main`.
///
/// ```
/// let _guard = sentry::init((
///     "https://public@sentry.example/42",
///     sentry::ClientOptions::new().environment("staging"),
/// ));
/// ```
pub fn init<C: Into<ClientOptions>>(options: C) -> ClientInitGuard {
    start(options.into(), &NO_PACKAGE)
}

/// The options as [`init`] completes them: with what the environment says, the defaults, and the default integrations.
///
/// ```
/// let options = sentry::apply_defaults(sentry::ClientOptions::new());
/// assert!(options.environment.is_some() && !options.integrations.is_empty());
/// ```
pub fn apply_defaults(options: ClientOptions) -> ClientOptions {
    let mut options = environment::complete(options, &NO_PACKAGE);
    options.integrations = integration::with_defaults(&mut options);
    options
}

/// Like [`init`], for those who would rather not start than start without Sentry.
///
/// # Errors
/// When an option or a `SENTRY_*` variable has a value that cannot be used; no client is made then.
///
/// ```
/// let error = sentry::try_init("https://sentry.example/42").expect_err("the key is missing");
/// assert!(error.to_string().contains("DSN"));
/// ```
pub fn try_init<C: Into<ClientOptions>>(options: C) -> Result<ClientInitGuard, InitError> {
    let options = environment::complete(options.into(), &NO_PACKAGE);
    if options.problems.is_empty() {
        Ok(install(options))
    } else {
        Err(InitError { problems: options.problems })
    }
}

/// For a client that is not made by `#[sentry::main]`.
pub(crate) const NO_PACKAGE: Package = Package {
    release: None,
    defaults: Defaults::NONE,
    debug_assertions: cfg!(debug_assertions),
    modules: "",
    reports: false,
};

/// Completes the options, makes the client, makes it the process's.
pub(crate) fn start(options: ClientOptions, package: &Package) -> ClientInitGuard {
    let mut options = environment::complete(options, package);
    options.modules = package.modules;
    let without_dsn = options.dsn.is_none() && options.transport.is_none();
    if package.reports && package.debug_assertions && without_dsn && !options.explicit.debug {
        options.debug = true;
    }
    install(options)
}

fn install(mut options: ClientOptions) -> ClientInitGuard {
    crate::debug::enable(options.debug);
    for problem in std::mem::take(&mut options.problems) {
        crate::debug::log!("{problem}");
    }
    if options.prints_reports()
        && matches!(options.traces_sampling_strategy, TracesSamplingStrategy::Disabled)
    {
        // Whoever looks at reports wants to see them; as with Sentry's own local viewer, nothing is sampled out.
        options.traces_sampling_strategy = TracesSamplingStrategy::FixedRate(1.0);
    }
    if options.prints_reports() {
        // A tree of spans is printed when it is complete.
        options.trace_lifecycle = TraceLifecycle::Static;
    }
    if options.dsn.is_none() && options.transport.is_none() && options.spotlight.url().is_some() {
        // Source: Sentry's SDK documentation, "Spotlight".
        options.event_sampling_strategy = EventSamplingStrategy::FixedRate(1.0);
        options.traces_sampling_strategy = TracesSamplingStrategy::FixedRate(1.0);
        options.send_default_pii = true;
    }
    let client = Client::of(options);
    // While a panic is under way the hook cannot be changed.
    if !std::thread::panicking() {
        errors::install_hook();
    }
    if let Some(trace) = carried::trace(client.host().settings()) {
        scope::begin_in(PropagationContext::continuing(trace));
    }
    // A client that is off takes the place of one that is on all the same.
    scope::install(client.host());
    scope::make_origin();
    if client.options().tracks_run() {
        scope::start_session();
    }
    #[cfg(unix)]
    super::at_exit::watch();
    ClientInitGuard { client, _flushes: FlushesOnUnwind::new() }
}

/// A client that only the work on this thread sees, and what that work hands on; it is closed when the guard is dropped.
#[derive(Debug)]
#[must_use = "the client is closed when it is dropped"]
pub(crate) struct BoundClient {
    client: Client,
    _binding: Binding,
}

impl Drop for BoundClient {
    fn drop(&mut self) {
        // What is still on its way has nobody to be read by, but its callbacks may be what a test looks at.
        self.client.close(None);
    }
}

/// Makes a client for the work on this thread. The environment is not looked at. What it sends is to be found by `sent`.
pub(crate) fn bind(mut options: ClientOptions, package: &Package, sent: Sent) -> BoundClient {
    environment::validate(&mut options, package);
    options.modules = package.modules;
    if options.debug {
        crate::debug::enable(true);
    }
    for problem in std::mem::take(&mut options.problems) {
        crate::debug::log!("{problem}");
    }
    let client = Client::of(options);
    if !std::thread::panicking() {
        errors::install_hook();
    }
    let binding = Binding::new(Bound::of_test(client.host(), sent));
    BoundClient { client, _binding: binding }
}
