//! What must not leave the process, and what may.

use proptest::prelude::*;
use serde_json::json;
use tests::{Receiver, fixture};

/// How often the value is in anything that the program sent or printed.
fn count(name: &str, value: &str, lifecycle: &str) -> usize {
    let receiver = Receiver::start();
    let program = fixture!("pipeline").arg("secrets").env("SENTRY_DEBUG", "1");
    let program = program.env("SENTRY_TRACE_LIFECYCLE", lifecycle);
    let outcome = program.env("NAME", name).env("VALUE", value).sending_to(&receiver).run().exits_with(0);
    assert_eq!(outcome.stdout, "true\n");
    let arrived = receiver.received();
    assert_eq!((arrived.events().len(), arrived.logs().len(), arrived.metrics().len()), (2, 1, 1));
    let streamed = if lifecycle == "stream" { 2 } else { 0 };
    assert_eq!(
        (arrived.transactions().len(), arrived.streamed().len()),
        (usize::from(streamed == 0), streamed)
    );
    let in_requests: usize = arrived
        .requests
        .iter()
        .map(|request| {
            let headers = request.headers.iter().map(|(_, text)| text.matches(value).count()).sum::<usize>();
            String::from_utf8_lossy(&request.body).matches(value).count() + headers
        })
        .sum();
    in_requests + outcome.stderr.matches(value).count()
}

/// Names by which Sentry's SDKs know a secret, whatever stands round them.
fn secret_names() -> impl Strategy<Value = String> {
    let words = [
        "auth",
        "token",
        "secret",
        "password",
        "passwd",
        "pwd",
        "key",
        "jwt",
        "bearer",
        "sso",
        "saml",
        "csrf",
        "xsrf",
        "credentials",
        "session",
        "sid",
        "identity",
    ];
    let word = prop::sample::select(words.to_vec());
    ("([a-z]{1,4}[_-])?", word, "([_-][a-z]{1,4})?", any::<bool>()).prop_map(
        |(before, word, after, upper)| {
            let name = format!("{before}{word}{after}");
            if upper { name.to_uppercase() } else { name }
        },
    )
}

#[test]
fn no_secret_is_in_a_byte_that_leaves_the_process() {
    let config = ProptestConfig { cases: 16, failure_persistence: None, ..ProptestConfig::default() };
    proptest!(config, |(name in secret_names(), value in "[a-zA-Z0-9]{16,24}")| {
        for lifecycle in ["static", "stream"] {
            prop_assert_eq!(count(&name, &value, lifecycle), 0, "{} = {}, {}", name, value, lifecycle);
        }
    });
}

/// Under a name that is harmless the same value is found, but where it is marked as a secret or in an address.
#[test]
fn what_is_no_secret_is_sent() {
    // By name: in the query, the body, the cookies and headers of the three requests; in breadcrumbs, spans, a log and a
    // metric.
    for lifecycle in ["static", "stream"] {
        assert!(count("colour", "Zq3Zq3Zq3Zq3Zq3Zq3", lifecycle) > 20, "{lifecycle}");
    }
}

#[test]
fn data_collection_is_as_the_program_says() {
    let receiver = Receiver::start();
    fixture!("pipeline").arg("request").sending_to(&receiver).run().exits_with(0);
    let arrived = receiver.received();
    let event = arrived.event();
    let expected = json!({
        "headers": {"Accept": "*/*", "X-Forwarded-For": "[Filtered]"},
        "cookies": [["sid", "[Filtered]"], ["theme", "dark"]],
    });
    assert_eq!(event.0["request"], expected);
    let frames = event.frames();
    let frame = frames.last().expect("a frame");
    assert_eq!(frame["vars"], json!(null));
    let lines = |key: &str| frame[key].as_array().map_or(0, Vec::len);
    assert_eq!((lines("pre_context"), lines("post_context")), (1, 1), "{frame:#}");
    let data = &arrived.transaction().0["contexts"]["trace"]["data"];
    assert_eq!((&data["cart.key"], &data["cache.key"]), (&json!("blue"), &json!("user:7")));
    assert_eq!((&data["gen_ai.usage.input_tokens"], &data["api_token"]), (&json!(12), &json!("[Filtered]")));
}
