//! Transactions and their spans (spec: protocol 3.9).

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value};

use super::event::{span_texts, tags};
use super::{Findings, forms};

type Object = Map<String, Value>;

/// Times are sent as floating point seconds, in which a present day is exact to about a quarter of a
/// microsecond.
const ROUNDING: f64 = 2e-6;

const SPAN_KEYS: [&str; 12] = [
    "span_id",
    "trace_id",
    "parent_span_id",
    "op",
    "description",
    "start_timestamp",
    "timestamp",
    "status",
    "tags",
    "data",
    "origin",
    "links",
];

pub(super) fn check(document: &Object, place: &str, dsc: Option<&Object>, findings: &mut Findings) {
    findings.must(
        document.get("type").is_some_and(|kind| kind == "transaction"),
        place,
        "a transaction has the type `transaction`",
    );
    findings.must(document.contains_key("transaction"), place, "a transaction has a name");
    let source = document.get("transaction_info").and_then(|info| info.get("source"));
    let known = ["custom", "url", "route", "view", "component", "task"];
    findings.must(
        source.and_then(Value::as_str).is_some_and(|source| known.contains(&source)),
        place,
        format_args!("`transaction_info.source` is one of {known:?}: {source:?}"),
    );
    sampled(document, source, dsc, place, findings);
    measurements(document.get("measurements"), place, findings);

    let empty = Object::new();
    let trace = document.get("contexts").and_then(|contexts| contexts.get("trace"));
    let trace = trace.and_then(Value::as_object).unwrap_or(&empty);
    let root = Times::of(document, place, findings);
    let list = match document.get("spans") {
        None => &[],
        Some(Value::Array(list)) => list.as_slice(),
        Some(other) => {
            findings.add(place, format_args!("`spans` is a list: {other}"));
            return;
        }
    };
    findings.must(list.len() <= 1000, place, "at most 1000 spans");
    spans(list, trace, root, place, findings);
}

/// Whether the trace was started by another transaction, in another service perhaps.
pub(super) fn is_continued(document: &Object) -> bool {
    let trace = document.get("contexts").and_then(|contexts| contexts.get("trace"));
    trace.is_some_and(|trace| trace.get("parent_span_id").is_some())
}

/// What was not sampled is not sent, and the sampling context says so.
fn sampled(
    document: &Object,
    source: Option<&Value>,
    dsc: Option<&Object>,
    place: &str,
    findings: &mut Findings,
) {
    let Some(dsc) = dsc else { return };
    findings.must(
        dsc.get("sampled").is_some_and(|sampled| sampled == "true") && dsc.contains_key("sample_rate"),
        place,
        format_args!("its sampling context has a rate and says that it was sampled: {dsc:?}"),
    );
    // In a trace that is continued, the name is that of the transaction which started it.
    if let Some(name) = dsc.get("transaction").filter(|_| !is_continued(document)) {
        findings.must(
            document.get("transaction") == Some(name) && source.is_none_or(|source| source != "url"),
            place,
            format_args!("its sampling context has its name, unless that is a URL: {name}"),
        );
    }
}

fn measurements(value: Option<&Value>, place: &str, findings: &mut Findings) {
    for (name, measurement) in value.and_then(Value::as_object).into_iter().flatten() {
        let number = measurement.get("value").is_some_and(Value::is_number);
        findings.must(number, place, format_args!("measurement `{name}` has a value: {measurement}"));
    }
}

/// Start and end of a span.
#[derive(Clone, Copy)]
struct Times {
    start: f64,
    end: f64,
}

impl Times {
    fn of(span: &Object, place: &str, findings: &mut Findings) -> Self {
        let mut time = |key: &str| {
            let value = span.get(key);
            value.and_then(forms::timestamp).unwrap_or_else(|| {
                findings.add(place, format_args!("`{key}` is a time: {value:?}"));
                f64::NAN
            })
        };
        let times = Self { start: time("start_timestamp"), end: time("timestamp") };
        findings.must(times.start <= times.end, place, "ends after its start");
        times
    }
}

fn spans(list: &[Value], trace: &Object, root: Times, place: &str, findings: &mut Findings) {
    let root_id = trace.get("span_id").and_then(Value::as_str).unwrap_or_default();
    let mut starts = BTreeMap::from([(root_id, root.start)]);
    let mut children = Vec::new();
    for (index, span) in list.iter().enumerate() {
        let place = format!("{place} span {index}");
        let Value::Object(span) = span else {
            findings.add(place, format_args!("is an object: {span}"));
            continue;
        };
        findings.known_keys(span, &place, &SPAN_KEYS);
        span_texts(span, &place, findings);
        tags(span.get("tags"), &place, findings);
        let times = Times::of(span, &place, findings);
        findings.must(
            times.start >= root.start - ROUNDING && times.end <= root.end + ROUNDING,
            &place,
            "lies within the times of its transaction",
        );
        let same_trace = span.get("trace_id").is_some() && span.get("trace_id") == trace.get("trace_id");
        findings.must(same_trace, &place, "has the trace id of its transaction");
        let id = span.get("span_id").and_then(Value::as_str).unwrap_or_default();
        findings.must(starts.insert(id, times.start).is_none(), &place, "has an id of its own");
        children.push((place, id, span.get("parent_span_id").and_then(Value::as_str), times.start));
    }
    let parents: BTreeMap<_, _> = children.iter().map(|(_, id, parent, _)| (*id, *parent)).collect();
    for (place, id, parent, start) in &children {
        match parent.and_then(|parent| starts.get(parent)) {
            None => findings.add(place, format_args!("its parent was sent: {parent:?}")),
            Some(began) => findings.must(*start >= began - ROUNDING, place, "starts after its parent"),
        }
        findings.must(leads_to_root(id, root_id, &parents), place, "its parents lead to the transaction");
    }
}

fn leads_to_root(id: &str, root: &str, parents: &BTreeMap<&str, Option<&str>>) -> bool {
    let mut seen = BTreeSet::new();
    let mut at = id;
    while at != root {
        match parents.get(at) {
            Some(Some(parent)) if seen.insert(at) => at = parent,
            _ => return false,
        }
    }
    true
}
