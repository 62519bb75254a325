//! What scopes cost the caller, beside the published crate: `cargo bench -p benches --bench scopes`.
//!
//! Times are medians over rounds, with the rounds of both peers by turns. Allocations are those of the calling thread in a
//! call, on average. The crumb alone is what the caller makes, without a word to any SDK: what an SDK adds to it is the
//! difference.
//!
//! For instructions, one case of one peer runs alone under callgrind:
//!
//! ```text
//! valgrind --tool=callgrind --toggle-collect='*measured*' BINARY "a breadcrumb" monitored
//! ```
//! prints the sum over [`CALLS`] calls.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::future::Future;
use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};
use std::time::Instant;

const ROUNDS: usize = 101;
const CALLS: u32 = 2000;

thread_local! {
    static ALLOCATED: Cell<u64> = const { Cell::new(0) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[expect(unsafe_code, reason = "an allocator is")]
// SAFETY: all of it is the system's allocator's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = ALLOCATED.try_with(|it| it.set(it.get() + 1));
        // SAFETY: the caller keeps the contract, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract, which is the same.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        let _ = ALLOCATED.try_with(|it| it.set(it.get() + 1));
        // SAFETY: the caller keeps the contract, which is the same.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// Is never done.
struct Endless;

impl Future for Endless {
    type Output = ();

    fn poll(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        black_box(Poll::Pending)
    }
}

/// Polls a future so many times.
#[inline(never)]
fn poll(mut future: Pin<&mut impl Future>, times: u32) {
    let mut context = Context::from_waker(Waker::noop());
    for _ in 0..times {
        let _ = black_box(future.as_mut().poll(&mut context).is_ready());
    }
}

/// The same operations with each crate.
macro_rules! peer {
    ($name:ident, $crate_:ident, $isolate:expr, $bind:expr) => {
        mod $name {
            use std::any::Any;
            use std::sync::Arc;

            use $crate_::{Breadcrumb, ClientOptions, Envelope, Transport};

            use super::black_box;

            struct Null;

            impl Transport for Null {
                fn send_envelope(&self, envelope: Envelope) {
                    drop(envelope);
                }
            }

            pub(super) fn start() -> Box<dyn Any> {
                let options = ClientOptions::new().transport(Arc::new(Null));
                Box::new($crate_::init(("http://key@127.0.0.1/1", options)))
            }

            fn crumb() -> Breadcrumb {
                Breadcrumb { message: Some("cache miss".to_owned()), ..Breadcrumb::default() }
            }

            pub(super) fn hold(tags: usize, breadcrumbs: usize) {
                $crate_::configure_scope(|scope| scope.clear());
                for number in 0..tags {
                    $crate_::configure_scope(|scope| scope.set_tag(&format!("tag-{number}"), number));
                }
                for _ in 0..breadcrumbs {
                    $crate_::add_breadcrumb(crumb());
                }
            }

            pub(super) fn set_tag(times: u32) {
                for _ in 0..times {
                    $crate_::configure_scope(|scope| scope.set_tag("tag-0", black_box("value")));
                }
            }

            pub(super) fn crumbs_alone(times: u32) {
                for _ in 0..times {
                    drop(black_box(crumb()));
                }
            }

            pub(super) fn add_breadcrumb(times: u32) {
                for _ in 0..times {
                    $crate_::add_breadcrumb(crumb);
                }
            }

            pub(super) fn isolate(times: u32) {
                for _ in 0..times {
                    $isolate(|| $crate_::add_breadcrumb(crumb));
                }
            }

            pub(super) fn poll_bound(times: u32) {
                super::poll(super::pin!($bind(super::Endless)), times);
            }
        }
    };
}

peer!(ours, sentry, |work: fn()| sentry::with_isolation_scope(|_| (), work), sentry::bind);
peer!(
    theirs,
    official,
    |work: fn()| official::Hub::run(Arc::new(official::Hub::new_from_top(official::Hub::current())), work),
    |future| official::SentryFutureExt::bind_hub(
        future,
        official::Hub::new_from_top(official::Hub::current())
    )
);

fn poll_alone(times: u32) {
    poll(pin!(Endless), times);
}

struct Case {
    name: &'static str,
    tags: usize,
    breadcrumbs: usize,
    ours: fn(u32),
    theirs: fn(u32),
}

const CASES: [Case; 8] = [
    Case { name: "set_tag, 1 held", tags: 1, breadcrumbs: 0, ours: ours::set_tag, theirs: theirs::set_tag },
    Case { name: "set_tag, 20 held", tags: 20, breadcrumbs: 0, ours: ours::set_tag, theirs: theirs::set_tag },
    Case {
        name: "a crumb alone",
        tags: 0,
        breadcrumbs: 0,
        ours: ours::crumbs_alone,
        theirs: theirs::crumbs_alone,
    },
    Case {
        name: "a breadcrumb",
        tags: 0,
        breadcrumbs: 100,
        ours: ours::add_breadcrumb,
        theirs: theirs::add_breadcrumb,
    },
    Case {
        name: "a request, 100 crumbs",
        tags: 0,
        breadcrumbs: 100,
        ours: ours::isolate,
        theirs: theirs::isolate,
    },
    Case { name: "and 20 tags", tags: 20, breadcrumbs: 100, ours: ours::isolate, theirs: theirs::isolate },
    Case { name: "a poll alone", tags: 0, breadcrumbs: 0, ours: poll_alone, theirs: poll_alone },
    Case {
        name: "a poll, bound",
        tags: 1,
        breadcrumbs: 0,
        ours: ours::poll_bound,
        theirs: theirs::poll_bound,
    },
];

#[inline(never)]
fn measured(work: fn(u32), times: u32) {
    work(times);
    black_box(());
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    let (_ours, _theirs) = (ours::start(), theirs::start());
    if let [case, peer] = arguments.as_slice() {
        let case = CASES.iter().find(|it| it.name == case).expect("a case by this name");
        prepare(case);
        let work = if peer == "monitored" { case.ours } else { case.theirs };
        work(CALLS);
        return measured(work, CALLS);
    }
    println!(
        "{:<24} {:>10} {:>8} {:>12} {:>8}",
        "caller, per call", "monitored", "allocs", "sentry 0.49", "allocs"
    );
    for case in &CASES {
        prepare(case);
        let mut rounds = [Vec::with_capacity(ROUNDS), Vec::with_capacity(ROUNDS)];
        let mut allocated = [0.0; 2];
        for _ in 0..ROUNDS {
            for (peer, work) in [case.ours, case.theirs].into_iter().enumerate() {
                let before = ALLOCATED.get();
                let begin = Instant::now();
                measured(work, CALLS);
                rounds[peer].push(begin.elapsed().as_secs_f64() * 1e9 / f64::from(CALLS));
                let count = u32::try_from(ALLOCATED.get() - before).unwrap_or(u32::MAX);
                allocated[peer] = f64::from(count) / f64::from(CALLS);
            }
        }
        let [ours, theirs] = rounds.map(|mut rounds| {
            rounds.sort_by(f64::total_cmp);
            rounds[ROUNDS / 2]
        });
        let [our_allocations, their_allocations] = allocated;
        println!(
            "{:<24} {ours:>7.1} ns {our_allocations:>8.2} {theirs:>9.1} ns {their_allocations:>8.2}",
            case.name
        );
    }
}

fn prepare(case: &Case) {
    ours::hold(case.tags, case.breadcrumbs);
    theirs::hold(case.tags, case.breadcrumbs);
}
