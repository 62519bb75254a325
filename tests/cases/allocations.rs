//! What recording asks of the allocator, on the caller's thread.

use tests::{Receiver, fixture};

/// Allocations of ten transactions without children, and of ten with a hundred each.
fn count(choice: &str, rate: &str) -> (u64, u64, usize) {
    let receiver = Receiver::start();
    let program = fixture!("allocations").arg(choice).env("SENTRY_TRACES_SAMPLE_RATE", rate);
    let outcome = program.sending_to(&receiver).run().exits_with(0);
    let (empty, full) = outcome.stdout.trim().split_once(' ').expect("two numbers");
    let spans = receiver.received().transactions().iter().map(|transaction| transaction.spans().len()).sum();
    (empty.parse().expect("a number"), full.parse().expect("a number"), spans)
}

#[test]
fn a_child_allocates_nothing() {
    for choice in ["sync", "async"] {
        let (empty, full, spans) = count(choice, "1.0");
        assert_eq!(spans, 2000, "{choice}: all of them arrive");
        // A transaction with children has a log and its pages; the children themselves take nothing.
        assert!(full - empty <= 10 * 6, "{choice}: {empty} {full}");
    }
}

#[test]
fn data_of_numbers_and_constant_texts_allocates_a_block_at_a_time() {
    let (empty, full, spans) = count("data", "1.0");
    assert_eq!(spans, 2000);
    assert!(full - empty <= 10 * 16, "{empty} {full}");
}

#[test]
fn what_is_not_sampled_allocates_nothing_at_all() {
    for choice in ["sync", "async", "data"] {
        let (empty, full, spans) = count(choice, "0");
        assert_eq!((empty, full, spans), (0, 0, 0), "{choice}");
    }
}

#[test]
fn an_empty_transaction_allocates_twice() {
    let (empty, _, _) = count("sync", "1.0");
    // The transaction, and the scopes that it ended in. What is queued is amortised.
    assert!(empty <= 2 * 10 + 5, "{empty}");
}
