//! Contexts that are made when somebody asks for them.

use std::cell::{Cell, OnceCell, RefCell};
use std::fmt;
use std::marker::PhantomData;
use std::ptr::NonNull;

use super::{BOUND, Carried, Make, Place, UNMADE, change, is_idle, settle};
use crate::scope::Context;
use crate::trace::log;

/// What a context is made of when somebody asks for it.
pub(crate) trait Seed: 'static {
    /// What there is of it beside the context.
    type Rest;
    /// Whether a transaction is active in it, which is not recorded.
    fn is_quiet(&self) -> bool;
    /// Makes it. Must be ours, and must not look at the running work.
    fn grow(self) -> (Context, Self::Rest);
}

/// A context that is made when somebody asks for it: most work that is served ends before anybody does.
pub(crate) struct Late<S: Seed> {
    /// Until it is made.
    seed: Cell<Option<S>>,
    quiet: bool,
    made: OnceCell<(RefCell<Context>, S::Rest)>,
}

// SAFETY: a shared reference to it gives nothing away; only the thread that runs in it makes it.
unsafe impl<S: Seed + Send> Sync for Late<S> where S::Rest: Send {}

impl<S: Seed> Make for Late<S> {
    fn make(&self) -> &RefCell<Context> {
        let grown = || {
            let grown = self.seed.take().map(S::grow);
            // There is a seed as long as there is nothing that was made of it.
            let (context, rest) = grown.expect("a seed, or what was made of it");
            (RefCell::new(context), rest)
        };
        &self.made.get_or_init(grown).0
    }
}

impl<S: Seed> fmt::Debug for Late<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Late").field("made", &self.made.get().is_some()).finish_non_exhaustive()
    }
}

impl<S: Seed> Late<S> {
    pub(crate) fn new(seed: S) -> Self {
        Self { quiet: seed.is_quiet(), seed: Cell::new(Some(seed)), made: OnceCell::new() }
    }

    /// One that is made now.
    pub(crate) fn made((context, rest): (Context, S::Rest)) -> Self {
        Self { seed: Cell::new(None), quiet: false, made: OnceCell::from((RefCell::new(context), rest)) }
    }

    /// The context and what belongs to it, if it was made.
    pub(crate) fn get_mut(&mut self) -> Option<(&mut Context, &mut S::Rest)> {
        self.made.get_mut().map(|(context, rest)| (context.get_mut(), rest))
    }

    /// What it would have been made of.
    pub(crate) fn seed(&mut self) -> Option<&mut S> {
        self.seed.get_mut().as_mut()
    }

    /// Runs `work` in the context; afterwards the one before is that of the running work again, also when `work` panics.
    #[inline]
    pub(crate) fn carried<R>(&mut self, work: impl FnOnce() -> R) -> R {
        if self.made.get().is_none() {
            settle();
            if is_idle() {
                let _waiting = Waiting::new(self);
                return work();
            }
            self.make();
        }
        let _carried = self.made.get_mut().map(|(context, _)| Carried::new(context));
        work()
    }
}

/// The running work has a context that nobody has asked for yet. Only [`Late::carried`] has it, so it is dropped in time.
struct Waiting<'a> {
    /// The place of the context before, in which no span is active.
    before: Option<Place>,
    quiet: bool,
    borrowed: PhantomData<&'a ()>,
}

impl<'a> Waiting<'a> {
    #[inline]
    fn new<S: Seed>(late: &'a Late<S>) -> Self {
        let unmade: NonNull<dyn Make> = NonNull::from(late);
        UNMADE.set(Some(unmade));
        if late.quiet {
            log::hush();
        }
        Self { before: BOUND.get(), quiet: late.quiet, borrowed: PhantomData }
    }
}

impl Drop for Waiting<'_> {
    #[inline]
    fn drop(&mut self) {
        if UNMADE.take().is_none() {
            // It was made, and is where the thread is.
            change(self.before);
        } else if self.quiet {
            log::unhush();
        }
    }
}
