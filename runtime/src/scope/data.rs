//! One scope.

use std::collections::VecDeque;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use super::context;
use crate::protocol::{Attachment, Breadcrumb, Context, Event, Level, Map, User, Value};
use crate::telemetry::Slot;
use crate::trace::{PropagationContext, TransactionOrSpan};

/// Looks at an event before it is sent: returns it, changed or not, or `None` to drop it.
pub type EventProcessor = Arc<dyn Fn(Event<'static>) -> Option<Event<'static>> + Send + Sync>;

/// Data that goes along with everything captured while the scope is active.
///
/// A scope is a handle: each setter takes effect at once, and updates from several threads all survive.
/// [`Clone`] makes an independent copy, without copying what both have in common.
///
/// ```
/// sentry::configure_scope(|scope| {
///     scope.set_tag("plan", "enterprise");
///     scope.set_user(Some(sentry::User { id: Some("4711".into()), ..Default::default() }));
/// });
/// ```
pub struct Scope {
    cell: Arc<Mutex<Arc<ScopeData>>>,
}

/// What a scope holds. Snapshots of it are shared; writers copy what somebody still looks at.
#[derive(Clone, Default)]
pub(crate) struct ScopeData {
    pub(crate) level: Option<Level>,
    pub(crate) fingerprint: Option<Arc<[String]>>,
    pub(crate) transaction: Option<Arc<str>>,
    pub(crate) user: Option<Arc<User>>,
    pub(crate) tags: Arc<Map<String, String>>,
    pub(crate) extra: Arc<Map<String, Value>>,
    pub(crate) contexts: Arc<Map<String, Context>>,
    pub(crate) breadcrumbs: Arc<VecDeque<Arc<Breadcrumb>>>,
    pub(crate) attachments: Arc<Vec<Attachment>>,
    pub(crate) processors: Arc<Vec<EventProcessor>>,
    /// The session that an isolation scope belongs to.
    pub(crate) session: Option<Slot>,
    /// The trace that an isolation scope belongs to while no transaction runs.
    pub(crate) propagation: Option<PropagationContext>,
}

impl fmt::Debug for ScopeData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope")
            .field("level", &self.level)
            .field("fingerprint", &self.fingerprint)
            .field("transaction", &self.transaction)
            .field("user", &self.user)
            .field("tags", &self.tags)
            .field("extra", &self.extra)
            .field("contexts", &self.contexts)
            .field("breadcrumbs", &self.breadcrumbs.len())
            .field("attachments", &self.attachments.len())
            .field("processors", &self.processors.len())
            .finish_non_exhaustive()
    }
}

impl fmt::Debug for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.snapshot(), f)
    }
}

impl Default for Scope {
    fn default() -> Self {
        Self::from(ScopeData::default())
    }
}

impl Clone for Scope {
    fn clone(&self) -> Self {
        Self { cell: Arc::new(Mutex::new(self.snapshot())) }
    }
}

impl From<ScopeData> for Scope {
    fn from(data: ScopeData) -> Self {
        Self { cell: Arc::new(Mutex::new(Arc::new(data))) }
    }
}

impl Scope {
    /// An isolation scope, in a trace of its own.
    pub(crate) fn isolation() -> Self {
        Self::from(ScopeData { propagation: Some(PropagationContext::default()), ..ScopeData::default() })
    }

    /// The same scope, not a copy.
    pub(crate) fn handle(&self) -> Self {
        Self { cell: Arc::clone(&self.cell) }
    }

    /// What the scope holds now.
    pub(crate) fn snapshot(&self) -> Arc<ScopeData> {
        Arc::clone(&self.cell.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Changes the scope. `change` must be ours and short: no user code runs under the lock.
    pub(crate) fn update<R>(&self, change: impl FnOnce(&mut ScopeData) -> R) -> R {
        let mut data = self.cell.lock().unwrap_or_else(PoisonError::into_inner);
        change(Arc::make_mut(&mut data))
    }

    /// Removes everything from the scope; the trace and the session it belongs to stay.
    pub fn clear(&mut self) {
        let old = self.update(|data| {
            let (propagation, session) = (data.propagation.clone(), data.session.clone());
            std::mem::replace(data, ScopeData { propagation, session, ..ScopeData::default() })
        });
        // Out here: processors are the user's, and so is what they do when they are dropped.
        drop(old);
    }

    /// Removes the breadcrumbs.
    pub fn clear_breadcrumbs(&mut self) {
        self.update(|data| data.breadcrumbs = Arc::default());
    }

    /// Sets the level of all events, whatever their own.
    pub fn set_level(&mut self, level: Option<Level>) {
        self.update(|data| data.level = level);
    }

    /// Sets how events are grouped; `{{ default }}` stands for Sentry's own rule.
    pub fn set_fingerprint(&mut self, fingerprint: Option<&[&str]>) {
        let fingerprint = fingerprint.map(|parts| parts.iter().map(|part| (*part).to_owned()).collect());
        self.update(|data| data.fingerprint = fingerprint);
    }

    /// Sets the transaction name of events, and the name of the transaction that is running.
    pub fn set_transaction(&mut self, transaction: Option<&str>) {
        let name = transaction.map(Arc::from);
        self.update(|data| data.transaction = name);
        if let Some(name) = transaction {
            context::rename_transaction(name);
        }
    }

    /// Sets the user.
    pub fn set_user(&mut self, user: Option<User>) {
        let user = user.map(Arc::new);
        self.update(|data| data.user = user);
    }

    /// The user.
    pub fn user(&self) -> Option<User> {
        self.snapshot().user.as_deref().cloned()
    }

    /// Sets a tag: a short key and value that issues can be searched by. Sentry takes up to 200 characters of each.
    pub fn set_tag<V: ToString>(&mut self, key: &str, value: V) {
        let value = value.to_string();
        self.update(|data| drop(Arc::make_mut(&mut data.tags).insert(key.to_owned(), value)));
    }

    /// Removes a tag.
    pub fn remove_tag(&mut self, key: &str) {
        self.update(|data| drop(Arc::make_mut(&mut data.tags).remove(key)));
    }

    /// Sets a context: a named object that is shown with the event.
    pub fn set_context<C: Into<Context>>(&mut self, key: &str, value: C) {
        let value = value.into();
        self.update(|data| drop(Arc::make_mut(&mut data.contexts).insert(key.to_owned(), value)));
    }

    /// Removes a context.
    pub fn remove_context(&mut self, key: &str) {
        self.update(|data| drop(Arc::make_mut(&mut data.contexts).remove(key)));
    }

    /// Sets a value of the event's extra data. Contexts are the newer way.
    pub fn set_extra(&mut self, key: &str, value: Value) {
        self.update(|data| drop(Arc::make_mut(&mut data.extra).insert(key.to_owned(), value)));
    }

    /// Removes a value of the extra data.
    pub fn remove_extra(&mut self, key: &str) {
        self.update(|data| drop(Arc::make_mut(&mut data.extra).remove(key)));
    }

    /// Adds an event processor. It runs on the delivery thread; if it panics the event is dropped.
    pub fn add_event_processor<F>(&mut self, processor: F)
    where
        F: Fn(Event<'static>) -> Option<Event<'static>> + Send + Sync + 'static,
    {
        let processor: EventProcessor = Arc::new(processor);
        self.update(|data| Arc::make_mut(&mut data.processors).push(processor));
    }

    /// Adds an attachment to every event of this scope.
    pub fn add_attachment(&mut self, attachment: Attachment) {
        self.update(|data| Arc::make_mut(&mut data.attachments).push(attachment));
    }

    /// Removes the attachments.
    pub fn clear_attachments(&mut self) {
        self.update(|data| data.attachments = Arc::default());
    }

    /// Makes a transaction or span the active one of the running thread or task: new spans become its children and
    /// errors are linked to it. Inside [`with_scope`](crate::with_scope) it lasts until the end of the block.
    pub fn set_span(&mut self, span: Option<TransactionOrSpan>) {
        context::set_manual_span(span);
    }

    /// The active transaction or span of the running thread or task.
    pub fn get_span(&self) -> Option<TransactionOrSpan> {
        context::active_handle()
    }
}
