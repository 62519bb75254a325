//! What all frameworks for servers have in common: one request, from its arrival to the last byte of the answer.
//!
//! A framework's own part says what the request is ([`Head`]), runs the work in [`Serving::run`], and says how it ended.

mod arrival;
#[cfg(feature = "tower")]
mod call;
mod head;
mod held;
mod request;
#[cfg(feature = "tower")]
mod unanswered;
mod work;

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use self::arrival::Arrival;
pub(super) use self::head::{Head, Line};
use self::held::Held;
pub(super) use self::request::Body;
use self::request::{Answer, Shown};
pub(super) use self::work::{Ended, Sending, Work, is_bodiless};
use super::http_status::span_status;
use crate::Client;
use crate::errors::{AnsweredBy, Mailbox, Seen, of_seen};
use crate::privacy::DataCollection;
#[cfg(feature = "tower")]
use crate::protocol::TransactionSource;
#[cfg(feature = "actix")]
use crate::protocol::Uuid;
use crate::protocol::{Category, Event, Exception, Level, Mechanism, Reason, SessionStatus, SpanStatus};
use crate::scope::{self, Host, Late};
#[cfg(feature = "actix")]
use crate::work::Hub;

/// How requests are served; the same for all requests of a server.
#[derive(Clone, Debug)]
#[allow(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub(super) struct Settings {
    /// Whether requests are transactions.
    pub(super) transactions: bool,
    /// Whether those by `OPTIONS` are.
    pub(super) options_requests: bool,
    /// Answers whose transactions are not sent.
    pub(super) ignored: Vec<RangeInclusive<u16>>,
    /// Answers that are captured.
    pub(super) failed: RangeInclusive<u16>,
    /// Whether a panic goes on, after it was captured.
    pub(super) repanic: bool,
    /// How long an answer waits for the delivery of what was captured meanwhile, if it does.
    pub(super) wait: Option<Duration>,
    /// What is shown of requests, if that is not what the client's options say.
    pub(super) collection: Option<Arc<DataCollection>>,
    /// The hub that requests are served with, if that is not the one that is current.
    #[cfg(feature = "actix")]
    pub(super) hub: Option<Arc<Hub>>,
    /// Whether an answer says which event was captured.
    #[cfg(feature = "actix")]
    pub(super) emit_header: bool,
    /// Who serves, as events and transactions name it.
    pub(super) origin: &'static str,
}

impl Settings {
    pub(super) fn new(origin: &'static str) -> Self {
        Self {
            transactions: true,
            options_requests: false,
            ignored: Vec::new(),
            failed: 500..=599,
            repanic: true,
            wait: None,
            collection: None,
            #[cfg(feature = "actix")]
            hub: None,
            #[cfg(feature = "actix")]
            emit_header: false,
            origin,
        }
    }
}

/// One request that is being served. When it is dropped before the end, nobody waits for the answer any more.
pub(super) struct Serving {
    /// The context, and the transaction until it ends.
    late: Late<Arrival>,
    mailbox: Mailbox,
    shown: Arc<Shown>,
    settings: Arc<Settings>,
    host: Arc<dyn Host>,
    /// Whether it is a session.
    session: bool,
    /// The status that was answered.
    status: Option<u16>,
    /// The code that a call was answered with, and what that says of a span.
    call_ended: Option<(u8, SpanStatus)>,
    ended: bool,
}

impl fmt::Debug for Serving {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Serving")
            .field("status", &self.status)
            .field("ended", &self.ended)
            .finish_non_exhaustive()
    }
}

impl Serving {
    /// Where the request's body is to be kept as it is read, if it is collected at all.
    pub(super) fn body(&self) -> Option<Arc<Body>> {
        let most = || {
            let client = Client::of_host(Arc::clone(&self.host));
            client.map(|client| client.options().max_request_body_size).unwrap_or_default()
        };
        self.shown.keep_body(most)
    }

    fn repanics(&self) -> bool {
        self.settings.repanic
    }

    /// Runs a part of the request's work in its context.
    #[inline]
    pub(super) fn run<R>(&mut self, work: impl FnOnce() -> R) -> R {
        let Self { late, mailbox, .. } = self;
        mailbox.scoped(|| late.carried(work))
    }

    /// The request was answered with this status, and by this error if it is known. Its body may still be on its way.
    pub(super) fn answered(&mut self, status: u16, failure: Option<Seen<'_>>) {
        let by = failure.map_or(AnsweredBy::Nobody, AnsweredBy::Error);
        self.answered_by(status, by, |mechanism| of_status(status, mechanism));
    }

    /// The same, where of the error only the name of its type and its text are known.
    #[cfg(feature = "actix")]
    pub(super) fn answered_saying(&mut self, status: u16, error: impl FnOnce() -> (String, String)) {
        // Nobody asks what else says.
        let (ty, text) = if self.settings.failed.contains(&status) { error() } else { Default::default() };
        let by = if text.is_empty() { AnsweredBy::Nobody } else { AnsweredBy::Text(&text) };
        self.answered_by(status, by, |mechanism| of_text(ty, text.clone(), mechanism));
    }

    fn answered_by(
        &mut self,
        status: u16,
        by: AnsweredBy<'_>,
        otherwise: impl FnOnce(Mechanism) -> Event<'static>,
    ) {
        self.status = Some(status);
        let known = self.mailbox.answered(by, status < 400);
        if known || !self.settings.failed.contains(&status) {
            return;
        }
        let mechanism = self.mechanism();
        let event = match by {
            AnsweredBy::Error(failure) => of_seen(failure, mechanism),
            // It was captured by hand, or there was none.
            _ => (!self.has_told()).then(|| otherwise(mechanism)),
        };
        self.capture(event);
    }

    /// The event that the answer is to name: the last one of a request that has failed.
    #[cfg(feature = "actix")]
    pub(super) fn event_to_name(&mut self) -> Option<Uuid> {
        let failed = self.status.is_some_and(|status| self.settings.failed.contains(&status));
        let (context, _) = self.late.get_mut().filter(|_| failed && self.settings.emit_header)?;
        context.isolation.last_event()
    }

    /// The answer is made further out, where nobody watches its body.
    #[cfg(feature = "actix")]
    pub(super) fn left_to_others(&mut self) {
        self.end(self.status.map(span_status), None);
    }

    fn capture(&mut self, event: Option<Event<'static>>) {
        if let Some(event) = event {
            self.run(|| crate::capture_event(event));
        }
    }

    fn mechanism(&self) -> Mechanism {
        Mechanism { ty: self.settings.origin.to_owned(), handled: Some(false), ..Mechanism::default() }
    }

    /// The work has panicked; the panic itself is captured by the panic hook.
    pub(super) fn panicked(&mut self) {
        self.status = Some(500);
        self.end_session(SessionStatus::Crashed);
        self.end(Some(SpanStatus::InternalError), None);
    }

    /// The last byte of the answer is on its way: so many there were.
    pub(super) fn finish(&mut self, size: u64) {
        #[cfg(feature = "tower")]
        self.complete_call();
        let of_call = self.call_ended.map(|(_, status)| status);
        self.end(of_call.or(self.status.map(span_status)), Some(size));
    }

    /// Whether something was captured since the request arrived.
    fn has_captured(&mut self) -> bool {
        self.late.get_mut().is_some_and(|(context, _)| context.isolation.last_event().is_some())
    }

    /// Whether the program has captured a failure by hand since the request arrived.
    fn has_told(&mut self) -> bool {
        self.late.get_mut().is_some_and(|(context, _)| context.isolation.has_told())
    }

    /// The body of the answer broke off, which is no fault of the client's.
    pub(super) fn broke_off(&mut self) {
        let known = self.mailbox.answered(AnsweredBy::Nobody, false);
        if !known && !self.has_told() {
            let mechanism = self.mechanism();
            let text = "the body of the answer broke off".to_owned();
            self.capture(Some(of_text("BodyError".to_owned(), text, mechanism)));
        }
        self.end(Some(SpanStatus::InternalError), None);
    }

    fn end(&mut self, status: Option<SpanStatus>, size: Option<u64>) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        self.mailbox.close();
        self.end_session(SessionStatus::Exited);
        self.end_transaction(status, size);
    }

    /// Ends the session, if it has not. Errors that were captured until now count for it.
    fn end_session(&mut self, status: SessionStatus) {
        if !std::mem::take(&mut self.session) {
            return;
        }
        if status == SessionStatus::Exited
            && let Some(arrival) = self.late.seed()
        {
            return arrival.count_session(&*self.host);
        }
        self.run(|| scope::end_session(status));
    }

    fn end_transaction(&mut self, status: Option<SpanStatus>, size: Option<u64>) {
        let Some(transaction) = self.late.get_mut().and_then(|(_, transaction)| transaction.take()) else {
            return;
        };
        let active = transaction.active();
        let ignored = |code: u16| self.settings.ignored.iter().any(|codes| codes.contains(&code));
        if self.status.is_some_and(ignored) {
            if let Some(spans) = active.discard_transaction() {
                let spans = u64::try_from(spans).unwrap_or(u64::MAX).saturating_add(1);
                let lost = [(Category::Transaction, 1), (Category::Span, spans)];
                self.host.dropped(Reason::SampleRate, &lost);
            }
            return;
        }
        if transaction.is_sampled() {
            let code = self.call_ended.map(|(code, _)| code);
            self.shown.answered(Answer { status: self.status, size, code });
            active.with_root(|root| {
                if let Some(status) = status {
                    root.status.get_or_insert(status);
                }
                root.unsaid = Some(Arc::clone(&self.shown) as _);
            });
        }
        self.run(|| transaction.finish());
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.panicked();
        } else {
            self.end(Some(SpanStatus::Cancelled), None);
        }
    }
}

/// The request that is being served was found to fit this route, by a part of the server further in.
#[cfg(feature = "tower")]
pub(super) fn found_route(method: &str, route: &str) {
    if let Some(active) = scope::active_span() {
        active.with_root(|root| {
            if root.source == TransactionSource::Url {
                root.name = format!("{method} {route}").into();
                root.source = TransactionSource::Route;
            }
        });
    }
}

/// The event of an answer that nobody has said the cause of: each route is an issue of its own.
fn of_status(status: u16, mechanism: Mechanism) -> Event<'static> {
    let fingerprint = vec!["{{ default }}".into(), "{{ transaction }}".into()];
    let event = of_text("ServerError".to_owned(), format!("answered with status {status}"), mechanism);
    Event { fingerprint: fingerprint.into(), ..event }
}

fn of_text(ty: String, value: String, mechanism: Mechanism) -> Event<'static> {
    let exception = Exception { ty, value: Some(value), mechanism: Some(mechanism), ..Exception::default() };
    Event { exception: vec![exception].into(), level: Level::Error, ..Event::default() }
}
