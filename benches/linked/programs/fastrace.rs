//! `fastrace`.

#[path = "../report.rs"]
mod report;

use fastrace::collector::{Config, Reporter, SpanRecord};

struct Null;

impl Reporter for Null {
    fn report(&mut self, _: Vec<SpanRecord>) {}
}

#[fastrace::trace]
fn work() {}

fn main() {
    report::run(|| {
        fastrace::set_reporter(Null, Config::default());
        work();
    });
}
