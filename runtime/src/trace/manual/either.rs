use std::sync::Arc;
use std::time::SystemTime;

use super::{Finish, Handle, Span, Transaction};
use crate::protocol::{Request, SpanId, SpanLink, SpanStatus, TraceContext, Value};
use crate::trace::build::Metadata;
use crate::trace::{ActiveSpan, TraceHeadersIter};

/// Either kind of handle, as a scope holds it.
#[derive(Clone, Debug, PartialEq)]
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

impl From<&TransactionOrSpan> for SpanLink {
    fn from(either: &TransactionOrSpan) -> Self {
        either.handle().link()
    }
}

/// Does with what it is what both kinds can do.
macro_rules! each {
    ($either:expr, $it:ident => $does:expr) => {
        match $either {
            TransactionOrSpan::Transaction($it) => $does,
            TransactionOrSpan::Span($it) => $does,
        }
    };
}

impl TransactionOrSpan {
    /// A handle to a span that runs already; dropping it does not end the span.
    pub(crate) fn attached(active: ActiveSpan, client: Option<Arc<dyn Finish>>) -> Self {
        let root = active.is_root();
        let handle = Arc::new(Handle { active, client, owner: false });
        if root { Self::Transaction(Transaction { handle }) } else { Self::Span(Span { handle }) }
    }

    fn handle(&self) -> &Handle {
        each!(self, it => &it.handle)
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
        each!(self, it => it.set_data(key, value));
    }

    /// Sets a tag.
    pub fn set_tag<V: ToString>(&self, key: &str, value: V) {
        each!(self, it => it.set_tag(key, value));
    }

    /// Ids, operation and status.
    pub fn get_trace_context(&self) -> TraceContext {
        each!(self, it => it.get_trace_context())
    }

    /// The status, where one was set.
    pub fn get_status(&self) -> Option<SpanStatus> {
        each!(self, it => it.get_status())
    }

    /// Sets the status.
    pub fn set_status(&self, status: SpanStatus) {
        each!(self, it => it.set_status(status));
    }

    /// Sets the operation.
    pub fn set_op(&self, op: &str) {
        each!(self, it => it.set_op(op));
    }

    /// Sets the name of the transaction or the description of the span.
    pub fn set_name(&self, name: &str) {
        each!(self, it => it.set_name(name));
    }

    /// Sets the HTTP request.
    pub fn set_request(&self, request: Request) {
        each!(self, it => it.set_request(request));
    }

    /// Sets the origin: `manual`, or `auto.` and who made it.
    pub fn set_origin(&self, origin: &str) {
        each!(self, it => it.set_origin(origin));
    }

    /// Sets a number that was measured on the way: see [`Transaction::set_measurement`].
    pub fn set_measurement(&self, name: &str, value: f64, unit: &str) {
        self.handle().measure(name, value, unit);
    }

    /// Adds a span that it has to do with without being part of it: see [`Transaction::add_link`].
    pub fn add_link(&self, link: impl Into<SpanLink>) {
        each!(self, it => it.add_link(link));
    }

    /// The headers by which the next service continues the trace.
    pub fn iter_headers(&self) -> TraceHeadersIter {
        self.handle().headers()
    }

    /// Whether it will be sent.
    pub fn is_sampled(&self) -> bool {
        self.active().trace().is_sampled()
    }

    /// Starts a span below it.
    #[must_use = "a span ends when it is dropped"]
    pub fn start_child(&self, op: &str, description: &str) -> Span {
        self.handle().child(op, description, None)
    }

    /// Starts a span below it that has this id and began at this time. No other span of the trace may have the id.
    #[must_use = "a span ends when it is dropped"]
    pub fn start_child_with_details(
        &self,
        op: &str,
        description: &str,
        id: SpanId,
        timestamp: SystemTime,
    ) -> Span {
        each!(self, it => it.start_child_with_details(op, description, id, timestamp))
    }

    /// Ends it now.
    pub fn finish(self) {
        each!(self, it => it.finish());
    }

    /// Ends it at the given time. What would end before it began takes no time.
    pub fn finish_with_timestamp(self, timestamp: SystemTime) {
        each!(self, it => it.finish_with_timestamp(timestamp));
    }

    /// Another name of [`finish_with_timestamp`](Self::finish_with_timestamp).
    pub fn finish_at(self, timestamp: SystemTime) {
        self.finish_with_timestamp(timestamp);
    }
}
