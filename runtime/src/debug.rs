//! The debug log: one line on stderr for each thing that a developer should know, with the option `debug`.

use std::fmt;
use std::io::Write as _;
use std::sync::atomic::{AtomicBool, Ordering};

static ENABLED: AtomicBool = AtomicBool::new(false);

pub(crate) fn enable(on: bool) {
    ENABLED.store(on, Ordering::Relaxed);
}

/// Whether lines are written at all, for those that it takes something to put together.
pub(crate) fn is_enabled() -> bool {
    ENABLED.load(Ordering::Relaxed)
}

pub(crate) fn write(line: fmt::Arguments<'_>) {
    if is_enabled() {
        // A closed stderr is no reason to disturb the program.
        let _ = writeln!(std::io::stderr().lock(), "[sentry] {line}");
    }
}

/// Writes a line to the debug log.
macro_rules! log {
    ($($arguments:tt)*) => { $crate::debug::write(::core::format_args!($($arguments)*)) };
}
pub(crate) use log;
