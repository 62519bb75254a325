//! The wrappers round what an attributed function polls or returns: the call lasts as long as that runs, from its first
//! poll on.
//!
//! They are made anew for each function, so they hold what must know its types and nothing else. With an `Option` round
//! the future, instead of the `unsafe` here, each of 500 functions has the code that drops it twice, which is a second more
//! of a release build (`cargo run -p benches --bin compile`).

use std::fmt::{self, Debug, Formatter};
use std::future::Future;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::task::{self, Poll, ready};

use futures_core::Stream;
use pin_project_lite::pin_project;

use super::failure::{Failure, Vars};
use super::future::{AsyncCall, Witness};
use crate::errors::Seen;
use crate::protocol::SpanStatus;

/// Tells a call of a function that cannot fail that it has returned.
#[inline]
pub fn completed<T>(_: &T, call: &mut AsyncCall) {
    call.completed();
}

pin_project! {
    /// What is polled.
    struct Work<W> {
        #[pin]
        work: ManuallyDrop<W>,
    }
}

impl<W> Work<W> {
    #[inline]
    fn new(work: W) -> Self {
        Self { work: ManuallyDrop::new(work) }
    }

    #[inline]
    #[expect(unsafe_code, reason = "a pinned `ManuallyDrop` has no safe way in: see above")]
    fn pinned(self: Pin<&mut Self>) -> Pin<&mut W> {
        // SAFETY: what is in a pinned `ManuallyDrop` is pinned with it: it is moved by nobody and dropped in place.
        unsafe { self.project().work.map_unchecked_mut(|work| &mut **work) }
    }

    /// Drops it as part of the call.
    ///
    /// # Safety
    /// Once, and nothing uses it afterwards.
    #[inline]
    #[expect(unsafe_code, reason = "dropped in the middle of what is done at the end: see above")]
    unsafe fn end(self: Pin<&mut Self>, call: &mut AsyncCall, failed: bool) {
        // SAFETY: it is dropped in place.
        let work = unsafe { self.project().work.get_unchecked_mut() };
        // SAFETY: it is called once, as the caller promises for this.
        let mut drop_work = || unsafe { ManuallyDrop::drop(work) };
        if call.is_over() {
            drop_work();
        } else {
            call.give_up(&mut drop_work, failed);
        }
    }
}

pin_project! {
    /// The body of an attributed async function, or the future that an attributed function returns.
    #[must_use = "futures do nothing unless polled"]
    pub struct Watched<F, O> {
        #[pin]
        future: Work<F>,
        call: AsyncCall,
        observe: O,
    }

    impl<F, O> PinnedDrop for Watched<F, O> {
        #[inline]
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            #[expect(unsafe_code, reason = "see above")]
            // SAFETY: this runs once, at the very end.
            unsafe { this.future.end(this.call, false) };
        }
    }
}

impl<F, O> Debug for Watched<F, O> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched").field("call", &self.call).finish_non_exhaustive()
    }
}

/// Watches a future. `line` is where that was made, or 0 if no line is of interest, and `observe` is told what comes out.
#[inline]
pub fn watch<T, F, O>(_: Witness<T>, call: AsyncCall, future: F, line: u32, observe: O) -> Watched<F, O>
where
    F: Future<Output = T>,
    O: FnMut(&T, &mut AsyncCall),
{
    Watched { future: Work::new(future), call: call.made_at(line), observe }
}

impl<T, F, O> Future for Watched<F, O>
where
    F: Future<Output = T>,
    O: FnMut(&T, &mut AsyncCall),
{
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut task::Context<'_>) -> Poll<T> {
        let this = self.project();
        let entered = this.call.enter();
        let output = this.future.pinned().poll(context);
        drop(entered);
        if let Poll::Ready(output) = &output {
            (this.observe)(output, this.call);
        }
        output
    }
}

pin_project! {
    /// The stream that an attributed function returns.
    #[must_use = "streams do nothing unless polled"]
    pub struct WatchedStream<S, O> {
        #[pin]
        stream: Work<S>,
        call: AsyncCall,
        observe: O,
        // Whether an item was an error.
        failed: bool,
    }

    impl<S, O> PinnedDrop for WatchedStream<S, O> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            #[expect(unsafe_code, reason = "see above")]
            // SAFETY: this runs once, at the very end.
            unsafe { this.stream.end(this.call, *this.failed) };
        }
    }
}

impl<S, O> Debug for WatchedStream<S, O> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("WatchedStream").field("call", &self.call).finish_non_exhaustive()
    }
}

/// Watches the stream that a function returns. `line` is where that was made, and `observe` is told each item.
#[inline]
pub fn watch_stream<T, S, O>(
    _: Witness<T>,
    call: AsyncCall,
    stream: S,
    line: u32,
    observe: O,
) -> WatchedStream<S, O>
where
    S: Stream<Item = T>,
    O: FnMut(&T, &mut ItemCall<'_>),
{
    WatchedStream { stream: Work::new(stream), call: call.made_at(line), observe, failed: false }
}

impl<T, S, O> Stream for WatchedStream<S, O>
where
    S: Stream<Item = T>,
    O: FnMut(&T, &mut ItemCall<'_>),
{
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, context: &mut task::Context<'_>) -> Poll<Option<T>> {
        let this = self.project();
        let entered = this.call.enter();
        let item = this.stream.pinned().poll_next(context);
        drop(entered);
        let item = ready!(item);
        if let Some(item) = &item {
            (this.observe)(item, &mut ItemCall { call: this.call, failed: this.failed });
        } else {
            this.call.end_stream(if *this.failed { SpanStatus::InternalError } else { SpanStatus::Ok });
        }
        Poll::Ready(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.work.size_hint()
    }
}

/// One item of a stream's call.
#[derive(Debug)]
pub struct ItemCall<'a> {
    call: &'a mut AsyncCall,
    failed: &'a mut bool,
}

impl ItemCall<'_> {
    /// The item is no error.
    #[inline]
    pub fn completed(&mut self) {}

    /// The line by which an error leaves.
    #[inline]
    pub fn line(&self) -> u32 {
        self.call.line()
    }

    /// The item is an error. The stream goes on.
    #[cold]
    pub fn failed(&mut self, error: Seen<'_>, line: u32, vars: Vars<'_>) {
        let failure = self.failing(vars);
        self.failed_with(error, line, failure);
    }

    /// What is said of the error.
    #[cold]
    pub fn failing(&self, vars: Vars<'_>) -> Failure {
        self.call.failing(vars)
    }

    /// The item is an error, and the attribute says more of it.
    #[cold]
    pub fn failed_with(&mut self, error: Seen<'_>, line: u32, failure: Failure) {
        *self.failed |= self.call.report(error, line, failure);
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;
    use std::future::{pending, ready};
    use std::pin::pin;
    use std::task::{Context, Waker};

    use super::*;
    use crate::ClientOptions;
    use crate::trace::{Callsite, Place};

    static PLACE: Place = Place { module: "app", file: "src/main.rs" };
    static WORK: Callsite = Callsite::monitored(&PLACE, || "app::work::Here", 1);
    static JOB: Callsite = Callsite::transaction(&PLACE, || "app::job::Here", 2);

    /// Counts how often it is dropped.
    struct Counted<'a>(&'a Cell<u32>);

    impl Drop for Counted<'_> {
        fn drop(&mut self) {
            self.0.set(self.0.get() + 1);
        }
    }

    fn poll(work: Pin<&mut impl Future>) -> bool {
        work.poll(&mut Context::from_waker(Waker::noop())).is_ready()
    }

    /// How often what a body holds is dropped, when the body is polled so often and ends at that or does not.
    fn drops(callsite: &'static Callsite, polls: u32, ends: bool) -> u32 {
        let dropped = Cell::new(0);
        let held = Counted(&dropped);
        let body = async move {
            let held = &held;
            if ends {
                ready(()).await;
            } else {
                pending::<()>().await;
            }
            held.0.get()
        };
        {
            let mut work = pin!(watch(Witness::new(), AsyncCall::new(callsite), body, 3, completed));
            for poll_number in 0..polls {
                assert_eq!(poll(work.as_mut()), ends, "{poll_number}");
            }
        }
        dropped.get()
    }

    fn drops_in_every_way() {
        for callsite in [&WORK, &JOB] {
            assert_eq!(drops(callsite, 0, true), 1, "never polled");
            assert_eq!(drops(callsite, 1, true), 1, "ended");
            assert_eq!(drops(callsite, 2, false), 1, "given up");
        }
    }

    #[test]
    fn what_a_body_holds_is_dropped_once() {
        drops_in_every_way();
        let options = ClientOptions::new().traces_sample_rate(1.0);
        crate::test::with_captured_events_options(drops_in_every_way, options);
    }

    #[test]
    fn a_transaction_that_is_given_up_is_sent_once() {
        let options = ClientOptions::new().traces_sample_rate(1.0);
        let sent =
            crate::test::with_captured_envelopes_options(|| assert_eq!(drops(&JOB, 2, false), 1), options);
        assert_eq!(sent.len(), 1);
    }
}
