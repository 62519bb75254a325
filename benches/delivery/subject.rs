//! What is measured, in a process of its own: this file is the child.

use std::time::{Duration, Instant};

/// Runs one case and prints what it has measured, as `name value` lines.
pub(crate) fn run(subject: &str, case: &str, dsn: &str, count: u64) {
    let threads = threads();
    let resident = memory("VmRSS:");
    let start = Instant::now();
    macro_rules! with {
        ($sentry:ident, $init:expr) => {{
            let guard = $init;
            say("init_us", start.elapsed().as_secs_f64() * 1e6);
            say("idle_kib", memory("VmRSS:") - resident);
            let message = |number: u64| {
                $sentry::capture_message(&format!("small event {number}"), $sentry::Level::Info);
            };
            let (began, cpu) = (Instant::now(), cpu());
            match case {
                "burst" | "exit" => (0..count).for_each(message),
                "steady" => {
                    for number in 0..count {
                        message(number);
                        let due = began + Duration::from_millis(5 * number);
                        std::thread::sleep(due.saturating_duration_since(Instant::now()));
                    }
                }
                // Few enough at a time that nobody drops any.
                "closed loop" => {
                    for number in 0..count {
                        message(number);
                        if number % 16 == 15 {
                            guard.flush(Some(Duration::from_secs(5)));
                        }
                    }
                }
                _ => {
                    for _ in 0..count {
                        let transaction =
                            $sentry::start_transaction($sentry::TransactionContext::new("checkout", "task"));
                        for span in 0..100 {
                            let text = format!("SELECT * FROM products WHERE id = {span}");
                            transaction.start_child("db.query", &text).finish();
                        }
                        transaction.finish();
                        guard.flush(Some(Duration::from_secs(5)));
                    }
                }
            }
            say("capture_ms", began.elapsed().as_secs_f64() * 1e3);
            say("threads", self::threads() - threads);
            let timeout = if case == "exit" { 2 } else { 30 };
            let start = Instant::now();
            let flushed = guard.close(Some(Duration::from_secs(timeout)));
            say("close_ms", start.elapsed().as_secs_f64() * 1e3);
            say("flushed", f64::from(u8::from(flushed)));
            say("cpu_us", self::cpu() - cpu);
            say("peak_kib", memory("VmHWM:") - resident);
            std::mem::forget(guard);
        }};
    }
    if subject == "ours" {
        with!(sentry, sentry::init((dsn, sentry::ClientOptions::new().traces_sample_rate(1.0))));
    } else {
        let options = official::ClientOptions::new().traces_sample_rate(1.0);
        with!(official, official::init((dsn, options)));
    }
}

fn say(name: &str, value: f64) {
    println!("{name} {value}");
}

fn memory(line: &str) -> f64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let found =
        status.lines().find_map(|text| text.strip_prefix(line)?.split_whitespace().next()?.parse().ok());
    found.unwrap_or_default()
}

fn threads() -> f64 {
    memory("Threads:")
}

/// Processor time of the whole process in microseconds, user and system.
fn cpu() -> f64 {
    let time = rustix::time::clock_gettime(rustix::time::ClockId::ProcessCPUTime);
    let part = |number: i64| u64::try_from(number).unwrap_or_default();
    (Duration::from_secs(part(time.tv_sec)) + Duration::from_nanos(part(time.tv_nsec))).as_secs_f64() * 1e6
}
