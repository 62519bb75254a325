//! One peer in one state, in a process of its own: runs what it is asked to, and says what that took.

use std::hint::black_box;
use std::io::{self, BufRead as _, Write as _};
use std::sync::Barrier;
use std::thread;

use rustix::time::{ClockId, clock_gettime};

use crate::operation::{Operation, State};
use crate::peers::Peer;

/// Answers `<operation> <children> <transactions>` with the nanoseconds of CPU that the caller's thread and the whole
/// process took, `threads <children> <transactions>` with those of one thread and of one of two, and `delivered` with
/// how many children arrived of how many.
pub(crate) fn serve(peer: &Peer, state: State) {
    let _client = (peer.start)(state);
    let mut expected = 0;
    for line in io::stdin().lock().lines() {
        let line = line.expect("text from the parent");
        let words: Vec<&str> = line.split(' ').collect();
        let (first, second) = match words[..] {
            ["delivered"] => (count((peer.delivered)()), count(expected)),
            ["threads", children, transactions] => {
                let (children, transactions) = (number(children), number(transactions));
                expected += 3 * children * transactions;
                threads(peer, state, children, transactions)
            }
            [operation, children, transactions] => {
                let (children, transactions) = (number(children), number(transactions));
                expected += children * transactions;
                run(peer, state, Operation::named(operation), children, transactions)
            }
            _ => panic!("`{line}` is not understood"),
        };
        println!("{first} {second}");
        io::stdout().flush().expect("the parent listens");
    }
}

/// Runs it once, for whoever counts instructions from outside.
pub(crate) fn once(peer: &Peer, state: State, operation: Operation, transactions: u64, children: u64) {
    let client = (peer.start)(state);
    repeat(peer, state, operation, children, transactions);
    drop(client);
}

fn run(peer: &Peer, state: State, operation: Operation, children: u64, transactions: u64) -> (f64, f64) {
    let process = cpu(ClockId::ProcessCPUTime);
    let thread = cpu(ClockId::ThreadCPUTime);
    repeat(peer, state, operation, children, transactions);
    let thread = cpu(ClockId::ThreadCPUTime) - thread;
    (peer.flush)();
    (thread, cpu(ClockId::ProcessCPUTime) - process)
}

/// What a thread takes alone, and what each of two takes at the same time.
fn threads(peer: &Peer, state: State, children: u64, transactions: u64) -> (f64, f64) {
    let timed = |start: &Barrier| {
        start.wait();
        let begun = cpu(ClockId::ThreadCPUTime);
        repeat(peer, state, Operation::Sync, children, transactions);
        cpu(ClockId::ThreadCPUTime) - begun
    };
    let at_once = |number: usize| {
        let start = Barrier::new(number);
        let total: f64 = thread::scope(|scope| {
            let threads: Vec<_> = (0..number).map(|_| scope.spawn(|| timed(&start))).collect();
            threads.into_iter().map(|thread| thread.join().expect("it measures")).sum()
        });
        (peer.flush)();
        total
    };
    (at_once(1), at_once(2) / 2.0)
}

/// By this name valgrind is told what to count.
#[inline(never)]
fn repeat(peer: &Peer, state: State, operation: Operation, children: u64, transactions: u64) {
    let run = if state == State::Outside { peer.children } else { peer.transaction };
    for _ in 0..transactions {
        black_box(run(operation, black_box(children)));
    }
}

/// Nanoseconds of CPU so far.
fn cpu(clock: ClockId) -> f64 {
    let time = clock_gettime(clock);
    #[expect(clippy::cast_precision_loss, reason = "seconds of CPU are few")]
    let seconds = time.tv_sec as f64;
    #[expect(clippy::cast_precision_loss, reason = "below 10^9")]
    let nanoseconds = time.tv_nsec as f64;
    seconds * 1e9 + nanoseconds
}

#[expect(clippy::cast_precision_loss, reason = "counts here stay far below 2^52")]
pub(crate) fn count(number: u64) -> f64 {
    number as f64
}

pub(crate) fn number(text: &str) -> u64 {
    text.parse().expect("a number")
}
