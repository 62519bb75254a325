//! Turns a finished transaction into what is written to the wire. Runs on the delivery thread.

use std::mem;
use std::sync::{Arc, Mutex};

use super::clock::Scale;
use super::sampling::{self, Sampling};
use super::told::{CODE, Clean, Paper, add_static_tags, describe};
use super::{Callsite, Key, Kind, Trace};
use crate::protocol::{
    Context, DROPPED, DynamicSamplingContext, SpanStatus, TraceContext, TraceId, Transaction,
    TransactionInfo, UNFINISHED, Value, WrittenSpans,
};

/// The origin of what attributed functions tell.
pub(crate) const FUNCTION: &str = "auto.function.monitored";

/// What a client adds to the sampling context of its traces.
#[derive(Clone, Debug, Default)]
pub(crate) struct Metadata {
    pub(crate) public_key: Option<String>,
    pub(crate) org_id: Option<String>,
    pub(crate) release: Option<String>,
    pub(crate) environment: Option<String>,
    pub(crate) latest: Latest,
}

/// The sampling context that was made last for a trace without a transaction. What follows is often of the same trace.
#[derive(Debug, Default)]
pub(crate) struct Latest(Mutex<Option<(TraceId, Option<bool>, DynamicSamplingContext)>>);

impl Clone for Latest {
    /// Whoever says something else has to find out.
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl Metadata {
    /// The sampling context of a trace without a transaction, that was decided about elsewhere if at all.
    pub(crate) fn deferred_context(
        &self,
        trace_id: TraceId,
        sampled: Option<bool>,
    ) -> DynamicSamplingContext {
        let make = || self.sampling_context(trace_id, &Sampling::deferred(trace_id, sampled), None);
        // Nobody waits for another.
        let Ok(mut latest) = self.latest.0.try_lock() else { return make() };
        match &*latest {
            Some((of, decided, context)) if (*of, *decided) == (trace_id, sampled) => context.clone(),
            _ => latest.insert((trace_id, sampled, make())).2.clone(),
        }
    }

    /// The sampling context of a trace of which this service is the head. Without a decision there is no transaction
    /// that it was made for.
    pub(crate) fn sampling_context(
        &self,
        trace_id: TraceId,
        sampling: &Sampling,
        transaction: Option<String>,
    ) -> DynamicSamplingContext {
        let mut context = DynamicSamplingContext::new().with_trace_id(trace_id);
        for (key, value) in [
            ("public_key", &self.public_key),
            ("org_id", &self.org_id),
            ("release", &self.release),
            ("environment", &self.environment),
        ] {
            if let Some(value) = value {
                context.set(key, value.clone());
            }
        }
        context.set("sample_rand", sampling::written(sampling.rand));
        if let Some(rate) = sampling.rate {
            context.set("sample_rate", rate.to_string());
        }
        if let Some(sampled) = sampling.sampled {
            context.set("sampled", sampled.to_string());
            if let Some(name) = transaction {
                context.set("transaction", name);
            }
        }
        context
    }
}

/// A transaction that has ended.
#[derive(Debug)]
pub(crate) struct Finished {
    trace: Arc<Trace>,
    end: u64,
    /// See [`count`](Self::count).
    count: usize,
}

impl Finished {
    pub(super) fn new(trace: Arc<Trace>, end: u64, count: usize) -> Self {
        Self { trace, end, count }
    }

    pub(crate) fn trace(&self) -> &Trace {
        &self.trace
    }

    /// Where its function stands, as the first members of its data.
    pub(crate) fn code(&self) -> &'static [u8] {
        let callsite = self.trace.state().root.callsite;
        callsite.map(|callsite| callsite.constant().code()).unwrap_or_default()
    }

    pub(super) fn shared_trace(&self) -> &Arc<Trace> {
        &self.trace
    }

    /// When it ended.
    pub(super) fn end(&self) -> u64 {
        self.end
    }

    /// How many spans it has that had not left when it ended: one that another thread starts at the same moment may still
    /// come, and what is in the books is not to change by that.
    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// What was said of the transaction and of its spans beside what is constant of their functions, in bytes.
    pub(crate) fn memory(&self) -> usize {
        self.trace.memory()
    }

    /// Writes it out; ids become text, ticks become time and callsites become names here and not before. The spans are
    /// JSON already, `clean` of secrets. Unless the transaction shall be `whole`, it does not say where its function stands.
    pub(crate) fn write(self, whole: bool, clean: &mut dyn Clean) -> (Transaction<'static>, WrittenSpans) {
        let taken = self.trace.take_all(self.end);
        let paper = Paper::new(&self.trace, self.end, Scale::now());
        let mut spans = WrittenSpans::with_room_for(taken.len());
        taken.for_each(|told| spans.push(|out| paper.write(told, clean, out)));
        let (mut transaction, context) =
            self.root(self.trace.lost().saturating_add(taken.late), paper.unfinished(), whole);
        transaction.contexts.insert("trace".to_owned(), Context::Trace(Box::new(context)));
        (transaction, spans)
    }

    /// The transaction itself, without its spans, `lost` of which are missing and `unfinished` of which went on when it
    /// ended, and without the context that says what is known of it as a span. Unless it shall be `whole`, that does not
    /// say where the function stands.
    pub(super) fn root(
        &self,
        lost: u32,
        unfinished: u32,
        whole: bool,
    ) -> (Transaction<'static>, TraceContext) {
        let trace = &self.trace;
        // It stays there for whoever still asks for its name.
        let mut root = trace.state().root.clone();
        if let Some(unsaid) = root.unsaid.take() {
            unsaid.say(&mut root);
        }
        let (mut data, mut tags) = (root.data, root.tags);
        if let Some(callsite) = root.callsite {
            if whole {
                data.extend(describe(callsite).map(|(key, value)| (key.to_owned(), value)));
            } else {
                // What is said by ourselves is stronger than what the user says by the same name.
                data.retain(|key, _| !CODE.contains(&&**key));
            }
            add_static_tags(callsite, &mut tags);
        }
        for (key, count) in [(DROPPED, lost), (UNFINISHED, unfinished)] {
            if count > 0 {
                data.insert(key.to_owned(), Value::from(count));
            }
        }
        let context = TraceContext {
            trace_id: trace.trace_id(),
            span_id: trace.span_id(Key::ROOT),
            parent_span_id: trace.parent_span_id(),
            op: Some(root.op.into_owned()),
            status: Some(root.status.unwrap_or(SpanStatus::Ok)),
            origin: Some(root.origin.into_owned()),
            data,
            links: root.links,
            description: None,
        };
        let started = trace.started();
        let transaction = Transaction {
            name: Some(root.name.into_owned()),
            transaction_info: Some(TransactionInfo { source: root.source }),
            timestamp: Some(trace.wall(self.end, Scale::now()).max(started)),
            request: root.request.map(|request| *request),
            user: root.user.map(|user| *user),
            tags,
            extra: root.extra,
            measurements: root.measurements,
            ..Transaction::starting_at(started)
        };
        (transaction, context)
    }
}

impl Drop for Finished {
    fn drop(&mut self) {
        // Logs hold on to their transaction as it does to them.
        let logs = mem::take(&mut self.trace.state().logs);
        drop(logs);
    }
}

impl Callsite {
    /// The origin of this function's spans and the mechanism of its errors: one name for both, as the protocol asks.
    pub(crate) fn origin(&self) -> &'static str {
        match self.kind() {
            Kind::Monitored | Kind::Transaction => FUNCTION,
            Kind::Traced => "auto.tracing",
            Kind::Main => "auto.function.main",
        }
    }
}
