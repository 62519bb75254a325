//! Work that is handed to another thread or task keeps its context: scopes, span, client, and the way of its errors.

use std::future::Future;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::pin::Pin;
use std::task::{self, Poll};

use futures_core::Stream;
use pin_project_lite::pin_project;

use crate::errors::Mailbox;
use crate::scope::{self, Context, InSpan, Portable};
use crate::trace::TransactionOrSpan;

/// What work takes along.
#[derive(Debug)]
struct Luggage {
    context: Portable,
    mailbox: Mailbox,
}

impl Luggage {
    /// `None` while the thread's locals are being destroyed.
    fn pack() -> Option<Self> {
        scope::with(|context| context.clone()).map(Self::of)
    }

    fn of(context: Context) -> Self {
        Self { context: Portable::new(context), mailbox: Mailbox::of_running() }
    }

    /// Runs `work` in the context, which is taken back from the thread afterwards, also when `work` panics.
    #[inline]
    fn carried<R>(&mut self, work: impl FnOnce() -> R) -> R {
        let Self { context, mailbox } = self;
        mailbox.scoped(|| context.carried(work))
    }
}

/// The context is on the thread, and that of the thread where the context was.
pub(super) struct Unpacked<'a>(&'a mut Context);

impl<'a> Unpacked<'a> {
    pub(super) fn new(context: &'a mut Context) -> Self {
        scope::exchange(context);
        Self(context)
    }
}

impl Drop for Unpacked<'_> {
    fn drop(&mut self) {
        scope::exchange(self.0);
    }
}

pin_project! {
    /// A future or a stream with the context that it was [bound](bind) to.
    #[derive(Debug)]
    #[must_use = "futures and streams do nothing unless polled"]
    pub struct Bound<T> {
        // `None` while the whole is dropped.
        #[pin]
        work: Option<T>,
        luggage: Option<Luggage>,
    }

    impl<T> PinnedDrop for Bound<T> {
        fn drop(this: Pin<&mut Self>) {
            let mut this = this.project();
            // What the locals of the work do when they are dropped is done in its context.
            match this.luggage {
                Some(luggage) => luggage.carried(|| this.work.set(None)),
                None => this.work.set(None),
            }
        }
    }
}

// A panic in the work leaves its context whole.
impl<T: UnwindSafe> UnwindSafe for Bound<T> {}
impl<T: RefUnwindSafe> RefUnwindSafe for Bound<T> {}

impl<T> Bound<T> {
    /// Binds to the context of whoever calls.
    pub(super) fn here(work: T) -> Self {
        Self { work: Some(work), luggage: if scope::is_active() { Luggage::pack() } else { None } }
    }

    pub(super) fn to(context: Context, work: T) -> Self {
        Self { work: Some(work), luggage: Some(Luggage::of(context)) }
    }

    /// Polls the work in its context.
    #[inline]
    fn poll_in<R>(self: Pin<&mut Self>, poll: impl FnOnce(Pin<&mut T>) -> Poll<R>) -> Poll<R> {
        let this = self.project();
        // It is there as long as the whole is.
        let Some(work) = this.work.as_pin_mut() else { return Poll::Pending };
        match this.luggage {
            Some(luggage) => luggage.carried(|| poll(work)),
            None => poll(work),
        }
    }
}

impl<F: Future> Future for Bound<F> {
    type Output = F::Output;

    #[inline]
    fn poll(self: Pin<&mut Self>, context: &mut task::Context<'_>) -> Poll<F::Output> {
        self.poll_in(|future| future.poll(context))
    }
}

impl<S: Stream> Stream for Bound<S> {
    type Item = S::Item;

    #[inline]
    fn poll_next(self: Pin<&mut Self>, context: &mut task::Context<'_>) -> Poll<Option<S::Item>> {
        self.poll_in(|stream| stream.poll_next(context))
    }

    fn size_hint(&self) -> (usize, Option<usize>) {
        self.work.as_ref().map_or((0, Some(0)), Stream::size_hint)
    }
}

/// Binds a future to the context of whoever calls.
pub fn bind_future<F: Future>(future: F) -> Bound<F> {
    Bound::here(future)
}

/// Binds a closure to the context of whoever calls.
pub fn bind_closure<R, F: FnOnce() -> R>(f: F) -> impl FnOnce() -> R {
    let luggage = if scope::is_active() { Luggage::pack() } else { None };
    move || match luggage {
        Some(mut luggage) => luggage.carried(f),
        None => f(),
    }
}

/// What [`bind`] takes: a future, a stream, or a closure without arguments. The compiler finds out which (`Kind`).
pub trait Bind<Kind> {
    /// The same with its context: of a future a future, of a stream a stream, of a closure a boxed closure.
    type Bound;

    /// Binds it to the context of whoever calls.
    fn bound(self) -> Self::Bound;
}

/// The kinds of work that can be bound.
#[expect(unnameable_types, reason = "they only tell the compiler which implementation is meant")]
mod kind {
    use std::marker::PhantomData;

    #[derive(Debug)]
    pub struct Future;
    #[derive(Debug)]
    pub struct Stream;
    #[derive(Debug)]
    pub struct Closure<'a, R>(PhantomData<&'a R>);
}

impl<F: Future> Bind<kind::Future> for F {
    type Bound = Bound<F>;

    fn bound(self) -> Bound<F> {
        Bound::here(self)
    }
}

impl<S: Stream> Bind<kind::Stream> for S {
    type Bound = Bound<S>;

    fn bound(self) -> Bound<S> {
        Bound::here(self)
    }
}

impl<'a, R: 'a, F: FnOnce() -> R + Send + 'a> Bind<kind::Closure<'a, R>> for F {
    type Bound = Box<dyn FnOnce() -> R + Send + 'a>;

    fn bound(self) -> Self::Bound {
        Box::new(bind_closure(self))
    }
}

/// Binds work to the context of whoever calls: its scopes, its active span, its client.
///
/// Takes a future, a stream, or a closure, and returns one that may run anywhere: in a task, on a thread, in a pool. What
/// it captures has the tags, the user and the trace of the work that it was made by; what it sets on its scopes is seen
/// there too. Inside functions with `#[monitored]` what is handed to `tokio::spawn`, `tokio::task::spawn_blocking` and
/// `std::thread::spawn` is bound already, if they are called by these paths and not within a macro's arguments.
///
/// ```
/// sentry::set_tag("tenant", "acme");
/// std::thread::scope(|threads| {
///     threads.spawn(sentry::bind(|| sentry::capture_message("stock is low", sentry::Level::Warning)));
/// });
/// ```
pub fn bind<Kind, W: Bind<Kind>>(work: W) -> W::Bound {
    work.bound()
}

/// [`bind`] as a method of futures.
pub trait FutureExt: Future + Sized {
    /// Binds the future to the context of whoever calls. See [`bind`].
    ///
    /// ```
    /// use sentry::FutureExt as _;
    ///
    /// let _report = async { sentry::capture_message("done", sentry::Level::Info) }.bind();
    /// ```
    fn bind(self) -> Bound<Self> {
        Bound::here(self)
    }

    /// Makes `span` the active one whenever the future is polled: spans of attributed functions in it become children of
    /// `span`, and errors are linked to it. The future keeps a handle to the span until it is done, so the span ends with
    /// it unless there are other handles. If it is dropped before it is done, the span's status is `cancelled`, as long
    /// as nobody has set another.
    ///
    /// ```
    /// use sentry::FutureExt as _;
    ///
    /// # async fn download() -> u32 { 7 }
    /// # async fn run() {
    /// let span = sentry::start_span("http.client", "GET /prices");
    /// let prices = download().in_span(span).await;
    /// # }
    /// ```
    fn in_span(self, span: impl Into<TransactionOrSpan>) -> InSpan<Self> {
        InSpan::new(self, span.into())
    }
}

impl<F: Future> FutureExt for F {}
