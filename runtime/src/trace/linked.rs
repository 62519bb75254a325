//! All callsites of the program. The attributes put them into one section of the binary, so that nobody has to collect
//! them, neither before `main` nor later.

use super::Callsite;

/// The callsites of all functions with an attribute that are linked into the program, in no order; a function that the
/// linker left out is not among them. On systems other than Linux, Android and FreeBSD: of those functions that have been
/// called while a client was active.
///
/// ```
/// #[sentry::monitored(op = "cache.get")]
/// fn look_up(key: &str) -> Option<u32> { key.parse().ok() }
///
/// let _guard = sentry::init(());
/// look_up("7");
/// let found = sentry::callsites().find(|callsite| callsite.full_name().ends_with("look_up"));
/// assert_eq!(found.map(|callsite| callsite.op()), Some("cache.get"));
/// ```
pub fn callsites() -> impl Iterator<Item = &'static Callsite> {
    all()
}

#[cfg(any(target_os = "android", target_os = "freebsd", target_os = "linux"))]
#[expect(unsafe_code, reason = "the linker says where the section begins and ends, and only it does")]
fn all() -> impl Iterator<Item = &'static Callsite> {
    use std::{hint, iter};

    use super::sited::behind;

    // Not what is there, but as aligned as that; nobody reads it.
    unsafe extern "C" {
        #[link_name = "__start_sentry_callsites"]
        static START: usize;
        #[link_name = "__stop_sentry_callsites"]
        static STOP: usize;
    }

    /// There is such a section in a program without attributes too.
    #[used]
    #[unsafe(link_section = "sentry_callsites")]
    static NONE: [Callsite; 0] = [];

    // Whoever uses the names needs the file that defines them.
    hint::black_box(NONE.as_ptr());
    let mut next: *const u8 = (&raw const START).cast();
    iter::from_fn(move || {
        if next.addr() >= (&raw const STOP).addr() {
            return None;
        }
        // SAFETY: the section holds nothing but `Sited`, one after the other, as their size is a multiple of their
        // alignment: only `Callsite::render` of the macros and `NONE` put something there. They are statics, so they are
        // there for good, and what changes in them is atomic.
        let callsite: &'static Callsite = unsafe { &*next.cast() };
        let size = size_of::<Callsite>() + behind(callsite).count_bytes() + 1;
        next = next.wrapping_add(size.next_multiple_of(align_of::<Callsite>()));
        Some(callsite)
    })
}

#[cfg(not(any(target_os = "android", target_os = "freebsd", target_os = "linux")))]
fn all() -> impl Iterator<Item = &'static Callsite> {
    super::registry::called().into_iter()
}
