//! The addresses of the calls on a thread. The only part of a native stack that the caller pays for.
#![expect(
    unsafe_code,
    reason = "the safe walk waits for a lock that the delivery thread holds while it reads symbols"
)]

use std::sync::atomic::{AtomicUsize, Ordering};

/// Addresses at which the standard library calls `main` or the function of a thread, as far as they have been found.
static STARTS: [AtomicUsize; 64] = [const { AtomicUsize::new(0) }; 64];

/// Longer stacks lose their outermost calls; the server keeps no more than that anyway.
const MOST: usize = 250;

/// Remembers where a thread's own work begins: nobody wants to see what is outside of it, and each step takes its time.
pub(super) fn found_start(address: usize) {
    start_at(address).store(address, Ordering::Relaxed);
}

/// Addresses may mean something else from now on.
#[cfg(elf)]
pub(super) fn forget_starts() {
    for start in &STARTS {
        start.store(0, Ordering::Relaxed);
    }
}

/// Where it is noted whether work begins at an address. Of two that have the same place the later one counts.
fn start_at(address: usize) -> &'static AtomicUsize {
    // The lowest bits of addresses in code are as good as any others.
    &STARTS[address % STARTS.len()]
}

/// The calls on this thread, innermost first, those of the walk itself included. The outermost one is that which starts
/// the work of the thread, if it is known by now.
#[expect(clippy::inline_always, reason = "it would be one more step of the walk")]
#[inline(always)]
pub(super) fn walk() -> Box<[usize]> {
    let mut found = [0; MOST];
    let mut count = 0;
    let take = |frame: &backtrace::Frame| {
        let address = frame.ip().addr();
        found[count] = address;
        count += 1;
        count < MOST && start_at(address).load(Ordering::Relaxed) != address
    };
    // SAFETY: the lock that is not taken guards `dbghelp` of Windows, which is not used here. The unwinder of every
    // other system may run on any number of threads.
    #[cfg(not(windows))]
    unsafe {
        backtrace::trace_unsynchronized(take);
    }
    #[cfg(windows)]
    backtrace::trace(take);
    // The outermost one is no call.
    let count = count - usize::from(count > 0 && found[count - 1] == 0);
    found[..count].into()
}
