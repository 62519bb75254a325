//! The trace that the running work belongs to, while no transaction runs and when one starts.

use super::context::{self, Context, Restore};
use super::{Scope, host};
use crate::trace::{
    Metadata, PropagationContext, TraceHeader, TraceHeadersIter, TraceSettings, TransactionContext,
};

/// From now on the work on this thread belongs to `trace`, in scopes of its own, until the guard is dropped.
pub(crate) fn enter_trace(trace: PropagationContext) -> Option<Restore> {
    context::with(|context| context.in_trace(trace)).map(Restore::install)
}

/// From now on the work on this thread belongs to `trace`, and so do the threads that start later.
pub(crate) fn begin_in(trace: PropagationContext) {
    context::with(|context| context.isolation.set_trace(trace));
}

/// A transaction that starts belongs to the trace that is continued here, unless it is known to belong elsewhere.
pub(crate) fn follow(transaction: &mut TransactionContext) {
    let trace = context::with(|context| propagation(context)).flatten();
    transaction.follow(trace.as_ref().and_then(PropagationContext::incoming).map(|trace| &**trace));
}

/// The headers by which the next service continues the trace below what runs here.
pub(crate) fn trace_headers() -> TraceHeadersIter {
    let (span, trace) =
        context::with(|context| (context.span.clone(), propagation(context))).unwrap_or_default();
    with_client(|settings, metadata| match span {
        Some(span) => span.headers(settings, metadata),
        // While a thread's locals are destroyed there is none, but what is called belongs to a trace all the same.
        None => trace.unwrap_or_default().headers(settings, metadata),
    })
}

/// The trace that the running work belongs to while no transaction runs.
pub(crate) fn trace_here() -> PropagationContext {
    context::with(|context| propagation(context)).flatten().unwrap_or_default()
}

fn propagation(context: &Context) -> Option<PropagationContext> {
    context.isolation.read(|data| data.propagation.clone())
}

/// What the client adds to headers; without one it is nothing.
fn with_client<R>(write: impl FnOnce(&TraceSettings, &Metadata) -> R) -> R {
    match host() {
        Some(host) => write(host.settings(), host.metadata()),
        None => write(&TraceSettings::OFF, &Metadata::default()),
    }
}

impl Scope {
    /// The headers by which the next service continues the trace: below the active span, else that of this scope.
    pub fn iter_trace_propagation_headers(&self) -> impl Iterator<Item = TraceHeader> + use<> {
        let own = self.read(|data| data.propagation.clone()).filter(|_| context::active_span().is_none());
        match own {
            Some(own) => with_client(|settings, metadata| own.headers(settings, metadata)),
            None => trace_headers(),
        }
    }
}
