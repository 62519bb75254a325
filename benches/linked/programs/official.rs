//! The published crate.

#[path = "../report.rs"]
mod report;

use std::sync::Arc;

use official::{ClientOptions, Envelope, Transport};

struct Null;

impl Transport for Null {
    fn send_envelope(&self, _: Envelope) {}
}

fn main() {
    report::run(|| {
        let options = ClientOptions::new().traces_sample_rate(1.0).transport(Arc::new(Null));
        official::init(("http://key@127.0.0.1/1", options))
    });
}
