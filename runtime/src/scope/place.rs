//! Where the context of the running work lies: with the work, if that is bound to one, else with the thread.
//!
//! What is bound may be polled often, so its context stays where it is, and the thread is told where. This is what the
//! `unsafe` is for: the contexts changed places otherwise, which is 14 ns of a poll, and this is 3 (`cargo bench -p benches
//! --bench scopes`).

#![expect(unsafe_code, reason = "the thread knows the place of what it does not own: see above")]

use std::cell::{Cell, RefCell};
use std::fmt;
use std::marker::PhantomData;
use std::ptr::NonNull;

use super::context::Context;
use crate::trace::log::{self, Mode};

#[cfg(any(feature = "actix", feature = "tower"))]
mod late;

#[cfg(any(feature = "actix", feature = "tower"))]
pub(crate) use late::{Late, Seed};

type Place = NonNull<RefCell<Context>>;

thread_local! {
    /// Where the context of the bound work lies that is running; `None` while none is.
    static BOUND: Cell<Option<Place>> = const { Cell::new(None) };
    /// The context of the work that is running is one that nobody has asked for yet.
    static UNMADE: Cell<Option<NonNull<dyn Make>>> = const { Cell::new(None) };
    static OWN: OfThread = OfThread(RefCell::new(Context::of_new_thread()));
}

/// The context of whatever is not bound. What the thread records into is beside it, in plain cells.
struct OfThread(RefCell<Context>);

impl Drop for OfThread {
    fn drop(&mut self) {
        drop(log::take());
    }
}

/// Runs `look`, which must be ours, on the context of the running work. `None` while there is none any more, or from
/// inside `look`.
pub(super) fn look_at<R>(look: impl FnOnce(&mut Context) -> R) -> Option<R> {
    make_unmade();
    let place = BOUND.get().or_else(of_thread)?;
    // SAFETY: what is in `BOUND` is borrowed by the guard that put it there, until that takes it out again; the thread's
    // own lasts as long as the thread's locals, which are not destroyed while `look` runs.
    let mut context = unsafe { place.as_ref() }.try_borrow_mut().ok()?;
    Some(look(&mut context))
}

fn of_thread() -> Option<Place> {
    OWN.try_with(|own| NonNull::from(&own.0)).ok()
}

/// A context that lies with the work that is bound to it.
pub(crate) struct Portable(RefCell<Context>);

// SAFETY: a shared reference to it gives nothing away.
unsafe impl Sync for Portable {}

impl Portable {
    pub(crate) fn new(context: Context) -> Self {
        Self(RefCell::new(context))
    }

    #[inline]
    pub(crate) fn context(&mut self) -> &mut Context {
        self.0.get_mut()
    }

    /// Runs `work` in the context; afterwards the one before is that of the running work again, also when `work` panics.
    #[inline]
    pub(crate) fn carried<R>(&mut self, work: impl FnOnce() -> R) -> R {
        let _carried = Carried::new(&mut self.0);
        work()
    }
}

impl fmt::Debug for Portable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Portable").finish()
    }
}

/// The context of the running work is one that is borrowed. Only what is called `carried` has it, so it is dropped in time.
struct Carried<'a> {
    before: Option<Place>,
    /// Nothing was recorded before, and nothing was to be.
    idle: bool,
    borrowed: PhantomData<&'a mut RefCell<Context>>,
}

impl<'a> Carried<'a> {
    #[inline]
    fn new(context: &'a mut RefCell<Context>) -> Self {
        settle();
        let idle = is_idle() && context.get_mut().span.is_none();
        let place = Some(NonNull::from(context));
        let before = if idle { BOUND.replace(place) } else { change(place) };
        Self { before, idle, borrowed: PhantomData }
    }
}

impl Drop for Carried<'_> {
    #[inline]
    fn drop(&mut self) {
        if self.idle && is_idle() {
            BOUND.set(self.before);
        } else {
            change(self.before);
        }
    }
}

/// Makes what nobody has asked for yet, as it belongs to the context that is left.
#[inline]
fn settle() {
    log::begin_pending();
    make_unmade();
}

#[inline]
fn make_unmade() {
    if let Some(unmade) = UNMADE.get() {
        make(unmade);
    }
}

#[cold]
fn make(unmade: NonNull<dyn Make>) {
    UNMADE.set(None);
    // SAFETY: it is borrowed by the `Waiting` that put it there, until that takes it out again.
    let made = unsafe { unmade.as_ref() }.make();
    BOUND.set(Some(NonNull::from(made)));
    let made = made.borrow();
    log::put(None, made.span.as_ref());
}

/// A context that nobody has asked for yet.
trait Make {
    /// The context, which is made now if it has not been before.
    fn make(&self) -> &RefCell<Context>;
}

/// Whether the running work has no active span, and so no log.
#[inline]
fn is_idle() -> bool {
    log::mode() == Mode::Idle
}

/// Makes another place that of the running work's context. The log that is here leaves with the context that it belongs to.
#[inline(never)]
fn change(place: Option<Place>) -> Option<Place> {
    look_at(|context| {
        if let Some(span) = &mut context.span {
            span.move_to(log::current());
        }
        context.log = log::take();
    });
    let before = BOUND.replace(place);
    look_at(|context| log::put(context.log.take(), context.span.as_ref()));
    before
}

/// What the sanitizers look at: see CONTRIBUTING.md.
#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    use std::thread;

    use super::*;
    use crate::scope::{self, Scope};
    use crate::trace::{Trace, TraceSettings, TransactionContext};

    /// The tag by which the running work's scope is told from others.
    fn name() -> Option<String> {
        scope::with(|context| {
            context.isolation.read(|data| data.tags.iter().next().map(|(_, name)| name.clone()))
        })
        .flatten()
    }

    fn named(name: &str) -> Portable {
        let mut context = Context::at_the_end();
        context.isolation = Scope::isolation();
        context.isolation.set_tag("name", name);
        Portable::new(context)
    }

    fn recorded(name: &str) -> Portable {
        let settings = TraceSettings { rate: Some(1.0), ..TraceSettings::OFF };
        let mut portable = named(name);
        let root = Trace::start(TransactionContext::new(name, "test"), &settings, None, None);
        portable.context().span = Some(root);
        portable
    }

    #[test]
    fn the_innermost_is_that_of_the_running_work() {
        for make in [named, recorded] {
            let (mut outer, mut inner) = (make("outer"), make("inner"));
            for _ in 0..2 {
                outer.carried(|| {
                    assert_eq!(name().as_deref(), Some("outer"));
                    inner.carried(|| {
                        assert_eq!(name().as_deref(), Some("inner"));
                        assert!(scope::with(|_| scope::with(|_| ())) == Some(None), "from inside");
                    });
                    let panicked = catch_unwind(AssertUnwindSafe(|| {
                        inner.carried(|| std::panic::resume_unwind(Box::new(())));
                    }));
                    assert!(panicked.is_err());
                    assert_eq!(name().as_deref(), Some("outer"));
                });
                assert_eq!(name(), None);
            }
        }
    }

    #[test]
    fn what_is_exchanged_meanwhile_stays_with_the_work() {
        let mut work = named("first");
        let mut other = named("second");
        work.carried(|| scope::exchange(other.context()));
        assert_eq!(name(), None);
        let mut elsewhere = thread::spawn(move || {
            work.carried(|| assert_eq!(name().as_deref(), Some("second")));
            work
        })
        .join()
        .expect("a thread");
        elsewhere.carried(|| scope::exchange(other.context()));
        elsewhere.carried(|| assert_eq!(name().as_deref(), Some("first")));
    }

    #[test]
    fn a_span_is_active_where_its_context_is() {
        let active = || scope::active_span().is_some();
        let (mut with, mut without) = (recorded("with"), named("without"));
        with.carried(|| {
            scope::open_log();
            assert!(active() && log::mode() == Mode::Recording);
            without.carried(|| assert!(!active() && is_idle()));
            assert!(active() && log::mode() == Mode::Recording);
        });
        assert!(!active() && is_idle());
        // One that comes in the middle leaves with its context.
        let root = with.context().span.clone();
        let mut span = root.clone();
        without.carried(|| {
            drop(scope::put_aside(span.take()));
            scope::open_log();
        });
        assert!(!active() && is_idle());
        without.carried(|| assert!(active() && log::mode() == Mode::Recording));
        // A transaction and its logs keep each other until it ends.
        drop(root.and_then(|root| root.finish_transaction(None, None)));
    }
}
