//! The trace that the process was started in, in the variables `SENTRY_TRACE` and `SENTRY_BAGGAGE`.
//!
//! Source: Sentry's SDK documentation, "Trace propagation: environment variables".

use crate::trace::{HeaderParseError, TracePropagationContext, TraceSettings};

/// The trace, if there is one and it is ours to continue.
pub(super) fn trace(settings: &TraceSettings) -> Option<TracePropagationContext> {
    let variables = [("sentry-trace", "SENTRY_TRACE"), ("baggage", "SENTRY_BAGGAGE")];
    let headers = variables.map(|(header, variable)| Some((header, std::env::var(variable).ok()?)));
    let headers = headers.iter().flatten().filter(|(_, value)| !value.trim().is_empty());
    match TracePropagationContext::try_from_headers(headers.map(|(header, value)| (*header, value.as_str())))
    {
        Ok(trace) if trace.belongs_to(settings.org_id, settings.strict) => {
            crate::debug::log!("the trace in SENTRY_TRACE is continued");
            Some(trace)
        }
        Ok(_) => {
            crate::debug::log!("the trace in SENTRY_TRACE is another organisation's: not continued");
            None
        }
        Err(HeaderParseError::Missing) => None,
        Err(error) => {
            crate::debug::log!("SENTRY_TRACE is ignored: {error}");
            None
        }
    }
}
