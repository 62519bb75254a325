//! What a span of `tracing` is, as a callsite of ours: made once for each place in the program, and kept.

use std::cell::RefCell;
use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::ptr;
use std::sync::{Mutex, PoisonError};

use tracing_core::Metadata;

use crate::trace::{Callsite, Facts, Kind, Said, standing};

/// By the address of the metadata, which are there for good.
type Known = HashMap<usize, &'static Callsite, BuildHasherDefault<Address>>;

/// All there are. A place in the program is in it once, whatever threads come by.
static ALL: Mutex<Option<Known>> = Mutex::new(None);

thread_local! {
    /// Those that this thread has met.
    static MET: RefCell<Known> = RefCell::default();
}

/// An address is as good as its hash.
#[derive(Default)]
struct Address(u64);

impl Hasher for Address {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        for byte in bytes {
            self.0 = (self.0 << 8) | u64::from(*byte);
        }
    }

    fn write_usize(&mut self, address: usize) {
        // The lowest bits are the same everywhere, and the table looks at the highest too.
        self.0 = u64::try_from(address).unwrap_or_default().wrapping_mul(0x9e37_79b9_7f4a_7c15);
    }
}

/// The callsite of a span.
pub(super) fn of(metadata: &'static Metadata<'static>) -> &'static Callsite {
    let address = ptr::from_ref(metadata).addr();
    let met = MET.try_with(|met| met.borrow().get(&address).copied()).ok().flatten();
    met.unwrap_or_else(|| meet(address, metadata))
}

#[cold]
fn meet(address: usize, metadata: &'static Metadata<'static>) -> &'static Callsite {
    let mut all = ALL.lock().unwrap_or_else(PoisonError::into_inner);
    let callsite = *all.get_or_insert_default().entry(address).or_insert_with(|| make(metadata));
    drop(all);
    // At the end of a thread there is no place any more.
    let _ = MET.try_with(|met| met.borrow_mut().insert(address, callsite));
    callsite
}

fn make(metadata: &'static Metadata<'static>) -> &'static Callsite {
    let said = Said { name: Some(metadata.name()), ..Said::NOTHING };
    let module = metadata.module_path().unwrap_or(metadata.target());
    let (module, file, source, path, _) = standing(module, metadata.file().unwrap_or_default());
    let facts: Facts = (module, file, source, path, Box::leak(Box::new(said)));
    let line = metadata.line().unwrap_or_default();
    let callsite = Callsite::made(Kind::Traced, Box::leak(Box::new(facts)), line, metadata.name());
    Box::leak(Box::new(callsite))
}
