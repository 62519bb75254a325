//! Which attributed functions are running on a thread, and which of their errors are still on their way.
//!
//! Every attributed function has a frame while it runs. A report belongs to the frame of the function that the error
//! was returned to: when that function returns the same error, the report gets one more hop and moves up a frame; when
//! it does not, the error was handled. A frame's reports leave the thread together with the future they belong to.

use std::cell::{Cell, RefCell};
use std::sync::{Arc, Mutex, PoisonError};

use super::chain::{Cause, read_error, read_sources};
use super::event;
use super::native::Stack;
use super::probe::Seen;
use super::report::{Hop, Report};
use crate::scope::{self, Item, Snapshot};
use crate::trace::Callsite;

/// Reports that one frame keeps to recognise its error by. A function that runs forever must not collect forever.
const MAX_REPORTS: usize = 64;

thread_local! {
    static FRAMES: RefCell<Frames> = const { RefCell::new(Frames::outermost(None)) };
    /// Memory for the next error's texts: most are read only to recognise an error that is known.
    static TEXTS: Cell<Vec<Cause>> = const { Cell::new(Vec::new()) };
}

#[derive(Debug)]
struct Frames {
    /// The running functions, outermost first.
    running: Vec<&'static Callsite>,
    /// Reports and the number of the frame each belongs to; those of inner frames stand behind those of outer ones.
    reports: Vec<(usize, Arc<Report>)>,
    /// Where work that a frame has spawned leaves its errors.
    inboxes: Vec<(usize, Arc<Inbox>)>,
    /// Where errors go that leave the outermost frame: the function that spawned this work.
    outside: Option<Arc<Inbox>>,
}

impl Frames {
    const fn outermost(outside: Option<Arc<Inbox>>) -> Self {
        Self { running: Vec::new(), reports: Vec::new(), inboxes: Vec::new(), outside }
    }
}

/// Errors that came back from spawned work and that the function which spawned it has not looked at yet.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    /// `None` once nobody can get the errors any more.
    reports: Mutex<Option<Vec<Arc<Report>>>>,
}

impl Inbox {
    fn open() -> Self {
        Self { reports: Mutex::new(Some(Vec::new())) }
    }

    /// Takes the report, or gives one back that nobody waits for any more.
    fn put(&self, report: Arc<Report>) -> Option<Arc<Report>> {
        let mut reports = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(reports) = &mut *reports else { return Some(report) };
        let oldest = (reports.len() == MAX_REPORTS).then(|| reports.remove(0));
        reports.push(report);
        oldest
    }

    /// Takes out the latest report of this error.
    fn take(&self, causes: &[Cause]) -> Option<Arc<Report>> {
        let mut reports = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
        let reports = reports.as_mut()?;
        let at = reports.iter().rposition(|report| report.is_in(causes))?;
        Some(reports.remove(at))
    }

    fn close(&self) -> Vec<Arc<Report>> {
        self.reports.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default()
    }
}

/// What belongs to one frame while the frame is not on a thread: before it runs, between polls, after it has returned.
#[derive(Debug, Default)]
pub(crate) struct Stash {
    reports: Vec<Arc<Report>>,
    inboxes: Vec<Arc<Inbox>>,
}

/// A frame on the thread's stack. Leaves the stack when it is dropped, if it was not taken off before.
#[derive(Debug)]
pub(crate) struct Frame {
    on_stack: bool,
}

fn with_frames<R>(use_them: impl FnOnce(&mut Frames) -> R) -> Option<R> {
    FRAMES
        .try_with(|frames| frames.try_borrow_mut().ok().map(|mut frames| use_them(&mut frames)))
        .ok()
        .flatten()
}

impl Frame {
    /// Puts a frame on the stack, with what belongs to it.
    pub(crate) fn enter(callsite: &'static Callsite, stash: Stash) -> Self {
        let on_stack = with_frames(|frames| {
            frames.running.push(callsite);
            if stash.is_empty() {
                return;
            }
            let number = frames.running.len();
            frames.reports.extend(stash.reports.into_iter().map(|report| (number, report)));
            frames.inboxes.extend(stash.inboxes.into_iter().map(|inbox| (number, inbox)));
        });
        Self { on_stack: on_stack.is_some() }
    }

    /// Takes the frame off the stack, with what belongs to it.
    pub(crate) fn leave(mut self) -> Stash {
        self.take_off()
    }

    fn take_off(&mut self) -> Stash {
        if !std::mem::replace(&mut self.on_stack, false) {
            return Stash::default();
        }
        with_frames(|frames| {
            let number = frames.running.len();
            frames.running.pop();
            let mut stash = Stash::default();
            // As nearly always: nothing has failed.
            if frames.reports.is_empty() && frames.inboxes.is_empty() {
                return stash;
            }
            while let Some((_, report)) = frames.reports.pop_if(|(owner, _)| *owner >= number) {
                stash.reports.push(report);
            }
            stash.reports.reverse();
            while let Some((_, inbox)) = frames.inboxes.pop_if(|(owner, _)| *owner >= number) {
                stash.inboxes.push(inbox);
            }
            stash.inboxes.reverse();
            stash
        })
        .unwrap_or_default()
    }
}

impl Drop for Frame {
    fn drop(&mut self) {
        // Here the function neither returned nor was put aside: it panicked, and its errors with it.
        self.take_off().handled();
    }
}

impl Stash {
    fn is_empty(&self) -> bool {
        self.reports.is_empty() && self.inboxes.is_empty()
    }

    /// The function returned without these errors, or was given up.
    pub(crate) fn handled(self) {
        if self.is_empty() {
            return;
        }
        for report in self.reports {
            report.seal(true);
        }
        hand_up_inboxes(self.inboxes);
    }

    /// The function returned this error: the report of it moves up, or a new one is made. The other ones were handled.
    pub(crate) fn failed(mut self, error: Seen<'_>, hop: Hop, scopes: impl FnOnce() -> Snapshot) {
        let mut causes = TEXTS.try_with(Cell::take).unwrap_or_default();
        let source = read_error(error, &mut causes);
        // As nearly always: the error that was captured last, passed on as it is. Its causes need not be read again.
        let known = self.reports.pop_if(|report| report.is_in(&causes[..1])).or_else(|| {
            read_sources(source, &mut causes);
            self.take(&causes)
        });
        for other in self.reports.drain(..) {
            other.seal(true);
        }
        hand_up_inboxes(self.inboxes);
        let capture = hop.callsite.definition().capture;
        let hops = match known {
            Some(report) => match report.add_hop(hop) {
                Ok(()) => {
                    keep(causes);
                    return hand_up(report);
                }
                // The event has left, and this is the rest of its way or another failure that reads the same. Rather
                // one event too many than one too few.
                Err(hops) => {
                    read_sources(source, &mut causes);
                    hops
                }
            },
            None if capture && !is_task_panic(&causes) => {
                // Most ways are no longer.
                let mut hops = Vec::with_capacity(8);
                hops.push(hop);
                hops
            }
            None => return,
        };
        let Some(host) = scope::host() else { return };
        let hold = host.hold();
        let stack = host.attaches_stacktrace().then(Stack::take);
        let report = Arc::new(Report::new(causes, hops, stack, Arc::clone(&hold)));
        let complete = Arc::clone(&report);
        let build = Box::new(move |transaction| event::of_report(&complete, transaction));
        scope::set_last_event_id(report.id);
        host.accept(Item::Held { hold, build, scopes: Box::new(scopes()) });
        hand_up(report);
    }

    /// Finds the latest report of this error, among those of the functions that were called and of the work that was
    /// spawned.
    fn take(&mut self, causes: &[Cause]) -> Option<Arc<Report>> {
        let called = self.reports.iter().rposition(|report| report.is_in(causes));
        called
            .map(|at| self.reports.remove(at))
            .or_else(|| self.inboxes.iter().rev().find_map(|inbox| inbox.take(causes)))
    }
}

/// Keeps memory for the next error, unless it is much.
fn keep(texts: Vec<Cause>) {
    const MOST: usize = 4096;
    if texts.iter().map(|text| text.value.capacity()).sum::<usize>() <= MOST {
        // At the thread's end there is no next one.
        let _ = TEXTS.try_with(|kept| kept.set(texts));
    }
}

/// The error of a task that panicked: the panic is an event already.
fn is_task_panic(causes: &[Cause]) -> bool {
    let is_join = |cause: &Cause| {
        let (ty, module) = cause.ty();
        ty == "JoinError" && module.is_some_and(|module| module.starts_with("tokio::"))
    };
    // The text is asked first: it is at hand.
    causes.iter().any(|cause| cause.value.contains("panicked") && is_join(cause))
}

/// Work may outlive the function that spawned it, and be waited for by the one that called that.
fn hand_up_inboxes(inboxes: Vec<Arc<Inbox>>) {
    if inboxes.is_empty() {
        return;
    }
    let closed = with_frames(|frames| {
        let number = frames.running.len();
        if number == 0 {
            return inboxes;
        }
        frames.inboxes.extend(inboxes.into_iter().map(|inbox| (number, inbox)));
        let own = frames.inboxes.iter().filter(|(owner, _)| *owner == number).count();
        let first = frames.inboxes.len() - own;
        let surplus = own.saturating_sub(MAX_REPORTS);
        frames.inboxes.drain(first..first + surplus).map(|(_, inbox)| inbox).collect()
    });
    for report in closed.unwrap_or_default().iter().flat_map(|inbox| inbox.close()) {
        report.seal(true);
    }
}

/// Gives a report to the function that the error was returned to.
fn hand_up(report: Arc<Report>) {
    let last = Arc::clone(&report);
    let done = with_frames(move |frames| {
        let number = frames.running.len();
        if number == 0 {
            let outside = frames.outside.as_ref();
            let report = match outside {
                Some(outside) => outside.put(report)?,
                None => report,
            };
            // It left the outermost function that we know of.
            return Some((report, false));
        }
        frames.reports.push((number, report));
        let first = frames.reports.iter().position(|(owner, _)| *owner == number)?;
        let full = frames.reports.len() - first > MAX_REPORTS;
        // The function keeps running although it got this one long ago.
        full.then(|| (frames.reports.remove(first).1, true))
    });
    // Sealed out here: it wakes the delivery thread.
    match done {
        Some(Some((report, handled))) => report.seal(handled),
        Some(None) => {}
        // The thread is at its end.
        None => last.seal(false),
    }
}

/// The functions that are running on this thread, outermost first.
pub(crate) fn running() -> Vec<&'static Callsite> {
    with_frames(|frames| frames.running.clone()).unwrap_or_default()
}

/// Where work that the running function spawns shall leave its errors; `None` outside of attributed functions.
#[derive(Clone, Debug)]
pub(crate) struct Mailbox(Option<Arc<Inbox>>);

impl Mailbox {
    /// The inbox of the innermost running function.
    pub(crate) fn of_running() -> Self {
        let inbox = with_frames(|frames| {
            let number = frames.running.len();
            if number == 0 {
                return frames.outside.clone();
            }
            if let Some((_, inbox)) = frames.inboxes.last().filter(|(owner, _)| *owner == number) {
                return Some(Arc::clone(inbox));
            }
            let inbox = Arc::new(Inbox::open());
            frames.inboxes.push((number, Arc::clone(&inbox)));
            Some(inbox)
        });
        Self(inbox.flatten())
    }

    /// For work whose errors are nobody else's.
    pub(crate) fn nowhere() -> Self {
        Self(None)
    }

    /// Runs `work` with a stack of its own, whose errors go to this mailbox.
    pub(crate) fn scoped<R>(&self, work: impl FnOnce() -> R) -> R {
        let previous = with_frames(|frames| std::mem::replace(frames, Frames::outermost(self.0.clone())));
        let _restore = RestoreFrames(previous);
        work()
    }
}

struct RestoreFrames(Option<Frames>);

impl Drop for RestoreFrames {
    fn drop(&mut self) {
        if let Some(previous) = self.0.take() {
            drop(with_frames(|frames| std::mem::replace(frames, previous)));
        }
    }
}
