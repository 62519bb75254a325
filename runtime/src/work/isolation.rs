//! A request, a job, a message: work whose scopes are its own.

use std::sync::Arc;

use super::bind::Bound;
use crate::Client;
use crate::scope::{self, Context, Portable, Scope};

/// Scopes of its own for one piece of work. [`new_isolation_scope`] makes it.
#[derive(Debug)]
#[must_use = "it is for the work that `run` or `bind` is given"]
pub struct IsolationScope {
    context: Context,
}

/// Forks the isolation scope and the current scope of whoever calls, for a request, a job or a message: what the work
/// sets on its scopes, and its breadcrumbs, stay inside.
///
/// The fork holds what was set until now. It costs two allocations at most: the copies share what they do not change.
/// `#[transaction]` does this by itself when it opens a transaction.
///
/// ```
/// let request = sentry::new_isolation_scope();
/// request.configure(|scope| scope.set_tag("route", "/users/{id}"));
/// let _answer = request.bind(async {
///     sentry::capture_message("no such user", sentry::Level::Warning);
/// });
/// ```
///
/// Source: Sentry's SDK documentation, "Scopes: forking".
pub fn new_isolation_scope() -> IsolationScope {
    let context = scope::with(|context| context.isolated());
    IsolationScope { context: context.unwrap_or_else(Context::at_the_end) }
}

impl IsolationScope {
    /// Changes the isolation scope.
    pub fn configure<R>(&self, configure: impl FnOnce(&mut Scope) -> R) -> R {
        configure(&mut self.context.isolation.handle())
    }

    /// Has the work's events, transactions and check-ins captured by `client`, whichever the process's is.
    ///
    /// ```
    /// let billing = sentry::Client::from_config("https://public@sentry.example/7");
    /// sentry::new_isolation_scope().with_client(&billing).run(|| {
    ///     sentry::capture_message("for those who look after billing", sentry::Level::Info);
    /// });
    /// # billing.close(None);
    /// ```
    pub fn with_client(mut self, client: &Client) -> Self {
        self.context.client = Some(Arc::new(client.bound()));
        self
    }

    /// Runs `work` in these scopes; afterwards the thread's are what they were.
    pub fn run<R>(self, work: impl FnOnce() -> R) -> R {
        Ending(Portable::new(self.context)).0.carried(work)
    }

    /// Binds a future or a stream to these scopes.
    pub fn bind<W>(self, work: W) -> Bound<W> {
        Bound::to(self.context, work)
    }
}

/// Work that ends with its scopes.
struct Ending(Portable);

impl Drop for Ending {
    fn drop(&mut self) {
        scope::tell_last_event(self.0.context());
    }
}

/// Runs `callback` in an isolation scope of its own, which `configure` sets up. See [`new_isolation_scope`].
///
/// ```
/// for job in ["import", "export"] {
///     sentry::with_isolation_scope(
///         |scope| scope.set_tag("job", job),
///         || sentry::capture_message("done", sentry::Level::Info),
///     );
/// }
/// ```
pub fn with_isolation_scope<C, F, R>(configure: C, callback: F) -> R
where
    C: FnOnce(&mut Scope),
    F: FnOnce() -> R,
{
    if !scope::is_active() {
        return callback();
    }
    let mut isolated = new_isolation_scope();
    // Nobody else has it yet.
    configure(&mut isolated.context.isolation);
    isolated.run(callback)
}
