//! The way back of errors that leave work which was spawned: to the function that spawned it, which may wait for it.

use std::cell::Cell;
use std::mem::ManuallyDrop;
use std::sync::{Arc, Mutex, PoisonError};

use super::Cause;
use super::calls::{MAX_REPORTS, innermost, with_frames, with_stack};
use super::report::ErrorReport;
use super::route::{likest, likest_of_attribute};
#[cfg(any(feature = "actix", feature = "tower"))]
use super::{Seen, causes_of};

thread_local! {
    /// Where errors go that leave the outermost frame: the function that spawned this work. Beside the frames, as it changes
    /// whenever bound work is polled; it is empty when the thread ends, so there is nothing to be dropped then.
    static OUTSIDE: Cell<Option<ManuallyDrop<Arc<Inbox>>>> = const { Cell::new(None) };
}

/// Errors that came back from spawned work and that the function which spawned it has not looked at yet.
#[derive(Debug, Default)]
pub(super) struct Inbox {
    /// `None` once nobody can get the errors any more.
    reports: Mutex<Option<Vec<Arc<ErrorReport>>>>,
}

impl Inbox {
    fn open() -> Self {
        Self { reports: Mutex::new(Some(Vec::new())) }
    }

    /// Takes the report, or gives one back that nobody waits for any more.
    pub(super) fn put(&self, report: Arc<ErrorReport>) -> Option<Arc<ErrorReport>> {
        let mut reports = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(reports) = &mut *reports else { return Some(report) };
        let oldest = (reports.len() == MAX_REPORTS).then(|| reports.remove(0));
        reports.push(report);
        oldest
    }

    /// Takes out the latest report of this error.
    pub(super) fn take(&self, causes: &[Cause]) -> Option<Arc<ErrorReport>> {
        let mut reports = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
        let reports = reports.as_mut()?;
        let at = likest(reports, causes)?;
        Some(reports.remove(at))
    }

    /// The latest report of this error, which stays here.
    pub(super) fn of_attribute(&self, causes: &[Cause]) -> Option<Arc<ErrorReport>> {
        let reports = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
        likest_of_attribute(reports.as_ref()?.iter(), causes)
    }

    /// Takes out all that there is now.
    #[cfg(any(feature = "actix", feature = "tower"))]
    fn empty(&self) -> Vec<Arc<ErrorReport>> {
        let mut reports = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
        reports.as_mut().map(std::mem::take).unwrap_or_default()
    }

    pub(super) fn close(&self) -> Vec<Arc<ErrorReport>> {
        self.reports.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default()
    }
}

pub(super) fn outside() -> Option<Arc<Inbox>> {
    let inbox = OUTSIDE.take();
    let outside = inbox.as_deref().map(Arc::clone);
    OUTSIDE.set(inbox);
    outside
}

/// What is known of why a request was answered as it was.
#[cfg(any(feature = "actix", feature = "tower"))]
#[derive(Clone, Copy)]
pub(crate) enum AnsweredBy<'a> {
    /// The error itself.
    Error(Seen<'a>),
    /// What the error says.
    Text(&'a str),
    /// Nothing.
    Nobody,
}

/// Where work that the running function spawns shall leave its errors; `None` outside of attributed functions.
#[derive(Clone, Debug)]
pub(crate) struct Mailbox(Option<Arc<Inbox>>);

impl Mailbox {
    /// The inbox of the innermost running function.
    pub(crate) fn of_running() -> Self {
        let inbox = with_frames(|frames| {
            let Some(number) = innermost() else { return outside() };
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

    /// For the work of a server: errors that leave its outermost function wait until the request has been answered.
    #[cfg(any(feature = "actix", feature = "tower"))]
    pub(crate) fn of_server() -> Self {
        Self(Some(Arc::new(Inbox::open())))
    }

    /// The request has been answered, or its body has ended: nothing more will be learnt of its errors until now. Says whether
    /// `failure`, by which it was answered, is one of them; if nobody knows by which, whether there were any.
    #[cfg(any(feature = "actix", feature = "tower"))]
    pub(crate) fn answered(&self, failure: AnsweredBy<'_>, handled: bool) -> bool {
        let reports = self.0.as_ref().map(|inbox| inbox.empty()).unwrap_or_default();
        let failed_by = match failure {
            AnsweredBy::Error(failure) => likest(&reports, &causes_of(failure)),
            AnsweredBy::Text(text) => reports.iter().rposition(|report| report.is_told_by(text)),
            AnsweredBy::Nobody => None,
        };
        let is_unknown = matches!(failure, AnsweredBy::Nobody);
        let known = failed_by.is_some() || is_unknown && !reports.is_empty();
        for (at, report) in reports.into_iter().enumerate() {
            // As in functions, whatever else failed was handled; and so was what somebody took care of.
            let is_it = failed_by == Some(at) || is_unknown && !report.by_hand;
            report.seal(handled || !is_it);
        }
        known
    }

    /// The request is over, and nobody waits for its errors any more.
    #[cfg(any(feature = "actix", feature = "tower"))]
    pub(crate) fn close(&self) {
        let reports = self.0.as_ref().map(|inbox| inbox.close()).unwrap_or_default();
        for report in reports {
            report.seal(false);
        }
    }

    /// Runs `work` as if no function were running, with its errors going to this mailbox.
    #[inline]
    pub(crate) fn scoped<R>(&mut self, work: impl FnOnce() -> R) -> R {
        let _opened = Opened::new(self);
        work()
    }

    /// While the mailbox is open, what it took the place of is kept in it.
    #[inline]
    fn exchange(&mut self) {
        let before = OUTSIDE.replace(self.0.take().map(ManuallyDrop::new));
        self.0 = before.map(ManuallyDrop::into_inner);
    }
}

/// The thread works as if no function were running, and errors go to the mailbox.
struct Opened<'a> {
    mailbox: &'a mut Mailbox,
    /// How many functions had nothing to do with the work before.
    base: u32,
}

impl<'a> Opened<'a> {
    #[inline]
    fn new(mailbox: &'a mut Mailbox) -> Self {
        mailbox.exchange();
        let base = with_stack(|stack| stack.base.replace(stack.depth.get()));
        Self { mailbox, base }
    }
}

impl Drop for Opened<'_> {
    #[inline]
    fn drop(&mut self) {
        with_stack(|stack| stack.depth.set(stack.base.replace(self.base)));
        self.mailbox.exchange();
    }
}
