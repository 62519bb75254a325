//! What reporting an error costs the caller, beside the published crate: `cargo bench -p benches --bench errors`.
//!
//! Both send to a transport that drops what it is given. Times are medians over rounds of a few calls; allocations are those
//! of the calling thread. For instructions, one case of one peer runs alone under callgrind:
//!
//! ```text
//! valgrind --tool=callgrind --toggle-collect='*measured*' BINARY "route of five hops" monitored
//! ```
//! prints the sum over [`ALONE`] calls.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::hint::black_box;
use std::time::{Duration, Instant};

const ROUNDS: usize = 201;
/// Calls one after the other in a round: a caller's caches are warm, and delivery keeps up.
const CALLS: u32 = 20;
/// Calls of a case that runs alone.
const ALONE: usize = 100;

thread_local! {
    static ALLOCATED: Cell<(u64, u64)> = const { Cell::new((0, 0)) };
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[expect(unsafe_code, reason = "an allocator is")]
// SAFETY: all of it is the system's allocator's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        let _ = ALLOCATED.try_with(|it| {
            let (count, bytes) = it.get();
            it.set((count + 1, bytes + layout.size() as u64));
        });
        // SAFETY: the caller keeps the contract, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        // SAFETY: the caller keeps the contract, which is the same.
        unsafe { System.dealloc(pointer, layout) }
    }
}

/// An error with a cause.
#[derive(Debug)]
pub(crate) struct OrderError(Cause);

#[derive(Debug)]
struct Cause(u32);

impl fmt::Display for OrderError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("the order could not be placed")
    }
}

impl Error for OrderError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        Some(&self.0)
    }
}

impl fmt::Display for Cause {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "product {} is sold out", self.0)
    }
}

impl Error for Cause {}

pub(crate) fn failure() -> OrderError {
    OrderError(Cause(black_box(7)))
}

/// Calls `work` with that many more frames on the stack.
#[inline(never)]
pub(crate) fn deeper(frames: u32, work: fn()) {
    if frames == 0 {
        work();
    } else {
        deeper(black_box(frames - 1), work);
    }
    black_box(());
}

struct Peer {
    name: &'static str,
    /// A client of this peer, with or without stacks; dropping it ends the client.
    start: fn(stacks: bool) -> Box<dyn std::any::Any>,
    add_breadcrumbs: fn(),
    route: fn(),
    message: fn(),
}

const PEERS: [Peer; 2] = [
    Peer {
        name: "monitored",
        start: ours::start,
        add_breadcrumbs: ours::add_breadcrumbs,
        route: ours::route,
        message: ours::message,
    },
    Peer {
        name: "sentry 0.49",
        start: theirs::start,
        add_breadcrumbs: theirs::add_breadcrumbs,
        route: theirs::route,
        message: theirs::message,
    },
];

struct Case {
    name: &'static str,
    stacks: bool,
    breadcrumbs: bool,
    frames: u32,
    work: fn(&Peer) -> fn(),
}

const CASES: [Case; 4] = [
    Case { name: "route of five hops", stacks: false, breadcrumbs: false, frames: 0, work: |it| it.route },
    Case { name: "and 40 native frames", stacks: true, breadcrumbs: false, frames: 30, work: |it| it.route },
    Case { name: "message", stacks: false, breadcrumbs: false, frames: 0, work: |it| it.message },
    Case { name: "message, 100 crumbs", stacks: false, breadcrumbs: true, frames: 0, work: |it| it.message },
];

#[inline(never)]
fn measured(case: &Case, work: fn()) {
    deeper(case.frames, work);
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    if let [case, peer] = arguments.as_slice() {
        return alone(case, peer);
    }
    println!(
        "{:<22} {:<12} {:>9} {:>8} {:>8} {:>9}",
        "caller, per call", "", "ns", "allocs", "bytes", "init ms"
    );
    for case in &CASES {
        for peer in &PEERS {
            let begin = Instant::now();
            let client = (peer.start)(case.stacks);
            let init = begin.elapsed();
            if case.breadcrumbs {
                (peer.add_breadcrumbs)();
            }
            let (time, count, bytes) = measure(case, (case.work)(peer));
            drop(client);
            let init = init.as_secs_f64() * 1e3;
            println!("{:<22} {:<12} {time:>9.0} {count:>8} {bytes:>8} {init:>9.3}", case.name, peer.name);
        }
    }
}

fn alone(case: &str, peer: &str) {
    let case = CASES.iter().find(|it| it.name == case).expect("a case by this name");
    let peer = PEERS.iter().find(|it| it.name == peer).expect("a peer by this name");
    let _client = (peer.start)(case.stacks);
    if case.breadcrumbs {
        (peer.add_breadcrumbs)();
    }
    for _ in 0..ALONE {
        measured(case, (case.work)(peer));
    }
}

/// Nanoseconds, allocations and bytes of a call: medians over the rounds.
fn measure(case: &Case, work: fn()) -> (f64, u64, u64) {
    let mut times = Vec::with_capacity(ROUNDS);
    let mut allocated = Vec::with_capacity(ROUNDS);
    for _ in 0..ROUNDS {
        let before = ALLOCATED.get();
        let begin = Instant::now();
        for _ in 0..CALLS {
            measured(case, work);
        }
        times.push(begin.elapsed() / CALLS);
        let after = ALLOCATED.get();
        let calls = u64::from(CALLS);
        allocated.push(((after.0 - before.0) / calls, (after.1 - before.1) / calls));
        // What was captured leaves before the next round.
        std::thread::sleep(Duration::from_millis(2));
    }
    times.sort_unstable();
    allocated.sort_unstable();
    let (count, bytes) = allocated[ROUNDS / 2];
    (times[ROUNDS / 2].as_secs_f64() * 1e9, count, bytes)
}

mod ours {
    use std::any::Any;
    use std::sync::Arc;

    use sentry::{Breadcrumb, ClientOptions, Envelope, Level, Transport, monitored};

    use super::{OrderError, black_box, failure};

    struct Null;

    impl Transport for Null {
        fn send_envelope(&self, envelope: Envelope) {
            drop(envelope);
        }
    }

    pub(super) fn start(stacks: bool) -> Box<dyn Any> {
        let options = ClientOptions::new().attach_stacktrace(stacks).transport(Arc::new(Null));
        Box::new(sentry::init(("http://key@127.0.0.1/1", options)))
    }

    pub(super) fn add_breadcrumbs() {
        for number in 0..100 {
            sentry::add_breadcrumb(Breadcrumb { message: Some(number.to_string()), ..Breadcrumb::default() });
        }
    }

    pub(super) fn message() {
        sentry::capture_message("stock is low", Level::Info);
    }

    pub(super) fn route() {
        let _ = black_box(one());
    }

    macro_rules! hops {
        ($($outer:ident => $inner:ident),*) => {$(
            #[monitored]
            #[inline(never)]
            fn $outer() -> Result<u32, OrderError> {
                let number = $inner()?;
                Ok(black_box(number))
            }
        )*};
    }

    hops!(one => two, two => three, three => four, four => five);

    #[monitored]
    #[inline(never)]
    fn five() -> Result<u32, OrderError> {
        Err(failure())
    }
}

/// What one does with the published crate: capture where the error ends up.
mod theirs {
    use std::any::Any;
    use std::sync::Arc;

    use official::{Breadcrumb, ClientOptions, Envelope, Level, Transport};

    use super::{OrderError, black_box, failure};

    struct Null;

    impl Transport for Null {
        fn send_envelope(&self, envelope: Envelope) {
            drop(envelope);
        }
    }

    pub(super) fn start(stacks: bool) -> Box<dyn Any> {
        let options = ClientOptions::new().attach_stacktrace(stacks).transport(Arc::new(Null));
        Box::new(official::init(("http://key@127.0.0.1/1", options)))
    }

    pub(super) fn add_breadcrumbs() {
        for number in 0..100 {
            official::add_breadcrumb(Breadcrumb {
                message: Some(number.to_string()),
                ..Breadcrumb::default()
            });
        }
    }

    pub(super) fn message() {
        official::capture_message("stock is low", Level::Info);
    }

    pub(super) fn route() {
        if let Err(error) = black_box(one()) {
            official::capture_error(&error);
        }
    }

    macro_rules! calls {
        ($($outer:ident => $inner:ident),*) => {$(
            #[inline(never)]
            fn $outer() -> Result<u32, OrderError> {
                let number = $inner()?;
                Ok(black_box(number))
            }
        )*};
    }

    calls!(one => two, two => three, three => four, four => five);

    #[inline(never)]
    fn five() -> Result<u32, OrderError> {
        Err(failure())
    }
}
