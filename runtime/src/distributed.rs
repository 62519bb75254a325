//! One trace through several services and processes: it is continued where it arrives and passed on where it leaves.
//!
//! Source: Sentry's SDK documentation, "Trace propagation".

use std::process::Command;

use crate::scope;
use crate::trace::{PropagationContext, TraceHeadersIter, TracePropagationContext};

/// Runs `f` as a part of the trace in the headers of an incoming request or message: `sentry-trace` and `baggage`, or
/// W3C's `traceparent` (see [`TracePropagationContext::try_from_headers`]).
///
/// Transactions that start inside belong to the trace, below the span that called, and so does everything else that is
/// captured. No transaction is started. What is set on the scope inside stays inside, and goes along with work that is
/// handed to other threads and tasks. Without a valid header, or if the trace belongs to another organisation (see
/// [`ClientOptions::strict_trace_continuation`](crate::ClientOptions::strict_trace_continuation)), `f` runs in a new trace.
///
/// A future that `f` returns takes the trace along if it is bound: `continue_trace(headers, || sentry::bind(future)).await`.
///
/// ```
/// let headers = [("sentry-trace", "bc6d53f15eb88f4320054569b8c553d4-b72fa28504b07285-1")];
/// let passed_on = sentry::continue_trace(headers, || {
///     // … a function with `#[transaction]`, or
///     let transaction = sentry::start_transaction(sentry::TransactionContext::new("import", "task"));
///     transaction.finish();
///     sentry::trace_headers().to_string()
/// });
/// assert!(passed_on.starts_with("sentry-trace: bc6d53f15eb88f4320054569b8c553d4-"));
/// ```
///
/// Source: Sentry's SDK documentation, "Trace propagation: continueTrace".
pub fn continue_trace<H, K, V, R>(headers: H, f: impl FnOnce() -> R) -> R
where
    H: IntoIterator<Item = (K, V)>,
    K: AsRef<str>,
    V: AsRef<str>,
{
    let headers: Vec<_> = headers.into_iter().collect();
    let headers = headers.iter().map(|(name, value)| (name.as_ref(), value.as_ref()));
    let trace = TracePropagationContext::try_from_headers(headers).ok().filter(is_ours);
    run_in(trace.map(PropagationContext::continuing).unwrap_or_default(), f)
}

/// Runs `f` as the head of a new trace, whatever trace the caller belongs to.
///
/// ```
/// let outside = sentry::trace_headers().to_string();
/// let inside = sentry::start_new_trace(|| sentry::trace_headers().to_string());
/// assert_ne!(outside, inside);
/// ```
///
/// Source: Sentry's SDK documentation, "Trace propagation: startNewTrace".
pub fn start_new_trace<R>(f: impl FnOnce() -> R) -> R {
    run_in(PropagationContext::default(), f)
}

fn run_in<R>(trace: PropagationContext, f: impl FnOnce() -> R) -> R {
    let _restore = scope::enter_trace(trace);
    f()
}

/// Whether the client's organisation continues this trace; without a client, everyone does.
fn is_ours(trace: &TracePropagationContext) -> bool {
    let ours = scope::host().is_none_or(|host| {
        let settings = host.settings();
        trace.belongs_to(settings.org_id, settings.strict)
    });
    if !ours {
        crate::debug::log!("a trace of another organisation is not continued");
    }
    ours
}

/// The headers by which whoever is called continues the trace, below the span that is active here: for requests and
/// messages that no integration sends. With a transaction or without one, there is always a trace.
///
/// ```
/// let request: Vec<(&str, String)> = sentry::trace_headers().collect();
/// assert_eq!(request[0].0, "sentry-trace");
/// ```
///
/// Source: Sentry's SDK documentation, "Trace propagation: getTraceData".
pub fn trace_headers() -> TraceHeadersIter {
    scope::trace_headers()
}

/// The same for a request to `url`: none, if [`trace_propagation_targets`](crate::ClientOptions::trace_propagation_targets)
/// does not name it.
///
/// ```
/// for (name, value) in sentry::trace_headers_for("https://api.example/orders") {
///     println!("{name}: {value}");
/// }
/// ```
pub fn trace_headers_for(url: &str) -> TraceHeadersIter {
    if propagates_to(url) { trace_headers() } else { TraceHeadersIter::default() }
}

/// Whether requests to this URL carry the trace on.
pub(crate) fn propagates_to(url: &str) -> bool {
    scope::host().is_none_or(|host| host.settings().propagates_to(url))
}

/// The `<meta>` elements by which a page that is being rendered belongs to the trace, for the head of its HTML: Sentry's
/// SDK for browsers continues the trace from there.
///
/// ```
/// let html = sentry::trace_meta_html();
/// assert!(html.starts_with("<meta name=\"sentry-trace\" content=\""));
/// ```
pub fn trace_meta_html() -> String {
    let element = |(name, value): (&str, String)| {
        // Of the characters that HTML gives a meaning to no other can stand in the values.
        format!("<meta name=\"{name}\" content=\"{}\"/>\n", value.replace('&', "&amp;"))
    };
    trace_headers().map(element).collect()
}

/// Passes the trace on to a child process, in the variables `SENTRY_TRACE` and `SENTRY_BAGGAGE`. A child that uses
/// Sentry continues it: [`init`](crate::init) and `#[sentry::main]` read them.
///
/// ```
/// use std::process::Command;
///
/// use sentry::PropagateTrace as _;
///
/// let mut command = Command::new("nightly-import");
/// command.arg("--all").propagate_trace();
/// assert!(command.get_envs().any(|(name, _)| name == "SENTRY_TRACE"));
/// ```
///
/// A `tokio::process::Command` has the other one inside: `command.as_std_mut().propagate_trace()`.
///
/// Source: Sentry's SDK documentation, "Trace propagation: environment variables".
pub trait PropagateTrace {
    /// Sets the variables, as they are at this moment: call it right before the process is started.
    fn propagate_trace(&mut self) -> &mut Self;
}

impl PropagateTrace for Command {
    fn propagate_trace(&mut self) -> &mut Self {
        let headers = trace_headers();
        for (variable, value) in [(TRACE, headers.sentry_trace()), (BAGGAGE, headers.baggage())] {
            match value {
                Some(value) => self.env(variable, value),
                // What this process was given is about its own parent.
                None => self.env_remove(variable),
            };
        }
        self
    }
}

const TRACE: &str = "SENTRY_TRACE";
const BAGGAGE: &str = "SENTRY_BAGGAGE";
