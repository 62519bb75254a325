//! Functions that return a future or a stream: the call lasts as long as that runs, from its first poll on.

use std::cell::Cell;
use std::fmt::{self, Debug, Formatter};
use std::future::Future;
use std::pin::Pin;
use std::task::{self, Poll, ready};

use futures_core::Stream;
use pin_project_lite::pin_project;

use super::failure::{Failure, Vars};
use super::future::{self, AsyncCall, Entered, Prepared, Witness};
use super::recording::Recording;
use super::site::Line;
use crate::errors::Seen;
use crate::protocol::SpanStatus;
use crate::scope;
use crate::trace::Callsite;

thread_local! {
    /// The line noted last by the future that is being polled.
    static LINE: Cell<u32> = const { Cell::new(0) };
}

/// For the async block that a function returns: it leaves the function's own locals behind, so its notes go to whoever
/// polls it.
#[derive(Debug)]
pub struct Polled;

impl Line for Polled {
    #[inline]
    fn set(&self, line: u32) {
        LINE.set(line);
    }

    #[inline]
    fn line(&self) -> u32 {
        LINE.get()
    }
}

/// A future's line is the thread's, as long as one poll lasts.
struct Swapped<'a>(&'a mut u32);

impl<'a> Swapped<'a> {
    fn swap(home: &'a mut u32) -> Self {
        *home = LINE.replace(*home);
        Self(home)
    }
}

impl Drop for Swapped<'_> {
    fn drop(&mut self) {
        *self.0 = LINE.replace(*self.0);
    }
}

/// What a call begins with.
#[derive(Debug)]
pub enum Start {
    /// The callsite alone.
    Callsite(&'static Callsite),
    /// The callsite, and what the arguments said.
    Prepared(Box<Prepared>),
}

impl From<&'static Callsite> for Start {
    #[inline]
    fn from(callsite: &'static Callsite) -> Self {
        Self::Callsite(callsite)
    }
}

impl From<Prepared> for Start {
    #[inline]
    fn from(prepared: Prepared) -> Self {
        Self::Prepared(Box::new(prepared))
    }
}

impl Start {
    fn begin(self) -> Option<Recording> {
        match self {
            Self::Callsite(callsite) => scope::is_active().then(|| future::start(callsite)).flatten(),
            Self::Prepared(prepared) => {
                let Prepared { callsite, extras } = *prepared;
                extras.map(|mut extras| future::start_with(callsite, &mut extras))
            }
        }
    }
}

/// The call of what is polled.
#[derive(Debug)]
struct Watch {
    /// Until the first poll.
    start: Option<Start>,
    call: AsyncCall,
    /// The line by which an error would leave.
    line: u32,
}

impl Watch {
    fn new(start: Start, line: u32) -> Self {
        Self { start: Some(start), call: AsyncCall { active: None }, line }
    }

    fn poll<T>(&mut self, poll: impl FnOnce() -> T) -> T {
        if let Some(start) = self.start.take() {
            self.call.active = start.begin();
        }
        self.enter(poll)
    }

    /// Does something as part of the call, if there is one by now.
    fn enter<T>(&mut self, f: impl FnOnce() -> T) -> T {
        let _line = Swapped::swap(&mut self.line);
        let _entered = self.call.active.as_mut().map(Entered::enter);
        f()
    }
}

pin_project! {
    /// The future that an attributed function returns.
    #[must_use = "futures do nothing unless polled"]
    pub struct Watched<F, O> {
        // `None` while the whole is dropped.
        #[pin]
        future: Option<F>,
        watch: Watch,
        observe: Option<O>,
    }

    impl<F, O> PinnedDrop for Watched<F, O> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            let mut future = this.future;
            this.watch.enter(|| future.set(None));
        }
    }
}

impl<F, O> Debug for Watched<F, O> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("Watched").field("watch", &self.watch).finish_non_exhaustive()
    }
}

/// Watches the future that a function returns. `line` is where that was made, and `observe` is told what comes out.
#[inline]
pub fn watch<T, F, O>(
    _: Witness<T>,
    start: impl Into<Start>,
    future: F,
    line: u32,
    observe: O,
) -> Watched<F, O>
where
    F: Future<Output = T>,
    O: FnOnce(&T, AsyncCall, u32),
{
    Watched { future: Some(future), watch: Watch::new(start.into(), line), observe: Some(observe) }
}

impl<T, F, O> Future for Watched<F, O>
where
    F: Future<Output = T>,
    O: FnOnce(&T, AsyncCall, u32),
{
    type Output = T;

    fn poll(self: Pin<&mut Self>, context: &mut task::Context<'_>) -> Poll<T> {
        let this = self.project();
        // It is there as long as the whole is.
        let Some(future) = this.future.as_pin_mut() else { return Poll::Pending };
        let output = ready!(this.watch.poll(|| future.poll(context)));
        if let Some(observe) = this.observe.take() {
            let call = AsyncCall { active: this.watch.call.active.take() };
            observe(&output, call, this.watch.line);
        }
        Poll::Ready(output)
    }
}

pin_project! {
    /// The stream that an attributed function returns.
    #[must_use = "streams do nothing unless polled"]
    pub struct WatchedStream<S, O> {
        // `None` while the whole is dropped.
        #[pin]
        stream: Option<S>,
        watch: Watch,
        observe: O,
        // Whether an item was an error.
        failed: bool,
    }

    impl<S, O> PinnedDrop for WatchedStream<S, O> {
        fn drop(this: Pin<&mut Self>) {
            let this = this.project();
            let mut stream = this.stream;
            this.watch.enter(|| stream.set(None));
            // Who stops at an error has not given up on the stream, it has failed.
            if *this.failed && let Some(active) = this.watch.call.active.take() {
                active.end_stream(SpanStatus::InternalError);
            }
        }
    }
}

impl<S, O> Debug for WatchedStream<S, O> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.debug_struct("WatchedStream").field("watch", &self.watch).finish_non_exhaustive()
    }
}

/// Watches the stream that a function returns. `line` is where that was made, and `observe` is told each item.
#[inline]
pub fn watch_stream<T, S, O>(
    _: Witness<T>,
    start: impl Into<Start>,
    stream: S,
    line: u32,
    observe: O,
) -> WatchedStream<S, O>
where
    S: Stream<Item = T>,
    O: FnMut(&T, ItemCall<'_>, u32),
{
    WatchedStream { stream: Some(stream), watch: Watch::new(start.into(), line), observe, failed: false }
}

impl<T, S, O> Stream for WatchedStream<S, O>
where
    S: Stream<Item = T>,
    O: FnMut(&T, ItemCall<'_>, u32),
{
    type Item = T;

    fn poll_next(self: Pin<&mut Self>, context: &mut task::Context<'_>) -> Poll<Option<T>> {
        let this = self.project();
        // It is there as long as the whole is.
        let Some(stream) = this.stream.as_pin_mut() else { return Poll::Pending };
        let item = ready!(this.watch.poll(|| stream.poll_next(context)));
        if let Some(item) = &item {
            let call = ItemCall { active: this.watch.call.active.as_mut(), failed: this.failed };
            (this.observe)(item, call, this.watch.line);
        } else if let Some(active) = this.watch.call.active.take() {
            active.end_stream(if *this.failed { SpanStatus::InternalError } else { SpanStatus::Ok });
        }
        Poll::Ready(item)
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.stream.as_ref().map_or((0, None), Stream::size_hint)
    }
}

/// One item of a stream's call.
#[derive(Debug)]
pub struct ItemCall<'a> {
    active: Option<&'a mut Recording>,
    failed: &'a mut bool,
}

impl ItemCall<'_> {
    /// The item is no error.
    #[inline]
    pub fn completed(self) {}

    /// The item is an error. The stream goes on.
    #[cold]
    pub fn failed(self, error: Seen<'_>, line: u32, vars: Vars<'_>) {
        let failure = self.failing(vars);
        self.failed_with(error, line, failure);
    }

    /// What is said of the error.
    #[cold]
    pub fn failing(&self, vars: Vars<'_>) -> Failure {
        Failure::of_call(self.active.is_some(), vars)
    }

    /// The item is an error, and the attribute says more of it.
    #[cold]
    pub fn failed_with(self, error: Seen<'_>, line: u32, failure: Failure) {
        let Some(recording) = self.active else { return };
        *self.failed = true;
        recording.learn(failure);
        let stash = recording.stash();
        recording.report(stash, error, line);
    }
}
