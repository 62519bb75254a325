//! Which process this is: `fork` makes another one of it, with the memory of this one and none of its threads.

#![cfg_attr(
    unix,
    expect(
        unsafe_code,
        reason = "only the C library tells of a fork; asking for the process's id takes 100 ns"
    )
)]

use std::io;
use std::marker::PhantomData;
use std::sync::OnceLock;

use tokio::runtime::{Builder, Runtime};

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

/// A thread of the SDK's own is at work, until this is dropped: it may hold locks, and its libraries may be making what
/// they make once a process. A child that has all that for ever half done could hang, so a fork waits for the thread to
/// rest, for a short time.
#[derive(Debug)]
pub(crate) struct Work(PhantomData<*const ()>);

impl Work {
    pub(crate) fn start() -> Self {
        forks::begin();
        Self(PhantomData)
    }

    /// A runtime for this thread, which rests while there is nothing to do.
    #[expect(clippy::unused_self, reason = "who rests has begun to work")]
    pub(crate) fn runtime(&self) -> io::Result<Runtime> {
        let mut builder = Builder::new_current_thread();
        builder.enable_all().on_thread_park(forks::rest).on_thread_unpark(forks::begin).build()
    }

    /// Rests during `wait`.
    #[expect(clippy::unused_self, reason = "who rests has begun to work")]
    pub(crate) fn resting<T>(&self, wait: impl FnOnce() -> T) -> T {
        forks::rest();
        let found = wait();
        forks::begin();
        found
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        forks::rest();
    }
}

#[cfg(unix)]
mod forks {
    use std::cell::Cell;
    use std::sync::Once;
    use std::sync::atomic::{AtomicU32, Ordering};
    use std::thread::sleep;
    use std::time::{Duration, Instant};

    /// How long a fork waits for threads that are at work. Somebody's callback may take longer.
    const PATIENCE: Duration = Duration::from_millis(100);
    /// How long a thread naps while it waits for another one.
    const NAP: Duration = Duration::from_micros(50);

    static COUNT: AtomicU32 = AtomicU32::new(0);
    static WATCH: Once = Once::new();
    /// Threads that fork.
    static FORKING: AtomicU32 = AtomicU32::new(0);
    /// Threads at work.
    static WORKING: AtomicU32 = AtomicU32::new(0);

    thread_local! {
        /// Whether this thread is one of those.
        static WORKS: Cell<u32> = const { Cell::new(0) };
    }

    #[inline]
    pub(super) fn count() -> u32 {
        WATCH.call_once(watch);
        COUNT.load(Ordering::Relaxed)
    }

    pub(super) fn begin() {
        WATCH.call_once(watch);
        // Either this thread sees that another one forks, or that one sees that this one works.
        WORKING.fetch_add(1, Ordering::SeqCst);
        while own() == 0 && FORKING.load(Ordering::SeqCst) > 0 {
            WORKING.fetch_sub(1, Ordering::SeqCst);
            sleep(NAP);
            WORKING.fetch_add(1, Ordering::SeqCst);
        }
        set_own(own() + 1);
    }

    pub(super) fn rest() {
        set_own(own().saturating_sub(1));
        WORKING.fetch_sub(1, Ordering::SeqCst);
    }

    fn own() -> u32 {
        WORKS.try_with(Cell::get).unwrap_or(0)
    }

    fn set_own(count: u32) {
        // At the end of the thread nobody asks any more.
        let _ = WORKS.try_with(|works| works.set(count));
    }

    extern "C" fn before() {
        FORKING.fetch_add(1, Ordering::SeqCst);
        let start = Instant::now();
        // What this thread does itself, in a callback, does not end before the fork.
        while WORKING.load(Ordering::SeqCst) > own() && start.elapsed() < PATIENCE {
            sleep(NAP);
        }
    }

    extern "C" fn in_parent() {
        FORKING.fetch_sub(1, Ordering::SeqCst);
    }

    extern "C" fn in_child() {
        FORKING.store(0, Ordering::SeqCst);
        WORKING.store(own(), Ordering::SeqCst);
        COUNT.fetch_add(1, Ordering::Relaxed);
    }

    #[cold]
    fn watch() {
        // SAFETY: the functions live as long as the program. What runs in the child sets a few numbers.
        let failed = unsafe { libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child)) };
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

    pub(super) fn begin() {}

    pub(super) fn rest() {}
}

#[cfg(all(test, unix))]
mod tests {
    use std::sync::Mutex;
    use std::sync::mpsc::channel;
    use std::time::Duration;

    use super::*;

    static LOCK: Mutex<()> = Mutex::new(());

    /// How a child ends that tries to take the lock.
    fn child() -> i32 {
        // SAFETY: the child looks at a lock and ends.
        unsafe {
            let child = libc::fork();
            if child == 0 {
                libc::_exit(i32::from(LOCK.try_lock().is_err()));
            }
            let mut status = -1;
            libc::waitpid(child, &raw mut status, 0);
            libc::WEXITSTATUS(status)
        }
    }

    #[test]
    fn a_fork_waits_for_those_at_work_and_not_for_ever() {
        for (milliseconds, is_free) in [(20, true), (1000, false)] {
            let (locked, is_locked) = channel();
            let thread = std::thread::spawn(move || {
                let _work = Work::start();
                let _held = LOCK.lock();
                locked.send(()).unwrap();
                std::thread::sleep(Duration::from_millis(milliseconds));
            });
            is_locked.recv().unwrap();
            assert_eq!(child() == 0, is_free, "{milliseconds} ms");
            thread.join().unwrap();
        }
    }

    #[test]
    fn whoever_works_may_fork() {
        let _work = Work::start();
        let before = generation();
        // SAFETY: the child compares two numbers and ends.
        let status = unsafe {
            let child = libc::fork();
            if child == 0 {
                libc::_exit(i32::from(generation() != before + 1));
            }
            let mut status = -1;
            libc::waitpid(child, &raw mut status, 0);
            status
        };
        assert_eq!(status, 0);
    }
}
