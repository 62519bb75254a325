//! The headers themselves: `sentry-trace`, `baggage`, and W3C's `traceparent`.

use std::fmt::{self, Write as _};

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

use crate::protocol::{DynamicSamplingContext, SpanId, TraceId};

/// Name and value of a header.
pub type TraceHeader = (&'static str, String);

/// What a header says of a trace: the trace, the span that calls, and whether they are sampled.
type Place = (TraceId, SpanId, Option<bool>);

/// All but the unreserved characters of RFC 3986.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// Bytes that a `baggage` header may have. Source: W3C, "Propagation format for distributed context: Baggage".
const MOST: usize = 8192;

/// `<32 hex>-<16 hex>[-0|1]`.
pub(super) fn read_sentry_trace(value: &str) -> Option<Place> {
    let mut parts = value.trim().split('-');
    let (trace_id, span_id) = ids(parts.next()?, parts.next()?)?;
    let sampled = match parts.next() {
        None => None,
        Some("1") => Some(true),
        Some("0") => Some(false),
        Some(_) => return None,
    };
    parts.next().is_none().then_some((trace_id, span_id, sampled))
}

/// `<2 hex: version>-<32 hex>-<16 hex>-<2 hex: flags>`; versions to come may add parts. Source: W3C, "Trace Context".
pub(super) fn read_traceparent(value: &str) -> Option<Place> {
    const SAMPLED: u8 = 1;
    let mut parts = value.trim().split('-');
    let version = u8::from_str_radix(lower_hex(parts.next()?, 2)?, 16).ok().filter(|it| *it != 0xff)?;
    let (trace_id, span_id) = ids(parts.next()?, parts.next()?)?;
    let flags = u8::from_str_radix(lower_hex(parts.next()?, 2)?, 16).ok()?;
    if version == 0 && parts.next().is_some() {
        return None;
    }
    // Whoever has not decided writes the same as who has decided against it.
    Some((trace_id, span_id, (flags & SAMPLED != 0).then_some(true)))
}

/// An id of zeros is none.
fn ids(trace_id: &str, span_id: &str) -> Option<(TraceId, SpanId)> {
    let some = |text: &&str| text.bytes().any(|byte| byte != b'0');
    let trace_id = lower_hex(trace_id, 32).filter(some)?.parse().ok()?;
    let span_id = lower_hex(span_id, 16).filter(some)?.parse().ok()?;
    Some((trace_id, span_id))
}

fn lower_hex(text: &str, length: usize) -> Option<&str> {
    let hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    (text.len() == length && text.bytes().all(hex)).then_some(text)
}

/// Takes the members with Sentry's prefix; those of other vendors are theirs to pass on.
pub(super) fn read_baggage(header: &str, context: &mut DynamicSamplingContext) {
    for member in header.split(',') {
        // Properties after a semicolon are not ours.
        let member = member.split(';').next().unwrap_or_default();
        let Some((key, value)) = member.split_once('=') else { continue };
        // The key leaves as it came, so it must be one.
        let Some(key) = key.trim().strip_prefix("sentry-").filter(|key| is_token(key)) else { continue };
        let value = percent_decode_str(value.trim()).decode_utf8_lossy();
        context.set(key.to_owned(), value.into_owned());
    }
}

/// What RFC 7230 calls a token.
fn is_token(text: &str) -> bool {
    let token = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(&byte);
    !text.is_empty() && text.bytes().all(token)
}

pub(super) fn sentry_trace(trace_id: TraceId, span_id: SpanId, sampled: Option<bool>) -> String {
    let flag = match sampled {
        Some(true) => "-1",
        Some(false) => "-0",
        None => "",
    };
    format!("{trace_id}-{span_id}{flag}")
}

/// The headers by which the next service continues a trace.
pub(super) fn write(
    trace_id: TraceId,
    span_id: SpanId,
    sampled: Option<bool>,
    context: &DynamicSamplingContext,
    traceparent: bool,
) -> TraceHeadersIter {
    let flags = if sampled == Some(true) { "01" } else { "00" };
    TraceHeadersIter {
        sentry_trace: Some(sentry_trace(trace_id, span_id, sampled)),
        baggage: baggage(String::new(), context.iter()),
        traceparent: traceparent.then(|| format!("00-{trace_id}-{span_id}-{flags}")),
    }
}

/// Adds Sentry's members as far as there is room for them.
fn baggage<'a>(mut header: String, members: impl Iterator<Item = (&'a str, &'a str)>) -> Option<String> {
    for (key, value) in members {
        let before = header.len();
        let comma = if header.is_empty() { "" } else { "," };
        // Writing to a `String` cannot fail.
        let _ = write!(header, "{comma}sentry-{key}={}", utf8_percent_encode(value, ESCAPED));
        if header.len() > MOST {
            header.truncate(before);
        }
    }
    Some(header).filter(|header| !header.is_empty())
}

/// Names and values of the headers to send along with an outgoing request: `sentry-trace`, then `baggage`, and with
/// [`propagate_traceparent`](crate::ClientOptions::propagate_traceparent) `traceparent`.
///
/// Displays as one line for each, as in a request.
#[derive(Clone, Debug, Default)]
pub struct TraceHeadersIter {
    sentry_trace: Option<String>,
    baggage: Option<String>,
    traceparent: Option<String>,
}

impl TraceHeadersIter {
    /// Joins a `baggage` header that the request has already with Sentry's: what others wrote there is kept, Sentry's
    /// own members are replaced. The result takes the place of the header.
    ///
    /// ```
    /// let headers: std::collections::HashMap<_, _> =
    ///     sentry::trace_headers().with_baggage("tenant=acme,sentry-sampled=true").collect();
    /// assert!(headers["baggage"].starts_with("tenant=acme,sentry-"));
    /// ```
    #[must_use]
    pub fn with_baggage(mut self, existing: &str) -> Self {
        let ours = self.baggage.take().unwrap_or_default();
        let theirs = existing.split(',').map(str::trim);
        let theirs: Vec<_> =
            theirs.filter(|member| !member.is_empty() && !member.starts_with("sentry-")).collect();
        let mut header = theirs.join(",");
        for member in ours.split(',').filter(|member| !member.is_empty()) {
            if header.len() + 1 + member.len() <= MOST {
                let comma = if header.is_empty() { "" } else { "," };
                header.push_str(comma);
                header.push_str(member);
            }
        }
        self.baggage = Some(header).filter(|header| !header.is_empty());
        self
    }

    /// The value of `sentry-trace`.
    pub(crate) fn sentry_trace(&self) -> Option<&str> {
        self.sentry_trace.as_deref()
    }

    /// The value of `baggage`.
    pub(crate) fn baggage(&self) -> Option<&str> {
        self.baggage.as_deref()
    }
}

impl fmt::Display for TraceHeadersIter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.clone().try_for_each(|(name, value)| writeln!(f, "{name}: {value}"))
    }
}

impl Iterator for TraceHeadersIter {
    type Item = TraceHeader;

    fn next(&mut self) -> Option<Self::Item> {
        let fields = [
            ("sentry-trace", &mut self.sentry_trace),
            ("baggage", &mut self.baggage),
            ("traceparent", &mut self.traceparent),
        ];
        fields.into_iter().find_map(|(name, field)| Some((name, field.take()?)))
    }
}

#[cfg(test)]
mod tests {
    use super::super::TracePropagationContext;
    use super::{MOST, TraceHeadersIter, write};
    use crate::protocol::DynamicSamplingContext;

    const TRACE: &str = "bc6d53f15eb88f4320054569b8c553d4-b72fa28504b07285";

    fn round(baggage: &str, traceparent: bool) -> TraceHeadersIter {
        let headers = [("Sentry-Trace", &*format!("{TRACE}-1")), ("BAGGAGE", baggage)];
        let incoming = TracePropagationContext::try_from_headers(headers).unwrap();
        let context = incoming.frozen().unwrap();
        write(incoming.trace_id(), incoming.span_id(), incoming.sampled(), context, traceparent)
    }

    fn baggage(headers: TraceHeadersIter) -> Option<String> {
        headers.filter(|(name, _)| *name == "baggage").map(|(_, value)| value).next()
    }

    #[test]
    fn headers_survive_a_round_trip() {
        let came = "other=1,sentry-release=shop%401.0,sentry-sample_rand=0.250000;p=1, sentry-sampled=true";
        let sent: Vec<_> = round(came, true).collect();
        let expected = [
            ("sentry-trace", format!("{TRACE}-1")),
            (
                "baggage",
                "sentry-release=shop%401.0,sentry-sample_rand=0.250000,sentry-sampled=true".to_owned(),
            ),
            ("traceparent", format!("00-{TRACE}-01")),
        ];
        assert_eq!(sent, expected);
        assert_eq!(round("other=1", false).count(), 1);
    }

    /// Anything can stand in a variable of the environment; what we write must be a header.
    #[test]
    fn keys_that_are_none_are_left_behind() {
        let came = "sentry-a\r\nX: y=1,sentry-=2,sentry-b c=3,sentry-d=4\r\n5,sentry-e=%0D%0A";
        assert_eq!(baggage(round(came, false)).unwrap(), "sentry-d=4%0D%0A5,sentry-e=%0D%0A");
    }

    #[test]
    fn any_value_is_read_back() {
        for value in ["", " ", "a,b;c=d", "100 %", "%41", "Amélie", "\r\nX: y", "\0\"'", "𝄞&<>"] {
            let mut context = DynamicSamplingContext::new();
            context.set("transaction", value);
            let header = baggage(write([1; 16].into(), [1; 8].into(), None, &context, false)).unwrap();
            assert!(header.bytes().all(|byte| byte.is_ascii_graphic()), "{header:?}");
            let mut read = DynamicSamplingContext::new();
            super::read_baggage(&header, &mut read);
            assert_eq!(read, context);
        }
    }

    #[test]
    fn members_of_others_are_kept() {
        for (existing, expected) in [
            ("", Some("sentry-release=1")),
            ("a=1;p=2, b=%20", Some("a=1;p=2,b=%20,sentry-release=1")),
            ("sentry-release=0,a=1,sentry-sampled=true", Some("a=1,sentry-release=1")),
        ] {
            let joined = round("sentry-release=1", false).with_baggage(existing);
            assert_eq!(baggage(joined).as_deref(), expected, "{existing:?}");
        }
        assert_eq!(baggage(round("", false).with_baggage("a=1")).as_deref(), Some("a=1"));
        assert_eq!(baggage(round("", false).with_baggage("sentry-sampled=true")), None);
    }

    #[test]
    fn a_header_is_no_longer_than_it_may_be() {
        let mut context = DynamicSamplingContext::new();
        context.set("a", "x".repeat(MOST));
        context.set("b", "short");
        let headers = write([1; 16].into(), [1; 8].into(), None, &context, false);
        assert_eq!(baggage(headers.clone()).as_deref(), Some("sentry-b=short"));
        let full = format!("other={}", "x".repeat(MOST - "other=".len()));
        assert_eq!(baggage(headers.with_baggage(&full)), Some(full));
    }
}
