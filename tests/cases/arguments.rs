//! What each argument of the attributes says.

use serde_json::{Value, json};
use tests::{Event, Received, Receiver, fixture};

fn run(choice: &str) -> Received {
    let receiver = Receiver::start();
    fixture!("arguments").arg(choice).sending_to(&receiver).run().exits_with(0);
    receiver.received()
}

/// The arguments of a function in the first event that it is in.
fn vars(events: &[Event], function: &str) -> Value {
    let frames = events.iter().flat_map(Event::frames);
    let mut found = frames.filter(|frame| frame["function"] == function);
    found.next().expect("a frame")["vars"].clone()
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
    assert_eq!(span.0["data"]["articles"], 3);
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

#[test]
fn an_ignored_error_is_no_event_but_fails_its_span() {
    let received = run("ignore");
    let mut texts: Vec<_> = received.events().iter().map(|event| event.chain()[0].1.clone()).collect();
    texts.sort();
    assert_eq!(texts, ["failed with code 10", "failed with code 3", "with context"]);
    let context = received.events().into_iter().find(|event| event.chain()[0].1 == "with context");
    assert_eq!(context.expect("an event").chain()[1].1, "failed with code 11");
    let spans = received.transaction().spans();
    assert_eq!(spans.len(), 13);
    assert!(spans.iter().all(|span| span.status() == "internal_error"));
}

#[test]
fn events_are_grouped_and_tagged_by_their_error() {
    let received = run("grouped");
    for (table, code) in [("orders", "5"), ("prices", "6")] {
        let events = received.events();
        let event = events.iter().find(|event| event.tag("table") == table).expect("an event");
        assert_eq!(event.0["fingerprint"], json!(["{{ default }}", table, code]));
        assert_eq!(event.tag("code"), code);
        assert_eq!(event.tag("text"), format!("failed with code {code}"));
    }
    for transaction in received.transactions() {
        let code = &transaction.root().0["data"]["code"];
        assert_eq!(transaction.0["tags"]["code"], code.to_string());
    }
}

#[test]
fn arguments_of_a_function_that_failed_are_shown() {
    let events = run("values").events();
    let vars = |function| vars(&events, function);
    assert_eq!(
        vars("primitives"),
        json!({"count": 7, "delta": -8, "rate": 0.5, "urgent": true, "letter": "x", "pin_key": "[Filtered]"})
    );
    assert_eq!(
        vars("named"),
        json!({"text": "text", "price": "3 cents", "name": "owned", "total": "5", "opaque": "<arguments::Opaque>"})
    );
    assert_eq!(vars("owned"), json!({"price": "d", "tracked": "[Filtered]"}));
    assert_eq!(vars("chosen_ones"), json!({"a": 1, "c": "[Filtered]"}));
    assert_eq!(vars("Store::sell"), json!({"self": "store 4", "x": 2}));
}

#[test]
fn nothing_is_formatted_on_success() {
    let receiver = Receiver::start();
    let ended = fixture!("arguments").arg("success").sending_to(&receiver).run();
    assert_eq!(ended.stdout, "Some(7)\nSome(7)\n");
}

#[test]
fn of_work_that_a_function_returns_the_attribute_says_the_same() {
    let received = run("work");
    let events = received.events();
    assert_eq!(events.len(), 6, "{events:#?}");
    let event = |text: &str| {
        let mut found = events.iter().filter(|event| event.chain()[0].1 == text);
        found.next().expect("an event").clone()
    };
    let fetched = event("failed with code 5");
    assert_eq!(
        vars(&events, "fetched"),
        json!({"count": 5, "delta": -8, "text": "text", "name": "owned", "pin": "[Filtered]"})
    );
    assert_eq!((&fetched.0["level"], &fetched.0["fingerprint"]), (&json!("fatal"), &json!(["work", "5"])));
    assert_eq!((fetched.tag("code"), fetched.tag("length")), ("5".to_owned(), "4".to_owned()));
    assert_eq!(vars(&events, "pinned"), json!({"text": "pinned", "price": "3 cents", "count": 6}));
    assert_eq!(
        vars(&events, "Store::load"),
        json!({"self": "store 4", "text": "text", "price": "price", "count": 0})
    );

    let transaction = received.transaction();
    let spans = transaction.spans();
    let of_fetched: Vec<_> = spans.iter().filter(|span| span.description() == "arguments::fetched").collect();
    assert_eq!(of_fetched.len(), 2);
    for (span, code) in of_fetched.iter().zip([json!(5), json!(0)]) {
        assert_eq!((span.status(), &span.0["data"]["code"]), ("internal_error".to_owned(), &code));
    }
    assert_eq!(transaction.span("pinned 6").status(), "internal_error");
}

#[test]
fn of_each_error_of_a_stream_the_attribute_says_the_same() {
    let received = run("work");
    let of_rows = |event: &Event| event.frames().iter().any(|frame| frame["function"] == "rows");
    let events: Vec<_> = received.events().into_iter().filter(of_rows).collect();
    let mut found: Vec<_> =
        events.iter().map(|event| (event.chain()[0].1.clone(), event.tag("code"))).collect();
    found.sort();
    let expected = ["7", "8"].map(|code| (format!("failed with code {code}"), code.to_owned()));
    assert_eq!(found, expected, "the other is ignored");
    for event in &events {
        assert_eq!(vars(std::slice::from_ref(event), "rows"), json!({"first": 7, "table": "orders"}));
    }
    assert_eq!(vars(&received.events(), "boxed_rows"), json!({"only": 9}));
    let span = received.transaction().span("arguments::rows");
    assert_eq!((span.tag("code").as_str(), &span.0["data"]["code"]), ("8", &json!(8)), "the last error's");
}

#[test]
fn what_a_block_says_of_arguments_goes_for_those_that_a_method_has() {
    let events = run("blocks").events();
    assert_eq!(vars(&events, "Shelf::all"), json!({"name": "paper", "pin": "[Filtered]", "rest": 3}));
    assert_eq!(vars(&events, "Shelf::own"), json!({"count": 1}));
    assert_eq!(vars(&events, "Shelf::none"), json!(null));
    let levels: Vec<_> = events.iter().map(|event| event.0["level"].clone()).collect();
    assert_eq!(levels, ["error", "warning", "error"]);
    for event in &events {
        assert_eq!(event.0["user"]["id"], "1");
    }
}
