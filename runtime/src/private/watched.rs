//! The wrappers round what an attributed function polls or returns: the call lasts as long as that runs, from its first
//! poll on.
//!
//! They are made anew for each function, so they hold what must know its types and nothing else: one call before and one
//! after each poll, and one before and one after the work is dropped, all into what knows no type. Done without `unsafe`,
//! with an `Option` round the work, each of 500 functions has the code that drops it twice, and with a projection as crates
//! make it some functions more that the compiler has to see through (`cargo run -p benches --bin compile`).

use std::fmt::{self, Debug, Formatter};
use std::future::Future;
use std::mem::ManuallyDrop;
use std::pin::Pin;
use std::task::{self, Poll, ready};

use futures_core::Stream;

use super::failure::Failure;
use super::future::{AsyncCall, Entered, Last, Witness};
use crate::errors::probe::Ends;
use crate::errors::{Seen, Vars};
use crate::protocol::SpanStatus;

/// Tells a call of a function that cannot fail that it has returned.
#[inline]
pub fn completed<T>(_: &T, call: Entered<'_>) {
    call.completed();
}

/// The body of an attributed async function, or the future that an attributed function returns.
#[must_use = "futures do nothing unless polled"]
pub struct Watched<F, O> {
    /// Pinned with this: it is moved by nobody, and dropped in place by our `drop`.
    future: ManuallyDrop<F>,
    call: AsyncCall,
    observe: O,
}

/// Nothing but the future is pinned.
impl<F: Unpin, O> Unpin for Watched<F, O> {}

impl<F, O> Drop for Watched<F, O> {
    #[inline]
    #[expect(unsafe_code, reason = "dropped in the midst of what is done at the end: see above")]
    fn drop(&mut self) {
        let _last = Last::of(&mut self.call, false);
        // SAFETY: this runs once, at the very end, and does not move the future.
        unsafe { ManuallyDrop::drop(&mut self.future) };
    }
}

impl<F, O> Debug for Watched<F, O> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched").field("call", &self.call).finish_non_exhaustive()
    }
}

/// Watches a future. `line` is where that was made, or 0 if no line is of interest, and `observe` is told what comes out.
#[inline]
pub fn watch<T, F, O>(_: Witness<T>, future: F, call: AsyncCall, line: u32, observe: O) -> Watched<F, O>
where
    F: Future<Output = T>,
    O: FnMut(&T, Entered<'_>),
{
    Watched { future: ManuallyDrop::new(future), call: call.made_at(line), observe }
}

impl<T, F, O> Future for Watched<F, O>
where
    F: Future<Output = T>,
    O: FnMut(&T, Entered<'_>),
{
    type Output = T;

    #[expect(unsafe_code, reason = "a pinned `ManuallyDrop` has no safe way in: see above")]
    fn poll(self: Pin<&mut Self>, context: &mut task::Context<'_>) -> Poll<T> {
        // SAFETY: the future is not moved out of it.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: it is pinned with `self`: nothing moves it, and it is dropped in place.
        let future = unsafe { Pin::new_unchecked(&mut *this.future) };
        let entered = this.call.enter();
        let output = future.poll(context);
        if let Poll::Ready(output) = &output {
            (this.observe)(output, entered);
        }
        output
    }
}

/// The stream that an attributed function returns.
#[must_use = "streams do nothing unless polled"]
pub struct WatchedStream<S, O> {
    /// Pinned with this, as a watched future is.
    stream: ManuallyDrop<S>,
    call: AsyncCall,
    observe: O,
    /// Whether an item was an error.
    failed: bool,
}

/// Nothing but the stream is pinned.
impl<S: Unpin, O> Unpin for WatchedStream<S, O> {}

impl<S, O> Drop for WatchedStream<S, O> {
    #[expect(unsafe_code, reason = "dropped in the midst of what is done at the end: see above")]
    fn drop(&mut self) {
        let _last = Last::of(&mut self.call, self.failed);
        // SAFETY: this runs once, at the very end, and does not move the stream.
        unsafe { ManuallyDrop::drop(&mut self.stream) };
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
    stream: S,
    call: AsyncCall,
    line: u32,
    observe: O,
) -> WatchedStream<S, O>
where
    S: Stream<Item = T>,
    O: FnMut(&T, ItemCall<'_>),
{
    WatchedStream { stream: ManuallyDrop::new(stream), call: call.made_at(line), observe, failed: false }
}

impl<T, S, O> Stream for WatchedStream<S, O>
where
    S: Stream<Item = T>,
    O: FnMut(&T, ItemCall<'_>),
{
    type Item = T;

    #[expect(unsafe_code, reason = "a pinned `ManuallyDrop` has no safe way in: see above")]
    fn poll_next(self: Pin<&mut Self>, context: &mut task::Context<'_>) -> Poll<Option<T>> {
        // SAFETY: the stream is not moved out of it.
        let this = unsafe { self.get_unchecked_mut() };
        // SAFETY: it is pinned with `self`: nothing moves it, and it is dropped in place.
        let stream = unsafe { Pin::new_unchecked(&mut *this.stream) };
        let entered = this.call.enter();
        let item = stream.poll_next(context);
        drop(entered);
        let item = ready!(item);
        if let Some(item) = &item {
            (this.observe)(item, ItemCall { call: &mut this.call, failed: &mut this.failed });
        } else {
            this.call.end_stream(if this.failed { SpanStatus::InternalError } else { SpanStatus::Ok });
        }
        Poll::Ready(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.size_hint()
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
    pub fn completed(self) {}

    /// What is said of the error.
    #[cold]
    pub fn failing(&self, vars: Vars<'_>) -> Failure {
        self.call.failing(vars)
    }

    /// The item is an error, by the line that was noted, and the attribute says more of it. The stream goes on.
    #[cold]
    pub fn failed_with(self, error: Seen<'_>, _: u32, failure: Failure) {
        *self.failed |= self.call.report(error, failure);
    }
}

impl Ends for ItemCall<'_> {
    #[inline]
    fn completed(self) {
        self.completed();
    }

    fn failed(self, error: Seen<'_>, line: u32, vars: Vars<'_>) {
        let failure = self.failing(vars);
        self.failed_with(error, line, failure);
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
    use crate::trace::{Callsite, Kind, standing};

    static WORK: Callsite = Callsite::bare(Kind::Monitored, &standing("", ""), 1);
    static JOB: Callsite = Callsite::bare(Kind::Transaction, &standing("", ""), 2);

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
            let mut work = pin!(watch(Witness::new(), body, AsyncCall::new(callsite), 3, completed));
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
