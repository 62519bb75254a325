//! Sentry's local viewer, Spotlight: a copy of every envelope for the developer's own machine.
//!
//! Source: Sentry's SDK documentation, "Spotlight".

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Condvar, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use reqwest::Client;
use reqwest::header::{CONTENT_TYPE, USER_AGENT};
use reqwest::redirect::Policy;

use super::super::transport::Transport;
use crate::callback;
use crate::process::Work;
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
    /// `None` until the first envelope, and when there can be no thread.
    bodies: Mutex<Option<SyncSender<Vec<u8>>>>,
    started: AtomicBool,
    waiting: Arc<Waiting>,
}

#[derive(Debug, Default)]
struct Waiting {
    count: Mutex<usize>,
    one_less: Condvar,
}

impl SpotlightTransport {
    pub(crate) fn new(url: String, user_agent: String) -> Arc<Self> {
        Arc::new(Self {
            url,
            user_agent,
            bodies: Mutex::new(None),
            started: AtomicBool::new(false),
            waiting: Arc::default(),
        })
    }

    /// Where the bodies go to; starts the thread.
    fn bodies(&self) -> Option<SyncSender<Vec<u8>>> {
        let mut bodies = self.bodies.lock().unwrap_or_else(PoisonError::into_inner);
        if !self.started.swap(true, Ordering::Relaxed) {
            let (sender, receiver) = sync_channel(MOST_WAITING);
            let (url, user_agent) = (self.url.clone(), self.user_agent.clone());
            let waiting = Arc::clone(&self.waiting);
            let work = move || post_all(&url, &user_agent, &receiver, &waiting);
            match callback::thread("sentry-spotlight", work) {
                Ok(()) => *bodies = Some(sender),
                Err(error) => crate::debug::log!("nothing can be sent to Spotlight: {error}"),
            }
        }
        bodies.clone()
    }
}

impl Transport for SpotlightTransport {
    fn send_envelope(&self, envelope: Envelope) {
        let Some(bodies) = self.bodies() else { return };
        let mut body = Vec::new();
        if envelope.to_writer(&mut body, SystemTime::now()).is_err() {
            return;
        }
        self.waiting.add();
        if bodies.try_send(body).is_err() {
            self.waiting.done();
        }
    }

    fn flush(&self, timeout: Duration) -> bool {
        self.waiting.until_none(timeout)
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
    let client = Client::builder().no_proxy().redirect(Policy::none()).timeout(TIMEOUT).build();
    let runtime = work.runtime();
    let mut failing = false;
    while let Ok(body) = work.resting(|| bodies.recv()) {
        if let (Ok(client), Ok(runtime)) = (&client, &runtime) {
            let request = client
                .post(url)
                .header(CONTENT_TYPE, "application/x-sentry-envelope")
                .header(USER_AGENT, user_agent)
                .body(body);
            // Timers belong to a runtime from the moment they are made.
            let answer = runtime.block_on(async { request.send().await });
            if let Err(error) = &answer
                && !failing
            {
                crate::debug::log!("Spotlight does not answer: {error}");
            }
            failing = answer.is_err();
        }
        waiting.done();
    }
}
