//! What is known of a transaction before it starts.

use std::borrow::Cow;

use super::build::Metadata;
use super::propagation::Incoming;
use super::rules::Control;
use super::sampling::{consistent_rand, widen};
use super::{ActiveSpan, Callsite, TransactionOrSpan};
use crate::protocol::{DynamicSamplingContext, SpanId, TraceId, TransactionSource};

/// Describes a transaction that is about to start: its name, operation and place in a trace.
///
/// ```
/// let context = sentry::TransactionContext::new("nightly-import", "task");
/// let transaction = sentry::start_transaction(context);
/// transaction.finish();
/// ```
#[derive(Clone, Debug)]
pub struct TransactionContext {
    name: Cow<'static, str>,
    op: Cow<'static, str>,
    pub(crate) source: TransactionSource,
    pub(crate) origin: &'static str,
    trace_id: TraceId,
    parent_span_id: Option<SpanId>,
    sampled: Option<bool>,
    parent_sampled: Option<bool>,
    /// Of the transactions of its kind, how many are recorded: what an option makes of the rate.
    pub(crate) share: f64,
    /// Whether an option says that nobody wants it.
    pub(crate) ignored: bool,
    /// Frozen as soon as another service had a say in it.
    pub(crate) frozen: Option<DynamicSamplingContext>,
}

impl TransactionContext {
    /// A transaction that starts a trace of its own. `op` is one of Sentry's operation names, such as `http.server`.
    #[must_use = "this must be passed to `start_transaction`"]
    pub fn new(name: &str, op: &str) -> Self {
        Self::new_with_trace_id(name, op, TraceId::default())
    }

    /// A transaction that belongs to the trace with this id.
    #[must_use = "this must be passed to `start_transaction`"]
    pub fn new_with_trace_id(name: &str, op: &str, trace_id: TraceId) -> Self {
        Self::named(Cow::Owned(name.to_owned()), Cow::Owned(op.to_owned()), trace_id)
    }

    /// The transaction that an attributed function opens; `name` is one that was computed for this call.
    pub(crate) fn of_callsite(callsite: &'static Callsite, name: Option<String>) -> Self {
        let name = name.map_or(Cow::Borrowed(callsite.title()), Cow::Owned);
        let mut context = Self::named(name, Cow::Borrowed(callsite.op()), TraceId::default());
        if let Some(source) = callsite.said().source {
            context.source = source;
        } else if callsite.said().name.is_none() {
            context.source = TransactionSource::Component;
        }
        context.origin = callsite.origin();
        context
    }

    fn named(name: Cow<'static, str>, op: Cow<'static, str>, trace_id: TraceId) -> Self {
        Self {
            name,
            op,
            source: TransactionSource::Custom,
            origin: "manual",
            trace_id,
            parent_span_id: None,
            sampled: None,
            parent_sampled: None,
            share: 1.0,
            ignored: false,
            frozen: None,
        }
    }

    /// Keeps to what the options say of transactions of its kind.
    pub(super) fn restrict(&mut self, control: Control) {
        match control {
            Control::On => {}
            Control::Share(share) => self.share = widen(share),
            Control::Off => self.sampled = Some(false),
            Control::Ignored => {
                self.sampled = Some(false);
                self.ignored = true;
            }
        }
    }

    /// Continues the trace in the `sentry-trace` and `baggage` headers of an incoming request; without a valid
    /// `sentry-trace` header the transaction starts a trace of its own.
    ///
    /// ```
    /// let headers = [("sentry-trace", "bc6d53f15eb88f4320054569b8c553d4-b72fa28504b07285-1")];
    /// let context = sentry::TransactionContext::continue_from_headers("GET /", "http.server", headers);
    /// assert_eq!(context.trace_id().to_string(), "bc6d53f15eb88f4320054569b8c553d4");
    /// ```
    #[must_use = "this must be passed to `start_transaction`"]
    pub fn continue_from_headers<'a, I>(name: &str, op: &str, headers: I) -> Self
    where
        I: IntoIterator<Item = (&'a str, &'a str)>,
    {
        match Incoming::from_headers(headers) {
            Some(incoming) => {
                let mut context = Self::new_with_trace_id(name, op, incoming.trace_id);
                context.parent_span_id = Some(incoming.span_id);
                context.parent_sampled = incoming.sampled;
                context.frozen = Some(incoming.sampling_context);
                context
            }
            None => Self::new(name, op),
        }
    }

    /// A transaction below `span`, in the same trace; without a span it starts a trace of its own.
    #[must_use = "this must be passed to `start_transaction`"]
    pub fn continue_from_span(name: &str, op: &str, span: Option<TransactionOrSpan>) -> Self {
        let mut context = Self::new(name, op);
        if let Some(span) = span {
            context.continue_below(span.active(), &span.metadata());
        }
        context
    }

    /// Continues the trace of a span of this process, with the same sampling context.
    pub(crate) fn continue_below(&mut self, active: &ActiveSpan, metadata: &Metadata) {
        self.trace_id = active.trace().trace_id();
        self.parent_span_id = Some(active.span_id());
        self.parent_sampled = active.trace().sampling().sampled;
        self.frozen = Some(active.trace().sampling_context(metadata));
    }

    /// Starts a trace of its own instead, if the incoming one belongs to another organisation.
    pub(crate) fn keep_to(&mut self, org_id: Option<&str>) {
        let incoming = self.frozen.as_ref().and_then(|frozen| frozen.get("org_id"));
        if incoming.zip(org_id).is_some_and(|(incoming, own)| incoming != own) {
            self.trace_id = TraceId::default();
            self.parent_span_id = None;
            self.parent_sampled = None;
            self.frozen = None;
        }
    }

    /// Decides by hand whether the transaction is sampled, before any rate or sampler is asked.
    pub fn set_sampled(&mut self, sampled: impl Into<Option<bool>>) {
        self.sampled = sampled.into();
    }

    /// The decision: the one made by hand, else that of the trace's parent.
    pub fn sampled(&self) -> Option<bool> {
        self.sampled.or(self.parent_sampled)
    }

    /// The transaction's name.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The transaction's operation.
    pub fn operation(&self) -> &str {
        &self.op
    }

    /// The trace it belongs to.
    pub fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    /// The span it continues from, where there is one.
    pub fn parent_span_id(&self) -> Option<SpanId> {
        self.parent_span_id
    }

    /// The decision that came with the trace.
    pub fn parent_sampled(&self) -> Option<bool> {
        self.parent_sampled
    }

    pub(crate) fn explicit(&self) -> Option<bool> {
        self.sampled
    }

    pub(crate) fn sample_rand(&self) -> Option<f64> {
        let frozen = self.frozen.as_ref()?;
        let given = frozen.get("sample_rand").and_then(|rand| rand.parse().ok());
        given.filter(|rand| (0.0..1.0).contains(rand)).or_else(|| {
            let rate = self.parent_sample_rate().filter(|rate| (0.0..=1.0).contains(rate))?;
            Some(consistent_rand(self.trace_id, self.parent_sampled?, rate))
        })
    }

    pub(crate) fn parent_sample_rate(&self) -> Option<f64> {
        self.frozen.as_ref()?.get("sample_rate")?.parse().ok()
    }

    pub(crate) fn into_names(self) -> (Cow<'static, str>, Cow<'static, str>) {
        (self.name, self.op)
    }
}
