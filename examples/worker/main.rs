//! Jobs that fail and are tried again: `cargo run --example worker`.
//!
//! Each job is a transaction, each attempt a span in it, and each failure is reported with the attempt it belongs to.

use std::time::Duration;

use sentry::{monitored, transaction};
use tokio::time::sleep;

const ATTEMPTS: u32 = 3;
const FIRST_PAUSE: Duration = Duration::from_millis(50);

#[derive(Clone, Copy)]
struct Job {
    name: &'static str,
    /// How many attempts fail before one succeeds.
    failures: u32,
}

#[derive(Debug, thiserror::Error)]
enum MailError {
    #[error("the mail server is busy, attempt {attempt}")]
    Busy { attempt: u32 },
    #[error("`{job}` failed {ATTEMPTS} times")]
    GaveUp { job: &'static str, source: Box<MailError> },
}

#[sentry::main(traces_sample_rate = 1.0)]
#[tokio::main]
async fn main() -> Result<(), tokio::task::JoinError> {
    let jobs = [
        Job { name: "newsletter", failures: 0 },
        Job { name: "invoice", failures: 2 },
        Job { name: "reminder", failures: 9 },
    ];
    for (job, running) in jobs.map(|job| (job, tokio::spawn(run(job)))) {
        match running.await? {
            Ok(attempt) => println!("{}: sent at attempt {attempt}", job.name),
            Err(error) => println!("{}: {error}", job.name),
        }
    }
    Ok(())
}

/// Runs a job until it succeeds and says which attempt did.
#[transaction(op = "queue.process", name = "send mail", tags(job = job.name))]
async fn run(job: Job) -> Result<u32, MailError> {
    let mut pause = FIRST_PAUSE;
    let mut attempt = 1;
    loop {
        match send(job, attempt).await {
            Ok(()) => return Ok(attempt),
            Err(error) if attempt == ATTEMPTS => {
                return Err(MailError::GaveUp { job: job.name, source: Box::new(error) });
            }
            Err(_) => sleep(pause).await,
        }
        attempt += 1;
        pause *= 2;
    }
}

#[monitored(tags(job = job.name, attempt = attempt))]
async fn send(job: Job, attempt: u32) -> Result<(), MailError> {
    connect(job, attempt).await?;
    sleep(Duration::from_millis(20)).await;
    Ok(())
}

#[monitored]
async fn connect(job: Job, attempt: u32) -> Result<(), MailError> {
    sleep(Duration::from_millis(5)).await;
    if attempt <= job.failures {
        return Err(MailError::Busy { attempt });
    }
    Ok(())
}
