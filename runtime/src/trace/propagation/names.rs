//! Names of the published crate that it has replaced itself.

use std::fmt;

use super::TracePropagationContext;
use super::headers;
use crate::protocol::{SpanId, TraceId};

/// What a `sentry-trace` header says.
#[deprecated = "use `TracePropagationContext` instead"]
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct SentryTrace {
    trace_id: TraceId,
    span_id: SpanId,
    sampled: Option<bool>,
}

#[expect(deprecated, reason = "an impl of it")]
impl SentryTrace {
    /// A header that says this.
    pub fn new(trace_id: TraceId, span_id: SpanId, sampled: Option<bool>) -> Self {
        Self { trace_id, span_id, sampled }
    }
}

#[expect(deprecated, reason = "an impl of it")]
impl From<SentryTrace> for TracePropagationContext {
    fn from(trace: SentryTrace) -> Self {
        Self::new(trace.trace_id, trace.span_id).with_maybe_sampled(trace.sampled)
    }
}

#[expect(deprecated, reason = "an impl of it")]
impl fmt::Display for SentryTrace {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&headers::sentry_trace(self.trace_id, self.span_id, self.sampled))
    }
}

/// Finds the `sentry-trace` header among others.
#[deprecated = "use `TracePropagationContext::try_from_headers` instead"]
#[expect(deprecated, reason = "it returns what is")]
pub fn parse_headers<'a, I>(headers: I) -> Option<SentryTrace>
where
    I: IntoIterator<Item = (&'a str, &'a str)>,
{
    let context = TracePropagationContext::try_from_headers(headers).ok()?;
    Some(SentryTrace::new(context.trace_id(), context.span_id(), context.sampled()))
}
