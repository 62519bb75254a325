//! What events and transactions have in common (spec: protocol 3.4).

use serde_json::{Map, Value};

use super::{Findings, forms};

/// Keys that both may have.
const COMMON: [&str; 18] = [
    "event_id",
    "timestamp",
    "platform",
    "level",
    "logger",
    "transaction",
    "server_name",
    "release",
    "dist",
    "tags",
    "environment",
    "modules",
    "extra",
    "breadcrumbs",
    "user",
    "request",
    "contexts",
    "sdk",
];
const OF_EVENTS: [&str; 5] = ["fingerprint", "logentry", "exception", "threads", "debug_meta"];
const OF_TRANSACTIONS: [&str; 5] = ["type", "transaction_info", "start_timestamp", "spans", "measurements"];
/// Places whose content is the user's.
const FREE: [&str; 4] = ["extra", "vars", "data", "params"];

type Document = Map<String, Value>;

pub(super) fn check(document: &Document, place: &str, now: f64, findings: &mut Findings) {
    let transaction = document.get("type").is_some_and(|kind| kind == "transaction");
    let own = if transaction { OF_TRANSACTIONS } else { OF_EVENTS };
    findings.known_keys(document, place, &[&COMMON[..], &own].concat());
    no_nulls(document, place, findings);

    let time = document.get("timestamp");
    findings.must(
        time.and_then(forms::timestamp).is_some_and(|time| forms::recent(time, now)),
        place,
        format_args!("`timestamp` is a recent time: {time:?}"),
    );
    let platform = document.get("platform");
    findings.must(
        platform.is_some_and(|platform| platform == "native"),
        place,
        format_args!("`platform` is native: {platform:?}"),
    );
    text(document, "release", forms::is_release, place, findings);
    text(document, "environment", forms::is_environment, place, findings);
    text(document, "dist", forms::is_dist, place, findings);
    text(document, "level", is_level, place, findings);
    text(document, "server_name", |name| !name.is_empty(), place, findings);
    text(document, "transaction", |name| (1..=200).contains(&name.chars().count()), place, findings);
    for required in ["environment", "server_name", "sdk"] {
        findings.must(document.contains_key(required), place, format_args!("`{required}` is there"));
    }
    tags(document.get("tags"), place, findings);
    breadcrumbs(document, place, now, findings);
    contexts(document.get("contexts"), place, findings);
    user(document.get("user"), place, findings);
    if let Some(entry) = document.get("logentry") {
        let filled = ["formatted", "message"].iter().any(|key| entry.get(key).is_some_and(|text| text != ""));
        findings.must(filled, place, format_args!("`logentry` has a text: {entry}"));
    }
}

/// A text that, when it is there, has the right form.
fn text(document: &Document, key: &str, right: impl Fn(&str) -> bool, place: &str, findings: &mut Findings) {
    if let Some(value) = document.get(key) {
        findings.must(
            value.as_str().is_some_and(right),
            place,
            format_args!("`{key}` would be refused: {value}"),
        );
    }
}

fn is_level(text: &str) -> bool {
    ["fatal", "error", "warning", "info", "debug"].contains(&text)
}

/// What is not known is left away: neither null nor an empty list is ever sent.
fn no_nulls(document: &Document, place: &str, findings: &mut Findings) {
    for (key, value) in document.iter().filter(|(key, _)| !FREE.contains(&key.as_str())) {
        match value {
            Value::Null => findings.add(place, format_args!("`{key}` is null instead of absent")),
            Value::Object(map) => {
                findings.must(
                    key == "spans" || map.get("values").is_none_or(|list| *list != Value::Array(Vec::new())),
                    place,
                    format_args!("`{key}` wraps an empty list instead of being absent"),
                );
                no_nulls(map, &format!("{place} {key}"), findings);
            }
            Value::Array(list) => {
                for (index, element) in list.iter().enumerate() {
                    if let Value::Object(map) = element {
                        no_nulls(map, &format!("{place} {key}[{index}]"), findings);
                    }
                }
            }
            _ => {}
        }
    }
}

/// Tags of an event, a transaction or a span.
pub(super) fn tags(value: Option<&Value>, place: &str, findings: &mut Findings) {
    let Some(value) = value else { return };
    let Value::Object(tags) = value else {
        findings.add(place, format_args!("`tags` is an object: {value}"));
        return;
    };
    for (key, value) in tags {
        findings.must(forms::is_tag_key(key), place, format_args!("tag key {key:?} would be refused"));
        findings.must(
            value.as_str().is_some_and(forms::is_tag_value),
            place,
            format_args!("tag `{key}` would be refused: {value}"),
        );
    }
}

/// A list that must be wrapped in `values`, when it is there.
pub(super) fn wrapped<'a>(
    document: &'a Document,
    key: &str,
    place: &str,
    findings: &mut Findings,
) -> &'a [Value] {
    match document.get(key) {
        None => &[],
        Some(Value::Object(map)) if map.len() == 1 && map.get("values").is_some_and(Value::is_array) => {
            map["values"].as_array().map_or(&[], Vec::as_slice)
        }
        Some(other) => {
            findings.add(place, format_args!("`{key}` is a list wrapped in `values`: {other}"));
            &[]
        }
    }
}

fn breadcrumbs(document: &Document, place: &str, now: f64, findings: &mut Findings) {
    let list = wrapped(document, "breadcrumbs", place, findings);
    findings.must(list.len() <= 100, place, "at most 100 breadcrumbs");
    let mut before = 0.0;
    for (index, crumb) in list.iter().enumerate() {
        let place = format!("{place} breadcrumb {index}");
        let Value::Object(crumb) = crumb else {
            findings.add(place, format_args!("is an object: {crumb}"));
            continue;
        };
        findings.known_keys(crumb, &place, &["timestamp", "type", "category", "level", "message", "data"]);
        let time = crumb.get("timestamp").and_then(forms::timestamp);
        findings.must(
            time.is_some_and(|time| forms::recent(time, now) && time >= before),
            &place,
            format_args!("has a recent time, not before the one ahead of it: {time:?}"),
        );
        before = time.unwrap_or(before);
        text(crumb, "level", is_level, &place, findings);
    }
}

fn contexts(value: Option<&Value>, place: &str, findings: &mut Findings) {
    let Some(Value::Object(contexts)) = value else {
        findings.add(place, format_args!("`contexts` is an object: {value:?}"));
        return;
    };
    for (name, context) in contexts {
        findings.must(context.is_object(), place, format_args!("context `{name}` is an object: {context}"));
        let size = context.to_string().len();
        findings.must(size <= 8192, place, format_args!("context `{name}` has at most 8 kB, not {size}"));
    }
    for (name, key) in [("os", "name"), ("runtime", "name"), ("runtime", "version"), ("device", "arch")] {
        let value = contexts.get(name).and_then(|context| context.get(key));
        findings.must(
            value.and_then(Value::as_str).is_some_and(|text| !text.is_empty()),
            place,
            format_args!("`contexts.{name}.{key}` is a text: {value:?}"),
        );
    }
    findings.must(contexts.contains_key("app"), place, "`contexts.app` is there");
    match contexts.get("trace") {
        Some(Value::Object(trace)) => trace_context(trace, place, findings),
        other => findings.add(place, format_args!("`contexts.trace` is an object: {other:?}")),
    }
}

fn trace_context(trace: &Document, place: &str, findings: &mut Findings) {
    let place = format!("{place} contexts.trace");
    let known = [
        "type",
        "trace_id",
        "span_id",
        "parent_span_id",
        "op",
        "description",
        "status",
        "origin",
        "data",
        "links",
    ];
    findings.known_keys(trace, &place, &known);
    for required in ["trace_id", "span_id"] {
        findings.must(trace.contains_key(required), &place, format_args!("`{required}` is there"));
    }
    span_texts(trace, &place, findings);
}

/// Ids, operation, status and origin of a span or a trace context, where they are given.
pub(super) fn span_texts(span: &Document, place: &str, findings: &mut Findings) {
    text(span, "trace_id", |id| forms::is_id(id, 32), place, findings);
    text(span, "span_id", |id| forms::is_id(id, 16), place, findings);
    text(span, "parent_span_id", |id| forms::is_id(id, 16), place, findings);
    text(span, "op", forms::is_op, place, findings);
    text(span, "status", forms::is_status, place, findings);
    text(span, "origin", forms::is_origin, place, findings);
    if let Some(data) = span.get("data") {
        findings.must(data.is_object(), place, format_args!("`data` is an object: {data}"));
    }
}

fn user(value: Option<&Value>, place: &str, findings: &mut Findings) {
    match value {
        None => {}
        Some(Value::Object(user)) => {
            let known = ["id", "email", "username", "ip_address", "name", "geo", "data"];
            findings.known_keys(user, format_args!("{place} user"), &known);
            findings.must(!user.is_empty(), place, "`user` is absent rather than empty");
        }
        Some(other) => findings.add(place, format_args!("`user` is an object: {other}")),
    }
}
