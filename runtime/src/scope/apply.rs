//! Merging the scopes into what was captured. Runs on the delivery thread.

use std::borrow::Cow;
use std::sync::Arc;

use smallvec::SmallVec;

use super::Scope;
use super::attachments::ScopeAttachment;
use super::context::{self, Context};
use super::data::{EventProcessor, ScopeData};
use super::flags::Flags;
use super::shared::SharedMap;
use crate::protocol::{
    Context as ProtocolContext, DynamicSamplingContext, Event, LogAttribute, Map, SpanId, TraceContext,
    TraceId, Transaction, Value,
};
use crate::telemetry::{Session, Slot};
use crate::trace::{ActiveSpan, Metadata, PropagationContext};

/// The scopes as they were when something was captured.
#[derive(Debug)]
pub(crate) struct Snapshot {
    /// Weakest first: global, isolation, what attributes say, current, and one given with the capture.
    scopes: SmallVec<[ScopeData; 1]>,
    /// How many of them are the global scope's: most programs leave that empty.
    globals: usize,
    /// Whether the last one is the current scope.
    has_current: bool,
    span: Option<ActiveSpan>,
    /// It ends no sooner than what was captured in it has been seen.
    session: Option<Arc<Session>>,
}

impl Snapshot {
    /// The scopes active on this thread.
    pub(crate) fn take() -> Self {
        let mut snapshot = Self::empty();
        snapshot.take_up_here(None);
        snapshot
    }

    /// The scopes active on this thread, and over them one more.
    pub(crate) fn with_scope(scope: &Scope) -> Self {
        let mut snapshot = Self::take();
        snapshot.scopes.push(scope.snapshot());
        snapshot
    }

    /// The scopes of a piece of work.
    pub(crate) fn of(context: &Context) -> Self {
        let mut snapshot = Self::empty();
        snapshot.take_up(context);
        snapshot
    }

    /// None, to be taken up where they stay: they are large, and whoever captures something pays for their being moved
    /// about.
    pub(crate) fn empty() -> Self {
        Self { scopes: SmallVec::new(), globals: 0, has_current: false, span: None, session: None }
    }

    /// Takes up the scopes of a piece of work.
    pub(crate) fn take_up(&mut self, context: &Context) {
        self.span.clone_from(&context.span);
        self.fill(Some(context));
    }

    /// Takes up the scopes active on this thread, and this span in place of the active one.
    pub(crate) fn take_up_here(&mut self, span: Option<ActiveSpan>) {
        self.span = span;
        let here = context::with(|context| {
            if self.span.is_none() {
                self.span.clone_from(&context.span);
            }
            self.fill(Some(context));
        });
        if here.is_none() {
            self.fill(None);
        }
    }

    /// Takes up the scopes active on this thread, and no span.
    pub(super) fn fill_here(&mut self) {
        if context::with(|context| self.fill(Some(context))).is_none() {
            self.fill(None);
        }
    }

    fn fill(&mut self, context: Option<&Context>) {
        let scopes = &mut self.scopes;
        // Pushed one by one: to extend the list takes longer, even by nothing.
        if let Some(global) = context::global() {
            scopes.push(global);
        }
        self.globals = scopes.len();
        match context {
            Some(context) => {
                scopes.push(context.isolation.snapshot());
                if let Some(said) = context.said.as_deref() {
                    scopes.push(said.clone());
                }
                if let Some(current) = context.current() {
                    scopes.push(current.snapshot());
                    self.has_current = true;
                }
            }
            // While a thread's locals are destroyed there is none.
            None => scopes.push(Context::at_the_end().isolation.snapshot()),
        }
        let slot = scopes.iter().find_map(|data: &ScopeData| data.session.as_ref());
        self.session = slot.and_then(Slot::session);
    }

    /// Takes over the current scope of a function further out, which says what this one's said there, and more. That gets
    /// this one's.
    pub(crate) fn take_over_current(&mut self, outer: &mut Self) {
        if !outer.has_current {
            return;
        }
        let own = if self.has_current { self.scopes.pop() } else { None };
        self.scopes.extend(outer.scopes.pop());
        self.has_current = true;
        outer.scopes.extend(own);
    }

    /// What the scopes take that would be gone without this, in bytes.
    pub(crate) fn memory(&self) -> usize {
        self.scopes.iter().map(ScopeData::memory).sum()
    }

    fn weakest_first(&self) -> impl DoubleEndedIterator<Item = &ScopeData> {
        self.scopes.iter()
    }

    /// Fills in what the event does not say itself; the stronger scope wins.
    pub(crate) fn apply_to_event(&self, event: &mut Event<'static>) {
        for scope in self.weakest_first().rev() {
            if let Some(fingerprint) = &scope.fingerprint
                && event.fingerprint.iter().eq(["{{ default }}"])
            {
                event.fingerprint =
                    fingerprint.iter().map(|part| part.clone().into()).collect::<Vec<_>>().into();
            }
            fill(&mut event.user, scope.user.as_deref().cloned());
            merge(&mut event.tags, &scope.tags);
            merge(&mut event.extra, &scope.extra);
            merge(&mut event.contexts, &scope.contexts);
        }
        #[cfg(any(feature = "actix", feature = "tower"))]
        if let Some(asked) = self.weakest_first().filter_map(|scope| scope.request.as_ref()).next_back() {
            asked.complete(event);
        }
        if event.transaction.is_none() {
            event.transaction = self.transaction_name();
        }
        // The level of a scope is an instruction, not a default.
        if let Some(level) = self.weakest_first().filter_map(|scope| scope.level).next_back() {
            event.level = level;
        }
        let mut flags = Flags::default();
        self.weakest_first().for_each(|scope| flags.extend(&scope.flags));
        if let Some(flags) = flags.context() {
            event.contexts.entry("flags".to_owned()).or_insert(flags);
        }
        let breadcrumbs = self.weakest_first().flat_map(|scope| scope.breadcrumbs.to_vec());
        event.breadcrumbs.values.extend(breadcrumbs.cloned());
        if !event.contexts.contains_key("trace") {
            let (trace_id, span_id, parent_span_id) = self.ids();
            let trace = TraceContext { span_id, trace_id, parent_span_id, ..TraceContext::default() };
            event.contexts.insert("trace".to_owned(), ProtocolContext::Trace(Box::new(trace)));
        }
    }

    /// Fills in what the transaction does not say itself.
    pub(crate) fn apply_to_transaction(&self, transaction: &mut Transaction<'static>) {
        for scope in self.weakest_first().rev() {
            fill(&mut transaction.user, scope.user.as_deref().cloned());
            merge(&mut transaction.tags, &scope.tags);
            merge(&mut transaction.extra, &scope.extra);
            merge(&mut transaction.contexts, &scope.contexts);
        }
    }

    /// The transaction's name: the one that a scope was given, else that of the transaction that was running.
    pub(crate) fn transaction_name(&self) -> Option<String> {
        let given = self.weakest_first().filter_map(|scope| scope.transaction.as_ref()).next_back();
        given.map(ToString::to_string).or_else(|| Some(self.span.as_ref()?.trace().name()))
    }

    /// The session that what was captured belongs to.
    pub(crate) fn session(&self) -> Option<&Session> {
        self.session.as_deref()
    }

    /// The event processors, in the order in which they run: those of the global scope come last.
    pub(crate) fn processors(&self) -> impl Iterator<Item = &EventProcessor> {
        let (global, scoped) = self.scopes.split_at(self.globals);
        scoped.iter().chain(global).flat_map(|scope| scope.processors.iter())
    }

    pub(crate) fn attachments(&self) -> impl Iterator<Item = &ScopeAttachment> {
        self.weakest_first().flat_map(|scope| scope.attachments.iter())
    }

    /// What logs, metrics and streamed transactions say.
    pub(crate) fn attributes(&self) -> Map<String, Value> {
        let mut all = Map::new();
        for scope in self.weakest_first() {
            all.extend(
                scope.attributes.iter().map(|(key, LogAttribute(value))| (key.clone(), value.clone())),
            );
        }
        all
    }

    /// The trace and the span that what was captured belongs to, and the span of another service above it.
    fn ids(&self) -> (TraceId, SpanId, Option<SpanId>) {
        if let Some(span) = &self.span {
            return (span.trace().trace_id(), span.span_id(), None);
        }
        let trace = self.propagation();
        (trace.trace_id, trace.span_id, trace.parent_span_id())
    }

    /// The trace that the work belongs to while no transaction runs.
    fn propagation(&self) -> Cow<'_, PropagationContext> {
        let trace = self.weakest_first().find_map(|scope| scope.propagation.as_ref());
        trace.map_or_else(|| Cow::Owned(PropagationContext::default()), Cow::Borrowed)
    }

    /// The trace that what was captured belongs to.
    pub(crate) fn trace_id(&self) -> TraceId {
        self.ids().0
    }

    /// The sampling context of the trace that what was captured belongs to.
    pub(crate) fn sampling_context(&self, metadata: &Metadata) -> DynamicSamplingContext {
        match &self.span {
            Some(span) => span.trace().sampling_context(metadata),
            None => self.propagation().sampling_context(metadata),
        }
    }
}

impl Scope {
    /// Fills in what the event does not say itself, and runs the scope's event processors. `None` if one of them drops the
    /// event.
    ///
    /// Everything that is captured goes through this with all active scopes; it need not be called for that.
    pub fn apply_to_event(&self, mut event: Event<'static>) -> Option<Event<'static>> {
        let alone = self.alone();
        alone.apply_to_event(&mut event);
        alone.processors().try_fold(event, |event, processor| processor(event))
    }

    /// Fills in what the transaction does not say itself, as [`apply_to_event`](Self::apply_to_event) does.
    pub fn apply_to_transaction(&self, transaction: &mut Transaction<'static>) {
        self.alone().apply_to_transaction(transaction);
    }

    fn alone(&self) -> Snapshot {
        Snapshot { scopes: SmallVec::from_iter([self.snapshot()]), ..Snapshot::empty() }
    }
}

fn fill<T>(target: &mut Option<T>, value: Option<T>) {
    if target.is_none() {
        *target = value;
    }
}

fn merge<V: Clone>(target: &mut Map<String, V>, weaker: &SharedMap<V>) {
    for (key, value) in weaker.iter() {
        if !target.contains_key(key) {
            target.insert(key.clone(), value.clone());
        }
    }
}
