//! What the sanitizers look at: see CONTRIBUTING.md.

use std::sync::Arc;
use std::thread;

use super::{Open, Owned, grow, put, set_current, start_noted, take};
use crate::protocol::SpanStatus;
use crate::trace::{
    ActiveSpan, Callsite, Facts, Key, Kind, Note, Notes, Trace, TraceSettings, TransactionContext, UNSAID,
};

static FACTS: Facts = ("app", "", ("", 0), || "app::work::Here", UNSAID);
static CALLSITE: Callsite = Callsite::bare(Kind::Monitored, &FACTS, 1);

fn transaction(max_spans: u32) -> ActiveSpan {
    let settings = TraceSettings { rate: Some(1.0), max_spans, ..TraceSettings::OFF };
    Trace::start(TransactionContext::new("work", "test"), &settings, None, None)
}

/// Gives this thread a log of the transaction.
fn join(root: &ActiveSpan) {
    put(Owned::new(root.trace()), Some(root));
}

fn span(tag: &str) -> Option<Open> {
    grow();
    let mut notes = Notes::new();
    notes.tag("tag", tag.to_owned());
    start_noted(&CALLSITE, &mut notes)
}

/// Every span that can be seen: its key, its tag, and whether it has ended.
fn seen(root: &ActiveSpan) -> Vec<(Key, String, bool)> {
    let logs = root.trace().state().logs.clone();
    let all = logs.iter().flat_map(|log| log.records());
    all.map(|(key, record)| {
        let Some(Note::Tag(_, tag)) = record.notes().first() else { panic!("a tag") };
        assert_eq!(record.callsite.function(), "work");
        (key, tag.to_string(), record.end().is_some_and(|(end, _)| end >= record.start))
    })
    .collect()
}

#[test]
fn what_is_read_while_others_write_is_whole() {
    const SPANS: usize = 500;
    let root = transaction(10_000);
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                join(&root);
                for number in 0..SPANS {
                    let span = span(&number.to_string()).expect("there is room");
                    assert!(span.finish_here(SpanStatus::Ok).is_ok());
                }
                drop(take());
            });
        }
        while seen(&root).iter().filter(|(.., ended)| *ended).count() < 3 * SPANS {
            thread::yield_now();
        }
    });
    let mut keys: Vec<_> = seen(&root).into_iter().map(|(key, ..)| key).collect();
    keys.sort();
    keys.dedup();
    assert_eq!(keys.len(), 3 * SPANS);
    drop(root.finish_transaction(None, None));
}

#[test]
fn a_span_that_ends_elsewhere_keeps_its_log() {
    let root = transaction(10);
    join(&root);
    let (first, second) = (span("first"), span("second"));
    let (first, second) = (first.expect("there is room"), second.expect("there is room"));
    // Ends elsewhere while the log is here.
    thread::spawn(move || first.finish(SpanStatus::Ok)).join().expect("it ends");
    let ended =
        || seen(&root).into_iter().filter(|(.., ended)| *ended).map(|(_, tag, _)| tag).collect::<Vec<_>>();
    assert_eq!(ended(), ["first"]);
    // Ends elsewhere after the log has left its work, and the transaction has let go of it.
    drop(take());
    let log = root.trace().state().logs.first().map(Arc::downgrade).expect("a log");
    drop(root.finish_transaction(None, None));
    assert_eq!(log.strong_count(), 1, "the open span keeps it");
    thread::spawn(move || second.finish(SpanStatus::Ok)).join().expect("it ends");
    assert_eq!(log.strong_count(), 0);
}

#[test]
fn a_log_that_nobody_needs_goes() {
    let root = transaction(10);
    join(&root);
    let span = span("only").expect("there is room");
    let log = root.trace().state().logs.first().map(Arc::downgrade).expect("a log");
    drop(root.finish_transaction(None, None));
    assert!(span.finish_here(SpanStatus::Ok).is_ok());
    assert_eq!(log.strong_count(), 1);
    drop(take());
    assert_eq!(log.strong_count(), 0);
}

#[test]
fn logs_share_the_room_and_use_all_of_it() {
    const ROOM: u32 = 100;
    let root = transaction(ROOM);
    let (mut first, mut second) = (Owned::new(root.trace()), Owned::new(root.trace()));
    let mut kept = 0;
    for _ in 0..2 * ROOM {
        for log in [&mut first, &mut second] {
            put(log.take(), Some(&root));
            if let Some(span) = span("any") {
                kept += 1;
                drop(span);
            }
            set_current(Key::ROOT);
            *log = take();
        }
    }
    assert_eq!(kept, ROOM);
    drop(root.finish_transaction(None, None));
}

#[test]
fn what_is_said_when_spans_begin_is_weighed() {
    const LONG: usize = 1 << 20;
    let root = transaction(10);
    join(&root);
    for length in [0, LONG, 1] {
        drop(span(&"x".repeat(length)));
    }
    drop(take());
    let finished = root.finish_transaction(None, None).expect("it is sampled");
    assert!((LONG..LONG + 1000).contains(&finished.memory()), "{}", finished.memory());
}
