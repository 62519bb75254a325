//! What is expected of every framework for servers: the same visits, the same items.

use serde_json::{Value, json};
use tests::{Event, Received, Receiver, fixture};

const FRAMEWORKS: [&str; 2] = ["actix", "axum"];
/// Those, and one that knows of no routes.
const SERVERS: [&str; 3] = ["actix", "axum", "hyper"];

fn visit(framework: &str, what: &str) -> (Received, String) {
    let receiver = Receiver::start();
    let program = fixture!("web").sending_to(&receiver).arg(framework).arg(what);
    let outcome = program.run().exits_with(0);
    (receiver.received(), outcome.stdout)
}

/// The pointer into an event or a transaction.
fn at<'a>(item: &'a Value, pointer: &str) -> &'a Value {
    item.pointer(pointer).unwrap_or_else(|| panic!("no {pointer} in {item:#}"))
}

/// Checks that an error names the request that it happened in.
fn shows_request(event: &Event, path: &str) {
    let request = &event.0["request"];
    assert_eq!(request["method"], "GET");
    assert!(request["url"].as_str().is_some_and(|url| url.ends_with(path)), "{request}");
    assert_eq!(request["headers"]["authorization"], "[Filtered]");
    assert_eq!(request["headers"]["user-agent"], "visitor");
    assert_eq!(event.0["transaction"], format!("GET {path}"));
}

#[test]
fn success() {
    for framework in FRAMEWORKS {
        let (received, stdout) = visit(framework, "/users/7?page=2&password=hunter2");
        assert!(stdout.starts_with("HTTP/1.1 200"), "{stdout}");
        assert_eq!(received.kinds(), ["transaction"]);
        let transaction = received.transaction();
        assert_eq!((transaction.name(), transaction.source()), ("GET /users/{id}".into(), "route".into()));
        let root = transaction.root();
        assert_eq!((root.op(), root.status()), ("http.server".into(), "ok".into()));
        assert!(root.origin().starts_with("auto.http."), "{}", root.origin());
        let data = at(&transaction.0, "/contexts/trace/data");
        assert_eq!(data["http.response.status_code"], 200);
        assert_eq!(data["http.response.body.size"], "user 7".len());
        assert_eq!(data["http.route"], "/users/{id}");
        assert_eq!(data["url.path"], "/users/7");
        assert_eq!(transaction.0["user"], json!({"id": "7"}));
        assert_eq!(transaction.0["request"]["query_string"], "page=2&password=[Filtered]");
        assert_eq!(transaction.0["request"]["headers"]["authorization"], "[Filtered]");
        assert_eq!(transaction.0["request"].get("env"), None);
    }
}

#[test]
fn who_asked_is_told_only_if_personal_data_may_be_sent() {
    for framework in SERVERS {
        let transaction = visit(framework, "personal").0.transaction();
        assert_eq!(transaction.0["user"], json!({"id": "7", "ip_address": "127.0.0.1"}));
        assert_eq!(transaction.0["request"]["env"]["REMOTE_ADDR"], "127.0.0.1");
    }
}

#[test]
fn an_unsampled_request_sends_nothing() {
    for framework in SERVERS {
        let kinds = visit(framework, "unsampled").0;
        assert!(kinds.kinds().iter().all(|kind| *kind == "client_report"), "{:?}", kinds.kinds());
    }
}

#[test]
fn the_error_of_a_handler_is_captured_as_what_it_is() {
    for framework in SERVERS {
        let (received, stdout) = visit(framework, "/failing");
        assert!(stdout.starts_with("HTTP/1.1 500"), "{stdout}");
        assert_eq!(received.kinds(), ["event", "transaction"]);
        let event = received.event();
        let chain: Vec<String> = event.chain().into_iter().map(|(ty, _)| ty).collect();
        assert_eq!(chain, ["Flood", "ParseIntError"]);
        assert!(event.mechanism().0.starts_with("auto.http."), "{:?}", event.mechanism());
        shows_request(&event, "/failing");
        let transaction = received.transaction();
        assert_eq!(transaction.root().status(), "internal_error");
        assert_eq!(event.trace_id(), transaction.trace_id());
    }
}

#[test]
fn an_error_that_an_attribute_has_captured_is_one_event() {
    for framework in SERVERS {
        let received = visit(framework, "/attributed").0;
        let event = received.event();
        assert_eq!(event.mechanism(), ("auto.function.monitored".into(), Some(false)));
        assert_eq!(event.route()[0].function, "open_the_cellar");
        shows_request(&event, "/attributed");
    }
}

#[test]
fn an_error_that_was_captured_by_hand_is_one_event() {
    for framework in SERVERS {
        for (path, by) in [("/captured", "generic"), ("/captured/again", "auto.function.monitored")] {
            let event = visit(framework, path).0.event();
            assert_eq!(event.mechanism(), (by.to_owned(), Some(false)), "{framework}{path}");
            assert_eq!(event.tag("captured"), "by hand", "{framework}{path}");
            shows_request(&event, path);
        }
    }
}

#[test]
fn an_error_that_was_taken_care_of_is_handled_though_another_one_is_answered_with() {
    for framework in FRAMEWORKS {
        let received = visit(framework, "/captured/other").0;
        let mut events: Vec<_> =
            received.events().iter().map(|it| (it.chain()[0].0.clone(), it.mechanism())).collect();
        events.sort();
        let told = ("Flood".to_owned(), ("generic".to_owned(), Some(true)));
        let by = if framework == "actix" { "auto.http.actix" } else { "auto.http.tower" };
        let answered = ("ParseIntError".to_owned(), (by.to_owned(), Some(false)));
        assert_eq!(events, [told, answered], "{framework}");
    }
}

#[test]
fn an_attribute_on_a_handler_sees_the_error_of_its_failure() {
    for framework in ["axum", "actix"] {
        let route = |path| {
            let received = visit(framework, path).0;
            let event = received.event();
            assert_eq!(
                event.mechanism(),
                ("auto.function.monitored".into(), Some(false)),
                "{framework}{path}"
            );
            shows_request(&event, path);
            let types: Vec<_> = event.chain().into_iter().map(|(ty, _)| ty).collect();
            (types, event.route().into_iter().map(|hop| hop.function).collect::<Vec<_>>())
        };
        let (types, functions) = route("/watched");
        assert_eq!(types, ["Flood", "ParseIntError"], "{framework}");
        assert_eq!(functions, ["open_the_cellar", "watched"], "{framework}");
        assert_eq!(route("/counted"), (vec!["ParseIntError".to_owned()], vec!["counted".to_owned()]));
        assert_eq!(visit(framework, "/expected").0.kinds(), ["transaction"], "{framework}");
    }
}

/// Actix hides the types of errors; a `Debug` tells some of them.
#[test]
fn an_error_of_actix_is_captured_by_what_it_tells() {
    let received = visit("actix", "/told").0;
    let event = received.event();
    assert_eq!(event.chain(), [("Flood".into(), "the cellar is under water".into())]);
    shows_request(&event, "/told");
    assert_eq!(received.transaction().root().status(), "internal_error");
}

#[test]
fn what_the_client_did_wrong_is_not_captured() {
    for framework in SERVERS {
        for (path, status) in [("/nowhere", "not_found"), ("/refused", "already_exists")] {
            let received = visit(framework, path).0;
            assert_eq!(received.kinds(), ["transaction"], "{path}");
            assert_eq!(received.transaction().root().status(), status);
        }
        let transaction = visit(framework, "/nowhere").0.transaction();
        assert_eq!((transaction.name(), transaction.source()), ("GET /nowhere".into(), "url".into()));
    }
}

#[test]
fn an_answer_of_the_server_s_fault_is_captured() {
    for framework in SERVERS {
        let received = visit(framework, "/broken").0;
        let event = received.event();
        assert_eq!(event.chain(), [("ServerError".into(), "answered with status 503".into())]);
        shows_request(&event, "/broken");
        assert_eq!(received.transaction().root().status(), "unavailable");
    }
}

#[test]
fn what_was_captured_before_does_not_hide_why_an_answer_failed() {
    for framework in FRAMEWORKS {
        let received = visit(framework, "/noted").0;
        let events = received.events();
        let find = |is_it: &dyn Fn(&Event) -> bool| events.iter().filter(|event| is_it(event)).count();
        assert_eq!(events.len(), 3, "{framework}: {events:#?}");
        assert_eq!(find(&|event| event.message() == "slow today"), 1);
        let by = |origin: &str, handled: bool| {
            let is_it = |event: &Event| {
                let values = event.0["exception"]["values"].as_array();
                let Some(captured) = values.and_then(|values| values.last()) else { return false };
                let mechanism = &captured["mechanism"];
                let of = mechanism["type"].as_str().unwrap_or_default();
                of.starts_with(origin) && mechanism["handled"] == handled
            };
            find(&is_it)
        };
        assert_eq!((by("auto.function.", true), by("auto.http.", false)), (1, 1), "{events:#?}");
    }
}

#[test]
fn a_body_is_complete_when_what_its_head_said_was_sent() {
    for framework in FRAMEWORKS {
        let transaction = visit(framework, "/file").0.transaction();
        assert_eq!(transaction.root().status(), "ok", "{framework}");
        assert_eq!(at(&transaction.0, "/contexts/trace/data")["http.response.body.size"], 12);
    }
}

#[test]
fn a_body_that_breaks_off_is_the_server_s_fault() {
    for framework in FRAMEWORKS {
        let received = visit(framework, "/torn").0;
        assert_eq!(received.transaction().root().status(), "internal_error", "{framework}");
        assert_eq!(received.event().chain()[0].0, "BodyError");
    }
}

#[test]
fn what_a_body_breaks_off_by_is_captured_once() {
    for framework in FRAMEWORKS {
        let received = visit(framework, "/spoilt").0;
        let event = received.event();
        assert_eq!(event.route()[0].function, "open_the_cellar", "{framework}");
        assert_eq!(event.captured()["mechanism"]["handled"], false);
        shows_request(&event, "/spoilt");
        assert_eq!(received.transaction().root().status(), "internal_error");
    }
}

#[test]
fn a_panic_is_captured_with_its_request() {
    for framework in SERVERS {
        let (received, stdout) = visit(framework, "answered with 500");
        assert!(stdout.starts_with("HTTP/1.1 500"), "{stdout}");
        let event = received.event();
        assert_eq!(event.chain()[0].1, "nobody is in the kitchen");
        shows_request(&event, "/panic");
        assert_eq!(received.transaction().root().status(), "internal_error");

        let (received, stdout) = visit(framework, "/panic");
        assert_eq!(stdout.trim(), "", "the connection was closed");
        shows_request(&received.event(), "/panic");
        assert_eq!(received.transaction().root().status(), "internal_error");
    }
}

#[test]
fn a_panic_where_the_work_begins_is_one_too() {
    // What is inside of axum's layers begins when it is polled.
    for framework in ["actix", "hyper"] {
        for (what, answer) in [("/early?answered", "HTTP/1.1 500"), ("/early", "")] {
            let (received, stdout) = visit(framework, what);
            assert_eq!(stdout.trim().get(..answer.len().max(1)).unwrap_or_default(), answer, "{stdout}");
            assert_eq!(received.event().chain()[0].1, "nobody is at the door");
            shows_request(&received.event(), "/early");
            assert_eq!(received.transaction().root().status(), "internal_error");
        }
    }
}

#[test]
fn a_body_is_shown_only_if_it_may_be() {
    for framework in FRAMEWORKS {
        let event = visit(framework, "body").0.event();
        assert_eq!(event.0["request"].get("data"), None);
        for what in ["personal body", "personal chunks"] {
            let event = visit(framework, what).0.event();
            assert_eq!(event.0["request"]["data"], r#"{"amount":3,"token":"[Filtered]"}"#, "{what}");
        }
        for what in ["large body", "large chunks"] {
            let event = visit(framework, what).0.event();
            assert_eq!(event.0["request"].get("data"), None, "{what}");
        }
    }
}

#[test]
fn the_layer_s_options_say_what_is_captured() {
    for framework in SERVERS {
        let counts = |what: &str| {
            let received = visit(framework, what).0;
            [received.events().len(), received.transactions().len()]
        };
        assert_eq!(counts("options?traced"), [0, 1]);
        assert_eq!(counts("/refused?failed"), [1, 1]);
        assert_eq!(counts("/failing?failed"), [0, 1]);
        assert_eq!(counts("/failing?untraced"), [1, 0]);
    }
    let received = visit("actix", "/failing?uncaptured").0;
    assert_eq!((received.events().len(), received.transactions().len()), (0, 1));
}

#[test]
fn a_streamed_body_belongs_to_the_request() {
    for framework in SERVERS {
        let received = visit(framework, "/stream").0;
        let (event, transaction) = (received.event(), received.transaction());
        assert_eq!(event.message(), "the last page");
        assert_eq!(event.trace_id(), transaction.trace_id());
        assert_eq!(event.0["user"]["id"], "reader");
        assert_eq!(transaction.root().status(), "ok");
        let moment = |key: &str| transaction.0[key].as_f64().unwrap_or_default();
        let seconds = moment("timestamp") - moment("start_timestamp");
        assert!(seconds >= 0.08, "{seconds}");
        assert_eq!(at(&transaction.0, "/contexts/trace/data")["http.response.body.size"], 4 * "a page".len());
    }
}

#[test]
fn a_client_that_leaves_cancels() {
    for framework in SERVERS {
        let received = visit(framework, "leave").0;
        for path in ["GET /slow", "GET /endless"] {
            assert_eq!(received.transaction_named(path).root().status(), "cancelled", "{path}");
        }
        assert_eq!(received.events().len(), 0);
    }
}

#[test]
fn no_request_is_seen_in_another() {
    for framework in SERVERS {
        let events = visit(framework, "many").0.events();
        assert_eq!(events.len(), 1000);
        for event in events {
            let user = event.tag("user");
            assert_eq!(event.message(), format!("from {user}"));
            assert_eq!(event.0["user"]["id"], user);
            assert_eq!(
                event.0["request"]["url"].as_str().and_then(|url| url.rsplit('/').next()),
                Some(&*user)
            );
            let breadcrumbs = at(&event.0, "/breadcrumbs/values").as_array().map_or(0, Vec::len);
            assert_eq!(breadcrumbs, 1);
            assert_eq!(at(&event.0, "/breadcrumbs/values/0")["message"], format!("{user} came in"));
        }
    }
}

#[test]
fn each_request_is_a_session() {
    for framework in SERVERS {
        let received = visit(framework, "sessions").0;
        assert_eq!(received.session_counts(), [6, 5, 0, 2], "{framework}");
        assert!(received.sessions().is_empty(), "they are counted");
        assert_eq!(received.events().len(), 1 + 5 + 2, "{framework}: a message, errors, panics");
        let counted = visit(framework, "many").0.session_counts();
        assert_eq!(counted, [1000, 0, 0, 0], "{framework}: messages are no errors");
    }
}

#[test]
fn requests_are_sessions_only_if_they_should_be() {
    for framework in SERVERS {
        for what in ["nameless sessions", "uncounted sessions"] {
            let received = visit(framework, what).0;
            assert!(!received.kinds().iter().any(|kind| kind.starts_with("session")), "{what}");
        }
    }
}

#[test]
fn errors_that_were_answered_with_do_not_crash_the_program() {
    for framework in SERVERS {
        let received = visit(framework, "one session").0;
        assert_eq!(received.session_counts(), [0; 4]);
        let updates = received.sessions();
        assert!(updates.iter().all(|update| update["status"] != "crashed"), "{framework}: {updates:#?}");
        assert!(updates.iter().any(|update| update["errors"] == 5), "{framework}: {updates:#?}");
    }
}

#[test]
fn a_server_that_waits_answers_when_everything_has_left() {
    for framework in SERVERS {
        let (received, stdout) = visit(framework, "waiting");
        let lines: Vec<_> = stdout.lines().collect();
        let failed = "HTTP/1.1 500 Internal Server Error";
        assert_eq!(lines, [failed, "1 delivered", failed, "2 delivered", "", "3 delivered"], "{framework}");
        assert_eq!(received.events().len(), 3);
    }
}

/// A server that has the layers of the published crate.
#[test]
fn two_layers_do_what_one_does() {
    let received = visit("axum", "two layers").0;
    let (event, transaction) = (received.event(), received.transaction());
    assert_eq!(event.chain()[0].0, "Flood");
    assert_eq!(
        (transaction.name(), transaction.root().status()),
        ("POST /body".into(), "internal_error".into())
    );
    assert_eq!(event.trace_id(), transaction.trace_id());
    assert_eq!(event.0["request"]["env"]["REMOTE_ADDR"], "127.0.0.1", "as the layer says, not the options");
}

#[test]
fn a_slow_client_is_waited_for() {
    for framework in FRAMEWORKS {
        let (received, stdout) = visit(framework, "slow client");
        let lines: Vec<_> = stdout.lines().collect();
        assert_eq!(lines, ["HTTP/1.1 200 OK", "HTTP/1.1 500 Internal Server Error"], "{framework}");
        assert_eq!(received.transaction_named("GET /users/{id}").0["user"]["id"], "7");
        let (event, slow) = (received.event(), received.transaction_named("POST /body"));
        assert_eq!(slow.root().status(), "internal_error");
        assert_eq!(event.trace_id(), slow.trace_id());
        assert_eq!(event.0["request"]["data"], r#"{"amount":3,"token":"[Filtered]"}"#, "both halves");
        assert_eq!(event.0["user"].get("id"), None, "who was served meanwhile is somebody else");
    }
}

#[test]
fn an_outgoing_call_that_fails_is_captured_where_it_should_be() {
    for framework in FRAMEWORKS {
        let received = visit(framework, "/calling").0;
        let event = received.event();
        let [(ty, text)] = &event.chain()[..] else { panic!("one error: {event:#?}") };
        assert_eq!(ty, "HttpClientError");
        assert!(text.ends_with("/missing was answered with status 404"), "{text}");
        assert_eq!(event.mechanism(), ("auto.http.reqwest".into(), Some(true)));
        let calling = received.transaction_named("GET /calling");
        assert_eq!((calling.root().status(), event.trace_id()), ("ok".into(), calling.trace_id()));
    }
}

#[test]
fn a_trace_goes_on() {
    for framework in SERVERS {
        let transaction = visit(framework, "trace").0.transaction();
        assert_eq!(transaction.trace_id(), "bc6d53f15eb88f4320054569b8c553d4");
        assert_eq!(transaction.root().parent(), "b72fa28504b07285");
    }
}

#[test]
fn what_is_called_is_in_the_same_trace() {
    for framework in FRAMEWORKS {
        let received = visit(framework, "/relay").0;
        let relay = received.transaction_named("GET /relay");
        let called = received.transaction_named("GET /users/{id}");
        assert_eq!(called.trace_id(), relay.trace_id());
        let spans = relay.spans();
        let span =
            spans.iter().find(|span| span.description().ends_with("/users/9")).expect("a span of the call");
        assert_eq!((span.op(), span.status()), ("http.client".into(), "ok".into()));
        assert_eq!(span.0["data"]["http.query"], "token=[Filtered]&page=2");
        assert_eq!(called.root().parent(), span.id());
        let missing = spans.iter().find(|span| span.description().ends_with("/missing")).expect("a span");
        assert_eq!(missing.status(), "not_found");
        let event = received.event();
        let levels: Vec<_> = at(&event.0, "/breadcrumbs/values")
            .as_array()
            .into_iter()
            .flatten()
            .map(|crumb| (crumb["category"].as_str(), crumb["data"]["status_code"].as_u64()))
            .collect();
        assert_eq!(levels, [(Some("http"), Some(200)), (Some("http"), Some(404))]);
    }
}

#[test]
fn what_may_not_be_collected_of_requests_that_are_sent_is_not() {
    for framework in FRAMEWORKS {
        let received = visit(framework, "/relay?nothing").0;
        let items = received.envelopes.iter().flat_map(|envelope| &envelope.items);
        let items: Vec<_> = items.map(|item| String::from_utf8_lossy(&item.payload)).collect();
        assert!(items.iter().any(|item| item.contains("/users/9")), "{items:?}");
        assert!(!items.iter().any(|item| item.contains("page=2")), "{items:?}");
    }
}

#[test]
fn some_requests_are_no_transactions() {
    for framework in SERVERS {
        for what in ["options", "/nowhere?ignored"] {
            let received = visit(framework, what).0;
            assert_eq!(received.transactions().len(), 0, "{what}");
        }
        let spans = visit(framework, "/attributed").0.transaction().spans().len();
        let received = visit(framework, "/attributed?ignored").0;
        assert_eq!(received.transactions().len(), 0);
        assert!(spans > 0);
        let lost = ["transaction", "span"].map(|category| received.lost("sample_rate", category));
        assert_eq!(lost, [1, 1 + spans as u64], "all of its spans, and its root");
    }
}

/// A function under the layer, and no framework: requests are named by their paths.
#[test]
fn a_server_without_routes_names_requests_by_their_paths() {
    let transaction = visit("hyper", "/users/7?page=2").0.transaction();
    assert_eq!((transaction.name(), transaction.source()), ("GET /users/7".into(), "url".into()));
    let data = at(&transaction.0, "/contexts/trace/data");
    assert_eq!(
        (&data["http.response.status_code"], &data["http.response.body.size"]),
        (&json!(200), &json!(6))
    );
    assert_eq!(data.get("http.route"), None);

    let (received, stdout) = visit("hyper", "/unanswered");
    assert_eq!(stdout.trim(), "", "the connection was closed");
    let event = received.event();
    assert_eq!(event.chain()[0].1, "the cellar is under water");
    shows_request(&event, "/unanswered");
    assert_eq!(received.transaction().root().status(), "internal_error");
}

#[test]
fn requests_that_are_sent_carry_the_trace_to_its_targets_and_never_to_ours() {
    // It is asked for a page too, which Sentry is not.
    let receiver = Receiver::start().without_rules();
    let outcome = fixture!("web").sending_to(&receiver).arg("axum").arg("/outgoing").run().exits_with(0);
    assert_eq!(outcome.stdout.lines().next(), Some("true false"));
    let elsewhere: Vec<_> =
        receiver.requests().into_iter().filter(|request| request.path.ends_with("/elsewhere")).collect();
    assert_eq!(elsewhere.len(), 1);
    assert_eq!(elsewhere[0].header("sentry-trace").count(), 0);
    let sent: String = receiver
        .requests()
        .iter()
        .map(|request| String::from_utf8_lossy(&request.body).into_owned())
        .collect();
    let spans = |of: &str| sent.matches(&format!(r#""op":"{of}""#)).count();
    assert_eq!((spans("http.client"), sent.matches("/elsewhere").count()), (2, 0), "{sent}");
}

#[test]
fn an_answer_of_actix_names_the_event_if_it_shall() {
    let (received, stdout) = visit("actix", "/failing?named");
    let id = received.event().0["event_id"].as_str().map(str::to_owned);
    assert_eq!(stdout.lines().nth(1), id.as_deref());
    assert_eq!(visit("actix", "/users/7?named").1.lines().count(), 1);
    assert_eq!(visit("actix", "/failing").1.lines().count(), 1);
    let event = visit("actix", "/failing?hub").0.event();
    assert_eq!((event.tag("hub").as_str(), event.chain()[0].0.as_str()), ("of all", "Flood"));
}
