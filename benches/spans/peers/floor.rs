//! The least that a recorded span can cost: two readings of the clock, a thread-local, and one record written.

use std::cell::{Cell, RefCell};
use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

use crate::operation::{Operation, State, Yield, body};
use crate::peers::Peer;

pub(super) const PEER: Peer = Peer {
    name: "floor",
    states: &[State::Outside, State::Unsampled, State::Sampled],
    start,
    transaction,
    children,
    flush: || {},
    delivered: || DELIVERED.load(Relaxed),
};

static DELIVERED: AtomicU64 = AtomicU64::new(0);
static SAMPLED: AtomicU64 = AtomicU64::new(0);

#[derive(Clone, Copy)]
struct Record {
    _name: &'static str,
    _parent: u64,
    _start: u64,
    end: u64,
    _more: u64,
}

thread_local! {
    static RECORDS: RefCell<Vec<Record>> = const { RefCell::new(Vec::new()) };
    /// The span that is running, 0 for none, and whether it is recorded.
    static PARENT: Cell<(u64, bool)> = const { Cell::new((0, false)) };
}

super::children!();

fn start(state: State) -> Box<dyn std::any::Any> {
    SAMPLED.store(u64::from(state == State::Sampled), Relaxed);
    Box::new(())
}

#[cfg(target_arch = "x86_64")]
#[expect(unsafe_code, reason = "the instruction has no safe name")]
fn now() -> u64 {
    // SAFETY: every x86-64 processor has it.
    unsafe { std::arch::x86_64::_rdtsc() }
}

#[cfg(not(target_arch = "x86_64"))]
fn now() -> u64 {
    use std::sync::LazyLock;
    use std::time::Instant;
    static START: LazyLock<Instant> = LazyLock::new(Instant::now);
    START.elapsed().as_nanos() as u64
}

fn transaction(operation: Operation, count: u64) -> u64 {
    let start = now();
    PARENT.set((1, SAMPLED.load(Relaxed) == 1));
    let sum = children(operation, count);
    PARENT.set((0, false));
    RECORDS.with_borrow_mut(|records| {
        let ended = records.iter().filter(|record| record.end >= start).count();
        DELIVERED.fetch_add(ended as u64, Relaxed);
        records.clear();
    });
    sum
}

struct Open {
    /// Where its record is.
    index: Option<usize>,
    parent: u64,
}

#[inline]
fn open(name: &'static str) -> Open {
    let (parent, sampled) = PARENT.get();
    if !sampled {
        return Open { index: None, parent };
    }
    let index = RECORDS.with_borrow_mut(|records| {
        let index = records.len();
        records.push(Record { _name: name, _parent: parent, _start: now(), end: 0, _more: 0 });
        index
    });
    PARENT.set((index as u64 + 2, true));
    Open { index: Some(index), parent }
}

impl Drop for Open {
    #[inline]
    fn drop(&mut self) {
        let Some(index) = self.index else { return };
        RECORDS.with_borrow_mut(|records| records[index].end = now());
        PARENT.set((self.parent, true));
    }
}

#[inline(never)]
fn child(number: u64) -> u64 {
    let _open = open("child");
    body(number)
}

#[inline(never)]
fn child_with_attributes(number: u64) -> u64 {
    let _open = open("child");
    body(number)
}

#[inline(never)]
#[expect(clippy::unused_async, reason = "that it is async is what is measured")]
async fn child_async(number: u64) -> u64 {
    let _open = open("child");
    body(number)
}

#[inline(never)]
async fn child_yields(number: u64) -> u64 {
    let _open = open("child");
    Yield::default().await;
    body(number)
}
