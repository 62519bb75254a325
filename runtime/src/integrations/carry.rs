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

/// Adds a header of the trace. A `baggage` that is there already is of others, and is kept: in one line with it, as some
/// receivers read no second one, unless it cannot be read.
fn add(headers: &mut HeaderMap, name: &'static str, value: String) {
    let before: Option<Vec<_>> = headers.get_all(name).iter().map(|before| before.to_str().ok()).collect();
    let joined =
        before.map(|before| before.into_iter().chain([value.as_str()]).collect::<Vec<_>>().join(","));
    let name = HeaderName::from_static(name);
    match (joined.map(HeaderValue::try_from), HeaderValue::try_from(&value)) {
        (Some(Ok(joined)), _) => drop(headers.insert(name, joined)),
        (None, Ok(value)) => drop(headers.append(name, value)),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_baggage_of_others_is_kept() {
        let mut headers = HeaderMap::new();
        for line in ["a=1", "b=2"] {
            headers.append("baggage", HeaderValue::from_static(line));
        }
        add(&mut headers, "baggage", "sentry-release=1".to_owned());
        assert_eq!(headers.get_all("baggage").iter().collect::<Vec<_>>(), ["a=1,b=2,sentry-release=1"]);
        headers.insert("baggage", HeaderValue::from_bytes(b"a=\xff").expect("bytes"));
        add(&mut headers, "baggage", "sentry-release=1".to_owned());
        let kept: Vec<_> = headers.get_all("baggage").iter().map(HeaderValue::as_bytes).collect();
        assert_eq!(kept, [&b"a=\xff"[..], b"sentry-release=1"]);
    }
}
