//! What is measured, and in which state.

use std::hint::black_box;
use std::pin::{Pin, pin};
use std::task::{Context, Poll, Waker};

/// What each child of a transaction is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Operation {
    Sync,
    Async,
    /// An async child that gives way once.
    Yield,
    /// A sync child with three attributes: an integer, a static string and a truth value.
    Attributes,
}

impl Operation {
    pub(crate) const ALL: [Self; 4] = [Self::Sync, Self::Async, Self::Yield, Self::Attributes];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Sync => "sync",
            Self::Async => "async",
            Self::Yield => "yield",
            Self::Attributes => "attributes",
        }
    }

    pub(crate) fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|it| it.name() == name).expect("one of the operations")
    }
}

/// What the peer has been told.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum State {
    /// Nothing: there is no client.
    Off,
    /// There is a client, and a rate of 0.
    Unsampled,
    /// There is a client, and a rate of 1.
    Sampled,
    /// As sampled, but no transaction runs.
    Outside,
    /// As sampled, but the children are switched off while the program runs.
    Silent,
}

impl State {
    pub(crate) const ALL: [Self; 5] =
        [Self::Off, Self::Outside, Self::Silent, Self::Unsampled, Self::Sampled];
    /// Those of whoever cannot switch single functions off.
    pub(crate) const SWITCHLESS: [Self; 4] = [Self::Off, Self::Outside, Self::Unsampled, Self::Sampled];

    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Off => "no client",
            Self::Unsampled => "unsampled",
            Self::Sampled => "sampled",
            Self::Outside => "no transaction",
            Self::Silent => "callsite off",
        }
    }

    pub(crate) fn named(name: &str) -> Self {
        Self::ALL.into_iter().find(|it| it.name() == name).expect("one of the states")
    }

    /// What a process in this state finds in its environment: our way to switch functions off.
    pub(crate) fn environment(self) -> Option<(&'static str, &'static str)> {
        (self == Self::Silent).then_some(("SENTRY_INSTRUMENT", "spans::peers::ours::child*=off"))
    }
}

/// What every child does.
#[inline]
pub(crate) fn body(number: u64) -> u64 {
    black_box(number) ^ 1
}

/// Runs a future to its end, as simple as can be.
pub(crate) fn block_on<F: Future>(future: F) -> F::Output {
    let mut future = pin!(future);
    let mut context = Context::from_waker(Waker::noop());
    loop {
        if let Poll::Ready(output) = future.as_mut().poll(&mut context) {
            return output;
        }
    }
}

/// Gives way once.
#[derive(Default)]
pub(crate) struct Yield(bool);

impl Future for Yield {
    type Output = ();

    fn poll(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<()> {
        if std::mem::replace(&mut self.0, true) { Poll::Ready(()) } else { Poll::Pending }
    }
}
