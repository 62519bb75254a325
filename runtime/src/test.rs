//! For tests of programs that use this crate: what would have been sent.
//!
//! ```
//! let events = sentry::test::with_captured_events(|| {
//!     sentry::capture_message("stock is low", sentry::Level::Warning);
//! });
//! assert_eq!(events[0].message.as_deref(), Some("stock is low"));
//! ```

use std::sync::{Arc, Mutex, PoisonError};

use crate::protocol::{Dsn, EnvelopeItem, Event};
use crate::{ClientOptions, Envelope, Transport};

/// One test at a time has the process's client.
static TURN: Mutex<()> = Mutex::new(());

/// A transport that keeps what it is given.
#[derive(Debug, Default)]
pub struct TestTransport {
    collected: Mutex<Vec<Envelope>>,
}

impl TestTransport {
    /// An empty one.
    pub fn new() -> Arc<Self> {
        Arc::default()
    }

    /// The events that were sent since the last call.
    pub fn fetch_and_clear_events(&self) -> Vec<Event<'static>> {
        events(self.fetch_and_clear_envelopes())
    }

    /// The envelopes that were sent since the last call.
    pub fn fetch_and_clear_envelopes(&self) -> Vec<Envelope> {
        std::mem::take(&mut *self.collected.lock().unwrap_or_else(PoisonError::into_inner))
    }
}

impl Transport for TestTransport {
    fn send_envelope(&self, envelope: Envelope) {
        self.collected.lock().unwrap_or_else(PoisonError::into_inner).push(envelope);
    }
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
    events(with_captured_envelopes_options(f, options))
}

/// Runs `f` with a client of its own and returns the envelopes that it would have sent.
pub fn with_captured_envelopes<F: FnOnce()>(f: F) -> Vec<Envelope> {
    with_captured_envelopes_options(f, ClientOptions::new())
}

/// Like [`with_captured_envelopes`], with options. Tests that run at the same time wait for each other.
pub fn with_captured_envelopes_options<F: FnOnce(), O: Into<ClientOptions>>(
    f: F,
    options: O,
) -> Vec<Envelope> {
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    let transport = TestTransport::new();
    let mut options = options.into();
    // A DSN that leads nowhere, for what is written from it.
    options.dsn = options.dsn.or_else(|| "https://public@sentry.invalid/1".parse::<Dsn>().ok());
    let guard = crate::init(options.transport(Arc::clone(&transport)));
    {
        let _own = crate::scope::with(|context| context.fork()).map(crate::scope::Restore::install);
        f();
    }
    guard.flush(None);
    drop(guard);
    transport.fetch_and_clear_envelopes()
}

fn events(envelopes: Vec<Envelope>) -> Vec<Event<'static>> {
    let items = envelopes.into_iter().flat_map(|envelope| envelope.into_items().collect::<Vec<_>>());
    let event = |item| if let EnvelopeItem::Event(event) = item { Some(*event) } else { None };
    items.filter_map(event).collect()
}
