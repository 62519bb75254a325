//! Spans that are sent while their transaction runs (spec: protocol 3.2, 3.3 and 3.9).

use serde_json::{Map, Value};

use super::{Findings, forms};
use crate::envelope::Item;

/// An item of such spans; `trace` is what the envelope's headers say of the trace.
pub(super) fn check(
    item: &Item,
    container: &Map<String, Value>,
    place: &str,
    trace: Option<&Map<String, Value>>,
    findings: &mut Findings,
) {
    findings.known_keys(&item.headers, place, &["type", "length", "item_count", "content_type"]);
    let content_type = item.headers.get("content_type").and_then(Value::as_str);
    findings.must(
        content_type == Some("application/vnd.sentry.items.span.v2+json"),
        place,
        format_args!("`content_type` is that of spans of version 2: {content_type:?}"),
    );
    findings.known_keys(container, place, &["version", "items"]);
    findings.must(container.get("version") == Some(&2.into()), place, "is of version 2");
    let spans = container.get("items").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    let count = item.headers.get("item_count").and_then(Value::as_u64);
    findings.must(
        count == Some(spans.len() as u64) && (1..=1000).contains(&spans.len()),
        place,
        format_args!("`item_count` is {count:?}, there are {} spans of at most 1000", spans.len()),
    );
    let in_headers = trace.and_then(|trace| trace.get("trace_id"));
    for (number, span) in spans.iter().enumerate() {
        let place = format!("{place}, span {number}");
        let Value::Object(span) = span else {
            findings.add(place, "is an object");
            continue;
        };
        let same = in_headers.is_none_or(|id| span.get("trace_id") == Some(id));
        findings.must(same, &place, "is of the trace in the envelope's headers");
        self::span(span, &place, findings);
    }
}

fn span(span: &Map<String, Value>, place: &str, findings: &mut Findings) {
    let known = [
        "trace_id",
        "span_id",
        "parent_span_id",
        "name",
        "status",
        "is_segment",
        "start_timestamp",
        "end_timestamp",
        "attributes",
        "links",
    ];
    findings.known_keys(span, place, &known);
    let text = |key: &str| span.get(key).and_then(Value::as_str);
    let mut must = |holds: bool, key: &str, rule: &str| {
        findings.must(holds, place, format_args!("`{key}` {rule}: {:?}", span.get(key)));
    };
    must(text("trace_id").is_some_and(|id| forms::is_id(id, 32)), "trace_id", "has 32 hex digits");
    must(text("span_id").is_some_and(|id| forms::is_id(id, 16)), "span_id", "has 16 hex digits");
    let is_segment = span.get("is_segment").and_then(Value::as_bool);
    must(is_segment.is_some(), "is_segment", "is a truth value");
    let parent = text("parent_span_id");
    let good = parent.map_or(is_segment == Some(true), |id| forms::is_id(id, 16));
    must(good, "parent_span_id", "has 16 hex digits, and only a segment has none");
    must(text("name").is_some_and(|name| !name.is_empty()), "name", "is a text");
    must(matches!(text("status"), Some("ok" | "error")), "status", "is ok or error");
    let time = |key: &str| span.get(key).and_then(Value::as_f64);
    let ends = time("start_timestamp").zip(time("end_timestamp")).is_some_and(|(start, end)| start <= end);
    must(ends, "end_timestamp", "is a time that is not before the start");
    let Some(Value::Object(attributes)) = span.get("attributes") else {
        findings.add(place, "has attributes");
        return;
    };
    for key in [
        "sentry.op",
        "sentry.release",
        "sentry.environment",
        "sentry.segment.name",
        "sentry.segment.id",
        "sentry.sdk.name",
        "sentry.sdk.version",
        "os.name",
    ] {
        findings.must(attributes.contains_key(key), place, format_args!("has the attribute `{key}`"));
    }
    self::attributes(attributes, place, findings);
    let Some(links) = span.get("links") else { return };
    let links = links.as_array().map_or(&[][..], Vec::as_slice);
    findings.must(!links.is_empty(), place, "has links, or no list of them");
    for link in links {
        let id = |key: &str, length| link[key].as_str().is_some_and(|id| forms::is_id(id, length));
        findings.must(id("trace_id", 32) && id("span_id", 16), place, format_args!("a link has ids: {link}"));
        if let Some(said) = link["attributes"].as_object() {
            self::attributes(said, place, findings);
        }
    }
}

fn attributes(attributes: &Map<String, Value>, place: &str, findings: &mut Findings) {
    for (key, attribute) in attributes {
        let value = &attribute["value"];
        let good = match attribute["type"].as_str() {
            Some("string") => value.is_string(),
            Some("boolean") => value.is_boolean(),
            Some("integer") => value.is_i64(),
            Some("double") => value.is_f64(),
            Some("array") => value.is_array(),
            _ => false,
        };
        findings.must(
            good,
            place,
            format_args!("attribute `{key}` is of the type that it says: {attribute}"),
        );
    }
}
