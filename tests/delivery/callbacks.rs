//! Callbacks that use the SDK themselves, and break, from several threads at once: nothing stands still.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sentry::protocol::{Category, Event};
use sentry::{Breadcrumb, Client, ClientOptions, Level, TransactionContext};
use tests::{Answer, Receiver};

use super::{DEADLINE, books, capture, event, options};

/// Runs on a thread of its own, so that one that stands still is seen.
fn watched(work: impl FnOnce() + Send + 'static) {
    let (done, finished) = std::sync::mpsc::channel();
    let worker = std::thread::spawn(move || {
        work();
        let _ = done.send(());
    });
    let answer = finished.recv_timeout(DEADLINE);
    assert!(!matches!(answer, Err(std::sync::mpsc::RecvTimeoutError::Timeout)), "it stands still");
    assert!(worker.join().is_ok(), "it panicked");
}

#[test]
fn the_sdk_is_used_inside_of_its_callbacks() {
    watched(|| {
        let crumbs = Arc::new(AtomicUsize::new(0));
        let inner = Arc::clone(&crumbs);
        let configured = ClientOptions::new()
            .traces_sample_rate(1.0)
            .before_send(|event| {
                sentry::add_breadcrumb(Breadcrumb::default());
                sentry::configure_scope(|scope| scope.set_tag("inside", "before_send"));
                sentry::flush(Some(Duration::from_millis(10)));
                if event.message.as_deref() == Some("outer") {
                    sentry::capture_message("inner", Level::Info);
                }
                assert!(event.message.as_deref() != Some("breaks"), "before_send breaks");
                Some(event)
            })
            .before_send_transaction(|transaction| {
                sentry::capture_message("of a transaction", Level::Info);
                assert!(transaction.name.as_deref() != Some("breaks"), "before_send_transaction breaks");
                Some(transaction)
            })
            .before_breadcrumb(move |breadcrumb| {
                // One deep, for each calls it again.
                if inner.fetch_add(1, Ordering::Relaxed).is_multiple_of(2) {
                    sentry::add_breadcrumb(Breadcrumb::default());
                }
                assert!(breadcrumb.message.as_deref() != Some("breaks"), "before_breadcrumb breaks");
                Some(breadcrumb)
            });
        let events = sentry::test::with_captured_envelopes_options(
            || {
                sentry::configure_scope(|scope| {
                    scope.add_event_processor(|event| {
                        sentry::configure_scope(|scope| scope.set_tag("inside", "a processor"));
                        sentry::with_scope(|_| {}, || sentry::set_extra("deep", 1.into()));
                        assert!(event.message.as_deref() != Some("breaks a processor"), "it breaks");
                        Some(event)
                    });
                });
                let work = || {
                    for message in ["outer", "breaks", "breaks a processor", "plain"] {
                        sentry::add_breadcrumb(Breadcrumb {
                            message: Some(message.into()),
                            ..Breadcrumb::default()
                        });
                        sentry::capture_message(message, Level::Info);
                        sentry::start_transaction(TransactionContext::new(message, "task")).finish();
                    }
                };
                std::thread::scope(|scope| {
                    for _ in 0..4 {
                        scope.spawn(sentry::__private::bind_closure(work));
                    }
                });
                assert!(!sentry::test::envelopes().is_empty());
                assert!(sentry::delivery_stats().is_balanced());
            },
            configured,
        );
        assert!(crumbs.load(Ordering::Relaxed) >= 16);
        let sent = events.iter().filter_map(|envelope| envelope.event());
        let mut messages: Vec<_> = sent.filter_map(|event| event.message.clone()).collect();
        messages.sort_unstable();
        messages.dedup();
        assert!(
            messages.contains(&"outer".to_owned()) && messages.contains(&"plain".to_owned()),
            "{messages:?}"
        );
        assert!(!messages.iter().any(|message| message.starts_with("breaks")), "{messages:?}");
    });
}

#[test]
fn a_client_is_used_inside_of_its_own_callback() {
    watched(|| {
        let receiver = Receiver::counting(Answer::ok());
        let slot: Arc<std::sync::OnceLock<Client>> = Arc::default();
        let inside = Arc::clone(&slot);
        let reenter = move |event: Event<'static>| {
            let client = inside.get()?;
            if event.message.as_deref() == Some("number 0") {
                client.capture_event(super::event("inner"), None);
                // The thread it would wait for is its own.
                client.flush(Some(DEADLINE));
                books(client);
            }
            (event.message.as_deref() != Some("number 1")).then_some(event)
        };
        let client = Client::from_config(options(&receiver).before_send(reenter));
        assert!(slot.set(client.clone()).is_ok());
        std::thread::scope(|scope| {
            for _ in 0..4 {
                scope.spawn(|| capture(&client, 3));
            }
        });
        client.capture_event(event("last"), None);
        // The second time for what the callback captured meanwhile.
        assert!(client.flush(Some(DEADLINE)) && client.flush(Some(DEADLINE)));
        let stats = books(&client);
        assert_eq!((stats.captured(Category::Error), stats.delivered(Category::Error)), (17, 13));
        client.close(None);
        assert_eq!(receiver.tally().events.len(), 13);
    });
}
