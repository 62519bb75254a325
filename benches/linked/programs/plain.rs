//! A program without any of them.

#[path = "../report.rs"]
mod report;

fn main() {
    report::run(|| {});
}
