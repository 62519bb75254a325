//! A trace on its way from one service to the next.
//!
//! Source: Sentry's SDK documentation, "Trace propagation" and "Dynamic sampling context".

mod carried;
mod headers;
mod names;
mod targets;

use std::sync::Arc;

pub(super) use carried::belongs;
pub use carried::{HeaderParseError, TracePropagationContext};
pub use headers::{TraceHeader, TraceHeadersIter};
#[expect(deprecated, reason = "published names, for code that uses them")]
pub use names::{SentryTrace, parse_headers};
pub use targets::{InvalidTargetError, TracePropagationTarget};

use super::sampling::TraceSettings;
use super::{ActiveSpan, Metadata};
use crate::protocol::{DynamicSamplingContext, SpanId, TraceId};

/// The trace that a scope belongs to while no transaction runs in it.
#[derive(Clone, Debug, Default)]
pub(crate) struct PropagationContext {
    pub(crate) trace_id: TraceId,
    /// Of whatever is not part of a transaction.
    pub(crate) span_id: SpanId,
    /// Where the trace came from, if it began elsewhere.
    incoming: Option<Arc<TracePropagationContext>>,
}

impl PropagationContext {
    /// The trace goes on here.
    pub(crate) fn continuing(incoming: TracePropagationContext) -> Self {
        let trace_id = incoming.trace_id();
        Self { trace_id, span_id: SpanId::default(), incoming: Some(Arc::new(incoming)) }
    }

    /// Where the trace came from, if it began elsewhere.
    pub(crate) fn incoming(&self) -> Option<&Arc<TracePropagationContext>> {
        self.incoming.as_ref()
    }

    /// The span of another service that all of this belongs to.
    pub(crate) fn parent_span_id(&self) -> Option<SpanId> {
        self.incoming.as_ref().map(|incoming| incoming.span_id())
    }

    /// The sampling context: what came with the trace, else what this service knows. Without a transaction it has made
    /// no decision.
    pub(crate) fn sampling_context(&self, metadata: &Metadata) -> DynamicSamplingContext {
        let frozen = self.incoming.as_ref().and_then(|incoming| incoming.frozen());
        frozen.cloned().unwrap_or_else(|| metadata.deferred_context(self.trace_id, self.sampled()))
    }

    /// The headers by which the next service continues the trace.
    pub(crate) fn headers(&self, settings: &TraceSettings, metadata: &Metadata) -> TraceHeadersIter {
        let context = self.sampling_context(metadata);
        headers::write(self.trace_id, self.span_id, self.sampled(), &context, settings.traceparent)
    }

    /// The decision that came with the trace.
    pub(super) fn sampled(&self) -> Option<bool> {
        self.incoming.as_ref().and_then(|incoming| incoming.sampled())
    }
}

impl ActiveSpan {
    /// The headers by which the next service continues the trace below this span.
    pub(crate) fn headers(&self, settings: &TraceSettings, metadata: &Metadata) -> TraceHeadersIter {
        let trace = self.trace();
        let context = trace.sampling_context(metadata);
        let sampled = trace.sampling().sampled;
        headers::write(trace.trace_id(), self.span_id(), sampled, &context, settings.traceparent)
    }
}
