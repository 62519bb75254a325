//! Requests whose end waits until what they captured has left.

use std::fmt;
use std::mem;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};
use std::thread;
use std::time::Instant;

use tokio::sync::oneshot::{Receiver, Sender, channel};

use super::Serving;
use crate::callback;
use crate::process;
use crate::scope::Host;

/// Who waits for the thread that flushes; `None` while there is no such thread. However many requests wait, in an outage for
/// instance, it is one.
static WAITING: Mutex<Option<Queue>> = Mutex::new(None);

struct Queue {
    /// The process whose thread it is: a forked child has none.
    process: u32,
    requests: Vec<Waiting>,
}

struct Waiting {
    host: Arc<dyn Host>,
    deadline: Instant,
    answer: Sender<()>,
}

/// The end of the work on a request, be it a panic, held back until what was captured has left.
pub(in crate::integrations) struct Held<T> {
    ended: Option<thread::Result<T>>,
    delivery: Receiver<()>,
}

impl<T> fmt::Debug for Held<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Held").finish_non_exhaustive()
    }
}

impl<T> Held<T> {
    /// How the work has ended, as soon as it may be told; once.
    pub(in crate::integrations) fn poll(&mut self, context: &mut Context<'_>) -> Poll<thread::Result<T>> {
        // Without a thread nobody answers, and nobody waits.
        let _ = ready!(Pin::new(&mut self.delivery).poll(context));
        self.ended.take().map_or(Poll::Pending, Poll::Ready)
    }
}

impl Serving {
    /// Whether the end of the work has to wait: something was captured, and this server waits for its delivery.
    pub(in crate::integrations) fn waits(&mut self) -> bool {
        self.settings.wait.is_some() && self.has_captured()
    }

    /// Holds the end of the work back, as long as the settings say at the longest.
    pub(in crate::integrations) fn hold<T>(&self, ended: thread::Result<T>) -> Held<T> {
        let (answer, delivery) = channel();
        if let Some(deadline) = Instant::now().checked_add(self.settings.wait.unwrap_or_default()) {
            wait(Waiting { host: Arc::clone(&self.host), deadline, answer });
        }
        Held { ended: Some(ended), delivery }
    }
}

/// Should the thread end before its time, nobody shall wait for it.
struct Abandon;

impl Drop for Abandon {
    fn drop(&mut self) {
        *lock() = None;
    }
}

fn lock() -> MutexGuard<'static, Option<Queue>> {
    WAITING.lock().unwrap_or_else(PoisonError::into_inner)
}

fn wait(request: Waiting) {
    let process = process::generation();
    let mut waiting = lock();
    match &mut *waiting {
        Some(queue) if queue.process == process => queue.requests.push(request),
        none => {
            *none = Some(Queue { process, requests: vec![request] });
            if callback::thread("sentry-flush", serve).is_err() {
                *none = None;
            }
        }
    }
}

/// The thread, which ends when nobody waits any more. It never flushes beyond the first deadline, so that all are kept;
/// who has a later one then waits with those who have come meanwhile.
fn serve() {
    let abandon = Abandon;
    let mut left = Vec::new();
    loop {
        let mut waiting = lock();
        if let Some(queue) = &mut *waiting {
            left.append(&mut queue.requests);
        }
        let Some(first) = left.iter().min_by_key(|request| request.deadline) else {
            *waiting = None;
            // Whoever comes now starts another thread.
            return mem::forget(abandon);
        };
        let (host, deadline) = (Arc::clone(&first.host), first.deadline);
        drop(waiting);
        host.flush(Some(deadline.saturating_duration_since(Instant::now())));
        let has_left = Instant::now() < deadline;
        let is_done = |request: &mut Waiting| {
            request.deadline <= deadline || (has_left && Arc::ptr_eq(&request.host, &host))
        };
        for request in left.extract_if(.., is_done) {
            let _ = request.answer.send(());
        }
    }
}
