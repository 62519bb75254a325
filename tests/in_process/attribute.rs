//! Every form of `#[sentry::test]`.

use std::num::ParseIntError;
use std::sync::atomic::{AtomicU32, Ordering};

use sentry::protocol::{Event, MonitorCheckInStatus, Value};
use sentry::{ClientOptions, cron, monitored};

use crate::{number, sum, texts};

#[sentry::test]
fn sync() {
    assert!(number("four").is_err());
    assert_eq!(texts(), ["four"]);
    assert_eq!(texts(), ["four"], "what was read can be read again");
}

#[sentry::test]
fn fallible() -> Result<(), ParseIntError> {
    number("4")?;
    assert!(sentry::test::envelopes().is_empty());
    Ok(())
}

#[sentry::test]
#[should_panic(expected = "the reason")]
fn panicking() {
    panic!("the reason")
}

#[sentry::test]
async fn alone() -> Result<(), ParseIntError> {
    assert!(sum("one", "2").await.is_err());
    assert_eq!(texts(), ["one"]);
    assert_eq!(sum("1", "2").await?, 3);
    let names: Vec<_> = sentry::test::transactions().into_iter().filter_map(|it| it.name).collect();
    assert_eq!(names, ["sum", "sum"]);
    Ok(())
}

#[sentry::test]
#[tokio::test(flavor = "current_thread")]
async fn above_tokio() {
    assert!(sum("1", "two").await.is_err());
    assert_eq!(texts(), ["two"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[sentry::test]
async fn below_tokio() {
    // The body of the test hands its client on itself.
    let task = tokio::spawn(async { number("task").is_err() });
    let pool = tokio::task::spawn_blocking(|| number("pool").is_err());
    assert!(task.await.unwrap_or_default() && pool.await.unwrap_or_default());
    assert_eq!(texts(), ["pool", "task"]);
}

#[sentry::test]
#[test]
fn above_test() {
    assert!(number("above").is_err());
    assert_eq!(texts(), ["above"]);
}

/// Other attributes are inside of the client, whichever comes first.
#[sentry::test]
#[monitored(name = "checked")]
fn above_monitored() -> Result<(), String> {
    if sentry::last_event_id().is_none() { Ok(()) } else { Err("a client of an earlier test".to_owned()) }
}

#[sentry::test(environment = "testing", release = "shop@1.2.3", traces_sample_rate = 0)]
async fn options() {
    assert!(sum("many", "0").await.is_err());
    assert!(sentry::test::transactions().is_empty());
    let event = &sentry::test::events()[0];
    assert_eq!(event.environment.as_deref(), Some("testing"));
    assert_eq!(event.release.as_deref(), Some("shop@1.2.3"));
}

#[sentry::test(options = ClientOptions::new().dist("7"))]
fn defaults() {
    assert!(number("x").is_err());
    let event = &sentry::test::events()[0];
    assert_eq!(event.dist.as_deref(), Some("7"));
    assert_eq!(event.release.as_deref(), Some(concat!("tests@", env!("CARGO_PKG_VERSION"))));
}

#[cron(slug = "nightly", schedule = "@daily")]
fn nightly() -> Result<u32, ParseIntError> {
    number("many")
}

#[sentry::test]
fn check_ins() {
    assert!(nightly().is_err());
    let statuses: Vec<_> = sentry::test::check_ins().iter().map(|check_in| check_in.status).collect();
    assert_eq!(statuses, [MonitorCheckInStatus::InProgress, MonitorCheckInStatus::Error]);
    assert_eq!(sentry::test::check_ins()[0].monitor_slug, "nightly");
}

static SEEN: AtomicU32 = AtomicU32::new(0);

fn redact(mut event: Event<'static>) -> Event<'static> {
    SEEN.fetch_add(1, Ordering::Relaxed);
    event.extra.insert("seen".to_owned(), Value::Bool(true));
    event
}

#[sentry::test(before_send = |event| Some(redact(event)))]
fn callbacks() {
    assert!(number("seen").is_err());
    assert_eq!(sentry::test::events()[0].extra["seen"], true);
    assert_eq!(SEEN.load(Ordering::Relaxed), 1);
}

#[sentry::test]
fn panics_of_threads() {
    let thread = std::thread::spawn(|| panic!("in a thread"));
    assert!(thread.join().is_err());
    let events = sentry::test::events();
    assert_eq!(events[0].exception[0].value.as_deref(), Some("in a thread"));
}

#[test]
#[should_panic(expected = "put `#[sentry::test]` on the test")]
fn there_is_nothing_to_read_outside() {
    sentry::test::events();
}

#[monitored]
fn tidy_up() {}

#[monitored]
fn panics() {
    struct Cleanup;
    impl Drop for Cleanup {
        fn drop(&mut self) {
            tidy_up();
        }
    }
    let _cleanup = Cleanup;
    panic!("on purpose");
}

#[sentry::transaction]
fn survives() {
    assert!(std::panic::catch_unwind(panics).is_err());
}

/// Functions that cannot fail are told to have panicked by how they are left.
#[sentry::test]
fn only_the_function_that_panics_has_failed() {
    use sentry::protocol::SpanStatus;

    survives();
    let transactions = sentry::test::transactions();
    let statuses: Vec<_> =
        transactions[0].spans.iter().map(|span| (span.description.as_deref(), span.status)).collect();
    let of = |name: &str| {
        let with_name =
            |(description, _): &&(Option<&str>, _)| description.is_some_and(|it| it.ends_with(name));
        statuses.iter().find(with_name).and_then(|(_, status)| *status)
    };
    assert_eq!(of("panics"), Some(SpanStatus::InternalError), "{statuses:?}");
    assert_eq!(of("tidy_up"), Some(SpanStatus::Ok), "{statuses:?}");
}
