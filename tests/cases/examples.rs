//! The examples, as a newcomer runs them.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::thread;
use std::time::{Duration, Instant};

use serde_json::json;
use tests::{Event, Folder, Program, Received, Receiver, Span};

fn sent_by(name: &str, code: i32) -> Received {
    let receiver = Receiver::start();
    let outcome = Program::example(name).sending_to(&receiver).run().exits_with(code);
    assert!(!outcome.stderr.contains("transaction:"), "it sends instead of printing: {}", outcome.stderr);
    receiver.received()
}

#[test]
fn quickstart_prints_where_it_failed() {
    let outcome = Program::example("quickstart").run().exits_with(1);
    assert_eq!(outcome.stderr.matches("examples/quickstart/main.rs:").count(), 3, "{}", outcome.stderr);
    assert!(outcome.stderr.ends_with("message: \"No such file or directory\" }\n"), "{}", outcome.stderr);
}

#[test]
fn quickstart_sends_one_error() {
    let event = sent_by("quickstart", 1).event();
    let functions: Vec<_> = event.route().into_iter().map(|hop| hop.function).collect();
    assert_eq!(functions, ["read", "port", "main"]);
    assert_eq!(event.mechanism().1, Some(false));
    assert_eq!(event.tag("file"), "quickstart.conf");
    assert!(event.0["release"].as_str().is_some_and(|release| release.starts_with("examples@")));
}

#[test]
fn actix_sends_its_requests() {
    let received = sent_by("actix", 0);
    let mut requests: Vec<_> =
        received.transactions().iter().map(|request| (request.name(), request.root().status())).collect();
    requests.sort();
    let named = |status: &str| ("GET /halves/{number}".to_owned(), status.to_owned());
    assert_eq!(requests, [named("internal_error"), named("ok")]);
    let event = received.event();
    assert_eq!(event.route()[0].function, "halve");
    assert_eq!(event.frames().last().map(|frame| frame["vars"].clone()), Some(json!({"number": "seven"})));
    assert!(event.0["request"]["url"].as_str().is_some_and(|url| url.ends_with("/halves/seven")));
}

#[test]
fn worker_sends_each_attempt_that_failed_and_each_job() {
    let received = sent_by("worker", 0);
    let transactions = received.transactions();
    let mut jobs: Vec<_> = transactions
        .iter()
        .map(|job| (job.0["tags"]["job"].as_str().unwrap_or_default(), job.root().status()))
        .collect();
    jobs.sort();
    let expected = [("invoice", "ok"), ("newsletter", "ok"), ("reminder", "internal_error")];
    assert_eq!(jobs, expected.map(|(job, status)| (job, status.to_owned())));

    let events = received.events();
    let mut attempts: Vec<_> = events.iter().map(|event| (event.tag("job"), event.tag("attempt"))).collect();
    attempts.sort();
    let expected =
        [("invoice", "1"), ("invoice", "2"), ("reminder", "1"), ("reminder", "2"), ("reminder", "3")];
    assert_eq!(attempts, expected.map(|(job, attempt)| (job.to_owned(), attempt.to_owned())));
    // The last attempt's error went on to the job.
    let last = events.iter().find(|event| event.tag("attempt") == "3").expect("the last attempt");
    let functions: Vec<_> = last.route().into_iter().map(|hop| hop.function).collect();
    assert_eq!(functions, ["connect", "send", "run"]);
}

/// The event of which one error reads like this.
#[track_caller]
fn reading<'a>(events: &'a [Event], text: &str) -> &'a Event {
    let found = events.iter().find(|event| event.chain().iter().any(|(_, value)| value.contains(text)));
    found.unwrap_or_else(|| panic!("{text:?} is in none of {events:#?}"))
}

#[test]
fn shop_sends_what_went_wrong() {
    let received = sent_by("shop", 0);
    let events = received.events();
    for (text, function, stops) in [
        ("there is no product 77", "Catalogue::find", 2),
        ("`samovar` is sold out", "Catalogue::reserve", 3),
        ("`saucer` is sold out", "Catalogue::reserve", 3),
        ("the bank declined the card", "Payments::charge", 4),
        ("error sending request", "Payments::send", 5),
        ("product 5 is stored with a broken price", "decode", 3),
    ] {
        let event = reading(&events, text);
        let route = event.route();
        assert_eq!((route[0].function.as_str(), route.len()), (function, stops), "{text}");
        assert!(event.frames().iter().all(|frame| frame["context_line"].is_string()), "{text}");
    }
    assert_eq!(events.len(), 6, "{events:#?}");
    let broken = reading(&events, "broken price");
    assert_eq!((broken.tag("product").as_str(), &broken.0["user"]["id"]), ("5", &json!("finn")));
    assert!(broken.0["request"]["url"].as_str().is_some_and(|url| url.ends_with("/products/5")));
    assert_eq!(reading(&events, "`samovar` is sold out").0["level"], "info");
    assert!(broken.chain().iter().any(|(_, text)| text == "invalid digit found in string"));
}

#[test]
fn shop_sends_its_requests_as_transactions() {
    let received = sent_by("shop", 0);
    let transactions = received.transactions();
    let named = |name: &str| transactions.iter().filter(|transaction| transaction.name() == name).count();
    assert_eq!((named("GET /"), named("GET /products/{id}")), (2, 3));
    assert_eq!((named("POST /orders"), named("GET /orders/{id}/invoice")), (7, 1));
    // The bank serves in the same process: five cards were tried, one customer did not wait.
    assert_eq!(named("POST /charges"), 5);

    let bought = transactions
        .iter()
        .find(|transaction| transaction.name() == "POST /orders" && transaction.root().status() == "ok");
    let bought = bought.expect("an order that succeeded");
    let spans = bought.spans();
    let of = |op: &'static str| spans.iter().filter(move |span| span.op() == op);
    let statements: Vec<_> = of("db.query").map(Span::description).collect();
    assert!(statements.iter().any(|text| text.starts_with("INSERT INTO orders")), "{statements:?}");
    let call = of("http.client").next().expect("the call to the bank");
    let path = bought.path(&call.description());
    assert_eq!(path.first().map(String::as_str), Some("POST /orders"));
    assert!(path.iter().any(|part| part.ends_with("pay")), "{path:?}");
    // The bank's part of the same trace.
    let charged = transactions.iter().find(|charge| charge.root().parent() == call.id());
    assert_eq!(
        charged.map(|charge| (charge.name(), charge.trace_id())),
        Some(("POST /charges".to_owned(), bought.trace_id()))
    );

    // Each error that was sent happened in a span that was sent.
    for event in received.events() {
        let holds = |span_id: String| span_id == event.span_id();
        assert!(
            transactions.iter().any(|transaction| {
                transaction.trace_id() == event.trace_id()
                    && (holds(transaction.root().id())
                        || transaction.spans().iter().any(|span| holds(span.id())))
            }),
            "{event:#?}"
        );
    }
}

/// 13 customers ask the shop, and the shop asks its bank five times: six of the 13 end with an error, the bank knows none.
#[test]
fn shop_counts_its_requests_as_sessions() {
    let received = sent_by("shop", 0);
    assert_eq!(received.session_counts(), [13 + 5 - 6, 6, 0, 0]);
    assert!(received.sessions().is_empty());
}

#[test]
fn shop_tells_of_its_job_and_what_it_sold() {
    let received = sent_by("shop", 0);
    let check_ins = received.check_ins();
    let told: Vec<_> =
        check_ins.iter().map(|it| (it.0["monitor_slug"].as_str(), it.0["status"].as_str())).collect();
    assert_eq!(told, [(Some("stock-taking"), Some("in_progress")), (Some("stock-taking"), Some("ok"))]);

    let logs = received.logs();
    let bodies: Vec<_> = logs.iter().filter_map(|log| log["body"].as_str()).collect();
    for sold in ["sold 2 x teapot", "sold 6 x cup", "sold 1 x sugar tongs"] {
        assert!(bodies.contains(&sold), "{bodies:?}");
    }
    let scarce = logs.iter().filter(|log| log["body"] == "nearly sold out");
    let mut products: Vec<_> =
        scarce.filter_map(|log| log["attributes"]["product"]["value"].as_str()).collect();
    products.sort_unstable();
    assert_eq!(products, ["samovar", "saucer", "sugar tongs"]);
}

#[test]
fn shop_serves_a_rush_of_customers() {
    let receiver = Receiver::start();
    let shop = Program::example("shop").arg("rush").arg("300").sending_to(&receiver);
    let outcome = shop.run().exits_with(0);
    assert!(outcome.stdout.contains("270 of 300 requests answered well"), "{}", outcome.stdout);
    let arrived = receiver.received();
    let errors = arrived.events();
    assert_eq!(errors.len(), 30, "{}", outcome.stdout);
    assert!(
        errors
            .iter()
            .all(|event| event.0["user"]["id"].as_str().is_some_and(|id| id.starts_with("customer ")))
    );
    let requests = arrived.transactions().iter().filter(|it| it.name() == "GET /products/{id}").count();
    assert_eq!(requests, 300, "{}", outcome.stdout);
}

#[test]
fn shop_prints_its_report_and_ends_by_itself() {
    let outcome = Program::example("shop").run().exits_with(0);
    assert!(outcome.stdout.contains("404 Not Found") && outcome.stdout.contains("201 Created"));
    for part in [
        "there is no product 77",
        "sold out",
        "declined",
        "timed out",
        "broken price",
        "GET /products/{id}",
        "POST /orders",
        "SELECT id, name, price, stock",
        "http.client",
        "cancelled",
        "examples/shop/catalogue.rs:",
    ] {
        assert!(outcome.stderr.contains(part), "{part:?} is not in\n{}", outcome.stderr);
    }
    assert!(!outcome.stderr.contains('\x1b'));
}

/// The first line of what a server on this port answers, once there is one.
fn ask(port: u16, path: &str) -> String {
    let deadline = Instant::now() + Duration::from_secs(30);
    let mut stream = loop {
        match TcpStream::connect((Ipv4Addr::LOCALHOST, port)) {
            Ok(stream) => break stream,
            Err(error) => assert!(Instant::now() < deadline, "{error}"),
        }
        thread::sleep(Duration::from_millis(10));
    };
    let request = format!("GET {path} HTTP/1.1\r\nhost: shop\r\nconnection: close\r\n\r\n");
    stream.write_all(request.as_bytes()).expect("an open connection");
    let mut answer = String::new();
    stream.read_to_string(&mut answer).expect("an answer, or an end");
    answer.lines().next().unwrap_or_default().to_owned()
}

/// Whoever has set it up looks whether it works: the DSN stands in a file, and two routes fail.
#[test]
fn shop_reads_its_dsn_from_a_file_and_fails_when_asked_to() {
    let (receiver, folder) = (Receiver::start(), Folder::new());
    fs::write(folder.path().join(".env"), format!("SENTRY_DSN={}\n", receiver.dsn())).expect("a file");
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port");
    let port = listener.local_addr().expect("a port").port();
    drop(listener);
    let program = Program::example("shop").arg("serve").arg(&port.to_string());
    let shop = program.within(folder.path()).start();
    assert_eq!(ask(port, "/test-error"), "HTTP/1.1 500 Internal Server Error");
    assert_eq!(ask(port, "/test-panic"), "", "the connection was closed");

    let deadline = Instant::now() + Duration::from_secs(30);
    let (mut events, mut transactions) = (Vec::new(), Vec::new());
    while events.len() < 2 || transactions.len() < 2 {
        assert!(Instant::now() < deadline, "{events:#?} {transactions:#?}");
        thread::sleep(Duration::from_millis(20));
        let arrived = receiver.received();
        (events, transactions) = (arrived.events(), arrived.transactions());
        // Others are of the shop's own work.
        transactions.retain(|transaction| transaction.name().starts_with("GET /test-"));
    }
    shop.end_by_force();
    for (name, function) in [("GET /test-error", "test_error"), ("GET /test-panic", "test_panic")] {
        let event = events.iter().find(|event| event.0["transaction"] == name).expect(name);
        let transaction = transactions.iter().find(|transaction| transaction.name() == name).expect(name);
        assert_eq!(transaction.root().status(), "internal_error", "{name}");
        assert_eq!(event.trace_id(), transaction.trace_id(), "{name}");
        let functions: Vec<_> = event.route().into_iter().map(|hop| hop.function).collect();
        assert!(functions.iter().any(|it| it.ends_with(function)), "{name}: {functions:?}");
    }
}
