//! SIGTERM and SIGINT: what was captured leaves, then whatever else is to happen does.
//!
//! The handler does what a handler may: it puts back what was there before it, and wakes a thread by a byte in a pipe.
//! That thread waits for delivery and sends the signal once more, to those it was meant for. A handler that was set after
//! ours, as that of tokio's `ctrl_c`, has been called by then, or has called ours; it stays, and nothing is sent again.
//!
//! A second signal finds ours gone: whoever sends two does not want to wait. After `fork` the child does not have the
//! thread, so there the signal acts at once, until the child starts a client of its own.
#![expect(unsafe_code, reason = "there is no other way to handle a signal and to hand it on")]

use std::io::{PipeReader, Read as _};
use std::mem::MaybeUninit;
use std::os::fd::IntoRawFd as _;
use std::ptr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicI32, AtomicU32, Ordering};

use libc::c_int;

use crate::callback;
use crate::scope;

/// A signal, and what was there before our handler.
struct Handled {
    signal: c_int,
    before: OnceLock<libc::sigaction>,
}

static HANDLED: [Handled; 2] = [Handled::new(libc::SIGTERM), Handled::new(libc::SIGINT)];
/// The process in which somebody sets it all up, or has.
static CLAIMED: AtomicU32 = AtomicU32::new(0);
/// The process that has the thread.
static SERVED: AtomicU32 = AtomicU32::new(0);
/// The pipe that wakes it.
static WAKE: AtomicI32 = AtomicI32::new(-1);

/// Set in the byte that wakes the thread if the signal is to be sent again. Signals are below.
const AGAIN: u8 = 0x80;

/// Handles the signals from now on, once in a process.
pub(super) fn handle() {
    let process = std::process::id();
    if CLAIMED.swap(process, Ordering::Relaxed) == process {
        return;
    }
    if let Err(error) = start(process) {
        crate::debug::log!("signals are not waited for: {error}");
    }
}

fn start(process: u32) -> std::io::Result<()> {
    let (reader, writer) = std::io::pipe()?;
    callback::thread("sentry-signals", move || serve(reader))?;
    // It stays open as long as the process lives.
    WAKE.store(writer.into_raw_fd(), Ordering::Relaxed);
    SERVED.store(process, Ordering::Release);
    HANDLED.iter().try_for_each(Handled::install)
}

/// The thread: flushes, and hands signals on.
fn serve(mut woken: PipeReader) {
    let mut byte = [0];
    while woken.read_exact(&mut byte).is_ok() {
        let (signal, again) = (c_int::from(byte[0] & !AGAIN), byte[0] & AGAIN != 0);
        let before = HANDLED.iter().find(|handled| handled.signal == signal).and_then(|it| it.before.get());
        let ends = again && before.is_some_and(|before| before.sa_sigaction == libc::SIG_DFL);
        for host in scope::all_of_process() {
            if ends {
                host.close(None);
            } else {
                host.flush(None);
            }
        }
        if again {
            // SAFETY: it takes two numbers. What handles the signal is what would have without us.
            unsafe { libc::kill(libc::getpid(), signal) };
        }
    }
}

impl Handled {
    const fn new(signal: c_int) -> Self {
        Self { signal, before: OnceLock::new() }
    }

    /// Sets our handler, unless the signal is ignored.
    fn install(&self) -> std::io::Result<()> {
        let now = action(self.signal)?;
        if now.sa_sigaction == libc::SIG_IGN || is_ours(&now) {
            return Ok(());
        }
        // What was there is known before it can be asked for.
        let _ = self.before.set(now);
        let mut ours = now;
        ours.sa_sigaction = handler as *const () as usize;
        // No call of the program's is to fail because of us.
        ours.sa_flags = libc::SA_RESTART | libc::SA_ONSTACK;
        // SAFETY: both pointers are to values of this frame. The handler is safe to be called at any time.
        let set = unsafe {
            libc::sigemptyset(&raw mut ours.sa_mask);
            libc::sigaction(self.signal, &raw const ours, ptr::null_mut())
        };
        if set == 0 { Ok(()) } else { Err(std::io::Error::last_os_error()) }
    }

    /// Puts back what was there before, if our handler still is what is there. Safe in a handler.
    fn uninstall(&self) -> bool {
        let is_ours = action(self.signal).is_ok_and(|now| is_ours(&now));
        is_ours
            && self.before.get().is_some_and(|before| {
                // SAFETY: the value is one that the system gave for this signal.
                unsafe { libc::sigaction(self.signal, ptr::from_ref(before), ptr::null_mut()) == 0 }
            })
    }
}

/// What happens now at a signal. Safe in a handler.
fn action(signal: c_int) -> std::io::Result<libc::sigaction> {
    let mut now = MaybeUninit::<libc::sigaction>::uninit();
    // SAFETY: it writes what there is to the second pointer, and says so by returning 0.
    unsafe {
        if libc::sigaction(signal, ptr::null(), now.as_mut_ptr()) == 0 {
            return Ok(now.assume_init());
        }
    }
    Err(std::io::Error::last_os_error())
}

fn is_ours(action: &libc::sigaction) -> bool {
    action.sa_sigaction == handler as *const () as usize
}

/// Called in the middle of anything, so all it does is read atomics and make system calls that POSIX allows here.
extern "C" fn handler(signal: c_int) {
    let errno = errno::errno();
    if let Some(handled) = HANDLED.iter().find(|handled| handled.signal == signal) {
        let again = handled.uninstall();
        // SAFETY: they take numbers, and a pointer to a byte of this frame along with its length.
        unsafe {
            if u32::try_from(libc::getpid()) == Ok(SERVED.load(Ordering::Acquire)) {
                let byte = u8::try_from(signal).unwrap_or_default() | if again { AGAIN } else { 0 };
                libc::write(WAKE.load(Ordering::Relaxed), ptr::from_ref(&byte).cast(), 1);
            } else if again {
                libc::raise(signal);
            }
        }
    }
    errno::set_errno(errno);
}
