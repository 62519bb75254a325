//! Sentry's local viewer, Spotlight: a copy of every envelope for the developer's own machine.
//!
//! Source: Sentry's SDK documentation, "Spotlight".

use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use tokio::time::timeout;

use super::super::http::directly;
use super::super::transport::Transport;
use crate::callback;
use crate::process::{PerProcess, Work};
use crate::protocol::Envelope;

/// The viewer is on the same machine; what takes longer is not it.
const TIMEOUT: Duration = Duration::from_secs(1);
/// Copies that wait for the viewer; further ones are left out.
const MOST_WAITING: usize = 256;

/// Posts to a Spotlight, from a thread of its own. Never waits, tries once, and counts nothing.
#[derive(Debug)]
pub(crate) struct SpotlightTransport {
    url: String,
    user_agent: String,
    /// A child made by `fork` has no thread of its parent's.
    own: PerProcess<Own>,
}

#[derive(Debug, Default)]
struct Own {
    /// Where the bodies go to, since the first envelope; `None` when there can be no thread.
    bodies: OnceLock<Option<SyncSender<Vec<u8>>>>,
    waiting: Arc<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    count: Mutex<usize>,
    one_less: Condvar,
}

impl SpotlightTransport {
    pub(crate) fn new(url: String, user_agent: String) -> Arc<Self> {
        Arc::new(Self { url, user_agent, own: PerProcess::new(Own::default()) })
    }

    fn own(&self) -> &Own {
        self.own.get(|_| Own::default())
    }

    /// Starts the thread.
    fn start(&self, waiting: &Arc<Waiting>) -> Option<SyncSender<Vec<u8>>> {
        let (sender, receiver) = sync_channel(MOST_WAITING);
        let (url, user_agent, waiting) = (self.url.clone(), self.user_agent.clone(), Arc::clone(waiting));
        let work = move || post_all(&url, &user_agent, &receiver, &waiting);
        let started = callback::thread("sentry-spotlight", work);
        started.inspect_err(|error| crate::debug::log!("nothing can be sent to Spotlight: {error}")).ok()?;
        Some(sender)
    }
}

impl Transport for SpotlightTransport {
    fn send_envelope(&self, envelope: Envelope) {
        let Own { bodies, waiting } = self.own();
        let Some(bodies) = bodies.get_or_init(|| self.start(waiting)) else { return };
        let mut body = Vec::new();
        if envelope.to_writer(&mut body).is_err() {
            return;
        }
        waiting.add();
        if bodies.try_send(body).is_err() {
            waiting.done();
        }
    }

    fn flush(&self, timeout: Duration) -> bool {
        self.own().waiting.until_none(timeout)
    }
}

impl Waiting {
    fn add(&self) {
        *self.count.lock().unwrap_or_else(PoisonError::into_inner) += 1;
    }

    fn done(&self) {
        *self.count.lock().unwrap_or_else(PoisonError::into_inner) -= 1;
        self.one_less.notify_all();
    }

    fn until_none(&self, timeout: Duration) -> bool {
        let count = self.count.lock().unwrap_or_else(PoisonError::into_inner);
        let waited = self.one_less.wait_timeout_while(count, timeout, |count| *count > 0);
        *waited.unwrap_or_else(PoisonError::into_inner).0 == 0
    }
}

/// Posts one body after the other until the transport is gone.
fn post_all(url: &str, user_agent: &str, bodies: &Receiver<Vec<u8>>, waiting: &Waiting) {
    let work = Work::start();
    let poster = directly(url, user_agent);
    let runtime = work.runtime();
    let mut failing = false;
    while let Ok(body) = work.resting(|| bodies.recv()) {
        if let (Ok(poster), Ok(runtime)) = (&poster, &runtime) {
            // Timers belong to a runtime from the moment they are made.
            let answer = runtime.block_on(async { timeout(TIMEOUT, poster.post(body, None)).await });
            let problem = match answer {
                Ok(Ok(_)) => None,
                Ok(Err(problem)) => Some(problem),
                Err(_) => Some("it takes too long".to_owned()),
            };
            if let Some(problem) = &problem
                && !failing
            {
                crate::debug::log!("Spotlight does not answer: {problem}");
            }
            failing = problem.is_some();
        }
        waiting.done();
    }
}
