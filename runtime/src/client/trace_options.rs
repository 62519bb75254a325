//! The options that say how traces go from one service to the next.

use super::options::ClientOptions;
use crate::protocol::OrganizationId;
use crate::trace::TracePropagationTarget;

impl ClientOptions {
    /// Sets the organisation that the program belongs to. By default it is the one in the DSN, which hosts of sentry.io say
    /// in front (`o123.ingest.sentry.io`); with a Sentry of your own, or a Relay in between, set it here. It goes along
    /// with traces, and those of another organisation are not continued.
    ///
    /// ```
    /// let options = sentry::ClientOptions::new().org_id(4711.into());
    /// ```
    ///
    /// Source: Sentry's SDK documentation, "Trace propagation: strictTraceContinuation".
    pub fn org_id(mut self, org_id: OrganizationId) -> Self {
        self.org_id = Some(org_id);
        self
    }

    /// Sets whether a trace is not continued either if one side does not say which organisation it belongs to.
    ///
    /// Source: Sentry's SDK documentation, "Trace propagation: strictTraceContinuation".
    pub fn strict_trace_continuation(mut self, strict_trace_continuation: bool) -> Self {
        self.strict_trace_continuation = strict_trace_continuation;
        self.written.push("strict_trace_continuation");
        self
    }

    /// Sets whether W3C's `traceparent` header is sent along, for services that do not know of Sentry. It is read in any
    /// case.
    ///
    /// Source: Sentry's SDK documentation, "Trace propagation: propagateTraceparent".
    pub fn propagate_traceparent(mut self, propagate_traceparent: bool) -> Self {
        self.propagate_traceparent = propagate_traceparent;
        self.written.push("propagate_traceparent");
        self
    }

    /// Sets which requests carry the trace on: those to a URL that holds one of these texts, or that one of the
    /// [regular expressions](TracePropagationTarget::regex) fits. By default all do; with an empty list, none. It goes
    /// for requests of integrations and for [`trace_headers_for`](crate::trace_headers_for).
    ///
    /// ```
    /// let options = sentry::ClientOptions::new().trace_propagation_targets(["localhost", "https://api.shop.example/"]);
    /// ```
    ///
    /// Source: Sentry's SDK documentation, "Trace propagation: tracePropagationTargets".
    pub fn trace_propagation_targets<I>(mut self, trace_propagation_targets: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<TracePropagationTarget>,
    {
        self.trace_propagation_targets =
            Some(trace_propagation_targets.into_iter().map(Into::into).collect());
        self
    }
}
