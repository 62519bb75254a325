//! Merging the scopes into what was captured. Runs on the delivery thread.

use std::sync::Arc;

use super::Scope;
use super::context::{self, Context};
use super::data::{EventProcessor, ScopeData};
use crate::protocol::{
    Attachment, Context as ProtocolContext, DynamicSamplingContext, Event, SpanId, TraceContext, TraceId,
    Transaction,
};
use crate::telemetry::{Session, Slot};
use crate::trace::{ActiveSpan, Metadata};

/// The scopes as they were when something was captured.
#[derive(Debug)]
pub(crate) struct Snapshot {
    /// Weakest first: global, isolation, what attributes say, current, and one given with the capture.
    scopes: [Option<Arc<ScopeData>>; 5],
    span: Option<ActiveSpan>,
    /// It ends no sooner than what was captured in it has been seen.
    session: Option<Arc<Session>>,
}

impl Snapshot {
    /// The scopes active on this thread.
    pub(crate) fn take() -> Self {
        Self::of(context::with(|context| context.clone()).as_ref())
    }

    /// The scopes active on this thread, with the given span in place of the active one.
    pub(crate) fn of_span(span: Option<ActiveSpan>) -> Self {
        Self { span, ..Self::take() }
    }

    /// The scopes active on this thread, and over them one more.
    pub(crate) fn with_scope(scope: &Scope) -> Self {
        let mut snapshot = Self::take();
        snapshot.scopes[4] = Some(scope.snapshot());
        snapshot
    }

    /// The scopes of a piece of work.
    pub(crate) fn of(context: Option<&Context>) -> Self {
        let scopes = [
            Some(context::global().snapshot()),
            // While a thread's locals are destroyed there is none, but what is captured belongs to one trace all the same.
            Some(
                context.map_or_else(|| Scope::isolation().snapshot(), |context| context.isolation.snapshot()),
            ),
            context.and_then(|context| context.said.clone()),
            context.and_then(|context| context.current.as_ref()).map(Scope::snapshot),
            None,
        ];
        let slot = scopes[1].as_ref().and_then(|isolation| isolation.session.as_ref());
        let session = slot.and_then(Slot::session);
        Self { scopes, span: context.and_then(|context| context.span.clone()), session }
    }

    fn weakest_first(&self) -> impl DoubleEndedIterator<Item = &ScopeData> {
        self.scopes.iter().flatten().map(|data| &**data)
    }

    /// Fills in what the event does not say itself; the stronger scope wins.
    pub(crate) fn apply_to_event(&self, event: &mut Event<'static>) {
        for scope in self.weakest_first().collect::<Vec<_>>().into_iter().rev() {
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
        if event.transaction.is_none() {
            event.transaction = self.transaction_name();
        }
        // The level of a scope is an instruction, not a default.
        if let Some(level) = self.weakest_first().filter_map(|scope| scope.level).next_back() {
            event.level = level;
        }
        let breadcrumbs = self.weakest_first().flat_map(|scope| scope.breadcrumbs.iter());
        event.breadcrumbs.values.extend(breadcrumbs.map(|breadcrumb| (**breadcrumb).clone()));
        if !event.contexts.contains_key("trace") {
            let (trace_id, span_id) = self.ids();
            let trace = TraceContext { span_id, trace_id, ..TraceContext::default() };
            event.contexts.insert("trace".to_owned(), ProtocolContext::Trace(Box::new(trace)));
        }
    }

    /// Fills in what the transaction does not say itself.
    pub(crate) fn apply_to_transaction(&self, transaction: &mut Transaction<'static>) {
        for scope in self.weakest_first().collect::<Vec<_>>().into_iter().rev() {
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

    /// The event processors, in the order in which they run.
    pub(crate) fn processors(&self) -> impl Iterator<Item = &EventProcessor> {
        self.weakest_first().flat_map(|scope| scope.processors.iter())
    }

    pub(crate) fn attachments(&self) -> impl Iterator<Item = &Attachment> {
        self.weakest_first().flat_map(|scope| scope.attachments.iter())
    }

    /// The trace and the span that what was captured belongs to.
    fn ids(&self) -> (TraceId, SpanId) {
        if let Some(span) = &self.span {
            return (span.trace().trace_id(), span.span_id());
        }
        let propagation = self.weakest_first().find_map(|scope| scope.propagation.as_ref());
        propagation.map_or_else(<(TraceId, SpanId)>::default, |it| (it.trace_id, it.span_id))
    }

    /// The trace that what was captured belongs to.
    pub(crate) fn trace_id(&self) -> TraceId {
        self.ids().0
    }

    /// The sampling context of the trace that what was captured belongs to.
    pub(crate) fn sampling_context(&self, metadata: &Metadata) -> DynamicSamplingContext {
        match &self.span {
            Some(span) => span.trace().sampling_context(metadata),
            None => metadata.sampling_context(self.ids().0, None, None),
        }
    }
}

fn fill<T>(target: &mut Option<T>, value: Option<T>) {
    if target.is_none() {
        *target = value;
    }
}

fn merge<V: Clone>(target: &mut crate::protocol::Map<String, V>, weaker: &crate::protocol::Map<String, V>) {
    for (key, value) in weaker {
        if !target.contains_key(key) {
            target.insert(key.clone(), value.clone());
        }
    }
}
