//! Calling the user's callbacks: a panic in one is contained and logged, as the protocol demands ("Hooks: error
//! isolation"). The SDK's own threads are as callbacks: what they and the libraries below them write is not captured.

use std::cell::Cell;
use std::io;
use std::panic::{AssertUnwindSafe, catch_unwind};

use crate::protocol::Reason;

thread_local! {
    static RUNNING: Cell<u32> = const { Cell::new(0) };
}

/// Calls `callback`; `None` if it panicked. No lock of ours may be held.
pub(crate) fn guarded<R>(name: &str, callback: impl FnOnce() -> R) -> Option<R> {
    let _running = Running::start();
    match catch_unwind(AssertUnwindSafe(callback)) {
        Ok(result) => Some(result),
        Err(payload) => {
            crate::debug::log!("error: the callback `{name}` panicked");
            // What it panicked with may panic when it is dropped, and so may that.
            if let Err(another) = catch_unwind(AssertUnwindSafe(|| drop(payload))) {
                std::mem::forget(another);
            }
            None
        }
    }
}

/// Shows an item to a hook that may drop it: the item as the hook leaves it, or why there is none. A hook that panics has
/// dropped it, and for the same reason. `what` is what the debug log calls the item: "event".
///
/// Source: Sentry's SDK documentation, "Hooks: error isolation".
pub(crate) fn kept<T>(
    what: &str,
    name: &str,
    reason: Reason,
    item: T,
    hook: impl FnOnce(T) -> Option<T>,
) -> Result<T, Reason> {
    let kept = guarded(name, || hook(item)).flatten();
    kept.ok_or_else(|| {
        crate::debug::log!("{what} dropped: {name}");
        reason
    })
}

/// The same for an item that is so large that it is moved no more often than it has to be.
pub(crate) fn kept_boxed<T>(
    what: &str,
    name: &str,
    reason: Reason,
    item: Box<T>,
    hook: impl FnOnce(T) -> Option<T>,
) -> Result<Box<T>, Reason> {
    kept(what, name, reason, item, |item| hook(*item).map(Box::new))
}

/// Starts a thread of the SDK's own.
pub(crate) fn thread(name: &'static str, work: impl FnOnce() + Send + 'static) -> io::Result<()> {
    std::thread::Builder::new().name(name.to_owned()).spawn(move || guarded(name, work)).map(drop)
}

/// Whether the thread is inside a callback: what panics or is written there is not captured.
pub(crate) fn is_running() -> bool {
    RUNNING.try_with(Cell::get).unwrap_or(0) > 0
}

/// Does `work`, which may block, on a thread of its own. The future is `false` when there can be no such thread.
pub(crate) fn on_a_thread<F: FnOnce() -> bool + Send + 'static>(
    name: &'static str,
    work: F,
) -> impl Future<Output = bool> + Send + use<F> {
    let (answer, answered) = tokio::sync::oneshot::channel();
    let started = thread(name, move || {
        // Nobody may be listening any more.
        let _ = answer.send(work());
    });
    async move { started.is_ok() && answered.await.unwrap_or(false) }
}

struct Running;

impl Running {
    #[inline]
    fn start() -> Self {
        // While a thread's locals are destroyed, nobody asks any more.
        let _ = RUNNING.try_with(|running| running.set(running.get() + 1));
        Self
    }
}

impl Drop for Running {
    #[inline]
    fn drop(&mut self) {
        let _ = RUNNING.try_with(|running| running.set(running.get().saturating_sub(1)));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hook_keeps_changes_or_drops() {
        let ask = |hook: fn(u32) -> Option<u32>| kept("number", "a hook", Reason::BeforeSend, 1, hook);
        assert_eq!(ask(|number| Some(number + 1)), Ok(2));
        assert_eq!(ask(|_| None), Err(Reason::BeforeSend));
        assert_eq!(ask(|_| panic!("never mind")), Err(Reason::BeforeSend));
        assert!(!is_running());
    }

    #[test]
    fn what_panics_when_it_is_dropped_stays_inside() {
        struct Bomb(u8);
        impl Drop for Bomb {
            fn drop(&mut self) {
                if let Some(left) = self.0.checked_sub(1) {
                    std::panic::panic_any(Bomb(left));
                }
            }
        }
        assert_eq!(guarded("a test", || std::panic::panic_any(Bomb(2))), None::<()>);
    }
}
