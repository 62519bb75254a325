//! Hubs, for code that was written for the published crate: a face over scopes.

use std::error::Error;
use std::fmt;
use std::future::Future;
use std::marker::PhantomData;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::task::{self, Poll};
use std::time::SystemTime;

use pin_project_lite::pin_project;

use super::bind::{Bound, Unpacked};
use crate::protocol::{Event, Level, Log, SessionStatus, Uuid};
use crate::scope::{self, Context, Pushed};
use crate::{Client, Integration, IntoBreadcrumbs, Scope, Transaction, TransactionContext, api};

/// Scopes and the client that goes with them.
///
/// This is for code that knows hubs. Nothing needs one: the functions of this crate act on the scopes of the running work,
/// [`new_isolation_scope`](crate::new_isolation_scope) makes new ones, and [`bind`](crate::bind) takes them along.
///
/// The hub of a thread or task *is* its scopes: what is set through it is seen by the functions of this crate, and the other
/// way round. A hub may be shared by threads: updates from all of them survive.
///
/// ```
/// use std::sync::Arc;
/// use sentry::{Hub, Level};
///
/// let hub = Arc::new(Hub::new_from_top(Hub::current()));
/// std::thread::spawn(move || {
///     Hub::run(hub, || {
///         sentry::configure_scope(|scope| scope.set_tag("thread", "worker"));
///         sentry::capture_message("at work", Level::Info);
///     });
/// });
/// ```
pub struct Hub {
    /// Another handle on the scopes. Where they are those of the running work, that is what counts.
    context: Mutex<Context>,
}

impl fmt::Debug for Hub {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Hub").field("scope", &self.top()).finish_non_exhaustive()
    }
}

/// Stands for no client, where a hub has been given none.
fn nobody() -> &'static Client {
    static NOBODY: OnceLock<Client> = OnceLock::new();
    NOBODY.get_or_init(|| Client::from_config(()))
}

fn or_nobody(client: Option<&Client>) -> Arc<scope::Bound> {
    Arc::new(client.unwrap_or_else(|| nobody()).bound())
}

impl Hub {
    fn of(context: Context) -> Self {
        Self { context: Mutex::new(context) }
    }

    /// A hub with this client and scope. Without a client nothing that it captures goes anywhere.
    pub fn new(client: Option<Arc<Client>>, scope: Arc<Scope>) -> Self {
        Self::of(Context::with_client(&scope, or_nobody(client.as_deref())))
    }

    /// A hub with the client and a copy of the scopes of another one.
    pub fn new_from_top<H: AsRef<Self>>(other: H) -> Self {
        Self::of(other.as_ref().with_context(|context| context.isolated()))
    }

    /// The hub of the running thread or task.
    pub fn current() -> Arc<Self> {
        let context = scope::with(|context| context.clone());
        Arc::new(Self::of(context.unwrap_or_else(Context::at_the_end)))
    }

    /// The hub whose scopes new threads start with: that of the thread which called [`init`](crate::init), or before that
    /// of the first thread that asked.
    pub fn main() -> Arc<Self> {
        Arc::new(Self::of(Context::of_origin()))
    }

    /// Calls `f` with the current hub.
    #[deprecated = "use `Hub::current`"]
    pub fn with<F, R>(f: F) -> R
    where
        F: FnOnce(&Arc<Self>) -> R,
    {
        f(&Self::current())
    }

    /// Calls `f` with the current hub, if that has a client whose items go anywhere.
    pub fn with_active<F, R>(f: F) -> R
    where
        F: FnOnce(&Arc<Self>) -> R,
        R: Default,
    {
        if scope::host().is_some_and(|host| host.is_open()) { f(&Self::current()) } else { R::default() }
    }

    /// Runs `f` with `hub` as the current one.
    pub fn run<F: FnOnce() -> R, R>(hub: Arc<Self>, f: F) -> R {
        let _switched = HubSwitchGuard::new(hub);
        f()
    }

    /// The client of the hub.
    pub fn client(&self) -> Option<Arc<Client>> {
        let own = self.with_context(|context| context.client.clone());
        let host = own.map_or_else(scope::of_process, |own| Some(Arc::clone(&own.host)));
        host.and_then(Client::of_host).filter(|client| !client.is(nobody())).map(Arc::new)
    }

    /// Calls `f` with the integration of this type, if the hub's client has it.
    pub fn with_integration<I, F, R>(&self, f: F) -> R
    where
        I: Integration,
        F: FnOnce(&I) -> R,
        R: Default,
    {
        let client = self.client();
        client.as_ref().and_then(|client| client.get_integration()).map(f).unwrap_or_default()
    }

    /// Gives the hub another client, or none. The main hub's client is the process's.
    pub fn bind_client(&self, client: Option<Arc<Client>>) {
        let own = or_nobody(client.as_deref());
        let is_main = self.is_main();
        if is_main {
            scope::install_by_hand(Arc::clone(&own.host));
        }
        let of_this_hub = || (!is_main).then(|| Arc::clone(&own));
        // Dropped out here: a client's end may run anything.
        drop(self.with_context(|context| std::mem::replace(&mut context.client, of_this_hub())));
    }

    fn is_main(&self) -> bool {
        self.with_context(|context| context.isolation.handle()).is(&Context::of_origin().isolation)
    }

    /// The id of the event that was captured last.
    pub fn last_event_id(&self) -> Option<Uuid> {
        self.with_context(|context| context.isolation.last_event())
    }

    /// Captures an event with the hub's client and scopes. See [`capture_event`](crate::capture_event).
    pub fn capture_event(&self, event: Event<'static>) -> Uuid {
        self.inside(|| api::capture_event(event))
    }

    /// Captures a message with the hub's client and scopes. See [`capture_message`](crate::capture_message).
    pub fn capture_message(&self, message: &str, level: Level) -> Uuid {
        self.inside(|| api::capture_message(message, level))
    }

    /// Captures an error with the hub's client and scopes. See [`capture_error`](crate::capture_error).
    pub fn capture_error<E: Error + ?Sized>(&self, error: &E) -> Uuid {
        self.inside(|| api::capture_error(error))
    }

    /// Captures a structured log with the hub's client and scopes. See [`capture_log`](crate::capture_log).
    pub fn capture_log(&self, log: Log) {
        self.inside(|| api::capture_log(log));
    }

    /// Starts a transaction with the hub's client. See [`start_transaction`](crate::start_transaction).
    #[must_use = "a transaction ends when it is dropped"]
    pub fn start_transaction(&self, context: TransactionContext) -> Transaction {
        self.inside(|| api::start_transaction(context))
    }

    /// Like [`start_transaction`](Self::start_transaction), for one that has begun already.
    #[must_use = "a transaction ends when it is dropped"]
    pub fn start_transaction_with_timestamp(
        &self,
        context: TransactionContext,
        timestamp: SystemTime,
    ) -> Transaction {
        self.inside(|| api::start_transaction_with_timestamp(context, timestamp))
    }

    /// Starts a session in the hub's isolation scope. See [`start_session`](crate::start_session).
    pub fn start_session(&self) {
        self.inside(api::start_session);
    }

    /// Ends the hub's session as it should end. See [`end_session`](crate::end_session).
    pub fn end_session(&self) {
        self.inside(api::end_session);
    }

    /// Ends the hub's session with a status. See [`end_session_with_status`](crate::end_session_with_status).
    pub fn end_session_with_status(&self, status: SessionStatus) {
        self.inside(|| api::end_session_with_status(status));
    }

    /// Adds a breadcrumb to the hub's isolation scope. See [`add_breadcrumb`](crate::add_breadcrumb).
    pub fn add_breadcrumb<B: IntoBreadcrumbs>(&self, breadcrumb: B) {
        self.inside(|| api::add_breadcrumb(breadcrumb));
    }

    /// Changes the hub's innermost scope: the one pushed last, else the isolation scope. A span that is made active there
    /// is so where the hub is the current one.
    pub fn configure_scope<F, R>(&self, f: F) -> R
    where
        R: Default,
        F: FnOnce(&mut Scope) -> R,
    {
        if self.is_here() {
            return f(&mut self.top());
        }
        let mut context = self.lock().clone();
        let result = {
            let _unpacked = Unpacked::new(&mut context);
            f(&mut self.top())
        };
        // What else there is in it is shared, and was changed in place.
        let mut own = self.lock();
        let replaced = (own.span.take(), own.manual.take());
        (own.span, own.manual) = (context.span.take(), context.manual.take());
        drop(own);
        // Out here: they may end spans.
        drop((replaced, context));
        result
    }

    /// Puts a scope over the hub's innermost one, until the guard is dropped. Guards may be dropped in any order.
    ///
    /// Inside of an `async` block prefer [`with_scope`](crate::with_scope), or bind the block to scopes of its own: the guard
    /// cannot leave its thread, and while the block waits, other work on the thread that was not bound sees the scope too.
    pub fn push_scope(&self) -> ScopeGuard {
        let pushed = self.with_context(Context::push);
        ScopeGuard { pushed: Some(pushed), not_send: PhantomData }
    }

    /// Runs `callback` with a scope over the hub's innermost one, which `configure` sets up. A span that is made active
    /// there is so until the end of `callback`.
    pub fn with_scope<C, F, R>(&self, configure: C, callback: F) -> R
    where
        C: FnOnce(&mut Scope),
        F: FnOnce() -> R,
    {
        if self.is_here() && scope::is_active() {
            return api::with_scope(configure, callback);
        }
        let _pushed = self.push_scope();
        self.configure_scope(|scope| configure(scope));
        callback()
    }

    fn top(&self) -> Scope {
        self.with_context(|context| context.innermost().handle())
    }

    fn lock(&self) -> MutexGuard<'_, Context> {
        self.context.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Whether the hub's scopes are those of the running work.
    fn is_here(&self) -> bool {
        let isolation = self.lock().isolation.handle();
        scope::with(|context| context.isolation.is(&isolation)).unwrap_or(false)
    }

    /// Looks at the hub's context: the thread's, if the hub is the current one. `look` must be ours and short.
    fn with_context<R>(&self, look: impl Fn(&mut Context) -> R) -> R {
        let own = &mut *self.lock();
        let here = scope::with(|here| if here.isolation.is(&own.isolation) { look(here) } else { look(own) });
        // At the end of a thread it has none any more.
        here.unwrap_or_else(|| look(own))
    }

    /// Does `work` with the hub as the current one; what it is called with is not kept.
    fn inside<R>(&self, work: impl FnOnce() -> R) -> R {
        if self.is_here() {
            return work();
        }
        let mut context = self.lock().clone();
        let _unpacked = Unpacked::new(&mut context);
        work()
    }
}

/// Calls `f` with the integration of this type and with the current hub, if the active client has it.
///
/// ```
/// use sentry::integrations::contexts::ContextIntegration;
///
/// # let options = sentry::ClientOptions::new();
/// # sentry::test::with_captured_events_options(
/// # || {
/// let is_on = sentry::with_integration(|_: &ContextIntegration, _| true);
/// assert!(is_on);
/// # },
/// # options,
/// # );
/// ```
pub fn with_integration<I, F, R>(f: F) -> R
where
    I: Integration,
    F: FnOnce(&I, &Hub) -> R,
    R: Default,
{
    Hub::with_active(|hub| hub.with_integration(|integration| f(integration, hub)))
}

/// Makes a hub the current one of its thread, until it is dropped.
#[must_use = "the hub is current until the guard is dropped"]
pub struct HubSwitchGuard {
    /// The hub and what it took the place of. `None`: it was the current one.
    switched: Option<(Arc<Hub>, Context)>,
    /// It belongs to its thread.
    not_send: PhantomData<MutexGuard<'static, ()>>,
}

impl fmt::Debug for HubSwitchGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("HubSwitchGuard").finish()
    }
}

impl HubSwitchGuard {
    /// Makes `hub` the current one.
    pub fn new(hub: Arc<Hub>) -> Self {
        let switched = if hub.is_here() {
            None
        } else {
            let mut context = hub.lock().clone();
            scope::exchange(&mut context);
            Some((hub, context))
        };
        Self { switched, not_send: PhantomData }
    }
}

impl Drop for HubSwitchGuard {
    fn drop(&mut self) {
        if let Some((hub, mut context)) = self.switched.take() {
            scope::exchange(&mut context);
            // What was pushed meanwhile, and is not popped yet, stays with the hub.
            let replaced = std::mem::replace(&mut *hub.lock(), context.clone());
            // Out here: they may end spans.
            drop((replaced, context));
        }
    }
}

/// A scope that was pushed; it is popped when the guard is dropped.
#[derive(Default)]
pub struct ScopeGuard {
    pushed: Option<Pushed>,
    /// While it exists, its thread runs with the scope.
    not_send: PhantomData<MutexGuard<'static, ()>>,
}

impl fmt::Debug for ScopeGuard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("ScopeGuard").finish()
    }
}

impl Drop for ScopeGuard {
    fn drop(&mut self) {
        if let Some(pushed) = self.pushed.take() {
            pushed.pop();
        }
    }
}

pin_project! {
    /// A future that runs with a hub as the current one. See [`SentryFutureExt::bind_hub`].
    #[derive(Debug)]
    #[must_use = "futures do nothing unless polled"]
    pub struct SentryFuture<F> {
        #[pin]
        bound: Bound<F>,
    }
}

impl<F> SentryFuture<F> {
    /// Binds a future to a hub.
    pub fn new(hub: Arc<Hub>, future: F) -> Self {
        let context = hub.with_context(|context| context.clone());
        Self { bound: Bound::to(context, future) }
    }
}

impl<F: Future> Future for SentryFuture<F> {
    type Output = F::Output;

    fn poll(self: Pin<&mut Self>, context: &mut task::Context<'_>) -> Poll<F::Output> {
        self.project().bound.poll(context)
    }
}

/// Binds futures to hubs.
pub trait SentryFutureExt: Sized {
    /// Runs the future with `hub` as the current one, wherever it is polled.
    ///
    /// ```
    /// use sentry::{Hub, SentryFutureExt as _};
    ///
    /// let _task = async { sentry::capture_message("at work", sentry::Level::Info) }
    ///     .bind_hub(Hub::new_from_top(Hub::current()));
    /// ```
    fn bind_hub<H>(self, hub: H) -> SentryFuture<Self>
    where
        H: Into<Arc<Hub>>,
    {
        SentryFuture::new(hub.into(), self)
    }
}

impl<F: Future> SentryFutureExt for F {}
