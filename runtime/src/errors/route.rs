//! Which attributed functions are running on a thread, and which of their errors are still on their way.
//!
//! Every attributed function has a frame while it runs. A report belongs to the frame of the function that the error
//! was returned to: when that function returns the same error, the report gets one more hop and moves up a frame; when
//! it does not, the error was handled. A frame's reports leave the thread together with the future they belong to.

use std::cell::{Cell, RefCell};
use std::mem::ManuallyDrop;
use std::num::NonZero;
use std::sync::{Arc, Mutex, PoisonError};

use smallvec::{SmallVec, smallvec};

use super::native;
use super::probe::Seen;
use super::report::{Edit, ErrorReport, Hop, Hops, Sent};
use super::{Cause, causes_of, event};
use crate::callback;
use crate::protocol::{Category, Reason, SpanStatus, Uuid};
use crate::scope::{self, Item, Snapshot};
use crate::trace::Callsite;
use crate::trace::log::{self, Ended, NEAR, Open, Stack, Thread};

/// Reports that one frame keeps to recognise its error by. A function that runs forever must not collect forever.
const MAX_REPORTS: usize = 64;

thread_local! {
    static FRAMES: RefCell<Frames> = const {
        RefCell::new(Frames {
            far: Vec::new(),
            reports: Vec::new(),
            inboxes: Vec::new(),
            #[cfg(feature = "tracing")]
            left: None,
        })
    };
    /// Where errors go that leave the outermost frame: the function that spawned this work. Beside the frames, as it changes
    /// whenever bound work is polled; it is empty when the thread ends, so there is nothing to be dropped then.
    static OUTSIDE: Cell<Option<ManuallyDrop<Arc<Inbox>>>> = const { Cell::new(None) };
}

#[derive(Debug)]
struct Frames {
    /// The running functions that the stack has no place for.
    far: Vec<Far>,
    /// Reports and the number of the frame each belongs to; those of inner frames stand behind those of outer ones.
    reports: Vec<(u32, Arc<ErrorReport>)>,
    /// Where work that a frame has spawned leaves its errors.
    inboxes: Vec<(u32, Arc<Inbox>)>,
    /// The error that left the outermost frame last.
    #[cfg(feature = "tracing")]
    left: Option<Arc<ErrorReport>>,
}

impl Frames {
    /// Takes the report of a frame that has no other one, and no inbox. Frames further in have none.
    fn take_only_of(&mut self, number: u32) -> Option<Arc<ErrorReport>> {
        let [others @ .., (owner, _)] = self.reports.as_slice() else { return None };
        let is_below = |owner: Option<u32>| owner.is_none_or(|owner| owner < number);
        let is_only = *owner == number
            && is_below(others.last().map(|(owner, _)| *owner))
            && is_below(self.inboxes.last().map(|(owner, _)| *owner));
        if is_only { self.reports.pop().map(|(_, report)| report) } else { None }
    }
}

/// A running function that the stack has no place for, and the span of its call.
type Far = (&'static Callsite, Option<ManuallyDrop<Open>>);

/// Errors that came back from spawned work and that the function which spawned it has not looked at yet.
#[derive(Debug, Default)]
pub(crate) struct Inbox {
    /// `None` once nobody can get the errors any more.
    reports: Mutex<Option<Vec<Arc<ErrorReport>>>>,
}

impl Inbox {
    fn open() -> Self {
        Self { reports: Mutex::new(Some(Vec::new())) }
    }

    /// Takes the report, or gives one back that nobody waits for any more.
    fn put(&self, report: Arc<ErrorReport>) -> Option<Arc<ErrorReport>> {
        let mut reports = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(reports) = &mut *reports else { return Some(report) };
        let oldest = (reports.len() == MAX_REPORTS).then(|| reports.remove(0));
        reports.push(report);
        oldest
    }

    /// Takes out the latest report of this error.
    fn take(&self, causes: &[Cause]) -> Option<Arc<ErrorReport>> {
        let mut reports = self.reports.lock().unwrap_or_else(PoisonError::into_inner);
        let reports = reports.as_mut()?;
        let at = likest(reports, causes)?;
        Some(reports.remove(at))
    }

    fn close(&self) -> Vec<Arc<ErrorReport>> {
        self.reports.lock().unwrap_or_else(PoisonError::into_inner).take().unwrap_or_default()
    }
}

/// What belongs to one frame while the frame is not on a thread: before it runs, between polls, after it has returned.
#[derive(Debug, Default)]
pub(crate) struct Stash {
    reports: SmallVec<[Arc<ErrorReport>; 1]>,
    inboxes: Vec<Arc<Inbox>>,
}

/// A frame on the thread's stack: its number, from 1, and a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frame(NonZero<u32>);

/// The mark: the call that the frame is of has more than others.
const MORE: u32 = 1 << 31;
/// The mark: the call began in a destructor that a panic runs.
const IN_DESTRUCTOR: u32 = 1 << 30;

#[inline]
fn with_stack<R>(look: impl FnOnce(&Stack) -> R) -> R {
    log::with(|thread| look(&thread.stack))
}

fn with_frames<R>(use_them: impl FnOnce(&mut Frames) -> R) -> Option<R> {
    let with = |frames: &RefCell<Frames>| {
        let mut frames = frames.try_borrow_mut().ok()?;
        let result = use_them(&mut frames);
        let report = frames.reports.last().map_or(0, |(owner, _)| *owner);
        let inbox = frames.inboxes.last().map_or(0, |(owner, _)| *owner);
        with_stack(|stack| stack.last.set(report.max(inbox)));
        Some(result)
    };
    FRAMES.try_with(with).ok().flatten()
}

/// The number of the innermost frame; `None` outside of the functions of this work.
fn innermost() -> Option<u32> {
    with_stack(|stack| Some(stack.depth.get()).filter(|depth| *depth > stack.base.get()))
}

impl Frame {
    #[inline]
    fn number(self) -> u32 {
        self.0.get() & !(MORE | IN_DESTRUCTOR)
    }

    /// The frame as a number.
    #[inline]
    pub(crate) fn bits(self) -> u32 {
        self.0.get()
    }

    /// The frame that is this number; none is 0.
    #[inline]
    pub(crate) fn of_bits(bits: u32) -> Option<Self> {
        NonZero::new(bits).map(Self)
    }

    pub(crate) fn with_more(self) -> Self {
        Self(self.0 | MORE)
    }

    #[inline]
    pub(crate) fn has_more(self) -> bool {
        self.0.get() & MORE != 0
    }

    pub(crate) fn in_destructor(self) -> Self {
        Self(self.0 | IN_DESTRUCTOR)
    }

    pub(crate) fn is_in_destructor(self) -> bool {
        self.0.get() & IN_DESTRUCTOR != 0
    }

    /// The frame without the marks.
    pub(crate) fn alone(self) -> Self {
        NonZero::new(self.number()).map_or(self, Self)
    }

    /// The frame above so many others.
    #[inline]
    pub(crate) fn above(depth: u32) -> Self {
        Self(NonZero::<u32>::MIN.saturating_add(depth))
    }

    /// Puts a frame on the stack, of a call without a span so far.
    #[inline]
    pub(crate) fn enter(thread: &Thread, callsite: &'static Callsite) -> Self {
        let stack = &thread.stack;
        stack
            .room()
            .map_or_else(|| Self::enter_far(callsite), |room| Self::above(stack.push(room, callsite, None)))
    }

    #[cold]
    #[inline(never)]
    fn enter_far(callsite: &'static Callsite) -> Self {
        with_frames(|frames| frames.far.push((callsite, None)));
        with_stack(|stack| {
            let depth = stack.depth.get();
            stack.depth.set(depth + 1);
            Self::above(depth)
        })
    }

    /// Gives the frame a span.
    #[inline]
    pub(crate) fn put_span(self, span: Open) {
        self.with_span(|place| *place = Some(ManuallyDrop::new(span)));
    }

    /// Takes the span out of the frame.
    #[inline]
    pub(crate) fn take_span(self) -> Option<Open> {
        self.with_span(Option::take).flatten().map(ManuallyDrop::into_inner)
    }

    #[inline]
    fn with_span<R>(self, change: impl FnOnce(&mut Option<ManuallyDrop<Open>>) -> R) -> Option<R> {
        let index = self.number() as usize - 1;
        with_stack(|stack| match stack.running.get(index) {
            Some(running) => {
                let mut span = running.span.take();
                let result = change(&mut span);
                running.span.set(span);
                Some(result)
            }
            None => {
                with_frames(|frames| frames.far.get_mut(index - NEAR).map(|(_, span)| change(span))).flatten()
            }
        })
    }

    /// Puts back what belonged to the frame when it left a thread.
    pub(crate) fn unpack(self, stash: &mut Stash) {
        if stash.is_empty() {
            return;
        }
        with_frames(|frames| {
            frames.reports.extend(stash.reports.drain(..).map(|report| (self.number(), report)));
            frames.inboxes.extend(stash.inboxes.drain(..).map(|inbox| (self.number(), inbox)));
        });
    }

    /// Takes the frame off the stack, and says what belongs to it, if anything does.
    #[inline]
    pub(crate) fn leave(self) -> Option<Stash> {
        with_stack(|stack| {
            stack.depth.set(self.number() - 1);
            // As nearly always: nothing has failed.
            if stack.last.get() < self.number() && self.number() as usize <= NEAR {
                None
            } else {
                self.pack()
            }
        })
    }

    /// Takes the frame off the stack, if it has a span that ends in few instructions, and there is nothing else to be done.
    #[inline]
    pub(crate) fn leave_recorded(self, thread: &Thread) -> Option<Ended> {
        thread.stack.pop(self.0.get(), |span| span.finish_fast(thread, SpanStatus::Ok))
    }

    /// Takes the frame off the stack, if it has no span and there is nothing else to be done. Says whether it did.
    #[inline]
    pub(crate) fn leave_plain(self, thread: &Thread) -> bool {
        // With a mark it is beyond those that have their place on the stack.
        thread.stack.pop_plain(self.0.get())
    }

    /// The function whose frame it is.
    pub(crate) fn callsite(self) -> Option<&'static Callsite> {
        let index = self.number() as usize - 1;
        match with_stack(|stack| stack.running.get(index).map(|running| running.callsite.get())) {
            Some(callsite) => callsite,
            None => {
                with_frames(|frames| frames.far.get(index - NEAR).map(|(callsite, _)| *callsite)).flatten()
            }
        }
    }

    /// As nearly always in an outer function: it returns the one error that has come to it, as it came. The report goes
    /// on to the function further out, and the frame is taken off the stack. Gives the hop back if it is otherwise.
    pub(crate) fn pass_on(self, error: Seen<'_>, hop: Hop) -> Option<Hop> {
        let number = self.number();
        let only = with_frames(|frames| frames.take_only_of(number)).flatten();
        let Some(report) = only else { return Some(hop) };
        // The frame still stands while texts are compared, which is the user's code and may call attributed functions.
        let back = report.pass_on(error, hop);
        if back.is_some() {
            with_frames(|frames| frames.reports.push((number, report)));
            return back;
        }
        // What has come to it meanwhile.
        if let Some(others) = self.leave() {
            others.handled();
        }
        hand_up(report);
        None
    }

    /// The function of a frame that has neither a span nor more.
    #[inline]
    pub(crate) fn plain(self) -> Option<&'static Callsite> {
        // With a mark it is beyond those that have their place on the stack.
        with_stack(|stack| stack.plain(self.0.get()))
    }

    #[cold]
    #[inline(never)]
    fn pack(self) -> Option<Stash> {
        let stash = with_frames(|frames| {
            frames.far.truncate((self.number() as usize - 1).saturating_sub(NEAR));
            let mut stash = Stash::default();
            while let Some((_, report)) = frames.reports.pop_if(|(owner, _)| *owner >= self.number()) {
                stash.reports.push(report);
            }
            stash.reports.reverse();
            while let Some((_, inbox)) = frames.inboxes.pop_if(|(owner, _)| *owner >= self.number()) {
                stash.inboxes.push(inbox);
            }
            stash.inboxes.reverse();
            stash
        });
        stash.filter(|stash| !stash.is_empty())
    }
}

impl Stash {
    pub(crate) fn is_empty(&self) -> bool {
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
    #[expect(
        clippy::inline_always,
        reason = "each function on the way to it makes a walk over the stack longer"
    )]
    #[inline(always)]
    pub(crate) fn failed(mut self, error: Seen<'_>, hop: Hop, scopes: impl FnOnce() -> Snapshot) {
        if let Some(hop) = self.pass_on(error, hop) {
            self.failed_otherwise(error, hop, scopes);
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
    fn failed_otherwise(mut self, error: Seen<'_>, hop: Hop, scopes: impl FnOnce() -> Snapshot) {
        let causes = causes_of(error);
        let known = self.take(&causes);
        for other in self.reports.drain(..) {
            other.seal(true);
        }
        hand_up_inboxes(self.inboxes);
        let capture = hop.callsite.captures();
        let ignored = hop.ignored || event::meanings(&causes).any(|meaning| meaning.ignored);
        let (causes, hops) = match known {
            Some(report) => match report.add_hop(hop, causes, error.as_what()) {
                Ok(()) => return hand_up(report),
                // The event has left, and this is the rest of its way or another failure that reads the same. Rather
                // one event too many than one too few.
                Err(all) => *all,
            },
            // Outer functions that return it too shall not capture it either.
            None if ignored => {
                let report = ErrorReport::new(causes, smallvec![hop], Some(error.as_what()));
                return hand_up(report);
            }
            None if capture && !is_task_panic(&causes) => (causes, Hops::from_iter([hop])),
            None => return,
        };
        accept(ErrorReport::new(causes, hops, Some(error.as_what())), error, scopes);
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

fn likest(reports: &[Arc<ErrorReport>], causes: &[Cause]) -> Option<usize> {
    let like = reports.iter().enumerate().filter_map(|(at, report)| Some((report.is_in(causes)?, at)));
    like.max().map(|(_, at)| at)
}

/// Captures an error by hand. If the function that is running returns it afterwards, the report gets the hop.
pub(crate) fn capture_by_hand(error: Seen<'_>) -> Uuid {
    let causes = causes_of(error);
    let ignored = event::meanings(&causes).any(|meaning| meaning.ignored);
    let report = ErrorReport::by_hand(causes);
    if ignored {
        keep(report);
        return Uuid::nil();
    }
    accept(report, error, Snapshot::take)
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

/// Keeps a report as long as more may be learnt of its error.
fn keep(report: Arc<ErrorReport>) {
    if report.by_hand && innermost().is_none() {
        report.seal(true);
    } else {
        hand_up(report);
    }
}

/// Hands a report to the client, to be sent when it is complete, and to the function that the error was returned to.
fn accept(mut report: Arc<ErrorReport>, error: Seen<'_>, scopes: impl FnOnce() -> Snapshot) -> Uuid {
    let Some(host) = scope::host() else { return Uuid::nil() };
    let scopes = scopes();
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
    let stack = host.attaches_stacktrace().then(native::Stack::take);
    report.send(Sent { hold: host.hold(), scopes: Mutex::new(Some(scopes)), stack, edit });
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
fn hand_up(report: Arc<ErrorReport>) {
    let mut report = Some(report);
    let handled = with_frames(|frames| {
        let Some(number) = innermost() else {
            // It leaves the outermost function that we know of.
            let left = report.take()?;
            #[cfg(feature = "tracing")]
            frames.left.replace(Arc::clone(&left));
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

fn outside() -> Option<Arc<Inbox>> {
    let inbox = OUTSIDE.take();
    let outside = inbox.as_deref().map(Arc::clone);
    OUTSIDE.set(inbox);
    outside
}

/// The functions that are running on this thread, outermost first.
pub(crate) fn running() -> Vec<&'static Callsite> {
    with_stack(|stack| {
        let [depth, base] = [&stack.depth, &stack.base].map(|number| number.get() as usize);
        let mut running = Vec::with_capacity(depth.saturating_sub(base));
        let near = stack.running.get(base..depth.min(NEAR)).unwrap_or_default();
        for function in near {
            running.extend(function.callsite.get());
        }
        if depth > NEAR {
            let beyond = base.saturating_sub(NEAR)..depth - NEAR;
            with_frames(|frames| {
                let far = frames.far.get(beyond).unwrap_or_default();
                running.extend(far.iter().map(|(callsite, _)| *callsite));
            });
        }
        running
    })
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

    /// The request has been answered: nothing more will be learnt of its errors. Says whether `failure`, by which it was
    /// answered, is one of them; if nobody knows by which, whether there were any.
    #[cfg(any(feature = "actix", feature = "tower"))]
    pub(crate) fn answered(&self, failure: Option<Seen<'_>>, handled: bool) -> bool {
        let reports = self.0.as_ref().map(|inbox| inbox.close()).unwrap_or_default();
        let known = match failure {
            Some(failure) => likest(&reports, &causes_of(failure)).is_some(),
            None => !reports.is_empty(),
        };
        for report in reports {
            report.seal(handled);
        }
        known
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
