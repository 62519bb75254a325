use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::super::transport::{Feed, Transport};
use crate::callback;
use crate::protocol::{Envelope, Reason};

/// Gives every envelope to each of several transports, one after the other. A panic in one does not concern the others.
/// An envelope is lost when none of them has taken it.
///
/// ```
/// use sentry::transports::{FanOutTransport, FileTransport, NullTransport};
///
/// let folder = std::env::temp_dir().join("fan-out-example");
/// let both = FanOutTransport::new([NullTransport::new() as _, FileTransport::new(&folder) as _]);
/// let guard = sentry::init(sentry::ClientOptions::new().transport(both));
/// sentry::capture_message("for both", sentry::Level::Info);
/// # drop(guard);
/// # assert_eq!(std::fs::read_dir(&folder)?.count(), 1);
/// # std::fs::remove_dir_all(folder)?;
/// # Ok::<(), std::io::Error>(())
/// ```
#[derive(Clone)]
pub struct FanOutTransport {
    transports: Vec<Arc<dyn Transport>>,
}

impl FanOutTransport {
    /// One that gives to these, in this order.
    pub fn new(transports: impl IntoIterator<Item = Arc<dyn Transport>>) -> Arc<Self> {
        Arc::new(Self { transports: transports.into_iter().collect() })
    }

    /// Asks each in turn, all of them within `timeout`.
    fn all(&self, timeout: Duration, ask: fn(&dyn Transport, Duration) -> bool) -> bool {
        let started = Instant::now();
        self.transports.iter().fold(true, |all, transport| {
            let left = timeout.saturating_sub(started.elapsed());
            let done = callback::guarded("flush of a transport", || ask(&**transport, left));
            all & done.unwrap_or(false)
        })
    }
}

impl fmt::Debug for FanOutTransport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("FanOutTransport").field("transports", &self.transports.len()).finish()
    }
}

impl Transport for FanOutTransport {
    fn send_envelope(&self, envelope: Envelope) {
        // Whoever wants to know asks.
        let _ = self.try_send_envelope(envelope);
    }

    fn try_send_envelope(&self, envelope: Envelope) -> Result<(), Reason> {
        let Some((last, others)) = self.transports.split_last() else { return Ok(()) };
        let give = |transport: &dyn Transport, envelope| {
            let answer = callback::guarded("send_envelope", || transport.try_send_envelope(envelope));
            answer.unwrap_or(Err(Reason::InternalSdkError))
        };
        // All get it, whatever became of those before.
        let answers: Vec<_> = others.iter().map(|transport| give(&**transport, envelope.clone())).collect();
        let answer = give(&**last, envelope);
        answers.into_iter().fold(answer, |all, one| one.or(all))
    }

    fn flush(&self, timeout: Duration) -> bool {
        self.all(timeout, <dyn Transport>::flush)
    }

    fn shutdown(&self, timeout: Duration) -> bool {
        self.all(timeout, <dyn Transport>::shutdown)
    }

    fn fed_by(&self, flush: &Feed) {
        self.transports.iter().for_each(|transport| transport.fed_by(flush));
    }
}
