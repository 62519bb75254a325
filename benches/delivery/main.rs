//! Delivery beside the published crate: what arrives, what it costs, how long the end takes.
//!
//! `cargo bench -p benches --bench delivery [-- --quick]`. Each case runs in a process of its own, with default options,
//! against a server in this one.

#![allow(clippy::cast_precision_loss, reason = "figures for people")]

mod sink;
mod subject;

use std::collections::BTreeMap;
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::{Duration, Instant};

use sink::{Answer, Counts};

/// A child that takes longer is ended: its end is unbounded for all that one can see.
const LONGEST: Duration = Duration::from_secs(45);

struct Ran {
    said: BTreeMap<String, f64>,
    counts: std::sync::Arc<Counts>,
    ended: bool,
}

fn main() {
    let arguments: Vec<String> = std::env::args().collect();
    if let [_, child, subject, case, dsn, count] = &arguments[..]
        && child == "child"
    {
        return subject::run(subject, case, dsn, count.parse().unwrap_or(0));
    }
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let few = |count: u64| if quick { count / 5 } else { count };
    println!("{:<52}{:>22}{:>22}", "", "published crate", "ours");

    let slow = Answer::After(Duration::from_millis(20));
    let far = Answer::After(Duration::from_millis(50));
    let near = Answer::After(Duration::ZERO);
    row("burst of 1,000, server takes 20 ms: arrived", |s| arrived(&run(s, "burst", slow, 1_000), 1_000));
    row("200/s for 3 s, server takes 50 ms: arrived", |s| arrived(&run(s, "steady", far, 600), 600));
    let flood = few(50_000);
    for (name, answer) in [("0 ms", near), ("20 ms", slow)] {
        let mut figures = Vec::new();
        row(&format!("flood of {flood}, server takes {name}: lost / reported"), |s| {
            let ran = run(s, "burst", answer, flood);
            let lost = flood.saturating_sub(ran.counts.items.load(Ordering::Relaxed));
            figures.push((ran.counts.rate(), ran.said("peak_kib") / 1024.0));
            format!("{lost} / {}", ran.counts.reported.load(Ordering::Relaxed))
        });
        let mut rates = figures.clone().into_iter();
        row("    delivered a second", |_| format!("{:.0}", rates.next().unwrap_or_default().0));
        let mut peaks = figures.into_iter();
        row("    peak memory added, MiB", |_| format!("{:.1}", peaks.next().unwrap_or_default().1));
    }
    let mut last = Vec::new();
    row("CPU per delivered event, us", |s| {
        let ran = run(s, "closed loop", near, few(10_000));
        let delivered = ran.counts.items.load(Ordering::Relaxed).max(1);
        let cost = ran.said("cpu_us") / delivered as f64;
        last.push((ran.said("init_us") / 1000.0, ran.said("idle_kib") / 1024.0, ran.said("threads")));
        format!("{cost:.1}")
    });
    let mut each = last.clone().into_iter();
    row("init on the caller, ms", |_| format!("{:.3}", each.next().unwrap_or_default().0));
    let mut each = last.clone().into_iter();
    row("memory added by init, MiB", |_| format!("{:.1}", each.next().unwrap_or_default().1));
    let mut each = last.into_iter();
    row("threads added", |_| each.next().unwrap_or_default().2.to_string());
    row("bytes on the wire per transaction of 100 spans", |s| {
        let ran = run(s, "transactions", near, 50);
        let count = ran.counts.items.load(Ordering::Relaxed).max(1);
        format!("{}", ran.counts.bytes.load(Ordering::Relaxed) / count)
    });
    row("burst of 100,000, server takes 20 ms: peak MiB", |s| {
        format!("{:.1}", run(s, "burst", slow, few(100_000)).said("peak_kib") / 1024.0)
    });
    row("end with a silent server, timeout 2 s: seconds", |s| {
        let ran = run(s, "exit", Answer::Never, 100);
        if ran.ended { format!("{:.2}", ran.said("close_ms") / 1000.0) } else { format!("> {LONGEST:?}") }
    });
}

fn row(name: &str, mut of: impl FnMut(&str) -> String) {
    let (published, ours) = (of("official"), of("ours"));
    println!("{name:<52}{published:>22}{ours:>22}");
}

fn arrived(ran: &Ran, of: u64) -> String {
    format!("{} of {of}", ran.counts.items.load(Ordering::Relaxed))
}

impl Ran {
    fn said(&self, name: &str) -> f64 {
        self.said.get(name).copied().unwrap_or(f64::NAN)
    }
}

/// Runs one case of one subject in a process of its own.
fn run(subject: &str, case: &str, answer: Answer, count: u64) -> Ran {
    let (dsn, counts) = sink::start(answer);
    let mut child = Command::new(std::env::current_exe().expect("a path"))
        .args(["child", subject, case, &dsn, &count.to_string()])
        .stdout(Stdio::piped())
        .spawn()
        .expect("the child starts");
    let start = Instant::now();
    let ended = loop {
        match child.try_wait() {
            Ok(None) if start.elapsed() < LONGEST => std::thread::sleep(Duration::from_millis(5)),
            Ok(None) => {
                drop(child.kill());
                break false;
            }
            _ => break true,
        }
    };
    let output = child.wait_with_output().map(|output| output.stdout).unwrap_or_default();
    let text = String::from_utf8_lossy(&output);
    let said = text.lines().filter_map(|line| line.split_once(' '));
    let said = said.filter_map(|(name, value)| Some((name.to_owned(), value.parse().ok()?))).collect();
    // What is on its way is counted after its answer.
    std::thread::sleep(Duration::from_millis(100));
    Ran { said, counts, ended }
}
