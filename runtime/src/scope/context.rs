//! What is active on a thread: its scopes and its span. It is swapped in whenever a future is polled.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::data::ScopeData;
use super::host::Bound;
use super::{Host, Scope, host, place};
use crate::protocol::{Breadcrumb, User, Uuid};
use crate::trace::log::{self, Owned};
use crate::trace::{ActiveSpan, PropagationContext, TransactionOrSpan};

/// The scope of the whole process, once somebody has asked for it.
static GLOBAL: OnceLock<Scope> = OnceLock::new();
/// The isolation scope that threads start from: the one of the thread that initialised the client.
static ORIGIN: Mutex<Option<Scope>> = Mutex::new(None);

/// The scopes and the span that are active for a piece of work.
#[derive(Debug)]
pub(crate) struct Context {
    pub(crate) isolation: Scope,
    /// `None`: nothing beyond the isolation scope.
    current: Option<Scope>,
    /// The active span. Of the context that is on the thread, [`with`] brings it up to date.
    pub(crate) span: Option<ActiveSpan>,
    /// Where spans of attributed functions are written, while the context is not on a thread. Made when it is needed.
    pub(super) log: Option<Owned>,
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
            current: self.current().map(Scope::handle),
            span: self.span.clone(),
            log: None,
            manual: self.manual.clone(),
            client: self.client.clone(),
            said: self.said.clone(),
        }
    }
}

impl Context {
    pub(super) fn of_new_thread() -> Self {
        let origin = ORIGIN.lock().unwrap_or_else(PoisonError::into_inner);
        Self::of(origin.as_ref().map_or_else(Scope::isolation, Scope::fork))
    }

    /// Nothing but an isolation scope.
    fn of(isolation: Scope) -> Self {
        Self { isolation, current: None, span: None, log: None, manual: None, client: None, said: None }
    }

    /// Nothing but an isolation scope that holds this.
    #[cfg(any(feature = "actix", feature = "tower"))]
    pub(crate) fn holding(data: ScopeData) -> Self {
        Self::of(Scope::from(data))
    }

    /// Whether there is nothing but an isolation scope, and the process's client.
    #[cfg(any(feature = "actix", feature = "tower"))]
    fn is_bare(&self) -> bool {
        let Self { isolation: _, current, span, log, manual, client, said } = self;
        let nothing_else = current.is_none() && span.is_none() && log.is_none() && manual.is_none();
        nothing_else && client.is_none() && said.is_none()
    }

    /// The context that threads start from.
    pub(crate) fn of_origin() -> Self {
        Self::of(origin())
    }

    /// A context for what is done while the thread's locals are destroyed, when the thread has none any more.
    pub(crate) fn at_the_end() -> Self {
        Self::of(origin().fork())
    }

    /// A context that has nothing in common with others, for work with a client of its own.
    pub(super) fn bound_to(client: Arc<Bound>) -> Self {
        Self { client: Some(client), ..Self::of(Scope::isolation()) }
    }

    /// The same, with what a scope holds.
    pub(crate) fn with_client(scope: &Scope, client: Arc<Bound>) -> Self {
        let context = Self { client: Some(client), ..Self::of(scope.fork()) };
        context.isolation.update(|data| {
            data.propagation.get_or_insert_default();
        });
        context
    }

    /// A context for other work: what it writes to its scopes stays inside.
    pub(crate) fn isolated(&self) -> Self {
        Self {
            isolation: self.isolation.fork(),
            current: self.current().cloned(),
            span: self.span.clone(),
            log: None,
            manual: self.manual.clone(),
            client: self.client.clone(),
            said: self.said.clone(),
        }
    }

    /// A context for a transaction.
    pub(crate) fn fork(&self, root: ActiveSpan) -> Self {
        Self { span: Some(root), ..self.isolated() }
    }

    /// The scope over the isolation scope: the innermost one that was pushed and not popped.
    pub(crate) fn current(&self) -> Option<&Scope> {
        let mut current = self.current.as_ref();
        while let Some(below) = current.and_then(Scope::below) {
            current = below.as_ref();
        }
        current
    }

    /// The scope that is changed by whoever does not say which.
    pub(crate) fn innermost(&self) -> &Scope {
        self.current().unwrap_or(&self.isolation)
    }

    /// Puts a copy of the current scope over it.
    pub(crate) fn push(&mut self) -> Pushed {
        let below = self.current().map(Scope::handle);
        let scope = below.clone().unwrap_or_default();
        self.current = Some(scope.handle());
        Pushed { scope, below }
    }

    /// Adds a breadcrumb, of which the last `most` are kept. What has to make room for it comes back.
    fn add_breadcrumb(&self, breadcrumb: &mut Option<Breadcrumb>, most: usize) {
        if most > 0 {
            self.isolation.update(|data| data.breadcrumbs.push(breadcrumb, most));
        }
    }

    /// A context for work that belongs to this trace: no span of this process is above it, and writes to its scopes
    /// stay inside.
    pub(crate) fn in_trace(&self, trace: PropagationContext) -> Self {
        let context = Self { span: None, manual: None, ..self.isolated() };
        context.isolation.set_trace(trace);
        context
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

/// A scope that was put over another one, and is still to be popped.
#[derive(Debug)]
pub(crate) struct Pushed {
    scope: Scope,
    below: Option<Scope>,
}

impl Pushed {
    /// Takes the scope off, wherever that is and whatever was pushed over it since.
    pub(crate) fn pop(self) {
        self.scope.pop(self.below);
    }
}

/// Whether a transaction that starts here starts a trace of its own, for the process's client, as far as the running
/// work's scopes say.
#[inline]
pub(crate) fn is_plain() -> bool {
    place::look_at(|context| context.client.is_none() && !context.isolation.may_follow()).unwrap_or(false)
}

/// What a fork of the isolation scope holds, if there is nothing else that other work would take along.
#[cfg(any(feature = "actix", feature = "tower"))]
pub(crate) fn forked_bare() -> Option<ScopeData> {
    with(|context| context.is_bare().then(|| context.isolation.forked())).flatten()
}

/// Runs `look` on the context of the running work. `None` while the thread's locals are being destroyed, or from inside
/// `look`.
pub(crate) fn with<R>(look: impl FnOnce(&mut Context) -> R) -> Option<R> {
    log::begin_pending();
    place::look_at(|context| {
        if let Some(span) = &mut context.span {
            span.move_to(log::current());
        }
        look(context)
    })
}

/// Makes `context` that of the running work, and what was that `context`. While the thread's locals are being destroyed
/// nothing happens.
pub(crate) fn exchange(context: &mut Context) {
    with(|current| {
        if current.span.is_none() && context.span.is_none() {
            // Nothing is recorded here, and nothing will be.
            return std::mem::swap(current, context);
        }
        current.log = log::take();
        std::mem::swap(current, context);
        log::put(current.log.take(), current.span.as_ref());
    });
}

/// Puts a context back when it is dropped, whatever happens in between.
#[derive(Debug)]
pub(crate) struct Restore {
    previous: Option<Context>,
}

impl Restore {
    /// Makes `context` the thread's, until the guard is dropped.
    pub(crate) fn install(mut context: Context) -> Self {
        exchange(&mut context);
        Self { previous: Some(context) }
    }

    /// Puts the previous context back and returns the one that was active until now.
    pub(crate) fn swap_back(mut self) -> Option<Context> {
        let mut context = self.previous.take()?;
        exchange(&mut context);
        Some(context)
    }
}

impl Drop for Restore {
    fn drop(&mut self) {
        // The replaced context is dropped outside of `with`: dropping it may end things that look at the context.
        if let Some(mut context) = self.previous.take() {
            exchange(&mut context);
            tell_last_event(&context);
        }
    }
}

/// The process-wide scope, made when it is first asked for.
pub(crate) fn make_global() -> &'static Scope {
    GLOBAL.get_or_init(Scope::default)
}

/// What the process-wide scope holds, if anybody has ever asked for it.
pub(crate) fn global() -> Option<ScopeData> {
    GLOBAL.get().map(Scope::snapshot)
}

/// The isolation scope that threads start from; before there was a client, that of the thread that asks first.
pub(super) fn origin() -> Scope {
    let here = with(|context| context.isolation.handle());
    let mut origin = ORIGIN.lock().unwrap_or_else(PoisonError::into_inner);
    origin.get_or_insert_with(|| here.unwrap_or_else(Scope::isolation)).handle()
}

/// From now on, new threads start with a copy of this thread's isolation scope.
pub(crate) fn make_origin() {
    let isolation = with(|context| context.isolation.handle());
    *ORIGIN.lock().unwrap_or_else(PoisonError::into_inner) = isolation;
}

/// The active span and where spans below it are written, taken off the thread for a while.
#[derive(Debug)]
pub(crate) struct Aside(Option<ActiveSpan>, Option<Owned>);

impl Aside {
    /// A span that was started by hand, and has not been on a thread yet.
    pub(super) fn of(span: &TransactionOrSpan) -> Self {
        Self(Some(span.active().clone()), None)
    }
}

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
    let handle = handle.filter(|handle| !handle.active().is_nowhere());
    let span = handle.as_ref().map(|handle| handle.active().clone());
    // What it replaces is dropped outside: that may end a span.
    drop(put_aside(span));
    drop(replace_handle(handle));
}

/// Replaces the handle by which the active span was set by hand.
pub(super) fn replace_handle(handle: Option<TransactionOrSpan>) -> Option<TransactionOrSpan> {
    with(|context| std::mem::replace(&mut context.manual, handle)).flatten()
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

/// Adds breadcrumbs to the isolation scope of the running work.
pub(crate) fn add_breadcrumbs(breadcrumbs: impl Iterator<Item = Breadcrumb>) {
    for breadcrumb in breadcrumbs {
        // What has to make room comes back, and is dropped out here.
        add_breadcrumb(&mut Some(breadcrumb));
    }
}

fn add_breadcrumb(breadcrumb: &mut Option<Breadcrumb>) {
    let added = with(|context| {
        let kept = host::breadcrumbs_kept().filter(|_| context.client.is_none())?;
        context.add_breadcrumb(breadcrumb, kept);
        Some(())
    });
    if added.flatten().is_none()
        && let Some(host) = host()
        && let Some((kept, most)) = breadcrumb.take().and_then(|breadcrumb| host.breadcrumb(breadcrumb))
    {
        let mut kept = Some(kept);
        with(|context| context.add_breadcrumb(&mut kept, most));
    }
}

/// Remembers the id of the last event that the running work has captured.
pub(crate) fn set_last_event_id(id: Uuid) {
    // While a thread's locals are destroyed, nobody asks any more.
    with(|context| context.isolation.set_last_event(id));
}

/// Notes that the program itself has captured a failure in the running work, as opposed to a message, or an error that an
/// attribute saw on its way.
pub(crate) fn note_failure() {
    with(|context| context.isolation.note_failure());
}

pub(crate) fn last_event_id() -> Option<Uuid> {
    with(|context| context.isolation.last_event()).flatten()
}

/// The work in `ended` is over: what it captured last, the work on this thread that it was part of has captured last.
pub(crate) fn tell_last_event(ended: &Context) {
    if let Some(id) = ended.isolation.last_event()
        && with(|context| context.isolation.is(&ended.isolation)) == Some(false)
    {
        set_last_event_id(id);
        if ended.isolation.has_told() {
            note_failure();
        }
    }
}
