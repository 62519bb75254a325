//! Envelope headers, the dynamic sampling context, and which items may travel together (spec: protocol 3.2,
//! 3.3, 3.9).

use serde_json::{Map, Value};

use super::{Findings, Target, check_in, event, exception, forms, schema, telemetry, transaction};
use crate::envelope::{Envelope, Item};
use crate::receiver::Request;

/// Types that come with the id of an event in the envelope's headers.
const WITH_EVENT_ID: [&str; 4] = ["event", "transaction", "attachment", "feedback"];

pub(super) fn check(
    envelope: &Envelope,
    request: &Request,
    target: &Target,
    now: f64,
    findings: &mut Findings,
) {
    let headers = &envelope.headers;
    let place = "envelope header";
    findings.known_keys(headers, place, &["event_id", "dsn", "sdk", "sent_at", "trace"]);
    sent_at(headers, now, findings);
    sdk(headers.get("sdk"), request, findings);
    if let Some(dsn) = headers.get("dsn") {
        findings.must(*dsn == *target.dsn(), place, format_args!("`dsn` is another one: {dsn}"));
    }
    mix(envelope, findings);

    let identified = envelope.items.iter().any(|item| WITH_EVENT_ID.contains(&item.kind()));
    let id = headers.get("event_id");
    let well_formed = match id {
        Some(Value::String(id)) => identified && forms::is_id(id, 32),
        Some(_) => false,
        None => !identified,
    };
    findings.must(
        well_formed,
        place,
        format_args!("`event_id` has 32 hex digits beside an event and is absent else: {id:?}"),
    );
    let trace = match headers.get("trace") {
        Some(Value::Object(trace)) => {
            sampling_context(trace, target, findings);
            Some(trace)
        }
        Some(other) => {
            findings.add(place, format_args!("`trace` is an object, not {other}"));
            None
        }
        None => None,
    };
    for (index, item) in envelope.items.iter().enumerate() {
        let place = format!("item {index} ({})", item.kind());
        check_item(item, &place, headers, trace, now, findings);
    }
}

fn sent_at(headers: &Map<String, Value>, now: f64, findings: &mut Findings) {
    let value = headers.get("sent_at");
    let good = value
        .and_then(Value::as_str)
        .filter(|text| text.ends_with('Z'))
        .and_then(forms::rfc3339)
        .is_some_and(|time| forms::recent(time, now));
    findings.must(
        good,
        "envelope header",
        format_args!("`sent_at` is the present as RFC 3339 in UTC: {value:?}"),
    );
}

/// Name and version of the SDK, the same as in the HTTP headers.
fn sdk(value: Option<&Value>, request: &Request, findings: &mut Findings) {
    let place = "envelope header `sdk`";
    let Some(Value::Object(sdk)) = value else {
        findings.add(place, format_args!("is an object, not {value:?}"));
        return;
    };
    let part = |key: &str| sdk.get(key).and_then(Value::as_str).unwrap_or_default().to_owned();
    let client = format!("{}/{}", part("name"), part("version"));
    let agent = request.header("user-agent").next();
    findings.must(
        agent == Some(client.as_str()),
        place,
        format_args!("says {client}, the request says {agent:?}"),
    );
}

/// One event or one transaction, and no telemetry of another kind beside it.
fn mix(envelope: &Envelope, findings: &mut Findings) {
    let place = "envelope";
    findings.must(!envelope.items.is_empty(), place, "has at least one item");
    let count = |kind: &str| envelope.items.iter().filter(|item| item.kind() == kind).count();
    let documents = count("event") + count("transaction");
    findings.must(documents <= 1, place, "has one event or one transaction, not several");
    findings.must(
        count("feedback") + count("transaction") <= 1,
        place,
        "has no feedback beside a transaction",
    );
    for kind in ["span", "log", "trace_metric", "check_in"] {
        let several = count(kind);
        findings.must(several <= 1, place, format_args!("has one `{kind}` item, not {several}"));
        findings.must(
            several == 0 || documents == 0,
            place,
            format_args!("does not mix `{kind}` with an event or a transaction"),
        );
    }
    findings.must(count("session") <= 100, place, "has at most 100 sessions");
}

fn check_item(
    item: &Item,
    place: &str,
    headers: &Map<String, Value>,
    trace: Option<&Map<String, Value>>,
    now: f64,
    findings: &mut Findings,
) {
    let limit = match item.kind() {
        "event" | "transaction" => {
            findings.known_keys(&item.headers, place, &["type", "length", "content_type"]);
            if let Some(document) = object(item, place, findings) {
                document_in_envelope(&document, place, headers, trace, findings);
                event::check(&document, place, now, findings);
                if item.kind() == "event" {
                    exception::check(&document, place, findings);
                    schema::check(document, place, findings);
                } else {
                    transaction::check(&document, place, trace, findings);
                }
            }
            1 << 20
        }
        "client_report" => {
            findings.known_keys(&item.headers, place, &["type", "length"]);
            if let Some(report) = object(item, place, findings) {
                client_report(&report, place, now, findings);
            }
            4 << 10
        }
        "attachment" => {
            let known = ["type", "length", "content_type", "filename", "attachment_type"];
            findings.known_keys(&item.headers, place, &known);
            let name = item.headers.get("filename").and_then(Value::as_str);
            findings.must(
                name.is_some_and(|name| !name.is_empty() && !name.contains('/')),
                place,
                format_args!("`filename` is a name without a path: {name:?}"),
            );
            20 << 20
        }
        "check_in" => {
            findings.known_keys(&item.headers, place, &["type", "length"]);
            if let Some(document) = object(item, place, findings) {
                check_in::check(&document, place, findings);
            }
            100 << 10
        }
        "session" | "sessions" => {
            findings.known_keys(&item.headers, place, &["type", "length"]);
            let check = if item.kind() == "session" { telemetry::session } else { telemetry::sessions };
            if let Some(document) = object(item, place, findings) {
                check(&document, place, findings);
            }
            1 << 20
        }
        "feedback" => {
            findings.known_keys(&item.headers, place, &["type", "length"]);
            if let Some(document) = object(item, place, findings) {
                document_in_envelope(&document, place, headers, trace, findings);
                telemetry::feedback(&document, place, findings);
            }
            1 << 20
        }
        "log" | "trace_metric" => {
            findings.must(trace.is_none(), place, "may be of several traces: the headers name none");
            if let Some(document) = object(item, place, findings) {
                telemetry::container(item, &document, place, now, findings);
            }
            1 << 20
        }
        "span" => 1 << 20,
        other => {
            findings.add(place, format_args!("`{other}` is not a type that an SDK sends"));
            0
        }
    };
    findings.must(
        item.payload.len() <= limit,
        place,
        format_args!("has at most {limit} bytes, this one has {}", item.payload.len()),
    );
}

fn object(item: &Item, place: &str, findings: &mut Findings) -> Option<Map<String, Value>> {
    match item.json() {
        Ok(Value::Object(map)) => Some(map),
        Ok(other) => {
            findings.add(place, format_args!("is an object, not {other}"));
            None
        }
        Err(error) => {
            findings.add(place, error);
            None
        }
    }
}

/// What an event or a transaction must have in common with the headers of its envelope.
fn document_in_envelope(
    document: &Map<String, Value>,
    place: &str,
    headers: &Map<String, Value>,
    trace: Option<&Map<String, Value>>,
    findings: &mut Findings,
) {
    let mut pairs = vec![("event_id", document.get("event_id"), headers.get("event_id"))];
    let sdk = |map: &'_ Map<String, Value>, key| map.get("sdk").and_then(|sdk| sdk.get(key)).cloned();
    for key in ["name", "version"] {
        let (inside, outside) = (sdk(document, key), sdk(headers, key));
        findings.must(
            inside == outside,
            place,
            format_args!("`sdk.{key}` is {inside:?}, but {outside:?} in the envelope's headers"),
        );
    }
    if let Some(trace) = trace {
        let context = document.get("contexts").and_then(|contexts| contexts.get("trace"));
        pairs.push(("trace_id", context.and_then(|context| context.get("trace_id")), trace.get("trace_id")));
        pairs.extend(["release", "environment"].map(|key| (key, document.get(key), trace.get(key))));
    } else {
        // Whoever started the trace did not say by what it shall be sampled, and nobody after may.
        findings.must(transaction::is_continued(document), place, "the envelope's headers have no `trace`");
    }
    for (name, inside, outside) in pairs {
        findings.must(
            inside == outside,
            place,
            format_args!("`{name}` is {inside:?}, but {outside:?} in the envelope's headers"),
        );
    }
}

/// The dynamic sampling context: all strings, and a decision that follows from its numbers.
fn sampling_context(trace: &Map<String, Value>, target: &Target, findings: &mut Findings) {
    let place = "envelope header `trace`";
    let known = [
        "trace_id",
        "public_key",
        "sample_rate",
        "sample_rand",
        "sampled",
        "release",
        "environment",
        "transaction",
        "org_id",
    ];
    findings.known_keys(trace, place, &known);
    for (key, value) in trace.iter().filter(|(_, value)| !value.is_string()) {
        findings.add(place, format_args!("every value is text, `{key}` is {value}"));
    }
    let text = |key: &str| trace.get(key).and_then(Value::as_str);
    let id = text("trace_id");
    findings.must(
        id.is_some_and(|id| forms::is_id(id, 32)),
        place,
        format_args!("`trace_id` has 32 hex digits: {id:?}"),
    );
    let key = text("public_key");
    findings.must(key == Some(&target.public_key), place, format_args!("`public_key` is the DSN's: {key:?}"));

    let (rate, rand, sampled) = (text("sample_rate"), text("sample_rand"), text("sampled"));
    let rate = rate.map(|rate| (rate, rate.parse::<f64>().unwrap_or(f64::NAN)));
    if let Some((text, rate)) = rate {
        findings.must((0.0..=1.0).contains(&rate), place, format_args!("`sample_rate` is in [0, 1]: {text}"));
    }
    let rand = rand.map(|rand| (rand, rand.parse::<f64>().unwrap_or(f64::NAN)));
    if let Some((text, rand)) = rand {
        let decimals = text.split_once('.').map_or(0, |(_, decimals)| decimals.len());
        findings.must(
            (0.0..1.0).contains(&rand) && decimals == 6,
            place,
            format_args!("`sample_rand` is in [0, 1) with six decimals: {text}"),
        );
    }
    if let Some(sampled) = sampled {
        findings.must(
            ["true", "false"].contains(&sampled),
            place,
            format_args!("`sampled` is true or false: {sampled}"),
        );
    }
    if let (Some((_, rate)), Some((_, rand)), Some(sampled)) = (rate, rand, sampled) {
        findings.must(
            (rand < rate) == (sampled == "true"),
            place,
            format_args!("sampled exactly when the random number is below the rate: {trace:?}"),
        );
    }
}

/// What the client lost, by reason and category (spec: protocol 3.7).
fn client_report(report: &Map<String, Value>, place: &str, now: f64, findings: &mut Findings) {
    const REASONS: [&str; 14] = [
        "queue_overflow",
        "cache_overflow",
        "buffer_overflow",
        "ratelimit_backoff",
        "network_error",
        "send_error",
        "sample_rate",
        "before_send",
        "event_processor",
        "internal_sdk_error",
        "insufficient_data",
        "backpressure",
        "ignored",
        "invalid",
    ];
    findings.known_keys(report, place, &["timestamp", "discarded_events"]);
    let time = report.get("timestamp").and_then(forms::timestamp);
    findings.must(time.is_some_and(|time| forms::recent(time, now)), place, "`timestamp` is a recent time");
    let discarded = report.get("discarded_events").and_then(Value::as_array);
    findings.must(discarded.is_some_and(|list| !list.is_empty()), place, "`discarded_events` is a list");
    for entry in discarded.into_iter().flatten() {
        let reason = entry.get("reason").and_then(Value::as_str).unwrap_or_default();
        let category = entry.get("category").and_then(Value::as_str).unwrap_or_default();
        let quantity = entry.get("quantity").and_then(Value::as_u64).unwrap_or_default();
        findings.must(
            REASONS.contains(&reason) && !category.is_empty() && quantity > 0,
            place,
            format_args!("an entry has a known reason, a category and a quantity: {entry}"),
        );
    }
}
