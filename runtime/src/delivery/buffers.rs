//! What waits to be sent: a buffer for each priority, bounded together. No clock and no lock in here.
//!
//! Source: Sentry's SDK documentation, "Telemetry processor: backend": priorities with weights, the oldest dropped first.

use std::collections::VecDeque;
use std::time::Instant;

use super::ledger::{Quantities, one};
use super::packet::{self, Priority};
use crate::protocol::{Category, Event, Memory as _, Reason};
use crate::scope::{Bare, Hold, Item, Snapshot};
use crate::telemetry::{Batch, Kind, MOST_WAITING};

/// Items that may wait, whatever their size.
const MAX_ITEMS: usize = 100_000;

/// Bytes, as batches count themselves, of small things that leave together: servers take a megabyte of JSON in an item, and
/// texts are counted twice.
const MOST_TOGETHER: usize = 1 << 20;

/// The buffers of one client.
#[derive(Debug)]
pub(crate) struct Buffers {
    /// By priority, the dearest first.
    lanes: [Lane; 4],
    /// Batches that wait for more of their kind.
    open: [Option<Open>; Kind::ALL.len()],
    /// Errors that are still on their way through the program.
    held: VecDeque<Entry>,
    bytes: usize,
    /// Of what was taken out and is not done with.
    bytes_under_way: usize,
    max_bytes: usize,
}

/// The items of one priority, oldest first.
#[derive(Debug)]
struct Lane {
    entries: VecDeque<Entry>,
    /// How many are taken in a row before a lane of lower priority has its turn.
    weight: u32,
    credit: u32,
}

/// A batch that waits for more.
#[derive(Debug)]
struct Open {
    entry: Entry,
    due: Instant,
}

/// What came of putting an item in.
#[derive(Debug, Default)]
pub(crate) struct Pushed {
    /// What had to go for it, and why.
    pub(crate) evicted: Vec<(Entry, Reason)>,
    /// It has become a part of what was there.
    pub(crate) joined: bool,
}

/// An item that waits.
#[derive(Debug)]
pub(crate) struct Entry {
    pub(crate) item: Item,
    /// Which flush waits for it.
    pub(crate) epoch: u32,
    size: u32,
    /// It was put back: until then there is no use in taking it out again.
    not_before: Option<Instant>,
}

impl Entry {
    fn new(item: Item, epoch: u32, size: u32) -> Self {
        Self { item, epoch, size, not_before: None }
    }
}

impl Buffers {
    pub(crate) fn new(max_bytes: usize) -> Self {
        let lanes = [5, 4, 3, 2].map(|weight| Lane { entries: VecDeque::new(), weight, credit: weight });
        Self {
            lanes,
            open: Kind::ALL.map(|_| None),
            held: VecDeque::new(),
            bytes: 0,
            bytes_under_way: 0,
            // Of no bytes at all, none would be few.
            max_bytes: max_bytes.max(1),
        }
    }

    /// Adds an item. Those that have to go for it are of the lowest priority there is, the oldest first.
    pub(crate) fn push(&mut self, item: Item, epoch: u32) -> Pushed {
        let item = match item {
            Item::Batch { batch, since } => return self.gather(batch, since, epoch),
            other => other,
        };
        let size = bytes_of(&item);
        self.bytes += usize::try_from(size).unwrap_or(usize::MAX);
        let lane = priority(&item);
        let is_held = hold_of(&item).is_some_and(|hold| hold.until(false).is_some());
        let entry = Entry::new(item, epoch, size);
        if is_held {
            self.held.push_back(entry);
        } else {
            self.lane(lane).entries.push_back(entry);
        }
        let mut pushed = Pushed::default();
        self.make_room(&mut pushed);
        pushed
    }

    /// Takes an item back that cannot leave yet.
    pub(crate) fn put_back(&mut self, item: Item, epoch: u32, until: Instant) -> Pushed {
        let size = bytes_of(&item);
        self.bytes += usize::try_from(size).unwrap_or(usize::MAX);
        self.held.push_back(Entry { not_before: Some(until), ..Entry::new(item, epoch, size) });
        let mut pushed = Pushed::default();
        self.make_room(&mut pushed);
        pushed
    }

    fn make_room(&mut self, pushed: &mut Pushed) {
        loop {
            let count = self.len();
            if count <= 1 || (self.all_bytes() <= self.max_bytes && count <= MAX_ITEMS) {
                return;
            }
            pushed.evicted.extend(self.evict().map(|entry| (entry, Reason::QueueOverflow)));
        }
    }

    /// Adds small things to what waits of their kind.
    fn gather(&mut self, batch: Batch, since: Instant, epoch: u32) -> Pushed {
        let kind = batch.kind();
        let more = batch.size();
        let mut pushed = Pushed::default();
        let open = self.open[kind as usize].as_mut();
        let open =
            open.filter(|open| open.entry.epoch == epoch && open.entry.bytes() + more <= MOST_TOGETHER);
        let apart = match open {
            Some(Open { entry: Entry { item: Item::Batch { batch: all, .. }, size, .. }, .. }) => {
                match all.append(batch) {
                    Ok(grown) => {
                        self.bytes += grown;
                        *size = size.saturating_add(u32::try_from(grown).unwrap_or(u32::MAX));
                        None
                    }
                    Err(batch) => Some(batch),
                }
            }
            _ => Some(batch),
        };
        pushed.joined = apart.is_none();
        if let Some(batch) = apart {
            // What another flush waits for goes on without it, as does what would become too large.
            self.close(kind);
            self.bytes += more;
            let size = u32::try_from(more).unwrap_or(u32::MAX);
            let entry = Entry::new(Item::Batch { batch, since }, epoch, size);
            self.open[kind as usize] = Some(Open { entry, due: kind.due(since) });
        }
        let full = |open: &Open| matches!(&open.entry.item, Item::Batch { batch, .. } if batch.is_full());
        if self.open[kind as usize].as_ref().is_some_and(full) {
            self.close(kind);
            self.bound(kind, &mut pushed);
        }
        self.make_room(&mut pushed);
        pushed
    }

    /// Drops the oldest, as long as more of the kind wait than may.
    fn bound(&mut self, kind: Kind, pushed: &mut Pushed) {
        if kind.is_session() {
            return;
        }
        let of_kind = |entry: &Entry| match &entry.item {
            Item::Batch { batch, .. } if batch.kind() == kind => batch.len(),
            _ => 0,
        };
        let lane = &mut self.lane(Priority::Low).entries;
        let mut count: usize = lane.iter().map(of_kind).sum();
        while count > MOST_WAITING
            && let Some(place) = lane.iter().position(|entry| of_kind(entry) > 0)
            && let Some(entry) = lane.remove(place)
        {
            count -= of_kind(&entry);
            pushed.evicted.push((entry, Reason::BufferOverflow));
        }
        for (entry, reason) in &pushed.evicted {
            if *reason == Reason::BufferOverflow {
                self.bytes -= usize::try_from(entry.size).unwrap_or(usize::MAX).min(self.bytes);
            }
        }
    }

    /// Lets a batch go that is complete.
    fn close(&mut self, kind: Kind) {
        if let Some(Open { entry, .. }) = self.open[kind as usize].take() {
            let lane = priority(&entry.item);
            self.lane(lane).entries.push_back(entry);
        }
    }

    /// Lets those batches go whose time has come. Returns when that of another one comes.
    pub(crate) fn close_due(&mut self, now: Instant, flushing: bool) -> Option<Instant> {
        let mut next: Option<Instant> = None;
        for kind in Kind::ALL {
            let Some(open) = &self.open[kind as usize] else { continue };
            if flushing || open.due <= now {
                self.close(kind);
            } else {
                next = Some(next.map_or(open.due, |earlier| earlier.min(open.due)));
            }
        }
        next
    }

    /// Lets those go on that nothing holds back any more. Returns until when the others wait at the longest.
    pub(crate) fn release(&mut self, now: Instant, flushing: bool) -> Option<Instant> {
        let mut deadline: Option<Instant> = None;
        // In the place that they have, which is kept for those to come.
        for _ in 0..self.held.len() {
            let Some(entry) = self.held.pop_front() else { break };
            let held = || hold_of(&entry.item).and_then(|hold| hold.until(flushing));
            let until = entry.not_before.or_else(held).filter(|until| *until > now);
            if let Some(until) = until {
                deadline = Some(deadline.map_or(until, |earlier| earlier.min(until)));
                self.held.push_back(entry);
            } else {
                let entry = self.weighed_anew(entry);
                self.lane(Priority::Critical).entries.push_back(entry);
            }
        }
        deadline
    }

    /// An error has grown while it was held back.
    fn weighed_anew(&mut self, entry: Entry) -> Entry {
        self.forget(&entry);
        let size = bytes_of(&entry.item);
        self.bytes += usize::try_from(size).unwrap_or(usize::MAX);
        Entry { size, ..entry }
    }

    /// Takes the next one that may leave: by turns, the dearer the more often. It counts as under way until somebody says
    /// otherwise ([`under_way`](Self::under_way)); while that is half of what there is room for, the others wait.
    pub(crate) fn take(&mut self) -> Option<Entry> {
        if self.bytes_under_way >= (self.max_bytes / 2).max(1) {
            return None;
        }
        let is_next = |lane: &Lane| lane.credit > 0 && !lane.entries.is_empty();
        if !self.lanes.iter().any(is_next) {
            for lane in &mut self.lanes {
                lane.credit = lane.weight;
            }
        }
        let lane = self.lanes.iter_mut().find(|lane| is_next(lane))?;
        lane.credit -= 1;
        let entry = lane.entries.pop_front()?;
        self.forget(&entry);
        self.under_way(0, entry.bytes());
        Some(entry)
    }

    /// What was taken for so many bytes turned out to have others.
    pub(crate) fn under_way(&mut self, before: usize, now: usize) {
        self.bytes_under_way = (self.bytes_under_way + now).saturating_sub(before);
    }

    fn all_bytes(&self) -> usize {
        self.bytes + self.bytes_under_way
    }

    /// Takes out everything.
    pub(crate) fn clear(&mut self) -> Vec<Entry> {
        self.bytes = 0;
        let lanes = self.lanes.iter_mut().flat_map(|lane| std::mem::take(&mut lane.entries));
        let open = self.open.iter_mut().filter_map(Option::take).map(|open| open.entry);
        lanes.chain(open).chain(std::mem::take(&mut self.held)).collect()
    }

    /// Whether less than a tenth of the room is left.
    pub(crate) fn is_nearly_full(&self) -> bool {
        self.all_bytes() >= self.max_bytes - self.max_bytes / 10 || self.len() >= MAX_ITEMS - MAX_ITEMS / 10
    }

    /// Whether a part of the room is taken that may run out before long.
    pub(crate) fn is_filling(&self) -> bool {
        self.bytes >= self.max_bytes / 16
    }

    /// Whether something may leave that holds nothing back.
    pub(crate) fn has_ready(&self) -> bool {
        self.lanes.iter().any(|lane| !lane.entries.is_empty())
    }

    pub(crate) fn len(&self) -> usize {
        let ready: usize = self.lanes.iter().map(|lane| lane.entries.len()).sum();
        ready + self.open.iter().flatten().count() + self.held.len()
    }

    fn evict(&mut self) -> Option<Entry> {
        let cheapest_first = [Priority::Low, Priority::Medium, Priority::High, Priority::Critical];
        let oldest = |it| {
            let entry = self.lane(it).entries.pop_front();
            // What is still gathering is younger, and no dearer for that.
            entry.or_else(|| self.take_open(it))
        };
        let entry = cheapest_first.into_iter().find_map(oldest).or_else(|| self.held.pop_front())?;
        self.forget(&entry);
        Some(entry)
    }

    /// Takes out a batch of this priority that waits for more.
    fn take_open(&mut self, of: Priority) -> Option<Entry> {
        let is_of = |open: &Option<Open>| open.as_ref().is_some_and(|open| priority(&open.entry.item) == of);
        let open = self.open.iter_mut().find(|open| is_of(open))?;
        open.take().map(|open| open.entry)
    }

    fn forget(&mut self, entry: &Entry) {
        self.bytes -= entry.bytes().min(self.bytes);
    }

    fn lane(&mut self, priority: Priority) -> &mut Lane {
        match priority {
            Priority::Critical => &mut self.lanes[0],
            Priority::High => &mut self.lanes[1],
            Priority::Medium => &mut self.lanes[2],
            Priority::Low => &mut self.lanes[3],
        }
    }
}

impl Entry {
    pub(crate) fn quantities(&self) -> Quantities {
        quantities(&self.item)
    }

    /// What it takes in memory, roughly.
    pub(crate) fn bytes(&self) -> usize {
        usize::try_from(self.size).unwrap_or(usize::MAX)
    }
}

/// What keeps an item back.
fn hold_of(item: &Item) -> Option<&Hold> {
    match item {
        Item::Held(growing) | Item::Deferred { growing: Some(growing), .. } => growing.hold(),
        _ => None,
    }
}

/// What an item counts for.
pub(crate) fn quantities(item: &Item) -> Quantities {
    match item {
        Item::Event { .. } | Item::Held(_) | Item::Unbuilt { .. } | Item::Deferred { .. } => {
            one(Category::Error, 1)
        }
        Item::CheckIn { .. } => one(Category::Monitor, 1),
        Item::Spans(batch) => one(Category::Span, u64::try_from(batch.spans.count()).unwrap_or(u64::MAX)),
        Item::Transaction { finished, .. } if finished.is_streamed() => {
            one(Category::Span, u64::try_from(finished.count()).unwrap_or(u64::MAX).saturating_add(1))
        }
        Item::Envelope(envelope) => packet::quantities(envelope),
        Item::Feedback { .. } => one(Category::Feedback, 1),
        Item::Batch { batch, .. } => batch.quantities(),
        Item::Bare(_) => [(Category::Transaction, 1), (Category::Span, 1)],
        Item::Transaction { finished, .. } => {
            let spans = u64::try_from(finished.count()).unwrap_or(u64::MAX).saturating_add(1);
            [(Category::Transaction, 1), (Category::Span, spans)]
        }
    }
}

pub(crate) fn priority(item: &Item) -> Priority {
    match item {
        Item::Event { .. } | Item::Held(_) | Item::Unbuilt { .. } | Item::Deferred { .. } => {
            Priority::Critical
        }
        Item::Feedback { .. } => Priority::Critical,
        Item::Batch { batch, .. } if batch.kind().is_session() => Priority::High,
        Item::Batch { .. } => Priority::Low,
        Item::CheckIn { .. } => Priority::High,
        Item::Envelope(envelope) => match packet::quantities(envelope)[0].0 {
            Category::Error => Priority::Critical,
            Category::Transaction => Priority::Medium,
            _ => Priority::High,
        },
        Item::Transaction { .. } | Item::Bare(_) | Item::Spans(_) => Priority::Medium,
    }
}

/// Roughly what an item takes in memory, rather too much than too little. Of what scopes hold, its part of what several
/// items have in common.
fn bytes_of(item: &Item) -> u32 {
    /// Of the allocator's, for two pieces of memory.
    const PIECES: usize = 32;
    /// A ring that has just grown is half empty.
    const ENTRY: usize = size_of::<Entry>() * 3 / 2 + PIECES;
    const SCOPES: usize = size_of::<Snapshot>() + PIECES / 2;
    const EVENT: usize = size_of::<Event<'static>>() + SCOPES + 128;
    const BUILD: usize = 1024;
    const CHECK_IN: usize = 512;
    const TRANSACTION: usize = 1024;
    const SPAN: usize = 160;
    let size = match item {
        Item::Event { event, scopes, .. } | Item::Feedback { event, scopes } => {
            EVENT + event.memory() + scopes.memory()
        }
        Item::Held(growing) => BUILD + growing.memory(),
        Item::Deferred { growing, size, .. } => {
            BUILD + size + growing.as_ref().map_or(0, |growing| growing.memory())
        }
        Item::Unbuilt { size, scopes, .. } => SCOPES + size + scopes.memory(),
        Item::CheckIn { check_in, scopes } => CHECK_IN + check_in.monitor_slug.len() + scopes.memory(),
        Item::Spans(batch) => batch.spans.len(),
        Item::Envelope(envelope) => EVENT + envelope.memory(),
        Item::Batch { batch, .. } => batch.size(),
        Item::Bare(bare) => size_of::<Bare>() + PIECES / 2 + bare.scopes.memory(),
        Item::Transaction { finished, scopes } => {
            SCOPES + TRANSACTION + finished.count() * SPAN + finished.memory() + scopes.memory()
        }
    };
    u32::try_from(ENTRY + size).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::time::Duration;

    use super::*;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use crate::protocol::{
        Attachment, Envelope, Log, LogAttribute, LogLevel, Map, MonitorCheckIn, MonitorCheckInStatus,
        SessionAttributes, Uuid,
    };
    use crate::scope::{Growing, Scope, Snapshot, Wake};
    use crate::telemetry::{Judge, Session, SessionMode};

    struct Waiting(Hold, AtomicUsize);

    impl Growing for Waiting {
        fn hold(&self) -> Option<&Hold> {
            Some(&self.0)
        }

        fn memory(&self) -> usize {
            self.1.load(Ordering::Relaxed)
        }

        fn finish(&self) -> Option<(Box<Event<'static>>, Snapshot)> {
            Some((Box::default(), Snapshot::take()))
        }
    }

    fn event(text: &str) -> Item {
        let event = Event { message: Some(text.to_owned()), ..Event::default() };
        Item::Event { event: Box::new(event), amend: None, scopes: Box::new(Snapshot::take()) }
    }

    fn check_in(slug: &str) -> Item {
        Item::CheckIn { check_in: check_in_of(slug), scopes: Box::new(Snapshot::take()) }
    }

    fn check_in_of(slug: &str) -> Box<MonitorCheckIn> {
        Box::new(MonitorCheckIn {
            check_in_id: Uuid::nil(),
            monitor_slug: slug.to_owned(),
            status: MonitorCheckInStatus::Ok,
            environment: None,
            duration: None,
            monitor_config: None,
        })
    }

    fn name(entry: &Entry) -> String {
        match &entry.item {
            Item::Event { event, .. } => event.message.clone().unwrap_or_default(),
            Item::CheckIn { check_in, .. } => check_in.monitor_slug.clone(),
            other => format!("{other:?}"),
        }
    }

    fn drain(buffers: &mut Buffers) -> Vec<String> {
        let done = |entry: Entry| {
            let name = name(&entry);
            (name, entry.bytes())
        };
        let next = || {
            let (name, bytes) = buffers.take().map(done)?;
            buffers.under_way(bytes, 0);
            Some(name)
        };
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn the_dearer_leave_first_but_not_alone() {
        let mut buffers = Buffers::new(usize::MAX);
        for index in 0..7 {
            assert!(buffers.push(check_in(&format!("c{index}")), 0).evicted.is_empty());
            assert!(buffers.push(event(&format!("e{index}")), 0).evicted.is_empty());
        }
        let expected = "e0 e1 e2 e3 e4 c0 c1 c2 c3 e5 e6 c4 c5 c6";
        assert_eq!(drain(&mut buffers).join(" "), expected);
        assert_eq!((buffers.len(), buffers.bytes), (0, 0));
    }

    #[test]
    fn the_oldest_of_the_least_dear_go_first() {
        let room = usize::try_from(3 * bytes_of(&event("e0"))).unwrap();
        let mut buffers = Buffers::new(room);
        for item in [check_in("c0"), event("e0"), event("e1")] {
            assert!(buffers.push(item, 0).evicted.is_empty());
        }
        let gone: Vec<_> =
            buffers.push(event("e2"), 0).evicted.iter().map(|(entry, _)| name(entry)).collect();
        assert_eq!(gone, ["c0"]);
        let gone: Vec<_> =
            buffers.push(event("e3"), 0).evicted.iter().map(|(entry, _)| name(entry)).collect();
        assert_eq!(gone, ["e0"]);
        assert_eq!(drain(&mut buffers), ["e1", "e2", "e3"]);
    }

    fn log(attributes: Map<String, LogAttribute>) -> Item {
        let log = Log {
            level: LogLevel::Info,
            body: "told".to_owned(),
            trace_id: None,
            timestamp: std::time::UNIX_EPOCH,
            severity_number: None,
            attributes,
        };
        Item::batch(Batch::Logs(vec![log]))
    }

    /// Also of what is still gathering.
    #[test]
    fn errors_are_the_last_to_go() {
        let room = usize::try_from(3 * bytes_of(&event("e0"))).unwrap();
        let mut buffers = Buffers::new(room);
        for index in 0..3 {
            assert!(buffers.push(event(&format!("e{index}")), 0).evicted.is_empty());
        }
        let gone = buffers.push(log(Map::new()), 0).evicted;
        assert!(matches!(&gone[..], [(Entry { item: Item::Batch { .. }, .. }, _)]), "{gone:?}");
        assert_eq!(drain(&mut buffers), ["e0", "e1", "e2"]);
    }

    /// What is counted takes the room of the counts, however many there were.
    #[test]
    fn sessions_that_are_counted_take_no_room_of_their_own() {
        let attributes = || SessionAttributes {
            release: "shop@1".into(),
            environment: None,
            ip_address: None,
            user_agent: None,
        };
        let (sink, ended) = std::sync::mpsc::channel();
        for _ in 0..100_000 {
            let sink = sink.clone();
            let told = Box::new(move |batch| sink.send(batch).unwrap());
            drop(Session::new(SessionMode::Request, Judge::Events, attributes(), None, told));
        }
        let mut buffers = Buffers::new(1 << 20);
        for batch in ended.try_iter() {
            assert!(buffers.push(Item::batch(batch), 0).evicted.is_empty());
        }
        // One that begins in the next minute has a line of its own.
        assert_eq!(buffers.len(), 1);
        assert!(buffers.all_bytes() < 4096, "{}", buffers.all_bytes());
    }

    #[test]
    fn what_is_under_way_takes_room_too() {
        let size = usize::try_from(bytes_of(&event("e0"))).unwrap();
        let mut buffers = Buffers::new(4 * size);
        for index in 0..4 {
            assert!(buffers.push(event(&format!("e{index}")), 0).evicted.is_empty());
        }
        let [first, second] = [(); 2].map(|()| buffers.take().unwrap());
        assert!(buffers.take().is_none(), "half of the room is what is under way");
        let evicted = buffers.push(event("e4"), 0).evicted;
        assert_eq!(evicted.iter().map(|(entry, _)| name(entry)).collect::<Vec<_>>(), ["e2"]);
        // One of them has become large, and goes.
        buffers.under_way(first.bytes(), 3 * size);
        assert!(buffers.take().is_none());
        buffers.under_way(3 * size, 0);
        buffers.under_way(second.bytes(), 0);
        assert_eq!(drain(&mut buffers), ["e3", "e4"]);
        assert_eq!(buffers.all_bytes(), 0);
    }

    /// Wherever a megabyte is put: with the event, in a scope, beside it.
    #[test]
    fn nothing_large_is_counted_as_small() {
        const MUCH: usize = 1 << 20;
        let text = || "x".repeat(MUCH);
        let attachment = || Attachment { buffer: vec![0; MUCH], ..Attachment::default() };
        let mut scope = Scope::default();
        scope.set_extra("much", text().into());
        let of_scope = Item::Event {
            event: Box::new(Event::default()),
            amend: None,
            scopes: Box::new(Snapshot::with_scope(&scope)),
        };
        let mut extra = Event::default();
        extra.extra.insert("much".to_owned(), text().into());
        let of_event =
            Item::Event { event: Box::new(extra), amend: None, scopes: Box::new(Snapshot::take()) };
        let mut attached = Scope::default();
        attached.add_attachment(attachment());
        let checked_in = Item::CheckIn { check_in: check_in_of(&text()), scopes: Box::new(Snapshot::take()) };
        let mut envelope = Envelope::from(Event::default());
        envelope.add_item(attachment());
        let feedback = Item::Feedback {
            event: Box::new(Event::default()),
            scopes: Box::new(Snapshot::with_scope(&attached)),
        };
        let listed = log([("much".to_owned(), LogAttribute::from(vec![text()]))].into());
        let items = [of_scope, of_event, checked_in, Item::Envelope(Box::new(envelope)), feedback, listed];
        for item in &items {
            let bytes = usize::try_from(bytes_of(item)).unwrap();
            assert!((MUCH..3 * MUCH).contains(&bytes), "{item:?}: {bytes}");
        }
    }

    #[test]
    fn an_error_that_grows_while_it_waits_is_weighed_when_it_goes_on() {
        let start = Instant::now();
        let hold = Hold::new(start, Duration::from_secs(1), Wake::new(|| {}));
        let error = Arc::new(Waiting(hold, AtomicUsize::new(100)));
        let mut buffers = Buffers::new(usize::MAX);
        buffers.push(Item::Held(Arc::clone(&error) as _), 0);
        let before = buffers.all_bytes();
        error.1.fetch_add(5000, Ordering::Relaxed);
        error.0.release();
        buffers.release(start, false);
        assert_eq!(buffers.all_bytes(), before + 5000);
    }

    #[test]
    fn one_is_kept_however_large() {
        let mut buffers = Buffers::new(1);
        assert!(buffers.push(event("first"), 0).evicted.is_empty());
        assert_eq!(
            buffers.push(event("second"), 0).evicted.iter().map(|(entry, _)| name(entry)).collect::<Vec<_>>(),
            ["first"]
        );
        assert_eq!(drain(&mut buffers), ["second"]);
    }

    #[test]
    fn no_room_is_not_full_as_long_as_nothing_waits() {
        let mut buffers = Buffers::new(0);
        assert!(!buffers.is_nearly_full());
        buffers.push(event("only"), 0);
        assert!(buffers.is_nearly_full());
    }

    #[test]
    fn what_is_held_waits_for_its_release_or_its_time() {
        let start = Instant::now();
        let hold =
            |longest| Arc::new(Waiting(Hold::new(start, longest, Wake::new(|| {})), AtomicUsize::new(0)));
        let item = |of: &Arc<Waiting>| Item::Held(Arc::clone(of) as _);
        let mut buffers = Buffers::new(usize::MAX);
        let (first, second) = (hold(Duration::from_secs(1)), hold(Duration::from_secs(2)));
        buffers.push(item(&first), 0);
        buffers.push(item(&second), 0);
        assert_eq!(buffers.release(start, false), Some(start + Duration::from_secs(1)));
        assert!(buffers.take().is_none());
        second.0.release();
        assert_eq!(buffers.release(start, false), Some(start + Duration::from_secs(1)));
        assert!(buffers.take().is_some());
        assert!(buffers.take().is_none());
        assert_eq!(buffers.release(start + Duration::from_secs(1), false), None);
        assert!(buffers.take().is_some());
    }
}
