//! This project, with an attributed function.

#[path = "../report.rs"]
mod report;

use std::sync::Arc;

use sentry::{ClientOptions, Envelope, Transport, monitored};

struct Null;

impl Transport for Null {
    fn send_envelope(&self, _: Envelope) {}
}

#[monitored]
fn work() {}

fn main() {
    report::run(|| {
        let options = ClientOptions::new().traces_sample_rate(1.0).transport(Arc::new(Null));
        let guard = sentry::init(("http://key@127.0.0.1/1", options));
        work();
        guard
    });
}
