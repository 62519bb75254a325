//! The headers of the trace in requests that are sent.

use http::{HeaderMap, HeaderName, HeaderValue};

use crate::trace::Span;

/// Adds the headers of the trace to a request for this address, if that is among the targets and has none. The receiver
/// continues below `span`, or else where the caller is.
pub(super) fn add_trace(headers: &mut HeaderMap, address: &str, span: Option<&Span>) {
    if headers.contains_key("sentry-trace") || !crate::distributed::propagates_to(address) {
        return;
    }
    let trace = match span {
        Some(span) => span.iter_headers(),
        None => crate::trace_headers(),
    };
    for (name, value) in trace {
        add(headers, name, value);
    }
}

/// Adds a header of the trace. A `baggage` that is there already is of others, and is kept.
fn add(headers: &mut HeaderMap, name: &'static str, value: String) {
    let before = headers.get(name).and_then(|before| before.to_str().ok());
    let value = match before {
        Some(before) => format!("{before},{value}"),
        None => value,
    };
    if let Ok(value) = HeaderValue::try_from(value) {
        headers.insert(HeaderName::from_static(name), value);
    }
}
