//! What scopes hold, how they follow work, and which client hears of it.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Value, json};
use tests::{Event, Folder, Outcome, Program, Received, Receiver, fixture};

fn scopes(choice: &str) -> Program {
    fixture!("scopes").arg(choice)
}

fn run(choice: &str) -> (Received, Outcome) {
    let receiver = Receiver::start();
    let outcome = scopes(choice).sending_to(&receiver).run().exits_with(0);
    (receiver.received(), outcome)
}

/// Messages with a tag of theirs, sorted.
fn tagged(events: &[Event], key: &str) -> Vec<(String, String)> {
    let mut all: Vec<_> = events.iter().map(|event| (event.message(), tag(event, key))).collect();
    all.sort();
    all
}

fn tag(event: &Event, key: &str) -> String {
    event.0["tags"].get(key).and_then(Value::as_str).unwrap_or("-").to_owned()
}

fn tags(event: &Event) -> Value {
    event.0.get("tags").cloned().unwrap_or_default()
}

fn pairs(pairs: &[(&str, &str)]) -> Vec<(String, String)> {
    pairs.iter().map(|(one, two)| ((*one).to_owned(), (*two).to_owned())).collect()
}

/// Runs work that says "moved" so many times in the context it was taken from, and other things elsewhere.
fn moved(way: &str, times: usize) -> (Vec<Event>, Outcome) {
    let (received, outcome) = run(&format!("moved {way}"));
    let transaction = received.transaction_named("home");
    let (moved, others): (Vec<_>, Vec<_>) =
        received.events().into_iter().partition(|event| event.message() == "moved");
    assert_eq!(moved.len(), times, "{way}");
    for event in &moved {
        assert_eq!((tag(event, "who"), tag(event, "home")), (way.to_owned(), "main".to_owned()), "{way}");
        assert_eq!(event.trace_id(), transaction.trace_id(), "{way}");
        assert_eq!(event.span_id(), transaction.root().id(), "{way}");
    }
    for event in others.iter().filter(|event| ["outside", "elsewhere"].contains(&event.message().as_str())) {
        assert_eq!(tag(event, "who"), "-", "{way}: {}", event.message());
        assert_ne!(event.trace_id(), transaction.trace_id(), "{way}: {}", event.message());
    }
    assert!(others.iter().any(|event| event.message() == "outside"), "{way}");
    (moved, outcome)
}

#[test]
fn work_in_threads_and_pools_keeps_its_context() {
    moved("thread", 1);
    moved("scoped threads", 3);
    moved("rayon", 4);
    moved("blocking pool", 1);
    moved("between threads", 2);
}

#[test]
fn work_in_tasks_and_runtimes_keeps_its_context() {
    moved("join set", 6);
    moved("nested", 4);
    moved("stream", 3);
    let (_, outcome) = moved("two runtimes", 2);
    assert_eq!(outcome.stdout, "false\n");
}

#[test]
fn futures_that_one_task_polls_in_turn_keep_their_scopes_apart() {
    let (events, _) = moved("unordered", 5);
    let numbers: BTreeSet<_> =
        events.iter().map(|event| (tag(event, "number"), tag(event, "again"))).collect();
    let expected: BTreeSet<_> = (0..5).map(|number| (number.to_string(), number.to_string())).collect();
    assert_eq!(numbers, expected);
}

#[test]
fn what_a_cancelled_future_drops_is_dropped_in_its_context() {
    moved("select", 1);
}

#[test]
fn what_is_captured_while_a_thread_ends_has_the_context_of_new_threads() {
    let (received, _) = run("moved at the end");
    let events = received.events();
    assert_eq!(tagged(&events, "home"), pairs(&[("moved", "main"), ("moved", "main"), ("outside", "main")]));
    assert!(events.iter().all(|event| tag(event, "who") == "-"));
}

#[test]
fn scopes_lie_one_over_another() {
    let events = run("held layers").0.events();
    let seen: Vec<_> =
        events.iter().map(|event| (event.message(), tags(event), event.0["level"].clone())).collect();
    let expected = [
        ("global", json!({"where": "global", "global": "true"}), "warning"),
        ("isolation", json!({"where": "isolation", "global": "true", "isolation": "true"}), "warning"),
        (
            "current",
            json!({"where": "current", "global": "true", "isolation": "true", "late": "true"}),
            "error",
        ),
        ("fork", json!({"where": "fork", "global": "true", "late": "true"}), "warning"),
        (
            "afterwards",
            json!({"where": "isolation", "global": "true", "isolation": "true", "late": "true"}),
            "warning",
        ),
    ];
    let expected: Vec<_> =
        expected.into_iter().map(|(text, tags, level)| (text.to_owned(), tags, json!(level))).collect();
    assert_eq!(seen, expected);
}

#[test]
fn the_last_breadcrumbs_are_kept_and_forks_keep_theirs_to_themselves() {
    let events = run("held breadcrumbs").0.events();
    let texts = |event: &Event| -> Vec<String> {
        let values = event.0.pointer("/breadcrumbs/values").and_then(Value::as_array);
        values.into_iter().flatten().map(|it| it["message"].as_str().unwrap_or_default().to_owned()).collect()
    };
    let seen: Vec<_> = events.iter().map(|event| (event.message(), texts(event))).collect();
    let expected =
        [("inside", vec!["3", "4", "inside"]), ("outside", vec!["3", "4", "5"]), ("cleared", vec![])];
    let expected: Vec<_> = expected
        .into_iter()
        .map(|(text, crumbs)| (text.to_owned(), crumbs.into_iter().map(str::to_owned).collect::<Vec<_>>()))
        .collect();
    assert_eq!(seen, expected);
}

#[test]
fn the_last_event_is_that_of_the_running_work() {
    let (_, outcome) = run("held last event");
    assert_eq!(outcome.stdout, "None\nNone true\ntrue\nOk(None)\n");
}

#[test]
fn the_last_hundred_flags_go_with_events_and_the_first_ten_with_spans() {
    let (received, _) = run("held flags");
    let flags =
        |event: &Event| event.0["contexts"]["flags"]["values"].as_array().cloned().unwrap_or_default();
    let events = received.events();
    let (inner, outer) = (flags(&events[0]), flags(&events[1]));
    assert_eq!((inner.len(), outer.len()), (100, 100));
    assert_eq!(inner[99], json!({"flag": "inner", "result": true}));
    assert_eq!(inner[..99], outer[1..]);
    // The 104 with two evaluated again, of which one had been forgotten.
    assert_eq!(outer[0], json!({"flag": "flag-5", "result": false}));
    assert_eq!(
        outer[98..],
        [json!({"flag": "flag-50", "result": false}), json!({"flag": "flag-3", "result": true})]
    );
    assert_eq!(outer.iter().filter(|it| it["flag"] == "flag-50").count(), 1);

    let transaction = received.transaction();
    let data = transaction.0["contexts"]["trace"]["data"].as_object().cloned().unwrap_or_default();
    let shown: BTreeMap<_, _> = data.into_iter().filter(|(key, _)| key.starts_with("flag.")).collect();
    // The fourth was evaluated again.
    let expected: BTreeMap<_, _> = (0..10)
        .map(|number| (format!("flag.evaluation.flag-{number}"), json!(number % 2 == 0 || number == 3)))
        .collect();
    assert_eq!(shown, expected);
}

#[test]
fn attachments_come_from_memory_and_from_disk() {
    let folder = Folder::new();
    let server = Receiver::start();
    let program = scopes("held attachments").arg(folder.text()).sending_to(&server);
    assert_eq!(program.run().exits_with(0).stdout, "true\n");
    let received = server.received();
    let mut seen = BTreeMap::new();
    for envelope in &received.envelopes {
        let kind =
            envelope.items.iter().map(tests::envelope::Item::kind).find(|kind| *kind != "client_report");
        let files: Vec<_> = envelope.items.iter().filter(|item| item.kind() == "attachment").collect();
        let files: Vec<_> = files
            .iter()
            .map(|file| {
                let text =
                    |key: &str| file.headers.get(key).and_then(Value::as_str).unwrap_or("-").to_owned();
                (text("filename"), text("content_type"), String::from_utf8_lossy(&file.payload).into_owned())
            })
            .collect();
        if let Some(kind) = kind {
            seen.entry(kind.to_owned()).or_insert_with(Vec::new).push(files);
        }
    }
    let log = ("service.log".to_owned(), "text/plain".to_owned(), "all is well\n".to_owned());
    let state = ("state.json".to_owned(), "application/json".to_owned(), "{}".to_owned());
    seen.get_mut("event").expect("events").sort_by_key(Vec::len);
    assert_eq!(seen["event"], [vec![], vec![state, log.clone()]]);
    assert_eq!(seen["transaction"], [vec![log]]);

    let lost: Vec<_> =
        received.losses().into_iter().filter(|lost| lost["category"] == "attachment").collect();
    assert_eq!(lost, [json!({"reason": "invalid", "category": "attachment", "quantity": (20 << 20) + 1})]);
}

#[test]
fn an_attachment_is_as_large_as_the_program_allows() {
    let folder = Folder::new();
    let receiver = Receiver::start();
    scopes("held small attachments").arg(folder.text()).sending_to(&receiver).run().exits_with(0);
    let arrived = receiver.received();
    let items = arrived.envelopes.iter().flat_map(|envelope| &envelope.items);
    let files: Vec<_> = items.filter(|item| item.kind() == "attachment").collect();
    let names: Vec<_> = files.iter().filter_map(|file| file.headers["filename"].as_str()).collect();
    assert_eq!((names, arrived.events().len()), (vec!["small", "small in memory"], 1));
    assert_eq!(arrived.lost("invalid", "attachment"), 26);
}

#[test]
fn a_hub_is_the_scopes_of_its_thread() {
    let (received, outcome) = run("hub scopes");
    assert_eq!(outcome.stdout, "true\ntrue\ntrue\n");
    let seen: Vec<_> = received.events().iter().map(|event| (event.message(), tag(event, "by"))).collect();
    let expected = pairs(&[
        ("function", "hub"),
        ("hub", "function"),
        ("copy", "copy"),
        ("inside", "inside"),
        ("outside", "function"),
        ("copy again", "inside"),
        ("with_scope", "with_scope"),
        ("afterwards", "function"),
    ]);
    assert_eq!(seen, expected);
}

#[test]
fn guards_of_scopes_may_go_in_any_order() {
    let events = run("hub guards").0.events();
    let seen: Vec<_> = events.iter().map(|event| (event.message(), tags(event))).collect();
    let both = json!({"first": "true", "second": "true"});
    // The second scope is a copy of the first one.
    let expected = [("both", both.clone()), ("second", both), ("none", Value::Null)];
    assert_eq!(seen, expected.map(|(text, tags)| (text.to_owned(), tags)));
}

#[test]
fn threads_that_share_a_hub_lose_nothing() {
    let events = run("hub threads").0.events();
    let all: serde_json::Map<_, _> =
        (0..8).map(|number| (format!("thread-{number}"), json!("true"))).collect();
    assert_eq!((events[0].message(), tags(&events[0])), ("shared".to_owned(), all.into()));
    assert_eq!((events[1].message(), tags(&events[1])), ("main".to_owned(), Value::Null));
}

#[test]
fn futures_run_with_the_hub_they_are_bound_to() {
    let (received, outcome) = run("hub futures");
    assert_eq!(outcome.stdout, "true true\n");
    assert_eq!(tagged(&received.events(), "task"), pairs(&[("none", "-"), ("one", "one"), ("two", "two")]));
}

#[test]
fn a_span_is_active_where_its_hub_is() {
    let (received, outcome) = run("hub spans");
    assert_eq!(outcome.stdout, "true\ntrue\ntrue\n");
    let events = received.events();
    assert_eq!(events.len(), 6);
    for (name, inside) in
        [("request", &["by the hub", "in the future", "inside"][..]), ("block", &["in the block"])]
    {
        let id = received.transaction_named(name).root().id();
        let in_it = events.iter().filter(|event| event.0["contexts"]["trace"]["span_id"] == id);
        assert_eq!(in_it.map(Event::message).collect::<Vec<_>>(), inside, "{name}");
    }
}

fn messages(receiver: &Receiver) -> Vec<String> {
    let mut messages: Vec<_> = receiver.received().events().iter().map(Event::message).collect();
    messages.sort();
    messages
}

#[test]
fn a_hub_has_its_own_client() {
    let (own, other) = (Receiver::start(), Receiver::start());
    let program = scopes("hub clients").arg(&other.dsn()).sending_to(&own);
    assert_eq!(program.run().exits_with(0).stdout, "true true\nfalse\ntrue\ntrue\n");
    assert_eq!((messages(&own), messages(&other)), (vec!["own".to_owned()], vec!["other".to_owned(); 2]));
}

#[test]
fn a_client_may_be_given_to_the_main_hub() {
    let receiver = Receiver::start();
    let outcome = scopes("hub bound by hand").arg(&receiver.dsn()).run().exits_with(0);
    assert_eq!(outcome.stdout, "true\ntrue\ntrue\n");
    let event = receiver.received().event();
    assert_eq!((event.message(), event.tag("by")), ("thread".to_owned(), "main hub".to_owned()));
}

/// What each of several clients was told of.
fn clients<const N: usize>(choice: &str) -> [Vec<String>; N] {
    let receivers = [(); N].map(|()| Receiver::start());
    let program = receivers.iter().fold(scopes(choice), |program, receiver| program.arg(&receiver.dsn()));
    program.run().exits_with(0);
    receivers.map(|receiver| messages(&receiver))
}

#[test]
fn a_client_that_takes_the_place_of_another_leaves_it_what_it_has() {
    let [first, second] = clients("clients replaced");
    assert_eq!(
        (first, second),
        (vec!["first".to_owned()], vec!["second".to_owned(), "second again".to_owned()])
    );
}

#[test]
fn clients_may_end_in_any_order() {
    let [first, second, third] = clients("clients in any order");
    assert_eq!((first, second, third), (vec!["first".to_owned()], vec![], vec!["third".to_owned()]));
}

#[test]
fn clients_side_by_side_hear_of_what_is_bound_to_them() {
    let (first, second) = (Receiver::start(), Receiver::start());
    let program = scopes("clients side by side").arg(&first.dsn()).arg(&second.dsn());
    assert_eq!(program.run().exits_with(0).stdout, "true\n");
    for (name, receiver, count) in [("first", first, 2), ("second", second, 3)] {
        let seen = tagged(&receiver.received().events(), "home");
        assert_eq!(seen, vec![(name.to_owned(), name.to_owned()); count]);
    }
}

#[test]
fn threads_that_were_there_before_the_client_work_after_it() {
    let events = run("clients early threads").0.events();
    let mut counts = BTreeMap::new();
    for event in &events {
        assert_eq!((event.message(), tag(event, "early")), ("late".to_owned(), "-".to_owned()));
        *counts.entry(tag(event, "thread")).or_insert(0) += 1;
    }
    assert_eq!(counts, (0..8).map(|number| (number.to_string(), 25)).collect());
}

#[test]
fn clients_that_start_at_once_lose_nothing() {
    let (received, _) = run("clients at once");
    let messages: Vec<_> = received.events().iter().map(Event::message).collect();
    assert_eq!(messages, ["at once"; 8]);
}

#[test]
fn of_64_000_updates_to_one_scope_none_is_lost() {
    let event = run("many").0.event();
    assert_eq!(event.tag("breadcrumbs"), "64000");
    for task in 0..64 {
        assert_eq!(event.tag(&format!("task-{task}")), "1000");
        for number in 0..10 {
            let last = if number == 0 { 1000 } else { 990 + number };
            assert_eq!(event.0["extra"][format!("{task}-{number}")], last);
        }
    }
    assert!(event.0["tags"].get("forked").is_none());
}

/// The fixture ends itself by force if anything waits for anything for ever.
#[test]
fn callbacks_on_several_threads_may_call_all_of_the_sdk() {
    for lifecycle in ["static", "stream"] {
        let (received, outcome) = run(&format!("callbacks {lifecycle}"));
        assert_eq!(outcome.stdout, "flushed: true\n", "{lifecycle}");
        let count = |text: &str| received.events().iter().filter(|event| event.message() == text).count();
        assert_eq!((count("work"), count("from a callback")), (4 * 25, 50), "{lifecycle}");
        let streamed = received.streamed();
        let segments = streamed.iter().filter(|span| span["is_segment"] == true).count();
        assert_eq!(received.transactions().len() + segments, 4 * 25, "{lifecycle}");
        assert_eq!((received.logs().len(), received.metrics().len()), (4 * 25, 4 * 25), "{lifecycle}");
        assert_eq!(received.check_ins().len(), 4 * 25, "{lifecycle}");
    }
}

#[test]
fn the_user_s_code_may_call_the_sdk_from_everywhere() {
    let (received, outcome) = run("reentrant");
    assert!(outcome.stdout.contains("flushed: true\n"), "{}", outcome.stdout);
    let events = received.events();
    assert_eq!(events.iter().map(Event::message).collect::<Vec<_>>(), ["reentrant", "nested"]);
    let tags = ["value", "inner", "outer"].map(|key| events[0].tag(key));
    assert_eq!(tags, ["shown", "shown", "shown"]);
}
