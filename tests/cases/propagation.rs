//! A trace that comes from elsewhere goes on here, in whatever is sent and in whatever is called.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use tests::envelope::Envelope;
use tests::{Event, Received, Receiver, fixture};

const TRACE: &str = "bc6d53f15eb88f4320054569b8c553d4";
const SPAN: &str = "b72fa28504b07285";

/// Headers that were printed: each `sentry-trace` begins the next ones.
type Headers = BTreeMap<String, String>;

fn run(arguments: &[&str]) -> (Received, String) {
    let receiver = Receiver::start();
    let program = fixture!("propagation").sending_to(&receiver);
    let outcome =
        arguments.iter().fold(program, |program, argument| program.arg(argument)).run().exits_with(0);
    (receiver.received(), outcome.stdout)
}

fn headers(printed: &str) -> Vec<Headers> {
    let mut all = Vec::new();
    for (name, value) in printed.lines().filter_map(|line| line.split_once(": ")) {
        if name == "sentry-trace" {
            all.push(Headers::new());
        }
        if let Some(headers) = all.last_mut() {
            headers.insert(name.to_owned(), value.to_owned());
        }
    }
    all
}

/// Trace, span and decision of a `sentry-trace`.
fn place(headers: &Headers) -> (&str, &str, Option<&str>) {
    let mut parts = headers["sentry-trace"].split('-');
    (parts.next().unwrap_or_default(), parts.next().unwrap_or_default(), parts.next())
}

/// The members of a `baggage`, as an envelope's header has them.
fn baggage(headers: &Headers) -> Value {
    let members = headers["baggage"].split(',').map(|member| {
        let Some((key, value)) = member.split_once('=') else { panic!("{member}") };
        let value = value.replace("%40", "@").replace("%20", " ");
        (key.trim_start_matches("sentry-").to_owned(), Value::from(value))
    });
    Value::Object(members.collect())
}

/// What the caller said, to the letter.
fn callers(received: &Received) -> Value {
    let dsn = &received.envelopes[0].headers["trace"]["public_key"];
    json!({
        "trace_id": TRACE, "public_key": dsn, "release": "propagation@1.0.0", "environment": "testing",
        "transaction": "far away", "sample_rate": "0.250", "sample_rand": "0.100000", "sampled": "true",
    })
}

/// The matrix at the end of the specification's page on trace propagation, row by row: what comes in, whether the
/// request is among the targets, the rate; whether spans are sent, the trace goes out, and it is the same.
#[test]
fn the_matrix_of_the_specification() {
    const ROWS: [(&str, &str, &str, bool, bool, bool); 24] = [
        ("none", "yes", "null", false, true, false),
        ("none", "yes", "0", false, true, false),
        ("none", "yes", "1", true, true, false),
        ("none", "no", "null", false, false, false),
        ("none", "no", "0", false, false, false),
        ("none", "no", "1", true, false, false),
        ("deferred", "yes", "null", false, true, true),
        ("deferred", "yes", "0", false, true, true),
        ("deferred", "yes", "1", true, true, true),
        ("1", "yes", "null", false, true, true),
        ("1", "yes", "0", true, true, true),
        ("1", "yes", "1", true, true, true),
        ("0", "yes", "null", false, true, true),
        ("0", "yes", "0", false, true, true),
        ("0", "yes", "1", false, true, true),
        ("deferred", "no", "null", false, false, false),
        ("deferred", "no", "0", false, false, false),
        ("deferred", "no", "1", true, false, false),
        ("1", "no", "null", false, false, false),
        ("1", "no", "0", true, false, false),
        ("1", "no", "1", true, false, false),
        ("0", "no", "null", false, false, false),
        ("0", "no", "0", false, false, false),
        ("0", "no", "1", false, false, false),
    ];
    for row @ (incoming, target, rate, sends, goes_out, goes_on) in ROWS {
        let (received, printed) = run(&["matrix", incoming, target, rate]);
        let transactions = received.transactions();
        assert_eq!(transactions.len(), usize::from(sends), "{row:?}");
        if incoming != "none" {
            assert!(transactions.iter().all(|transaction| transaction.trace_id() == TRACE), "{row:?}");
            assert!(transactions.iter().all(|transaction| transaction.root().parent() == SPAN), "{row:?}");
        }
        let out = headers(&printed);
        assert_eq!(out.len(), usize::from(goes_out), "{row:?}: {printed}");
        let Some(out) = out.first() else { continue };
        let (trace, _, decision) = place(out);
        assert_eq!(trace == TRACE, goes_on, "{row:?}: {printed}");
        // Whoever records nothing passes on what was decided before, or nothing.
        let expected = match (incoming, rate) {
            ("1" | "0", _) => Some(incoming),
            (_, "null") => None,
            _ => Some(rate),
        };
        assert_eq!(decision, expected, "{row:?}: {printed}");
    }
}

#[test]
fn a_trace_goes_on_without_performance() {
    let (received, printed) = run(&["without performance"]);
    let [before, inside, below, after] = &headers(&printed)[..] else { panic!("{printed}") };
    let saying =
        |text: &str| received.events().into_iter().find(|event| event.message() == text).expect(text);
    let [first, second, third] = ["before", "inside", "after"].map(saying);
    let trace = |event: &Event| {
        let is_its = |envelope: &&Envelope| envelope.headers["event_id"] == event.0["event_id"];
        received.envelopes.iter().find(is_its).expect("each event has an envelope").headers["trace"].clone()
    };

    // Of its own: no decision, and a random number for those who make one.
    assert_eq!(place(before), (first.trace_id().as_str(), first.span_id().as_str(), None));
    assert_eq!(baggage(before), trace(&first));
    for (key, there) in
        [("sample_rand", true), ("sampled", false), ("sample_rate", false), ("transaction", false)]
    {
        assert_eq!(trace(&first).get(key).is_some(), there, "{key}");
    }

    // Of somebody else: all is passed on as it came, with the decision that is not ours.
    assert_eq!(place(inside), (TRACE, second.span_id().as_str(), Some("1")));
    assert_eq!(second.trace_id(), TRACE);
    assert_eq!(second.0["contexts"]["trace"]["parent_span_id"], SPAN);
    assert_eq!(trace(&second), callers(&received));
    for headers in [inside, below] {
        assert_eq!(baggage(headers), callers(&received));
        assert_eq!(place(headers).2, Some("1"));
    }
    assert_ne!(place(below).1, place(inside).1);
    assert!(received.transactions().is_empty());

    // Afterwards all is as it was.
    assert_eq!(second.tag("inside"), "yes");
    assert!(third.0.get("tags").is_none_or(|tags| tags.get("inside").is_none()));
    assert_eq!((third.trace_id(), third.span_id()), (first.trace_id(), first.span_id()));
    assert_eq!(after, before);
}

#[test]
fn work_inside_belongs_to_the_trace() {
    let (received, printed) = run(&["continued"]);
    let [served, own, unrelated] = &headers(&printed)[..] else { panic!("{printed}") };
    let transaction = received.transaction_named("served");
    let root = transaction.root();
    assert_eq!((transaction.trace_id().as_str(), root.parent().as_str()), (TRACE, SPAN));
    assert_eq!(place(served), (TRACE, root.id().as_str(), Some("1")));
    assert_eq!(baggage(served), callers(&received));
    // What was not recorded is told in an envelope of its own, if it is told last. That belongs to no trace.
    for trace in received.envelopes.iter().filter_map(|envelope| envelope.headers.get("trace")) {
        assert_eq!(*trace, callers(&received));
    }
    // What a thread does that was started inside.
    assert_eq!(received.event().trace_id(), TRACE);
    let thread = received.transaction_named("in the thread");
    assert_eq!((thread.trace_id().as_str(), thread.root().parent().as_str()), (TRACE, SPAN));
    // What has nothing to do with it.
    for other in [own, unrelated] {
        assert_ne!(place(other).0, TRACE);
        assert_eq!(place(other).2, Some("0"));
    }
}

#[test]
fn a_future_that_is_bound_takes_the_trace_along() {
    let (received, printed) = run(&["bound"]);
    let [unrelated, bound] = &headers(&printed)[..] else { panic!("{printed}") };
    let transaction = received.transaction_named("asynchronous");
    let root = transaction.root();
    assert_eq!((transaction.trace_id().as_str(), root.parent().as_str()), (TRACE, SPAN));
    assert_eq!(place(bound), (TRACE, root.id().as_str(), Some("1")));
    assert_eq!(received.event().trace_id(), TRACE);
    assert_ne!(place(unrelated).0, TRACE);
}

#[test]
fn w3cs_header_comes_in_and_goes_out() {
    let (received, printed) = run(&["traceparent"]);
    let [out] = &headers(&printed)[..] else { panic!("{printed}") };
    let transaction = received.transaction();
    let root = transaction.root();
    assert_eq!((transaction.trace_id().as_str(), root.parent().as_str()), (TRACE, SPAN));
    assert_eq!(place(out), (TRACE, root.id().as_str(), Some("1")));
    assert_eq!(out["traceparent"], format!("00-{TRACE}-{}-01", root.id()));
    // The first in the trace that knows of Sentry says what it is sampled by.
    let trace = &received.envelopes[0].headers["trace"];
    assert_eq!(baggage(out), *trace);
    for (key, value) in [("trace_id", TRACE), ("release", "propagation@1.0.0"), ("sampled", "true")] {
        assert_eq!(trace[key], value, "{trace}");
    }
}

#[test]
fn a_new_trace_has_nothing_of_the_old_one() {
    let (received, printed) = run(&["new trace"]);
    let [before, inside, after] = &headers(&printed)[..] else { panic!("{printed}") };
    let transaction = received.transaction();
    assert_ne!(place(before).0, TRACE);
    assert_eq!(place(inside).0, transaction.trace_id());
    assert_ne!(place(inside).0, TRACE);
    assert_eq!(place(after).0, TRACE);
}

#[test]
fn a_sampler_sees_all_that_is_known() {
    let (received, printed) = run(&["sampler"]);
    let lines: Vec<_> = printed.lines().collect();
    assert_eq!(
        lines,
        [
            "order 7 http.server propagation::served true",
            r#"{"id":7,"plan":"free"}"#,
            "None None",
            "by hand task ",
            r#"{"tenant":"acme"}"#,
            "Some(true) Some(0.25)",
            "true 7",
        ]
    );
    assert_eq!(received.transaction_named("by hand").trace_id(), TRACE);
}

/// What is sent afterwards says the same as what was passed on.
#[test]
fn a_sampling_context_is_frozen_when_it_first_leaves() {
    // A name that changes afterwards is not one of which the rules can say that it fits.
    let receiver = Receiver::start().without_rules();
    let outcome = fixture!("propagation").arg("frozen").sending_to(&receiver).run().exits_with(0);
    let [first, again, url] = &headers(&outcome.stdout)[..] else { panic!("{}", outcome.stdout) };
    assert_eq!(baggage(first)["transaction"], "second");
    assert_eq!(baggage(first), baggage(again));
    assert_eq!(baggage(url).get("transaction"), None);
    let sent: Vec<_> = receiver
        .requests()
        .iter()
        .map(|request| Envelope::parse(&request.body).expect("an envelope").headers)
        .map(|headers| headers["trace"].clone())
        .collect();
    assert_eq!(sent.len(), 2);
    assert!(sent.contains(&baggage(first)) && sent.contains(&baggage(url)), "{sent:#?}");
}

#[test]
fn ids_that_are_known_before() {
    let (received, printed) = run(&["ids"]);
    let built = received.transaction_named("built");
    let root = built.root();
    assert_eq!(
        (built.trace_id(), root.id(), root.parent()),
        ("01".repeat(16), "03".repeat(8), "02".repeat(8))
    );
    let asked: Vec<_> =
        received.transactions().into_iter().filter(|transaction| transaction.name() == "asked").collect();
    assert_eq!(asked.len(), 2);
    assert!(asked.iter().all(|transaction| transaction.root().id() == printed.trim()));
    assert_ne!(asked[0].span("below").id(), asked[1].span("below").id());
    assert_eq!(asked[0].span("below").parent(), printed.trim());
}

#[test]
fn targets_are_texts_and_regular_expressions() {
    let (_, printed) = run(&["targets"]);
    let lines: Vec<_> = printed.lines().collect();
    assert_eq!(
        lines,
        [
            "http://inside.example/a 2",
            "https://api7.example/b 2",
            "http://api7.example/ 0",
            "ftp://other/ 0",
            "nowhere 0"
        ]
    );
}

#[test]
fn a_page_names_the_trace_that_it_was_made_in() {
    let (_, printed) = run(&["page"]);
    let lines: Vec<_> = printed.lines().collect();
    let [trace, baggage, ..] = &lines[..] else { panic!("{printed}") };
    let headers = &headers(&printed)[0];
    assert_eq!(*trace, format!("<meta name=\"sentry-trace\" content=\"{}\"/>", headers["sentry-trace"]));
    assert_eq!(*baggage, format!("<meta name=\"baggage\" content=\"{}\"/>", headers["baggage"]));
}

#[test]
fn a_child_process_goes_on_in_the_trace() {
    let (received, printed) = run(&["parent"]);
    assert_eq!(printed.lines().collect::<Vec<_>>(), ["true", "true"]);
    let parent = received.transaction_named("parent");
    let span = parent.span("child").id();
    let child = received.transaction_named("child");
    assert_eq!((child.trace_id(), child.root().parent()), (parent.trace_id(), span.clone()));
    let event = received.event();
    assert_eq!(event.trace_id(), parent.trace_id());
    assert_eq!(event.0["contexts"]["trace"]["parent_span_id"], span.as_str());
    let traces: Vec<_> =
        received.envelopes.iter().filter_map(|envelope| envelope.headers.get("trace")).collect();
    assert_eq!(traces.len(), 3);
    assert!(traces.iter().all(|trace| *trace == traces[0]), "{traces:#?}");
}

/// A trace in the variables that is none is not waited for.
#[test]
fn variables_that_say_nothing_are_ignored() {
    let receiver = Receiver::start();
    let outcome = fixture!("propagation").arg("child").env("SENTRY_TRACE", "?").env("SENTRY_DEBUG", "true");
    let outcome = outcome.env("SENTRY_BAGGAGE", "a=1").sending_to(&receiver).run().exits_with(0);
    assert!(outcome.stderr.contains("SENTRY_TRACE is ignored"), "{}", outcome.stderr);
    assert_eq!(receiver.received().events().len(), 1);
}

#[test]
fn the_organisation_decides_what_is_continued() {
    for (own, theirs, strict, continued) in [
        ("dsn", "1", "", true),
        ("dsn", "2", "", false),
        // The option is stronger than the DSN.
        ("2", "2", "strict", true),
        ("2", "1", "", false),
        ("dsn", "none", "", true),
        ("dsn", "none", "strict", false),
        ("none", "1", "strict", false),
        ("none", "none", "strict", true),
    ] {
        let (_, printed) = run(&["organisation", own, theirs, strict]);
        let all = headers(&printed);
        assert_eq!(all.len(), 2, "{printed}");
        for headers in all {
            assert_eq!(place(&headers).0 == TRACE, continued, "{own} {theirs} {strict}: {printed}");
            if !continued && own != "none" {
                let own = if own == "dsn" { "1" } else { own };
                assert_eq!(baggage(&headers)["org_id"], own, "{printed}");
            }
        }
    }
}
