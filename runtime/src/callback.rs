//! Calling the user's callbacks: a panic in one is contained and logged, as the protocol demands ("Hooks: error
//! isolation").

use std::cell::Cell;
use std::panic::{AssertUnwindSafe, catch_unwind};

thread_local! {
    static RUNNING: Cell<u32> = const { Cell::new(0) };
}

/// Calls `callback`; `None` if it panicked. No lock of ours may be held.
pub(crate) fn guarded<R>(name: &str, callback: impl FnOnce() -> R) -> Option<R> {
    let _running = Running::start();
    if let Ok(result) = catch_unwind(AssertUnwindSafe(callback)) {
        Some(result)
    } else {
        crate::debug::log!("the callback `{name}` panicked");
        None
    }
}

/// Whether the thread is inside a callback: what panics there is not captured.
pub(crate) fn is_running() -> bool {
    RUNNING.try_with(Cell::get).unwrap_or(0) > 0
}

/// Does `work`, which may block, on a thread of its own. The future is `false` when there can be no such thread.
pub(crate) fn on_a_thread<F: FnOnce() -> bool + Send + 'static>(
    name: &str,
    work: F,
) -> impl Future<Output = bool> + Send + use<F> {
    let (answer, answered) = tokio::sync::oneshot::channel();
    let started = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
        // Nobody may be listening any more.
        let _ = answer.send(work());
    });
    async move { started.is_ok() && answered.await.unwrap_or(false) }
}

struct Running;

impl Running {
    fn start() -> Self {
        // While a thread's locals are destroyed, nobody asks any more.
        let _ = RUNNING.try_with(|running| running.set(running.get() + 1));
        Self
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        let _ = RUNNING.try_with(|running| running.set(running.get().saturating_sub(1)));
    }
}
