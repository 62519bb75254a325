//! What the server says, and what becomes of what was sent.

use std::time::{Duration, Instant};

use sentry::protocol::Attachment;
use sentry::{Client, ClientOptions, Hub, Scope, ScopeAttachment, TransactionContext};
use tests::{Answer, Receiver};

use super::{books, capture, client, errors, event, losses, options, wait_until};

const MOMENT: Duration = Duration::from_secs(5);

/// Captures one event after the other, each when the one before is done with; returns how many requests came.
fn one_by_one(receiver: &Receiver, client: &Client, count: usize) -> usize {
    for _ in 0..count {
        capture(client, 1);
        client.flush(Some(MOMENT));
    }
    receiver.count()
}

#[test]
fn a_limit_holds_back_its_category_whatever_the_status() {
    for (status, header) in [
        (200, "60:error:organization"),
        (429, "60:error;transaction:key"),
        (200, "60::organization"),
        (200, " 60 : error : key : reason : a;b : more , 1:unheard_of"),
        (200, "soon:error"),
        (500, "60:error"),
    ] {
        let answer = Answer::status(status).header("X-Sentry-Rate-Limits", header);
        let receiver = Receiver::scripted([answer], Answer::ok());
        let client = client(&receiver);
        assert_eq!(one_by_one(&receiver, &client, 3), 1, "{status} {header}");
        let delivered = u64::from(status == 200);
        assert_eq!(errors(&client), [3, delivered, 3 - delivered, 0], "{status} {header}");
        let reason = format!("ratelimit_backoff error {}", 3 - delivered);
        assert_eq!(losses(&client), [reason], "{status} {header}");
    }
}

#[test]
fn limits_may_come_in_several_lines() {
    let answer = ["60:transaction:key", "60:error:key"]
        .iter()
        .fold(Answer::ok(), |answer, limit| answer.header("X-Sentry-Rate-Limits", limit));
    let receiver = Receiver::scripted([answer], Answer::ok());
    let client = client(&receiver);
    assert_eq!(one_by_one(&receiver, &client, 3), 1);
    assert_eq!(losses(&client), ["ratelimit_backoff error 2"]);
}

#[test]
fn a_limit_leaves_other_categories_alone() {
    for header in ["60:transaction;span:organization", "60:unheard_of", "0:error", "", ","] {
        let answer = Answer::ok().header("X-Sentry-Rate-Limits", header);
        let receiver = Receiver::scripted([answer], Answer::ok());
        let client = client(&receiver);
        assert_eq!(one_by_one(&receiver, &client, 3), 3, "{header}");
        assert_eq!(errors(&client), [3, 3, 0, 0], "{header}");
    }
}

/// What goes along with an event is limited apart from it.
#[test]
fn a_limit_of_attachments_holds_back_no_events() {
    let answer = Answer::ok().header("X-Sentry-Rate-Limits", "60:attachment:organization");
    let receiver = Receiver::scripted([answer], Answer::ok());
    let client = client(&receiver);
    let attachment =
        || Attachment { buffer: vec![b'x'; 10], filename: "x.txt".into(), ..Attachment::default() };
    let mut scope = Scope::default();
    scope.add_attachment(attachment());
    for number in 0..3 {
        client.capture_event(event(&format!("number {number}")), Some(&scope));
        client.flush(Some(MOMENT));
    }
    // One that comes alone.
    client.send_envelope(attachment().into());
    client.close(None);
    let arrived = receiver.received();
    let kinds = arrived.kinds();
    let count = |kind| kinds.iter().filter(|it| **it == kind).count();
    assert_eq!((count("event"), count("attachment")), (3, 1), "{kinds:?}");
    assert_eq!(errors(&client), [3, 3, 0, 0]);
    assert_eq!(losses(&client), ["ratelimit_backoff attachment 30"]);
    assert_eq!(arrived.lost("ratelimit_backoff", "attachment"), 30);
}

/// Those of transactions too.
#[test]
fn a_limit_of_attachments_holds_back_no_transactions() {
    let answer = Answer::ok().header("X-Sentry-Rate-Limits", "60:attachment:organization");
    let receiver = Receiver::scripted([answer], Answer::ok());
    let client = Client::from_config(options(&receiver).traces_sample_rate(1.0));
    let hub = Hub::new(Some(client.clone().into()), Scope::default().into());
    Hub::run(hub.into(), || {
        sentry::configure_scope(|scope| {
            let attachment =
                Attachment { buffer: vec![b'x'; 10], filename: "x.txt".into(), ..Attachment::default() };
            scope.add_attachment(ScopeAttachment::from(attachment).add_to_transactions(true));
        });
        for _ in 0..3 {
            sentry::start_transaction(TransactionContext::new("import", "task")).finish();
            client.flush(Some(MOMENT));
        }
    });
    client.close(None);
    let arrived = receiver.received();
    let attached = arrived.kinds().iter().filter(|kind| **kind == "attachment").count();
    assert_eq!((arrived.transactions().len(), attached), (3, 1));
    assert_eq!(losses(&client), ["ratelimit_backoff attachment 20"]);
    assert_eq!(arrived.lost("ratelimit_backoff", "attachment"), 20);
}

#[test]
fn a_limit_ends() {
    let answer = Answer::ok().header("X-Sentry-Rate-Limits", "4.5:error");
    let receiver = Receiver::scripted([answer], Answer::ok());
    let client = client(&receiver);
    assert_eq!(one_by_one(&receiver, &client, 2), 1);
    wait_until("the next gets through", || one_by_one(&receiver, &client, 1) == 2);
    // The next that gets through says what was lost.
    let reports = receiver.received().kinds().into_iter().filter(|kind| *kind == "client_report").count();
    assert_eq!(reports, 1);
    client.close(None);
    assert_eq!(receiver.count(), 2, "it was said already");
}

#[test]
fn a_refusal_by_429_holds_everything_back_and_is_not_reported() {
    for after in [None, Some("60"), Some("Wed, 21 Oct 2065 07:28:00 GMT"), Some("soon"), Some("-1")] {
        let answer = Answer::status(429).header("Date", "Wed, 21 Oct 2065 07:27:00 GMT");
        let answer = after.iter().fold(answer, |answer, after| answer.header("Retry-After", after));
        let receiver = Receiver::scripted([answer], Answer::ok());
        let client = client(&receiver);
        assert_eq!(one_by_one(&receiver, &client, 2), 1, "{after:?}");
        assert_eq!(losses(&client), ["ratelimit_backoff error 2"], "{after:?}");
        client.close(None);
        assert_eq!(receiver.count(), 1, "{after:?}: client reports are held back too");
    }
    // The server has counted the first one itself.
    let answer = Answer::status(429).header("Retry-After", "0");
    let receiver = Receiver::scripted([answer], Answer::ok());
    let client = client(&receiver);
    assert_eq!(one_by_one(&receiver, &client, 2), 2);
    client.close(None);
    assert_eq!(errors(&client), [2, 1, 1, 0]);
    assert_eq!(receiver.received().kinds(), ["event", "event"]);
}

#[test]
fn what_is_refused_for_good_is_reported_and_not_sent_again() {
    // Whoever is sent elsewhere does not go there: the key is for this server.
    let elsewhere = Receiver::start();
    let location = format!("http://{}/api/1/envelope/", elsewhere.address());
    for status in [301, 302, 303, 307, 308, 400, 401, 403, 404, 413, 418] {
        let answer = Answer::status(status).header("Location", &location);
        let receiver = Receiver::scripted([answer], Answer::ok());
        let client = client(&receiver);
        assert_eq!(one_by_one(&receiver, &client, 1), 1, "{status}");
        assert_eq!(losses(&client), ["send_error error 1"], "{status}");
        client.close(None);
        // At the end in an envelope of its own.
        assert_eq!(receiver.received().kinds(), ["client_report", "event"], "{status}");
    }
    assert_eq!(elsewhere.count(), 0);
}

#[test]
fn what_may_pass_is_tried_again() {
    for answer in [
        Answer::status(500),
        Answer::status(502),
        Answer::status(503).header("Retry-After", "0.1"),
        Answer::status(504),
        Answer::status(408),
        Answer::close(),
        Answer::reset(),
        Answer::cut(),
    ] {
        let receiver = Receiver::scripted([answer.clone(), answer.clone()], Answer::ok());
        let client = client(&receiver);
        capture(&client, 1);
        wait_until("it arrives", || errors(&client)[1] == 1);
        assert!(client.close(None), "{answer:?}");
        assert_eq!(losses(&client), [""; 0], "{answer:?}");
        // A connection that is closed may be tried again by HTTP itself.
        assert!(receiver.count() >= 3, "{answer:?}: {}", receiver.count());
        assert_eq!(receiver.received().kinds().len(), receiver.count(), "{answer:?}: no client report");
    }
}

#[test]
fn what_does_not_pass_is_given_up_and_reported() {
    for (answer, loss) in
        [(Answer::status(500), "send_error error 1"), (Answer::reset(), "network_error error 1")]
    {
        let receiver = Receiver::scripted([answer.clone(), answer.clone()], Answer::ok());
        let client = Client::from_config(options(&receiver).retry_window(Duration::ZERO));
        capture(&client, 1);
        assert!(!client.flush(Some(MOMENT)), "{answer:?}");
        assert_eq!(losses(&client), [loss], "{answer:?}");
    }
}

#[test]
fn a_server_asks_for_patience() {
    let answer = Answer::status(503).header("Retry-After", "0.6");
    let receiver = Receiver::scripted([answer], Answer::ok());
    let client = client(&receiver);
    let start = Instant::now();
    capture(&client, 1);
    // Whoever flushes does not change it.
    assert!(client.flush(Some(MOMENT)));
    assert!(start.elapsed() >= Duration::from_millis(600), "{:?}", start.elapsed());
    assert_eq!((receiver.count(), errors(&client)), (2, [1, 1, 0, 0]));
}

#[test]
fn an_answer_may_say_anything_beside_its_status() {
    let long = "x".repeat(1 << 20);
    for body in ["", "<html>", "\u{0}", long.as_str()] {
        let receiver = Receiver::scripted([], Answer::ok().body(body));
        let client = client(&receiver);
        assert_eq!(one_by_one(&receiver, &client, 2), 2);
        assert_eq!(errors(&client), [2, 2, 0, 0]);
    }
}

#[test]
fn every_loss_is_reported_with_its_reason() {
    let receiver = Receiver::counting(Answer::ok());
    let drops =
        |event: sentry::protocol::Event<'static>| (event.level != sentry::Level::Debug).then_some(event);
    let options = ClientOptions::new().dsn(receiver.dsn()).before_send(drops).traces_sample_rate(0.0);
    let client = Client::from_config(options);
    client.capture_event(sentry::protocol::Event { level: sentry::Level::Debug, ..event("dropped") }, None);
    client.capture_event(event("kept"), None);
    assert!(client.flush(Some(MOMENT)), "what a callback drops is not lost");
    assert_eq!(losses(&client), ["before_send error 1"]);
    client.close(None);
    assert_eq!(receiver.tally().lost("error"), 1, "{:?}", receiver.tally());
    // After the end there is nobody to take it.
    client.capture_event(event("late"), None);
    assert_eq!(errors(&client), [3, 1, 2, 0]);

    let receiver = Receiver::counting(Answer::ok());
    let quiet = Client::from_config(super::options(&receiver).sample_rate(0.0));
    capture(&quiet, 5);
    quiet.close(None);
    assert_eq!(losses(&quiet), ["sample_rate error 5"]);
    assert_eq!(
        receiver.tally().discarded.into_iter().collect::<Vec<_>>(),
        [(("sample_rate".to_owned(), "error".to_owned()), 5)]
    );
}

#[test]
fn whoever_does_not_want_reports_has_none() {
    let receiver = Receiver::counting(Answer::ok());
    let client = Client::from_config(options(&receiver).sample_rate(0.0).send_client_reports(false));
    capture(&client, 5);
    assert!(client.close(None));
    assert_eq!((receiver.tally().requests, losses(&client)), (0, vec!["sample_rate error 5".to_owned()]));
}

/// Transactions need the client of the process, which a test gets by `#[sentry::test]`; what is not recorded counts.
#[sentry::test(traces_sample_rate = 0.0)]
fn transactions_that_are_not_recorded_count() {
    for _ in 0..3 {
        sentry::start_transaction(TransactionContext::new("never", "task")).finish();
    }
    let stats = sentry::delivery_stats();
    assert!(stats.is_balanced());
    let losses: Vec<_> =
        stats.losses().map(|it| (it.reason.as_str(), it.category.as_str(), it.quantity)).collect();
    assert_eq!(losses, [("sample_rate", "transaction", 3), ("sample_rate", "span", 3)]);
}

#[test]
fn the_books_of_one_client_are_not_another_s() {
    let receiver = Receiver::start();
    let (one, other) = (client(&receiver), client(&receiver));
    capture(&one, 1);
    assert!(one.flush(Some(MOMENT)));
    assert_eq!((errors(&one), errors(&other)), ([1, 1, 0, 0], [0; 4]));
    books(&other);
}

#[test]
fn what_is_too_large_is_cut_and_arrives() {
    let receiver = Receiver::start();
    let client = client(&receiver);
    let mut large = event("large");
    for _ in 0..64 {
        let message = Some("x".repeat(64 << 10));
        large.breadcrumbs.values.push(sentry::Breadcrumb { message, ..sentry::Breadcrumb::default() });
    }
    client.capture_event(large, None);
    let mut extra = event("with much beside it");
    extra.extra.insert("much".to_owned(), "x".repeat(2 << 20).into());
    client.capture_event(extra, None);
    assert!(client.close(Some(super::DEADLINE)), "{:?}", losses(&client));
    // The rules refuse what is larger than Sentry takes.
    let events = receiver.received().events();
    assert_eq!(events.len(), 2);
    assert_eq!(events[0].0["breadcrumbs"]["values"].as_array().map(Vec::len), Some(8));
    assert!(events[1].0.get("extra").is_none());
}
