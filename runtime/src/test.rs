//! For tests of programs that use this crate: what would have been sent.
//!
//! A test with [`#[sentry::test]`](macro@crate::test) has a client of its own, and reads here what that captured:
//!
//! ```
//! # mod tests {
//! # fn restock() { sentry::capture_message("stock is low", sentry::Level::Warning); }
//! #[sentry::test]
//! fn low_stock_is_reported() {
//!     restock();
//!     let events = sentry::test::events();
//!     assert_eq!(events[0].message.as_deref(), Some("stock is low"));
//! }
//! # }
//! ```
//!
//! [`with_captured_events`] and its kin do so for a closure. Either client is seen by the work on the thread, and by the
//! tasks and threads that it is handed on to: by attributed functions, by the test's own body, or bound by hand. Tests
//! run in parallel and nest, and none sees what another one captures. The environment is not looked at, and nothing
//! leaves the process.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::client::{self, BoundClient, NO_PACKAGE, Package, TracesSamplingStrategy};
use crate::delivery::Feed;
use crate::errors::Mailbox;
use crate::protocol::{CheckIn, Dsn, EnvelopeItem, Event, Frame, Map, Transaction, Value};
use crate::{ClientOptions, Envelope, Transport, scope};

/// A transport that keeps what it is given. Who reads it waits for what its clients have captured so far, half a minute at
/// the longest.
///
/// ```
/// use sentry::{Client, ClientOptions, Level, protocol::Event, test::TestTransport};
///
/// let transport = TestTransport::new();
/// let client = Client::from(ClientOptions::new().transport(transport.clone()));
/// client.capture_event(Event { level: Level::Warning, ..Event::new() }, None);
/// assert_eq!(transport.fetch_and_clear_events()[0].level, Level::Warning);
/// ```
#[derive(Default)]
pub struct TestTransport {
    collected: Mutex<Vec<Envelope>>,
    /// Its clients.
    feeds: Mutex<Vec<Feed>>,
}

impl fmt::Debug for TestTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TestTransport").field("collected", &self.collected).finish_non_exhaustive()
    }
}

impl TestTransport {
    /// An empty one.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// The events that were sent since the last call.
    pub fn fetch_and_clear_events(&self) -> Vec<Event<'static>> {
        events_in(self.fetch_and_clear_envelopes())
    }

    /// The envelopes that were sent since the last call.
    pub fn fetch_and_clear_envelopes(&self) -> Vec<Envelope> {
        // Copied: a flush may run a user's callbacks.
        let feeds = self.feeds.lock().unwrap_or_else(PoisonError::into_inner).clone();
        for flush in &feeds {
            flush();
        }
        std::mem::take(&mut *self.collected.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn envelopes(&self) -> Vec<Envelope> {
        self.collected.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

impl Transport for TestTransport {
    fn send_envelope(&self, envelope: Envelope) {
        self.collected.lock().unwrap_or_else(PoisonError::into_inner).push(envelope);
    }

    fn fed_by(&self, flush: &Feed) {
        self.feeds.lock().unwrap_or_else(PoisonError::into_inner).push(Arc::clone(flush));
    }
}

/// The events that the running test has captured so far, in the order in which they were sent.
///
/// # Panics
///
/// Outside of a test with [`#[sentry::test]`](macro@crate::test), or when not everything could be sent within the
/// client's shutdown timeout.
#[track_caller]
pub fn events() -> Vec<Event<'static>> {
    events_in(envelopes())
}

/// The transactions that the running test has finished so far, in the order in which they were sent.
///
/// # Panics
///
/// As [`events`] does.
#[track_caller]
pub fn transactions() -> Vec<Transaction<'static>> {
    items(envelopes(), |item| match item {
        EnvelopeItem::Transaction(transaction) => Some(*transaction),
        _ => None,
    })
}

/// The check-ins of scheduled jobs that the running test has captured so far, in the order in which they were sent.
///
/// # Panics
///
/// As [`events`] does.
#[track_caller]
pub fn check_ins() -> Vec<CheckIn> {
    items(envelopes(), |item| match item {
        EnvelopeItem::MonitorCheckIn(check_in) => Some(*check_in),
        _ => None,
    })
}

/// The envelopes that the running test would have sent so far.
///
/// # Panics
///
/// As [`events`] does.
#[track_caller]
pub fn envelopes() -> Vec<Envelope> {
    let Some(bound) = scope::of_test() else {
        panic!(
            "there is no test to read from here: put `#[sentry::test]` on the test, and bind what it hands to other threads"
        )
    };
    assert!(bound.host.flush(None), "what the test captured could not be sent within the shutdown timeout");
    bound.sent.as_ref().map(|sent| sent()).unwrap_or_default()
}

/// One attributed function that an error left.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub struct Hop {
    /// The function's name, with the type or the function it belongs to.
    pub function: String,
    /// The line by which the error left it.
    pub line: u64,
    /// The arguments that are shown.
    pub vars: Map<String, Value>,
}

/// The way that the error of an event took: the functions it left, innermost first. Empty for an event without.
///
/// ```
/// # mod tests {
/// # use std::num::ParseIntError;
/// #[sentry::monitored]
/// fn cents(amount: &str, scale: u64) -> Result<u64, ParseIntError> {
///     Ok(amount.parse::<u64>()? * scale)
/// }
///
/// #[sentry::monitored]
/// fn total(amounts: &[&str]) -> Result<u64, ParseIntError> {
///     amounts.iter().map(|amount| cents(amount, 100)).sum()
/// }
///
/// #[sentry::test]
/// fn a_bad_amount_is_reported_with_its_way() {
///     let _ = total(&["3", "four"]);
///     let route = sentry::test::route(&sentry::test::events()[0]);
///     let functions: Vec<_> = route.iter().map(|hop| hop.function.as_str()).collect();
///     assert_eq!(functions, ["cents", "total"]);
///     assert_eq!(route[0].vars["scale"], 100);
/// }
/// # }
/// ```
pub fn route(event: &Event<'_>) -> Vec<Hop> {
    let captured = event.exception.iter().next_back();
    let frames = captured.and_then(|exception| exception.stacktrace.as_ref());
    let hop = |frame: &Frame| Hop {
        function: frame.function.clone().unwrap_or_default(),
        line: frame.lineno.unwrap_or_default(),
        vars: frame.vars.clone(),
    };
    frames.iter().flat_map(|stacktrace| stacktrace.frames.iter().rev()).map(hop).collect()
}

/// Runs `f` with a client of its own and returns the events that were captured.
pub fn with_captured_events<F: FnOnce()>(f: F) -> Vec<Event<'static>> {
    with_captured_events_options(f, ClientOptions::new())
}

/// Like [`with_captured_events`], with options.
pub fn with_captured_events_options<F: FnOnce(), O: Into<ClientOptions>>(
    f: F,
    options: O,
) -> Vec<Event<'static>> {
    events_in(with_captured_envelopes_options(f, options))
}

/// Runs `f` with a client of its own and returns the envelopes that it would have sent.
pub fn with_captured_envelopes<F: FnOnce()>(f: F) -> Vec<Envelope> {
    with_captured_envelopes_options(f, ClientOptions::new())
}

/// Like [`with_captured_envelopes`], with options; their transport is replaced.
pub fn with_captured_envelopes_options<F: FnOnce(), O: Into<ClientOptions>>(
    f: F,
    options: O,
) -> Vec<Envelope> {
    let (client, transport) = capturing(options.into(), &NO_PACKAGE);
    Mailbox::nowhere().scoped(f);
    drop(client);
    transport.fetch_and_clear_envelopes()
}

/// Gives the test on this thread a client that records everything unless the options say otherwise.
pub(crate) fn start(mut options: ClientOptions, package: &Package) -> BoundClient {
    if !options.explicit.traces
        && matches!(options.traces_sampling_strategy, TracesSamplingStrategy::Disabled)
    {
        options.traces_sampling_strategy = TracesSamplingStrategy::FixedRate(1.0);
    }
    capturing(options, package).0
}

fn capturing(mut options: ClientOptions, package: &Package) -> (BoundClient, Arc<TestTransport>) {
    // A DSN that leads nowhere, for what is written from it.
    options.dsn = options.dsn.or_else(|| "https://public@sentry.invalid/1".parse::<Dsn>().ok());
    let transport = TestTransport::new();
    let kept = Arc::clone(&transport);
    let sent = Box::new(move || kept.envelopes());
    (client::bind(options.transport(Arc::clone(&transport)), package, sent), transport)
}

fn events_in(envelopes: Vec<Envelope>) -> Vec<Event<'static>> {
    items(envelopes, |item| if let EnvelopeItem::Event(event) = item { Some(*event) } else { None })
}

fn items<T>(envelopes: Vec<Envelope>, pick: fn(EnvelopeItem) -> Option<T>) -> Vec<T> {
    let items = envelopes.into_iter().flat_map(|envelope| envelope.into_items().collect::<Vec<_>>());
    items.filter_map(pick).collect()
}
