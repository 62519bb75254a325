//! How to get from a call to the one that it returns to, by the address of the former. One thread notes, all look up, and
//! nobody waits.

use std::sync::atomic::{AtomicUsize, Ordering, fence};

/// A word of the stack, in bytes.
const WORD: usize = size_of::<usize>();
const SETS: usize = 1024;

static STEPS: Table = Table([const { Set::new() }; SETS]);

/// What is known of calls. Each has its place in one set of four, so that there is hardly a stack of which one call is
/// left out because of another one.
struct Table([Set; SETS]);

/// As much as is read from memory at once.
#[repr(align(64))]
struct Set([Place; 4]);

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

impl Set {
    const fn new() -> Self {
        Self([const { Place { address: AtomicUsize::new(0), step: AtomicUsize::new(0) } }; 4])
    }
}

impl Table {
    fn set(&self, address: usize) -> &Set {
        // The upper bits of the product depend on all of the address.
        let mixed = address.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (usize::BITS - SETS.ilog2());
        &self.0[mixed % SETS]
    }

    #[inline]
    fn at(&self, address: usize) -> Option<Step> {
        let is_here = |place: &&Place| place.address.load(Ordering::Acquire) == address;
        let place = self.set(address).0.iter().find(is_here)?;
        let step = place.step.load(Ordering::Relaxed);
        // It may have become that of another one just now.
        fence(Ordering::Acquire);
        (place.address.load(Ordering::Relaxed) == address).then(|| Step::unpacked(step))
    }

    fn note(&self, address: usize, step: Step) {
        let Some(step) = step.packed() else { return };
        let set = &self.set(address).0;
        let of = |address| set.iter().find(|place| place.address.load(Ordering::Relaxed) == address);
        // What is known stays so: nobody would look for it again.
        let Some(place) = of(address).or_else(|| of(0)) else { return };
        place.address.store(0, Ordering::Relaxed);
        fence(Ordering::Release);
        place.step.store(step, Ordering::Relaxed);
        place.address.store(address, Ordering::Release);
    }
}

/// The way out of the call that returns to `address`.
#[inline]
pub(super) fn at(address: usize) -> Option<Step> {
    STEPS.at(address)
}

/// Notes the way out of a call. Only one thread at a time may.
pub(in crate::errors::native) fn note(address: usize, step: Step) {
    STEPS.note(address, step);
}

/// Addresses may mean something else from now on.
pub(super) fn forget() {
    for place in STEPS.0.iter().flat_map(|set| &set.0) {
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

    #[test]
    fn calls_of_one_set_do_not_displace_each_other() {
        static TABLE: Table = Table([const { Set::new() }; SETS]);
        let table = &TABLE;
        let set = table.set(1);
        let same: Vec<usize> = (1..).filter(|it| std::ptr::eq(table.set(*it), set)).take(5).collect();
        let step =
            |address| Step::Out { from_frame_pointer: false, to_end: address * WORD, frame_pointer: 0 };
        for address in &same {
            assert_eq!(table.at(*address), None);
            table.note(*address, step(*address));
        }
        let known: Vec<_> = same.iter().map(|it| table.at(*it)).collect();
        assert_eq!(known[..4], same[..4].iter().map(|it| Some(step(*it))).collect::<Vec<_>>());
        assert_eq!(known[4], None);
        table.note(same[2], Step::Last);
        assert_eq!(table.at(same[2]), Some(Step::Last));
    }
}
