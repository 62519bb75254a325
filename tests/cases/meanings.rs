//! What an error says of itself, several causes, and errors captured by hand on their way.

use serde_json::{Value, json};
use tests::{Event, Received, Receiver, fixture};

use crate::route;

fn run(choice: &str) -> Received {
    run_to(choice, 0)
}

fn run_to(choice: &str, code: i32) -> Received {
    let receiver = Receiver::start();
    let program = fixture!("meanings").arg(choice).env("SENTRY_TRACES_SAMPLE_RATE", "1.0");
    program.sending_to(&receiver).run().exits_with(code);
    receiver.received()
}

#[track_caller]
fn is_the_timeout(event: &Event) {
    assert_eq!(event.0["level"], "warning");
    assert_eq!(event.0["fingerprint"], json!(["timeout", "orders"]));
    assert_eq!(event.0["tags"], json!({"layer": "db", "table": "orders", "milliseconds": "3000"}));
    let (kind, text) = event.chain().pop().expect("a chain");
    assert_eq!((kind.as_str(), text.as_str()), ("DbError", "`orders` took 3 s"));
}

#[test]
fn a_returned_error_says_what_it_means() {
    let event = run("plain").event();
    is_the_timeout(&event);
    assert_eq!(event.captured()["module"], "meanings");
    assert_eq!(event.route(), route("meanings", &[("timeout", "timeout")]));
}

#[test]
fn it_is_recognised_in_a_box_and_as_a_source() {
    let boxed = run("boxed").event();
    is_the_timeout(&boxed);
    assert_eq!(boxed.route(), route("meanings", &[("boxed", "boxed")]));
    let source = run("source").event();
    is_the_timeout(&source);
    assert_eq!(source.chain()[0].0, "PageError");
}

#[test]
fn an_ignored_error_makes_no_event_however_it_comes() {
    let events = run("ignored").events();
    assert_eq!(events.len(), 0, "{events:#?}");
}

#[test]
fn what_it_was_wrapped_in_may_ignore_it() {
    // The text alone tells that they are one.
    assert_eq!(run("ignored outside").events().len(), 0);
}

#[test]
fn an_attribute_goes_before_the_error_and_a_scope_before_both() {
    let event = run("attribute").event();
    assert_eq!(event.0["level"], "fatal");
    assert_eq!(event.0["fingerprint"], json!(["own"]));
    assert_eq!((event.tag("layer"), event.tag("table")), ("attribute".to_owned(), "orders".to_owned()));
    assert_eq!(run("scope").event().0["level"], "info");
}

#[test]
fn a_secret_leaves_in_no_text() {
    let received = run("redacted");
    let event = received.event();
    let chain = event.chain();
    let chain: Vec<_> = chain.iter().map(|(kind, text)| (kind.as_str(), text.as_str())).collect();
    assert_eq!(
        chain,
        [("String", "cannot log in: the page cannot be shown: [Filtered]"), ("DbError", "[Filtered]")]
    );
    assert!(!format!("{received:?}").contains("hunter2"));
}

/// Type, text, id, parent and place in the parent of each exception, the captured one first.
fn tree(event: &Event) -> Vec<(String, String, Value, Value, Value)> {
    let values = event.0["exception"]["values"].as_array().expect("exceptions");
    let node = |exception: &Value| {
        let text = |key: &str| exception[key].as_str().expect("a text").to_owned();
        let mechanism = &exception["mechanism"];
        let of = |key: &str| mechanism[key].clone();
        (text("type"), text("value"), of("exception_id"), of("parent_id"), of("source"))
    };
    values.iter().rev().map(node).collect()
}

fn node(kind: &str, text: &str, id: u8, parent: u8, source: &str) -> (String, String, Value, Value, Value) {
    (kind.to_owned(), text.to_owned(), json!(id), json!(parent), json!(source))
}

#[test]
fn several_causes_are_a_group() {
    let event = run("group").event();
    let no_number = "invalid digit found in string";
    let root = ("Invalid".to_owned(), "2 fields are wrong".to_owned(), json!(0), Value::Null, Value::Null);
    assert_eq!(
        tree(&event),
        [
            root,
            node("Error", "`price` is wrong", 1, 0, "errors[0]"),
            node("ParseIntError", no_number, 2, 1, "source"),
            node("Error", "`count` is wrong", 3, 0, "errors[1]"),
            node("ParseIntError", no_number, 4, 3, "source"),
        ]
    );
    assert_eq!(event.captured()["mechanism"]["is_exception_group"], true);
    assert_eq!(event.mechanism(), ("auto.function.monitored".to_owned(), Some(true)));
    assert_eq!(event.route(), route("meanings", &[("group", "group")]));
}

#[test]
fn a_group_is_seen_in_a_box_and_may_hold_another() {
    let event = run("boxed group").event();
    let tree = tree(&event);
    let shape: Vec<_> = tree.iter().map(|(kind, _, id, parent, _)| (kind.as_str(), id, parent)).collect();
    assert_eq!(shape.len(), 8, "{shape:?}");
    assert_eq!(tree[0].1, "the import failed");
    assert_eq!((tree[1].0.as_str(), tree[1].3.as_u64()), ("Nothing", Some(0)));
    assert_eq!((tree[2].0.as_str(), tree[2].3.as_u64()), ("Invalid", Some(1)));
    assert_eq!((tree[7].1.as_str(), tree[7].3.as_u64()), ("no answer", Some(1)));
    let groups = event.0["exception"]["values"].as_array().expect("exceptions");
    let is_group = |exception: &&Value| exception["mechanism"]["is_exception_group"] == true;
    assert_eq!(groups.iter().filter(is_group).count(), 2);
    let stops = [("boxed_group::inner", "inner group"), ("boxed_group", "boxed group")];
    assert_eq!(event.route(), route("meanings", &stops));
}

#[test]
fn an_implementation_by_hand_counts_like_a_derived_one() {
    let event = run("by hand").event();
    assert_eq!((&event.0["level"], event.tag("attempts")), (&json!("warning"), "2".to_owned()));
    assert_eq!(event.0["fingerprint"], json!(["refused"]));
    let event = run("generic").event();
    assert_eq!((&event.0["level"], event.tag("step")), (&json!("info"), "third".to_owned()));
    assert_eq!(event.chain()[0].0, "Failed<&str>");
}

#[test]
fn an_error_captured_by_hand_and_returned_is_one_event() {
    let event = run_to("captured", 1).event();
    assert_eq!(event.mechanism(), ("generic".to_owned(), Some(false)));
    assert_eq!(event.0["contexts"]["error"], json!({"handled": false, "functions": 3}));
    let stops =
        [("captured::inner", "captured"), ("captured", "captured outside"), ("main", "main captured")];
    assert_eq!(event.route(), route("meanings", &stops));
}

#[test]
fn an_error_that_was_captured_before_it_is_captured_by_hand_is_one_event() {
    let mut events = run_to("captured again", 1).events();
    events.sort_by_key(|event| event.tag("attempt"));
    let attempts: Vec<_> = events.iter().map(|event| (event.tag("attempt"), event.mechanism())).collect();
    let by = |handled| ("auto.function.monitored".to_owned(), Some(handled));
    let expected = [("0", true), ("1", true), ("2", false)];
    assert_eq!(attempts, expected.map(|(attempt, handled)| (attempt.to_owned(), by(handled))));
    let stops =
        [("by_hand", "by hand"), ("captured_again", "captured again"), ("main", "main captured again")];
    assert_eq!(events[2].route(), route("meanings", &stops));
    assert!(events.iter().all(|event| event.tag("attempts") == "2"));
}

#[test]
fn an_error_captured_by_hand_and_kept_was_handled() {
    for choice in ["captured and handled", "captured outside"] {
        let event = run(choice).event();
        assert_eq!(event.mechanism(), ("generic".to_owned(), Some(true)), "{choice}");
        assert_eq!(event.0["contexts"]["error"]["handled"], true, "{choice}");
        assert_eq!(event.route(), [], "{choice}");
    }
}

#[test]
fn an_error_that_was_replaced_and_the_new_one_are_two_events_of_one_trace() {
    let received = run_to("replaced", 1);
    let events = received.events();
    assert_eq!(events.len(), 2);
    let with = |kind: &str| {
        let found = events.iter().find(|event| event.chain()[0].0 == kind);
        found.unwrap_or_else(|| panic!("no {kind} in {events:#?}"))
    };
    let (old, new) = (with("DbError"), with("Refused"));
    assert_eq!((old.mechanism().1, new.mechanism().1), (Some(true), Some(false)));
    assert_eq!(old.0["contexts"]["error"]["handled"], true);
    let stops = [("replaced", "replaced"), ("main", "main replaced")];
    assert_eq!(new.route(), route("meanings", &stops));
    assert_eq!(old.trace_id(), new.trace_id());
    assert_eq!(old.trace_id(), received.transaction().trace_id());
}
