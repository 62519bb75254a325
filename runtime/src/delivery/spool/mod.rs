//! What could not be sent, and in durable mode every error, on disk until it is delivered.
//!
//! A spool is a folder that any number of processes use at the same time. Each process appends to files of its own,
//! which it keeps locked; a file that nobody has locked was left by a process that is gone, and whoever finds it takes
//! it over. A record is marked as done once the server has taken it, and a file is removed when all its records are
//! done. Records are sent one after the other, so a process that is killed leaves one record at the most of which it
//! is not known whether it arrived: that one is sent again.
//!
//! What was written is in the hands of the operating system: it survives the end of the process, however that comes
//! about, but the last moments before a power failure may be lost. Waiting for the disk would cost milliseconds for
//! each error.
//!
//! Source: Sentry's SDK documentation, "Offline caching".

mod directory;
mod format;
mod lane;
mod pace;
mod segment;
mod store;

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError, TryLockError};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::Notify;

pub(crate) use lane::{Lost, Sink, Verdict, send_all};
use pace::Pace;
pub(crate) use store::Settings;
use store::{Place, Store};

use super::limits::RateLimits;
use super::packet::Packet;
use crate::process::PerProcess;

/// A spool. Everything but [`flush`](Self::flush) and [`end`](Self::end) returns as fast as the disk does.
#[derive(Debug)]
pub(crate) struct Spool {
    settings: Settings,
    own: PerProcess<Own>,
}

/// What one process has of a spool.
#[derive(Debug)]
struct Own {
    state: Mutex<State>,
    /// Something may be sent.
    wake: Notify,
    /// What those look at who wait. The state is locked while the disk is at work, which may take longer than they wait.
    progress: Mutex<Progress>,
    /// Something was tried, or nothing will be any more.
    tried: Condvar,
}

/// How far the sending has come.
#[derive(Clone, Copy, Debug, Default)]
struct Progress {
    /// Something new waits for its first attempt.
    untried: bool,
    /// Nothing is sent any more.
    released: bool,
}

#[derive(Debug)]
struct State {
    store: Store,
    pace: Pace,
    /// Written by this process and not tried yet: sent at once.
    new: VecDeque<Place>,
    /// Written by this process and left over: it could not be sent.
    left_over: VecDeque<Place>,
    /// Until when the server wants nothing of what is left over, if that is so.
    unwanted_until: Option<Instant>,
    under_way: Option<UnderWay>,
    /// Nothing is written any more, and what is left over stays.
    closed: bool,
    /// Nothing is sent any more.
    released: bool,
}

#[derive(Clone, Copy, Debug)]
struct UnderWay {
    place: Place,
    origin: Origin,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// Another process wrote it.
    Adopted,
    LeftOver,
    New,
}

/// What is to be done next.
#[derive(Debug)]
enum Next {
    /// To be sent; then the spool wants to know how that went.
    Send { packet: Packet, adopted: bool },
    /// Nothing before this instant, unless woken.
    Wait(Instant),
    /// Closed, and everything new was tried.
    Finished,
}

impl Spool {
    /// A spool in the folder of the settings, which is looked at when there is something to write or to send. There
    /// would be none without the feature.
    #[expect(clippy::unnecessary_wraps, reason = "its stand-in without the feature has none to give")]
    pub(crate) fn open(settings: Settings) -> Option<Self> {
        Some(Self { own: PerProcess::new(Own::new(&settings)), settings })
    }

    /// What this process has of it. What the parent has written, the parent sends.
    fn own(&self) -> &Own {
        self.own.get(|parent| {
            let parents = match parent.state.try_lock() {
                Ok(state) => Some(state),
                Err(TryLockError::Poisoned(error)) => Some(error.into_inner()),
                // A thread of the parent's was writing. The files stay locked until this process ends, too.
                Err(TryLockError::WouldBlock) => None,
            };
            if let Some(mut state) = parents {
                state.store = Store::new(self.settings.clone());
            }
            Own::new(&self.settings)
        })
    }

    /// Writes a packet that has not been tried yet. When this returns true it will be sent, by this process or by
    /// another one, and the caller may forget it.
    pub(crate) fn write(&self, packet: &Packet) -> bool {
        self.append(packet, Origin::New)
    }

    /// Writes a packet that could not be sent. When this returns true the caller may forget it.
    pub(crate) fn keep(&self, packet: &Packet) -> bool {
        self.append(packet, Origin::LeftOver)
    }

    fn append(&self, packet: &Packet, origin: Origin) -> bool {
        let quantities = lane::quantities(packet.categories.iter().copied());
        let mut state = self.lock();
        if state.closed && origin == Origin::New {
            return false;
        }
        let Ok(place) = state.store.append(quantities, &packet.body, now()) else { return false };
        // While nothing can be sent, nobody shall wait for it.
        if origin == Origin::New && !state.pace.is_failing() {
            state.new.push_back(place);
        } else {
            state.left_over.push_back(place);
            state.unwanted_until = None;
        }
        self.tell(state);
        self.own().wake.notify_one();
        true
    }

    /// Waits until everything new was tried, `timeout` at the longest.
    pub(crate) fn flush(&self, timeout: Duration) {
        self.wait_while(timeout, |progress| progress.untried);
    }

    /// Waits until this process has let go of everything, `timeout` at the longest. To be called when it is closed.
    pub(crate) fn end(&self, timeout: Duration) {
        self.wait_while(timeout, |progress| !progress.released);
    }

    fn wait_while(&self, timeout: Duration, is_so: fn(&Progress) -> bool) {
        let own = self.own();
        let progress = own.progress.lock().unwrap_or_else(PoisonError::into_inner);
        // Whether it was too long is seen by whoever looks: what waits here is safe.
        drop(own.tried.wait_timeout_while(progress, timeout, |progress| is_so(progress)));
    }

    /// Tells those who wait how far it has come, and unlocks.
    fn tell(&self, state: MutexGuard<'_, State>) {
        let own = self.own();
        let progress = Progress { untried: state.has_untried(), released: state.released };
        *own.progress.lock().unwrap_or_else(PoisonError::into_inner) = progress;
        drop(state);
        own.tried.notify_all();
    }

    /// Ends when there may be something to send.
    async fn woken(&self) {
        self.own().wake.notified().await;
    }

    /// Takes nothing new any more; [`send_all`] ends when everything new was tried.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.own().wake.notify_one();
    }

    /// Lets go of everything, so that other processes can send it: there is nobody left here to do it.
    pub(crate) fn release(&self) {
        let mut state = self.lock();
        state.closed = true;
        state.released = true;
        state.new.clear();
        state.left_over.clear();
        state.under_way = None;
        state.store.release();
        self.tell(state);
    }

    /// Something else has reached the server.
    pub(crate) fn recovered(&self) {
        let mut state = self.lock();
        let was_failing = state.pace.is_failing();
        state.pace.recovered();
        drop(state);
        if was_failing {
            self.own().wake.notify_one();
        }
    }

    /// What was thrown away since the last call.
    fn take_lost(&self) -> Vec<Lost> {
        self.lock().store.take_lost()
    }

    fn next(&self, now: Instant, limits: &RateLimits) -> Next {
        let mut state = self.lock();
        let next = state.next(now, limits);
        // It may have passed over something that somebody waits for.
        self.tell(state);
        next
    }

    /// The packet under way is delivered, or never will be.
    fn settled(&self) {
        let mut state = self.lock();
        state.pace.recovered();
        if let Some(UnderWay { place, .. }) = state.under_way.take() {
            state.store.finish(place);
        }
        self.tell(state);
    }

    /// The packet under way could not be sent now. `asked`: for how long the server wants to be left alone.
    fn failed(&self, now: Instant, asked: Option<Duration>) {
        let mut state = self.lock();
        state.pace.failed(now, asked, crate::random::share());
        if let Some(under_way) = state.under_way.take() {
            state.put_back(under_way);
        }
        self.tell(state);
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.own().state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Own {
    fn new(settings: &Settings) -> Self {
        let state = State {
            store: Store::new(settings.clone()),
            pace: Pace::new(Instant::now()),
            new: VecDeque::new(),
            left_over: VecDeque::new(),
            unwanted_until: None,
            under_way: None,
            closed: false,
            released: false,
        };
        Self {
            state: Mutex::new(state),
            wake: Notify::new(),
            progress: Mutex::default(),
            tried: Condvar::new(),
        }
    }
}

impl State {
    fn next(&mut self, now: Instant, limits: &RateLimits) -> Next {
        let paused = self.pace.pause(now);
        if self.closed && (paused.is_some() || self.new.is_empty()) {
            return Next::Finished;
        }
        if let Some(until) = paused {
            return Next::Wait(until);
        }
        while let Some(under_way) = self.choose(now, limits) {
            // One that cannot be read is passed over.
            if let Some(stored) = self.store.read(under_way.place, self::now()) {
                self.under_way = Some(under_way);
                if under_way.origin != Origin::New {
                    self.pace.sent_left_over(now);
                }
                let categories = lane::categories(under_way.place.quantities());
                let priority = lane::priority(&categories);
                let packet = Packet { body: stored.body, categories, priority };
                return Next::Send { packet, adopted: under_way.origin == Origin::Adopted };
            }
        }
        if self.closed { Next::Finished } else { Next::Wait(self.next_time()) }
    }

    /// When there may be something to send, unless something comes before.
    fn next_time(&self) -> Instant {
        let left_over =
            self.store.has_adopted() || !self.left_over.is_empty() && self.unwanted_until.is_none();
        let turn = self.pace.next_left_over();
        if left_over {
            return turn;
        }
        // Neither is done out of turn.
        let look = self.pace.next_look();
        self.unwanted_until.map_or(look, |until| until.min(look)).max(turn)
    }

    /// What was left over has its turn ten times a second; the rest of the time belongs to what is new. What the server
    /// does not want at present is passed over.
    fn choose(&mut self, now: Instant, limits: &RateLimits) -> Option<UnderWay> {
        if !self.closed && now >= self.pace.next_left_over() {
            let look = now >= self.pace.next_look();
            let may = |kinds| limits.forbids(now, kinds).is_none();
            if let Some(place) = self.store.next_adopted(self::now(), look, &may) {
                return Some(UnderWay { place, origin: Origin::Adopted });
            }
            if look {
                self.pace.looked(now);
            }
            if let Some(place) = self.next_left_over(now, limits) {
                return Some(UnderWay { place, origin: Origin::LeftOver });
            }
        }
        while let Some(place) = self.new.pop_front() {
            let Some(until) = limits.forbids(now, place.kinds()) else {
                return Some(UnderWay { place, origin: Origin::New });
            };
            self.left_over.push_back(place);
            self.unwanted_until = self.unwanted_until.map(|earlier| earlier.min(until));
        }
        None
    }

    /// The oldest that the server may want.
    fn next_left_over(&mut self, now: Instant, limits: &RateLimits) -> Option<Place> {
        if self.unwanted_until.is_some_and(|until| until > now) {
            return None;
        }
        let mut earliest: Option<Instant> = None;
        let at = self.left_over.iter().position(|place| {
            let until = limits.forbids(now, place.kinds());
            earliest = earliest.into_iter().chain(until).min();
            until.is_none()
        });
        // Limits become longer and not shorter, so this one holds.
        self.unwanted_until = earliest.filter(|_| at.is_none());
        self.left_over.remove(at?)
    }

    /// What is new waits like what was left over, until the server takes things again.
    fn put_back(&mut self, UnderWay { place, origin }: UnderWay) {
        match origin {
            Origin::Adopted => self.store.put_back_adopted(place),
            Origin::LeftOver => self.left_over.push_front(place),
            Origin::New => self.left_over.push_back(place),
        }
        self.left_over.append(&mut self.new);
        self.unwanted_until = None;
    }

    fn has_untried(&self) -> bool {
        !self.new.is_empty() || self.under_way.is_some_and(|under_way| under_way.origin == Origin::New)
    }
}

fn now() -> u64 {
    directory::milliseconds(SystemTime::now())
}

#[cfg(test)]
mod tests;
