//! The attributed functions that are running on a thread, and the reports that belong to each.
//!
//! Every attributed function has a frame while it runs. A report belongs to the frame of the function that the error
//! was returned to. A frame's reports leave the thread together with the future they belong to.

use std::cell::RefCell;
use std::mem::ManuallyDrop;
use std::num::NonZero;
use std::sync::Arc;

use super::mailbox::Inbox;
use super::probe::Seen;
use super::report::{ErrorReport, Hop};
use super::route::{Stash, hand_up};
use crate::protocol::SpanStatus;
use crate::trace::Callsite;
use crate::trace::log::{self, Ended, NEAR, Open, Stack, Thread};

/// Reports that one frame keeps to recognise its error by. A function that runs forever must not collect forever.
pub(super) const MAX_REPORTS: usize = 64;

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
}

#[derive(Debug)]
pub(super) struct Frames {
    /// The running functions that the stack has no place for.
    far: Vec<Far>,
    /// Reports and the number of the frame each belongs to; those of inner frames stand behind those of outer ones.
    pub(super) reports: Vec<(u32, Arc<ErrorReport>)>,
    /// Where work that a frame has spawned leaves its errors.
    pub(super) inboxes: Vec<(u32, Arc<Inbox>)>,
    /// The error that left the outermost frame last.
    #[cfg(feature = "tracing")]
    pub(super) left: Option<Arc<ErrorReport>>,
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

/// A frame on the thread's stack: its number, from 1, and a mark.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Frame(NonZero<u32>);

/// The mark: the call that the frame is of has more than others.
const MORE: u32 = 1 << 31;

/// The mark: the call began in a destructor that a panic runs.
const IN_DESTRUCTOR: u32 = 1 << 30;

#[inline]
pub(super) fn with_stack<R>(look: impl FnOnce(&Stack) -> R) -> R {
    log::with(|thread| look(&thread.stack))
}

pub(super) fn with_frames<R>(use_them: impl FnOnce(&mut Frames) -> R) -> Option<R> {
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
pub(super) fn innermost() -> Option<u32> {
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

/// The functions that are running on this thread, outermost first.
pub(super) fn running() -> Vec<&'static Callsite> {
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
