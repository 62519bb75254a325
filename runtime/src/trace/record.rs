//! A running transaction and the spans recorded in it.

use std::borrow::Cow;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::{Instant, SystemTime};

use super::build::{Finished, Metadata};
use super::sampling::{Sampling, TraceSettings};
use super::{Callsite, TransactionContext, ids};
use crate::protocol::{
    DynamicSamplingContext, Map, Request, SpanId, SpanStatus, TraceId, TransactionSource, User, Value,
};

/// Index of the root span.
const ROOT: u32 = 0;

/// One transaction from its start to its end. Shared by every span in it, on whatever thread or task.
#[derive(Debug)]
#[expect(clippy::struct_field_names, reason = "`trace_id` is the protocol's word")]
pub(crate) struct Trace {
    trace_id: TraceId,
    parent_span_id: Option<SpanId>,
    seed: u64,
    sampling: Sampling,
    max_spans: u32,
    started: Instant,
    /// The same moment on both clocks: the wall clock may step afterwards, durations do not.
    anchor: (Instant, SystemTime),
    finished: AtomicBool,
    sampling_context: OnceLock<DynamicSamplingContext>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    root: Root,
    records: Vec<Record>,
    dropped: u32,
}

/// What is known of the transaction itself, as opposed to its spans.
#[derive(Debug, Clone)]
pub(crate) struct Root {
    pub(crate) name: Cow<'static, str>,
    pub(crate) op: Cow<'static, str>,
    pub(crate) source: TransactionSource,
    pub(crate) origin: Cow<'static, str>,
    pub(crate) callsite: Option<&'static Callsite>,
    pub(crate) status: Option<SpanStatus>,
    pub(crate) tags: Map<String, String>,
    pub(crate) data: Map<String, Value>,
    pub(crate) request: Option<Request>,
    /// Whom a function below the root served; what the scopes say is stronger.
    pub(crate) user: Option<User>,
}

/// One span below the root. A record's index is its place in the list plus one.
#[derive(Debug)]
pub(crate) struct Record {
    pub(crate) parent: u32,
    pub(crate) callsite: Option<&'static Callsite>,
    pub(crate) start: Instant,
    pub(crate) end: Option<Instant>,
    pub(crate) status: Option<SpanStatus>,
    /// Only where there is more to say than the callsite does.
    pub(crate) details: Option<Box<Details>>,
}

/// What a span carries besides its callsite.
#[derive(Debug, Default)]
pub(crate) struct Details {
    pub(crate) op: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) tags: Map<String, String>,
    pub(crate) data: Map<String, Value>,
}

/// How a span of an attributed function ended.
#[derive(Debug)]
pub(crate) struct SpanEnd {
    pub(crate) status: SpanStatus,
    pub(crate) tags: Vec<(&'static str, String)>,
    pub(crate) data: Vec<(&'static str, Value)>,
}

/// A place in a running transaction: what new spans become children of, and what errors are linked to.
#[derive(Clone, Debug)]
pub(crate) struct ActiveSpan {
    trace: Arc<Trace>,
    /// Of a span that is not kept, the nearest one above it that is.
    index: u32,
    kept: bool,
}

impl Trace {
    /// Starts a transaction: takes the sampling decision and the only reading of the wall clock.
    pub(crate) fn start(
        mut context: TransactionContext,
        settings: &TraceSettings,
        callsite: Option<&'static Callsite>,
        started_at: SystemTime,
    ) -> ActiveSpan {
        context.keep_to(settings.org_id.as_deref());
        let sampling = Sampling::decide(&context, settings);
        let frozen = context.frozen.clone().map(|frozen| sampling.overrule(frozen));
        let sampling_context = frozen.map_or_else(OnceLock::new, OnceLock::from);
        let now = Instant::now();
        let anchor = (now, SystemTime::now());
        let trace = Self {
            trace_id: context.trace_id(),
            parent_span_id: context.parent_span_id(),
            seed: ids::random(),
            sampling,
            max_spans: settings.max_spans,
            started: monotonic(anchor, started_at),
            anchor,
            finished: AtomicBool::new(false),
            sampling_context,
            state: Mutex::new(State {
                root: Root {
                    source: context.source,
                    origin: Cow::Borrowed(context.origin),
                    callsite,
                    status: None,
                    tags: Map::new(),
                    data: Map::new(),
                    request: None,
                    user: None,
                    name: Cow::Borrowed(""),
                    op: Cow::Borrowed(""),
                }
                .named(context),
                records: Vec::new(),
                dropped: 0,
            }),
        };
        ActiveSpan { trace: Arc::new(trace), index: ROOT, kept: true }
    }

    pub(crate) fn trace_id(&self) -> TraceId {
        self.trace_id
    }

    pub(crate) fn parent_span_id(&self) -> Option<SpanId> {
        self.parent_span_id
    }

    pub(crate) fn sampling(&self) -> Sampling {
        self.sampling
    }

    pub(crate) fn is_sampled(&self) -> bool {
        self.sampling.sampled == Some(true)
    }

    pub(crate) fn span_id(&self, index: u32) -> SpanId {
        ids::span_id(self.seed, index)
    }

    /// Whether the transaction has ended.
    pub(crate) fn is_finished(&self) -> bool {
        self.finished.load(Ordering::Relaxed)
    }

    /// The wall time of a monotonic instant.
    pub(crate) fn wall(&self, instant: Instant) -> SystemTime {
        let (now, wall) = self.anchor;
        let time = match instant.checked_duration_since(now) {
            Some(later) => wall.checked_add(later),
            None => wall.checked_sub(now.duration_since(instant)),
        };
        time.unwrap_or(wall)
    }

    pub(crate) fn started(&self) -> Instant {
        self.started
    }

    pub(crate) fn name(&self) -> String {
        self.state().root.name.clone().into_owned()
    }

    /// The sampling context, frozen by the first one who needs it, so that all services see the same.
    pub(crate) fn sampling_context(&self, metadata: &Metadata) -> DynamicSamplingContext {
        self.sampling_context
            .get_or_init(|| {
                let state = self.state();
                // A URL has too many values to sample by.
                let named = state.root.source != TransactionSource::Url;
                metadata.sampling_context(
                    self.trace_id,
                    Some(&self.sampling),
                    named.then(|| state.root.name.clone().into_owned()),
                )
            })
            .clone()
    }

    fn state(&self) -> MutexGuard<'_, State> {
        // Nothing that can panic runs under this lock; if it did, the data would still be whole.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The monotonic instant of a wall time that the user gave.
fn monotonic((now, wall): (Instant, SystemTime), time: SystemTime) -> Instant {
    let instant = match time.duration_since(wall) {
        Ok(later) => now.checked_add(later),
        Err(earlier) => now.checked_sub(earlier.duration()),
    };
    instant.unwrap_or(now)
}

fn owned<V>(pairs: Vec<(&'static str, V)>) -> impl Iterator<Item = (String, V)> {
    pairs.into_iter().map(|(key, value)| (key.to_owned(), value))
}

impl Root {
    fn named(mut self, context: TransactionContext) -> Self {
        (self.name, self.op) = context.into_names();
        self
    }
}

impl ActiveSpan {
    pub(crate) fn trace(&self) -> &Arc<Trace> {
        &self.trace
    }

    pub(crate) fn span_id(&self) -> SpanId {
        self.trace.span_id(self.index)
    }

    pub(crate) fn is_root(&self) -> bool {
        self.index == ROOT && self.kept
    }

    pub(crate) fn is_recorded(&self) -> bool {
        self.trace.is_sampled() && self.kept
    }

    /// Opens a span of an attributed function, under a name that was computed for this call if there is one; `None`
    /// when it would not be kept, and the parent stays active.
    pub(crate) fn start_call(&self, callsite: &'static Callsite, name: Option<&str>) -> Option<Self> {
        if !self.is_recorded() {
            return None;
        }
        let details =
            name.map(|name| Box::new(Details { description: Some(name.to_owned()), ..Details::default() }));
        let child = self.start(Some(callsite), details);
        child.is_recorded().then_some(child)
    }

    /// Opens a span by hand.
    pub(crate) fn start_child(&self, op: &str, description: &str) -> Self {
        let details = self.trace.is_sampled().then(|| {
            Box::new(Details {
                op: Some(op.to_owned()),
                description: Some(description.to_owned()),
                ..Details::default()
            })
        });
        self.start(None, details)
    }

    fn start(&self, callsite: Option<&'static Callsite>, details: Option<Box<Details>>) -> Self {
        let dropped = Self { kept: false, ..self.clone() };
        if !self.is_recorded() {
            return dropped;
        }
        let start = Instant::now();
        let mut state = self.trace.state();
        let index = u32::try_from(state.records.len()).unwrap_or(u32::MAX).saturating_add(1);
        if index > self.trace.max_spans || self.trace.is_finished() {
            state.dropped = state.dropped.saturating_add(1);
            return dropped;
        }
        let parent = self.index;
        state.records.push(Record { parent, callsite, start, end: None, status: None, details });
        Self { trace: Arc::clone(&self.trace), index, kept: true }
    }

    /// Closes the span; `end` is now unless the user said otherwise. The first call counts.
    pub(crate) fn finish(&self, end: Option<SystemTime>) {
        self.close(end, |_| {});
    }

    /// Closes the span of an attributed function.
    pub(crate) fn finish_call(&self, ending: SpanEnd) {
        self.close(None, |record| {
            record.status.get_or_insert(ending.status);
            if !(ending.tags.is_empty() && ending.data.is_empty()) {
                let details = record.details.get_or_insert_default();
                details.tags.extend(owned(ending.tags));
                details.data.extend(owned(ending.data));
            }
        });
    }

    fn close(&self, end: Option<SystemTime>, also: impl FnOnce(&mut Record)) {
        if !self.is_recorded() {
            return;
        }
        let end = end.map_or_else(Instant::now, |time| monotonic(self.trace.anchor, time));
        let mut state = self.trace.state();
        if let Some(record) = state.record(self.index)
            && record.end.is_none()
        {
            record.end = Some(end.max(record.start));
            also(record);
        }
    }

    /// Ends the whole transaction. `None` when it has ended before or is not sampled.
    pub(crate) fn finish_transaction(
        &self,
        end: Option<SystemTime>,
        ending: Option<SpanEnd>,
    ) -> Option<Finished> {
        let end =
            end.map_or_else(Instant::now, |time| monotonic(self.trace.anchor, time)).max(self.trace.started);
        let mut state = self.trace.state();
        if self.trace.finished.swap(true, Ordering::Relaxed) || !self.trace.is_sampled() {
            return None;
        }
        if let Some(ending) = ending {
            state.root.status.get_or_insert(ending.status);
            state.root.tags.extend(owned(ending.tags));
            state.root.data.extend(owned(ending.data));
        }
        Some(Finished {
            trace: Arc::clone(&self.trace),
            root: state.root.clone(),
            records: std::mem::take(&mut state.records),
            dropped: state.dropped,
            end,
        })
    }

    /// Changes the root, whichever span this is.
    pub(crate) fn with_root<R>(&self, change: impl FnOnce(&mut Root) -> R) -> R {
        change(&mut self.trace.state().root)
    }

    /// Gives the transaction another name.
    pub(crate) fn rename(&self, name: &str) {
        self.with_root(|root| {
            name.clone_into(root.name.to_mut());
            root.source = TransactionSource::Custom;
        });
    }

    /// Changes what this span carries; nothing happens to a span that is not kept or has left already.
    pub(crate) fn with_record(&self, change: impl FnOnce(&mut Record)) {
        if self.is_recorded()
            && let Some(record) = self.trace.state().record(self.index)
        {
            change(record);
        }
    }
}

impl State {
    fn record(&mut self, index: u32) -> Option<&mut Record> {
        let place = usize::try_from(index).ok()?.checked_sub(1)?;
        self.records.get_mut(place)
    }
}

impl PartialEq for ActiveSpan {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.trace, &other.trace) && self.index == other.index && self.kept == other.kept
    }
}
