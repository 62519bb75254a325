//! What an incoming request says of the trace that it is part of.

use std::error::Error;
use std::fmt;

use super::headers;
use crate::protocol::{DynamicSamplingContext, OrganizationId, SpanId, TraceId};

/// A place in a trace, as it travels from one service to the next.
///
/// ```
/// use sentry::{TracePropagationContext, TransactionContext};
///
/// let headers = [("sentry-trace", "bc6d53f15eb88f4320054569b8c553d4-b72fa28504b07285-1")];
/// let caller = TracePropagationContext::try_from_headers(headers)?;
/// let context = TransactionContext::continue_from_trace_propagation_context("import", "task", &caller, None);
/// assert_eq!(context.sampled(), Some(true));
/// # Ok::<(), sentry::HeaderParseError>(())
/// ```
///
/// Source: Sentry's SDK documentation, "Trace propagation".
#[derive(Clone, Debug, PartialEq)]
pub struct TracePropagationContext {
    trace_id: TraceId,
    span_id: SpanId,
    sampled: Option<bool>,
    /// Frozen, even if empty: the head of the trace has made its decisions. `None` if there is no head that knows of
    /// Sentry.
    frozen: Option<DynamicSamplingContext>,
}

/// Why headers do not say which trace to continue.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum HeaderParseError {
    /// There is neither `sentry-trace` nor `traceparent`.
    Missing,
    /// There is one, but it is malformed.
    Invalid,
}

impl fmt::Display for HeaderParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Missing => "missing sentry-trace header",
            Self::Invalid => "invalid sentry-trace header",
        })
    }
}

impl Error for HeaderParseError {}

impl Default for TracePropagationContext {
    /// The head of a new trace.
    fn default() -> Self {
        Self::new(TraceId::default(), SpanId::default())
    }
}

impl TracePropagationContext {
    /// The span of another service, which has left the sampling decision to those it calls and says nothing else.
    pub fn new(trace_id: TraceId, span_id: SpanId) -> Self {
        Self { trace_id, span_id, sampled: None, frozen: Some(DynamicSamplingContext::new()) }
    }

    /// Sets the sampling decision.
    #[must_use]
    pub fn with_sampled(self, sampled: bool) -> Self {
        Self { sampled: Some(sampled), ..self }
    }

    pub(super) fn with_maybe_sampled(self, sampled: Option<bool>) -> Self {
        Self { sampled, ..self }
    }

    /// The `sentry-trace` header that says the same.
    pub fn sentry_trace_header(&self) -> String {
        headers::sentry_trace(self.trace_id, self.span_id, self.sampled)
    }

    /// Reads the headers of an incoming request, names in any case: `sentry-trace` and `baggage`, and where there is no
    /// valid `sentry-trace`, W3C's `traceparent`. Of several `sentry-trace` headers the last valid one counts, and the
    /// members of several `baggage` headers are joined.
    ///
    /// With `traceparent` the trace is continued, and sampled if its flag says so; without the flag the decision is
    /// this service's, as proxies set it who know nothing of sampling. Where no `baggage` of Sentry's comes along, this service is
    /// the first in the trace that knows of Sentry, and makes the sampling context.
    ///
    /// # Errors
    /// When there is no such header, or none that is well-formed.
    pub fn try_from_headers<'a, I>(headers: I) -> Result<Self, HeaderParseError>
    where
        I: IntoIterator<Item = (&'a str, &'a str)>,
    {
        let (mut ours, mut theirs, mut seen) = (None, None, false);
        let mut context = DynamicSamplingContext::new();
        for (name, value) in headers {
            if name.eq_ignore_ascii_case("sentry-trace") {
                seen = true;
                ours = headers::read_sentry_trace(value).or(ours);
            } else if name.eq_ignore_ascii_case("traceparent") {
                seen = true;
                theirs = headers::read_traceparent(value).or(theirs);
            } else if name.eq_ignore_ascii_case("baggage") {
                headers::read_baggage(value, &mut context);
            }
        }
        let head_is_sentry = ours.is_some() || !context.is_empty();
        let missing = if seen { HeaderParseError::Invalid } else { HeaderParseError::Missing };
        let (trace_id, span_id, sampled) = ours.or(theirs).ok_or(missing)?;
        Ok(Self { trace_id, span_id, sampled, frozen: head_is_sentry.then_some(context) })
    }

    pub(crate) fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    pub(crate) fn span_id(&self) -> SpanId {
        self.span_id
    }

    pub(crate) fn sampled(&self) -> Option<bool> {
        self.sampled
    }

    /// The sampling context, if the head of the trace has made one.
    pub(crate) fn frozen(&self) -> Option<&DynamicSamplingContext> {
        self.frozen.as_ref()
    }

    /// Whether a service of this organisation continues the trace.
    pub(crate) fn belongs_to(&self, own: Option<OrganizationId>, strict: bool) -> bool {
        belongs(self.frozen.as_ref(), own, strict)
    }
}

/// Whether a trace with this sampling context is continued by a service of this organisation. One that is malformed
/// counts as none.
///
/// Source: Sentry's SDK documentation, "Trace propagation: strictTraceContinuation".
pub(in super::super) fn belongs(
    frozen: Option<&DynamicSamplingContext>,
    own: Option<OrganizationId>,
    strict: bool,
) -> bool {
    let incoming = frozen.and_then(|frozen| frozen.get("org_id")?.parse::<OrganizationId>().ok());
    match (incoming, own) {
        (Some(incoming), Some(own)) => incoming == own,
        (None, None) => true,
        (Some(_), None) | (None, Some(_)) => !strict,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TRACE: &str = "bc6d53f15eb88f4320054569b8c553d4-b72fa28504b07285";
    const PARENT: &str = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";

    fn read(headers: &[(&str, &str)]) -> Option<TracePropagationContext> {
        TracePropagationContext::try_from_headers(headers.iter().copied()).ok()
    }

    #[test]
    fn a_malformed_header_starts_a_new_trace() {
        let zeros = "00000000000000000000000000000000-0000000000000000";
        for value in
            ["", "1", zeros, &TRACE.to_uppercase(), &format!("{TRACE}-2"), &format!("{TRACE}-1-1"), "a-b-c"]
        {
            assert_eq!(read(&[("sentry-trace", value)]), None, "{value}");
        }
        let missing = TracePropagationContext::try_from_headers([("baggage", "sentry-sampled=true")]);
        assert!(matches!(missing, Err(HeaderParseError::Missing)));
        let invalid = TracePropagationContext::try_from_headers([("sentry-trace", "1")]);
        assert!(matches!(invalid, Err(HeaderParseError::Invalid)));
    }

    #[test]
    fn the_last_valid_header_counts() {
        let other = format!("{}-{}-0", "a".repeat(32), "b".repeat(16));
        let twice =
            read(&[("sentry-trace", TRACE), ("sentry-trace", &other), ("sentry-trace", "?")]).unwrap();
        assert_eq!(twice.sentry_trace_header(), other);
        let parts = read(&[
            ("sentry-trace", TRACE),
            ("baggage", "sentry-release=a"),
            ("baggage", "x=1,sentry-sampled=true"),
        ]);
        assert_eq!(parts.unwrap().frozen().unwrap().iter().count(), 2);
    }

    #[test]
    fn traceparents() {
        for (value, sampled) in [
            (PARENT, Some(Some(true))),
            ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-03", Some(Some(true))),
            ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-00", Some(None)),
            // A version to come may add to it.
            ("cc-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", Some(Some(true))),
            ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01-more", None),
            ("ff-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", None),
            ("00-00000000000000000000000000000000-b7ad6b7169203331-01", None),
            ("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", None),
            ("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", None),
            ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331", None),
            ("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-1", None),
            ("", None),
        ] {
            let found = read(&[("Traceparent", value)]);
            assert_eq!(found.as_ref().map(TracePropagationContext::sampled), sampled, "{value}");
            // Nobody there knows of Sentry.
            assert!(found.is_none_or(|found| found.frozen().is_none()), "{value}");
        }
        // Sentry's own is stronger, wherever it stands.
        let both = read(&[("sentry-trace", TRACE), ("traceparent", PARENT)]).unwrap();
        assert_eq!(both.sentry_trace_header(), TRACE);
        let broken = read(&[("traceparent", PARENT), ("sentry-trace", "?"), ("baggage", "sentry-release=a")]);
        assert_eq!(broken.unwrap().frozen().unwrap().get("release"), Some("a"));
    }

    /// The examples of the specification, row by row.
    #[test]
    fn organisations() {
        for (incoming, own, strict, continued) in [
            (Some("1"), Some(1), false, true),
            (None, Some(1), false, true),
            (Some("1"), None, false, true),
            (None, None, false, true),
            (Some("1"), Some(2), false, false),
            (Some("1"), Some(1), true, true),
            (None, Some(1), true, false),
            (Some("1"), None, true, false),
            (None, None, true, true),
            (Some("1"), Some(2), true, false),
            // What is no organisation is none.
            (Some("acme"), Some(1), false, true),
            (Some("acme"), Some(1), true, false),
        ] {
            let baggage = incoming.map(|id| format!("sentry-org_id={id}")).unwrap_or_default();
            let read = read(&[("sentry-trace", TRACE), ("baggage", &baggage)]).unwrap();
            let found = read.belongs_to(own.map(OrganizationId::from), strict);
            assert_eq!(found, continued, "{incoming:?} {own:?} {strict}");
        }
    }
}
