//! What is allocated for a call is given back, whichever way the call ends.

#![expect(unsafe_code, reason = "an allocator has no other form")]

use std::alloc::{GlobalAlloc, Layout, System};
use std::cell::Cell;
use std::future::{Future, ready};
use std::panic::{self, AssertUnwindSafe};
use std::sync::Arc;
use std::task::{Context, Waker};

use sentry::{ClientOptions, Envelope, Transport, monitored};

thread_local! {
    /// Of the allocations that this thread has made, and not given back.
    static LIVE: Cell<i64> = const { Cell::new(0) };
}

struct Counting;

// SAFETY: all is left to the system's allocator.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        LIVE.set(LIVE.get() + 1);
        // SAFETY: as the caller says.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, place: *mut u8, layout: Layout) {
        LIVE.set(LIVE.get() - 1);
        // SAFETY: as the caller says.
        unsafe { System.dealloc(place, layout) };
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

struct Nowhere;

impl Transport for Nowhere {
    fn send_envelope(&self, envelope: Envelope) {
        drop(envelope);
    }
}

/// How the function ends.
#[derive(Clone, Copy, Debug)]
enum End {
    Panic,
    Unpolled,
    Polled,
}

#[monitored(tags(city = city))]
fn work(city: &str, end: End) -> impl Future<Output = usize> + use<> {
    if matches!(end, End::Panic) {
        // Past the hook, which would make an event of it.
        panic::resume_unwind(Box::new(()));
    }
    ready(city.len())
}

fn call(end: End) {
    let called = panic::catch_unwind(AssertUnwindSafe(|| {
        let mut work = Box::pin(work("Ulm", end));
        if matches!(end, End::Polled) {
            assert!(work.as_mut().poll(&mut Context::from_waker(Waker::noop())).is_ready());
        }
    }));
    assert_eq!(called.is_err(), matches!(end, End::Panic));
}

#[test]
fn what_is_said_of_work_is_given_back_in_every_way() {
    let options = ClientOptions::new().traces_sample_rate(1.0).dsn("http://key@127.0.0.1:9/1");
    let _guard = sentry::init(options.transport(Arc::new(Nowhere)));
    for end in [End::Panic, End::Unpolled, End::Polled] {
        let calls = |count: u32| (0..count).for_each(|_| call(end));
        // What is made once.
        calls(10);
        let before = LIVE.get();
        calls(100);
        assert_eq!(LIVE.get(), before, "{end:?}");
    }
}
