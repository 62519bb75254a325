//! The panic hook: captures, waits for delivery if nobody else will, then hands on to the hook that was there before.

use std::panic::PanicHookInfo;
use std::sync::{Arc, Mutex, Once, PoisonError};
use std::thread::ThreadId;
use std::time::{Instant, SystemTime};

use super::event;
use super::native::{Place, Stack};
use crate::callback;
use crate::protocol::{Event, Memory as _, Uuid};
use crate::scope::{self, Growing, Hold, Host, Item, Snapshot};

static INSTALLED: Once = Once::new();

/// Threads on whose stack a guard waits to flush.
static GUARDED: Mutex<Vec<ThreadId>> = Mutex::new(Vec::new());

/// What the compiler says where a panic meets something that it cannot unwind. Each follows the panic itself.
const CONSEQUENCES: [&str; 2] =
    ["panic in a destructor during cleanup", "panic in a function that cannot unwind"];
/// How a panic begins that does not unwind.
const UNSAFE: &str = "unsafe precondition(s) violated";

/// Installs the hook, once a process. Without a client it only hands on.
pub(crate) fn install_hook() {
    INSTALLED.call_once(|| {
        let previous = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |info| {
            // A panic in a user's callback is contained and not an event.
            if !callback::is_running()
                && let Some(host) = scope::host()
            {
                seen(info, &host);
            }
            previous(info);
        }));
    });
}

/// As long as it lives, the thread that made it flushes when it unwinds.
#[derive(Debug)]
pub(crate) struct FlushesOnUnwind(ThreadId);

impl FlushesOnUnwind {
    pub(crate) fn new() -> Self {
        let thread = std::thread::current().id();
        GUARDED.lock().unwrap_or_else(PoisonError::into_inner).push(thread);
        Self(thread)
    }
}

impl Drop for FlushesOnUnwind {
    fn drop(&mut self) {
        let mut guarded = GUARDED.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(at) = guarded.iter().position(|thread| *thread == self.0) {
            guarded.swap_remove(at);
        }
    }
}

/// What a panic says.
///
/// Source: `message_from_panic_info` of the published crate.
pub fn message_from_panic_info<'a>(info: &'a PanicHookInfo<'_>) -> &'a str {
    info.payload_as_str().unwrap_or("(a payload that is not text)")
}

/// Captures a panic, for a hook of one's own that stands in the place of all others. The hook that
/// [`init`](crate::init) installs does this already.
pub fn panic_handler(info: &PanicHookInfo<'_>) {
    if let Some(host) = scope::host() {
        seen(info, &host);
    }
}

/// The event of a panic, with the stack of this thread.
pub(crate) fn event_of_panic(info: &PanicHookInfo<'_>) -> Event<'static> {
    let place = place(info);
    event::of_panic(message_from_panic_info(info).to_owned(), place.as_ref(), &Stack::take())
}

fn seen(info: &PanicHookInfo<'_>, host: &Arc<dyn Host>) {
    let message = message_from_panic_info(info);
    let is_consequence = CONSEQUENCES.contains(&message);
    let ends_the_process = cfg!(panic = "abort") || is_consequence || message.starts_with(UNSAFE);
    if !is_consequence && host.captures_panics() {
        capture(info, message.to_owned(), host);
    }
    let most = host.panic_flush_timeout();
    // The hooks to come may end the process too, so the time to wait is now.
    if !most.is_zero() && (ends_the_process || !somebody_goes_on()) {
        host.flush(Some(most));
    }
}

/// Whether the program goes on behind the panic, or flushes when it does not: a runtime's task, a test and what a guard
/// is waiting for. They are not to be held up.
fn somebody_goes_on() -> bool {
    let thread = std::thread::current().id();
    tokio::runtime::Handle::try_current().is_ok()
        || scope::of_test().is_some()
        || GUARDED.lock().unwrap_or_else(PoisonError::into_inner).contains(&thread)
}

fn place(info: &PanicHookInfo<'_>) -> Option<Place> {
    info.location().map(|place| (place.file().to_owned(), place.line(), place.column()))
}

fn capture(info: &PanicHookInfo<'_>, message: String, host: &Arc<dyn Host>) {
    let what = if let Some(mut event) = host.event_of_panic(info) {
        if event.event_id.is_nil() {
            event.event_id = crate::random::uuid();
        }
        What::Event(Box::new(event))
    } else {
        let (id, at) = (crate::random::uuid(), SystemTime::now());
        What::Panic { id, at, message, place: place(info), stack: Stack::take() }
    };
    let hold = host.hold();
    hold.release();
    scope::set_last_event_id(what.id());
    let rest = Mutex::new(Some((what, Snapshot::take())));
    host.accept(Item::Held(Arc::new(Panicked { hold, rest })));
}

/// What is said of a panic.
enum What {
    /// By an extractor of the user's.
    Event(Box<Event<'static>>),
    Panic {
        id: Uuid,
        at: SystemTime,
        message: String,
        place: Option<Place>,
        stack: Stack,
    },
}

impl What {
    fn memory(&self) -> usize {
        match self {
            Self::Event(event) => event.memory(),
            Self::Panic { message, .. } => message.len(),
        }
    }

    fn id(&self) -> Uuid {
        match self {
            Self::Event(event) => event.event_id,
            Self::Panic { id, .. } => *id,
        }
    }
}

/// A panic, until the delivery thread makes an event of it: there symbols and source files are read, and callbacks are
/// called, which may not panic in the hook.
struct Panicked {
    hold: Hold,
    rest: Mutex<Option<(What, Snapshot)>>,
}

impl Growing for Panicked {
    fn hold(&self) -> Option<&Hold> {
        Some(&self.hold)
    }

    fn memory(&self) -> usize {
        let rest = self.rest.lock().unwrap_or_else(PoisonError::into_inner);
        rest.as_ref().map_or(0, |(what, scopes)| what.memory() + scopes.memory())
    }

    fn is_ready(&self, by: Option<Instant>) -> bool {
        match &*self.rest.lock().unwrap_or_else(PoisonError::into_inner) {
            Some((What::Panic { stack, .. }, _)) => stack.is_named(by),
            _ => true,
        }
    }

    fn finish(&self) -> Option<(Box<Event<'static>>, Snapshot)> {
        let (what, scopes) = self.rest.lock().unwrap_or_else(PoisonError::into_inner).take()?;
        let event = match what {
            What::Event(event) => event,
            What::Panic { id, at, message, place, stack } => {
                let event = event::of_panic(message, place.as_ref(), &stack);
                let transaction = scopes.transaction_name();
                Box::new(Event { event_id: id, timestamp: at, transaction, ..event })
            }
        };
        Some((event, scopes))
    }
}
