//! Transactions: the tree of spans, what each is called and how it ended.

use tests::{Received, Receiver, Transaction, fixture, source};

fn run(choice: &str, rate: &str) -> Received {
    let receiver = Receiver::start();
    let program = fixture!("spans").arg(choice).env("SENTRY_TRACES_SAMPLE_RATE", rate);
    program.sending_to(&receiver).run().exits_with(0);
    receiver.received()
}

/// Path of each span from the transaction down, sorted.
fn tree(transaction: &Transaction) -> Vec<String> {
    let spans = transaction.spans();
    let mut paths: Vec<_> = spans
        .iter()
        .map(|span| {
            let mut path = vec![span.description()];
            let mut at = span;
            while let Some(parent) = spans.iter().find(|other| other.id() == at.parent()) {
                path.push(parent.description());
                at = parent;
            }
            path.reverse();
            path.join(" > ")
        })
        .collect();
    paths.sort();
    paths
}

#[test]
fn calls_tasks_and_threads_are_one_tree() {
    let received = run("checkout", "1.0");
    let transaction = received.transaction();
    assert_eq!((transaction.name().as_str(), transaction.source().as_str()), ("checkout", "custom"));
    assert_eq!(
        tree(&transaction),
        [
            "POST /payments",
            "SELECT * FROM orders",
            "SELECT * FROM orders > spans::decode",
            "spans::label",
            "spans::price",
            "spans::price",
            "spans::print",
            "spans::reserve",
            "spans::reserve > spans::stock",
        ]
    );
}

#[test]
fn spans_say_what_they_are_and_how_they_ended() {
    let transaction = run("checkout", "1.0").transaction();
    let root = transaction.root();
    assert_eq!((root.op().as_str(), root.status().as_str()), ("queue.process", "internal_error"));
    assert_eq!(root.origin(), "auto.function.monitored");

    let query = transaction.span("SELECT * FROM orders");
    assert_eq!((query.op().as_str(), query.status().as_str()), ("db.query", "ok"));
    assert_eq!(query.parent(), root.id());
    assert_eq!(transaction.span("spans::decode").op(), "serialize");
    assert_eq!(transaction.span("spans::reserve").op(), "queue.publish");
    let pay = transaction.span("POST /payments");
    assert_eq!((pay.op().as_str(), pay.status().as_str()), ("http.client", "internal_error"));
    assert_eq!(transaction.span("spans::print").op(), "function");
    for price in transaction.spans().iter().filter(|span| span.description() == "spans::price") {
        assert!(price.seconds() >= 0.010, "{}", price.seconds());
    }
}

#[test]
fn tags_of_a_function_are_on_its_span() {
    let transaction = run("checkout", "1.0").transaction();
    assert_eq!(transaction.0["tags"]["customer"], "7");
    assert_eq!(transaction.0["tags"]["plan"], "gold");
    assert_eq!(transaction.span("SELECT * FROM orders").tag("db.table"), "orders");
    let spans = transaction.spans();
    let mut articles: Vec<_> = spans.iter().map(|span| span.tag("article")).collect();
    articles.retain(|article| !article.is_empty());
    articles.sort();
    assert_eq!(articles, ["1", "2"]);
}

#[test]
fn an_error_belongs_to_the_trace_and_the_span_it_happened_in() {
    let received = run("checkout", "1.0");
    let (event, transaction) = (received.event(), received.transaction());
    assert_eq!(event.trace_id(), transaction.trace_id());
    assert_eq!(event.span_id(), transaction.span("POST /payments").id());
    assert_eq!(event.0["transaction"], "checkout");
    assert_eq!(event.tag("customer"), "7");
    let lines: Vec<_> = event.route().iter().map(|hop| hop.line).collect();
    assert_eq!(lines, [source::line("spans", "pay"), source::line("spans", "checkout")]);
    let trace = |kind: &str| {
        let envelope = received.envelopes.iter().find(|envelope| envelope.items[0].kind() == kind);
        envelope.expect("an envelope").headers["trace"].clone()
    };
    assert_eq!(trace("event"), trace("transaction"));
    assert_eq!(trace("event")["sample_rate"].as_str().map(str::parse::<f64>), Some(Ok(1.0)));
}

#[test]
fn a_function_without_a_transaction_makes_no_span_but_reports_its_error() {
    let received = run("outside", "1.0");
    assert_eq!(received.transactions().len(), 0);
    assert_eq!(received.event().route()[0].line, source::line("spans", "pay"));
}

#[test]
fn each_call_from_outside_is_a_transaction_of_its_own() {
    let received = run("twice", "1.0");
    let transactions = received.transactions();
    assert_eq!(transactions.len(), 2);
    for transaction in &transactions {
        assert_eq!(transaction.source(), "component");
        assert_eq!(transaction.name(), "spans::orders");
        assert_eq!(transaction.root().op(), "function");
        assert_eq!(transaction.root().status(), "ok");
        assert_eq!(tree(transaction), ["spans::decode"]);
    }
    assert_ne!(transactions[0].root().id(), transactions[1].root().id());
}

#[test]
fn many_transactions_at_once_keep_their_errors_and_tags_apart() {
    let received = run("crowd", "1.0");
    let (transactions, events) = (received.transactions(), received.events());
    assert_eq!((transactions.len(), events.len()), (20, 20));
    for transaction in &transactions {
        let visitor = transaction.0["tags"]["visitor"].as_str().unwrap_or_default();
        let span = transaction.span("spans::look");
        assert_eq!(span.tag("page"), format!("page {visitor}"));
        let event = events.iter().find(|event| event.span_id() == span.id()).expect("an event in the span");
        assert_eq!(event.tag("visitor"), visitor);
        assert_eq!(event.trace_id(), transaction.trace_id());
        assert_eq!(event.chain()[0].1, format!("order `page {visitor}` cannot be read"));
        assert_eq!(event.route().len(), 2);
    }
}

#[test]
fn a_rate_between_keeps_errors_and_some_transactions() {
    // The rules compare each decision with the rate and the random number that it was made from.
    let received = run("crowd", "0.5");
    assert_eq!(received.events().len(), 20);
    let kept = received.transactions().len();
    // One in a million runs would see all of one kind.
    assert!((1..20).contains(&kept), "{kept}");
}

#[test]
fn work_that_outlives_its_transaction_is_marked_unfinished() {
    // That it ends with the transaction is a rule.
    let transaction = run("late", "1.0").transaction();
    assert_eq!(transaction.name(), "spans::early");
    let straggler = transaction.span("spans::straggler");
    assert_eq!(straggler.0["data"]["sentry.span.unfinished"], true);
    let count = &transaction.0["contexts"]["trace"]["data"]["sentry.spans.unfinished"];
    assert_eq!(count, 1, "{transaction:?}");
    assert_ne!(straggler.status(), "ok");
}

#[test]
fn a_rate_of_zero_sends_no_transaction_and_says_so_beside_errors() {
    let received = run("checkout", "0");
    assert_eq!(received.transactions().len(), 0);
    assert_eq!(received.event().route().len(), 2);
    let envelope = received.envelopes.iter().find(|envelope| envelope.items[0].kind() == "event");
    assert_eq!(envelope.expect("an envelope").headers["trace"]["sampled"], "false");
}

#[test]
fn without_a_rate_there_is_no_decision() {
    let receiver = Receiver::start();
    fixture!("spans").arg("checkout").sending_to(&receiver).run().exits_with(0);
    let all = receiver.received();
    assert_eq!(all.transactions().len(), 0);
    let envelope = all.envelopes.iter().find(|envelope| envelope.items[0].kind() == "event");
    let trace = &envelope.expect("an envelope").headers["trace"];
    assert!(trace.get("sampled").is_none() && trace.get("sample_rate").is_none(), "{trace}");
}

#[test]
fn work_that_is_not_to_take_the_span_along_stands_alone() {
    let received = run("alone", "1.0");
    let transactions = received.transactions();
    let mut found: Vec<_> = transactions.iter().map(|it| format!("{}: {:?}", it.name(), tree(it))).collect();
    found.sort();
    // The function on the thread is no transaction by itself.
    assert_eq!(found, ["spans::lets_go: []", "spans::reserve: [\"spans::stock\"]"]);
    assert_ne!(transactions[0].trace_id(), transactions[1].trace_id());
}

#[test]
fn a_dropped_future_was_cancelled() {
    let transaction = run("cancelled", "1.0").transaction();
    assert_eq!(transaction.span("spans::sleeps").status(), "cancelled");
    assert_eq!(transaction.root().status(), "ok");
}

#[test]
fn a_panic_ends_its_spans() {
    let received = run("panic", "1.0");
    let transaction = received.transaction();
    assert_eq!(transaction.span("spans::breaks").status(), "internal_error");
    assert_eq!(transaction.root().status(), "internal_error");
    let event = received.event();
    assert_eq!(event.trace_id(), transaction.trace_id());
    assert_eq!(event.span_id(), transaction.span("spans::breaks").id());
}
