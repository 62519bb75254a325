//! Spans that leave while their transaction runs: as JSON, in the form that streamed spans have.
//!
//! Source: Sentry's SDK documentation, "Span protocol".

use std::sync::Arc;

use super::build::Finished;
use super::clock::{self, Scale};
use super::taken::Taken;
use super::told::{Clean, Paper, Told, describe, micros_of};
use super::{Key, Trace, json, threads};
use crate::protocol::{Attribute, Map, SpanLink, SpanStatus, StreamedLink, User, Value, WrittenSpans};

/// Spans of one transaction, ready to be sent.
#[derive(Debug)]
pub(crate) struct Batch {
    pub(crate) trace: Arc<Trace>,
    pub(crate) spans: WrittenSpans,
}

/// Bytes of a batch after which there is another one, so that no item is larger than Sentry takes.
const MOST_BYTES: usize = (1 << 20) - (1 << 16);
/// Spans of a batch.
pub(super) const MOST_SPANS: usize = 1000;

/// Puts spans into batches.
struct Batches<'a> {
    trace: &'a Arc<Trace>,
    full: Vec<Batch>,
    open: WrittenSpans,
}

impl<'a> Batches<'a> {
    fn new(trace: &'a Arc<Trace>) -> Self {
        Self { trace, full: Vec::new(), open: WrittenSpans::default() }
    }

    fn push(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        self.open.push(write);
        if self.open.count() >= MOST_SPANS || self.open.len() >= MOST_BYTES {
            self.close();
        }
    }

    fn close(&mut self) {
        let spans = std::mem::take(&mut self.open);
        if spans.count() > 0 {
            self.full.push(Batch { trace: Arc::clone(self.trace), spans });
        }
    }

    fn end(mut self) -> Vec<Batch> {
        self.close();
        self.full
    }
}

/// What is said of the transaction by others than itself.
pub(crate) struct Beside<'a> {
    pub(crate) tags: &'a Map<String, String>,
    pub(crate) attributes: &'a Map<String, Value>,
    pub(crate) user: Option<&'a User>,
}

impl Trace {
    /// Takes the spans that have ended since the last time. `common` are attributes that all of them have. Nothing leaves
    /// while nobody wants the transaction by its name.
    pub(crate) fn stream(self: &Arc<Self>, common: &[u8], clean: &mut dyn Clean) -> Vec<Batch> {
        let taken = self.take_ended();
        if taken.len() == 0 {
            return Vec::new();
        }
        if self.is_ignored() {
            self.lose_ignored(taken.len());
            return Vec::new();
        }
        let mut batches = Batches::new(self);
        // None of them is longer than this moment.
        self.write_streamed(&taken, clock::now(), common, clean, &mut batches);
        batches.end()
    }

    /// Returns how many of them had not ended.
    fn write_streamed(
        &self,
        taken: &Taken,
        end: u64,
        common: &[u8],
        clean: &mut dyn Clean,
        batches: &mut Batches<'_>,
    ) -> u32 {
        let paper = Paper::new(self, end, Scale::now());
        let mut shared = common.to_vec();
        self.write_segment(&mut shared);
        taken.for_each(|told| batches.push(|out| paper.write_streamed(told, &shared, clean, out)));
        paper.unfinished()
    }

    /// Adds the attributes that say which transaction a span belongs to.
    fn write_segment(&self, out: &mut Vec<u8>) {
        json::attribute(out, "sentry.segment.name", self.name());
        json::attribute(out, "sentry.segment.id", self.span_id(Key::ROOT).to_string());
    }
}

impl Finished {
    /// Whether the spans leave one by one.
    pub(crate) fn is_streamed(&self) -> bool {
        self.trace().is_streamed()
    }

    /// The spans that have not left yet, and the transaction as one of them.
    pub(crate) fn stream(self, common: &[u8], beside: &Beside<'_>, clean: &mut dyn Clean) -> Vec<Batch> {
        let trace = self.shared_trace();
        let taken = trace.take_all(self.end());
        let lost = trace.lost().saturating_add(taken.late);
        let mut batches = Batches::new(trace);
        let unfinished = trace.write_streamed(&taken, self.end(), common, clean, &mut batches);
        batches.push(|out| self.write_root(lost, unfinished, common, beside, clean, out));
        batches.end()
    }

    fn write_root(
        &self,
        lost: u32,
        unfinished: u32,
        common: &[u8],
        beside: &Beside<'_>,
        clean: &mut dyn Clean,
        out: &mut Vec<u8>,
    ) {
        let (transaction, context) = self.root(lost, unfinished, true);
        let paper = Paper::new(self.trace(), self.end(), Scale::now());
        let status = context.status.unwrap_or(SpanStatus::Ok);
        paper.write_ids(Key::ROOT, self.trace().parent_span_id(), out);
        json::member(out, "name", transaction.name.as_deref().unwrap_or_default());
        let start = micros_of(transaction.start_timestamp);
        write_times(true, start, paper.micros(self.end()).max(start), status, out);
        out.extend_from_slice(common);
        self.trace().write_segment(out);
        if let Some(info) = transaction.transaction_info
            && let Ok(Value::String(source)) = serde_json::to_value(info.source)
        {
            json::attribute(out, "sentry.span.source", source);
        }
        json::attribute(out, "sentry.op", context.op.as_deref().unwrap_or_default());
        json::attribute(out, "sentry.origin", context.origin.as_deref().unwrap_or("manual"));
        let extra = transaction.extra.iter().filter(|(key, _)| !context.data.contains_key(*key));
        for (key, value) in context.data.iter().chain(extra).filter(|(key, _)| !is_ours(key)) {
            let mut value = value.clone();
            clean.datum(key, &mut value);
            json::attribute(out, key, value);
        }
        let said = |key: &str| context.data.contains_key(key) || transaction.extra.contains_key(key);
        if !threads::ATTRIBUTES.into_iter().any(said) {
            threads::write(self.trace().thread(), out);
        }
        let is_new = |key: &str| !said(key) && !is_ours(key);
        for (key, measurement) in transaction.measurements.iter().filter(|(key, _)| is_new(key)) {
            let unit = measurement.unit.clone();
            json::attribute(out, key, Attribute { unit, ..Attribute::from(measurement.value) });
        }
        let ours = |key: &str| is_ours(key) || threads::ATTRIBUTES.contains(&key);
        let known = |key: &str| said(key) || ours(key) || transaction.measurements.contains_key(key);
        let of_scopes =
            |key: &str| !transaction.tags.contains_key(key) && beside.attributes.contains_key(key);
        for (key, value) in beside.attributes.iter().filter(|(key, _)| of_scopes(key) && !known(key)) {
            let mut value = value.clone();
            clean.datum(key, &mut value);
            json::attribute(out, key, value);
        }
        let known = |key: &str| known(key) || of_scopes(key);
        let tagged = |key: &str| transaction.tags.contains_key(key) || beside.tags.contains_key(key);
        let weaker = beside.tags.iter().filter(|(key, _)| !transaction.tags.contains_key(*key));
        for (key, value) in transaction.tags.iter().chain(weaker).filter(|(key, _)| !known(key)) {
            json::attribute(out, key, value.as_str());
        }
        if let Some(user) = transaction.user.as_ref().or(beside.user) {
            let fields = [("user.id", &user.id), ("user.email", &user.email), ("user.name", &user.username)];
            for (key, value) in fields {
                if let Some(value) = value.as_ref().filter(|_| !known(key) && !tagged(key)) {
                    json::attribute(out, key, value.as_str());
                }
            }
        }
        end(&context.links, out);
    }
}

/// What the SDK says of spans. No data, tag or attribute of the user's takes its place: each key stands there once.
const OURS: [&str; 11] = [
    "os.name",
    "sentry.environment",
    "sentry.op",
    "sentry.origin",
    "sentry.release",
    "sentry.sdk.name",
    "sentry.sdk.version",
    "sentry.segment.id",
    "sentry.segment.name",
    "sentry.span.source",
    "sentry.status.message",
];

fn is_ours(key: &str) -> bool {
    OURS.contains(&key)
}

/// Adds what kind of span it is, when it ran and how it ended, and begins its attributes. A status that is not merely good or
/// bad is among them.
fn write_times(is_segment: bool, start: u64, end: u64, status: SpanStatus, out: &mut Vec<u8>) {
    json::member(out, "is_segment", &is_segment);
    out.extend_from_slice(br#","start_timestamp":"#);
    json::seconds(out, start);
    out.extend_from_slice(br#","end_timestamp":"#);
    json::seconds(out, end);
    // Nobody waited for the end of what was cancelled: that is no failure.
    let failed = !matches!(status, SpanStatus::Ok | SpanStatus::Cancelled);
    json::member(out, "status", if failed { "error" } else { "ok" });
    out.extend_from_slice(br#","attributes":{"#);
    json::attribute(out, "sentry.status.message", status.as_str());
}

/// Ends the attributes and the span.
fn end(links: &[SpanLink], out: &mut Vec<u8>) {
    out.push(b'}');
    if !links.is_empty() {
        let links: Vec<_> = links.iter().cloned().map(StreamedLink::from).collect();
        json::member(out, "links", &links);
    }
    out.push(b'}');
}

impl Paper<'_> {
    /// Adds a span in the form that streamed ones have; `shared` are attributes that others have too.
    fn write_streamed(&self, span: &Told<'_>, shared: &[u8], clean: &mut dyn Clean, out: &mut Vec<u8>) {
        let (end, status, unfinished) = self.ending(span);
        self.write_ids(span.key, Some(self.id(span.parent)), out);
        json::member(out, "name", &*span.description(clean));
        write_times(false, self.micros(span.start), self.micros(end.max(span.start)), status, out);
        out.extend_from_slice(shared);
        json::attribute(out, "sentry.op", span.op());
        json::attribute(out, "sentry.origin", span.origin());
        let mut said = Vec::new();
        for (key, value) in span.callsite.into_iter().flat_map(describe) {
            said.push(key.to_owned());
            json::attribute(out, key, value);
        }
        span.for_each_datum(unfinished, |key, value| {
            if is_ours(key) {
                return;
            }
            said.push(key.to_owned());
            let mut value = Value::from(&value);
            clean.datum(key, &mut value);
            json::attribute(out, key, value);
        });
        if !said.iter().any(|key| threads::ATTRIBUTES.contains(&&**key)) {
            threads::write(span.thread, out);
            said.extend(threads::ATTRIBUTES.map(str::to_owned));
        }
        for (key, value) in span.tags() {
            // Data is stronger: it has a type.
            if !is_ours(&key) && !said.contains(&key) {
                json::attribute(out, &key, value);
            }
        }
        self::end(&span.details.links, out);
    }
}
