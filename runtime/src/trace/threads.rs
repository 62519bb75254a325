//! The threads on which streamed spans began, by small numbers: a span has no room for more.

use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread::{self, Thread};

use super::json;

/// What is said of each thread that has a number, as attributes with a comma before each. They are kept for spans that have
/// not left yet, so there is an end to it: what comes after this many threads has none.
static TOLD: Mutex<Vec<Box<[u8]>>> = Mutex::new(Vec::new());

/// The names of what is said.
pub(super) const ATTRIBUTES: [&str; 2] = ["thread.id", "thread.name"];

/// A thread that has no number.
pub(super) const NOBODY: u16 = 0;

/// A new number, for this thread.
pub(super) fn register() -> u16 {
    let attributes = describe(&thread::current());
    let mut told = lock();
    let Ok(number) = u16::try_from(told.len() + 1) else { return NOBODY };
    told.push(attributes);
    number
}

/// Adds what is known of the thread with this number.
pub(super) fn write(number: u16, out: &mut Vec<u8>) {
    if let Some(place) = usize::from(number).checked_sub(1)
        && let Some(attributes) = lock().get(place)
    {
        out.extend_from_slice(attributes);
    }
}

fn describe(thread: &Thread) -> Box<[u8]> {
    let [id, name] = ATTRIBUTES;
    let mut out = Vec::new();
    if let Some(number) = number_of(thread).and_then(|number| i64::try_from(number).ok()) {
        json::attribute(&mut out, id, number);
    }
    if let Some(text) = thread.name() {
        json::attribute(&mut out, name, text);
    }
    out.into()
}

fn lock() -> MutexGuard<'static, Vec<Box<[u8]>>> {
    TOLD.lock().unwrap_or_else(PoisonError::into_inner)
}

/// The number that the standard library gives a thread: it is only in the text.
pub(crate) fn number_of(thread: &Thread) -> Option<u64> {
    let id = format!("{:?}", thread.id());
    let digits: String = id.chars().filter(char::is_ascii_digit).collect();
    digits.parse().ok()
}
