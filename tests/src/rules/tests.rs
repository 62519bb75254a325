//! Each rule against an envelope that breaks only it.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};

use super::{Target, check};
use crate::receiver::Request;

const NOW: u64 = 1_790_000_000;
const EVENT_ID: &str = "fc6d8c0c43fc4630ad850ee518f1b9d0";
const TRACE_ID: &str = "771a43a4192642f0b136d5159a501700";

/// An envelope before it is written, so that a test can break a part of it.
struct Draft {
    request: Request,
    headers: Value,
    item: Value,
    document: Value,
}

impl Draft {
    fn new(document: Value) -> Self {
        let client = "monitored.rust/0.1.0";
        let authentication =
            format!("Sentry sentry_version=7, sentry_client={client}, sentry_key={}", target().public_key);
        let headers = [
            ("content-type", "application/x-sentry-envelope"),
            ("user-agent", client),
            ("x-sentry-auth", &authentication),
        ];
        let request = Request {
            accepted: true,
            method: "POST".to_owned(),
            path: "/api/42/envelope/".to_owned(),
            headers: headers.map(|(key, value)| (key.to_owned(), value.to_owned())).into(),
            body: Vec::new(),
            arrived: now(),
        };
        let headers = json!({
            "event_id": EVENT_ID,
            "sent_at": humantime::format_rfc3339_micros(now()).to_string(),
        "sdk": {"name": "monitored.rust", "version": "0.1.0"},
            "trace": {
                "trace_id": TRACE_ID,
                "public_key": target().public_key,
                "sample_rate": "0.5",
                "sample_rand": "0.250000",
                "sampled": "true",
                "release": "shop@1.0.0",
                "environment": "production",
            },
        });
        let kind = document.get("type").and_then(Value::as_str).unwrap_or("event");
        Self { request, headers, item: json!({"type": kind}), document }
    }

    fn broken(mut self) -> Vec<String> {
        let payload = self.document.to_string();
        self.item["length"] = payload.len().into();
        self.request.body = format!("{}\n{}\n{payload}\n", self.headers, self.item).into_bytes();
        check(&self.request, &target(), now()).1
    }
}

fn target() -> Target {
    Target::local("127.0.0.1:9000".parse().expect("an address"))
}

fn now() -> SystemTime {
    SystemTime::UNIX_EPOCH + Duration::from_secs(NOW)
}

fn common() -> Value {
    json!({
        "event_id": EVENT_ID,
        "timestamp": NOW,
        "platform": "native",
        "release": "shop@1.0.0",
        "environment": "production",
        "server_name": "here",
        "sdk": {"name": "monitored.rust", "version": "0.1.0"},
        "tags": {"module": "orders"},
        "contexts": {
            "os": {"name": "Linux"},
            "runtime": {"name": "rustc", "version": "1.95.0"},
            "device": {"arch": "x86_64"},
            "app": {"app_name": "shop"},
            "trace": {"trace_id": TRACE_ID, "span_id": "00f067aa0ba902b7"},
        },
    })
}

fn event() -> Draft {
    let mut event = common();
    event["level"] = "error".into();
    event["breadcrumbs"] = json!({"values": [{"timestamp": NOW - 1, "message": "ready"}]});
    event["exception"] = json!({"values": [
        {"type": "ParseIntError", "value": "invalid digit"},
        {
            "type": "Broken",
            "value": "no order",
            "mechanism": {"type": "auto.function.monitored", "handled": false},
            "stacktrace": {"frames": [{
                "function": "orders::load",
                "filename": "src/orders.rs",
                "lineno": 7,
                "in_app": true,
                "pre_context": ["fn load() {"],
                "context_line": "    read()?;",
            }]},
        },
    ]});
    Draft::new(event)
}

fn transaction() -> Draft {
    let start = NOW - 10;
    let span = |id: &str, parent: &str, start: u64, end: u64| {
        json!({
            "span_id": id, "parent_span_id": parent, "trace_id": TRACE_ID, "op": "db.query",
            "start_timestamp": start, "timestamp": end, "status": "ok", "origin": "auto.function.monitored",
        })
    };
    let mut transaction = common();
    transaction["type"] = "transaction".into();
    transaction["transaction"] = "GET /".into();
    transaction["transaction_info"] = json!({"source": "custom"});
    transaction["start_timestamp"] = start.into();
    transaction["contexts"]["trace"]["status"] = "ok".into();
    transaction["spans"] = json!([
        span("00f067aa0ba90201", "00f067aa0ba902b7", start, start + 5),
        span("00f067aa0ba90202", "00f067aa0ba90201", start + 1, start + 6),
    ]);
    Draft::new(transaction)
}

fn check_in() -> Draft {
    let mut draft = Draft::new(json!({
        "check_in_id": EVENT_ID,
        "monitor_slug": "nightly-import",
        "status": "ok",
        "duration": 1.5,
        "environment": "production",
        "release": "shop@1.0.0",
        "contexts": {"trace": {"trace_id": TRACE_ID}},
        "monitor_config": {
            "schedule": {"type": "interval", "value": 10, "unit": "minute"},
            "timezone": "UTC",
            "max_runtime": 30,
        },
    }));
    draft.item = json!({"type": "check_in"});
    remove(&mut draft.headers, "event_id");
    remove(&mut draft.headers, "trace");
    draft
}

#[test]
fn what_keeps_the_rules_is_not_complained_about() {
    assert_eq!(event().broken(), [""; 0]);
    assert_eq!(transaction().broken(), [""; 0]);
    assert_eq!(check_in().broken(), [""; 0]);
    let mut message = event();
    let fields = message.document.as_object_mut().expect("an object");
    fields.remove("exception");
    fields.insert("logentry".to_owned(), json!({"formatted": "hello"}));
    assert_eq!(message.broken(), [""; 0]);
}

#[test]
fn a_trace_that_is_continued_keeps_what_its_start_said() {
    let continued = || {
        let mut draft = transaction();
        draft.document["contexts"]["trace"]["parent_span_id"] = "00f067aa0ba902b6".into();
        draft
    };
    let mut named = continued();
    named.headers["trace"]["transaction"] = "another".into();
    assert_eq!(named.broken(), [""; 0]);
    let mut silent = continued();
    remove(&mut silent.headers, "trace");
    assert_eq!(silent.broken(), [""; 0]);
}

/// What is broken, and a part of what is said about it.
type Case = (&'static str, fn(&mut Draft));

fn each(good: fn() -> Draft, cases: &[Case]) {
    for (expected, damage) in cases {
        let mut draft = good();
        damage(&mut draft);
        let broken = draft.broken();
        assert!(broken.iter().any(|rule| rule.contains(expected)), "{expected:?} is not in {broken:#?}");
    }
}

fn remove(value: &mut Value, key: &str) {
    value.as_object_mut().expect("an object").remove(key);
}

#[test]
fn requests() {
    each(
        event,
        &[
            ("POST, not GET", |draft| draft.request.method = "GET".to_owned()),
            ("goes to /api/42/envelope/", |draft| draft.request.path = "/api/42/store/".to_owned()),
            ("content-type is", |draft| draft.request.headers[0].1 = "text/plain".to_owned()),
            ("content-type is given once", |draft| drop(draft.request.headers.remove(0))),
            ("user-agent is", |draft| draft.request.headers[1].1 = "sentry.rust/0.49.0".to_owned()),
            ("the request says", |draft| draft.request.headers[1].1 = "monitored.rust/9.9.9".to_owned()),
            ("x-sentry-auth is given once", |draft| drop(draft.request.headers.remove(2))),
            ("starts with `Sentry `", |draft| draft.request.headers[2].1 = "sentry_version=7".to_owned()),
            ("x-sentry-auth: expected", |draft| draft.request.headers[2].1 += ", sentry_timestamp=1"),
            ("`sentry_key` is given twice", |draft| draft.request.headers[2].1 += ", sentry_key=a"),
        ],
    );
}

#[test]
fn envelope_headers() {
    each(
        event,
        &[
            ("`retry` is not among", |draft| draft.headers["retry"] = 1.into()),
            ("`sent_at` is the present", |draft| remove(&mut draft.headers, "sent_at")),
            ("`sent_at` is the present", |draft| draft.headers["sent_at"] = "2020-01-01T00:00:00Z".into()),
            ("`sent_at` is the present", |draft| draft.headers["sent_at"] = NOW.into()),
            ("header `sdk`: is an object", |draft| remove(&mut draft.headers, "sdk")),
            ("`sdk.version` is", |draft| draft.document["sdk"]["version"] = "0.0.0".into()),
            ("`dsn` is another one", |draft| draft.headers["dsn"] = "http://a@b/1".into()),
            ("32 hex digits beside an event", |draft| remove(&mut draft.headers, "event_id")),
            ("`event_id` is", |draft| draft.document["event_id"] = TRACE_ID.into()),
            ("have no `trace`", |draft| remove(&mut draft.headers, "trace")),
            ("`event_id` has 32 hex digits beside an event and is absent else", |draft| {
                draft.item["type"] = "session".into();
            }),
            ("`security` is not a type", |draft| draft.item["type"] = "security".into()),
            ("`attachment_type` is not among", |draft| draft.item["attachment_type"] = "x".into()),
            ("at most 1048576 bytes", |draft| draft.document["extra"] = json!({"big": "x".repeat(1 << 20)})),
        ],
    );
}

#[test]
fn sampling_context() {
    each(
        event,
        &[
            ("`user_id` is not among", |draft| draft.headers["trace"]["user_id"] = "1".into()),
            ("every value is text", |draft| draft.headers["trace"]["sample_rate"] = 0.5.into()),
            ("every value is text", |draft| draft.headers["trace"]["sampled"] = true.into()),
            ("`trace_id` has 32 hex", |draft| draft.headers["trace"]["trace_id"] = "1".into()),
            ("`trace_id` is", |draft| draft.headers["trace"]["trace_id"] = EVENT_ID.into()),
            ("`public_key` is the DSN's", |draft| draft.headers["trace"]["public_key"] = "x".into()),
            ("`sample_rate` is in [0, 1]", |draft| draft.headers["trace"]["sample_rate"] = "2".into()),
            ("six decimals", |draft| draft.headers["trace"]["sample_rand"] = "0.25".into()),
            ("six decimals", |draft| draft.headers["trace"]["sample_rand"] = "1.000000".into()),
            ("true or false", |draft| draft.headers["trace"]["sampled"] = "1".into()),
            ("sampled exactly when", |draft| draft.headers["trace"]["sampled"] = "false".into()),
            ("sampled exactly when", |draft| draft.headers["trace"]["sample_rand"] = "0.500000".into()),
            ("`release` is", |draft| draft.headers["trace"]["release"] = "other@1.0.0".into()),
            ("`environment` is", |draft| remove(&mut draft.headers["trace"], "environment")),
        ],
    );
}

#[test]
fn events() {
    each(
        event,
        &[
            ("`message` is not among", |draft| draft.document["message"] = "x".into()),
            ("only transactions have a `type`", |draft| draft.document["type"] = "error".into()),
            ("`platform` is native", |draft| draft.document["platform"] = "rust".into()),
            ("`timestamp` is a recent time", |draft| draft.document["timestamp"] = 1.into()),
            ("`level` would be refused", |draft| draft.document["level"] = "warn".into()),
            ("`release` would be refused", |draft| draft.document["release"] = "a/b".into()),
            ("`environment` would be refused", |draft| draft.document["environment"] = "None".into()),
            ("`dist` would be refused", |draft| draft.document["dist"] = "a b".into()),
            ("`server_name` is there", |draft| remove(&mut draft.document, "server_name")),
            ("`logger` is null", |draft| draft.document["logger"] = Value::Null),
            ("wraps an empty list", |draft| draft.document["breadcrumbs"] = json!({"values": []})),
            ("wrapped in `values`", |draft| draft.document["breadcrumbs"] = json!([])),
            ("has a recent time, not before", |draft| {
                draft.document["breadcrumbs"]["values"] =
                    json!([{"timestamp": NOW, "message": "b"}, {"timestamp": NOW - 1, "message": "a"}]);
            }),
            ("tag key \"a b\"", |draft| draft.document["tags"]["a b"] = "x".into()),
            ("tag `module` would be refused", |draft| draft.document["tags"]["module"] = 1.into()),
            ("`contexts.os.name`", |draft| remove(&mut draft.document["contexts"], "os")),
            ("`contexts.trace` is an object", |draft| remove(&mut draft.document["contexts"], "trace")),
            ("`span_id` is there", |draft| remove(&mut draft.document["contexts"]["trace"], "span_id")),
            ("`user` is absent rather", |draft| draft.document["user"] = json!({})),
            ("`name2` is not among", |draft| draft.document["user"] = json!({"name2": "x"})),
            ("`logentry` has a text", |draft| draft.document["logentry"] = json!({"formatted": ""})),
            ("schema, at \"/fingerprint\"", |draft| draft.document["fingerprint"] = "one".into()),
        ],
    );
}

#[test]
fn exceptions() {
    fn captured(draft: &mut Draft) -> &mut Value {
        &mut draft.document["exception"]["values"][1]
    }
    fn frame(draft: &mut Draft) -> &mut Value {
        &mut captured(draft)["stacktrace"]["frames"][0]
    }
    each(
        event,
        &[
            ("has a type", |draft| remove(captured(draft), "type")),
            ("`name` is not among", |draft| captured(draft)["name"] = "x".into()),
            ("the last, has a mechanism", |draft| remove(captured(draft), "mechanism")),
            ("its mechanism has a type", |draft| remove(&mut captured(draft)["mechanism"], "type")),
            ("its mechanism has a type", |draft| captured(draft)["mechanism"]["type"] = "onerror".into()),
            ("`handled` is a boolean", |draft| captured(draft)["mechanism"]["handled"] = "no".into()),
            ("exception ids are all there", |draft| captured(draft)["mechanism"]["exception_id"] = 0.into()),
            ("its stack trace has frames", |draft| captured(draft)["stacktrace"]["frames"] = json!([])),
            ("has a file, a function or an address", |draft| *frame(draft) = json!({"lineno": 1})),
            ("`lineno` counts from 1", |draft| frame(draft)["lineno"] = 0.into()),
            ("`function` is a text", |draft| frame(draft)["function"] = "".into()),
            ("`instruction_addr` is 0x", |draft| frame(draft)["instruction_addr"] = "12".into()),
            ("one to five lines", |draft| frame(draft)["pre_context"] = json!([])),
            ("lines around the line", |draft| remove(frame(draft), "context_line")),
            ("a source line has a number", |draft| remove(frame(draft), "lineno")),
            ("`line` is not among", |draft| frame(draft)["line"] = 1.into()),
        ],
    );
}

#[test]
fn transactions() {
    fn span(draft: &mut Draft) -> &mut Value {
        &mut draft.document["spans"][1]
    }
    each(
        transaction,
        &[
            ("`exception` is not among", |draft| draft.document["exception"] = json!({})),
            ("has a name", |draft| remove(&mut draft.document, "transaction")),
            ("`transaction_info.source` is one of", |draft| remove(&mut draft.document, "transaction_info")),
            ("says that it was sampled", |draft| remove(&mut draft.headers["trace"], "sampled")),
            ("has its name", |draft| draft.headers["trace"]["transaction"] = "other".into()),
            ("ends after its start", |draft| draft.document["start_timestamp"] = (NOW + 1).into()),
            ("`start_timestamp` is a time", |draft| remove(&mut draft.document, "start_timestamp")),
            ("have no `trace`", |draft| remove(&mut draft.headers, "trace")),
            ("`status` would be refused", |draft| {
                draft.document["contexts"]["trace"]["status"] = "error".into();
            }),
            ("`timestamp` is a time", |draft| remove(span(draft), "timestamp")),
            ("ends after its start", |draft| span(draft)["timestamp"] = (NOW - 10).into()),
            ("within the times", |draft| span(draft)["timestamp"] = (NOW + 1).into()),
            ("the trace id of its transaction", |draft| span(draft)["trace_id"] = EVENT_ID.into()),
            ("its parent was sent", |draft| span(draft)["parent_span_id"] = "00f067aa0ba90209".into()),
            ("its parents lead to", |draft| span(draft)["parent_span_id"] = "00f067aa0ba90202".into()),
            ("has an id of its own", |draft| span(draft)["span_id"] = "00f067aa0ba902b7".into()),
            ("`span_id` would be refused", |draft| span(draft)["span_id"] = "1".into()),
            ("`status` would be refused", |draft| span(draft)["status"] = "fine".into()),
            ("`op` would be refused", |draft| span(draft)["op"] = "DB".into()),
            ("`origin` would be refused", |draft| span(draft)["origin"] = "auto.a-b".into()),
            ("tag `a` would be refused", |draft| span(draft)["tags"] = json!({"a": "x\ny"})),
            ("`name` is not among", |draft| span(draft)["name"] = "x".into()),
        ],
    );
}

#[test]
fn check_ins() {
    each(
        check_in,
        &[
            ("`check_in_id` has 32 hex digits", |it| it.document["check_in_id"] = "1".into()),
            ("`monitor_slug` is a slug", |it| it.document["monitor_slug"] = "Nightly".into()),
            ("`status` is", |it| it.document["status"] = "missed".into()),
            ("`duration` is", |it| it.document["duration"] = (-1).into()),
            ("`environment` is", |it| remove(&mut it.document, "environment")),
            ("`release` is", |it| it.document["release"] = "a/b".into()),
            ("`contexts` names the trace", |it| remove(&mut it.document, "contexts")),
            ("`timestamp` is not among the keys", |it| it.document["timestamp"] = 1.into()),
            ("`event_id` has 32 hex digits beside", |it| it.headers["event_id"] = EVENT_ID.into()),
            ("`max_runtime` is from 1", |it| it.document["monitor_config"]["max_runtime"] = 0.into()),
            ("`schedule` is", |it| it.document["monitor_config"]["schedule"]["unit"] = "second".into()),
            ("`schedule` is", |it| remove(&mut it.document["monitor_config"], "schedule")),
        ],
    );
}
