//! A server and a client of tonic: calls are transactions on one side and spans on the other, of one trace.

use serde_json::json;
use tests::{Received, Receiver, Transaction, fixture};

fn call(what: &str) -> (Received, String) {
    let receiver = Receiver::start();
    let outcome = fixture!("grpc").sending_to(&receiver).arg(what).run().exits_with(0);
    (receiver.received(), outcome.stdout.trim().to_owned())
}

/// The transaction of the server, and that of the client with its one span.
fn both_sides(received: &Received, name: &str) -> (Transaction, Transaction) {
    let caller = received.transaction_named("grpc::visit");
    assert_eq!(received.transactions().len(), 2);
    let server = received.transaction_named(name);
    assert_eq!(server.root().op(), "rpc.server");
    let span = caller.span(name);
    assert_eq!((span.op(), span.origin()), ("rpc.client".into(), "auto.rpc.tower".into()));
    (server, caller)
}

fn said(server: &Transaction, key: &str) -> serde_json::Value {
    server.0["contexts"]["trace"]["data"][key].clone()
}

#[test]
fn a_call_is_one_trace() {
    let (received, stdout) = call("open");
    assert_eq!(stdout, "open");
    let (server, caller) = both_sides(&received, "shop.Cellar/Open");
    let span = caller.span("shop.Cellar/Open");
    assert_eq!(server.trace_id(), caller.trace_id());
    assert_eq!(server.root().parent(), span.id());
    assert_eq!((server.source(), server.root().status()), ("route".into(), "ok".into()));
    assert_eq!(span.status(), "ok");
    for (key, value) in [
        ("rpc.system.name", json!("grpc")),
        ("rpc.service", json!("shop.Cellar")),
        ("rpc.method", json!("Open")),
        ("rpc.grpc.status_code", json!(0)),
        ("rpc.response.status_code", json!("OK")),
    ] {
        assert_eq!((&said(&server, key), &span.0["data"][key]), (&value, &value), "{key}");
    }
    assert_eq!(said(&server, "http.response.status_code"), json!(null));
    let event = received.event();
    assert_eq!(event.trace_id(), server.trace_id());
    assert_eq!(event.0["transaction"], "shop.Cellar/Open");
}

#[test]
fn a_failure_of_the_server_is_captured_with_what_it_says() {
    let (received, stdout) = call("flood");
    assert_eq!(stdout, "Unavailable: the cellar is under water");
    let (server, caller) = both_sides(&received, "shop.Cellar/Open");
    assert_eq!(server.root().status(), "unavailable");
    assert_eq!(said(&server, "rpc.grpc.status_code"), 14);
    assert_eq!(said(&server, "rpc.response.status_code"), "UNAVAILABLE");
    assert_eq!(caller.span("shop.Cellar/Open").status(), "unavailable");
    let event = received
        .events()
        .into_iter()
        .find(|event| event.0["transaction"] == "shop.Cellar/Open")
        .expect("an event of the server");
    assert_eq!(event.chain(), [("RpcError".into(), "unavailable: the cellar is under water".into())]);
    assert_eq!(event.trace_id(), server.trace_id());
}

/// What the server has captured; the caller's function fails too.
fn of_server(received: &Received) -> Vec<String> {
    let events = received.events().into_iter();
    let events =
        events.filter(|event| event.0["transaction"].as_str().is_some_and(|it| it.starts_with("shop.")));
    events.map(|event| event.captured()["type"].as_str().unwrap_or_default().to_owned()).collect()
}

#[test]
fn a_refusal_is_no_failure() {
    let (received, stdout) = call("guest");
    assert_eq!(stdout, "PermissionDenied: staff only");
    let (server, _) = both_sides(&received, "shop.Cellar/Open");
    assert_eq!(server.root().status(), "permission_denied");
    assert!(of_server(&received).is_empty());
}

#[test]
fn the_error_behind_a_status_is_captured_once_as_what_it_is() {
    let (received, stdout) = call("attributed");
    assert_eq!(stdout, "Internal: the lock is rusty");
    assert_eq!(of_server(&received), ["Rust"]);
}

#[test]
fn a_panic_is_answered_with_internal() {
    let (received, stdout) = call("panic");
    assert!(stdout.starts_with("Internal"), "{stdout}");
    let (server, caller) = both_sides(&received, "shop.Cellar/Open");
    assert_eq!(server.root().status(), "internal_error");
    assert_eq!(caller.span("shop.Cellar/Open").status(), "internal_error");
    assert_eq!(of_server(&received), ["panic"]);
}

#[test]
fn a_stream_ends_with_its_trailers() {
    let (received, stdout) = call("list");
    assert_eq!(stdout, "beer cider wine");
    let (server, caller) = both_sides(&received, "shop.Cellar/List");
    assert_eq!(
        (server.root().status(), caller.span("shop.Cellar/List").status()),
        ("ok".into(), "ok".into())
    );
    assert!(received.events().is_empty());

    let (received, stdout) = call("broken");
    assert_eq!(stdout, "DataLoss: the last barrel is empty");
    let (server, caller) = both_sides(&received, "shop.Cellar/List");
    assert_eq!(server.root().status(), "data_loss");
    assert_eq!(caller.span("shop.Cellar/List").status(), "data_loss");
    assert_eq!(of_server(&received), ["RpcError"]);
}

#[test]
fn a_method_that_nobody_has_makes_no_issue() {
    let (received, stdout) = call("dig");
    assert_eq!(stdout, "Unimplemented:");
    let (server, _) = both_sides(&received, "shop.Cellar/Dig");
    assert_eq!((server.root().status(), server.source()), ("unimplemented".into(), "url".into()));
    assert!(of_server(&received).is_empty());
}

#[test]
fn a_call_that_is_given_up_is_cancelled() {
    let (received, stdout) = call("forever");
    assert_eq!(stdout, "left");
    let caller = received.transaction_named("grpc::visit");
    assert_eq!(caller.span("shop.Cellar/Open").status(), "cancelled");
}

#[test]
fn a_server_that_is_no_target_is_told_no_trace() {
    let (received, _) = call("elsewhere");
    let (server, caller) = both_sides(&received, "shop.Cellar/Open");
    assert_ne!(server.trace_id(), caller.trace_id());
}
