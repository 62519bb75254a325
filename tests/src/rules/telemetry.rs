//! Containers of logs and metrics, and sessions (spec: protocol 3.2, 3.8, 3.10).

use serde_json::{Map, Value};

use super::{Findings, forms};
use crate::envelope::Item;

/// Looks at one thing of a container.
type Check = fn(&Map<String, Value>, &str, &mut Findings);

/// Lowest number of each level's range.
const SEVERITIES: [(&str, u64); 6] =
    [("trace", 1), ("debug", 5), ("info", 9), ("warn", 13), ("error", 17), ("fatal", 21)];

/// A container: what its header says of it, and each thing in it.
pub(super) fn container(
    item: &Item,
    payload: &Map<String, Value>,
    place: &str,
    now: f64,
    findings: &mut Findings,
) {
    let (kind, content_type, check): (_, _, Check) = match item.kind() {
        "log" => ("log", "application/vnd.sentry.items.log+json", log),
        _ => ("metric", "application/vnd.sentry.items.trace-metric+json", metric),
    };
    findings.known_keys(&item.headers, place, &["type", "length", "item_count", "content_type"]);
    findings.known_keys(payload, place, &["version", "items", "ingest_settings"]);
    let said = item.headers.get("content_type").and_then(Value::as_str);
    findings.must(said == Some(content_type), place, format_args!("`content_type` is {said:?}"));
    findings.must(payload.get("version") == Some(&2.into()), place, "`version` is 2");
    let items = payload.get("items").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    let count = item.headers.get("item_count").and_then(Value::as_u64);
    findings.must(
        count == u64::try_from(items.len()).ok() && (1..=100).contains(&items.len()),
        place,
        format_args!("has 1 to 100 items and says how many: {count:?} for {}", items.len()),
    );
    for (index, value) in items.iter().enumerate() {
        let place = format!("{place}, {kind} {index}");
        let Value::Object(map) = value else {
            findings.add(place, "is an object");
            continue;
        };
        let at = map.get("timestamp").and_then(Value::as_f64);
        findings.must(
            at.is_some_and(|at| forms::recent(at, now)),
            &place,
            format_args!("`timestamp` is {at:?}"),
        );
        let id = |key: &str| map.get(key).and_then(Value::as_str);
        findings.must(id("trace_id").is_some_and(|id| forms::is_id(id, 32)), &place, "names its trace");
        let span = map.get("span_id").is_none() || id("span_id").is_some_and(|id| forms::is_id(id, 16));
        findings.must(span, &place, "`span_id` has 16 hex digits");
        attributes(map.get("attributes"), &place, findings);
        check(map, &place, findings);
    }
}

fn log(log: &Map<String, Value>, place: &str, findings: &mut Findings) {
    let known = ["timestamp", "trace_id", "span_id", "level", "severity_number", "body", "attributes"];
    findings.known_keys(log, place, &known);
    let level = log.get("level").and_then(Value::as_str).unwrap_or_default();
    let severity = SEVERITIES.iter().find(|(name, _)| *name == level).map(|(_, number)| *number);
    findings.must(severity.is_some(), place, format_args!("`{level}` is no level"));
    let said = log.get("severity_number").and_then(Value::as_u64);
    findings.must(said == severity, place, format_args!("`severity_number` is {said:?}"));
    findings.must(log.get("body").is_some_and(Value::is_string), place, "has a body");
    let has = |start: &str| {
        let attributes = log.get("attributes").and_then(Value::as_object);
        attributes.is_some_and(|attributes| attributes.keys().any(|key| key.starts_with(start)))
    };
    findings.must(
        has("sentry.message.template") == has("sentry.message.parameter."),
        place,
        "has a template exactly if it has parameters",
    );
}

fn metric(metric: &Map<String, Value>, place: &str, findings: &mut Findings) {
    let known = ["timestamp", "trace_id", "span_id", "type", "name", "value", "unit", "attributes"];
    findings.known_keys(metric, place, &known);
    let kind = metric.get("type").and_then(Value::as_str).unwrap_or_default();
    let is_known = ["counter", "gauge", "distribution"].contains(&kind);
    findings.must(is_known, place, format_args!("`{kind}` is no type of metric"));
    findings.must(metric.get("value").is_some_and(Value::is_number), place, "has a number");
    let size = serde_json::to_string(metric).map_or(0, |json| json.len());
    findings.must(size <= 2048, place, format_args!("has at most 2 KiB, this one has {size} bytes"));
}

/// Each has a value and the type that the value has.
fn attributes(attributes: Option<&Value>, place: &str, findings: &mut Findings) {
    let Some(Value::Object(attributes)) = attributes else {
        return findings.add(place, "has attributes");
    };
    for key in ["sentry.environment", "sentry.sdk.name", "sentry.sdk.version"] {
        findings.must(attributes.contains_key(key), place, format_args!("has no `{key}`"));
    }
    for (key, attribute) in attributes {
        let value = &attribute["value"];
        let fits = match attribute["type"].as_str() {
            Some("string") => value.is_string(),
            Some("boolean") => value.is_boolean(),
            Some("integer") => value.is_i64(),
            Some("double") => value.is_f64(),
            _ => false,
        };
        findings.must(fits, place, format_args!("`{key}` is {attribute}"));
    }
}

/// What is known of one session.
pub(super) fn session(session: &Map<String, Value>, place: &str, findings: &mut Findings) {
    let known =
        ["sid", "did", "seq", "timestamp", "started", "init", "duration", "status", "errors", "attrs"];
    findings.known_keys(session, place, &known);
    let text = |key: &str| session.get(key).and_then(Value::as_str);
    findings.must(text("sid").is_some_and(|id| forms::is_id(id, 32)), place, "`sid` has 32 hex digits");
    let status = text("status").unwrap_or_default();
    let is_known = ["ok", "exited", "crashed", "abnormal"].contains(&status);
    findings.must(is_known, place, format_args!("`{status}` is no status"));
    let errors = session.get("errors").and_then(Value::as_u64).unwrap_or_default();
    findings.must(status != "crashed" || errors > 0, place, "a crash is an error");
    started(session, place, findings);
    about_all(session, place, findings);
}

/// Many sessions, counted.
pub(super) fn sessions(sessions: &Map<String, Value>, place: &str, findings: &mut Findings) {
    findings.known_keys(sessions, place, &["aggregates", "attrs"]);
    about_all(sessions, place, findings);
    let lines = sessions.get("aggregates").and_then(Value::as_array).map(Vec::as_slice).unwrap_or_default();
    findings.must((1..=100).contains(&lines.len()), place, "has 1 to 100 lines");
    for line in lines.iter().filter_map(Value::as_object) {
        findings.known_keys(line, place, &["started", "did", "exited", "errored", "abnormal", "crashed"]);
        started(line, place, findings);
        let at = line.get("started").and_then(Value::as_str).and_then(forms::rfc3339);
        let whole = at.is_some_and(|at| at.rem_euclid(60.0).abs() < f64::EPSILON);
        findings.must(whole, place, "`started` is a whole minute");
    }
}

fn started(map: &Map<String, Value>, place: &str, findings: &mut Findings) {
    let text = map.get("started").and_then(Value::as_str);
    findings.must(text.and_then(forms::rfc3339).is_some(), place, format_args!("`started` is {text:?}"));
}

fn about_all(map: &Map<String, Value>, place: &str, findings: &mut Findings) {
    let release = map.get("attrs").and_then(|attributes| attributes["release"].as_str());
    findings.must(release.is_some_and(forms::is_release), place, format_args!("the release is {release:?}"));
}

/// What a user says: an event with that context.
pub(super) fn feedback(event: &Map<String, Value>, place: &str, findings: &mut Findings) {
    let feedback = event.get("contexts").and_then(|contexts| contexts["feedback"].as_object());
    let Some(feedback) = feedback else { return findings.add(place, "has the context `feedback`") };
    let known = ["message", "contact_email", "name", "url", "associated_event_id", "replay_id"];
    findings.known_keys(feedback, place, &known);
    let length = feedback.get("message").and_then(Value::as_str).map(|message| message.chars().count());
    let fits = length.is_some_and(|length| (1..=4096).contains(&length));
    findings.must(fits, place, format_args!("`message` has {length:?} characters"));
}
