use std::sync::Arc;
use std::time::SystemTime;

use super::{Data, Finish, Handle};
use crate::protocol::{Map, Request, SpanId, SpanLink, SpanStatus, TraceContext, Value};
use crate::trace::sampling::TraceSettings;
use crate::trace::{ActiveSpan, Given, PropagationContext, Trace, TraceHeadersIter, TransactionContext};

/// A span started by hand.
///
/// Clones are handles to the same span. It ends with [`finish`](Self::finish), or when the last handle is dropped. What
/// is said of a span that is not recorded, or after its transaction has ended, is lost.
#[derive(Clone, Debug, PartialEq)]
pub struct Span {
    pub(super) handle: Arc<Handle>,
}

impl Span {
    /// A span that is recorded nowhere, of a trace in which no transaction runs.
    pub(crate) fn unrecorded(trace: &PropagationContext, client: Option<Arc<dyn Finish>>) -> Self {
        let root = Trace::start(TransactionContext::standing_for(trace), &TraceSettings::OFF, None, None);
        let active = ActiveSpan::nowhere(Arc::clone(root.trace()));
        Self { handle: Arc::new(Handle { active, client, owner: true }) }
    }

    /// Sets a value of the span's data.
    pub fn set_data(&self, key: &str, value: Value) {
        self.handle.details(|details| drop(details.data.insert(key.to_owned(), value)));
    }

    /// Sets a tag of the span.
    pub fn set_tag<V: ToString>(&self, key: &str, value: V) {
        let value = value.to_string();
        self.handle.details(|details| drop(details.tags.insert(key.to_owned(), value)));
    }

    /// The span's data, as it is now, to be read and changed.
    ///
    /// ```
    /// # let transaction = sentry::start_transaction(sentry::TransactionContext::new("import", "task"));
    /// let span = transaction.start_child("db.query", "SELECT 1");
    /// span.data().insert("db.rows".to_owned(), 1.into());
    /// span.data().set_tag("pool".to_owned(), "main".to_owned());
    /// ```
    pub fn data(&self) -> Data<'_> {
        Data::new(self)
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
        self.handle.details(|details| details.status = Some(status));
    }

    /// Sets the operation.
    pub fn set_op(&self, op: &str) {
        self.handle.details(|details| details.op = Some(op.to_owned()));
    }

    /// Sets the description.
    pub fn set_name(&self, name: &str) {
        self.handle.details(|details| details.description = Some(name.to_owned()));
    }

    /// Sets the HTTP request that the span makes or answers, as data: `method`, `url`, `data`, `query_string`, `cookies`,
    /// `headers` and `env`.
    pub fn set_request(&self, request: Request) {
        let Request { url, method, data, query_string, cookies, headers, env } = request;
        let object = |fields: Map<String, String>| {
            (!fields.is_empty()).then(|| fields.into_iter().map(|(key, text)| (key, text.into())).collect())
        };
        let body = data.map(|text| serde_json::from_str(&text).unwrap_or(Value::String(text)));
        let fields = [
            ("method", method.map(Value::String)),
            ("url", url.map(|url| Value::String(url.into()))),
            ("data", body),
            ("query_string", query_string.map(Value::String)),
            ("cookies", cookies.map(Value::String)),
            ("headers", object(headers).map(Value::Object)),
            ("env", object(env).map(Value::Object)),
        ];
        let fields = fields.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
        self.handle.details(|details| details.data.extend(fields));
    }

    /// Sets the origin: `manual`, which it is at first, or `auto.` and who made it, such as `auto.db.shop`.
    pub fn set_origin(&self, origin: &str) {
        self.handle.details(|details| details.origin = Some(origin.to_owned()));
    }

    /// Sets a number that was measured on the way, for the whole transaction: see
    /// [`Transaction::set_measurement`](crate::Transaction::set_measurement).
    pub fn set_measurement(&self, name: &str, value: f64, unit: &str) {
        self.handle.measure(name, value, unit);
    }

    /// Adds a span that this one has to do with without being part of it: see
    /// [`Transaction::add_link`](crate::Transaction::add_link).
    pub fn add_link(&self, link: impl Into<SpanLink>) {
        let link = link.into();
        self.handle.details(|details| details.links.push(link));
    }

    /// Ids, operation and status of the span.
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

    /// Whether the transaction that the span is part of will be sent.
    pub fn is_sampled(&self) -> bool {
        self.handle.active.trace().is_sampled()
    }

    /// Starts a span below this one. `op` is one of Sentry's operation names, such as `db.query`.
    #[must_use = "a span ends when it is dropped"]
    pub fn start_child(&self, op: &str, description: &str) -> Span {
        self.handle.child(op, description, None)
    }

    /// Starts a span below this one that has this id and began at this time. No other span of the trace may have the id.
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

    /// Ends the span now.
    pub fn finish(self) {
        self.handle.finish(None);
    }

    /// Ends the span at the given time. One that would end before it began takes no time.
    pub fn finish_with_timestamp(self, timestamp: SystemTime) {
        self.handle.finish(Some(timestamp));
    }

    /// Another name of [`finish_with_timestamp`](Self::finish_with_timestamp).
    pub fn finish_at(self, timestamp: SystemTime) {
        self.finish_with_timestamp(timestamp);
    }
}

impl From<&Span> for SpanLink {
    fn from(span: &Span) -> Self {
        span.handle.link()
    }
}
