//! Turns a finished transaction into what is written to the wire. Runs on the delivery thread.

use std::mem;
use std::sync::Arc;

use super::clock::Scale;
use super::running::{Details, Root};
use super::sampling::{self, Sampling};
use super::{Callsite, Key, Kind, Note, Trace};
use crate::protocol::{
    Context, DynamicSamplingContext, Map, Span, SpanStatus, TraceContext, TraceId, Transaction,
    TransactionInfo, Value,
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
}

impl Metadata {
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
}

impl Finished {
    pub(super) fn new(trace: Arc<Trace>, end: u64) -> Self {
        Self { trace, end }
    }

    pub(crate) fn trace(&self) -> &Trace {
        &self.trace
    }

    /// How many spans it has.
    pub(crate) fn count(&self) -> usize {
        let state = self.trace.state();
        state.by_hand.len() + state.logs.iter().map(|log| log.len()).sum::<usize>()
    }

    /// Writes it out; ids become text, ticks become time and callsites become names here and not before.
    pub(crate) fn into_protocol(self) -> Transaction<'static> {
        let (root, by_hand, logs, mut details) = {
            let mut state = self.trace.state();
            // The root stays for whoever still asks for its name.
            let root = state.root.clone();
            (root, mem::take(&mut state.by_hand), mem::take(&mut state.logs), mem::take(&mut state.details))
        };
        let writer = Writer { trace: &self.trace, end: self.end, scale: Scale::now() };
        let mut spans = Vec::with_capacity(by_hand.len() + logs.iter().map(|log| log.len()).sum::<usize>());
        for (place, span) in by_hand.into_iter().enumerate() {
            let index = u32::try_from(place).unwrap_or(u32::MAX);
            spans.push(writer.span(
                Raw {
                    key: Key::of(0, index),
                    parent: span.parent,
                    start: span.start,
                    callsite: None,
                    end: None,
                },
                span.details,
            ));
        }
        let mut late = 0_u32;
        for (key, record) in logs.iter().flat_map(|log| log.records()) {
            // Started after the transaction had ended, and before its log knew.
            if record.start > self.end {
                late = late.saturating_add(1);
                continue;
            }
            let mut said = details.remove(&key).unwrap_or_default();
            said.add(record.notes());
            let raw = Raw {
                key,
                parent: record.parent,
                start: record.start,
                callsite: Some(record.callsite),
                end: record.end(),
            };
            spans.push(writer.span(raw, said));
        }
        writer.transaction(root, spans, self.trace.lost().saturating_add(late))
    }
}

impl Drop for Finished {
    fn drop(&mut self) {
        // Logs hold on to their transaction as it does to them.
        let logs = mem::take(&mut self.trace.state().logs);
        drop(logs);
    }
}

impl Details {
    /// Takes up what was said when the span began, unless something else has been said since.
    fn add(&mut self, notes: &[Note]) {
        for note in notes {
            match note {
                Note::Tag(key, value) => {
                    self.tags.entry((*key).to_owned()).or_insert_with(|| value.clone());
                }
                Note::Data(key, value) => {
                    self.data.entry((*key).to_owned()).or_insert_with(|| value.clone().into());
                }
                Note::Name(name) => {
                    self.description.get_or_insert_with(|| name.clone());
                }
            }
        }
    }
}

/// A span as it was recorded.
struct Raw {
    key: Key,
    parent: Key,
    start: u64,
    callsite: Option<&'static Callsite>,
    end: Option<(u64, SpanStatus)>,
}

/// Writes what belongs to one transaction.
struct Writer<'a> {
    trace: &'a Trace,
    end: u64,
    scale: Scale,
}

impl Writer<'_> {
    fn transaction(&self, root: Root, spans: Vec<Span>, lost: u32) -> Transaction<'static> {
        let trace = self.trace;
        let mut data = root.data;
        if let Some(callsite) = root.callsite {
            describe(callsite, &mut data);
        }
        if lost > 0 {
            data.insert("sentry.spans.dropped".to_owned(), Value::from(lost));
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
            ..TraceContext::default()
        };
        let mut tags = root.tags;
        if let Some(callsite) = root.callsite {
            add_static_tags(callsite, &mut tags);
        }
        let started = trace.started();
        let mut transaction = Transaction {
            name: Some(root.name.into_owned()),
            transaction_info: Some(TransactionInfo { source: root.source }),
            start_timestamp: started,
            timestamp: Some(trace.wall(self.end, self.scale).max(started)),
            request: root.request,
            user: root.user,
            tags,
            extra: root.extra,
            measurements: root.measurements,
            spans,
            ..Transaction::default()
        };
        transaction.contexts.insert("trace".to_owned(), Context::Trace(Box::new(context)));
        transaction
    }

    fn span(&self, raw: Raw, details: Details) -> Span {
        let Details { op, description, end, status, mut tags, mut data, links, origin: own_origin } = details;
        let (op, description, origin) = match raw.callsite {
            Some(callsite) => {
                describe(callsite, &mut data);
                add_static_tags(callsite, &mut tags);
                let op = op.unwrap_or_else(|| callsite.op().to_owned());
                (op, description.unwrap_or_else(|| callsite.title().to_owned()), callsite.origin())
            }
            None => (op.unwrap_or_default(), description.unwrap_or_default(), "manual"),
        };
        // What the user said is stronger than what was recorded.
        let ended = end.map(|end| (end, raw.end.map_or(SpanStatus::Ok, |(_, status)| status))).or(raw.end);
        // Only the user can say that a span is longer than its transaction.
        let ended = ended.filter(|(at, _)| end.is_some() || *at <= self.end);
        let (end, outcome) = ended.unwrap_or_else(|| {
            // Still running when its transaction ended: closed here, and said so.
            data.insert("sentry.span.unfinished".to_owned(), Value::from(true));
            (self.end, SpanStatus::Cancelled)
        });
        let trace = self.trace;
        Span {
            span_id: trace.span_id(raw.key),
            trace_id: trace.trace_id(),
            parent_span_id: Some(trace.span_id(raw.parent)),
            op: Some(op),
            description: Some(description),
            start_timestamp: trace.wall(raw.start, self.scale),
            timestamp: Some(trace.wall(end.max(raw.start), self.scale)),
            status: Some(status.unwrap_or(outcome)),
            origin: Some(own_origin.unwrap_or_else(|| origin.to_owned())),
            tags,
            data,
            links,
            // Not `..Span::default()`: it would draw random ids to throw them away.
            same_process_as_parent: None,
        }
    }
}

/// Where the function stands, in the attributes' conventional names.
fn describe(callsite: &Callsite, data: &mut Map<String, Value>) {
    data.insert("code.function.name".to_owned(), Value::from(callsite.full_name()));
    data.insert("code.file.path".to_owned(), Value::from(callsite.file()));
    data.insert("code.line.number".to_owned(), Value::from(callsite.line()));
}

/// Values that were computed in the call stand over the ones that were written in the attribute.
fn add_static_tags(callsite: &Callsite, tags: &mut Map<String, String>) {
    for (key, value) in callsite.said().tags {
        tags.entry((*key).to_owned()).or_insert_with(|| (*value).to_owned());
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
