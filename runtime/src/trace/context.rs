//! What is known of a transaction before it starts.

use std::borrow::Cow;
use std::sync::OnceLock;

use super::build::Metadata;
use super::propagation::belongs;
use super::rules::Control;
use super::sampling::{TraceSettings, consistent_rand, widen};
use super::{
    ActiveSpan, Callsite, Note, Notes, PropagationContext, TracePropagationContext, TransactionOrSpan,
};
use crate::protocol::{DynamicSamplingContext, SpanId, TraceId, TransactionSource, Value};

/// Data for the sampler: keys and JSON values.
pub type CustomTransactionContext = serde_json::Map<String, Value>;

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
    /// Drawn when somebody asks for it.
    span_id: OnceLock<SpanId>,
    parent_span_id: Option<SpanId>,
    belonging: Belonging,
    sampled: Option<bool>,
    parent_sampled: Option<bool>,
    /// Of the transactions of its kind, how many are recorded: what an option makes of the rate.
    pub(crate) share: f64,
    /// Whether an option says that nobody wants it.
    pub(crate) ignored: bool,
    /// Frozen as soon as another service had a say in it.
    pub(crate) frozen: Option<DynamicSamplingContext>,
    callsite: Option<&'static Callsite>,
    custom: Option<CustomTransactionContext>,
}

/// To which trace a transaction belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Belonging {
    /// To the one that is continued where it starts, if there is one.
    Following,
    /// To the one that was said, or to a new one.
    Settled,
    /// To one that came with a request, if it is of the right organisation.
    Incoming,
}

impl TransactionContext {
    /// A transaction that starts a trace of its own, or inside of [`continue_trace`](crate::continue_trace) belongs to
    /// the trace that is continued there. `op` is one of Sentry's operation names, such as `http.server`.
    #[must_use = "this must be passed to `start_transaction`"]
    pub fn new(name: &str, op: &str) -> Self {
        Self::named(Cow::Owned(name.to_owned()), Cow::Owned(op.to_owned()), TraceId::default())
    }

    /// A transaction that belongs to the trace with this id.
    #[must_use = "this must be passed to `start_transaction`"]
    pub fn new_with_trace_id(name: &str, op: &str, trace_id: TraceId) -> Self {
        Self::new(name, op).in_trace(trace_id)
    }

    /// A transaction that belongs to the trace with this id, below the span `parent_span_id`, and has the id `span_id`
    /// itself, or a random one.
    #[must_use = "this must be passed to `start_transaction`"]
    pub fn new_with_details(
        name: &str,
        op: &str,
        trace_id: TraceId,
        span_id: Option<SpanId>,
        parent_span_id: Option<SpanId>,
    ) -> Self {
        let context = Self::new_with_trace_id(name, op, trace_id);
        Self { span_id: known(span_id), parent_span_id, ..context }
    }

    /// The transaction that an attributed function opens; `name` is one that was computed for this call.
    pub(crate) fn of_callsite(callsite: &'static Callsite, name: Option<String>) -> Self {
        Self::of_callsite_in(callsite, name, TraceId::default())
    }

    /// The same, in this trace if it continues no other.
    pub(super) fn of_callsite_in(
        callsite: &'static Callsite,
        name: Option<String>,
        trace_id: TraceId,
    ) -> Self {
        let name = name.map_or(Cow::Borrowed(callsite.title()), Cow::Owned);
        let mut context = Self::named(name, Cow::Borrowed(callsite.op()), trace_id);
        if let Some(source) = callsite.said().source {
            context.source = source;
        } else if callsite.said().name.is_none() {
            context.source = TransactionSource::Component;
        }
        context.origin = callsite.origin();
        context.callsite = Some(callsite);
        if callsite.said().root {
            context.belonging = Belonging::Settled;
        }
        context
    }

    /// The transaction of a request that is served.
    #[cfg(any(feature = "actix", feature = "tower"))]
    pub(crate) fn of_server(name: String, op: &'static str, source: TransactionSource) -> Self {
        let named = Self::named(Cow::Owned(name), Cow::Borrowed(op), TraceId::default());
        Self { source, ..named }
    }

    /// Stands for what is part of no transaction in this trace.
    pub(super) fn standing_for(trace: &PropagationContext) -> Self {
        Self {
            span_id: OnceLock::from(trace.span_id),
            parent_span_id: trace.parent_span_id(),
            parent_sampled: trace.sampled(),
            frozen: trace.incoming().and_then(|incoming| incoming.frozen().cloned()),
            // There is no name that others could sample by.
            source: TransactionSource::Url,
            belonging: Belonging::Settled,
            ..Self::named(Cow::Borrowed(""), Cow::Borrowed(""), trace.trace_id)
        }
    }

    fn named(name: Cow<'static, str>, op: Cow<'static, str>, trace_id: TraceId) -> Self {
        Self {
            name,
            op,
            source: TransactionSource::Custom,
            origin: "manual",
            trace_id,
            span_id: OnceLock::new(),
            parent_span_id: None,
            belonging: Belonging::Following,
            sampled: None,
            parent_sampled: None,
            share: 1.0,
            ignored: false,
            frozen: None,
            callsite: None,
            custom: None,
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

    pub(crate) fn in_trace(self, trace_id: TraceId) -> Self {
        Self { trace_id, belonging: Belonging::Settled, ..self }
    }

    /// Continues the trace in the headers of an incoming request: `sentry-trace` and `baggage`, or W3C's `traceparent`
    /// (see [`TracePropagationContext::try_from_headers`]). Without a valid one the transaction starts a trace of its own.
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
        let mut context = Self::new(name, op);
        context.belonging = Belonging::Settled;
        if let Ok(incoming) = TracePropagationContext::try_from_headers(headers) {
            context.continue_from(&incoming);
        }
        context
    }

    /// Continues a trace of which the `sentry-trace` header was read before. What came in `baggage` is lost this way.
    #[deprecated = "use `TransactionContext::continue_from_trace_propagation_context` instead"]
    #[expect(deprecated, reason = "a published name, for code that uses it")]
    pub fn continue_from_sentry_trace(
        name: &str,
        op: &str,
        sentry_trace: &super::SentryTrace,
        span_id: Option<SpanId>,
    ) -> Self {
        Self::continue_from_trace_propagation_context(name, op, &(*sentry_trace).into(), span_id)
    }

    /// Continues a trace whose headers were read before; `span_id` is the id of the transaction, else it is random.
    #[must_use = "this must be passed to `start_transaction`"]
    pub fn continue_from_trace_propagation_context(
        name: &str,
        op: &str,
        context: &TracePropagationContext,
        span_id: Option<SpanId>,
    ) -> Self {
        let mut new = Self { span_id: known(span_id), ..Self::new(name, op) };
        new.continue_from(context);
        new
    }

    /// A transaction below `span`, in the same trace; without a span it is one by [`new`](Self::new).
    #[must_use = "this must be passed to `start_transaction`"]
    pub fn continue_from_span(name: &str, op: &str, span: Option<TransactionOrSpan>) -> Self {
        let mut context = Self::new(name, op);
        if let Some(span) = span {
            context.continue_below(span.active(), &span.metadata());
        }
        context
    }

    /// Sets more of a context than the functions above.
    ///
    /// ```
    /// let context = sentry::TransactionContext::builder("import", "task")
    ///     .with_sampled(Some(true))
    ///     .with_custom("tenant".into(), "acme".into())
    ///     .finish();
    /// assert_eq!(context.custom().and_then(|custom| custom["tenant"].as_str()), Some("acme"));
    /// ```
    pub fn builder(name: &str, op: &str) -> TransactionContextBuilder {
        TransactionContextBuilder { context: Self::new(name, op) }
    }

    /// Continues the trace of a span of this process, with the same sampling context.
    pub(crate) fn continue_below(&mut self, active: &ActiveSpan, metadata: &Metadata) {
        self.trace_id = active.trace().trace_id();
        self.parent_span_id = Some(active.span_id());
        self.parent_sampled = active.trace().sampling().sampled;
        self.frozen = Some(active.trace().sampling_context(metadata));
        self.belonging = Belonging::Settled;
    }

    /// Continues the trace that is continued where the transaction starts, unless it is known to belong elsewhere.
    pub(crate) fn follow(&mut self, incoming: Option<&TracePropagationContext>) {
        if let (Belonging::Following, Some(incoming)) = (self.belonging, incoming) {
            self.continue_from(incoming);
        }
    }

    fn continue_from(&mut self, incoming: &TracePropagationContext) {
        self.trace_id = incoming.trace_id();
        self.parent_span_id = Some(incoming.span_id());
        self.parent_sampled = incoming.sampled();
        self.frozen = incoming.frozen().cloned();
        self.belonging = Belonging::Incoming;
    }

    /// Starts a trace of its own instead, if the incoming one belongs to another organisation.
    pub(crate) fn keep_to(&mut self, settings: &TraceSettings) {
        if self.belonging == Belonging::Incoming
            && !belongs(self.frozen.as_ref(), settings.org_id, settings.strict)
        {
            crate::debug::log!("a trace of another organisation is not continued");
            self.trace_id = TraceId::default();
            self.parent_span_id = None;
            self.parent_sampled = None;
            self.frozen = None;
        }
    }

    /// Lets the sampler see what an attribute says.
    pub(crate) fn describe(&mut self, notes: &Notes) {
        let custom = self.custom.get_or_insert_default();
        let tags = self.callsite.map_or(&[][..], |callsite| callsite.said().tags);
        custom.extend(tags.iter().map(|(key, value)| ((*key).to_owned(), Value::from(*value))));
        for note in notes.iter() {
            match note {
                Note::Tag(key, value) => drop(custom.insert((*key).to_owned(), Value::from(&**value))),
                Note::Data(key, value) => drop(custom.insert((*key).to_owned(), value.into())),
                Note::Name(_) => {}
            }
        }
    }

    /// Decides by hand whether the transaction is sampled, before any rate or sampler is asked. With `None` they are
    /// asked, and what the trace's parent decided does not count.
    pub fn set_sampled(&mut self, sampled: impl Into<Option<bool>>) {
        self.sampled = sampled.into();
        if self.sampled.is_none() {
            self.parent_sampled = None;
        }
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

    /// The trace it belongs to, as far as that is known before it starts: see [`new`](Self::new).
    pub fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    /// The id that the transaction will have.
    pub fn span_id(&self) -> SpanId {
        *self.span_id.get_or_init(SpanId::default)
    }

    /// The same, if somebody asked for it.
    pub(crate) fn known_span_id(&self) -> Option<SpanId> {
        self.span_id.get().copied()
    }

    /// The span it continues from, where there is one.
    pub fn parent_span_id(&self) -> Option<SpanId> {
        self.parent_span_id
    }

    /// The decision that came with the trace.
    pub fn parent_sampled(&self) -> Option<bool> {
        self.parent_sampled
    }

    /// The rate, between 0 and 1, by which the head of the trace has decided, where it says so. A
    /// [`traces_sampler`](crate::ClientOptions::traces_sampler) that returns it decides as the head did, as both
    /// compare it with the same random number; so traces stay whole, and Sentry can extrapolate from them.
    pub fn parent_sample_rate(&self) -> Option<f32> {
        self.frozen.as_ref()?.get("sample_rate")?.parse().ok().filter(|rate| (0.0..=1.0).contains(rate))
    }

    /// The attributed function that opens the transaction; `None` if it is started by hand.
    pub fn callsite(&self) -> Option<&'static Callsite> {
        self.callsite
    }

    /// Data for the sampler. Of a transaction that an attributed function opens these are the tags and the data of the
    /// attribute.
    pub fn custom(&self) -> Option<&CustomTransactionContext> {
        self.custom.as_ref()
    }

    /// Data for the sampler, to be changed.
    pub fn custom_mut(&mut self) -> &mut Option<CustomTransactionContext> {
        &mut self.custom
    }

    /// Adds a value for the sampler; returns the one that the key had.
    pub fn custom_insert(&mut self, key: String, value: Value) -> Option<Value> {
        self.custom.get_or_insert_default().insert(key, value)
    }

    pub(crate) fn explicit(&self) -> Option<bool> {
        self.sampled
    }

    /// The random number that came with the trace, or one that agrees with the decision that did.
    pub(crate) fn sample_rand(&self) -> Option<f64> {
        let given = self.frozen.as_ref()?.get("sample_rand").and_then(|rand| rand.parse().ok());
        given.filter(|rand| (0.0..1.0).contains(rand)).or_else(|| {
            let rate = self.inherited_rate().filter(|rate| (0.0..=1.0).contains(rate))?;
            Some(consistent_rand(self.trace_id, self.parent_sampled?, rate))
        })
    }

    /// The rate of the decision that came with the trace.
    pub(crate) fn inherited_rate(&self) -> Option<f64> {
        match &self.frozen {
            Some(frozen) => frozen.get("sample_rate")?.parse().ok(),
            // Whoever does not know of Sentry does not say it; this one agrees with the decision.
            None => self.parent_sampled.map(|sampled| if sampled { 1.0 } else { 0.0 }),
        }
    }

    pub(crate) fn into_names(self) -> (Cow<'static, str>, Cow<'static, str>) {
        (self.name, self.op)
    }
}

fn known(span_id: Option<SpanId>) -> OnceLock<SpanId> {
    span_id.map_or_else(OnceLock::new, OnceLock::from)
}

/// Makes a [`TransactionContext`], by [`TransactionContext::builder`].
#[derive(Debug)]
#[must_use = "a context is made by `finish`"]
pub struct TransactionContextBuilder {
    context: TransactionContext,
}

impl TransactionContextBuilder {
    /// Sets the transaction's name.
    pub fn with_name(mut self, name: String) -> Self {
        self.context.name = Cow::Owned(name);
        self
    }

    /// Sets the operation.
    pub fn with_op(mut self, op: String) -> Self {
        self.context.op = Cow::Owned(op);
        self
    }

    /// Sets the trace that the transaction belongs to.
    pub fn with_trace_id(self, trace_id: TraceId) -> Self {
        Self { context: self.context.in_trace(trace_id) }
    }

    /// Sets the span that it is below.
    pub fn with_parent_span_id(mut self, parent_span_id: Option<SpanId>) -> Self {
        self.context.parent_span_id = parent_span_id;
        self
    }

    /// Sets its own id.
    pub fn with_span_id(mut self, span_id: SpanId) -> Self {
        self.context.span_id = OnceLock::from(span_id);
        self
    }

    /// Decides by hand whether it is sampled.
    pub fn with_sampled(mut self, sampled: Option<bool>) -> Self {
        self.context.set_sampled(sampled);
        self
    }

    /// Adds a value for the sampler.
    pub fn with_custom(mut self, key: String, value: Value) -> Self {
        self.context.custom_insert(key, value);
        self
    }

    /// The context.
    #[must_use = "this must be passed to `start_transaction`"]
    pub fn finish(self) -> TransactionContext {
        self.context
    }
}
