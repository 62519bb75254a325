//! A trace on its way from one service to the next.
//!
//! Source: Sentry's SDK documentation, "Trace propagation" and "Dynamic sampling context".

use std::fmt::Write as _;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::protocol::{DynamicSamplingContext, SpanId, TraceId};

/// All but the unreserved characters of RFC 3986.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// The trace that a scope belongs to while no transaction runs in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct PropagationContext {
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
}

/// What an incoming request says of the trace it is part of.
#[derive(Debug)]
pub(crate) struct Incoming {
    pub(crate) trace_id: TraceId,
    pub(crate) span_id: SpanId,
    pub(crate) sampled: Option<bool>,
    /// Frozen, even if empty: the head of the trace has made its decisions.
    pub(crate) sampling_context: DynamicSamplingContext,
}

impl Incoming {
    /// Reads the headers; names in any case. `None` without a valid `sentry-trace`.
    pub(crate) fn from_headers<'a>(headers: impl IntoIterator<Item = (&'a str, &'a str)>) -> Option<Self> {
        let mut trace = None;
        let mut sampling_context = DynamicSamplingContext::default();
        for (name, value) in headers {
            if name.eq_ignore_ascii_case("sentry-trace") {
                trace = sentry_trace(value);
            } else if name.eq_ignore_ascii_case("baggage") {
                read_baggage(value, &mut sampling_context);
            }
        }
        let (trace_id, span_id, sampled) = trace?;
        Some(Self { trace_id, span_id, sampled, sampling_context })
    }
}

/// `<32 hex>-<16 hex>[-0|1]`.
fn sentry_trace(value: &str) -> Option<(TraceId, SpanId, Option<bool>)> {
    let mut parts = value.trim().split('-');
    let trace_id = lower_hex(parts.next()?, 32)?.parse().ok()?;
    let span_id = lower_hex(parts.next()?, 16)?.parse().ok()?;
    let sampled = match parts.next() {
        None => None,
        Some("1") => Some(true),
        Some("0") => Some(false),
        Some(_) => return None,
    };
    parts.next().is_none().then_some((trace_id, span_id, sampled))
}

fn lower_hex(text: &str, length: usize) -> Option<&str> {
    let hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    (text.len() == length && text.bytes().all(hex)).then_some(text)
}

/// Takes the members with Sentry's prefix; those of other vendors are theirs to pass on.
fn read_baggage(header: &str, context: &mut DynamicSamplingContext) {
    for member in header.split(',') {
        // Properties after a semicolon are not ours.
        let member = member.split(';').next().unwrap_or_default();
        let Some((key, value)) = member.split_once('=') else { continue };
        let Some(key) = key.trim().strip_prefix("sentry-") else { continue };
        let value = percent_decode_str(value.trim()).decode_utf8_lossy();
        context.set(key.to_owned(), value.into_owned());
    }
}

/// The headers by which the next service continues a trace.
pub(crate) fn headers(
    trace_id: TraceId,
    span_id: SpanId,
    sampled: Option<bool>,
    context: &DynamicSamplingContext,
) -> TraceHeadersIter {
    let flag = match sampled {
        Some(true) => "-1",
        Some(false) => "-0",
        None => "",
    };
    TraceHeadersIter {
        sentry_trace: Some(format!("{trace_id}-{span_id}{flag}")),
        baggage: Some(baggage(context)).filter(|baggage| !baggage.is_empty()),
    }
}

fn baggage(context: &DynamicSamplingContext) -> String {
    let mut out = String::new();
    for (key, value) in context.iter() {
        let comma = if out.is_empty() { "" } else { "," };
        // Writing to a `String` cannot fail.
        let _ = write!(out, "{comma}sentry-{key}={}", utf8_percent_encode(value, ESCAPED));
    }
    out
}

/// Name and value of a header.
pub type TraceHeader = (&'static str, String);

/// Names and values of the headers to send along with an outgoing request: `sentry-trace`, then `baggage`.
#[derive(Clone, Debug)]
pub struct TraceHeadersIter {
    sentry_trace: Option<String>,
    baggage: Option<String>,
}

impl Iterator for TraceHeadersIter {
    type Item = TraceHeader;

    fn next(&mut self) -> Option<Self::Item> {
        let trace = self.sentry_trace.take().map(|value| ("sentry-trace", value));
        trace.or_else(|| self.baggage.take().map(|value| ("baggage", value)))
    }
}

#[cfg(test)]
mod tests {
    use super::{Incoming, headers};

    const TRACE: &str = "bc6d53f15eb88f4320054569b8c553d4-b72fa28504b07285";

    #[test]
    fn headers_survive_a_round_trip() {
        let baggage =
            "other=1,sentry-release=shop%401.0,sentry-sample_rand=0.250000;p=1, sentry-sampled=true";
        let incoming =
            Incoming::from_headers([("Sentry-Trace", &*format!("{TRACE}-1")), ("BAGGAGE", baggage)])
                .expect("the header is valid");
        assert_eq!(incoming.sampled, Some(true));
        assert_eq!(incoming.sampling_context.get("release"), Some("shop@1.0"));
        let sent: Vec<_> =
            headers(incoming.trace_id, incoming.span_id, incoming.sampled, &incoming.sampling_context)
                .collect();
        assert_eq!(sent[0], ("sentry-trace", format!("{TRACE}-1")));
        assert_eq!(
            sent[1],
            (
                "baggage",
                "sentry-release=shop%401.0,sentry-sample_rand=0.250000,sentry-sampled=true".to_owned()
            )
        );
    }

    #[test]
    fn a_malformed_header_starts_a_new_trace() {
        for value in ["", "1", &TRACE.to_uppercase(), &format!("{TRACE}-2"), &format!("{TRACE}-1-1"), "a-b-c"]
        {
            assert!(Incoming::from_headers([("sentry-trace", value)]).is_none(), "{value}");
        }
    }
}
