//! The way from what is captured to what is sent: hooks, integrations, variables.

use serde_json::{Value, json};
use tests::envelope::Envelope;
use tests::{Folder, Outcome, Program, Received, Receiver, fixture};

fn run(program: Program) -> (Received, Outcome) {
    let receiver = Receiver::start();
    let outcome = program.sending_to(&receiver).run().exits_with(0);
    (receiver.received(), outcome)
}

/// The same where contexts are left out that are there as a rule.
fn run_with_less(program: Program) -> (Received, Outcome) {
    let receiver = Receiver::start().without_rules();
    let outcome = program.sending_to(&receiver).run().exits_with(0);
    let requests = receiver.requests();
    let envelopes = requests.iter().map(|request| Envelope::parse(&request.body));
    let envelopes = envelopes.collect::<Result<_, _>>().expect("envelopes");
    (Received { requests, envelopes }, outcome)
}

fn pipeline(choice: &str) -> Program {
    fixture!("pipeline").arg(choice)
}

/// What the program told the server to have lost, sorted.
fn discarded(received: &Received) -> Vec<(String, String, u64)> {
    let items = received.envelopes.iter().flat_map(|envelope| &envelope.items);
    let reports = items.filter(|item| item.kind() == "client_report").filter_map(|item| item.json().ok());
    let mut lost: Vec<_> = reports
        .flat_map(|report| report["discarded_events"].as_array().cloned().unwrap_or_default())
        .map(|it| {
            let text = |key: &str| it[key].as_str().unwrap_or_default().to_owned();
            (text("reason"), text("category"), it["quantity"].as_u64().unwrap_or_default())
        })
        .collect();
    lost.sort();
    lost
}

/// Source: Sentry's SDK documentation, "Hooks: error isolation".
#[test]
fn each_hook_that_panics_has_its_documented_outcome() {
    let lost = |reason: &str, category: &str| vec![(reason.to_owned(), category.to_owned(), 1)];
    let transaction = || {
        let mut both = lost("before_send", "span");
        both.extend(lost("before_send", "transaction"));
        both
    };
    let processor =
        || ["error", "span", "transaction"].iter().flat_map(|it| lost("event_processor", it)).collect();
    let dropped = |reason| (0, 1, lost(reason, "error"));
    for (hook, (events, transactions, losses)) in [
        ("", (1, 1, vec![])),
        ("before_send", dropped("before_send")),
        ("before_send drops", dropped("before_send")),
        ("before_send_transaction", (1, 0, transaction())),
        ("before_send_transaction drops", (1, 0, transaction())),
        // It sees transactions, too.
        ("processor", (0, 0, processor())),
        ("preprocess_event", dropped("event_processor")),
        ("process_event", dropped("event_processor")),
        // The breadcrumb is gone, and nobody is told.
        ("before_breadcrumb", (1, 1, vec![])),
        ("setup_once", (1, 1, vec![])),
        ("setup", (1, 1, vec![])),
        ("after_all_setup", (1, 1, vec![])),
        // As if there were no sampler, and so no sampling.
        ("traces_sampler", (1, 0, vec![])),
    ] {
        let (received, outcome) = run(pipeline(hook).env("SENTRY_DEBUG", "1"));
        assert_eq!(received.events().len(), events, "{hook}");
        assert_eq!(received.transactions().len(), transactions, "{hook}");
        if hook != "traces_sampler" {
            assert_eq!(discarded(&received), losses, "{hook}");
        }
        let panicked = outcome.stderr.contains("[sentry] error: the callback `");
        assert_eq!(panicked, !hook.is_empty() && !hook.ends_with("drops"), "{hook}: {}", outcome.stderr);
        if let Some((reason, category, _)) = losses.last() {
            let what = if category == "error" { "event" } else { "transaction" };
            let why = if reason == "before_send" { hook.trim_end_matches(" drops") } else { "" };
            let line = format!("[sentry] {what} dropped: {why}");
            assert!(outcome.stderr.contains(&line), "{hook}: {}", outcome.stderr);
        }
        if let [event] = &received.events()[..] {
            let breadcrumbs = event.0["breadcrumbs"]["values"].as_array().map_or(0, Vec::len);
            assert_eq!(breadcrumbs, usize::from(hook != "before_breadcrumb"), "{hook}");
            // One whose setup failed is off.
            let fragile = integrations(&event.0).contains(&"fragile".to_owned());
            assert_eq!(fragile, hook == "after_all_setup", "{hook}");
        }
    }
}

/// The hooks of what is not captured with every event.
#[test]
fn each_other_hook_that_panics_has_its_documented_outcome() {
    for (hook, [events, logs, metrics, transactions, spans]) in [
        ("one of each", [1, 1, 1, 1, 0]),
        ("before_send_with_hint", [0, 1, 1, 1, 0]),
        // As if there were none.
        ("error_sampler", [1, 1, 1, 1, 0]),
        ("before_send_log", [1, 0, 1, 1, 0]),
        ("before_send_metric", [1, 1, 0, 1, 0]),
        // It cannot drop a span.
        ("before_send_span", [1, 1, 1, 0, 1]),
    ] {
        let (received, outcome) = run(pipeline(hook).env("SENTRY_DEBUG", "1"));
        let arrived = [
            received.events().len(),
            received.logs().len(),
            received.metrics().len(),
            received.transactions().len(),
            received.streamed().len(),
        ];
        assert_eq!(arrived, [events, logs, metrics, transactions, spans], "{hook}");
        let lost = ["error", "log_item", "trace_metric"].map(|it| received.lost("before_send", it));
        assert_eq!(lost, [1 - events, 1 - logs, 1 - metrics].map(|it| it as u64), "{hook}");
        let panicked = outcome.stderr.contains(&format!("[sentry] error: the callback `{hook}` panicked"));
        assert_eq!(panicked, hook != "one of each", "{hook}: {}", outcome.stderr);
    }
}

fn integrations(event: &Value) -> Vec<String> {
    let names = event["sdk"]["integrations"].as_array().into_iter().flatten();
    names.filter_map(|name| name.as_str().map(str::to_owned)).collect()
}

/// The message and, if it was captured, the panic.
fn message_and_panic(received: &Received) -> (Value, Option<Value>) {
    let events = received.events();
    let is_panic = |event: &&tests::Event| event.0["level"] == "fatal" || event.message().contains("code");
    let panic = events.iter().find(is_panic).map(|event| event.0.clone());
    let message = events.iter().find(|event| event.message() == "hello").expect("a message");
    (message.0.clone(), panic)
}

const DEFAULT: [&str; 7] = [
    "attach-stacktrace",
    "debug-images",
    "contexts",
    "panic",
    "error-chain",
    "process-stacktrace",
    "signals",
];

#[test]
fn integrations_are_switched_off_singly_or_all() {
    let (received, _) = run(pipeline("panics"));
    let (message, panic) = message_and_panic(&received);
    assert_eq!(integrations(&message), DEFAULT);
    assert!(message["contexts"]["os"].is_object() && message["server_name"].is_string());
    assert!(panic.is_some_and(|panic| panic["debug_meta"]["images"].is_array()));

    let (received, outcome) = run_with_less(pipeline("disabled").env("SENTRY_DEBUG", "1"));
    let (message, panic) = message_and_panic(&received);
    let left = ["attach-stacktrace", "debug-images", "error-chain", "process-stacktrace", "signals"];
    assert_eq!(integrations(&message), left);
    assert_eq!(
        (panic, &message["contexts"]["os"], &message["server_name"]),
        (None, &json!(null), &json!(null))
    );
    assert!(outcome.stderr.contains("there is no `no such thing`"), "{}", outcome.stderr);

    let (received, _) = run_with_less(pipeline("none"));
    let (message, panic) = message_and_panic(&received);
    assert_eq!((integrations(&message).len(), panic), (0, None));
    assert_eq!(message["release"], "pipeline@1.0.0");

    let (received, _) = run(pipeline("causes"));
    assert_eq!(received.event().chain().len(), 1);
}

#[test]
fn integrations_of_ones_own_are_called_in_their_order() {
    for (choice, calls) in [
        ("hooks", "setup_once setup after_all_setup"),
        ("twice", "setup_once setup after_all_setup setup after_all_setup"),
    ] {
        let (received, outcome) = run_with_less(pipeline(choice));
        assert_eq!(outcome.stdout, format!("true\n{calls}\n"));
        let (message, panic) = message_and_panic(&received);
        for event in [&message, &panic.expect("a panic")] {
            assert_eq!(event["environment"], "integrated");
            assert_eq!(
                (&event["tags"]["preprocessed"], &event["tags"]["processed"]),
                (&json!("true"), &json!("true"))
            );
            assert_eq!(event["contexts"]["device"].is_object(), choice == "hooks");
        }
        assert_eq!(integrations(&message).last().map(String::as_str), Some("hooks"));
        let own = integrations(&message).iter().filter(|name| *name == "contexts").count();
        assert_eq!(own, 1, "the program's takes the place of the default one");
    }
}

#[test]
fn default_integrations_have_settings() {
    let (received, _) = run(pipeline("extractor"));
    let (_, panic) = message_and_panic(&received);
    assert_eq!(panic.expect("a panic")["logentry"]["formatted"], "panicked with code 7");
    let (received, _) = run(pipeline("images"));
    let (_, panic) = message_and_panic(&received);
    let panic = panic.expect("a panic");
    assert_eq!(panic["debug_meta"], json!(null));
    assert!(panic["exception"]["values"][0]["stacktrace"].is_object());
}

#[test]
fn tags_come_from_variables() {
    let program = pipeline("variables")
        .env("SENTRY_TAGS_REGION", "eu")
        .env("SENTRY_TAGS_OWNER", "environment")
        .env("SENTRY_TAGS_", "nothing")
        .env("SENTRY_DIST", "42");
    let (received, _) = run(program);
    let (event, transaction) = (received.event(), received.transaction());
    assert_eq!(event.0["tags"], json!({"owner": "scope", "region": "eu"}));
    assert_eq!(transaction.0["tags"], json!({"owner": "scope", "region": "eu"}));
    assert_eq!((&event.0["dist"], &transaction.0["dist"]), (&json!("42"), &json!("42")));
}

#[test]
fn a_file_of_variables_is_weaker_than_the_environment() {
    let folder = Folder::new();
    let text = "SENTRY_ENVIRONMENT=\"from file\"\nSENTRY_DIST=file\nexport SENTRY_TAGS_REGION='eu' # west\n\
        # SENTRY_RELEASE=no\nSENTRY_RELEASE=file@1\nSENTRY_DSN=http://key@127.0.0.1:9/1\nnot a line\n";
    std::fs::write(folder.path().join(".env"), text).expect("written");
    let below = folder.path().join("below");
    std::fs::create_dir(&below).expect("made");
    for place in [folder.path(), &below] {
        let program = pipeline("variables").env("SENTRY_DIST", "real").env("SENTRY_DEBUG", "1").within(place);
        let (received, outcome) = run(program);
        let event = received.event().0;
        assert_eq!((&event["environment"], &event["dist"]), (&json!("from file"), &json!("real")));
        // What the attribute says is stronger than both.
        assert_eq!(event["release"], "pipeline@1.0.0");
        assert_eq!(event["tags"]["region"], "eu");
        assert_eq!(
            outcome.stdout, "SENTRY_ENVIRONMENT=\nSENTRY_DIST=real\nSENTRY_TAGS_REGION=\n",
            "the program's environment stays as it is"
        );
        assert!(outcome.stderr.contains("a line of `.env` is passed over"), "{}", outcome.stderr);
        assert!(!outcome.stderr.contains("not a line"), "{}", outcome.stderr);
    }
    // Nobody asked for it here.
    let receiver = Receiver::start();
    fixture!("configured").sending_to(&receiver).within(folder.path()).run().exits_with(3);
    assert_eq!(receiver.received().event().0["environment"], "development");
}

#[test]
fn the_debug_log_says_what_was_decided() {
    let (_, outcome) = run(pipeline(""));
    assert_eq!(outcome.stderr, "");
    let receiver = Receiver::scripted(
        [tests::Answer::ok().header("X-Sentry-Rate-Limits", "60:error:organization")],
        tests::Answer::ok(),
    );
    let outcome = pipeline("").env("SENTRY_DEBUG", "1").sending_to(&receiver).run().exits_with(0);
    assert!(outcome.stderr.contains("[sentry] rate limited for 60 s: error"), "{}", outcome.stderr);

    let (arrived, outcome) = run(pipeline("decisions").env("SENTRY_DEBUG", "1"));
    assert_eq!(arrived.event().message(), "sent");
    for line in [
        "breadcrumb dropped: before_breadcrumb",
        "event dropped: before_send",
        "event dropped (sample_rate): not in the sample",
        "event dropped (event_processor): `ignore_errors` has a pattern for it",
        "log dropped: before_send_log",
        "metric dropped: before_send_metric",
        "transaction dropped: `ignore_transactions` has a pattern for it",
        "transaction `export` is not recorded: not in the sample",
        "left out an attachment: its 3 bytes are more than 2",
        "left out an attachment that cannot be read: ",
    ] {
        let told = outcome.stderr.matches(&format!("[sentry] {line}")).count();
        assert_eq!(told, 1, "{line}: {}", outcome.stderr);
    }
}
