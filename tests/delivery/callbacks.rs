//! Callbacks that use the SDK themselves, and break, from several threads at once: nothing stands still.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use sentry::protocol::{Category, Event};
use sentry::{Breadcrumb, Client, ClientOptions, Hub, Level, Scope, TransactionContext};
use tests::{Answer, Folder, Receiver};

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

/// A client with every callback there is; each of them captures, and breaks when it is told to.
fn with_all_callbacks(options: ClientOptions, calls: &Arc<Calls>) -> ClientOptions {
    let called = |which: usize| {
        let calls = Arc::clone(calls);
        move |breaks: bool| calls.enter(which, breaks)
    };
    let [traces, errors, hint, send, transaction, log, metric, span, crumb] = std::array::from_fn(called);
    let is_broken = |text: Option<&str>| text.is_some_and(|text| text.starts_with("breaks"));
    options
        .traces_sampler(move |context| {
            traces(is_broken(Some(context.name())));
            1.0
        })
        .error_sampler(move |event| {
            errors(is_broken(event.message.as_deref()));
            1.0
        })
        .before_send_with_hint(move |event, _| {
            hint(is_broken(event.exception.values.last().and_then(|it| it.value.as_deref())));
            Some(event)
        })
        .before_send(move |event| {
            send(is_broken(event.message.as_deref()));
            Some(event)
        })
        .before_send_transaction(move |it| {
            transaction(is_broken(it.name.as_deref()));
            Some(it)
        })
        .before_send_log(move |it| {
            log(is_broken(Some(&it.body)));
            Some(it)
        })
        .before_send_metric(move |it| {
            metric(is_broken(Some(&it.name)));
            Some(it)
        })
        .before_send_span(move |it| {
            span(is_broken(Some(&it.name)));
            it
        })
        .before_breadcrumb(move |it| {
            crumb(is_broken(it.message.as_deref()));
            Some(it)
        })
}

/// The number of `before_send`.
const BEFORE_SEND: usize = 3;

/// How often each callback was called.
#[derive(Default)]
struct Calls([AtomicUsize; 9]);

impl Calls {
    fn enter(&self, which: usize, breaks: bool) {
        // The first calls use the SDK, which calls some of them again.
        if self.0[which].fetch_add(1, Ordering::Relaxed) < 2 {
            if which == BEFORE_SEND {
                // Inside of `before_breadcrumb` it would stand before one that came earlier.
                sentry::add_breadcrumb(Breadcrumb::default());
            }
            sentry::configure_scope(|scope| scope.set_tag("inside", which));
            sentry::capture_message("from a callback", Level::Info);
            sentry::logger_info!("from a callback");
            sentry::metrics::counter("from.a.callback", 1).capture();
            sentry::start_transaction(TransactionContext::new("from a callback", "task")).finish();
            sentry::flush(Some(Duration::from_millis(10)));
        }
        assert!(!breaks, "callback {which} breaks");
    }
}

/// With each kind of transaction, and with errors that are on disk before the call returns.
#[test]
fn all_callbacks_use_the_sdk_and_break() {
    for (lifecycle, durable) in [("static", false), ("stream", false), ("static", true)] {
        watched(move || {
            let folder = Folder::new();
            let receiver = Receiver::start();
            let calls = Arc::new(Calls::default());
            let mut options = with_all_callbacks(
                options(&receiver).trace_lifecycle(lifecycle).release("tests@1.0"),
                &calls,
            );
            if durable {
                options = options.spool(folder.path()).durable("errors");
            }
            let client = Arc::new(Client::from_config(options));
            std::thread::scope(|scope| {
                for _ in 0..4 {
                    let hub = Arc::new(Hub::new(Some(Arc::clone(&client)), Arc::new(Scope::default())));
                    scope.spawn(|| Hub::run(hub, capture_everything));
                }
            });
            assert!(client.flush(Some(DEADLINE)) && client.flush(Some(DEADLINE)));
            let expected = |which| match which {
                // A transaction is one callback's or the other's.
                4 => lifecycle == "static",
                7 => lifecycle == "stream",
                _ => true,
            };
            for (which, count) in calls.0.iter().enumerate() {
                assert_eq!(
                    count.load(Ordering::Relaxed) > 0,
                    expected(which),
                    "{which} {lifecycle} {durable}"
                );
            }
            let stats = books(&client);
            assert_eq!(stats.waiting(Category::Error), 0, "{stats:?}");
            client.close(Some(DEADLINE));
            let mut messages: Vec<_> =
                receiver.received().events().iter().map(tests::Event::message).collect();
            messages.retain(|message| message != "from a callback");
            // Those of `capture_error` have no message.
            assert_eq!(messages.iter().filter(|message| *message == "plain").count(), 4, "{messages:?}");
            assert!(!messages.iter().any(|message| message == "breaks"), "{messages:?}");
        });
    }
}

fn capture_everything() {
    for text in ["plain", "breaks"] {
        sentry::add_breadcrumb(Breadcrumb { message: Some(text.into()), ..Breadcrumb::default() });
        sentry::capture_message(text, Level::Info);
        sentry::capture_error(&std::io::Error::other(text));
        sentry::logger_info!("{text}");
        sentry::metrics::counter(text, 1).capture();
        sentry::start_transaction(TransactionContext::new(text, "task")).finish();
    }
}
