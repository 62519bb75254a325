//! The way of one packet: attempts, what the server says to them, and what is entered into the books.
//!
//! Source: Sentry's SDK documentation, "Rate limiting" and "Client reports". An answer of 429 is the server's own doing
//! and not reported; any other refusal is a `send_error`. What may pass, a server that cannot be reached, that answers
//! 408 or an error of its own (5xx), is tried again within the retry window.

use std::future::{Future, poll_fn};
use std::pin::{Pin, pin};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::Poll;
use std::time::{Duration, Instant};

use super::http::{Answer, Connections, HttpSettings};
use super::ledger::Quantities;
use super::limits::{RateLimits, kinds};
use super::packet::Packet;
use super::queue::{Queue, Ticket};
use super::retry::{Ending, Retry};
use super::spool::{Lost, Sink, Spool, Verdict};
use super::window::Window;
use crate::protocol::{Category, ClientReport, EnvelopeHeaders, Reason};

/// Sends packets to one server.
#[derive(Debug)]
pub(crate) struct Sender {
    /// `None` if there can be none.
    connections: Option<Connections>,
    queue: Arc<Queue>,
    retry_window: Duration,
    limits: Mutex<RateLimits>,
    window: Mutex<Window>,
    /// Where what could not be sent is kept.
    spool: Option<Arc<Spool>>,
    /// Whether the last attempt failed, and that was said.
    failing: AtomicBool,
    /// Whether the last attempt got no answer at all.
    unreachable: AtomicBool,
}

/// What one attempt came to.
enum Attempt {
    Delivered,
    /// The server wants less for a while, and has counted this one.
    RefusedForNow,
    /// There is no use in trying again.
    Refused(Reason),
    /// This client cannot send at all. Another one may, of a program that was told better.
    Unable,
    /// Another attempt may succeed, after the time that the server asks for.
    Failed {
        reason: Reason,
        asked: Option<Duration>,
    },
}

impl Sender {
    pub(crate) fn new(
        settings: &HttpSettings,
        queue: Arc<Queue>,
        retry_window: Duration,
        most: usize,
        spool: Option<Arc<Spool>>,
    ) -> Self {
        let connections = Connections::new(settings);
        if let Err(problem) = &connections {
            crate::debug::log!("nothing can be sent: {problem}");
        }
        Self {
            connections: connections.ok(),
            queue,
            retry_window,
            limits: Mutex::default(),
            window: Mutex::new(Window::new(most)),
            spool,
            failing: AtomicBool::new(false),
            unreachable: AtomicBool::new(false),
        }
    }

    /// How many packets may be on their way.
    pub(crate) fn window(&self) -> usize {
        lock(&self.window).size()
    }

    /// From when on nothing is waited for, but kept; nowhere to keep it, no such time.
    pub(crate) fn last_call(&self) -> Option<Instant> {
        self.spool.as_ref().and_then(|_| self.queue.last_call())
    }

    /// Whether the server does not want such a thing now.
    pub(crate) fn refuses(&self, quantities: &Quantities) -> bool {
        lock(&self.limits).forbids(Instant::now(), kinds(quantities)).is_some()
    }

    /// Whether it does not want attachments; what they go along with, it may.
    pub(crate) fn refuses_attachments(&self) -> bool {
        lock(&self.limits).is_limited(Instant::now(), Category::Attachment)
    }

    /// Whether the server wants less of anything.
    pub(crate) fn is_limited(&self) -> bool {
        lock(&self.limits).is_any_limited(Instant::now())
    }

    /// Sends a packet, again if need be, and enters what became of it.
    pub(crate) async fn deliver(self: Arc<Self>, packet: Packet, ticket: Ticket) {
        let mut retry = Retry::new(self.retry_window);
        loop {
            if self.refuses(ticket.quantities()) {
                return ticket.dropped(Reason::RatelimitBackoff);
            }
            let (reason, asked) = match self.attempt(&packet).await {
                Attempt::Delivered => return ticket.delivered(),
                Attempt::RefusedForNow => return ticket.refused_for_now(),
                Attempt::Refused(reason) => return ticket.dropped(reason),
                Attempt::Unable => return self.give_up(&packet, ticket, Reason::InternalSdkError),
                Attempt::Failed { reason, asked } => (reason, asked),
            };
            let (ending, now) = (self.ending(), Instant::now());
            let Some(wait) = retry.after_failure(now, asked, ending, crate::random::share()) else {
                return self.give_up(&packet, ticket, reason);
            };
            if ending == Ending::NotYet && asked.is_none() {
                self.rested(now + retry.soonest(), now + wait).await;
            } else if !self.waited(now + wait).await {
                return self.give_up(&packet, ticket, reason);
            }
        }
    }

    fn ending(&self) -> Ending {
        if self.queue.is_open() {
            return Ending::NotYet;
        }
        // What is kept need not be waited for.
        let last_call = self.queue.last_call().filter(|_| self.spool.is_none());
        last_call.map_or(Ending::Now, Ending::At)
    }

    /// Waits until `then`. Whoever flushes wants to know sooner, but a server in trouble is not asked again before `soonest`,
    /// however often that is; whoever closes cannot wait.
    async fn rested(&self, soonest: Instant, mut then: Instant) {
        loop {
            // Before the look, so that nobody who closes in between is missed.
            let hurried = self.queue.hurried();
            if !self.queue.is_open() || tokio::time::timeout_at(then.into(), hurried).await.is_err() {
                return;
            }
            then = then.min(soonest);
        }
    }

    /// Waits until `then`; false at once if the program ends before.
    async fn waited(&self, then: Instant) -> bool {
        loop {
            // Before the look, so that nobody who closes in between is missed.
            let hurried = self.queue.hurried();
            if self.queue.last_call().is_some_and(|last_call| last_call <= then) {
                return false;
            }
            if tokio::time::timeout_at(then.into(), hurried).await.is_err() {
                return true;
            }
        }
    }

    /// What could not be sent for a reason that may pass, and has had its time, or for one that is not its own.
    fn give_up(&self, packet: &Packet, ticket: Ticket, reason: Reason) {
        match &self.spool {
            Some(spool) if spool.keep(packet) => ticket.kept(),
            _ => ticket.dropped(reason),
        }
    }

    /// Tells the server of losses, in an envelope of its own.
    pub(crate) async fn report(self: Arc<Self>, headers: EnvelopeHeaders) {
        // At the end nobody can wait for a server that was not there a moment ago.
        let hopeless = self.unreachable.load(Ordering::Relaxed) && !self.queue.is_open();
        let refused = hopeless || lock(&self.limits).is_limited(Instant::now(), Category::Internal);
        if !refused
            && let Some(report) = self.queue.take_report()
            && let Ok(packet) = Packet::of_report(&report, headers)
            && !matches!(
                self.before_last_call(pin!(self.exchange(&packet, None))).await,
                Some(Attempt::Delivered)
            )
        {
            self.queue.restore(report);
        }
        self.queue.reported();
    }

    /// One attempt. What is to be reported goes along.
    async fn attempt(&self, packet: &Packet) -> Attempt {
        let report = self.queue.take_report();
        let attempt = self.before_last_call(pin!(self.exchange(packet, report.as_ref()))).await;
        let attempt = attempt.unwrap_or(Attempt::Failed { reason: Reason::NetworkError, asked: None });
        if let Some(report) = report
            && !matches!(attempt, Attempt::Delivered)
        {
            self.queue.restore(report);
        }
        attempt
    }

    /// What comes of it, if that is known before it is too late to wait for the server.
    async fn before_last_call<T>(&self, mut work: Pin<&mut impl Future<Output = T>>) -> Option<T> {
        if self.spool.is_none() {
            return Some(work.await);
        }
        if self.last_call().is_some_and(|last_call| last_call <= Instant::now()) {
            return None;
        }
        let mut too_late = pin!(self.queue.called_last());
        poll_fn(|context| match work.as_mut().poll(context) {
            Poll::Ready(done) => Poll::Ready(Some(done)),
            Poll::Pending => too_late.as_mut().poll(context).map(|()| None),
        })
        .await
    }

    async fn exchange(&self, packet: &Packet, report: Option<&ClientReport>) -> Attempt {
        let Some(connections) = &self.connections else { return Attempt::Unable };
        let answer = match connections.send(packet, report).await {
            Ok(answer) => answer,
            Err(problem) => {
                self.unreachable.store(true, Ordering::Relaxed);
                self.note(Some(&problem));
                lock(&self.window).failed();
                return Attempt::Failed { reason: Reason::NetworkError, asked: None };
            }
        };
        let Answer { status, ref rate_limits, retry_after } = answer;
        lock(&self.limits).learn(Instant::now(), status, rate_limits.as_deref(), retry_after);
        self.note((!(200..300).contains(&status)).then(|| answer.describe()).as_deref());
        self.unreachable.store(false, Ordering::Relaxed);
        match status {
            200..300 => {
                let more = self.queue.has_waiting();
                lock(&self.window).succeeded(more);
                Attempt::Delivered
            }
            429 => Attempt::RefusedForNow,
            408 | 500.. => {
                lock(&self.window).failed();
                Attempt::Failed { reason: Reason::SendError, asked: retry_after }
            }
            _ => Attempt::Refused(Reason::SendError),
        }
    }

    /// Says what is wrong: once, not for every item, until something gets through again.
    fn note(&self, problem: Option<&str>) {
        let said = self.failing.swap(problem.is_some(), Ordering::Relaxed);
        match (problem, &self.spool) {
            (Some(problem), _) if !said => crate::debug::log!("{problem}"),
            (None, Some(spool)) => spool.recovered(),
            _ => {}
        }
    }
}

/// What comes from the spool. What another process has captured is captured here when it is settled here.
impl Sink for Sender {
    async fn send(&self, packet: Packet, adopted: bool) -> Verdict {
        let quantities = &packet.categories;
        let loss = match self.attempt(&packet).await {
            Attempt::Failed { asked, .. } => return Verdict::Later { asked },
            Attempt::Unable => return Verdict::Later { asked: None },
            Attempt::Delivered => None,
            Attempt::Refused(reason) => Some((reason, true)),
            Attempt::RefusedForNow => Some((Reason::RatelimitBackoff, false)),
        };
        if adopted {
            self.queue.enter_captured(quantities);
        }
        match loss {
            None => self.queue.enter_delivered(quantities),
            Some((reason, reported)) => self.queue.enter_lost(reason, quantities, reported),
        }
        Verdict::Settled
    }

    fn limits(&self) -> RateLimits {
        lock(&self.limits).clone()
    }

    fn lost(&self, Lost { quantities, adopted, reason }: Lost) {
        if adopted {
            self.queue.enter_captured(&quantities);
        }
        self.queue.enter_lost(reason, &quantities, true);
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
