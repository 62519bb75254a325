//! The attributed functions that run on a thread, as plain cells: all that a function touches which does not fail.

use std::cell::Cell;
use std::mem::ManuallyDrop;

use super::Open;
use crate::trace::Callsite;

/// Running functions that have their place on the stack; who is further in keeps them elsewhere.
pub(crate) const NEAR: usize = 32;

pub(crate) struct Stack {
    /// How many functions are running. The number of a frame is how many there were with it.
    pub(crate) depth: Cell<u32>,
    /// How many of them have nothing to do with the work that is being done.
    pub(crate) base: Cell<u32>,
    /// The innermost frame that a report or an inbox belongs to; 0 if there is none.
    pub(crate) last: Cell<u32>,
    /// The running functions, outermost first.
    pub(crate) running: [Running; NEAR],
}

/// One running function.
pub(crate) struct Running {
    pub(crate) callsite: Cell<Option<&'static Callsite>>,
    /// The span of a sync call. Nothing is to be dropped at the thread's end, as that would have to be announced.
    pub(crate) span: Cell<Option<ManuallyDrop<Open>>>,
}

impl Running {
    const fn none() -> Self {
        Self { callsite: Cell::new(None), span: Cell::new(None) }
    }

    #[inline]
    fn has_span(&self) -> bool {
        let span = self.span.take();
        let has = span.is_some();
        self.span.set(span);
        has
    }
}

/// A place for one more frame.
pub(crate) struct Room(u32);

impl Stack {
    pub(super) const fn empty() -> Self {
        Self {
            depth: Cell::new(0),
            base: Cell::new(0),
            last: Cell::new(0),
            running: [const { Running::none() }; NEAR],
        }
    }

    #[inline]
    pub(crate) fn room(&self) -> Option<Room> {
        let depth = self.depth.get();
        ((depth as usize) < NEAR).then_some(Room(depth))
    }

    /// Puts a frame there, with the span of a sync call; returns how many there were before.
    #[inline]
    pub(crate) fn push(&self, Room(depth): Room, callsite: &'static Callsite, span: Option<Open>) -> u32 {
        // It is below that anyway; so the compiler knows.
        let running = &self.running[depth as usize % NEAR];
        running.callsite.set(Some(callsite));
        running.span.set(span.map(ManuallyDrop::new));
        self.depth.set(depth + 1);
        depth
    }

    /// The function of the frame with this number, if it has its place here and no span.
    pub(crate) fn plain(&self, number: u32) -> Option<&'static Callsite> {
        let running = self.running.get((number as usize).wrapping_sub(1))?;
        if running.has_span() { None } else { running.callsite.get() }
    }

    /// Takes off the frame with this number, if it has its place here and nothing belongs to it. Says whether it did.
    #[inline]
    pub(crate) fn pop_plain(&self, number: u32) -> bool {
        let Some(running) = self.running.get((number as usize).wrapping_sub(1)) else { return false };
        if self.last.get() >= number || running.has_span() {
            return false;
        }
        self.depth.set(number - 1);
        true
    }

    /// Takes off the frame with this number, if it has its place here, nothing else belongs to it, and `finish` ends its
    /// span.
    #[inline]
    pub(crate) fn pop<E>(&self, number: u32, finish: impl FnOnce(Open) -> Result<E, Open>) -> Option<E> {
        let running = self.running.get((number as usize).wrapping_sub(1))?;
        if self.last.get() >= number {
            return None;
        }
        match finish(ManuallyDrop::into_inner(running.span.take()?)) {
            Ok(ended) => {
                self.depth.set(number - 1);
                Some(ended)
            }
            Err(span) => {
                running.span.set(Some(ManuallyDrop::new(span)));
                None
            }
        }
    }
}
