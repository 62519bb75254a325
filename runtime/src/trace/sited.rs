//! A callsite with a text of its own length behind it, for which it needs no pointer.
#![expect(
    unsafe_code,
    reason = "a pointer and what the loader has to know of it is as long as the text, for each function"
)]

use std::ffi::CStr;
use std::ptr;

use super::Callsite;
use super::callsite::{Facts, Kind};

/// The callsite of a function, and behind it what the function and those of its arguments are called that are shown when
/// it fails: `decode,limit,offset` and a zero. Of a function whose name the compiler has to tell only the arguments.
#[derive(Debug)]
#[repr(C)]
pub struct Sited<const LENGTH: usize> {
    callsite: Callsite,
    text: [u8; LENGTH],
}

impl<const LENGTH: usize> Sited<LENGTH> {
    /// That of `#[monitored]`; nothing is computed before it is needed.
    pub const fn monitored(facts: &'static Facts, line: u32, text: &[u8; LENGTH]) -> Self {
        Self::new(Kind::Monitored, facts, line, text)
    }

    /// That of `#[transaction]`.
    pub const fn transaction(facts: &'static Facts, line: u32, text: &[u8; LENGTH]) -> Self {
        Self::new(Kind::Transaction, facts, line, text)
    }

    /// That of `#[sentry::main]`.
    pub const fn main(facts: &'static Facts, line: u32, text: &[u8; LENGTH]) -> Self {
        Self::new(Kind::Main, facts, line, text)
    }

    const fn new(kind: Kind, facts: &'static Facts, line: u32, text: &[u8; LENGTH]) -> Self {
        assert!(LENGTH > 0 && text[LENGTH - 1] == 0, "the text ends with a zero");
        Self { callsite: Callsite::new(kind, facts, line, true), text: *text }
    }

    /// The callsite.
    #[inline]
    pub const fn get(&'static self) -> &'static Callsite {
        // SAFETY: it is what this begins with. Made from a pointer to all of this, and not from one to the field alone.
        unsafe { &*ptr::from_ref(self).cast() }
    }
}

/// What stands behind a callsite, if anything.
pub(super) fn behind(callsite: &Callsite) -> &CStr {
    if !callsite.is_named() {
        return c"";
    }
    // SAFETY: one that is named is the head of a `Sited` and nowhere else, as nobody can take it out of there. That ends
    // with a zero, and never changes.
    unsafe { CStr::from_ptr(ptr::from_ref(callsite).add(1).cast()) }
}

#[cfg(test)]
mod tests {
    use super::{Facts, Sited, behind};
    use crate::trace::{UNSAID, standing};

    const FACTS: &Facts = &standing("shop::db", "src/db.rs");

    #[test]
    fn a_callsite_knows_what_stands_behind_it() {
        static NAMED: Sited<20> = Sited::monitored(FACTS, 7, b"Store::decode,limit\0");
        static PATH: Facts = ("shop::db", "src/db.rs", ("", 0), || "shop::db::Store<_>::load::Here", UNSAID);
        static UNNAMED: Sited<9> = Sited::transaction(&PATH, 0xff_ffff, b",from,to\0");
        let (named, unnamed) = (NAMED.get(), UNNAMED.get());
        assert_eq!(behind(named), c"Store::decode,limit");
        assert_eq!((named.function(), named.full_name()), ("Store::decode", "shop::db::Store::decode"));
        assert_eq!((named.name(), named.file(), named.line()), ("decode", "src/db.rs", 7));
        assert_eq!(named.arguments().collect::<Vec<_>>(), ["limit"]);
        assert_eq!((unnamed.function(), unnamed.line()), ("Store::load", 0xff_ffff));
        assert_eq!(unnamed.arguments().collect::<Vec<_>>(), ["from", "to"]);
    }
}
