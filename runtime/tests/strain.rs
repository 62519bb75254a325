//! What is written without a lock, pinned by hand, or told by the system, under strain. The sanitizers look at it too: see
//! `.ci/sanitize`.

#![cfg(unix)]
#![expect(unsafe_code, reason = "forks the process, and has a handler of its own before the client comes")]

use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex};
use std::task::{Context, Poll, Waker};
use std::thread;
use std::time::{Duration, Instant};

use sentry::protocol::Category;
use sentry::{ClientInitGuard, ClientOptions, Envelope, FutureExt as _, Transport, monitored, transaction};

const JOBS: u32 = 300;
const THREADS: usize = 4;

struct Nowhere;

impl Transport for Nowhere {
    fn send_envelope(&self, envelope: Envelope) {
        drop(envelope);
    }
}

fn client(lifecycle: &str) -> ClientInitGuard {
    let options = ClientOptions::new().traces_sample_rate(1.0).trace_lifecycle(lifecycle);
    sentry::init(options.dsn("http://key@127.0.0.1:9/1").release("strain@1.0.0").transport(Arc::new(Nowhere)))
}

/// Is pending so many times.
struct Later(u32);

impl Future for Later {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        let Some(left) = self.0.checked_sub(1) else { return Poll::Ready(()) };
        self.0 = left;
        Poll::Pending
    }
}

#[monitored(tags(number))]
fn step(number: u32) -> Result<u32, String> {
    if number % 50 == 49 { Err(format!("{number} is too many")) } else { Ok(number) }
}

#[monitored]
async fn part(number: u32) -> u32 {
    Later(number % 3).await;
    let done = step(number).unwrap_or_default();
    Later(1).await;
    done
}

#[transaction]
async fn job(number: u32) -> u32 {
    let here = part(number).await;
    // Goes on elsewhere, and may be still running when this has ended.
    let bound = sentry::bind(move || step(number).is_ok());
    let elsewhere = thread::spawn(bound);
    let there = part(number + 1).bind().await;
    if number.is_multiple_of(2) {
        drop(elsewhere.join());
    }
    here + there
}

type Job = Pin<Box<dyn Future<Output = u32> + Send>>;

/// Each thread polls whatever is next, once; every seventh piece of work is given up half way.
fn poll_in_turns(jobs: &Mutex<VecDeque<(u32, Job)>>) {
    let take = || jobs.lock().expect("nobody panics with it").pop_front();
    let mut context = Context::from_waker(Waker::noop());
    while let Some((polls, mut job)) = take() {
        if job.as_mut().poll(&mut context).is_pending() && polls != 3 {
            jobs.lock().expect("nobody panics with it").push_back((polls + 1, job));
        }
    }
}

/// Work that moves between threads, while its spans are read.
fn moving(lifecycle: &str) {
    let guard = client(lifecycle);
    let jobs = (0..JOBS).map(|number| {
        // Those that start above it are never given up.
        let polls = if number % 7 == 0 { 0 } else { 100 };
        (polls, Box::pin(job(number)) as Job)
    });
    let jobs = Mutex::new(jobs.collect());
    let done = AtomicBool::new(false);
    thread::scope(|threads| {
        let reader = threads.spawn(|| {
            while !done.load(Ordering::Relaxed) {
                sentry::flush(Some(Duration::from_millis(5)));
            }
        });
        let workers: Vec<_> = (0..THREADS).map(|_| threads.spawn(|| poll_in_turns(&jobs))).collect();
        for worker in workers {
            worker.join().expect("it does not panic");
        }
        done.store(true, Ordering::Relaxed);
        reader.join().expect("it does not panic");
    });
    assert!(guard.close(Some(Duration::from_mins(1))), "{lifecycle}");
    let stats = guard.delivery_stats();
    assert!(stats.is_balanced(), "{stats:?}");
    if lifecycle == "static" {
        assert_eq!(stats.delivered(Category::Transaction), u64::from(JOBS), "each once, also those given up");
    }
    assert!(stats.delivered(Category::Span) >= u64::from(2 * JOBS), "{stats:?}");
}

/// A child has the memory of its parent, and none of its threads.
fn forked() {
    let _guard = client("static");
    sentry::capture_message("before", sentry::Level::Info);
    // SAFETY: the child calls nothing that another thread may have locked, but what the SDK is made to survive.
    let child = unsafe { libc::fork() };
    assert!(child >= 0);
    if child == 0 {
        let captured = !sentry::capture_message("in the child", sentry::Level::Info).is_nil();
        let delivered = sentry::flush(Some(Duration::from_secs(30)));
        // SAFETY: it takes a number.
        unsafe { libc::_exit(i32::from(!(captured && delivered))) };
    }
    let mut status = 0;
    // SAFETY: the status is written to a variable of this frame.
    assert_eq!(unsafe { libc::waitpid(child, &raw mut status, 0) }, child);
    assert_eq!(status, 0);
    assert!(sentry::flush(Some(Duration::from_secs(30))));
}

/// How often the program's own handler was called.
static HEARD: AtomicU32 = AtomicU32::new(0);

extern "C" fn hear(_: libc::c_int) {
    HEARD.fetch_add(1, Ordering::Relaxed);
}

/// Whoever handled the signal before the first client came hears of it, once what was captured has left.
fn signalled() {
    let guard = client("static");
    sentry::capture_message("hello", sentry::Level::Info);
    // SAFETY: it takes a number; the signal has a handler.
    unsafe { libc::raise(libc::SIGTERM) };
    let deadline = Instant::now() + Duration::from_secs(30);
    while HEARD.load(Ordering::Relaxed) == 0 {
        assert!(Instant::now() < deadline, "the signal is lost");
        thread::sleep(Duration::from_millis(5));
    }
    assert_eq!(guard.delivery_stats().delivered(Category::Error), 1);
}

/// One after the other, as they share the process's client.
#[test]
fn under_strain() {
    let hear = hear as *const () as libc::sighandler_t;
    // SAFETY: the handler adds to an atomic.
    unsafe { libc::signal(libc::SIGTERM, hear) };
    moving("static");
    moving("stream");
    forked();
    if cfg!(feature = "signals") {
        signalled();
    }
}
