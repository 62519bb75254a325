//! Attributes on whole `impl` blocks.

use tests::{Received, Receiver, fixture};

use crate::route;

fn run() -> Received {
    let receiver = Receiver::start();
    let program = fixture!("blocks").env("SENTRY_TRACES_SAMPLE_RATE", "1.0");
    program.sending_to(&receiver).run().exits_with(0);
    receiver.received()
}

#[test]
fn every_method_of_a_block_is_watched_but_those_that_are_off() {
    let transaction = run().transaction();
    assert_eq!(
        (transaction.name().as_str(), transaction.root().op().as_str()),
        ("blocks::Shop::open", "shop.open")
    );
    let mut spans: Vec<_> =
        transaction.spans().iter().map(|span| (span.description(), span.op(), span.status())).collect();
    spans.sort();
    let expected = [
        ("blocks::Above::load", "function", "ok"),
        ("blocks::Below::load", "below", "internal_error"),
        ("blocks::Below::load", "below", "ok"),
        ("blocks::Shop::stock", "shop", "ok"),
    ];
    assert_eq!(spans, expected.map(|(name, op, status)| (name.to_owned(), op.to_owned(), status.to_owned())));
}

#[test]
fn arguments_of_the_block_are_defaults_for_the_methods() {
    let transaction = run().transaction();
    assert_eq!(transaction.0["tags"]["city"], "Ulm");
    assert_eq!(transaction.0["tags"]["kind"], "own");
    let stock = transaction.span("blocks::Shop::stock");
    assert_eq!((stock.tag("city").as_str(), stock.tag("kind").as_str()), ("Ulm", "block"));
}

#[test]
fn an_error_leaves_methods_of_blocks_by_their_lines() {
    let events = run().events();
    let event = events.iter().find(|event| event.tag("kind") == "own").expect("that of the shop");
    assert_eq!(event.route(), route("blocks", &[("Below::load", "below"), ("Shop::open", "open")]));
}

#[test]
fn patterns_of_the_block_and_of_its_methods_are_both_ignored() {
    let received = run();
    let mut closed: Vec<_> = received
        .events()
        .iter()
        .map(|event| (event.route()[0].function.clone(), event.chain()[0].1.clone()))
        .filter(|(function, _)| function.contains("by_"))
        .collect();
    closed.sort();
    let expected = [
        ("Gate::by_guard", "closed by 409"),
        ("Gate::by_guard", "closed by 500"),
        ("Gate::by_payload", "closed by 5"),
        ("Gate::by_payload", "closed by 500"),
    ];
    assert_eq!(closed, expected.map(|(function, text)| (function.to_owned(), text.to_owned())));
}
