//! Structured logs, metrics, sessions and what users say.

use serde_json::{Value, json};
use tests::{Outcome, Received, Receiver, fixture};

fn run(choice: &str) -> (Received, Outcome) {
    let receiver = Receiver::start();
    let outcome = fixture!("telemetry").arg(choice).sending_to(&receiver).run();
    (receiver.received(), outcome)
}

fn value<'a>(log: &'a Value, key: &str) -> &'a Value {
    &log["attributes"][key]["value"]
}

#[test]
fn logs_carry_types_and_where_they_were_written() {
    let (received, _) = run("logs");
    let logs = received.logs();
    let bodies: Vec<_> = logs.iter().map(|log| (log["level"].as_str(), log["body"].as_str())).collect();
    assert_eq!(
        bodies,
        [
            (Some("trace"), Some("outside of everything")),
            (Some("info"), Some("shelf A from cellar")),
            (Some("debug"), Some("found 2 of Some(\"pears\")")),
            (Some("warn"), Some("low")),
            (Some("error"), Some("empty")),
            (Some("fatal"), Some("{no} value")),
        ]
    );
    let [outside, info, debug, .., error, fatal] = &logs[..] else { panic!("six logs") };
    let checkout = received.transaction_named("checkout");
    for log in &logs[1..5] {
        assert_eq!(log["trace_id"], checkout.trace_id());
        assert_eq!(log["span_id"], checkout.root().id());
    }
    assert_eq!((&outside["span_id"], &outside["trace_id"]), (&Value::Null, &fatal["trace_id"]));

    assert_eq!(info["attributes"]["cart.items"], json!({"value": 3, "type": "integer"}));
    assert_eq!(info["attributes"]["cart.gift"], json!({"value": true, "type": "boolean"}));
    assert_eq!(info["attributes"]["share"], json!({"value": 0.5, "type": "double"}));
    assert_eq!(value(info, "http.route"), "/cart");
    assert_eq!(value(info, "sentry.message.template"), "{} from {place}");
    assert_eq!(value(info, "sentry.message.parameter.0"), "shelf A");
    assert_eq!(value(info, "user.id"), "4711");
    assert_eq!(value(info, "sentry.release"), "shop@1.2.3");
    assert_eq!(value(info, "sentry.environment"), "testing");
    assert_eq!(info["attributes"].get("sentry.origin"), None);

    assert_eq!(value(debug, "user.id"), "own");
    assert_eq!(debug["attributes"]["big"], json!({"value": u64::MAX.to_string(), "type": "string"}));
    assert_eq!(debug["attributes"]["sentry.message.parameter.0"], json!({"value": 2, "type": "integer"}));
    assert_eq!(value(debug, "sentry.message.parameter.1"), "Some(\"pears\")");
    assert_eq!(value(error, "shelf"), "shelf B");
    assert_eq!(value(fatal, "sentry.message.template"), &Value::Null);
}

#[test]
fn a_callback_drops_logs_and_the_server_is_told() {
    let (received, _) = run("refused");
    // 25 have the seven at the end, and of the others 26 elsewhere: 7, 17, 70 to 79, 170 to 179, …
    let refused = (0..250).filter(|number| number.to_string().contains('7')).count();
    assert_eq!(received.logs().len(), 250 - refused);
    assert_eq!(received.lost("before_send", "log_item"), u64::try_from(refused).unwrap_or_default());
    assert!(received.lost("before_send", "log_byte") > 0);
}

#[test]
fn a_log_that_is_shorter_without_its_secrets_is_no_loss() {
    let (received, outcome) = run("shortened");
    assert_eq!(value(&received.logs()[0], "api_token"), "[Filtered]");
    assert_eq!(outcome.stdout, "true true\n");
    assert!(received.losses().is_empty(), "{:?}", received.losses());
}

#[test]
fn a_callback_that_panics_drops_logs() {
    let (received, outcome) = run("panicking");
    outcome.exits_with(0);
    assert_eq!(received.logs().len(), 0);
    assert_eq!(received.lost("before_send", "log_item"), 250);
    assert!(!received.kinds().contains(&"event"), "what panics in a callback is not captured");
}

#[test]
fn what_is_off_sends_nothing() {
    let (received, _) = run("disabled");
    assert_eq!(received.kinds(), ["transaction", "transaction"]);
}

#[test]
fn a_burst_of_logs_is_bounded_and_accounted_for() {
    let (received, outcome) = run("burst");
    let outcome = outcome.exits_with(0);
    let counts: Vec<Vec<u64>> = outcome
        .stdout
        .lines()
        .map(|line| line.split(' ').filter_map(|count| count.parse().ok()).collect())
        .collect();
    let [items, bytes] = &counts[..] else { panic!("two lines: {counts:?}") };
    for counts in [items, bytes] {
        assert_eq!(counts[0], counts[1] + counts[2], "captured = delivered + dropped");
    }
    assert_eq!(items[0], 100_000);
    assert_eq!(received.logs().len() as u64, items[1]);
    for (category, counts) in [("log_item", items), ("log_byte", bytes)] {
        assert_eq!(received.lost("buffer_overflow", category), counts[2], "{category}");
    }
}

#[test]
fn large_logs_leave_in_items_that_a_server_takes() {
    // The receiver refuses an item of more than a megabyte. Of some texts, JSON is six times as long.
    for choice in ["large", "escaped"] {
        let (received, _) = run(choice);
        assert_eq!(received.logs().len(), 100, "{choice}");
        assert!(received.kinds().iter().filter(|kind| **kind == "log").count() > 1, "{choice}");
        assert_eq!(received.lost("before_send", "log_byte"), 0, "{choice}");
    }
}

#[test]
fn a_hundred_logs_leave_at_once() {
    let (received, outcome) = run("crowd");
    assert_eq!(outcome.exits_with(0).stdout, "true\n");
    let items = received.envelopes.iter().flat_map(|envelope| &envelope.items);
    let counts: Vec<_> =
        items.filter(|item| item.kind() == "log").map(|item| &item.headers["item_count"]).collect();
    assert_eq!(counts[..2], [100, 1]);
}

#[test]
fn a_log_of_more_than_a_server_takes_is_cut() {
    let (received, _) = run("giants");
    let logs = received.logs();
    let [control, quoted, attributes] = &logs[..] else { panic!("{} logs", logs.len()) };
    // As much as fits: 6 bytes for each of one, 4 for each two of the other.
    for (log, part, bytes) in [(control, "\u{1}", 6), (quoted, "\"é", 4)] {
        let text = log["body"].as_str().expect("a text");
        let parts = text.matches(part).count();
        assert!(text.starts_with(&part.repeat(parts)) && text.len() - parts * part.len() < 2);
        assert!(parts * bytes > (1 << 20) - (1 << 14) && parts * bytes < 1 << 20, "{parts} parts");
    }
    assert_eq!(attributes["body"], "short");
    let left = attributes["attributes"].as_object().expect("attributes");
    let many = left.keys().filter(|key| key.starts_with("many.")).count();
    assert!((400..1000).contains(&many) && left.contains_key("first"), "{many}");
    assert!(logs.iter().all(|log| log["attributes"]["sentry.environment"].is_object()));
}

#[test]
fn a_log_leaves_after_a_while_by_itself() {
    let (received, outcome) = run("waiting");
    assert_eq!(outcome.exits_with(0).stdout, "true\n");
    assert_eq!(received.logs()[0]["body"], "patience");
}

#[test]
fn metrics_belong_to_the_span() {
    let (received, _) = run("metrics");
    let metrics = received.metrics();
    let render = received.transaction_named("render");
    let [pages, time, depth, large] = &metrics[..] else { panic!("four metrics: {metrics:#?}") };
    for metric in [pages, time] {
        assert_eq!(metric["trace_id"], render.trace_id());
        assert_eq!(metric["span_id"], render.root().id());
    }
    assert_eq!(
        (&pages["type"], &pages["name"], &pages["value"]),
        (&json!("counter"), &json!("pages"), &json!(1.0))
    );
    assert_eq!((&time["type"], &time["unit"]), (&json!("distribution"), &json!("millisecond")));
    assert_eq!((&depth["type"], value(depth, "queue")), (&json!("gauge"), &json!("mail")));
    assert_eq!((&depth["span_id"], value(depth, "user.id")), (&Value::Null, &json!("4711")));
    assert_eq!((large["attributes"].get("body"), value(large, "sort")), (None, &json!("parcel")));
    assert_eq!(received.lost("invalid", "trace_metric"), 1);
}

/// A server refuses all that comes along with it.
#[test]
fn a_metric_that_a_server_would_refuse_stays_behind() {
    let (received, _) = run("flawed metrics");
    let names: Vec<_> = received.metrics().into_iter().map(|metric| metric["name"].clone()).collect();
    assert_eq!(names, ["kept"]);
    assert_eq!(received.lost("invalid", "trace_metric"), 2);
    assert_eq!(received.lost("before_send", "trace_metric"), 1);
}

#[test]
fn attributes_of_scopes_are_on_all_that_has_attributes() {
    for choice in ["attributes", "streamed attributes"] {
        let (received, outcome) = run(choice);
        assert_eq!(outcome.stdout, "String(\"isolation\") true\n");
        let plain = |item: &Value| {
            assert_eq!(item["attributes"]["where"], json!({"value": "isolation", "type": "string"}));
            assert_eq!(item["attributes"]["nodes"], json!({"value": 3, "type": "integer"}));
            assert_eq!(item["attributes"]["share"], json!({"value": 0.5, "type": "double"}));
            assert!(item["attributes"].get("gone").is_none() && item["attributes"].get("gift").is_none());
        };
        let scoped = |item: &Value| {
            assert_eq!((value(item, "where"), value(item, "nodes")), (&json!("current"), &json!(3)));
            assert_eq!(item["attributes"]["gift"], json!({"value": true, "type": "boolean"}));
            assert_eq!(item["attributes"]["share"], json!({"value": 1, "type": "integer"}), "its own");
            assert_eq!(value(item, "api_token"), "[Filtered]");
        };
        let (logs, metrics) = (received.logs(), received.metrics());
        scoped(logs.iter().find(|log| log["body"] == "scoped").expect("a log"));
        plain(logs.iter().find(|log| log["body"] == "plain").expect("a log"));
        scoped(metrics.iter().find(|metric| metric["name"] == "scoped").expect("a metric"));
        plain(metrics.iter().find(|metric| metric["name"] == "pages").expect("a metric"));
        let segments: Vec<_> =
            received.streamed().into_iter().filter(|span| span["is_segment"] == true).collect();
        assert_eq!(segments.len(), usize::from(choice != "attributes"));
        segments.iter().for_each(plain);
        assert_eq!(received.event().0["tags"], Value::Null);
    }
}

#[test]
fn feedback_passes_by_rates_and_callbacks() {
    let (received, outcome) = run("feedback");
    let printed = outcome.exits_with(0).stdout;
    let (about, id) = printed.trim().split_once(' ').expect("two ids");
    let feedback = received.feedback();
    let [feedback] = &feedback[..] else { panic!("one: {feedback:?}") };
    assert_eq!(feedback.0["event_id"], id);
    let said = &feedback.0["contexts"]["feedback"];
    assert_eq!(said["message"], "é".repeat(4096));
    assert_eq!((&said["name"], &said["contact_email"]), (&json!("Ada"), &json!("ada@example.org")));
    assert_eq!(said["associated_event_id"], about);
    assert_eq!(feedback.0["release"], "shop@1.2.3");
    assert!(received.events().is_empty());
}

#[test]
fn sessions_of_a_server_are_counted() {
    let (received, outcome) = run("requests");
    outcome.exits_with(0);
    assert_eq!(received.session_counts(), [60, 20, 5, 15]);
    assert!(received.sessions().is_empty());
    assert_eq!(received.events().len(), 100 + 40 + 15);
}

#[test]
fn without_a_release_there_are_no_sessions() {
    let (received, _) = run("unnamed");
    assert_eq!(received.session_counts(), [0; 4]);
    assert!(!received.kinds().iter().any(|kind| kind.starts_with("session")));
}

/// Status and errors of each update of the program's run.
fn updates(choice: &str, code: i32) -> Vec<(bool, String, u64)> {
    let (received, outcome) = run(choice);
    outcome.exits_with(code);
    let sessions = received.sessions();
    assert!(sessions.iter().all(|it| it["sid"] == sessions[0]["sid"]));
    assert_eq!(received.session_counts(), [0; 4]);
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    sessions
        .iter()
        .map(|it| (it["init"] == true, text(&it["status"]), it["errors"].as_u64().unwrap_or_default()))
        .collect()
}

#[test]
fn the_run_of_a_program_is_a_session() {
    let one = |init, status: &str, errors| (init, status.to_owned(), errors);
    assert_eq!(updates("well", 0), [one(true, "exited", 0)]);
    assert_eq!(updates("exit", 0), [one(true, "exited", 0)]);
    assert_eq!(updates("closed", 0), [one(true, "exited", 0)]);
    assert_eq!(updates("closed by the guard", 0), [one(true, "exited", 0)]);
    #[cfg(unix)]
    assert_eq!(updates("plain exit", 0), [one(true, "exited", 0)]);
    assert_eq!(updates("run", 0), [one(true, "ok", 1), one(false, "exited", 1)]);
    // Both errors are still on their way when the guard ends the session.
    let ended = updates("ended", 0);
    assert_eq!(ended.last().map(|(_, status, errors)| (status.as_str(), *errors)), Some(("exited", 2)));
    assert_eq!(ended.iter().filter(|(_, status, _)| status == "exited").count(), 1);
    assert_eq!(updates("abnormal", 0), [one(true, "abnormal", 0)]);
    assert_eq!(updates("crashed", 0), [one(true, "crashed", 1)]);
    let crash = updates("crash", 101);
    assert_eq!(crash.last().map(|(_, status, _)| status.as_str()), Some("crashed"), "{crash:?}");
    assert_eq!(crash.iter().filter(|(_, status, _)| status != "ok").count(), 1);
}

/// The user has logged in after the session began, and before it was told of.
#[test]
fn a_session_belongs_to_the_user_of_its_first_error() {
    let (received, _) = run("known");
    let users: Vec<_> = received.sessions().into_iter().map(|session| session["did"].clone()).collect();
    assert_eq!(users, ["4711", "4711"]);
}

#[test]
fn an_event_lists_what_the_program_is_made_of() {
    let receiver = Receiver::start();
    fixture!("main_sync").sending_to(&receiver).run().exits_with(1);
    let event = receiver.received().event();
    assert_eq!(event.0["modules"]["monitored"], env!("CARGO_PKG_VERSION"));
    assert!(event.0["modules"]["serde_json"].as_str().is_some_and(|version| version.starts_with("1.")));
    assert_eq!(event.0["modules"].get("benches"), None, "the program does not depend on it");
}
