//! What all frameworks for servers have in common: one request, from its arrival to the last byte of the answer.
//!
//! A framework's own part says what the request is ([`Head`]), runs the work in [`Serving::run`], and says how it ended.

#[cfg(feature = "tower")]
mod call;
mod held;
mod request;
#[cfg(feature = "tower")]
mod unanswered;

use std::fmt;
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

pub(super) use held::Held;
pub(super) use request::{Body, Head};

use self::request::Shown;
use super::http_status::span_status;
use crate::Client;
use crate::errors::{Mailbox, Seen, of_seen};
use crate::privacy::DataCollection;
use crate::protocol::{
    Category, Event, Exception, Level, Mechanism, Reason, SessionStatus, SpanStatus, TransactionSource, Uuid,
    Value,
};
use crate::scope::{self, Context, Host};
use crate::telemetry::Judge;
use crate::trace::{
    PropagationContext, TracePropagationContext, Transaction, TransactionContext, TransactionOrSpan,
};
use crate::work::Luggage;

/// How requests are served; the same for all requests of a server.
#[derive(Clone, Debug)]
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
    pub(super) collection: Option<DataCollection>,
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
            origin,
        }
    }
}

/// One request that is being served. When it is dropped before the end, nobody waits for the answer any more.
pub(super) struct Serving {
    luggage: Luggage,
    mailbox: Mailbox,
    transaction: Option<Transaction>,
    shown: Arc<Shown>,
    settings: Arc<Settings>,
    host: Arc<dyn Host>,
    /// The event that was captured last when the request arrived.
    before: Option<Uuid>,
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
    /// A request has arrived; `None` if no client is active. `route` is the pattern that its path fits, if that is known.
    pub(super) fn begin(
        head: Box<dyn Head>,
        route: Option<&str>,
        settings: &Arc<Settings>,
    ) -> Option<Box<Self>> {
        let host = scope::is_active().then(scope::host).flatten()?;
        let client = Client::of_host(Arc::clone(&host))?;
        let options = client.options();
        let collection = settings.collection.clone().unwrap_or_else(|| options.collected_data().into_owned());
        let shown = Arc::new(Shown::new(head, collection, options.max_request_body_size));

        let incoming = incoming(&*shown.head, &host);
        let trace = incoming.clone().map(PropagationContext::continuing).unwrap_or_default();
        let mut context = scope::with(|context| context.in_trace(trace))?;
        let before = context.isolation.read(|data| data.last_event);
        let on_events = Arc::clone(&shown);
        context.isolation.handle().set_request(Arc::new(move |event| on_events.complete(event)));

        let session = options.tracks_requests()
            && scope::start_session_in(&context.isolation.handle(), &host, Judge::Server);

        let wanted = settings.transactions && (settings.options_requests || shown.head.method() != "OPTIONS");
        let transaction = wanted.then(|| {
            let (name, source) = name(&*shown.head, route);
            let op = if shown.head.is_call() { "rpc.server" } else { "http.server" };
            let mut described = TransactionContext::new(&name, op);
            described.source = source;
            described.origin = settings.origin;
            described.follow(incoming.as_ref());
            Transaction::start(described, Some(Arc::clone(&host).finisher()), None)
        });
        if let Some(transaction) = &transaction {
            activate(&mut context, transaction.clone());
        }
        let mailbox = Mailbox::of_server();
        Some(Box::new(Self {
            luggage: Luggage::of_server(context, mailbox.clone()),
            mailbox,
            transaction,
            shown,
            settings: Arc::clone(settings),
            host,
            before,
            session,
            status: None,
            call_ended: None,
            ended: false,
        }))
    }

    /// Where the request's body is to be kept as it is read, if it is collected at all.
    pub(super) fn body(&self) -> Option<Arc<Body>> {
        self.shown.wants_body().then(|| Arc::clone(&self.shown.body))
    }

    pub(super) fn repanics(&self) -> bool {
        self.settings.repanic
    }

    /// Runs a part of the request's work in its context.
    pub(super) fn run<R>(&mut self, work: impl FnOnce() -> R) -> R {
        self.luggage.carried(work)
    }

    /// The request was answered with this status, and by this error if it is known. Its body may still be on its way.
    pub(super) fn answered(&mut self, status: u16, failure: Option<Seen<'_>>) {
        self.answered_by(status, failure, |mechanism| of_status(status, mechanism));
    }

    /// The same, where of the error only the name of its type and its text are known.
    #[cfg(feature = "actix")]
    pub(super) fn answered_saying(&mut self, status: u16, error: impl FnOnce() -> (String, String)) {
        self.answered_by(status, None, |mechanism| {
            let (ty, text) = error();
            of_text(ty, text, mechanism)
        });
    }

    fn answered_by(
        &mut self,
        status: u16,
        failure: Option<Seen<'_>>,
        otherwise: impl FnOnce(Mechanism) -> Event<'static>,
    ) {
        self.status = Some(status);
        let known = self.mailbox.answered(failure, status < 400);
        if known || !self.settings.failed.contains(&status) {
            return;
        }
        let mechanism = self.mechanism();
        let event = match failure {
            Some(failure) => of_seen(failure, mechanism),
            // It was captured in some other way, or there was none.
            None => (!self.has_captured()).then(|| otherwise(mechanism)),
        };
        self.capture(event);
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
        let of_call = self.call_ended.map(|(_, status)| status);
        self.end(of_call.or(self.status.map(span_status)), Some(size));
    }

    /// Whether something was captured since the request arrived.
    fn has_captured(&mut self) -> bool {
        self.run(scope::last_event_id) != self.before
    }

    fn end(&mut self, status: Option<SpanStatus>, size: Option<u64>) {
        if std::mem::replace(&mut self.ended, true) {
            return;
        }
        self.mailbox.answered(None, false);
        self.end_session(SessionStatus::Exited);
        self.end_transaction(status, size);
    }

    /// Ends the session, if it has not. Errors that were captured until now count for it.
    fn end_session(&mut self, status: SessionStatus) {
        if std::mem::take(&mut self.session) {
            self.run(|| scope::end_session(status));
        }
    }

    fn end_transaction(&mut self, status: Option<SpanStatus>, size: Option<u64>) {
        let Some(transaction) = self.transaction.take() else { return };
        let active = TransactionOrSpan::from(transaction.clone()).active().clone();
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
            let request = self.shown.request();
            let user = self.shown.user();
            active.with_root(|root| {
                if let Some(status) = status {
                    root.status.get_or_insert(status);
                }
                let mut say = |key: &str, value: Value| {
                    root.data.entry(key.to_owned()).or_insert(value);
                };
                say("http.request.method", self.shown.head.method().into());
                say("url.path", self.shown.head.path().into());
                if let Some(status) = self.status.filter(|_| !self.shown.head.is_call()) {
                    say("http.response.status_code", status.into());
                }
                if let Some(size) = size {
                    say("http.response.body.size", size.into());
                }
                if root.source == TransactionSource::Route
                    && let Some((_, route)) = root.name.split_once(' ')
                {
                    let route = Value::from(route);
                    root.data.insert("http.route".to_owned(), route);
                }
                #[cfg(feature = "tower")]
                self.describe_call(root);
                root.request.get_or_insert_with(|| Box::new(request));
                if root.user.is_none() {
                    root.user = user.map(Box::new);
                }
            });
        }
        self.run(|| transaction.finish());
    }
}

impl Drop for Serving {
    fn drop(&mut self) {
        self.end(Some(SpanStatus::Cancelled), None);
    }
}

/// The trace that the request belongs to, if it began elsewhere and is ours to continue.
fn incoming(head: &dyn Head, host: &Arc<dyn Host>) -> Option<TracePropagationContext> {
    let headers = ["sentry-trace", "baggage", "traceparent"];
    let headers = headers.into_iter().filter_map(|name| Some((name, head.header(name)?)));
    let trace = TracePropagationContext::try_from_headers(headers).ok()?;
    let settings = host.settings();
    trace.belongs_to(settings.org_id, settings.strict).then_some(trace)
}

/// Makes the transaction the one that the work belongs to.
fn activate(context: &mut Context, transaction: Transaction) {
    let handle = TransactionOrSpan::from(transaction);
    context.span = Some(handle.active().clone());
    context.manual = Some(handle);
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

fn name(head: &dyn Head, route: Option<&str>) -> (String, TransactionSource) {
    if head.is_call() {
        return (head.path().trim_start_matches('/').to_owned(), TransactionSource::Route);
    }
    let source = if route.is_some() { TransactionSource::Route } else { TransactionSource::Url };
    (format!("{} {}", head.method(), route.unwrap_or_else(|| head.path())), source)
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
