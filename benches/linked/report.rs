//! What each program says of itself: how much memory it has at the beginning of `main`, and once it is initialised.

use std::{env, fs};

/// With `before` the program ends at once, for whoever counts instructions; else it tells its memory in KiB, at first and
/// after `start`.
pub(crate) fn run<T>(start: impl FnOnce() -> T) {
    if env::args().nth(1).as_deref() == Some("before") {
        return;
    }
    let linked = memory();
    let kept = start();
    let initialised = memory();
    println!("{linked} {initialised}");
    drop(kept);
}

/// Memory of the process that is no file's, in KiB.
fn memory() -> u64 {
    let status = fs::read_to_string("/proc/self/status").expect("the system tells");
    let anonymous = status.lines().find_map(|line| line.strip_prefix("RssAnon:"));
    let words = anonymous.and_then(|line| line.split_whitespace().next());
    words.and_then(|number| number.parse().ok()).expect("a number")
}
