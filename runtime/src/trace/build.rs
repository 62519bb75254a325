//! Turns a finished transaction into what is written to the wire. Runs on the delivery thread.

use std::sync::Arc;
use std::time::Instant;

use super::record::{Details, Record, Root, Trace};
use super::sampling::Sampling;
use super::{Callsite, Kind};
use crate::protocol::{
    Context, DynamicSamplingContext, Map, Span, SpanStatus, TraceContext, TraceId, Transaction,
    TransactionInfo, Value,
};

/// What a client adds to the sampling context of its traces.
#[derive(Clone, Debug, Default)]
pub(crate) struct Metadata {
    pub(crate) public_key: Option<String>,
    pub(crate) org_id: Option<String>,
    pub(crate) release: Option<String>,
    pub(crate) environment: Option<String>,
}

impl Metadata {
    /// The sampling context of a trace that starts in this process; without `sampling` no decision is passed on.
    pub(crate) fn sampling_context(
        &self,
        trace_id: TraceId,
        sampling: Option<&Sampling>,
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
        if let Some(Sampling { sampled: Some(sampled), rate, rand }) = sampling {
            context.set("sampled", sampled.to_string());
            context.set("sample_rand", format!("{rand:.6}"));
            if let Some(rate) = rate {
                context.set("sample_rate", rate.to_string());
            }
            if let Some(name) = transaction {
                context.set("transaction", name);
            }
        }
        context
    }
}

/// A transaction that has ended, with all that was recorded in it.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) trace: Arc<Trace>,
    pub(crate) root: Root,
    pub(crate) records: Vec<Record>,
    pub(crate) dropped: u32,
    pub(crate) end: Instant,
}

impl Finished {
    /// Writes it out; ids become text and callsites become names here and not before.
    pub(crate) fn into_protocol(self) -> Transaction<'static> {
        let Self { trace, root, records, dropped, end } = self;
        let mut data = root.data;
        if let Some(callsite) = root.callsite {
            describe(callsite, &mut data);
        }
        if dropped > 0 {
            data.insert("sentry.spans.dropped".to_owned(), Value::from(dropped));
        }
        let context = TraceContext {
            trace_id: trace.trace_id(),
            span_id: trace.span_id(0),
            parent_span_id: trace.parent_span_id(),
            op: Some(root.op.into_owned()),
            status: Some(root.status.unwrap_or(SpanStatus::Ok)),
            origin: Some(root.origin.into_owned()),
            data,
            ..TraceContext::default()
        };
        let mut tags = root.tags;
        if let Some(callsite) = root.callsite {
            add_static_tags(callsite, &mut tags);
        }
        let spans =
            records.into_iter().enumerate().map(|(place, record)| span(&trace, place, record, end)).collect();
        let mut transaction = Transaction {
            name: Some(root.name.into_owned()),
            transaction_info: Some(TransactionInfo { source: root.source }),
            start_timestamp: trace.wall(trace.started()),
            timestamp: Some(trace.wall(end)),
            request: root.request,
            tags,
            spans,
            ..Transaction::default()
        };
        transaction.contexts.insert("trace".to_owned(), Context::Trace(Box::new(context)));
        transaction
    }
}

fn span(trace: &Trace, place: usize, record: Record, transaction_end: Instant) -> Span {
    let Details { op, description, mut tags, mut data } =
        record.details.map_or_else(Details::default, |it| *it);
    let index = u32::try_from(place).unwrap_or(u32::MAX).saturating_add(1);
    let (op, description, origin) = match record.callsite {
        Some(callsite) => {
            describe(callsite, &mut data);
            add_static_tags(callsite, &mut tags);
            let op = op.unwrap_or_else(|| callsite.op().to_owned());
            (op, description.unwrap_or_else(|| callsite.title().to_owned()), callsite.origin())
        }
        None => (op.unwrap_or_default(), description.unwrap_or_default(), "manual"),
    };
    let end = record.end.unwrap_or_else(|| {
        // Still running when its transaction ended: closed here, and said so.
        data.insert("sentry.span.unfinished".to_owned(), Value::from(true));
        transaction_end.max(record.start)
    });
    let status =
        record.status.unwrap_or(if record.end.is_some() { SpanStatus::Ok } else { SpanStatus::Cancelled });
    Span {
        span_id: trace.span_id(index),
        trace_id: trace.trace_id(),
        parent_span_id: Some(trace.span_id(record.parent)),
        op: Some(op),
        description: Some(description),
        start_timestamp: trace.wall(record.start),
        timestamp: Some(trace.wall(end)),
        status: Some(status),
        origin: Some(origin.to_owned()),
        tags,
        data,
        // Not `..Span::default()`: it would draw random ids to throw them away.
        same_process_as_parent: None,
        links: Vec::new(),
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
            Kind::Monitored | Kind::Transaction => "auto.function.monitored",
            Kind::Main => "auto.function.main",
        }
    }
}
