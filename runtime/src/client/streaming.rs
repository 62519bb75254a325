//! Spans that leave while their transaction runs: the options, and the way from spans to envelopes.

use std::fmt::{self, Display};
use std::str::FromStr;
use std::sync::Arc;

use super::options::ClientOptions;
use super::pipeline::Pipeline;
use crate::callback;
use crate::privacy::Filter;
use crate::protocol::{Attribute, Envelope, Map, Reason, StreamedSpan, Value, WrittenSpans};
use crate::scope::{Item, Snapshot};
use crate::trace::{Batch, Beside, Clean, Finished, Trace};

/// When the spans of a transaction leave.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum TraceLifecycle {
    /// With their transaction, when it ends.
    #[default]
    Static,
    /// While it runs.
    Stream,
}

/// A text is not one that `trace_lifecycle` takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ParseTraceLifecycleError {
    rule: monitored_rules::Broken,
}

impl Display for ParseTraceLifecycleError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.rule.fmt(f)
    }
}

impl std::error::Error for ParseTraceLifecycleError {}

impl FromStr for TraceLifecycle {
    type Err = ParseTraceLifecycleError;

    /// Reads `static` or `stream`.
    fn from_str(text: &str) -> Result<Self, ParseTraceLifecycleError> {
        monitored_rules::trace_lifecycle(text).map_err(|rule| ParseTraceLifecycleError { rule })?;
        Ok(if text == "stream" { Self::Stream } else { Self::Static })
    }
}

impl TryFrom<&str> for TraceLifecycle {
    type Error = ParseTraceLifecycleError;

    fn try_from(text: &str) -> Result<Self, ParseTraceLifecycleError> {
        text.parse()
    }
}

/// A callback that looks at a streamed span before it is sent, and may change it.
pub type BeforeSendSpan = Arc<dyn Fn(StreamedSpan) -> StreamedSpan + Send + Sync>;

impl ClientOptions {
    /// Sets when the spans of a transaction leave: `"static"`, which is the default, or `"stream"`. `SENTRY_TRACE_LIFECYCLE`.
    ///
    /// With `"stream"` each span leaves within five seconds after it has ended, or as soon as a thousand wait, and the
    /// transaction is the last of them, the segment. So a transaction may run for days: its spans are not limited by
    /// [`max_spans`](Self::max_spans), only to 16,384 that are running or wait at a time, and those that have left are not
    /// lost if the process is killed. A span that has left takes nothing more: what is said of it later is said too late.
    /// [`before_send_transaction`](Self::before_send_transaction) and event processors have nothing to see; spans go through
    /// [`before_send_span`](Self::before_send_span), and [`ignore_spans`](Self::ignore_spans) and
    /// [`ignore_transactions`](Self::ignore_transactions) name what is not recorded.
    /// `thread.id` and `thread.name` are those of the thread on which a span began. Tags, data and measurements become
    /// attributes; those of scopes and the user are on the segment.
    ///
    /// ```
    /// let options = sentry::ClientOptions::new().traces_sample_rate(1.0).trace_lifecycle("stream");
    /// assert_eq!(options.trace_lifecycle, sentry::TraceLifecycle::Stream);
    /// ```
    ///
    /// Source: Sentry's SDK documentation, "Span protocol".
    pub fn trace_lifecycle<T>(mut self, trace_lifecycle: T) -> Self
    where
        T: TryInto<TraceLifecycle>,
        T::Error: Display,
    {
        match trace_lifecycle.try_into() {
            Ok(trace_lifecycle) => self.trace_lifecycle = trace_lifecycle,
            Err(error) => self.problems.push(format!("`trace_lifecycle` is ignored: {error}")),
        }
        self.written.push("trace_lifecycle");
        self
    }

    /// Sets the callback for streamed spans. It cannot drop one; if it panics the span is sent as it was. It runs on the
    /// delivery thread, or on one that flushes.
    ///
    /// ```
    /// let options = sentry::ClientOptions::new().trace_lifecycle("stream").before_send_span(|mut span| {
    ///     span.attributes.remove("db.query.text");
    ///     span
    /// });
    /// # let _ = options;
    /// ```
    pub fn before_send_span<F>(mut self, before_send_span: F) -> Self
    where
        F: Fn(StreamedSpan) -> StreamedSpan + Send + Sync + 'static,
    {
        self.before_send_span = Some(Arc::new(before_send_span));
        self
    }
}

impl Clean for Filter<'_> {
    fn datum(&mut self, name: &str, value: &mut Value) -> bool {
        self.span_datum(name, value)
    }

    fn text(&mut self, text: &mut String) {
        self.span_text(text);
    }
}

impl Pipeline {
    /// What has ended of a running transaction.
    pub(super) fn ended_spans(&self, trace: &Arc<Trace>) -> impl Iterator<Item = Item> {
        trace.stream(self.span_attributes(), &mut self.filter()).into_iter().map(Item::Spans)
    }

    /// The envelope for streamed spans of one trace.
    pub(super) fn spans(&self, batch: Batch) -> Result<Envelope, Reason> {
        let Batch { trace, spans } = batch;
        let spans = self.before_send_span(spans)?;
        let headers = Self::headers();
        let context = trace.sampling_context(&self.metadata);
        // A trace that came without a sampling context has none, and that stays so.
        let headers = if context.is_empty() { headers } else { headers.with_trace(context) };
        Ok(Envelope::of_spans(spans).with_headers(headers))
    }

    /// The envelopes for what has not left yet of a transaction that has ended.
    pub(super) fn segment(&self, finished: Finished, scopes: &Snapshot) -> Result<Vec<Item>, Reason> {
        if finished.trace().is_ignored() {
            say_ignored();
            return Err(Reason::Ignored);
        }
        let mut said = crate::protocol::Transaction::default();
        scopes.apply_to_transaction(&mut said);
        let (tags, user) = (&said.tags, said.user.as_ref());
        let beside = Beside { tags, attributes: &scopes.attributes(), user };
        let batches = finished.stream(self.span_attributes(), &beside, &mut self.filter());
        Ok(batches.into_iter().map(Item::Spans).collect())
    }

    fn before_send_span(&self, spans: WrittenSpans) -> Result<WrittenSpans, Reason> {
        let Some(before_send_span) = &self.options.before_send_span else { return Ok(spans) };
        let changed = spans.change(|span| {
            let before = span.clone();
            callback::guarded("before_send_span", || before_send_span(span)).unwrap_or(before)
        });
        changed.map_err(|error| {
            crate::debug::log!("spans could not be written: {error}");
            Reason::InternalSdkError
        })
    }

    /// What all spans of the process say, as members of their attributes.
    pub(super) fn write_span_attributes(&self) -> Vec<u8> {
        let (options, process) = (&self.options, self.process());
        let text = |text: &str| Attribute::from(text);
        let os = match process.common.contexts.get("os") {
            Some(crate::protocol::Context::Os(os)) => os.name.as_deref(),
            _ => None,
        };
        let known = [
            ("sentry.release", options.release.as_deref()),
            ("sentry.environment", options.environment.as_deref()),
            ("sentry.sdk.name", Some(&*process.common.sdk.name)),
            ("sentry.sdk.version", Some(&*process.common.sdk.version)),
            ("os.name", os),
        ];
        let known: Map<_, _> =
            known.into_iter().filter_map(|(key, value)| Some((key, text(value?)))).collect();
        // Texts can always be written.
        let mut json = serde_json::to_vec(&known).unwrap_or_default();
        json.pop();
        if let Some(first) = json.first_mut() {
            *first = b',';
        }
        json
    }
}

/// Tells a developer why a transaction does not leave.
pub(super) fn say_ignored() {
    crate::debug::log!("transaction dropped: `ignore_transactions` has a pattern for it");
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_lifecycle_is_a_word() {
        let options = ClientOptions::new().trace_lifecycle("stream");
        assert_eq!((options.trace_lifecycle, options.problems.len()), (TraceLifecycle::Stream, 0));
        let options = ClientOptions::new().trace_lifecycle(TraceLifecycle::Stream).trace_lifecycle("often");
        assert_eq!(options.trace_lifecycle, TraceLifecycle::Stream);
        assert!(options.problems[0].contains("`static`"), "{:?}", options.problems);
    }
}
