//! What reporting an error costs the caller, beside the published crate: `cargo bench -p benches --bench errors`.
//!
//! Both send to a transport that drops what it is given. Times are those that the calling thread works, medians over rounds
//! of some calls; `first` is that of the first call of a round, after a pause. Allocations are those of that thread. `held` is what it leaves behind in memory for an event that waits
//! to be sent: the delivery thread is kept busy meanwhile, or, where the caller itself makes the envelope, that is kept.
//! `-- --instructions` counts instead of timing (needs valgrind): instructions of a call, with and without the SDK.

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::error::Error;
use std::fmt;
use std::hint::black_box;
use std::process::Command;
use std::time::{Duration, Instant};

use rustix::time::{ClockId, clock_gettime};

/// Calls one after the other in a round, after one that finds the caches cold: the caller's are warm then, and delivery keeps
/// up.
const CALLS: u32 = 50;
/// Calls of a case that runs alone.
const ALONE: u64 = 100;
/// Events that wait at a time.
const WAITING: u64 = 32;

thread_local! {
    static ALLOCATED: Cell<Allocated> = const { Cell::new(Allocated { count: 0, bytes: 0, freed: 0 }) };
}

/// What this thread has asked of the allocator.
#[derive(Clone, Copy)]
struct Allocated {
    count: u64,
    bytes: u64,
    freed: u64,
}

struct Counting;

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[expect(unsafe_code, reason = "an allocator is")]
// SAFETY: all of it is the system's allocator's.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(1, layout.size(), 0);
        // SAFETY: the caller keeps the contract, which is the same.
        unsafe { System.alloc(layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(1, size, layout.size());
        // SAFETY: the caller keeps the contract, which is the same.
        unsafe { System.realloc(pointer, layout, size) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        note(0, 0, layout.size());
        // SAFETY: the caller keeps the contract, which is the same.
        unsafe { System.dealloc(pointer, layout) }
    }
}

fn note(count: u64, bytes: usize, freed: usize) {
    let _ = ALLOCATED.try_with(|it| {
        let was = it.get();
        let (bytes, freed) = (was.bytes + bytes as u64, was.freed + freed as u64);
        it.set(Allocated { count: was.count + count, bytes, freed });
    });
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
    /// One whose events wait, until what is given back with it is dropped first.
    start_waiting: fn(stacks: bool) -> [Box<dyn std::any::Any>; 2],
    add_breadcrumbs: fn(),
    route: fn(),
    message: fn(),
}

const PEERS: [Peer; 2] = [
    Peer {
        name: "monitored",
        start: ours::start,
        start_waiting: ours::start_waiting,
        add_breadcrumbs: ours::add_breadcrumbs,
        route: ours::route,
        message: ours::message,
    },
    Peer {
        name: "sentry 0.49",
        start: theirs::start,
        start_waiting: theirs::start_waiting,
        add_breadcrumbs: theirs::add_breadcrumbs,
        route: theirs::route,
        message: theirs::message,
    },
];

struct Case {
    name: &'static str,
    stacks: bool,
    breadcrumbs: bool,
    /// More on the stack, which has 40 then, from `_start` to the function that fails.
    frames: u32,
    work: fn(&Peer) -> fn(),
}

const CASES: [Case; 4] = [
    Case { name: "route of five hops", stacks: false, breadcrumbs: false, frames: 0, work: |it| it.route },
    Case { name: "and 40 native frames", stacks: true, breadcrumbs: false, frames: 23, work: |it| it.route },
    Case { name: "message", stacks: false, breadcrumbs: false, frames: 0, work: |it| it.message },
    Case { name: "message, 100 crumbs", stacks: false, breadcrumbs: true, frames: 0, work: |it| it.message },
];

#[inline(never)]
fn measured(case: &Case, work: fn()) {
    deeper(case.frames, work);
}

fn main() {
    let arguments: Vec<String> = std::env::args().skip(1).filter(|it| it != "--bench").collect();
    match arguments.iter().map(String::as_str).collect::<Vec<_>>().as_slice() {
        ["--alone", case, peer] => alone(case, peer),
        ["--instructions"] => print_instructions(),
        ["--quick"] => print_times(51),
        _ => print_times(201),
    }
}

fn print_times(rounds: usize) {
    println!(
        "{:<22} {:<12} {:>9} {:>9} {:>8} {:>8} {:>8} {:>9}",
        "caller, per call", "", "ns", "first", "allocs", "bytes", "held", "init ms"
    );
    for case in &CASES {
        for peer in &PEERS {
            let held = held(case, peer);
            let begin = Instant::now();
            let client = (peer.start)(case.stacks);
            let init = begin.elapsed().as_secs_f64() * 1e3;
            if case.breadcrumbs {
                (peer.add_breadcrumbs)();
            }
            let Measured { time, first, count, bytes } = measure(case, (case.work)(peer), rounds);
            drop(client);
            let (case, peer) = (case.name, peer.name);
            println!(
                "{case:<22} {peer:<12} {time:>9.0} {first:>9.0} {count:>8} {bytes:>8} {held:>8} {init:>9.3}"
            );
        }
    }
}

/// Counts under callgrind, which starts this program anew for each case.
fn print_instructions() {
    println!("{:<22} {:<12} {:>12}", "caller, per call", "", "instructions");
    let program = std::env::current_exe().expect("a running program has a path");
    for case in &CASES {
        for peer in &PEERS {
            let mut valgrind = Command::new("valgrind");
            valgrind.args(["--tool=callgrind", "--callgrind-out-file=/dev/null"]);
            valgrind.arg("--toggle-collect=*measured*").arg(&program).args(["--alone", case.name, peer.name]);
            let output = valgrind.output().expect("valgrind is there");
            let text = String::from_utf8_lossy(&output.stderr);
            let total =
                text.lines().find_map(|line| line.rsplit_once("Collected : ")?.1.trim().parse::<u64>().ok());
            let each = total.expect("valgrind says how many") / ALONE;
            println!("{:<22} {:<12} {each:>12}", case.name, peer.name);
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
    // Until everything that grows has grown, and everything is known that is found out once.
    (0..ALONE).for_each(|_| deeper(case.frames, (case.work)(peer)));
    std::thread::sleep(Duration::from_secs(1));
    for _ in 0..ALONE {
        measured(case, (case.work)(peer));
    }
}

/// Bytes that the caller leaves behind for an event that waits.
fn held(case: &Case, peer: &Peer) -> u64 {
    let [client, latch] = (peer.start_waiting)(case.stacks);
    if case.breadcrumbs {
        (peer.add_breadcrumbs)();
    }
    let work = (case.work)(peer);
    let call = |calls| (0..calls).for_each(|_| measured(case, work));
    // Those that keep the delivery thread busy, and what they grow.
    call(WAITING);
    std::thread::sleep(Duration::from_millis(100));
    let before = ALLOCATED.get();
    call(WAITING);
    let after = ALLOCATED.get();
    drop(latch);
    drop(client);
    (after.bytes - before.bytes).saturating_sub(after.freed - before.freed) / WAITING
}

/// How long this thread has worked.
fn cpu_time() -> Duration {
    let time = clock_gettime(ClockId::ThreadCPUTime);
    let part = |number: i64| u64::try_from(number).unwrap_or_default();
    Duration::from_secs(part(time.tv_sec)) + Duration::from_nanos(part(time.tv_nsec))
}

/// Of a call: medians over the rounds.
struct Measured {
    /// Nanoseconds.
    time: f64,
    /// Nanoseconds, of the first one after a pause.
    first: f64,
    /// Allocations, and their bytes.
    count: u64,
    bytes: u64,
}

fn measure(case: &Case, work: fn(), rounds: usize) -> Measured {
    let mut times = Vec::with_capacity(rounds);
    let mut firsts = Vec::with_capacity(rounds);
    let mut allocated = Vec::with_capacity(rounds);
    for _ in 0..rounds {
        let begin = cpu_time();
        measured(case, work);
        firsts.push(cpu_time().saturating_sub(begin));
        let before = ALLOCATED.get();
        let begin = cpu_time();
        for _ in 0..CALLS {
            measured(case, work);
        }
        times.push(cpu_time().saturating_sub(begin) / CALLS);
        let after = ALLOCATED.get();
        let calls = u64::from(CALLS);
        allocated.push(((after.count - before.count) / calls, (after.bytes - before.bytes) / calls));
        // What was captured leaves before the next round.
        std::thread::sleep(Duration::from_millis(4));
    }
    let median = |mut times: Vec<Duration>| {
        times.sort_unstable();
        times[rounds / 2].as_secs_f64() * 1e9
    };
    allocated.sort_unstable();
    let (count, bytes) = allocated[rounds / 2];
    Measured { time: median(times), first: median(firsts), count, bytes }
}

mod ours {
    use std::any::Any;
    use std::sync::{Arc, Mutex};

    use sentry::{Breadcrumb, ClientOptions, Envelope, Level, Transport, monitored};

    use super::{OrderError, black_box, failure};

    struct Null;

    impl Transport for Null {
        fn send_envelope(&self, envelope: Envelope) {
            drop(envelope);
        }
    }

    /// Has what is sent wait for as long as its mutex is locked.
    struct Waiting(Arc<Mutex<()>>);

    impl Transport for Waiting {
        fn send_envelope(&self, envelope: Envelope) {
            drop(self.0.lock());
            drop(envelope);
        }
    }

    pub(super) fn start(stacks: bool) -> Box<dyn Any> {
        let options = ClientOptions::new().attach_stacktrace(stacks).transport(Arc::new(Null));
        Box::new(sentry::init(("http://key@127.0.0.1/1", options)))
    }

    pub(super) fn start_waiting(stacks: bool) -> [Box<dyn Any>; 2] {
        let mutex: &'static Arc<Mutex<()>> = Box::leak(Box::default());
        let transport = Arc::new(Waiting(Arc::clone(mutex)));
        let options = ClientOptions::new().attach_stacktrace(stacks).transport(transport);
        let latch = Box::new(mutex.lock().expect("nobody else has it"));
        [Box::new(sentry::init(("http://key@127.0.0.1/1", options))), latch]
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
    use std::sync::{Arc, Mutex};

    use official::{Breadcrumb, ClientOptions, Envelope, Level, Transport};

    use super::{OrderError, black_box, failure};

    struct Null;

    impl Transport for Null {
        fn send_envelope(&self, envelope: Envelope) {
            drop(envelope);
        }
    }

    /// Keeps what is sent, as the queue before a connection does.
    #[derive(Default)]
    struct Waiting(Mutex<Vec<Envelope>>);

    impl Transport for Waiting {
        fn send_envelope(&self, envelope: Envelope) {
            self.0.lock().expect("nobody panics").push(envelope);
        }
    }

    pub(super) fn start(stacks: bool) -> Box<dyn Any> {
        let options = ClientOptions::new().attach_stacktrace(stacks).transport(Arc::new(Null));
        Box::new(official::init(("http://key@127.0.0.1/1", options)))
    }

    pub(super) fn start_waiting(stacks: bool) -> [Box<dyn Any>; 2] {
        let transport = Arc::new(Waiting::default());
        let options = ClientOptions::new().attach_stacktrace(stacks).transport(transport);
        [Box::new(official::init(("http://key@127.0.0.1/1", options))), Box::new(())]
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
