//! One scope.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};

use super::attachments::ScopeAttachment;
use super::breadcrumbs::Breadcrumbs;
use super::context;
use super::flags::Flags;
use super::shared::{SharedList, SharedMap, part_of};
use crate::protocol::{Context, Event, Level, LogAttribute, Memory, User, Uuid, Value};
use crate::telemetry::Slot;
use crate::trace::{PropagationContext, TransactionOrSpan};

/// Looks at an event before it is sent: returns it, changed or not, or `None` to drop it.
pub type EventProcessor = Arc<dyn Fn(Event<'static>) -> Option<Event<'static>> + Send + Sync>;

/// A request that is served, as events show it.
#[cfg(any(feature = "actix", feature = "tower"))]
pub(crate) trait Asked: Send + Sync {
    /// Says in an event what it does not say itself. Never code of the user's.
    fn complete(&self, event: &mut Event<'static>);
}

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
    cell: Arc<Cell>,
}

struct Cell {
    /// Locked for as long as it takes to copy or to set what it holds; no code of the user's runs meanwhile.
    data: Mutex<ScopeData>,
    /// Whether it may belong to a trace that began elsewhere: known without the lock.
    follows: AtomicBool,
    /// Set when the scope was pushed and has been popped: what it lay on. Whoever still has it goes on there.
    below: OnceLock<Option<Scope>>,
    /// Whether there is a last event: work that has captured none, as most, ends without a look at the rest.
    has_captured: AtomicBool,
    /// Whether the program itself has captured a failure.
    has_told: AtomicBool,
}

/// What a scope holds. A copy costs as little as a few counters.
#[derive(Clone, Default)]
pub(crate) struct ScopeData {
    pub(crate) level: Option<Level>,
    pub(crate) fingerprint: Option<Arc<[String]>>,
    pub(crate) transaction: Option<Arc<str>>,
    pub(crate) user: Option<Arc<User>>,
    pub(crate) tags: SharedMap<String>,
    pub(crate) extra: SharedMap<Value>,
    /// What logs, metrics and streamed transactions say.
    pub(crate) attributes: SharedMap<LogAttribute>,
    pub(crate) contexts: SharedMap<Context>,
    pub(crate) breadcrumbs: Breadcrumbs,
    pub(crate) flags: Flags,
    pub(crate) attachments: SharedList<ScopeAttachment>,
    pub(crate) processors: SharedList<EventProcessor>,
    /// Says in an event what was asked of the server; transactions say it themselves.
    #[cfg(any(feature = "actix", feature = "tower"))]
    pub(crate) request: Option<Arc<dyn Asked>>,
    /// The session that an isolation scope belongs to.
    pub(crate) session: Option<Slot>,
    /// The trace that an isolation scope belongs to while no transaction runs.
    pub(crate) propagation: Option<PropagationContext>,
    /// The event that was captured last, in an isolation scope.
    pub(crate) last_event: Option<Uuid>,
}

impl ScopeData {
    /// What a copy that somebody keeps takes, in bytes: its part of what several have in common.
    pub(crate) fn memory(&self) -> usize {
        let maps =
            self.tags.memory() + self.extra.memory() + self.attributes.memory() + self.contexts.memory();
        let user = self.user.as_ref().map_or(0, |user| part_of(size_of::<User>() + user.memory(), user));
        let texts = self.transaction.as_ref().map_or(0, |name| name.len())
            + self.fingerprint.as_ref().map_or(0, |parts| parts.iter().map(Memory::memory).sum());
        maps + user + texts + self.breadcrumbs.memory() + self.attachments.memory(ScopeAttachment::memory)
    }
}

impl fmt::Debug for ScopeData {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Scope")
            .field("level", &self.level)
            .field("fingerprint", &self.fingerprint)
            .field("transaction", &self.transaction)
            .field("user", &self.user)
            .field("tags", &DebugMap(&self.tags))
            .field("extra", &DebugMap(&self.extra))
            .field("contexts", &DebugMap(&self.contexts))
            .field("breadcrumbs", &self.breadcrumbs.to_vec().len())
            .field("attachments", &self.attachments.len())
            .field("processors", &self.processors.len())
            .finish_non_exhaustive()
    }
}

struct DebugMap<'a, V>(&'a SharedMap<V>);

impl<V: fmt::Debug> fmt::Debug for DebugMap<'_, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_map().entries(self.0.iter()).finish()
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
        Self::from(self.snapshot())
    }
}

impl From<ScopeData> for Scope {
    fn from(data: ScopeData) -> Self {
        let follows = data.propagation.as_ref().is_some_and(|trace| trace.incoming().is_some());
        let (follows, has_captured) = (AtomicBool::new(follows), AtomicBool::new(data.last_event.is_some()));
        let data = Mutex::new(data);
        let has_told = AtomicBool::new(false);
        Self { cell: Arc::new(Cell { data, follows, below: OnceLock::new(), has_captured, has_told }) }
    }
}

impl Scope {
    /// An isolation scope, in a trace of its own.
    pub(crate) fn isolation() -> Self {
        Self::from(ScopeData { propagation: Some(PropagationContext::default()), ..ScopeData::default() })
    }

    /// A copy for other work, which has captured nothing yet.
    pub(crate) fn fork(&self) -> Self {
        Self::from(self.forked())
    }

    /// What such a copy holds.
    pub(super) fn forked(&self) -> ScopeData {
        ScopeData { last_event: None, ..self.snapshot() }
    }

    /// The same scope, not a copy.
    pub(crate) fn handle(&self) -> Self {
        Self { cell: Arc::clone(&self.cell) }
    }

    /// Whether both are one and the same scope.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.cell, &other.cell)
    }

    /// From now on the scope belongs to this trace.
    pub(super) fn set_trace(&self, trace: PropagationContext) {
        if trace.incoming().is_some() {
            self.cell.follows.store(true, Ordering::Relaxed);
        }
        self.update(|data| data.propagation = Some(trace));
    }

    /// Whether it may belong to a trace that began elsewhere.
    pub(super) fn may_follow(&self) -> bool {
        self.cell.follows.load(Ordering::Relaxed)
    }

    /// Takes the scope off what it was pushed on. It stays with what was captured.
    pub(crate) fn pop(&self, below: Option<Self>) {
        // The first time counts.
        let _ = self.cell.below.set(below);
    }

    /// What the scope lay on, if it was popped.
    pub(crate) fn below(&self) -> Option<&Option<Self>> {
        self.cell.below.get()
    }

    fn lock(&self) -> MutexGuard<'_, ScopeData> {
        self.cell.data.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What the scope holds now.
    pub(crate) fn snapshot(&self) -> ScopeData {
        self.lock().clone()
    }

    /// Looks at the scope, shortly.
    pub(crate) fn read<R>(&self, look: impl FnOnce(&ScopeData) -> R) -> R {
        look(&self.lock())
    }

    /// Changes the scope. `change` must be ours and short: no user code runs under the lock.
    pub(crate) fn update<R>(&self, change: impl FnOnce(&mut ScopeData) -> R) -> R {
        change(&mut self.lock())
    }

    /// Remembers the event that was captured last.
    pub(crate) fn set_last_event(&self, id: Uuid) {
        self.update(|data| data.last_event = Some(id));
        self.cell.has_captured.store(true, Ordering::Relaxed);
    }

    /// Notes that the program itself has captured a failure.
    pub(crate) fn note_failure(&self) {
        self.cell.has_told.store(true, Ordering::Relaxed);
    }

    /// Whether the program itself has captured a failure here.
    pub(crate) fn has_told(&self) -> bool {
        self.cell.has_told.load(Ordering::Relaxed)
    }

    pub(crate) fn last_event(&self) -> Option<Uuid> {
        self.cell.has_captured.load(Ordering::Relaxed).then(|| self.read(|data| data.last_event)).flatten()
    }

    /// Removes everything from the scope; the trace and the session it belongs to stay.
    pub fn clear(&mut self) {
        let old = self.update(|data| {
            let (propagation, last_event) = (data.propagation.clone(), data.last_event);
            let session = data.session.clone();
            std::mem::replace(data, ScopeData { session, propagation, last_event, ..ScopeData::default() })
        });
        // Out here: processors are the user's, and so is what they do when they are dropped.
        drop(old);
    }

    /// Removes the breadcrumbs.
    pub fn clear_breadcrumbs(&mut self) {
        // Out here: the lock is not for what takes its time.
        drop(self.update(|data| std::mem::take(&mut data.breadcrumbs)));
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
        let user = self.read(|data| data.user.clone());
        user.as_deref().cloned()
    }

    /// Sets a tag: a short key and value that issues can be searched by. Sentry takes up to 200 characters of each.
    pub fn set_tag<V: ToString>(&mut self, key: &str, value: V) {
        let value = value.to_string();
        self.update(|data| data.tags.set(key, value));
    }

    /// Removes a tag.
    pub fn remove_tag(&mut self, key: &str) {
        self.update(|data| data.tags.remove(key));
    }

    /// Sets a context: a named object that is shown with the event.
    pub fn set_context<C: Into<Context>>(&mut self, key: &str, value: C) {
        let value = value.into();
        self.update(|data| data.contexts.set(key, value));
    }

    /// Removes a context.
    pub fn remove_context(&mut self, key: &str) {
        self.update(|data| data.contexts.remove(key));
    }

    /// Sets a value of the event's extra data. Contexts are the newer way.
    pub fn set_extra(&mut self, key: &str, value: Value) {
        self.update(|data| data.extra.set(key, value));
    }

    /// Removes a value of the extra data.
    pub fn remove_extra(&mut self, key: &str) {
        self.update(|data| data.extra.remove(key));
    }

    /// Sets an attribute: a text, number or bool that logs, metrics and streamed transactions carry along with its type.
    /// What they say themselves is stronger. Events and other transactions do not have it: see [`set_tag`](Self::set_tag).
    ///
    /// ```
    /// sentry::configure_scope(|scope| {
    ///     scope.set_attribute("cart.items", 3);
    ///     scope.set_attribute("plan", "gold");
    /// });
    /// ```
    ///
    /// Source: Sentry's SDK documentation, "Scopes: setting attributes".
    pub fn set_attribute<V: Into<LogAttribute>>(&mut self, key: &str, value: V) {
        let value = value.into();
        self.update(|data| data.attributes.set(key, value));
    }

    /// Removes an attribute.
    pub fn remove_attribute(&mut self, key: &str) {
        self.update(|data| data.attributes.remove(key));
    }

    /// Adds an event processor. It runs on the delivery thread; if it panics the event is dropped.
    pub fn add_event_processor<F>(&mut self, processor: F)
    where
        F: Fn(Event<'static>) -> Option<Event<'static>> + Send + Sync + 'static,
    {
        let processor: EventProcessor = Arc::new(processor);
        self.update(|data| data.processors.push(processor));
    }

    /// Notes that a feature flag was evaluated, and how. Events show the last 100 flags.
    pub fn add_feature_flag(&mut self, flag: &str, result: bool) {
        let flag = Arc::from(flag);
        self.update(|data| data.flags.set(flag, result));
    }

    /// Adds an attachment to every event of this scope, as bytes ([`Attachment`](crate::protocol::Attachment)) or as a
    /// file on disk ([`ScopeAttachment::from_path`]).
    pub fn add_attachment<A: Into<ScopeAttachment>>(&mut self, attachment: A) {
        let attachment = attachment.into();
        self.update(|data| data.attachments.push(attachment));
    }

    /// Removes the attachments.
    pub fn clear_attachments(&mut self) {
        drop(self.update(|data| std::mem::take(&mut data.attachments)));
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
