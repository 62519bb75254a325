//! The addresses of the calls on a thread. The only part of a native stack that the caller pays for.
#![expect(
    unsafe_code,
    reason = "the safe walk waits for a lock that the delivery thread holds while it reads symbols"
)]

/// Longer stacks lose their outermost calls; the server keeps no more than that anyway.
const MOST: usize = 250;

/// The calls on this thread, innermost first, those of the walk itself included.
pub(super) fn walk() -> Box<[usize]> {
    let mut found = [0; MOST];
    let mut count = 0;
    let take = |frame: &backtrace::Frame| {
        found[count] = frame.ip().addr();
        count += 1;
        count < MOST
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
