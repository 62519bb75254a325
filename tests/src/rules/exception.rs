//! Exceptions, mechanisms, threads and stack traces (spec: protocol 3.5).

use std::collections::BTreeSet;

use serde_json::{Map, Value};

use super::event::wrapped;
use super::{Findings, forms};

type Object = Map<String, Value>;

const FRAME_KEYS: [&str; 17] = [
    "filename",
    "abs_path",
    "function",
    "raw_function",
    "module",
    "lineno",
    "colno",
    "context_line",
    "pre_context",
    "post_context",
    "in_app",
    "vars",
    "package",
    "instruction_addr",
    "symbol_addr",
    "image_addr",
    "addr_mode",
];
const MECHANISM_KEYS: [&str; 11] = [
    "type",
    "handled",
    "synthetic",
    "exception_id",
    "parent_id",
    "source",
    "is_exception_group",
    "description",
    "help_link",
    "meta",
    "data",
];
const EXCEPTION_KEYS: [&str; 6] = ["type", "value", "module", "thread_id", "mechanism", "stacktrace"];

pub(super) fn check(event: &Object, place: &str, findings: &mut Findings) {
    findings.must(!event.contains_key("type"), place, "only transactions have a `type`");
    let exceptions = wrapped(event, "exception", place, findings);
    for (index, exception) in exceptions.iter().enumerate() {
        let place = format!("{place} exception {index}");
        match exception {
            Value::Object(exception) => check_exception(exception, &place, findings),
            other => findings.add(place, format_args!("is an object: {other}")),
        }
    }
    if let Some(captured) = exceptions.last() {
        findings.must(
            captured.get("mechanism").is_some(),
            place,
            "the exception that was captured, the last, has a mechanism",
        );
        exception_ids(exceptions, place, findings);
    }
    for (index, thread) in wrapped(event, "threads", place, findings).iter().enumerate() {
        if let Some(trace) = thread.get("stacktrace") {
            stacktrace(trace, &format!("{place} thread {index}"), findings);
        }
    }
}

fn check_exception(exception: &Object, place: &str, findings: &mut Findings) {
    findings.known_keys(exception, place, &EXCEPTION_KEYS);
    let filled = |key: &str| exception.get(key).and_then(Value::as_str).is_some_and(|text| !text.is_empty());
    findings.must(filled("type"), place, "has a type");
    // Too long a value is trimmed by the server, and SDKs are told to leave that to it.
    if let Some(value) = exception.get("mechanism") {
        mechanism(value, place, findings);
    }
    if let Some(trace) = exception.get("stacktrace") {
        stacktrace(trace, place, findings);
    }
}

fn mechanism(value: &Value, place: &str, findings: &mut Findings) {
    let Value::Object(mechanism) = value else {
        findings.add(place, format_args!("its mechanism is an object: {value}"));
        return;
    };
    findings.known_keys(mechanism, format_args!("{place} mechanism"), &MECHANISM_KEYS);
    let kind = mechanism.get("type").and_then(Value::as_str).unwrap_or_default();
    findings.must(
        ["generic", "chained"].contains(&kind) || forms::is_origin(kind),
        place,
        format_args!("its mechanism has a type, `generic` or an origin: {value}"),
    );
    if let Some(handled) = mechanism.get("handled") {
        findings.must(handled.is_boolean(), place, format_args!("`handled` is a boolean: {handled}"));
    }
}

/// Ids of a chain or a group: either nobody has one, or the captured exception has 0 and all others a parent.
fn exception_ids(exceptions: &[Value], place: &str, findings: &mut Findings) {
    let number = |exception: &Value, key: &str| {
        exception.get("mechanism").and_then(|mechanism| mechanism.get(key)).and_then(Value::as_u64)
    };
    let ids: Vec<_> = exceptions.iter().map(|exception| number(exception, "exception_id")).collect();
    if ids.iter().all(Option::is_none) {
        return;
    }
    let distinct: BTreeSet<_> = ids.iter().flatten().collect();
    findings.must(
        distinct.len() == ids.len() && ids.last() == Some(&Some(0)),
        place,
        format_args!("exception ids are all there and distinct, the last is 0: {ids:?}"),
    );
    for exception in &exceptions[..exceptions.len() - 1] {
        let parent = number(exception, "parent_id");
        findings.must(
            parent.is_some_and(|parent| distinct.contains(&parent)),
            place,
            format_args!("an exception that is a cause names its parent: {exception}"),
        );
    }
}

fn stacktrace(value: &Value, place: &str, findings: &mut Findings) {
    let frames = value.get("frames").and_then(Value::as_array).map_or(&[][..], Vec::as_slice);
    findings.must(!frames.is_empty(), place, format_args!("its stack trace has frames: {value}"));
    findings.must(frames.len() <= 250, place, "its stack trace has at most 250 frames");
    for (index, value) in frames.iter().enumerate() {
        let place = format!("{place} frame {index}");
        match value {
            Value::Object(frame) => check_frame(frame, &place, findings),
            other => findings.add(place, format_args!("is an object: {other}")),
        }
    }
}

fn check_frame(frame: &Object, place: &str, findings: &mut Findings) {
    findings.known_keys(frame, place, &FRAME_KEYS);
    let named = ["filename", "function", "instruction_addr"].iter().any(|key| frame.contains_key(*key));
    findings.must(named, place, "has a file, a function or an address");
    for key in ["filename", "abs_path", "function", "module", "context_line"] {
        if let Some(value) = frame.get(key) {
            let line = value.as_str().is_some_and(|text| !text.contains('\n'));
            findings.must(
                line && (key == "context_line" || value != ""),
                place,
                format_args!("`{key}` is a text of one line: {value}"),
            );
        }
    }
    for key in ["lineno", "colno"] {
        if let Some(value) = frame.get(key) {
            let positive = value.as_u64().is_some_and(|number| number > 0);
            findings.must(positive, place, format_args!("`{key}` counts from 1: {value}"));
        }
    }
    for key in ["instruction_addr", "symbol_addr", "image_addr"] {
        if let Some(value) = frame.get(key) {
            let good = value.as_str().is_some_and(forms::is_address);
            findings.must(good, place, format_args!("`{key}` is 0x and hex digits: {value}"));
        }
    }
    for key in ["pre_context", "post_context"] {
        if let Some(value) = frame.get(key) {
            let lines = value.as_array().map_or(&[][..], Vec::as_slice);
            let good = (1..=5).contains(&lines.len())
                && lines.iter().all(|line| line.as_str().is_some_and(|line| !line.contains('\n')));
            findings.must(good, place, format_args!("`{key}` is a list of one to five lines: {value}"));
        }
    }
    let has_context = frame.contains_key("context_line");
    findings.must(
        has_context || !(frame.contains_key("pre_context") || frame.contains_key("post_context")),
        place,
        "lines around the line come with the line itself",
    );
    findings.must(!has_context || frame.contains_key("lineno"), place, "a source line has a number");
    if let Some(vars) = frame.get("vars") {
        findings.must(vars.is_object(), place, format_args!("`vars` is an object: {vars}"));
    }
    if let Some(in_app) = frame.get("in_app") {
        findings.must(in_app.is_boolean(), place, format_args!("`in_app` is a boolean: {in_app}"));
    }
}
