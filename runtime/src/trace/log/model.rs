//! Every order in which threads can meet in a log, as far as the memory model allows it. `.ci/loom` runs it.

use std::ptr::NonNull;
use std::sync::Arc;

use loom::thread;

use super::{Log, Open, Owned, pages};
use crate::protocol::SpanStatus;
use crate::trace::callsite::Kind;
use crate::trace::{ActiveSpan, Callsite, Key, Trace, TraceSettings, TransactionContext, standing};

static CALLSITE: Callsite = Callsite::bare(Kind::Monitored, &standing("", ""), 1);

fn transaction() -> ActiveSpan {
    let settings = TraceSettings { rate: Some(1.0), max_spans: 10, ..TraceSettings::OFF };
    Trace::start(TransactionContext::new("work", "test"), &settings, None, None)
}

fn log_of(root: &ActiveSpan) -> Arc<Log> {
    root.trace().state().logs.first().map(Arc::clone).expect("a log")
}

/// Starts a span in a log that is in hand.
fn span(log: &Owned, start: u64) -> Open {
    let log: NonNull<Log> = log.0;
    // SAFETY: whoever has it in hand is its only writer.
    unsafe {
        log.as_ref().grow();
        Log::start(log, &CALLSITE, Key::ROOT, 0, || Some(start), |_| pages::Notes::NONE)
    }
    .expect("there is room")
}

/// Looks at all spans; how many have ended.
fn read(log: &Log) -> u64 {
    let mut ended = 0;
    for ((key, record), number) in log.records().zip(1..) {
        assert_eq!((key, record.start), (Key::of(log.number(), number - 1), u64::from(number)));
        if let Some(end) = record.end() {
            assert_eq!(end, (record.start + 1, SpanStatus::Cancelled));
            ended += 1;
        }
    }
    ended
}

/// What can be seen is whole, also in pages that come while it is read.
#[test]
fn a_span_that_can_be_seen_can_be_read() {
    const SPANS: u64 = 3;
    loom::model(|| {
        let root = transaction();
        let owned = Owned::new(root.trace()).expect("it runs");
        let log = log_of(&root);
        let reader = thread::spawn({
            let log = Arc::clone(&log);
            move || read(&log)
        });
        let writer = thread::spawn(move || {
            for number in 1..=SPANS {
                let open = span(&owned, number);
                open.record().close(number + 1, SpanStatus::Cancelled);
            }
        });
        reader.join().expect("it ends");
        writer.join().expect("it ends");
        assert_eq!(read(&log), SPANS);
    });
}

/// Whoever is the last to need a log takes it along, and nobody else does.
#[test]
fn a_log_goes_with_the_last_who_needs_it() {
    loom::model(|| {
        let root = transaction();
        let owned = Owned::new(root.trace()).expect("it runs");
        let log = Arc::downgrade(&log_of(&root));
        let (first, second) = (span(&owned, 1), span(&owned, 2));
        root.trace().state().logs.clear();
        let ends = [first, second].map(|open| {
            thread::spawn(move || {
                let record = open.record();
                record.close(3, SpanStatus::Ok);
                drop(open);
            })
        });
        drop(owned);
        for end in ends {
            end.join().expect("it ends");
        }
        assert_eq!(log.strong_count(), 0);
    });
}
