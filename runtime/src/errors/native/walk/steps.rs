//! How to get from a call to the one that it returns to, by the address of the former. One thread notes, all look up, and
//! nobody waits.

use std::sync::atomic::{AtomicUsize, Ordering, fence};

/// Calls that can be known. Of two that have the same place the later one counts.
const PLACES: usize = 4096;
/// A word of the stack, in bytes.
const WORD: usize = size_of::<usize>();

static STEPS: [Place; PLACES] =
    [const { Place { address: AtomicUsize::new(0), step: AtomicUsize::new(0) } }; PLACES];

/// What is known of one call. While it is changed it has no address.
struct Place {
    address: AtomicUsize,
    step: AtomicUsize,
}

/// The way from one frame to the one outside of it. A frame ends where the stack pointer was before the call, and the
/// return address is the last word in it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::errors::native) enum Step {
    /// Nobody called.
    Last,
    Out {
        /// What the end of the frame is counted from: the frame pointer, else the stack pointer.
        from_frame_pointer: bool,
        /// The distance in bytes.
        to_end: usize,
        /// How far before the end the frame pointer of the caller is kept, in bytes; 0 if it is the same.
        frame_pointer: usize,
    },
}

impl Step {
    const LAST: usize = 1;
    const FROM_FRAME_POINTER: usize = 2;
    const DISTANCE: u32 = 8;
    const FRAME_POINTER: u32 = 40;

    /// In one word; `None` if the numbers are too large or no multiples of words.
    fn packed(self) -> Option<usize> {
        let Self::Out { from_frame_pointer, to_end, frame_pointer } = self else { return Some(Self::LAST) };
        let words = |bytes: usize, most: u32| {
            (bytes.is_multiple_of(WORD) && bytes / WORD < 1 << most).then_some(bytes / WORD)
        };
        let to_end = words(to_end, Self::FRAME_POINTER - Self::DISTANCE)?;
        let frame_pointer = words(frame_pointer, usize::BITS - Self::FRAME_POINTER)?;
        let from = if from_frame_pointer { Self::FROM_FRAME_POINTER } else { 0 };
        Some(from | to_end << Self::DISTANCE | frame_pointer << Self::FRAME_POINTER)
    }

    fn unpacked(packed: usize) -> Self {
        if packed & Self::LAST != 0 {
            return Self::Last;
        }
        let distance = packed >> Self::DISTANCE & ((1 << (Self::FRAME_POINTER - Self::DISTANCE)) - 1);
        Self::Out {
            from_frame_pointer: packed & Self::FROM_FRAME_POINTER != 0,
            to_end: distance * WORD,
            frame_pointer: (packed >> Self::FRAME_POINTER) * WORD,
        }
    }
}

fn place(address: usize) -> &'static Place {
    // The upper bits of the product depend on all of the address.
    let mixed = address.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (usize::BITS - PLACES.ilog2());
    &STEPS[mixed % PLACES]
}

/// The way out of the call that returns to `address`.
#[inline]
pub(super) fn at(address: usize) -> Option<Step> {
    let place = place(address);
    if place.address.load(Ordering::Acquire) != address {
        return None;
    }
    let step = place.step.load(Ordering::Relaxed);
    // It may have become that of another one just now.
    fence(Ordering::Acquire);
    (place.address.load(Ordering::Relaxed) == address).then(|| Step::unpacked(step))
}

/// Notes the way out of a call. Only one thread at a time may.
pub(in crate::errors::native) fn note(address: usize, step: Step) {
    let Some(step) = step.packed() else { return };
    let place = place(address);
    place.address.store(0, Ordering::Relaxed);
    fence(Ordering::Release);
    place.step.store(step, Ordering::Relaxed);
    place.address.store(address, Ordering::Release);
}

/// Addresses may mean something else from now on.
pub(super) fn forget() {
    for place in &STEPS {
        place.address.store(0, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_step_goes_into_a_word_or_is_not_noted() {
        let out = |from_frame_pointer, to_end, frame_pointer| Step::Out {
            from_frame_pointer,
            to_end,
            frame_pointer,
        };
        for step in [Step::Last, out(false, 8, 0), out(true, 16, 16), out(false, 8 << 31, 8 << 23)] {
            assert_eq!(step.packed().map(Step::unpacked), Some(step));
        }
        for step in [out(false, 12, 0), out(false, 16, 4), out(false, 8 << 32, 0), out(true, 16, 8 << 24)] {
            assert_eq!(step.packed(), None, "{step:?}");
        }
    }
}
