//! A walk over calls that are known: for each of them two loads from the stack.
#![expect(unsafe_code, reason = "it reads the stack below itself; 40 calls take 0.2 µs instead of 5")]

use std::arch::asm;
use std::cell::Cell;
use std::mem::MaybeUninit;
use std::ops::Range;

use super::Found;
use super::steps::{self, Step};

const WORD: usize = size_of::<usize>();

thread_local! {
    /// Where this thread's stack is; empty until somebody asks.
    static STACK: Cell<(usize, usize)> = const { Cell::new((0, 0)) };
}

/// Finds all calls, the first one an address in its caller; or, if it may not or gets to one that it does not know, only
/// that first one.
#[expect(
    clippy::inline_always,
    reason = "the unwinder's walk begins in the same function, and finds the same callers"
)]
#[inline(always)]
pub(super) fn walk(found: &mut Found, may_go_on: bool) -> bool {
    let (address, stack_pointer, frame_pointer): (usize, usize, usize);
    // SAFETY: three registers are read, and nothing else.
    unsafe {
        asm!(
            "lea {}, [rip]",
            "mov {}, rsp",
            "mov {}, rbp",
            out(reg) address,
            out(reg) stack_pointer,
            out(reg) frame_pointer,
            options(nomem, nostack, preserves_flags)
        );
    }
    // Whoever reads symbols notes how to get from here to the caller.
    found.add(address);
    let is_complete = may_go_on && follow(found, Frame { address, stack_pointer, base: frame_pointer });
    if !is_complete {
        found.count = 1;
    }
    is_complete
}

/// The registers of a function that has called another one.
struct Frame {
    address: usize,
    stack_pointer: usize,
    /// The frame pointer; of code without one, whatever it has put there.
    base: usize,
}

/// Adds all calls outside of this one; false if it gets to one that it does not know.
fn follow(found: &mut Found, mut frame: Frame) -> bool {
    let stack = stack();
    // On a stack that somebody else has made, the system's unwinder may know more.
    if !stack.contains(&frame.stack_pointer) {
        return false;
    }
    loop {
        let Some(step) = steps::at(frame.address) else { return false };
        let Step::Out { from_frame_pointer, to_end, frame_pointer } = step else { return true };
        let base = if from_frame_pointer { frame.base } else { frame.stack_pointer };
        let end = base.wrapping_add(to_end);
        // What is known may be of a library that is gone, and the frame pointer anything; but the stack is there.
        let used = frame.stack_pointer..end;
        let read = |before_end: usize| {
            let place = end.wrapping_sub(before_end);
            let is_inside = end <= stack.end && used.contains(&place) && place % WORD == 0;
            is_inside.then(|| load(place))
        };
        let Some(address) = read(WORD) else { return false };
        if frame_pointer > 0 {
            let Some(kept) = read(frame_pointer) else { return false };
            frame.base = kept;
        }
        if address == 0 {
            return true;
        }
        if !found.add(address) {
            return true;
        }
        frame = Frame { address, stack_pointer: end, ..frame };
    }
}

/// The word at a place in the part of this thread's stack that is in use.
fn load(place: usize) -> usize {
    let word;
    // SAFETY: it reads one word of memory that this thread has, whatever Rust knows about it.
    unsafe {
        asm!("mov {}, [{}]", out(reg) word, in(reg) place, options(readonly, nostack, preserves_flags));
    }
    word
}

/// Where this thread's stack is; nowhere if the system does not say.
fn stack() -> Range<usize> {
    let known = STACK.get();
    if known.1 != 0 {
        return known.0..known.1;
    }
    let found = ask_for_stack().unwrap_or_default();
    STACK.set(found);
    found.0..found.1
}

#[cold]
fn ask_for_stack() -> Option<(usize, usize)> {
    let mut attributes = MaybeUninit::<libc::pthread_attr_t>::uninit();
    let mut start = std::ptr::null_mut();
    let mut size = 0;
    // SAFETY: the attributes are those of this very thread, are read only after they have been written, and are given back.
    let failed = unsafe {
        if libc::pthread_getattr_np(libc::pthread_self(), attributes.as_mut_ptr()) != 0 {
            return None;
        }
        let failed = libc::pthread_attr_getstack(attributes.as_ptr(), &raw mut start, &raw mut size);
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        failed
    };
    let start = start.addr();
    (failed == 0).then(|| (start, start.saturating_add(size)))
}
