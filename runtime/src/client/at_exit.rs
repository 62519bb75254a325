//! The end of a process whose guard nobody drops: it is leaked or lies in a `static`, or somebody calls
//! `std::process::exit`. What was captured leaves all the same.
//!
//! A guard that was dropped has taken its client along, and then there is nothing to do here. Nor is there in a child made
//! by `fork`, unless it has started a client of its own: what a copy of its parent's knows is for the parent to tell.
#![expect(unsafe_code, reason = "only the C library calls somebody at the end of a process")]

use std::sync::Once;
use std::sync::atomic::{AtomicU32, Ordering};

use crate::callback;
use crate::process::generation;
use crate::scope;

static WATCHED: Once = Once::new();
/// The process that has started a client.
static OF: AtomicU32 = AtomicU32::new(0);

/// From now on the end of this process waits for delivery.
pub(super) fn watch() {
    OF.store(generation(), Ordering::Relaxed);
    WATCHED.call_once(|| {
        // SAFETY: the function lives as long as the program, and it does not unwind.
        if unsafe { libc::atexit(at_exit) } != 0 {
            crate::debug::log!("the end of the process is not waited for if nobody drops the guard");
        }
    });
}

extern "C" fn at_exit() {
    // Whoever has closed the client has waited, too.
    let is_due = || OF.load(Ordering::Relaxed) == generation();
    let end = || {
        let open = scope::all_of_process().into_iter().filter(|host| is_due() && host.is_open());
        open.for_each(|host| _ = host.close(None));
    };
    // It is nobody's business any more how that went.
    let _ = callback::guarded("the end of the process", end);
}
