//! Which attributed functions are running on a thread, and which of their errors are still on their way.
//!
//! Every attributed function has a frame while it runs. A report belongs to the frame of the function that the error
//! was returned to: when that function returns the same error, the report gets one more hop and moves up a frame; when
//! it does not, the error was handled. A frame's reports leave the thread together with the future they belong to.

use std::cell::RefCell;
use std::sync::{Arc, Mutex, PoisonError};

use super::probe::Seen;
use super::report::{Hop, Report};
use super::{causes_of, event};
use crate::scope::{self, Item, Snapshot};
use crate::trace::Callsite;

/// Reports that one frame keeps to recognise its error by. A function that runs forever must not collect forever.
const MAX_REPORTS: usize = 64;

thread_local! {
    static FRAMES: RefCell<Frames> = const { RefCell::new(Frames::outermost(None)) };
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
    /// `None` once the function has returned.
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

    fn close(&self) -> Vec<Arc<Report>> {
        self.reports.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default()
    }
}

/// What belongs to one frame while the frame is not on a thread: before it runs, between polls, after it has returned.
#[derive(Debug, Default)]
pub(crate) struct Stash {
    reports: Vec<Arc<Report>>,
    inbox: Option<Arc<Inbox>>,
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
            let number = frames.running.len();
            frames.reports.extend(stash.reports.into_iter().map(|report| (number, report)));
            frames.inboxes.extend(stash.inbox.map(|inbox| (number, inbox)));
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
            while let Some((_, report)) = frames.reports.pop_if(|(owner, _)| *owner >= number) {
                stash.reports.push(report);
            }
            stash.reports.reverse();
            if let Some((_, inbox)) = frames.inboxes.pop_if(|(owner, _)| *owner >= number) {
                stash.inbox = Some(inbox);
            }
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
    /// Whether there is nothing to settle.
    fn is_empty(&self) -> bool {
        self.reports.is_empty() && self.inbox.is_none()
    }

    /// The function returned without these errors, or was given up.
    pub(crate) fn handled(self) {
        if self.is_empty() {
            return;
        }
        for report in self.into_reports() {
            report.seal(true);
        }
    }

    /// The function returned this error: the report of it moves up, or a new one is made. The other ones were handled.
    pub(crate) fn failed(self, error: Seen<'_>, hop: Hop, scopes: impl FnOnce() -> Snapshot) {
        let causes = causes_of(error);
        let capture = hop.callsite.definition().capture;
        let mut reports = self.into_reports();
        let known = reports.iter().rposition(|report| report.is_in(&causes)).map(|at| reports.remove(at));
        for other in reports {
            other.seal(true);
        }
        if let Some(report) = known {
            report.add_hop(hop);
            hand_up(report);
        } else if capture && let Some(host) = scope::host() {
            let hold = host.hold();
            let report = Arc::new(Report::new(causes, hop, Arc::clone(&hold)));
            let complete = Arc::clone(&report);
            let build = Box::new(move |transaction| event::of_report(&complete, transaction));
            scope::set_last_event_id(report.id);
            host.accept(Item::Held { hold, build, scopes: Box::new(scopes()) });
            hand_up(report);
        }
    }

    fn into_reports(self) -> Vec<Arc<Report>> {
        let mut reports = self.reports;
        if let Some(inbox) = self.inbox {
            reports.extend(inbox.close());
        }
        reports
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
