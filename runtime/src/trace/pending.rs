//! Transactions of which nobody has asked anything yet.
//!
//! Most transactions that are not sampled, and those without spans, end without anybody having looked at their scopes,
//! their trace or their span. Until somebody does there are no more than a few words of them on their thread.

use std::sync::Arc;
use std::time::SystemTime;

use super::feedback::Feedback;
use super::sampling::{Sampling, TraceSettings};
use super::{ActiveSpan, Callsite, Finished, Trace, TransactionContext, clock};
use crate::protocol::{SpanStatus, TraceId};

/// A transaction that is a decision and no more.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Pending {
    pub(crate) callsite: &'static Callsite,
    /// How many functions ran when it began.
    pub(crate) depth: u32,
    pub(crate) start: Start,
    /// Makes of it a transaction like others: somebody asks for more.
    pub(crate) begin: fn(Self),
}

/// A transaction that ended well before anybody had asked anything of it. It has no spans but itself.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Bare {
    callsite: &'static Callsite,
    start: Start,
    end: u64,
}

impl Bare {
    /// The transaction as others are.
    pub(crate) fn finished(self) -> Option<Finished> {
        let context = TransactionContext::of_callsite_in(self.callsite, None, self.start.trace_id());
        // What else is settled is about spans, of which there will be none.
        let root = self.start.open(context, &TraceSettings::OFF, Some(self.callsite));
        root.finish_transaction_at(self.end, Some(SpanStatus::Ok))
    }
}

/// What is settled of a transaction when it starts.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Start {
    trace_id: TraceId,
    sampling: Sampling,
    /// The same moment on both clocks, if it is recorded.
    anchor: Option<(u64, SystemTime)>,
}

/// How a client decides on its transactions, if it is by nothing but a rate.
#[derive(Debug)]
pub(crate) struct Draw {
    rate: Option<f64>,
    feedback: Option<Arc<Feedback>>,
}

impl Draw {
    pub(crate) fn of(settings: &TraceSettings) -> Option<Self> {
        let asks_more = settings.sampler.is_some() || settings.rules.is_some() || settings.streams.is_some();
        if asks_more {
            return None;
        }
        clock::start();
        Some(Self { rate: settings.rate, feedback: settings.feedback.clone() })
    }

    /// Decides on a transaction of this name that starts a trace of its own.
    #[inline]
    pub(crate) fn start<'a>(&self, name: impl FnOnce() -> &'a str) -> Start {
        let trace_id = TraceId::default();
        let sampling = Sampling::draw(trace_id, self.rate, self.feedback.as_deref(), name);
        let anchor = sampling.recorded.then(clock::both);
        Start { trace_id, sampling, anchor }
    }
}

impl Start {
    pub(crate) fn is_recorded(&self) -> bool {
        self.sampling.recorded
    }

    /// The trace that the transaction starts.
    pub(crate) fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    /// The transaction itself; `context` says that it is in the trace.
    pub(crate) fn open(
        self,
        context: TransactionContext,
        settings: &TraceSettings,
        callsite: Option<&'static Callsite>,
    ) -> ActiveSpan {
        let anchor = self.anchor.unwrap_or_else(clock::both);
        Trace::begin(context, settings, callsite, self.sampling, anchor, None)
    }
}

impl Pending {
    pub(crate) fn is_recorded(&self) -> bool {
        self.start.is_recorded()
    }

    /// It ends now, and well.
    pub(crate) fn end(self) -> Bare {
        Bare { callsite: self.callsite, start: self.start, end: clock::now() }
    }

    /// The transaction itself.
    pub(crate) fn open(self, settings: &TraceSettings) -> ActiveSpan {
        let context = TransactionContext::of_callsite_in(self.callsite, None, self.start.trace_id());
        self.start.open(context, settings, Some(self.callsite))
    }
}
