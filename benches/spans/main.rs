//! What spans cost, peers side by side, in one run.
//!
//! ```text
//! cargo bench -p benches --bench spans                      # times, full
//! cargo bench -p benches --bench spans -- --quick           # times, in under two minutes
//! cargo bench -p benches --bench spans -- --instructions    # instructions, under valgrind
//! ```
//!
//! Each peer in each state is a process of its own, so that none runs with another's hooks installed; all of them take
//! turns, so that a disturbance hits each, and the median over all rounds counts. Every peer gets an exporter that counts
//! what it is given: `delivered` is the share of the sampled spans that arrived there, for losing spans is the cheapest
//! way to be fast.

mod instructions;
mod operation;
mod peers;
mod serve;
mod table;
mod times;

use std::env;

use operation::{Operation, State};
use peers::Peer;

fn main() {
    let arguments: Vec<String> = env::args().skip(1).filter(|argument| argument != "--bench").collect();
    let arguments: Vec<&str> = arguments.iter().map(String::as_str).collect();
    match arguments[..] {
        ["--serve", peer, state] => serve::serve(Peer::named(peer), State::named(state)),
        ["--once", peer, state, operation, transactions, children] => serve::once(
            Peer::named(peer),
            State::named(state),
            Operation::named(operation),
            serve::number(transactions),
            serve::number(children),
        ),
        ["--instructions"] => instructions::print(),
        ["--quick"] => times::print(51),
        [] => times::print(301),
        _ => eprintln!("usage: [--quick | --instructions]"),
    }
}
