//! Instructions that a child takes on the caller's thread, counted by valgrind: those of transactions with children
//! less those of empty ones. What is not ours is only counted for sync children, as a run takes seconds.

use std::env;
use std::fs;
use std::process::{Command, Stdio};

use crate::operation::{Operation, State};
use crate::peers::{ALL, OURS, Peer};
use crate::serve::count;
use crate::table::Table;

const CHILDREN: u64 = 100;
const TRANSACTIONS: u64 = 50;

pub(crate) fn print() {
    for state in State::ALL {
        let columns = Operation::ALL.map(|operation| operation.name().to_owned());
        let columns = columns.into_iter().chain(["empty transaction".to_owned()]);
        let mut table = Table::new(&format!("instructions of the caller, {}", state.name()), columns);
        for peer in ALL.iter().filter(|peer| peer.has(state)) {
            let empty = per_transaction(peer, state, Operation::Sync, 0);
            table.add(peer.name, Operation::ALL.len(), empty);
            let operations = if peer.name == OURS { &Operation::ALL[..] } else { &[Operation::Sync] };
            for (column, operation) in operations.iter().enumerate() {
                let full = per_transaction(peer, state, *operation, CHILDREN);
                table.add(peer.name, column, (full - empty) / count(CHILDREN));
            }
        }
        table.print();
    }
}

/// Instructions of the main thread while it runs one transaction.
fn per_transaction(peer: &Peer, state: State, operation: Operation, children: u64) -> f64 {
    let out = env::temp_dir().join(format!("spans-{}.callgrind", std::process::id()));
    let status = Command::new("valgrind")
        .args(["--tool=callgrind", "--separate-threads=yes", "--collect-atstart=no"])
        .arg("--toggle-collect=*serve*repeat*")
        .arg(format!("--callgrind-out-file={}", out.display()))
        .arg(env::current_exe().expect("this program has a path"))
        .args(["--once", peer.name, state.name(), operation.name()])
        .args([TRANSACTIONS.to_string(), children.to_string()])
        .envs(state.environment())
        .stderr(Stdio::null())
        .status()
        .expect("valgrind is installed");
    assert!(status.success(), "{} under valgrind: {status}", peer.name);
    let thread = |number: u32| format!("{}-{number:02}", out.display());
    let profile = fs::read_to_string(thread(1)).expect("callgrind writes a file for each thread");
    for file in std::iter::once(out.display().to_string()).chain((1..10).map(thread)) {
        // There are as many as there were threads.
        let _ = fs::remove_file(file);
    }
    let total = profile.lines().find_map(|line| line.strip_prefix("totals: "));
    let total: f64 = total.expect("the file says how many").trim().parse().expect("a number");
    total / count(TRANSACTIONS)
}
