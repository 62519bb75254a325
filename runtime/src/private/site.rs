//! The line by which control leaves a function.
//!
//! A value that is noted after it was computed holds no reference across an `.await`, keeps temporaries alive as long
//! as before, and leaves type inference as it was.

use std::cell::Cell;
use std::sync::atomic::{AtomicU32, Ordering};

/// What is noted is a line and, so many times as much, the column in it; 0 where that is not known.
const COLUMN: u32 = 1_000_000;

/// The line and the column of what was noted.
pub(super) fn line_and_column(place: u32) -> (u32, u32) {
    (place % COLUMN, place / COLUMN)
}

/// Where the line is kept, and the column with it; 0 until one is noted.
pub trait Line {
    /// Notes a line.
    fn set(&self, line: u32);
    /// The line noted last.
    fn line(&self) -> u32;
}

/// For sync bodies: a local that the optimiser moves to the error path.
#[derive(Debug, Default)]
pub struct Site(Cell<u32>);

/// For async bodies, whose futures shall stay `Send`, and for `main`.
#[derive(Debug, Default)]
pub struct AtomicSite(AtomicU32);

impl Site {
    /// No line yet.
    #[inline]
    pub const fn new() -> Self {
        Self(Cell::new(0))
    }
}

impl AtomicSite {
    /// No line yet.
    #[inline]
    pub const fn new() -> Self {
        Self(AtomicU32::new(0))
    }
}

impl Line for Site {
    #[inline]
    fn set(&self, line: u32) {
        self.0.set(line);
    }

    #[inline]
    fn line(&self) -> u32 {
        self.0.get()
    }
}

impl Line for AtomicSite {
    #[inline]
    fn set(&self, line: u32) {
        self.0.store(line, Ordering::Relaxed);
    }

    #[inline]
    fn line(&self) -> u32 {
        self.0.load(Ordering::Relaxed)
    }
}

/// The operand of a `?`: the value, whose line is noted once it is there.
#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "the store must be visible to the optimiser as part of the user's function"
)]
pub fn at<T, S: Line + ?Sized>(value: T, site: &S, line: u32) -> T {
    site.set(line);
    value
}

/// Notes a line before a `return`, a tail expression or a macro.
#[inline(always)]
#[expect(
    clippy::inline_always,
    reason = "the store must be visible to the optimiser as part of the user's function"
)]
pub fn note<S: Line + ?Sized>(site: &S, line: u32) {
    site.set(line);
}
