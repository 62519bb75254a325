//! The addresses of the calls on a thread. The only part of a native stack that the caller pays for.
//!
//! The system's unwinder reads for each call, each time, how to get to the one before. So the thread that reads symbols
//! notes that too (`steps`), and from then on a walk over known calls is a few loads for each (`quick`).

#[cfg(quick_walk)]
mod quick;
#[cfg(quick_walk)]
mod steps;

use std::sync::atomic::{AtomicUsize, Ordering};

#[cfg(quick_walk)]
pub(super) use steps::{Step, note};

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
pub(super) fn forget() {
    for start in &STARTS {
        start.store(0, Ordering::Relaxed);
    }
    #[cfg(quick_walk)]
    steps::forget();
}

/// Where it is noted whether work begins at an address. Of two that have the same place the later one counts.
fn start_at(address: usize) -> &'static AtomicUsize {
    // The lowest bits of addresses in code are as good as any others.
    &STARTS[address % STARTS.len()]
}

fn is_start(address: usize) -> bool {
    start_at(address).load(Ordering::Relaxed) == address
}

/// Addresses of calls.
struct Found {
    addresses: [usize; MOST],
    count: usize,
}

impl Found {
    /// Adds one; false if that is the last one that anybody wants to have.
    fn add(&mut self, address: usize) -> bool {
        self.addresses[self.count] = address;
        self.count += 1;
        self.count < MOST && !is_start(address)
    }
}

/// The calls on this thread, innermost first, those of the walk itself included. The outermost one is that which starts
/// the work of the thread, if it is known by now.
pub(super) fn walk() -> Box<[usize]> {
    let mut found = Found { addresses: [0; MOST], count: 0 };
    gather(&mut found, true);
    found.addresses[..found.count].into()
}

/// Finds the calls, by what is known of them if that may and can be. Both ways begin in this function.
#[inline(never)]
fn gather(found: &mut Found, may_be_quick: bool) {
    #[cfg(quick_walk)]
    let is_complete = quick::walk(found, may_be_quick);
    #[cfg(not(quick_walk))]
    let is_complete = false & may_be_quick;
    if !is_complete {
        unwind(found);
    }
}

/// The walk of the system's unwinder.
#[expect(
    unsafe_code,
    reason = "the safe walk waits for a lock that the delivery thread holds while it reads symbols"
)]
#[expect(clippy::inline_always, reason = "it would be one more step of the walk")]
#[inline(always)]
fn unwind(found: &mut Found) {
    let take = |frame: &backtrace::Frame| found.add(frame.ip().addr());
    // SAFETY: the lock that is not taken guards `dbghelp` of Windows, which is not used here. The unwinder of every
    // other system may run on any number of threads.
    #[cfg(not(windows))]
    unsafe {
        backtrace::trace_unsynchronized(take);
    }
    #[cfg(windows)]
    backtrace::trace(take);
    // The outermost one is no call.
    if found.count > 0 && found.addresses[found.count - 1] == 0 {
        found.count -= 1;
    }
}

#[cfg(all(test, quick_walk))]
mod tests {
    use std::hint::black_box;
    use std::sync::{Mutex, PoisonError};

    use super::*;
    use crate::errors::native::elf::learn;

    static LEARNING: Mutex<()> = Mutex::new(());

    /// The walk of the unwinder, and that over calls which are known.
    fn both() -> [Box<[usize]>; 2] {
        // The compiler shall not make two calls of it, which return to different places.
        black_box([false, true]).map(|may_be_quick| {
            let mut found = Found { addresses: [0; MOST], count: 0 };
            gather(&mut found, may_be_quick);
            let found: Box<[usize]> = found.addresses[..found.count].into();
            let _one_at_a_time = LEARNING.lock().unwrap_or_else(PoisonError::into_inner);
            learn(&found);
            found
        })
    }

    #[inline(never)]
    fn in_a_large_frame() -> [Box<[usize]>; 2] {
        deep(0, black_box(&[1; 16_000]))
    }

    fn deep(calls: usize, room: &[u8]) -> [Box<[usize]>; 2] {
        match calls {
            0 => both(),
            1 => in_a_large_frame(),
            // One with a closure, and one that catches what unwinds.
            _ if calls.is_multiple_of(3) => {
                std::iter::once(()).map(|()| deep(calls - 1, black_box(room))).next().expect("one")
            }
            _ if calls.is_multiple_of(7) => {
                std::panic::catch_unwind(|| deep(calls - 1, room)).expect("it does not panic")
            }
            _ => black_box(deep(calls - 1, black_box(room))),
        }
    }

    fn check(calls: usize, [slow, quick]: &[Box<[usize]>; 2]) {
        // The unwinder's own calls are left out, so it has not walked.
        assert!(quick.len() > calls && quick.len() < slow.len(), "{} and {}", quick.len(), slow.len());
        assert!(slow.ends_with(&quick[1..]), "{quick:x?} and {slow:x?}");
    }

    #[test]
    fn calls_that_are_known_are_the_same() {
        for calls in [0, 1, 2, 30, 50] {
            check(calls, &deep(calls, &[1]));
            let in_thread = std::thread::spawn(move || deep(calls, &[1]));
            check(calls, &in_thread.join().unwrap());
        }
    }

    #[test]
    fn a_deep_stack_loses_its_outermost_calls() {
        let [slow, quick] = deep(400, &[1]);
        assert_eq!([slow.len(), quick.len()], [MOST; 2]);
    }

    #[test]
    fn calls_through_another_language_are_known_too() {
        extern "C" fn compare(_: *const libc::c_void, _: *const libc::c_void) -> libc::c_int {
            CALLED.with_borrow_mut(|called| *called = Some(both()));
            0
        }
        thread_local! {
            static CALLED: std::cell::RefCell<Option<[Box<[usize]>; 2]>> = const { std::cell::RefCell::new(None) };
        }
        let mut numbers = [2, 1];
        // SAFETY: two numbers of that size, and a function that looks at none.
        #[expect(unsafe_code, reason = "a function in C that calls back")]
        unsafe {
            libc::qsort(numbers.as_mut_ptr().cast(), numbers.len(), size_of::<i32>(), Some(compare));
        }
        check(3, &CALLED.with_borrow_mut(Option::take).expect("it compares"));
    }
}
