//! Which errors are still on their way, and which have ended it.
//!
//! When a function returns the error that was returned to it, the report gets one more hop and moves up a frame; when it
//! does not, the error was handled.

use std::sync::Arc;

use smallvec::{SmallVec, smallvec};

use super::calls::{MAX_REPORTS, innermost, with_frames};
use super::mailbox::{Inbox, outside};
use super::native;
use super::probe::Seen;
#[cfg(feature = "tracing")]
use super::report::remembers_reports;
use super::report::{Edit, ErrorReport, Hop, Sent};
use super::{Cause, causes_of, event};
use crate::callback;
use crate::protocol::{Category, Reason, Uuid};
use crate::scope::{self, Item, Snapshot};

/// What belongs to one frame while the frame is not on a thread: before it runs, between polls, after it has returned.
#[derive(Debug, Default)]
pub(crate) struct Stash {
    pub(super) reports: SmallVec<[Arc<ErrorReport>; 1]>,
    pub(super) inboxes: Vec<Arc<Inbox>>,
}

impl Stash {
    pub(crate) fn is_empty(&self) -> bool {
        self.reports.is_empty() && self.inboxes.is_empty()
    }

    /// The function returned without these errors.
    pub(crate) fn handled(self) {
        if self.is_empty() {
            return;
        }
        for report in self.reports {
            report.seal(true);
        }
        hand_up_inboxes(self.inboxes);
    }

    /// The function did not return: a panic ends it, or its future was dropped. Whether its errors are handled is for those
    /// further out to say.
    pub(crate) fn given_up(self) {
        self.reports.into_iter().for_each(keep);
        hand_up_inboxes(self.inboxes);
    }

    /// The function returned this error: the report of it moves up, or a new one is made. The other ones were handled.
    #[expect(
        clippy::inline_always,
        reason = "each function on the way to it makes a walk over the stack longer"
    )]
    #[inline(always)]
    pub(crate) fn failed(mut self, error: Seen<'_>, hop: Hop, take_up: impl FnOnce(&mut Snapshot)) {
        if let Some(hop) = self.pass_on(error, hop) {
            self.failed_otherwise(error, hop, take_up);
        }
    }

    /// As nearly always in an outer function: there is one error, and it goes on as it came. Gives the hop back if it is
    /// otherwise.
    fn pass_on(&mut self, error: Seen<'_>, hop: Hop) -> Option<Hop> {
        let ([report], []) = (self.reports.as_slice(), self.inboxes.as_slice()) else { return Some(hop) };
        let back = report.pass_on(error, hop);
        if back.is_none() {
            self.reports.pop().into_iter().for_each(hand_up);
        }
        back
    }

    #[inline(never)]
    fn failed_otherwise(mut self, error: Seen<'_>, hop: Hop, take_up: impl FnOnce(&mut Snapshot)) {
        let causes = causes_of(error);
        let known = self.take(&causes);
        for other in self.reports.drain(..) {
            other.seal(true);
        }
        hand_up_inboxes(self.inboxes);
        let capture = hop.callsite.captures();
        let ignored = hop.is_ignored() || event::meanings(&causes).any(|meaning| meaning.ignored);
        let came_as = Some(error.as_what());
        let report = match known {
            Some(report) => match report.add_hop(hop, causes, error.as_what()) {
                Ok(()) => return hand_up(report),
                // The event has left, and this is the rest of its way or another failure that reads the same. Rather
                // one event too many than one too few.
                Err(all) => ErrorReport::new(all.0, all.1, came_as),
            },
            None if !ignored && (!capture || is_task_panic(&causes)) => return,
            None => ErrorReport::new(causes, smallvec![hop], came_as),
        };
        if ignored {
            // Outer functions that return it too shall not capture it either.
            hand_up(report);
        } else {
            accept(report, error, take_up);
        }
    }

    /// Finds the latest report of this error, among those of the functions that were called and of the work that was
    /// spawned; of several that read the same, the one whose error is in the same place.
    fn take(&mut self, causes: &[Cause]) -> Option<Arc<ErrorReport>> {
        let called = likest(&self.reports, causes);
        called
            .map(|at| self.reports.remove(at))
            .or_else(|| self.inboxes.iter().rev().find_map(|inbox| inbox.take(causes)))
    }
}

pub(super) fn likest(reports: &[Arc<ErrorReport>], causes: &[Cause]) -> Option<usize> {
    let like = reports.iter().enumerate().filter_map(|(at, report)| Some((report.is_in(causes)?, at)));
    like.max().map(|(_, at)| at)
}

/// Captures an error by hand. If the function that is running returns it afterwards, the report gets the hop. If it is one
/// that an attributed function has returned to it, that is an event already, and gets what the scope says here.
pub(crate) fn capture_by_hand(error: Seen<'_>) -> Uuid {
    let causes = causes_of(error);
    if let Some(id) = add_to_returned(&causes) {
        return id;
    }
    let ignored = event::meanings(&causes).any(|meaning| meaning.ignored);
    let report = ErrorReport::by_hand(causes);
    if ignored {
        keep(report);
        return Uuid::nil();
    }
    let id = accept(report, error, |scopes| scopes.take_up_here(None));
    scope::note_failure();
    id
}

/// Tells of an error by its text, if an attributed function has returned it to the one that runs here: its event gets what
/// the scope says here.
#[cfg(feature = "tracing")]
pub(crate) fn is_told_again(error: Seen<'_>) -> bool {
    add_to_returned(&causes_of(error)).is_some()
}

fn add_to_returned(causes: &[Cause]) -> Option<Uuid> {
    let report = returned_here(causes).filter(|report| report.add_scope(Snapshot::take()))?;
    scope::set_last_event_id(report.id);
    Some(report.id)
}

/// The latest report of this error that came to the running function, or to the request that is served here.
fn returned_here(causes: &[Cause]) -> Option<Arc<ErrorReport>> {
    let found = with_frames(|frames| {
        let Some(number) = innermost() else { return outside()?.of_attribute(causes) };
        let own = frames.reports.iter().filter(|(owner, _)| *owner == number).map(|(_, report)| report);
        likest_of_attribute(own, causes).or_else(|| {
            let inboxes = frames.inboxes.iter().filter(|(owner, _)| *owner == number);
            inboxes.rev().find_map(|(_, inbox)| inbox.of_attribute(causes))
        })
    });
    found.flatten()
}

/// The latest report of this error that an attributed function has made, and that nobody has captured by hand since.
pub(super) fn likest_of_attribute<'a>(
    reports: impl Iterator<Item = &'a Arc<ErrorReport>>,
    causes: &[Cause],
) -> Option<Arc<ErrorReport>> {
    let reports = reports.filter(|report| report.is_of_attribute());
    let like = reports.filter_map(|report| Some((report.is_in(causes)?, report)));
    like.max_by_key(|(likeness, _)| *likeness).map(|(_, report)| Arc::clone(report))
}

/// Whether an attributed function that this thread has just left has returned this error: it is reported then. `since`
/// is the serial of the first report that may be it.
#[cfg(feature = "tracing")]
pub(crate) fn is_reported(error: Seen<'_>, since: u64) -> bool {
    let causes = causes_of(error);
    let is_it = |report: &Arc<ErrorReport>| report.serial >= since && report.is_in(&causes).is_some();
    let found = with_frames(|frames| {
        // What has left all functions is told once; what is on its way is still to be recognised by them.
        let left = frames.left.take_if(|report| is_it(report));
        let known = left.is_some() || frames.reports.iter().any(|(_, report)| is_it(report));
        (known, left)
    });
    // A report that is dropped may end here, outside of the borrow.
    found.is_some_and(|(known, _left)| known)
}

/// Keeps a report as long as more may be learnt of its error: nobody returns what was captured by hand outside of all
/// functions and requests.
fn keep(report: Arc<ErrorReport>) {
    if report.by_hand && innermost().is_none() && outside().is_none() {
        report.seal(true);
    } else {
        hand_up(report);
    }
}

/// Hands a report to the client, to be sent when it is complete, and to the function that the error was returned to.
/// `take_up` takes up the scopes that it was captured in.
fn accept(mut report: Arc<ErrorReport>, error: Seen<'_>, take_up: impl FnOnce(&mut Snapshot)) -> Uuid {
    let Some(host) = scope::host() else { return Uuid::nil() };
    let mut scopes = Snapshot::empty();
    take_up(&mut scopes);
    let mut edit = None;
    if let Some(callback) = host.before_send_with_hint() {
        let before = event::so_far(&report, &report.progress(), scopes.transaction_name());
        let hook = "before_send_with_hint";
        let seen = |event| callback(event, &error.hint());
        match callback::kept("event", hook, Reason::BeforeSend, before.clone(), seen) {
            Ok(after) => edit = Some(Box::new(Edit { before, after })),
            Err(reason) => {
                host.dropped(reason, &[(Category::Error, 1)]);
                keep(report);
                return Uuid::nil();
            }
        }
    }
    // The callback has not seen it: names are found on the delivery thread.
    let stack = host.attaches_stacktrace().then(|| Box::new(native::Stack::take()));
    report.send(Sent::new(host.hold(), scopes, stack, edit));
    let id = report.id;
    scope::set_last_event_id(id);
    let accepted = host.accept(Item::Held(Arc::clone(&report) as _));
    keep(report);
    if accepted { id } else { Uuid::nil() }
}

/// The error of a task that panicked: the panic is an event already.
fn is_task_panic(causes: &[Cause]) -> bool {
    causes.iter().any(|cause| cause.is_of("tokio::", "::JoinError") && cause.value.contains("panicked"))
}

/// Work may outlive the function that spawned it, and be waited for by the one that called that.
fn hand_up_inboxes(inboxes: Vec<Arc<Inbox>>) {
    if inboxes.is_empty() {
        return;
    }
    let closed = with_frames(|frames| {
        let Some(number) = innermost() else { return inboxes };
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
pub(super) fn hand_up(report: Arc<ErrorReport>) {
    let mut report = Some(report);
    let handled = with_frames(|frames| {
        let Some(number) = innermost() else {
            // It leaves the outermost function that we know of.
            let left = report.take()?;
            #[cfg(feature = "tracing")]
            if remembers_reports() {
                frames.left.replace(Arc::clone(&left));
            }
            report = match outside() {
                Some(outside) => outside.put(left),
                None => Some(left),
            };
            return None;
        };
        frames.reports.push((number, report.take()?));
        if frames.reports.len() <= MAX_REPORTS {
            return None;
        }
        let first = frames.reports.iter().position(|(owner, _)| *owner == number)?;
        if frames.reports.len() - first > MAX_REPORTS {
            // The function keeps running although it got this one long ago.
            report = Some(frames.reports.remove(first).1);
        }
        Some(true)
    });
    // Sealed out here: it wakes the delivery thread. At the end of the thread nobody can take it.
    if let Some(report) = report {
        report.seal(handled.flatten().unwrap_or(false));
    }
}
