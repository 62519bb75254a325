//! Transactions and spans that are started and finished by hand.

use std::sync::Arc;
use std::time::SystemTime;

use super::build::{Finished, Metadata};
use super::running::{Details, Trace};
use super::sampling::TraceSettings;
use super::{ActiveSpan, TraceHeadersIter, TransactionContext};
use crate::protocol::{Request, SpanId, SpanStatus, TraceContext, Value};

/// Where finished transactions go.
pub(crate) trait Finish: Send + Sync + 'static {
    fn settings(&self) -> &TraceSettings;
    fn metadata(&self) -> &Metadata;
    fn finished(&self, finished: Finished);
}

/// A transaction started by hand, by [`start_transaction`](crate::start_transaction).
///
/// Clones are handles to the same transaction. It ends with [`finish`](Self::finish), or when the last handle is dropped.
#[derive(Clone, Debug)]
pub struct Transaction {
    handle: Arc<Handle>,
}

/// A span started by hand.
///
/// Clones are handles to the same span. It ends with [`finish`](Self::finish), or when the last handle is dropped.
#[derive(Clone, Debug)]
pub struct Span {
    handle: Arc<Handle>,
}

struct Handle {
    active: ActiveSpan,
    client: Option<Arc<dyn Finish>>,
    /// Handles that only look at a span that somebody else will finish do not.
    owner: bool,
}

impl std::fmt::Debug for Handle {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Handle")
            .field("active", &self.active)
            .field("owner", &self.owner)
            .finish_non_exhaustive()
    }
}

impl Handle {
    fn finish(&self, end: Option<SystemTime>) {
        if !self.active.is_root() {
            self.active.finish(end);
        } else if let Some(finished) = self.active.finish_transaction(end, None)
            && let Some(client) = &self.client
        {
            client.finished(finished);
        }
    }

    fn headers(&self) -> TraceHeadersIter {
        match &self.client {
            Some(client) => self.active.headers(client.settings(), client.metadata()),
            None => self.active.headers(&TraceSettings::OFF, &Metadata::default()),
        }
    }

    fn child(&self, op: &str, description: &str) -> Span {
        let active = self.active.start_child(op, description);
        Span { handle: Arc::new(Self { active, client: self.client.clone(), owner: true }) }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if self.owner {
            self.finish(None);
        }
    }
}

impl Transaction {
    pub(crate) fn start(
        context: TransactionContext,
        client: Option<Arc<dyn Finish>>,
        at: Option<SystemTime>,
    ) -> Self {
        let settings = client.as_ref().map_or(&TraceSettings::OFF, |client| client.settings());
        let active = Trace::start(context, settings, None, at);
        Self { handle: Arc::new(Handle { active, client, owner: true }) }
    }

    /// Sets a value of the transaction's data.
    pub fn set_data(&self, key: &str, value: Value) {
        self.handle.active.with_root(|root| root.data.insert(key.to_owned(), value));
    }

    /// Sets a tag of the transaction.
    pub fn set_tag<V: ToString>(&self, key: &str, value: V) {
        let value = value.to_string();
        self.handle.active.with_root(|root| root.tags.insert(key.to_owned(), value));
    }

    /// The status, where one was set.
    pub fn get_status(&self) -> Option<SpanStatus> {
        self.handle.active.with_root(|root| root.status)
    }

    /// Sets the status; without one a finished transaction is `ok`.
    pub fn set_status(&self, status: SpanStatus) {
        self.handle.active.with_root(|root| root.status = Some(status));
    }

    /// Sets the operation.
    pub fn set_op(&self, op: &str) {
        self.handle.active.with_root(|root| root.op = op.to_owned().into());
    }

    /// Sets the name.
    pub fn set_name(&self, name: &str) {
        self.handle.active.rename(name);
    }

    /// Sets the HTTP request that the transaction answers.
    pub fn set_request(&self, request: Request) {
        self.handle.active.with_root(|root| root.request = Some(request));
    }

    /// Sets the origin: `manual`, or `auto.` and who made it.
    pub fn set_origin(&self, origin: &str) {
        self.handle.active.with_root(|root| root.origin = origin.to_owned().into());
    }

    /// Ids, operation and status of the transaction.
    pub fn get_trace_context(&self) -> TraceContext {
        let active = &self.handle.active;
        active.with_root(|root| TraceContext {
            trace_id: active.trace().trace_id(),
            span_id: active.span_id(),
            parent_span_id: active.trace().parent_span_id(),
            op: Some(root.op.clone().into_owned()),
            status: root.status,
            origin: Some(root.origin.clone().into_owned()),
            data: root.data.clone(),
            ..TraceContext::default()
        })
    }

    /// The headers by which the next service continues this trace.
    pub fn iter_headers(&self) -> TraceHeadersIter {
        self.handle.headers()
    }

    /// Whether the transaction will be sent.
    pub fn is_sampled(&self) -> bool {
        self.handle.active.trace().is_sampled()
    }

    /// Starts a span below the transaction. `op` is one of Sentry's operation names, such as `db.query`.
    #[must_use = "a span ends when it is dropped"]
    pub fn start_child(&self, op: &str, description: &str) -> Span {
        self.handle.child(op, description)
    }

    /// Ends the transaction now and sends it.
    pub fn finish(self) {
        self.handle.finish(None);
    }

    /// Ends the transaction at the given time and sends it.
    pub fn finish_with_timestamp(self, timestamp: SystemTime) {
        self.handle.finish(Some(timestamp));
    }
}

impl Span {
    fn details(&self, change: impl FnOnce(&mut Details)) {
        self.handle.active.with_details(change);
    }

    /// Sets a value of the span's data.
    pub fn set_data(&self, key: &str, value: Value) {
        self.details(|details| drop(details.data.insert(key.to_owned(), value)));
    }

    /// Sets a tag of the span.
    pub fn set_tag<V: ToString>(&self, key: &str, value: V) {
        let value = value.to_string();
        self.details(|details| drop(details.tags.insert(key.to_owned(), value)));
    }

    /// The span's id.
    pub fn get_span_id(&self) -> SpanId {
        self.handle.active.span_id()
    }

    /// The status, where one was set.
    pub fn get_status(&self) -> Option<SpanStatus> {
        self.handle.active.with_details(|details| details.status).flatten()
    }

    /// Sets the status; without one a finished span is `ok`.
    pub fn set_status(&self, status: SpanStatus) {
        self.details(|details| details.status = Some(status));
    }

    /// Sets the operation.
    pub fn set_op(&self, op: &str) {
        self.details(|details| details.op = Some(op.to_owned()));
    }

    /// Sets the description.
    pub fn set_name(&self, name: &str) {
        self.details(|details| details.description = Some(name.to_owned()));
    }

    /// Ids and status of the span.
    pub fn get_trace_context(&self) -> TraceContext {
        let active = &self.handle.active;
        let (parent_span_id, op) = active.above();
        TraceContext {
            trace_id: active.trace().trace_id(),
            span_id: active.span_id(),
            parent_span_id,
            op,
            status: self.get_status(),
            ..TraceContext::default()
        }
    }

    /// The headers by which the next service continues the trace below this span.
    pub fn iter_headers(&self) -> TraceHeadersIter {
        self.handle.headers()
    }

    /// Whether the span will be sent.
    pub fn is_sampled(&self) -> bool {
        self.handle.active.trace().is_sampled()
    }

    /// Starts a span below this one. `op` is one of Sentry's operation names, such as `db.query`.
    #[must_use = "a span ends when it is dropped"]
    pub fn start_child(&self, op: &str, description: &str) -> Span {
        self.handle.child(op, description)
    }

    /// Ends the span now.
    pub fn finish(self) {
        self.handle.finish(None);
    }

    /// Ends the span at the given time.
    pub fn finish_with_timestamp(self, timestamp: SystemTime) {
        self.handle.finish(Some(timestamp));
    }
}

/// Either kind of handle, as a scope holds it.
#[derive(Clone, Debug)]
pub enum TransactionOrSpan {
    /// A transaction.
    Transaction(Transaction),
    /// A span below a transaction.
    Span(Span),
}

impl From<Transaction> for TransactionOrSpan {
    fn from(transaction: Transaction) -> Self {
        Self::Transaction(transaction)
    }
}

impl From<Span> for TransactionOrSpan {
    fn from(span: Span) -> Self {
        Self::Span(span)
    }
}

impl TransactionOrSpan {
    /// A handle to a span that runs already; dropping it does not end the span.
    pub(crate) fn attached(active: ActiveSpan, client: Option<Arc<dyn Finish>>) -> Self {
        let root = active.is_root();
        let handle = Arc::new(Handle { active, client, owner: false });
        if root { Self::Transaction(Transaction { handle }) } else { Self::Span(Span { handle }) }
    }

    fn handle(&self) -> &Handle {
        match self {
            Self::Transaction(transaction) => &transaction.handle,
            Self::Span(span) => &span.handle,
        }
    }

    pub(crate) fn active(&self) -> &ActiveSpan {
        &self.handle().active
    }

    /// What the client adds to the sampling context.
    pub(crate) fn metadata(&self) -> Metadata {
        self.handle().client.as_ref().map_or_else(Metadata::default, |client| client.metadata().clone())
    }

    /// Sets a value of the data.
    pub fn set_data(&self, key: &str, value: Value) {
        match self {
            Self::Transaction(transaction) => transaction.set_data(key, value),
            Self::Span(span) => span.set_data(key, value),
        }
    }

    /// Sets a tag.
    pub fn set_tag<V: ToString>(&self, key: &str, value: V) {
        match self {
            Self::Transaction(transaction) => transaction.set_tag(key, value),
            Self::Span(span) => span.set_tag(key, value),
        }
    }

    /// Ids, operation and status.
    pub fn get_trace_context(&self) -> TraceContext {
        match self {
            Self::Transaction(transaction) => transaction.get_trace_context(),
            Self::Span(span) => span.get_trace_context(),
        }
    }

    /// The status, where one was set.
    pub fn get_status(&self) -> Option<SpanStatus> {
        match self {
            Self::Transaction(transaction) => transaction.get_status(),
            Self::Span(span) => span.get_status(),
        }
    }

    /// Sets the status.
    pub fn set_status(&self, status: SpanStatus) {
        match self {
            Self::Transaction(transaction) => transaction.set_status(status),
            Self::Span(span) => span.set_status(status),
        }
    }

    /// Sets the operation.
    pub fn set_op(&self, op: &str) {
        match self {
            Self::Transaction(transaction) => transaction.set_op(op),
            Self::Span(span) => span.set_op(op),
        }
    }

    /// Sets the name of the transaction or the description of the span.
    pub fn set_name(&self, name: &str) {
        match self {
            Self::Transaction(transaction) => transaction.set_name(name),
            Self::Span(span) => span.set_name(name),
        }
    }

    /// The headers by which the next service continues the trace.
    pub fn iter_headers(&self) -> TraceHeadersIter {
        match self {
            Self::Transaction(transaction) => transaction.iter_headers(),
            Self::Span(span) => span.iter_headers(),
        }
    }

    /// Whether it will be sent.
    pub fn is_sampled(&self) -> bool {
        self.active().trace().is_sampled()
    }

    /// Starts a span below it.
    #[must_use = "a span ends when it is dropped"]
    pub fn start_child(&self, op: &str, description: &str) -> Span {
        match self {
            Self::Transaction(transaction) => transaction.start_child(op, description),
            Self::Span(span) => span.start_child(op, description),
        }
    }

    /// Ends it now.
    pub fn finish(self) {
        match self {
            Self::Transaction(transaction) => transaction.finish(),
            Self::Span(span) => span.finish(),
        }
    }
}
