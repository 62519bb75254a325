//! The functions that act on whatever client and scopes are active.

mod health;
mod logger;
pub mod metrics;

use std::error::Error;
use std::time::{Duration, SystemTime};

use crate::errors::{capture_by_hand, causes_of, of_causes, probe};
use crate::protocol::{
    Context, Event, Level, LogAttribute, Mechanism, MonitorCheckIn, MonitorCheckInStatus, User, Uuid, Value,
};
use crate::scope::{self, DeliveryStats, IntoBreadcrumbs, Item, Restore, Scope, Snapshot};
use crate::trace::{Span, Transaction, TransactionContext, TransactionOrSpan};

pub use health::{capture_feedback, end_session, end_session_with_status, start_session};
pub use logger::{Entry, capture_log};

/// Captures an event. Returns its id, or the nil id if no client is active.
///
/// ```
/// use sentry::protocol::Event;
///
/// sentry::capture_event(Event { message: Some("stock is low".into()), ..Default::default() });
/// ```
pub fn capture_event(mut event: Event<'static>) -> Uuid {
    let Some(host) = scope::host() else { return Uuid::nil() };
    if event.event_id.is_nil() {
        event.event_id = crate::random::uuid();
    }
    let (id, failure) = (event.event_id, event.level >= Level::Error);
    if !host.accept(Item::Event { event: Box::new(event), amend: None, scopes: Box::new(Snapshot::take()) }) {
        return Uuid::nil();
    }
    scope::set_last_event_id(id);
    if failure {
        scope::note_failure();
    }
    id
}

/// Captures an error with its causes, as one that was handled. Returns the event's id, or the nil id if no client is
/// active. Functions with `#[monitored]` do this by themselves for the errors that they return.
///
/// ```
/// if let Err(error) = "seven".parse::<u32>() {
///     sentry::capture_error(&error);
/// }
/// ```
///
/// An attributed function that then returns the same error adds its line to this event, and makes no other one. So do
/// the functions further out. An error that an attributed function has just returned to the one that runs here, or to the
/// request that is served, is an event already: that gets what [`with_scope`](crate::with_scope) says here, and its id is
/// returned.
pub fn capture_error<E: Error + ?Sized>(error: &E) -> Uuid {
    if scope::is_active() { capture_by_hand(probe::Seen::of_error(&error)) } else { Uuid::nil() }
}

/// The event that [`capture_error`] would capture, to be changed before [`capture_event`].
pub fn event_from_error<E: Error + ?Sized>(error: &E) -> Event<'static> {
    let mechanism = Mechanism { ty: "generic".to_owned(), handled: Some(true), ..Mechanism::default() };
    of_causes(&causes_of(probe::Seen::of_error(&error)), mechanism, None)
}

/// The name of the type that a `Debug` text begins with, for events that are made by hand. What this crate captures
/// knows the types of errors without it.
///
/// ```
/// let text = format!("{:?}", "seven".parse::<u32>().unwrap_err());
/// assert_eq!(sentry::parse_type_from_debug(&text), "ParseIntError");
/// ```
pub fn parse_type_from_debug(text: &str) -> &str {
    text.split([' ', '(', '{', '\r', '\n']).next().unwrap_or(text)
}

/// Captures a message. Returns the event's id, or the nil id if no client is active.
///
/// ```
/// sentry::capture_message("stock is low", sentry::Level::Warning);
/// ```
pub fn capture_message(message: &str, level: Level) -> Uuid {
    let Some(host) = scope::host() else { return Uuid::nil() };
    let (event_id, timestamp, message) = (crate::random::uuid(), SystemTime::now(), message.to_owned());
    // A text that waits takes far less than the event that is made of it.
    let text = message.len();
    let build = Box::new(move |transaction| {
        let message = Some(message);
        Some(Box::new(Event { event_id, level, transaction, message, timestamp, ..Event::default() }))
    });
    let size = text + size_of_val(&*build);
    if !host.accept(Item::Unbuilt { build, size, amend: None, scopes: Box::new(Snapshot::take()) }) {
        return Uuid::nil();
    }
    scope::set_last_event_id(event_id);
    if level >= Level::Error {
        scope::note_failure();
    }
    event_id
}

/// Captures a check-in: a sign of life of a scheduled job. `#[cron]` does this for a function.
///
/// Returns the id that a later check-in of the same run has to carry, or the nil id if no client is active. One that
/// says that a run begins gets an id if it has none; with a later one the nil id stands for the latest run. No callback
/// sees check-ins, and they are not sampled.
///
/// ```
/// use sentry::protocol::{MonitorCheckIn, MonitorCheckInStatus, Uuid};
///
/// sentry::capture_check_in(MonitorCheckIn {
///     check_in_id: Uuid::nil(),
///     monitor_slug: "nightly-import".into(),
///     status: MonitorCheckInStatus::InProgress,
///     environment: None,
///     duration: None,
///     monitor_config: None,
/// });
/// ```
pub fn capture_check_in(mut check_in: MonitorCheckIn) -> Uuid {
    let Some(host) = scope::host() else { return Uuid::nil() };
    if check_in.check_in_id.is_nil() && check_in.status == MonitorCheckInStatus::InProgress {
        check_in.check_in_id = crate::random::uuid();
    }
    let id = check_in.check_in_id;
    let item = Item::CheckIn { check_in: Box::new(check_in), scopes: Box::new(Snapshot::take()) };
    if host.accept(item) { id } else { Uuid::nil() }
}

/// The id of the event that was captured last in the isolation scope of the running work, or in one that was forked from it
/// and has ended since.
pub fn last_event_id() -> Option<Uuid> {
    scope::last_event_id()
}

/// Adds a breadcrumb to the isolation scope: one of the last things that happened before an error. Takes a breadcrumb,
/// several, or a closure that is only called when a client is active.
///
/// ```
/// sentry::add_breadcrumb(|| sentry::Breadcrumb {
///     category: Some("cart".into()),
///     message: Some("item added".into()),
///     ..Default::default()
/// });
/// ```
pub fn add_breadcrumb<B: IntoBreadcrumbs>(breadcrumb: B) {
    if scope::is_active() {
        scope::add_breadcrumbs(breadcrumb.into_breadcrumbs());
    }
}

/// Changes the isolation scope: what belongs to the request, job or thread as a whole. Inside
/// [`with_scope`] it changes that block's scope. Without a client the closure is not called.
///
/// ```
/// sentry::configure_scope(|scope| scope.set_tag("tenant", "acme"));
/// ```
pub fn configure_scope<F, R>(configure: F) -> R
where
    R: Default,
    F: FnOnce(&mut Scope) -> R,
{
    if !scope::is_active() {
        return R::default();
    }
    let innermost = scope::with(|context| context.innermost().handle());
    innermost.map_or_else(R::default, |mut scope| configure(&mut scope))
}

/// Runs `callback` with a scope of its own, which `configure` sets up; afterwards all is as it was.
///
/// ```
/// sentry::with_scope(
///     |scope| scope.set_tag("attempt", 2),
///     || sentry::capture_message("still no answer", sentry::Level::Warning),
/// );
/// ```
pub fn with_scope<C, F, R>(configure: C, callback: F) -> R
where
    C: FnOnce(&mut Scope),
    F: FnOnce() -> R,
{
    if !scope::is_active() {
        return callback();
    }
    let inner = scope::with(|context| {
        let current = context.current().cloned().unwrap_or_default();
        context.within(current)
    });
    let _restore = inner.map(Restore::install);
    configure_scope(|scope| configure(scope));
    callback()
}

/// The scope of the whole process: what it holds goes along with everything that is captured, unless another scope says
/// otherwise.
///
/// ```
/// sentry::global_scope().set_tag("region", "eu-west");
/// ```
pub fn global_scope() -> Scope {
    scope::make_global().handle()
}

/// Sets a tag of the isolation scope.
pub fn set_tag<V: ToString>(key: &str, value: V) {
    if let Some(mut isolation) = active_isolation() {
        isolation.set_tag(key, value);
    }
}

/// Sets the user of the isolation scope.
pub fn set_user(user: Option<User>) {
    if let Some(mut isolation) = active_isolation() {
        isolation.set_user(user);
    }
}

/// Sets a context of the isolation scope: a named object that is shown with events.
pub fn set_context<C: Into<Context>>(key: &str, value: C) {
    if let Some(mut isolation) = active_isolation() {
        isolation.set_context(key, value);
    }
}

/// Sets a value of the extra data of the isolation scope.
pub fn set_extra(key: &str, value: Value) {
    if let Some(mut isolation) = active_isolation() {
        isolation.set_extra(key, value);
    }
}

/// Sets an attribute of the isolation scope, which logs, metrics and streamed transactions carry: see
/// [`Scope::set_attribute`].
///
/// ```
/// sentry::set_attribute("plan", "gold");
/// ```
pub fn set_attribute<V: Into<LogAttribute>>(key: &str, value: V) {
    if let Some(mut isolation) = active_isolation() {
        isolation.set_attribute(key, value);
    }
}

fn active_isolation() -> Option<Scope> {
    if scope::is_active() { isolation() } else { None }
}

fn isolation() -> Option<Scope> {
    scope::with(|context| context.isolation.handle())
}

/// Notes that a feature flag was evaluated, and how: on the isolation scope, whose events show the last 100 flags, and on
/// the active span, which shows the first 10.
///
/// ```
/// sentry::add_feature_flag("new-checkout", true);
/// ```
pub fn add_feature_flag(flag: &str, result: bool) {
    if scope::is_active() {
        scope::add_feature_flag(flag, result);
    }
}

/// Starts a transaction by hand. It is not made the active one: see [`Scope::set_span`].
///
/// ```
/// let transaction = sentry::start_transaction(sentry::TransactionContext::new("import", "task"));
/// let span = transaction.start_child("db.query", "SELECT * FROM products");
/// span.finish();
/// transaction.finish();
/// ```
#[must_use = "a transaction ends when it is dropped"]
pub fn start_transaction(context: TransactionContext) -> Transaction {
    start(context, None)
}

/// Like [`start_transaction`], for one that has begun already.
#[must_use = "a transaction ends when it is dropped"]
pub fn start_transaction_with_timestamp(context: TransactionContext, timestamp: SystemTime) -> Transaction {
    start(context, Some(timestamp))
}

fn start(mut context: TransactionContext, timestamp: Option<SystemTime>) -> Transaction {
    scope::follow(&mut context);
    Transaction::start(context, scope::host().map(scope::Host::finisher), timestamp)
}

/// Starts a span by hand below the active one, which it does not take the place of: see [`Span::in_scope`] and
/// [`FutureExt::in_span`](crate::FutureExt::in_span). While no transaction runs the span is recorded nowhere, and made
/// active it changes nothing. `op` is one of Sentry's operation names, such as `db.query`.
///
/// ```
/// #[sentry::transaction]
/// fn import() {
///     let span = sentry::start_span("db.query", "SELECT * FROM products");
///     span.set_data("db.rows", 3.into());
///     span.finish();
/// }
/// # import();
/// ```
#[must_use = "a span ends when it is dropped"]
pub fn start_span(op: &str, description: &str) -> Span {
    match scope::active_handle() {
        Some(active) => active.start_child(op, description),
        None => Span::unrecorded(&scope::trace_here(), scope::host().map(scope::Host::finisher)),
    }
}

/// The active span of the running thread or task: of the innermost attributed function that has one, or made active by
/// hand. `None` while no transaction runs. Dropping the handle does not end the span.
///
/// ```
/// #[sentry::monitored]
/// fn load(rows: u32) {
///     if let Some(span) = sentry::current_span() {
///         span.set_data("db.rows", rows.into());
///     }
/// }
/// # load(3);
/// ```
pub fn current_span() -> Option<TransactionOrSpan> {
    scope::active_handle()
}

/// What became of everything that the active client has captured.
pub fn delivery_stats() -> DeliveryStats {
    scope::host().map(|host| host.stats()).unwrap_or_default()
}

/// Waits until everything captured so far has left the process, `timeout` at the longest, by default
/// [`ClientOptions::shutdown_timeout`](crate::ClientOptions::shutdown_timeout). Returns whether it has: not if something
/// was lost since the flush before, be it that there was no room for it, or that the server did not take it. What has left
/// is with the server or, with a [`spool`](crate::ClientOptions::spool), on disk; it has its chance to be sent meanwhile.
pub fn flush(timeout: Option<Duration>) -> bool {
    scope::host().is_none_or(|host| host.flush(timeout))
}

/// Like [`flush`], without blocking the thread. Any executor will do.
///
/// ```
/// # async fn end_of_a_request() {
/// sentry::flush_async(None).await;
/// # }
/// ```
pub fn flush_async(timeout: Option<Duration>) -> impl Future<Output = bool> + Send {
    let host = scope::host();
    crate::callback::on_a_thread("sentry-flush", move || host.is_none_or(|host| host.flush(timeout)))
}

/// Like [`flush`]; afterwards the active client takes nothing more, and the session that the program's run is has ended. For
/// programs that cannot keep the guard of [`init`](crate::init) until their end.
///
/// ```
/// let _guard = sentry::init(sentry::ClientOptions::new());
/// assert!(sentry::close(None));
/// assert!(sentry::capture_message("too late", sentry::Level::Info).is_nil());
/// ```
pub fn close(timeout: Option<Duration>) -> bool {
    scope::host().is_none_or(|host| host.close(timeout))
}

/// Ends the process with this exit code, after everything captured has left or the shutdown timeout has passed.
///
/// `std::process::exit` runs no destructors. It does the same on Unix, and elsewhere loses what has not left yet: see
/// [`ClientInitGuard`](crate::ClientInitGuard).
///
/// ```no_run
/// sentry::capture_message("the configuration cannot be read", sentry::Level::Fatal);
/// sentry::exit(2);
/// ```
pub fn exit(code: i32) -> ! {
    if let Some(host) = scope::host() {
        host.close(None);
    }
    std::process::exit(code)
}
