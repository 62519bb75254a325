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

/// What the sanitizers look at: see CONTRIBUTING.md.
#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::thread;

    use super::*;
    use crate::scope::{self, Portable, Scope};
    use crate::trace::log::Mode;
    use crate::trace::{ActiveSpan, Trace, TraceSettings, TransactionContext};

    struct Named {
        name: &'static str,
        quiet: bool,
    }

    impl Seed for Named {
        type Rest = Option<ActiveSpan>;

        fn is_quiet(&self) -> bool {
            self.quiet
        }

        fn grow(self) -> (Context, Option<ActiveSpan>) {
            let mut context = Context::at_the_end();
            context.isolation = Scope::isolation();
            context.isolation.set_tag("name", self.name);
            let described = TransactionContext::new(self.name, "test");
            let root = self.quiet.then(|| Trace::start(described, &TraceSettings::OFF, None, None));
            context.span.clone_from(&root);
            (context, root)
        }
    }

    fn late(name: &'static str, quiet: bool) -> Late<Named> {
        Late::new(Named { name, quiet })
    }

    /// The tag by which the running work's scope is told from others.
    fn name() -> Option<String> {
        scope::with(|context| {
            context.isolation.read(|data| data.tags.iter().next().map(|(_, name)| name.clone()))
        })
        .flatten()
    }

    #[test]
    fn it_is_made_when_somebody_asks_and_stays() {
        for quiet in [false, true] {
            let mode = if quiet { Mode::Quiet } else { Mode::Idle };
            let mut work = late("work", quiet);
            work.carried(|| assert_eq!(log::mode(), mode));
            assert!(work.get_mut().is_none() && work.seed().is_some(), "nobody has asked");
            assert_eq!((log::mode(), name()), (Mode::Idle, None));
            for _ in 0..2 {
                work.carried(|| {
                    assert_eq!(name().as_deref(), Some("work"));
                    assert_eq!((log::mode(), scope::active_span().is_some()), (mode, quiet));
                });
                assert_eq!((log::mode(), name()), (Mode::Idle, None));
            }
            assert!(work.get_mut().is_some_and(|(_, root)| root.is_some() == quiet) && work.seed().is_none());
            // It goes on elsewhere.
            let elsewhere = move || work.carried(|| assert_eq!(name().as_deref(), Some("work")));
            thread::spawn(elsewhere).join().expect("a thread");
        }
    }

    #[test]
    fn what_is_outside_is_made_before_what_is_inside() {
        for quiet in [false, true] {
            let (mut outer, mut inner) = (late("outer", quiet), late("inner", true));
            outer.carried(|| {
                inner.carried(|| assert_eq!(name().as_deref(), Some("inner")));
                assert_eq!(name().as_deref(), Some("outer"));
                let mut bound = Portable::new(Context::at_the_end());
                bound.carried(|| assert_eq!(name(), None));
                assert_eq!(name().as_deref(), Some("outer"));
            });
            assert_eq!((log::mode(), name()), (Mode::Idle, None));
        }
        // One that nobody asks for inside of a recorded transaction.
        let settings = TraceSettings { rate: Some(1.0), ..TraceSettings::OFF };
        let root = Trace::start(TransactionContext::new("recorded", "test"), &settings, None, None);
        let mut outer = Portable::new(Context::at_the_end());
        outer.context().span = Some(root.clone());
        outer.carried(|| {
            scope::open_log();
            late("inner", true).carried(|| assert_eq!(log::mode(), Mode::Quiet));
            assert_eq!(log::mode(), Mode::Recording);
        });
        drop(root.finish_transaction(None, None));
    }

    #[test]
    fn a_panic_leaves_everything_as_it_was() {
        for asks in [false, true] {
            let mut work = late("work", true);
            let panicked = catch_unwind(AssertUnwindSafe(|| {
                work.carried(|| {
                    assert_eq!(asks.then(name).flatten().as_deref(), asks.then_some("work"));
                    std::panic::resume_unwind(Box::new(()));
                });
            }));
            assert!(panicked.is_err());
            assert_eq!((log::mode(), name()), (Mode::Idle, None));
            assert_eq!(work.get_mut().is_some(), asks);
        }
    }
}
