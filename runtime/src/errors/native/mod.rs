//! Native stacks: addresses walked on the caller, everything else found on the delivery thread.
//!
//! `walk` runs on the caller. `symbols` reads what stands at an address, `names` takes names apart, `frames` makes
//! frames of both and leaves out the machinery, `merge` joins them with the attributed functions. `elf` lists what is
//! loaded, so that a server can name the addresses of a stripped program. `own` and `files` say which frames are the
//! program's own and which file they are in. Without the feature `backtrace` a stack is that of the attributed functions
//! alone.

mod complete;
#[cfg(feature = "backtrace")]
#[cfg_attr(not(elf), path = "no_elf.rs")]
mod elf;
mod files;
#[cfg(feature = "backtrace")]
mod frames;
mod merge;
#[cfg(feature = "backtrace")]
mod names;
#[cfg(not(feature = "backtrace"))]
mod off;
mod own;
#[cfg(feature = "backtrace")]
mod symbols;
#[cfg(feature = "backtrace")]
mod walk;

pub(crate) use complete::{complete, lacks_stack, list_images};
pub(super) use files::{is_own as is_own_file, name as file_name};
pub(super) use merge::{Place, Stop};
pub(crate) use own::{Own, set_program};

#[cfg(feature = "backtrace")]
use {elf::images, frames::of as frames, symbols::ask, walk::walk};

#[cfg(not(feature = "backtrace"))]
use off::{ask, frames, images, walk};

use std::sync::OnceLock;
use std::time::{Duration, Instant};

use super::calls;
use crate::protocol::{DebugImage, Event, Frame, Stacktrace, Thread};
use crate::scope::Amend;
use crate::trace::Callsite;
use crate::trace::threads::number_of;

/// Where a thread was. Taking it costs a walk over the stack; the rest is for the delivery thread.
#[derive(Debug)]
pub(crate) struct Stack {
    thread: std::thread::Thread,
    /// Return addresses of the calls, innermost first.
    addresses: Box<[usize]>,
    /// The attributed functions that were running, outermost first.
    running: Vec<&'static Callsite>,
    /// When the delivery thread asked for the names at the addresses.
    asked: OnceLock<Instant>,
}

/// How long an event waits in the queue for the names in its stack. Opening a large program may take seconds.
const LONGEST: Duration = Duration::from_secs(10);
/// How long whoever makes an event at once waits for them.
const AT_ONCE: Duration = Duration::from_secs(1);

/// A native frame, and the name that the compiler gave to its function; empty if the program does not say.
#[derive(Debug)]
struct Native {
    frame: Frame,
    name: String,
}

impl Stack {
    /// The stack of this thread.
    pub(crate) fn take() -> Self {
        Self {
            thread: std::thread::current(),
            addresses: walk(),
            running: calls::running(),
            asked: OnceLock::new(),
        }
    }

    /// The stack trace, joined with the attributed functions that were running, and with the place of a panic.
    pub(super) fn trace(&self, place: Option<&Place>) -> Option<Stacktrace> {
        let stops: Vec<Stop<'_>> = self.running.iter().copied().map(Stop::running).collect();
        self.trace_along(&stops, place)
    }

    /// The stack trace, joined with the attributed functions that an error has left.
    pub(super) fn trace_along(&self, stops: &[Stop<'_>], place: Option<&Place>) -> Option<Stacktrace> {
        let patience = if self.asked.get().is_some() { Duration::ZERO } else { AT_ONCE };
        stack_trace(merge::join(frames(&self.addresses, patience), stops, place))
    }

    /// The thread.
    pub(super) fn thread(&self) -> Thread {
        Thread {
            id: number_of(&self.thread).map(Into::into),
            name: self.thread.name().map(str::to_owned),
            current: true,
            ..Thread::default()
        }
    }

    /// Whether the names are known or not to be had in time. Asks for them.
    pub(super) fn is_named(&self, by: Option<Instant>) -> bool {
        let now = Instant::now();
        let asked = *self.asked.get_or_init(|| now);
        ask(&self.addresses) || by.is_some_and(|by| by <= now) || asked + LONGEST <= now
    }
}

impl Amend for Stack {
    fn is_ready(&self, by: Option<Instant>) -> bool {
        self.is_named(by)
    }

    /// Gives the stack to an event that has none: to its exception, or to the thread.
    fn amend(&self, event: &mut Event<'static>) {
        let mut thread = self.thread();
        let trace = self.trace(None);
        match event.exception.last_mut() {
            Some(exception) => {
                exception.thread_id.clone_from(&thread.id);
                exception.stacktrace = trace;
            }
            None => thread.stacktrace = trace,
        }
        event.threads.values.push(thread);
    }
}

/// The calls that this thread is in, with their names and lines.
///
/// ```
/// let stacktrace = sentry::integrations::backtrace::current_stacktrace();
/// assert!(stacktrace.is_some_and(|stacktrace| !stacktrace.frames.is_empty()));
/// ```
pub fn current_stacktrace() -> Option<Stacktrace> {
    Stack::take().trace(None)
}

/// This thread, with the calls that it is in if `with_stack` says so.
pub fn current_thread(with_stack: bool) -> Thread {
    let stack = Stack::take();
    let stacktrace = if with_stack { stack.trace(None) } else { None };
    Thread { stacktrace, ..stack.thread() }
}

/// What is loaded into the process.
pub fn debug_images() -> Vec<DebugImage> {
    images().to_vec()
}

/// The stack trace of frames that stand outermost first.
pub(super) fn stack_trace(frames: Vec<Frame>) -> Option<Stacktrace> {
    // After the machinery was left out even the innermost address is one to return to.
    let native = frames.iter().any(|frame| frame.instruction_addr.is_some());
    let instruction_addr_adjustment = native.then(|| "all".to_owned());
    Some(Stacktrace { frames, instruction_addr_adjustment, ..Stacktrace::default() })
        .filter(|stacktrace| !stacktrace.frames.is_empty())
}
