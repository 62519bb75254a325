//! What each argument of the attributes says.

use serde_json::json;
use tests::{Received, Receiver, fixture};

fn run(choice: &str) -> Received {
    let receiver = Receiver::start();
    fixture!("arguments").arg(choice).sending_to(&receiver).run().exits_with(0);
    receiver.received()
}

#[test]
fn data_keeps_its_types() {
    let transaction = run("data").transaction();
    let mut data = transaction.root().0["data"].clone();
    let own = data.as_object_mut().expect("an object");
    own.retain(|key, _| !key.starts_with("code."));
    assert_eq!(
        data,
        json!({"articles": 3, "gift": true, "note": "gift", "weight": 0.5, "unit": "kg", "message.id": -1})
    );
    let span = transaction.span("arguments::pack");
    assert_eq!(span.0["data"]["size"], "Size(3)");
    assert_eq!(span.0["data"]["letter"], "x");
    assert_eq!(span.0["data"]["opaque"], "<arguments::Opaque>");
}

#[test]
fn a_user_is_on_the_transaction_and_on_what_is_captured_in_it() {
    let received = run("user");
    let user = json!({"id": "7", "username": "jane"});
    assert_eq!(received.transaction().0["user"], user);
    let events = received.events();
    assert_eq!(events.len(), 2);
    for event in events {
        assert_eq!(event.0["user"], user);
    }
}

#[test]
fn a_user_of_an_inner_function_is_on_what_it_captures_and_on_the_transaction() {
    let received = run("guest");
    let users: Vec<_> = received
        .events()
        .iter()
        .map(|event| (event.message(), event.0["user"]["username"].clone()))
        .collect();
    assert_eq!(users.len(), 3);
    for (message, user) in users {
        assert_eq!(user, if message == "jane" { json!("jane") } else { json!(null) }, "{message}");
    }
    let transaction = received.transaction();
    assert_eq!(transaction.0["user"], json!({"username": "jane"}));
    assert_eq!(transaction.0["tags"]["set"], "inside");
}

#[test]
fn the_innermost_level_counts() {
    let levels: Vec<_> = run("level").events().iter().map(|event| event.0["level"].clone()).collect();
    assert_eq!(levels, ["fatal", "warning"]);
}

#[test]
fn a_name_holds_arguments() {
    let transaction = run("name").transaction();
    assert_eq!((transaction.name().as_str(), transaction.source().as_str()), ("GET /orders", "route"));
    assert_eq!(transaction.span("load   7").op(), "function");
    assert_eq!(transaction.span("GET /{id}").status(), "ok");
}

#[test]
fn a_root_is_always_a_transaction_in_a_trace_of_its_own() {
    let received = run("root");
    let (outer, apart) =
        (received.transaction_named("arguments::outer"), received.transaction_named("apart"));
    assert_eq!(received.transactions().len(), 2);
    assert_eq!(outer.source(), "task");
    assert_ne!(outer.trace_id(), apart.trace_id());
    assert_eq!(apart.root().parent(), "");
    assert_eq!(outer.spans().len(), 1);
    assert_eq!(apart.span("arguments::inside").parent(), apart.root().id());
}
