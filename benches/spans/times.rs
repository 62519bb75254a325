//! The tables of times.

use std::env;
use std::io::{BufRead as _, BufReader, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use crate::operation::{Operation, State};
use crate::peers::{ALL, Peer};
use crate::serve::count;
use crate::table::Table;

/// Children of the transactions that a child's cost is taken from.
const CHILDREN: u64 = 100;
const TRANSACTIONS: u64 = 20;
/// Sizes of transactions, and how many of each a round runs.
const SIZES: [(u64, u64); 5] = [(0, 500), (1, 500), (10, 200), (100, 20), (1000, 2)];

/// A peer's process.
struct Server {
    peer: &'static Peer,
    process: Child,
    requests: ChildStdin,
    answers: BufReader<ChildStdout>,
}

impl Server {
    fn start(peer: &'static Peer, state: State) -> Self {
        let mut process = Command::new(env::current_exe().expect("this program has a path"))
            .args(["--serve", peer.name, state.name()])
            .envs(state.environment())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this program runs");
        let requests = process.stdin.take().expect("it is piped");
        let answers = BufReader::new(process.stdout.take().expect("it is piped"));
        Self { peer, process, requests, answers }
    }

    fn ask(&mut self, request: &str) -> (f64, f64) {
        writeln!(self.requests, "{request}").expect("it listens");
        let mut answer = String::new();
        self.answers.read_line(&mut answer).expect("it answers");
        let (first, second) = answer.trim().split_once(' ').expect("two numbers");
        (first.parse().expect("a number"), second.parse().expect("a number"))
    }

    /// Nanoseconds of CPU that one transaction takes: its caller, and the whole process.
    fn transaction(&mut self, operation: Operation, children: u64, transactions: u64) -> (f64, f64) {
        let (caller, process) = self.ask(&format!("{} {children} {transactions}", operation.name()));
        (caller / count(transactions), process / count(transactions))
    }

    /// What each child takes.
    fn child(&mut self, operation: Operation) -> (f64, f64) {
        let full = self.transaction(operation, CHILDREN, TRANSACTIONS);
        let empty = self.transaction(operation, 0, TRANSACTIONS);
        ((full.0 - empty.0) / count(CHILDREN), (full.1 - empty.1) / count(CHILDREN))
    }

    fn end(self) {
        let Self { mut process, requests, .. } = self;
        drop(requests);
        process.wait().expect("it ends when nobody asks any more");
    }
}

pub(crate) fn print(rounds: usize) {
    for state in State::ALL {
        let mut servers: Vec<Server> =
            ALL.iter().filter(|peer| peer.has(state)).map(|peer| Server::start(peer, state)).collect();
        children(state, rounds, &mut servers);
        if state == State::Sampled || state == State::Unsampled {
            sizes(state, rounds, &mut servers);
        }
        if state == State::Sampled {
            threads(rounds, &mut servers);
        }
        servers.into_iter().for_each(Server::end);
    }
}

fn children(state: State, rounds: usize, servers: &mut [Server]) {
    let columns = Operation::ALL.map(|operation| operation.name().to_owned());
    let mut caller = Table::new(&format!("a child, {}: ns of the caller", state.name()), columns.clone());
    let mut process = Table::new(&format!("a child, {}: ns of the process", state.name()), columns);
    for operation in 0..Operation::ALL.len() {
        for _ in 0..rounds {
            for server in &mut *servers {
                let (one, all) = server.child(Operation::ALL[operation]);
                caller.add(server.peer.name, operation, one);
                process.add(server.peer.name, operation, all);
            }
        }
    }
    caller.print();
    if state == State::Sampled {
        process.print();
    }
}

fn sizes(state: State, rounds: usize, servers: &mut [Server]) {
    let columns = SIZES.map(|(children, _)| format!("{children} children"));
    let mut caller =
        Table::new(&format!("a transaction, {}: ns of the caller", state.name()), columns.clone());
    let mut process = Table::new(&format!("a transaction, {}: ns of the process", state.name()), columns);
    for (column, (children, transactions)) in SIZES.into_iter().enumerate() {
        for _ in 0..rounds {
            for server in &mut *servers {
                let (one, all) = server.transaction(Operation::Sync, children, transactions);
                caller.add(server.peer.name, column, one);
                process.add(server.peer.name, column, all);
            }
        }
    }
    caller.print();
    if state == State::Sampled {
        process.print();
    }
}

fn threads(rounds: usize, servers: &mut [Server]) {
    let mut table = Table::new(
        "two threads, each with its own transactions",
        ["CPU of two over one".to_owned(), "delivered, %".to_owned()],
    );
    for _ in 0..rounds {
        for server in &mut *servers {
            let (alone, beside) = server.ask(&format!("threads {CHILDREN} {TRANSACTIONS}"));
            table.add(server.peer.name, 0, beside / alone);
        }
    }
    for server in servers {
        let (delivered, expected) = server.ask("delivered");
        table.add(server.peer.name, 1, 100.0 * delivered / expected);
    }
    table.print();
}
