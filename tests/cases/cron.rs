//! Check-ins of scheduled jobs. The fixture refuses and samples out every event, which is nothing to a check-in.

use serde_json::{Value, json};
use tests::{CheckIn, Outcome, Received, Receiver, fixture};

fn run(choice: &str) -> (Received, Outcome) {
    let receiver = Receiver::start();
    let outcome = fixture!("cron").arg(choice).sending_to(&receiver).run().exits_with(0);
    (receiver.received(), outcome)
}

/// The check-ins of the job's one run.
#[track_caller]
fn one_run(choice: &str, slug: &str, status: &str) -> [CheckIn; 2] {
    let (received, _) = run(choice);
    let check_ins = received.check_ins();
    let found: [_; 2] = check_ins.try_into().expect("the beginning and the end");
    let [began, ended] = &found;
    assert_eq!((began.status().as_str(), ended.status().as_str()), ("in_progress", status));
    assert_eq!(began.0["duration"], Value::Null);
    for part in ["check_in_id", "contexts", "monitor_config"] {
        assert_eq!(began.0[part], ended.0[part], "{part}");
    }
    for check_in in &found {
        assert_eq!(check_in.0["monitor_slug"], slug);
        assert_eq!(check_in.0["environment"], "testing");
        assert_eq!(check_in.0["release"], "jobs@1.2.3");
    }
    found
}

#[test]
fn a_job_that_ends_well() {
    let [began, ended] = one_run("sync", "import", "ok");
    assert_eq!(
        began.0["monitor_config"],
        json!({
            "schedule": {"type": "crontab", "value": "30 4 * * MON-FRI"},
            "timezone": "Europe/Vienna",
            "checkin_margin": 5,
            "max_runtime": 60,
            "failure_issue_threshold": 2,
            "recovery_threshold": 3,
        })
    );
    let duration = ended.0["duration"].as_f64().unwrap_or_default();
    assert!((0.02..5.0).contains(&duration), "{duration} s");
}

#[test]
fn a_job_that_returns_an_error() {
    one_run("error", "import", "error");
}

#[test]
fn a_job_that_panics() {
    let [began, _] = one_run("panic", "pulse", "error");
    assert_eq!(
        began.0["monitor_config"]["schedule"],
        json!({"type": "interval", "value": 1, "unit": "minute"})
    );
}

#[test]
fn an_async_job() {
    let [began, ended] = one_run("async", "report", "ok");
    assert_eq!(began.0["monitor_config"], Value::Null);
    assert!(ended.0["duration"].as_f64().is_some_and(|duration| duration >= 0.02));
}

#[test]
fn a_job_whose_future_is_dropped() {
    let [began, _] = one_run("cancelled", "forever", "error");
    assert_eq!(
        began.0["monitor_config"]["schedule"],
        json!({"type": "interval", "value": 2, "unit": "hour"})
    );
}

#[test]
fn a_job_that_was_never_polled_has_not_run() {
    for choice in ["dropped", "boxed dropped"] {
        let (received, _) = run(choice);
        assert!(received.check_ins().is_empty(), "{choice}");
    }
}

#[test]
fn a_future_is_watched_whoever_makes_it() {
    for (choice, slug, status) in [
        ("async error", "counted", "error"),
        ("async panic", "breaking", "error"),
        ("boxed error", "boxed", "error"),
        ("boxed panic", "boxed", "error"),
        ("hidden cancelled", "hidden", "error"),
        ("trait error", "work", "error"),
        ("boxed", "boxed", "ok"),
        ("hidden", "hidden", "ok"),
        ("trait", "work", "ok"),
    ] {
        let [_, ended] = one_run(choice, slug, status);
        let duration = ended.0["duration"].as_f64().unwrap_or_default();
        assert!(status == "error" || duration >= 0.02, "{choice}: {duration} s");
    }
}

#[test]
fn check_ins_are_in_the_trace_of_the_transaction() {
    let (received, _) = run("transaction");
    let trace = &received.transaction().0["contexts"]["trace"]["trace_id"];
    let check_ins = received.check_ins();
    assert_eq!(check_ins.len(), 4, "two jobs, one in the other: {check_ins:#?}");
    for check_in in &check_ins {
        assert_eq!(check_in.0["contexts"]["trace"]["trace_id"], *trace);
    }
}

#[test]
fn by_hand() {
    let (received, outcome) = run("by_hand");
    let check_ins = received.check_ins();
    assert_eq!(check_ins.len(), 2);
    for check_in in &check_ins {
        assert_eq!(format!("{}\n", check_in.0["check_in_id"].as_str().unwrap_or_default()), outcome.stdout);
        assert_eq!(check_in.0["environment"], "elsewhere");
    }
    assert_eq!(check_ins[1].0["duration"], 1.5);
}
