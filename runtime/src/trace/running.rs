//! A running transaction: what is known of it, and where its spans are.

use std::borrow::Cow;
use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::SystemTime;

use super::build::Metadata;
use super::clock::{self, Scale};
use super::feedback::Unrecorded;
use super::log::{self, Log};
use super::rules::{Control, Rules};
use super::sampling::{Sampling, TraceSettings};
use super::taken::{ByHand, Taken};
use super::threads::NOBODY;
use super::{ActiveSpan, Callsite, Feedback, Streams, TransactionContext, ids};
use crate::protocol::{
    DynamicSamplingContext, Map, Measurement, Memory, Request, SpanId, SpanLink, SpanStatus, TraceId,
    TransactionSource, User, Value,
};
use crate::random;

/// Spans of a transaction that may be running or wait, if they leave one by one.
const WAITING: u32 = 16_384;

/// Tells the spans of a transaction apart: the number of the log that a span is in, and its place there. Log 0 are the
/// spans that were started by hand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Key(u64);

impl Key {
    /// The transaction itself.
    pub(crate) const ROOT: Self = Self(0);

    #[inline]
    pub(super) fn of(log: u32, index: u32) -> Self {
        Self((u64::from(log) << 32) | (u64::from(index) + 1))
    }

    /// The number of a span that was started by hand.
    pub(super) fn by_hand(self) -> Option<u32> {
        u32::try_from(self.0).ok()?.checked_sub(1)
    }

    /// The place of a span in its log.
    fn place(self) -> usize {
        let index = (self.0 & u64::from(u32::MAX)).saturating_sub(1);
        usize::try_from(index).unwrap_or(usize::MAX)
    }

    /// The log of a span that was not started by hand.
    pub(super) fn log(self) -> Option<u32> {
        u32::try_from(self.0 >> 32).ok().filter(|log| *log > 0)
    }
}

/// One transaction from its start to its end. Shared by every span in it, on whatever thread or task.
#[derive(Debug)]
#[expect(clippy::struct_field_names, reason = "`trace_id` is the protocol's word")]
pub(crate) struct Trace {
    trace_id: TraceId,
    parent_span_id: Option<SpanId>,
    /// The transaction's own id, if somebody wanted to know it before it began.
    span_id: Option<SpanId>,
    seed: u64,
    sampling: Sampling,
    /// The same moment on both clocks: the wall clock may step afterwards, durations do not.
    anchor: (u64, SystemTime),
    /// When it began, if that was not at the anchor.
    started: Option<SystemTime>,
    finished: AtomicBool,
    /// Spans that it still takes.
    room: AtomicU32,
    /// Spans that it did not take.
    lost: AtomicU32,
    /// What is recorded less than the rest.
    rules: Option<Arc<Rules>>,
    /// Where it is counted what is not recorded; none if the transaction is not.
    feedback: Option<Arc<Feedback>>,
    /// Ids that the user gave to spans; the others are made from keys.
    given_ids: OnceLock<Mutex<Map<Key, SpanId>>>,
    sampling_context: OnceLock<DynamicSamplingContext>,
    /// On which thread it began, if its spans leave while it runs.
    thread: u16,
    /// Where it is listed, if its spans leave while it runs.
    streams: Option<Arc<Streams>>,
    state: Mutex<State>,
}

#[derive(Debug)]
pub(super) struct State {
    pub(super) root: Root,
    /// Spans that were started by hand.
    pub(super) by_hand: ByHand,
    /// Those of attributed functions.
    pub(super) logs: Vec<Arc<Log>>,
    /// How many logs there have been.
    opened: u32,
    /// Which records of which log have left already, a bit for each.
    left: Map<u32, Vec<u64>>,
    /// What was said of the latter besides what their logs hold.
    pub(super) details: Map<Key, Details>,
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
    pub(crate) extra: Map<String, Value>,
    pub(crate) links: Vec<SpanLink>,
    pub(crate) measurements: Map<String, Measurement>,
    pub(crate) request: Option<Box<Request>>,
    /// Whom a function below the root served; what the scopes say is stronger.
    pub(crate) user: Option<Box<User>>,
    /// Says the rest when the transaction is written.
    pub(crate) unsaid: Option<Arc<dyn Unsaid>>,
}

/// What is said of a transaction when it is written, and not before.
pub(crate) trait Unsaid: fmt::Debug + Send + Sync {
    /// Says it. Runs on the delivery thread.
    fn say(&self, root: &mut Root);
}

/// A span that was started by hand.
#[derive(Debug)]
pub(crate) struct Manual {
    pub(crate) parent: Key,
    pub(crate) start: u64,
    /// On which thread it was started, if it may leave while its transaction runs.
    pub(crate) thread: u16,
    pub(crate) details: Details,
}

/// What a span carries besides its callsite.
#[derive(Debug, Default)]
pub(crate) struct Details {
    pub(crate) op: Option<String>,
    pub(crate) description: Option<String>,
    pub(crate) end: Option<u64>,
    pub(crate) status: Option<SpanStatus>,
    pub(crate) tags: Map<String, String>,
    pub(crate) data: Map<String, Value>,
    pub(crate) links: Vec<SpanLink>,
    /// Where it is not that of the callsite, or `manual`.
    pub(crate) origin: Option<String>,
}

impl Memory for Details {
    fn memory(&self) -> usize {
        let texts = self.op.memory() + self.description.memory() + self.origin.memory();
        size_of::<Self>() + texts + self.tags.memory() + self.data.memory()
    }
}

impl Trace {
    /// Starts a transaction: takes the sampling decision and the only reading of the wall clock.
    pub(crate) fn start(
        mut context: TransactionContext,
        settings: &TraceSettings,
        callsite: Option<&'static Callsite>,
        started: Option<SystemTime>,
    ) -> ActiveSpan {
        context.keep_to(settings);
        if let Some(rules) = &settings.rules {
            let control = rules.of_span(context.operation(), context.name(), callsite);
            context.restrict(control);
        }
        if settings.streams.as_ref().is_some_and(|streams| streams.ignores(context.name())) {
            context.restrict(Control::Ignored);
        }
        let sampling = Sampling::decide(&context, settings);
        clock::start();
        Self::begin(context, settings, callsite, sampling, clock::both(), started)
    }

    /// Starts a transaction on which has been decided at this moment.
    pub(super) fn begin(
        mut context: TransactionContext,
        settings: &TraceSettings,
        callsite: Option<&'static Callsite>,
        sampling: Sampling,
        anchor: (u64, SystemTime),
        started: Option<SystemTime>,
    ) -> ActiveSpan {
        let frozen = context.frozen.take().map(|frozen| sampling.overrule(frozen));
        let sampling_context = frozen.map_or_else(OnceLock::new, OnceLock::from);
        let recorded = sampling.recorded;
        let streams = settings.streams.clone().filter(|_| recorded);
        let [seed] = random::words();
        let trace = Self {
            trace_id: context.trace_id(),
            parent_span_id: context.parent_span_id(),
            span_id: context.known_span_id(),
            seed,
            sampling,
            anchor,
            started,
            finished: AtomicBool::new(false),
            room: AtomicU32::new(if streams.is_some() { WAITING } else { settings.max_spans }),
            lost: AtomicU32::new(0),
            rules: settings.rules.clone().filter(|_| recorded),
            feedback: settings.feedback.clone().filter(|_| recorded),
            given_ids: OnceLock::new(),
            sampling_context,
            thread: if streams.is_some() { log::number() } else { NOBODY },
            streams,
            state: Mutex::new(State {
                root: Root::new(context, callsite),
                by_hand: ByHand::default(),
                logs: Vec::new(),
                opened: 0,
                left: Map::new(),
                details: Map::new(),
            }),
        };
        let trace = Arc::new(trace);
        if let Some(streams) = &trace.streams {
            streams.add(&trace);
        }
        ActiveSpan::recorded(trace, Key::ROOT)
    }

    /// Whether its spans leave while it runs.
    pub(crate) fn is_streamed(&self) -> bool {
        self.streams.is_some()
    }

    /// Whether nobody wants it by the name that it has now. Only of one whose spans leave while it runs: of the others
    /// that is asked when they have ended.
    pub(crate) fn is_ignored(&self) -> bool {
        self.streams.as_ref().is_some_and(|streams| streams.ignores(&self.state().root.name))
    }

    /// On which thread it began, if its spans leave while it runs.
    pub(super) fn thread(&self) -> u16 {
        self.thread
    }

    /// The number of this thread, if that will be told.
    pub(super) fn thread_here(&self) -> u16 {
        if self.is_streamed() { log::number() } else { NOBODY }
    }

    /// So many spans wait that they shall leave, if they leave one by one.
    pub(super) fn press(&self) {
        if let Some(streams) = &self.streams {
            streams.press();
        }
    }

    /// Takes the spans that have ended and have not left yet; none once the transaction has ended.
    pub(super) fn take_ended(&self) -> Taken {
        let mut state = self.state();
        if self.is_finished() { Taken::default() } else { self.take(&mut state, |end, _| end.is_some()) }
    }

    /// Takes all spans of a transaction that ended at `end`, but for those that began after that.
    pub(super) fn take_all(&self, end: u64) -> Taken {
        self.take(&mut self.state(), |_, start| start <= end)
    }

    fn take(&self, state: &mut State, wanted: impl Fn(Option<u64>, u64) -> bool) -> Taken {
        let State { by_hand, logs, left, details, .. } = state;
        let mut taken = Taken { by_hand: by_hand.take(&wanted), ..Taken::default() };
        for log in &*logs {
            let bits = left.entry(log.number()).or_default();
            for (index, (key, record)) in log.records().enumerate() {
                let (word, bit) = (index / 64, 1 << (index % 64));
                if bits.len() == word {
                    bits.push(0);
                }
                if bits[word] & bit != 0 {
                    continue;
                }
                if !wanted(record.end().map(|(end, _)| end), record.start) {
                    taken.late = taken.late.saturating_add(1);
                    continue;
                }
                bits[word] |= bit;
                // Of nearly all spans nothing is said later.
                let said = if details.is_empty() { None } else { details.remove(&key).map(Box::new) };
                taken.records.push((taken.logs.len(), index, said));
            }
            taken.logs.push(Arc::clone(log));
        }
        // Nobody writes to a log, or ends a span in it, that only this list and the one above have.
        logs.retain(|log| {
            let gone = left_of(left, log) == log.len() && Arc::strong_count(log) == 2;
            if gone {
                left.remove(&log.number());
            }
            !gone
        });
        self.give_back(taken.len());
        taken
    }

    /// What was said of the transaction and of its spans, in bytes. Of functions that were called each log knows what it
    /// holds.
    pub(super) fn memory(&self) -> usize {
        let state = self.state();
        let root = state.root.tags.memory() + state.root.data.memory() + state.root.extra.memory();
        let noted = state.logs.iter().map(|log| log.notes_memory()).sum::<usize>();
        root + noted + state.by_hand.memory() + state.details.values().map(Memory::memory).sum::<usize>()
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

    #[inline]
    pub(crate) fn is_sampled(&self) -> bool {
        self.sampling.recorded
    }

    pub(crate) fn span_id(&self, key: Key) -> SpanId {
        let given = self.given_ids.get().and_then(|given| lock(given).get(&key).copied());
        match (given, self.span_id) {
            (Some(id), _) => id,
            (None, Some(id)) if key == Key::ROOT => id,
            _ => ids::span_id(self.seed, key.0),
        }
    }

    /// Gives a span another id than the one that is made from its key.
    pub(super) fn give_id(&self, key: Key, id: SpanId) {
        lock(self.given_ids.get_or_init(Mutex::default)).insert(key, id);
    }

    /// Whether the transaction has ended.
    pub(crate) fn is_finished(&self) -> bool {
        self.finished.load(Ordering::Relaxed)
    }

    /// Ends it; false if it has ended before.
    pub(super) fn end(&self) -> bool {
        !self.finished.swap(true, Ordering::Relaxed)
    }

    /// A moment in ticks, and in nanoseconds since 1970.
    pub(super) fn anchor(&self) -> (u64, u64) {
        let (ticks, wall) = self.anchor;
        let since = wall.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        (ticks, u64::try_from(since.as_nanos()).unwrap_or(u64::MAX))
    }

    /// When it began.
    pub(super) fn started(&self) -> SystemTime {
        self.started.unwrap_or(self.anchor.1)
    }

    /// The wall time of a moment.
    pub(super) fn wall(&self, ticks: u64, scale: Scale) -> SystemTime {
        let (anchor, wall) = self.anchor;
        let time = if ticks < anchor {
            wall.checked_sub(scale.duration(ticks, anchor))
        } else {
            wall.checked_add(scale.duration(anchor, ticks))
        };
        time.unwrap_or(wall)
    }

    /// The moment of a wall time that the user gave.
    pub(super) fn ticks(&self, time: SystemTime) -> u64 {
        let (anchor, wall) = self.anchor;
        let scale = Scale::settled();
        match time.duration_since(wall) {
            Ok(later) => anchor.saturating_add(scale.ticks(later)),
            Err(earlier) => anchor.saturating_sub(scale.ticks(earlier.duration())),
        }
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
                    &self.sampling,
                    named.then(|| state.root.name.clone().into_owned()),
                )
            })
            .clone()
    }

    /// Adds a log, which `make` is told the number of; `None` if the transaction has ended.
    pub(super) fn add_log(&self, make: impl FnOnce(u32) -> Arc<Log>) -> Option<Arc<Log>> {
        let mut state = self.state();
        if self.is_finished() {
            return None;
        }
        let number = state.opened.checked_add(1)?;
        state.opened = number;
        let log = make(number);
        state.logs.push(Arc::clone(&log));
        Some(log)
    }

    /// Room for some of `wanted` spans. When it gets scarce everyone gets little, so that all of it is used.
    pub(super) fn grant(&self, wanted: usize) -> usize {
        let wanted = u32::try_from(wanted).unwrap_or(u32::MAX);
        let mut granted = 0;
        let take = |room: u32| {
            granted = wanted.min(room.div_ceil(8));
            Some(room - granted)
        };
        // It is never refused: the closure always returns a number.
        let room = self.room.fetch_update(Ordering::Relaxed, Ordering::Relaxed, take).unwrap_or_default();
        if room < WAITING / 2 {
            self.press();
        }
        usize::try_from(granted).unwrap_or_default()
    }

    /// Gives back room that was not used.
    pub(super) fn give_back(&self, unused: usize) {
        self.room.fetch_add(u32::try_from(unused).unwrap_or_default(), Ordering::Relaxed);
    }

    /// Counts a span that the transaction does not take: it has no room, or has ended.
    pub(crate) fn lose_span(&self) {
        self.lost.fetch_add(1, Ordering::Relaxed);
        self.count(if self.is_finished() { Unrecorded::LateSpan } else { Unrecorded::SurplusSpan }, 1);
    }

    /// Counts spans that begin after the transaction has ended, as only an end or a start can that is given. Of those that
    /// wait returns how many will not be taken.
    pub(super) fn lose_late(&self, state: &mut State, end: u64, given: bool) -> usize {
        let by_hand = state.by_hand.take(|_, start| start > end).len();
        self.lost.fetch_add(u32::try_from(by_hand).unwrap_or(u32::MAX), Ordering::Relaxed);
        // The others are lost when the transaction is written.
        let logs = if given { &*state.logs } else { &[] };
        let records = logs.iter().flat_map(|log| log.records());
        let late = records.filter(|(key, record)| {
            record.start > end && key.log().is_some_and(|log| !state.has_left(log, key.place()))
        });
        let late = late.count();
        if by_hand + late > 0 {
            self.count(Unrecorded::LateSpan, by_hand + late);
        }
        late
    }

    /// Counts spans that nobody wants.
    pub(super) fn lose_ignored(&self, spans: usize) {
        self.count(Unrecorded::IgnoredSpan, spans);
    }

    /// Whether a span is left out as the options want, which is counted.
    pub(crate) fn leaves_out(&self, control: Control) -> bool {
        match control {
            Control::On => false,
            // As if it had never begun.
            Control::Off => true,
            Control::Ignored => {
                self.lose_ignored(1);
                true
            }
            Control::Share(share) => {
                let out = random::share() >= f64::from(share);
                if out {
                    self.count(Unrecorded::SampledOutSpan, 1);
                }
                out
            }
        }
    }

    /// Whether a span that is started by hand is left out.
    pub(super) fn leaves_out_by_hand(&self, op: &str, description: &str) -> bool {
        self.rules.as_ref().is_some_and(|rules| self.leaves_out(rules.of_span(op, description, None)))
    }

    fn count(&self, unrecorded: Unrecorded, many: usize) {
        if let Some(feedback) = &self.feedback {
            feedback.count(unrecorded, many);
        }
    }

    pub(super) fn lost(&self) -> u32 {
        self.lost.load(Ordering::Relaxed)
    }

    pub(super) fn state(&self) -> MutexGuard<'_, State> {
        lock(&self.state)
    }
}

/// How many records of a log have left.
fn left_of(left: &Map<u32, Vec<u64>>, log: &Log) -> usize {
    let bits = left.get(&log.number()).into_iter().flatten();
    bits.map(|word| usize::try_from(word.count_ones()).unwrap_or_default()).sum()
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    // Nothing that can panic runs under these locks; if it did, the data would still be whole.
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl State {
    /// How many of its spans have not left yet.
    pub(super) fn waiting(&self) -> usize {
        let of_log = |log: &Arc<Log>| log.len().saturating_sub(left_of(&self.left, log));
        self.by_hand.len() + self.logs.iter().map(of_log).sum::<usize>()
    }

    /// What is said of a span besides its log.
    pub(super) fn details(&mut self, key: Key) -> Option<&mut Details> {
        match key.log() {
            Some(log) if self.has_left(log, key.place()) => None,
            Some(_) => Some(self.details.entry(key).or_default()),
            None => self.by_hand.get_mut(key.by_hand()?).map(|span| &mut span.details),
        }
    }

    /// Whether a record has left its log. What would be said of it now, nobody would ever write.
    fn has_left(&self, log: u32, place: usize) -> bool {
        match self.left.get(&log) {
            Some(bits) => bits.get(place / 64).is_some_and(|word| word & (1 << (place % 64)) != 0),
            // None has gone, or it is one of those that have.
            None => u32::try_from(self.logs.len()) != Ok(self.opened) && !self.is_here(log),
        }
    }

    fn is_here(&self, number: u32) -> bool {
        self.logs.iter().any(|log| log.number() == number)
    }

    /// The span above this one.
    pub(super) fn parent(&self, key: Key) -> Option<Key> {
        let Some(number) = key.log() else {
            return self.by_hand.get(key.by_hand()?).map(|span| span.parent);
        };
        let log = self.logs.iter().find(|log| log.number() == number)?;
        log.records().find(|(other, _)| *other == key).map(|(_, record)| record.parent)
    }

    /// The callsite of a span of an attributed function.
    pub(super) fn callsite(&self, key: Key) -> Option<&'static Callsite> {
        let log = self.logs.iter().find(|log| Some(log.number()) == key.log())?;
        log.records().find(|(other, _)| *other == key).map(|(_, record)| record.callsite)
    }
}

impl Root {
    fn new(context: TransactionContext, callsite: Option<&'static Callsite>) -> Self {
        let (source, origin) = (context.source, Cow::Borrowed(context.origin));
        let (name, op) = context.into_names();
        Self {
            name,
            op,
            source,
            origin,
            callsite,
            status: None,
            tags: Map::new(),
            data: Map::new(),
            extra: Map::new(),
            links: Vec::new(),
            measurements: Map::new(),
            request: None,
            user: None,
            unsaid: None,
        }
    }
}
