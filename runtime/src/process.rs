//! Which process this is: `fork` makes another one of it, with the memory of this one and none of its threads.

#![cfg_attr(
    unix,
    expect(
        unsafe_code,
        reason = "only the C library tells of a fork; asking for the process's id takes 100 ns"
    )
)]

use std::sync::OnceLock;

/// A value that each process has of its own. A child made by `fork` does not use that of its parent: a thread that the
/// child does not have may just have locked it.
#[derive(Debug)]
pub(crate) struct PerProcess<T> {
    generation: u32,
    value: T,
    /// That of a child. No lock is needed to come by, which could be one of those.
    child: OnceLock<Box<Self>>,
}

impl<T> PerProcess<T> {
    pub(crate) fn new(value: T) -> Self {
        Self { generation: generation(), value, child: OnceLock::new() }
    }

    /// That of this process. A child's is made by `fork` from its parent's, when it asks for the first time.
    pub(crate) fn get(&self, fork: impl Fn(&T) -> T) -> &T {
        let generation = generation();
        let mut own = self;
        while own.generation != generation {
            own = own.child.get_or_init(|| {
                Box::new(Self { generation, value: fork(&own.value), child: OnceLock::new() })
            });
        }
        &own.value
    }
}

/// How many forks lie between the process that was started as a program and this one.
#[inline]
pub(crate) fn generation() -> u32 {
    forks::count()
}

#[cfg(unix)]
mod forks {
    use std::sync::Once;
    use std::sync::atomic::{AtomicU32, Ordering};

    static COUNT: AtomicU32 = AtomicU32::new(0);
    static WATCH: Once = Once::new();

    #[inline]
    pub(super) fn count() -> u32 {
        WATCH.call_once(watch);
        COUNT.load(Ordering::Relaxed)
    }

    extern "C" fn in_child() {
        COUNT.fetch_add(1, Ordering::Relaxed);
    }

    #[cold]
    fn watch() {
        // SAFETY: the function lives as long as the program, and does what may be done in a forked child.
        let failed = unsafe { libc::pthread_atfork(None, None, Some(in_child)) };
        if failed != 0 {
            crate::debug::log!("a forked child will not be told from its parent");
        }
    }
}

#[cfg(not(unix))]
mod forks {
    pub(super) fn count() -> u32 {
        0
    }
}
