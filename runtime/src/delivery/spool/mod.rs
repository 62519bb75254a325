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
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use tokio::sync::Notify;

pub(crate) use lane::{Lost, Sink, Verdict, send_all};
use pace::Pace;
pub(crate) use store::Settings;
use store::{Place, Store};

use super::packet::Packet;

/// A spool. Everything but [`flush`](Self::flush) returns as fast as the disk does.
#[derive(Debug)]
pub(crate) struct Spool {
    state: Mutex<State>,
    /// Something may be sent.
    wake: Notify,
    /// Something was tried, or nothing will be any more.
    tried: Condvar,
}

#[derive(Debug)]
struct State {
    store: Store,
    pace: Pace,
    /// Written by this process and not tried yet: sent at once.
    new: VecDeque<Place>,
    /// Written by this process and left over: it could not be sent.
    left_over: VecDeque<Place>,
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
        let pace = Pace::new(Instant::now());
        let state = State {
            store: Store::new(settings),
            pace,
            new: VecDeque::new(),
            left_over: VecDeque::new(),
            under_way: None,
            closed: false,
            released: false,
        };
        Some(Self { state: Mutex::new(state), wake: Notify::new(), tried: Condvar::new() })
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
        let note = lane::note(&packet.categories);
        let mut state = self.lock();
        if state.closed && origin == Origin::New {
            return false;
        }
        state.notice_fork();
        let Ok(place) = state.store.append(note.as_bytes(), &packet.body, now()) else { return false };
        // While nothing can be sent, nobody shall wait for it.
        if origin == Origin::New && !state.pace.is_failing() {
            state.new.push_back(place);
        } else {
            state.left_over.push_back(place);
        }
        drop(state);
        self.wake.notify_one();
        true
    }

    /// Waits until everything new was tried, `timeout` at the longest; says whether it was.
    pub(crate) fn flush(&self, timeout: Duration) -> bool {
        let state = self.lock();
        let waited = self.tried.wait_timeout_while(state, timeout, |state| state.has_untried());
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        !state.has_untried()
    }

    /// Waits until this process has let go of everything, `timeout` at the longest; says whether everything new was
    /// tried. To be called when it is closed.
    pub(crate) fn end(&self, timeout: Duration) -> bool {
        let state = self.lock();
        let waited = self.tried.wait_timeout_while(state, timeout, |state| !state.released);
        let (state, _) = waited.unwrap_or_else(PoisonError::into_inner);
        !state.has_untried()
    }

    /// Takes nothing new any more; [`send_all`] ends when everything new was tried.
    pub(crate) fn close(&self) {
        self.lock().closed = true;
        self.wake.notify_one();
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
        drop(state);
        self.tried.notify_all();
    }

    /// Something else has reached the server.
    pub(crate) fn recovered(&self) {
        let mut state = self.lock();
        let was_failing = state.pace.is_failing();
        state.pace.recovered();
        drop(state);
        if was_failing {
            self.wake.notify_one();
        }
    }

    /// What was thrown away since the last call, because it was too old or too much.
    fn take_lost(&self) -> Vec<Lost> {
        let lost = self.lock().store.take_lost();
        let lost = lost.into_iter();
        lost.map(|(own, note)| Lost { categories: lane::categories(&note), adopted: !own }).collect()
    }

    fn next(&self, now: Instant) -> Next {
        let mut state = self.lock();
        let next = state.next(now);
        drop(state);
        // It may have passed over something that somebody waits for.
        self.tried.notify_all();
        next
    }

    /// The packet under way is delivered, or never will be.
    fn settled(&self) {
        let mut state = self.lock();
        state.pace.recovered();
        if let Some(UnderWay { place, .. }) = state.under_way.take() {
            state.store.finish(place);
        }
        drop(state);
        self.tried.notify_all();
    }

    /// The packet under way could not be sent now.
    fn failed(&self, now: Instant) {
        let mut state = self.lock();
        state.pace.failed(now, crate::random::share());
        if let Some(under_way) = state.under_way.take() {
            state.put_back(under_way);
        }
        drop(state);
        self.tried.notify_all();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn next(&mut self, now: Instant) -> Next {
        self.notice_fork();
        let paused = self.pace.pause(now);
        if self.closed && (paused.is_some() || self.new.is_empty()) {
            return Next::Finished;
        }
        if let Some(until) = paused {
            return Next::Wait(until);
        }
        while let Some(under_way) = self.choose(now) {
            // One that cannot be read is passed over.
            if let Some(stored) = self.store.read(under_way.place, self::now()) {
                self.under_way = Some(under_way);
                if under_way.origin != Origin::New {
                    self.pace.sent_left_over(now);
                }
                let categories = lane::categories(&stored.note);
                let priority = lane::priority(&categories);
                let packet = Packet { body: stored.body, categories, priority };
                return Next::Send { packet, adopted: under_way.origin == Origin::Adopted };
            }
        }
        let left_over = self.store.has_adopted() || !self.left_over.is_empty();
        Next::Wait(if left_over { self.pace.next_left_over() } else { self.pace.next_look() })
    }

    /// What was left over has its turn ten times a second; the rest of the time belongs to what is new.
    fn choose(&mut self, now: Instant) -> Option<UnderWay> {
        if !self.closed && now >= self.pace.next_left_over() {
            let look = now >= self.pace.next_look();
            if let Some(place) = self.store.next_adopted(self::now(), look) {
                return Some(UnderWay { place, origin: Origin::Adopted });
            }
            if look {
                self.pace.looked(now);
            }
            if let Some(place) = self.left_over.pop_front() {
                return Some(UnderWay { place, origin: Origin::LeftOver });
            }
        }
        self.new.pop_front().map(|place| UnderWay { place, origin: Origin::New })
    }

    /// What is new waits like what was left over, until the server takes things again.
    fn put_back(&mut self, UnderWay { place, origin }: UnderWay) {
        match origin {
            Origin::Adopted => self.store.put_back_adopted(place),
            Origin::LeftOver => self.left_over.push_front(place),
            Origin::New => self.left_over.push_back(place),
        }
        self.left_over.append(&mut self.new);
    }

    fn has_untried(&self) -> bool {
        !self.new.is_empty() || self.under_way.is_some_and(|under_way| under_way.origin == Origin::New)
    }

    /// What the parent has written, the parent sends.
    fn notice_fork(&mut self) {
        if self.store.leave_to_parent() {
            self.new.clear();
            self.left_over.clear();
            self.under_way = None;
        }
    }
}

fn now() -> u64 {
    directory::milliseconds(SystemTime::now())
}

#[cfg(test)]
mod tests;
