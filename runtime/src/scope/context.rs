//! What is active on a thread: its scopes and its span. It is swapped in whenever a future is polled.

use std::cell::{Cell, RefCell};
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use super::data::ScopeData;
use super::host::Bound;
use super::{Host, Scope, host};
use crate::protocol::{User, Uuid};
use crate::trace::log::{self, Owned};
use crate::trace::{ActiveSpan, PropagationContext, TransactionOrSpan};

/// The scope of the whole process.
static GLOBAL: LazyLock<Scope> = LazyLock::new(Scope::default);
/// The isolation scope that threads start from: the one of the thread that initialised the client.
static ORIGIN: Mutex<Option<Scope>> = Mutex::new(None);

thread_local! {
    static CONTEXT: OnThread = OnThread(RefCell::new(Context::of_new_thread()));
    static LAST_EVENT: Cell<Option<Uuid>> = const { Cell::new(None) };
}

/// The thread's context. What the thread records into is beside it, in plain cells.
struct OnThread(RefCell<Context>);

impl Drop for OnThread {
    fn drop(&mut self) {
        drop(log::take());
    }
}

/// The scopes and the span that are active for a piece of work.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) isolation: Scope,
    /// `None`: nothing beyond the isolation scope.
    pub(crate) current: Option<Scope>,
    /// The active span. Of the context that is on the thread, [`with`] brings it up to date.
    pub(crate) span: Option<ActiveSpan>,
    /// Where spans of attributed functions are written, while the context is not on a thread. Made when it is needed.
    log: Option<Owned>,
    /// The handle by which the active span was set by hand: it does not end while it is active.
    pub(crate) manual: Option<TransactionOrSpan>,
    /// The client of this work, where it is not the process's.
    pub(crate) client: Option<Arc<Bound>>,
    /// What the attributes of running functions say; stronger than the isolation scope.
    pub(crate) said: Option<Arc<ScopeData>>,
}

impl Clone for Context {
    /// Another handle on the same scopes.
    fn clone(&self) -> Self {
        Self {
            isolation: self.isolation.handle(),
            current: self.current.as_ref().map(Scope::handle),
            span: self.span.clone(),
            log: None,
            manual: self.manual.clone(),
            client: self.client.clone(),
            said: self.said.clone(),
        }
    }
}

impl Context {
    fn of_new_thread() -> Self {
        let origin = ORIGIN.lock().unwrap_or_else(PoisonError::into_inner);
        let isolation = origin.as_ref().map_or_else(Scope::isolation, Scope::clone);
        Self { isolation, current: None, span: None, log: None, manual: None, client: None, said: None }
    }

    /// A context that has nothing in common with others, for work with a client of its own.
    pub(super) fn bound_to(client: Arc<Bound>) -> Self {
        Self {
            isolation: Scope::isolation(),
            current: None,
            span: None,
            log: None,
            manual: None,
            client: Some(client),
            said: None,
        }
    }

    /// A context for a transaction: writes to its scopes stay inside.
    pub(crate) fn fork(&self, root: ActiveSpan) -> Self {
        Self {
            isolation: self.isolation.clone(),
            current: self.current.clone(),
            span: Some(root),
            log: None,
            manual: self.manual.clone(),
            client: self.client.clone(),
            said: self.said.clone(),
        }
    }

    /// A context for work that belongs to this trace: no span of this process is above it, and writes to its scopes
    /// stay inside.
    pub(super) fn in_trace(&self, trace: PropagationContext) -> Self {
        let isolation = self.isolation.clone();
        isolation.update(|data| data.propagation = Some(trace));
        Self { isolation, span: None, manual: None, ..self.clone() }
    }

    /// The same context with another current scope.
    pub(crate) fn within(&self, current: Scope) -> Self {
        Self { current: Some(current), ..self.clone() }
    }

    /// The same context, in which somebody is served.
    pub(crate) fn serving(&self, user: User, span: Option<ActiveSpan>) -> Self {
        let user = Some(Arc::new(user));
        let said = Some(Arc::new(ScopeData { user, ..ScopeData::default() }));
        Self { said, span: span.or_else(|| self.span.clone()), ..self.clone() }
    }
}

/// Runs `look` on the thread's context. `None` while the thread's locals are being destroyed, or from inside `look`.
pub(crate) fn with<R>(look: impl FnOnce(&mut Context) -> R) -> Option<R> {
    let with = |context: &OnThread| {
        let mut context = context.0.try_borrow_mut().ok()?;
        if let Some(span) = &mut context.span {
            span.move_to(log::current());
        }
        Some(look(&mut context))
    };
    CONTEXT.try_with(with).ok().flatten()
}

/// Makes `context` the thread's; returns the one that was.
fn replace(context: Context) -> Option<Context> {
    with(|current| {
        current.log = log::take();
        let previous = std::mem::replace(current, context);
        log::put(current.log.take(), current.span.as_ref());
        previous
    })
}

/// Puts a context back when it is dropped, whatever happens in between.
#[derive(Debug)]
pub(crate) struct Restore {
    previous: Option<Context>,
}

impl Restore {
    /// Makes `context` the thread's, until the guard is dropped.
    pub(crate) fn install(context: Context) -> Self {
        Self { previous: replace(context) }
    }

    /// Puts the previous context back and returns the one that was active until now.
    pub(crate) fn swap_back(mut self) -> Option<Context> {
        replace(self.previous.take()?)
    }
}

impl Drop for Restore {
    fn drop(&mut self) {
        if let Some(previous) = self.previous.take() {
            // The replaced context is dropped outside of `with`: dropping it may end things that look at the context.
            drop(replace(previous));
        }
    }
}

/// The process-wide scope.
pub(crate) fn global() -> &'static Scope {
    &GLOBAL
}

/// From now on, new threads start with a copy of this thread's isolation scope.
pub(crate) fn make_origin() {
    let isolation = with(|context| context.isolation.handle());
    *ORIGIN.lock().unwrap_or_else(PoisonError::into_inner) = isolation;
}

/// The active span and where spans below it are written, taken off the thread for a while.
#[derive(Debug)]
pub(crate) struct Aside(Option<ActiveSpan>, Option<Owned>);

/// Makes another span the active one; what it returns is for [`put_back`].
pub(crate) fn put_aside(span: Option<ActiveSpan>) -> Option<Aside> {
    put_back(Aside(span, None))
}

/// Makes the active span what it was.
pub(crate) fn put_back(Aside(span, log): Aside) -> Option<Aside> {
    with(|context| {
        let same = context.span.as_ref().zip(span.as_ref());
        let same = same.is_some_and(|(old, new)| Arc::ptr_eq(old.trace(), new.trace()));
        let before = log::take();
        // In the same transaction it goes on in the same log.
        let (log, before) = if same && log.is_none() { (before, None) } else { (log, before) };
        log::put(log, span.as_ref());
        Aside(std::mem::replace(&mut context.span, span), before)
    })
}

/// Gives the work on this thread a log, if its transaction is recorded and has not ended.
pub(crate) fn open_log() {
    with(|context| {
        if let Some(span) = context.span.as_ref().filter(|span| span.is_recorded())
            && let Some(log) = Owned::new(span.trace())
        {
            log::put(Some(log), Some(span));
        }
    });
}

/// Makes a span that was started by hand the active one.
pub(crate) fn set_manual_span(handle: Option<TransactionOrSpan>) {
    let span = handle.as_ref().map(|handle| handle.active().clone());
    // What it replaces is dropped outside: that may end a span.
    drop(put_aside(span));
    drop(with(|context| std::mem::replace(&mut context.manual, handle)));
}

pub(crate) fn active_span() -> Option<ActiveSpan> {
    with(|context| context.span.clone()).flatten()
}

/// A handle to the active span, for user code.
pub(crate) fn active_handle() -> Option<TransactionOrSpan> {
    let (active, manual) = with(|context| Some((context.span.clone()?, context.manual.clone()))).flatten()?;
    if let Some(manual) = manual.filter(|manual| *manual.active() == active) {
        return Some(manual);
    }
    Some(TransactionOrSpan::attached(active, host().map(Host::finisher)))
}

pub(crate) fn rename_transaction(name: &str) {
    if let Some(active) = active_span() {
        active.rename(name);
    }
}

/// Remembers the id of the last event that this thread captured.
pub(crate) fn set_last_event_id(id: Uuid) {
    // While a thread's locals are destroyed, nobody asks any more.
    let _ = LAST_EVENT.try_with(|last| last.set(Some(id)));
}

pub(crate) fn last_event_id() -> Option<Uuid> {
    LAST_EVENT.try_with(Cell::get).ok().flatten()
}
