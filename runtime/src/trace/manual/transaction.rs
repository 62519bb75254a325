use std::sync::Arc;
use std::time::SystemTime;

use super::{Finish, Handle, Span, TransactionData};
use crate::protocol::{Request, SpanId, SpanLink, SpanStatus, TraceContext, Value};
#[cfg(any(feature = "actix", feature = "tower"))]
use crate::trace::ActiveSpan;
use crate::trace::running::{Root, Trace};
use crate::trace::sampling::TraceSettings;
use crate::trace::{Given, TraceHeadersIter, TransactionContext};

/// A transaction started by hand, by [`start_transaction`](crate::start_transaction).
///
/// Clones are handles to the same transaction. It ends with [`finish`](Self::finish), or when the last handle is dropped.
/// What is said of it after that is lost.
#[derive(Clone, Debug, PartialEq)]
pub struct Transaction {
    pub(super) handle: Arc<Handle>,
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

    /// The handle of whoever has started this.
    #[cfg(any(feature = "actix", feature = "tower"))]
    pub(crate) fn of(active: ActiveSpan, client: Option<Arc<dyn Finish>>) -> Self {
        Self { handle: Arc::new(Handle { active, client, owner: true }) }
    }

    #[cfg(any(feature = "actix", feature = "tower"))]
    pub(crate) fn active(&self) -> &ActiveSpan {
        &self.handle.active
    }

    pub(super) fn root<R>(&self, change: impl FnOnce(&mut Root) -> R) -> R {
        self.handle.active.with_root(change)
    }

    /// Sets a value of the transaction's data.
    pub fn set_data(&self, key: &str, value: Value) {
        self.root(|root| root.data.insert(key.to_owned(), value));
    }

    /// Sets a value of the transaction's extra data. [`set_data`](Self::set_data) is the newer way.
    pub fn set_extra(&self, key: &str, value: Value) {
        self.root(|root| root.extra.insert(key.to_owned(), value));
    }

    /// Sets a tag of the transaction.
    pub fn set_tag<V: ToString>(&self, key: &str, value: V) {
        let value = value.to_string();
        self.root(|root| root.tags.insert(key.to_owned(), value));
    }

    /// The transaction's data, as it is now, to be read and added to.
    pub fn data(&self) -> TransactionData<'_> {
        TransactionData::new(self)
    }

    /// The status, where one was set.
    pub fn get_status(&self) -> Option<SpanStatus> {
        self.root(|root| root.status)
    }

    /// Sets the status; without one a finished transaction is `ok`.
    pub fn set_status(&self, status: SpanStatus) {
        self.root(|root| root.status = Some(status));
    }

    /// Sets the operation.
    pub fn set_op(&self, op: &str) {
        self.root(|root| root.op = op.to_owned().into());
    }

    /// Sets the name.
    pub fn set_name(&self, name: &str) {
        self.handle.active.rename(name);
    }

    /// Sets the HTTP request that the transaction answers.
    pub fn set_request(&self, request: Request) {
        self.root(|root| root.request = Some(Box::new(request)));
    }

    /// Sets the origin: `manual`, which it is at first, or `auto.` and who made it, such as `auto.http.shop`.
    pub fn set_origin(&self, origin: &str) {
        self.root(|root| root.origin = origin.to_owned().into());
    }

    /// Sets a number that was measured on the way, in a unit such as `millisecond`, `byte` or `percent`; an empty one
    /// says that there is none. A number that is not finite is left out.
    ///
    /// ```
    /// # let transaction = sentry::start_transaction(sentry::TransactionContext::new("import", "task"));
    /// transaction.set_measurement("rows", 4711.0, "");
    /// transaction.set_measurement("download", 1.5e6, "byte");
    /// ```
    pub fn set_measurement(&self, name: &str, value: f64, unit: &str) {
        self.handle.measure(name, value, unit);
    }

    /// Adds a span that the transaction has to do with without being part of it, such as the one that put the message
    /// into the queue from which this takes it.
    ///
    /// Source: Sentry's SDK documentation, "Span links".
    ///
    /// ```
    /// use sentry::TransactionContext;
    /// use sentry::protocol::SpanLink;
    ///
    /// let first = sentry::start_transaction(TransactionContext::new("first try", "task"));
    /// let again = sentry::start_transaction(TransactionContext::new("second try", "task"));
    /// let attributes = [("sentry.link.type".to_owned(), "previous_trace".into())].into();
    /// again.add_link(SpanLink { attributes, ..SpanLink::from(&first) });
    /// ```
    pub fn add_link(&self, link: impl Into<SpanLink>) {
        let link = link.into();
        self.root(|root| root.links.push(link));
    }

    /// Ids, operation, status, data and links of the transaction.
    pub fn get_trace_context(&self) -> TraceContext {
        let active = &self.handle.active;
        self.root(|root| TraceContext {
            trace_id: active.trace().trace_id(),
            span_id: active.span_id(),
            parent_span_id: active.trace().parent_span_id(),
            op: Some(root.op.clone().into_owned()),
            status: root.status,
            origin: Some(root.origin.clone().into_owned()),
            data: root.data.clone(),
            links: root.links.clone(),
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
        self.handle.child(op, description, None)
    }

    /// Starts a span below the transaction that has this id and began at this time. No other span of the trace may have
    /// the id.
    #[must_use = "a span ends when it is dropped"]
    pub fn start_child_with_details(
        &self,
        op: &str,
        description: &str,
        id: SpanId,
        timestamp: SystemTime,
    ) -> Span {
        self.handle.child(op, description, Some(Given { id, start: timestamp }))
    }

    /// Ends the transaction now and sends it.
    pub fn finish(self) {
        self.handle.finish(None);
    }

    /// Ends the transaction at the given time and sends it. One that would end before it began takes no time.
    pub fn finish_with_timestamp(self, timestamp: SystemTime) {
        self.handle.finish(Some(timestamp));
    }

    /// Another name of [`finish_with_timestamp`](Self::finish_with_timestamp).
    pub fn finish_at(self, timestamp: SystemTime) {
        self.finish_with_timestamp(timestamp);
    }
}

impl From<&Transaction> for SpanLink {
    fn from(transaction: &Transaction) -> Self {
        transaction.handle.link()
    }
}
