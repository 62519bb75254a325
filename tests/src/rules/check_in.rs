//! Check-ins of scheduled jobs (spec: protocol 3.10).

use serde_json::{Map, Value};

use super::{Findings, forms};

pub(super) fn check(check_in: &Map<String, Value>, place: &str, findings: &mut Findings) {
    let known = [
        "check_in_id",
        "monitor_slug",
        "status",
        "duration",
        "release",
        "environment",
        "contexts",
        "monitor_config",
    ];
    findings.known_keys(check_in, place, &known);
    let text = |key: &str| check_in.get(key).and_then(Value::as_str);
    let mut must = |holds: bool, key: &str, rule: &str| {
        findings.must(holds, place, format_args!("`{key}` {rule}: {:?}", check_in.get(key)));
    };
    must(text("check_in_id").is_some_and(|id| forms::is_id(id, 32)), "check_in_id", "has 32 hex digits");
    must(text("monitor_slug").is_some_and(is_slug), "monitor_slug", "is a slug");
    let status = text("status").is_some_and(|status| ["in_progress", "ok", "error"].contains(&status));
    must(status, "status", "is in_progress, ok or error");
    let duration = check_in.get("duration").is_none_or(|it| it.as_f64().is_some_and(|it| it >= 0.0));
    must(duration, "duration", "is a number of seconds");
    must(text("release").is_none_or(forms::is_release), "release", "is a release");
    must(text("environment").is_some_and(forms::is_environment), "environment", "is an environment");
    let trace = check_in.get("contexts").and_then(|contexts| contexts["trace"]["trace_id"].as_str());
    must(trace.is_some_and(|id| forms::is_id(id, 32)), "contexts", "names the trace");
    if let Some(config) = check_in.get("monitor_config") {
        self::config(config, place, findings);
    }
}

fn config(config: &Value, place: &str, findings: &mut Findings) {
    let place = format!("{place}, monitor_config");
    let Value::Object(config) = config else {
        findings.add(place, format_args!("is an object, not {config}"));
        return;
    };
    let numbers = [
        ("checkin_margin", 40_320),
        ("max_runtime", 40_320),
        ("failure_issue_threshold", 720),
        ("recovery_threshold", 720),
    ];
    let known: Vec<_> = ["schedule", "timezone"].into_iter().chain(numbers.map(|(key, _)| key)).collect();
    findings.known_keys(config, &place, &known);
    for (key, most) in numbers {
        let good = config.get(key).is_none_or(|it| it.as_u64().is_some_and(|it| (1..=most).contains(&it)));
        findings.must(good, &place, format_args!("`{key}` is from 1 to {most}: {:?}", config.get(key)));
    }
    let zone = config.get("timezone").is_none_or(|zone| zone.as_str().is_some_and(|zone| !zone.is_empty()));
    findings.must(zone, &place, "`timezone` is a name");
    let schedule = config.get("schedule").unwrap_or(&Value::Null);
    let good = match schedule["type"].as_str() {
        Some("crontab") => schedule["value"].is_string() && schedule["unit"].is_null(),
        Some("interval") => {
            let units = ["year", "month", "week", "day", "hour", "minute"];
            let unit = schedule["unit"].as_str().is_some_and(|unit| units.contains(&unit));
            unit && schedule["value"].as_u64().is_some_and(|value| value > 0)
        }
        _ => false,
    };
    findings.must(good, &place, format_args!("`schedule` is a crontab line or an interval: {schedule}"));
}

fn is_slug(text: &str) -> bool {
    let good = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit() || "-_".contains(c);
    (1..=50).contains(&text.len()) && text.chars().all(good)
}
