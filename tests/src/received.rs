//! What a server received, in the words in which tests ask about it.

use std::collections::BTreeSet;
use std::fmt;

use serde_json::Value;

use crate::envelope::Envelope;
use crate::receiver::Request;

/// Everything that one server received so far.
#[derive(Debug)]
pub struct Received {
    /// The requests in the order in which they were read.
    pub requests: Vec<Request>,
    /// Their envelopes.
    pub envelopes: Vec<Envelope>,
}

impl Received {
    /// # Panics
    ///
    /// When an event came again after it was accepted.
    pub(crate) fn once(requests: Vec<Request>, envelopes: Vec<Envelope>) -> Self {
        let mut ids = BTreeSet::new();
        let accepted = envelopes.iter().zip(&requests).filter(|(_, request)| request.accepted);
        for id in accepted.filter_map(|(envelope, _)| envelope.headers.get("event_id")) {
            assert!(ids.insert(id.to_string()), "{id} was delivered twice");
        }
        Self { requests, envelopes }
    }

    /// The types of all items, sorted.
    pub fn kinds(&self) -> Vec<&str> {
        let items = self.envelopes.iter().flat_map(|envelope| &envelope.items);
        let mut kinds: Vec<_> = items.map(crate::envelope::Item::kind).collect();
        kinds.sort_unstable();
        kinds
    }

    /// The error events and messages, in the order of their times: several requests are under way at once, and
    /// one may overtake another.
    pub fn events(&self) -> Vec<Event> {
        self.payloads("event").into_iter().map(Event).collect()
    }

    /// The transactions, in the order of their ends.
    pub fn transactions(&self) -> Vec<Transaction> {
        self.payloads("transaction").into_iter().map(Transaction).collect()
    }

    /// The spans that were sent while their transaction ran, in no order.
    pub fn streamed(&self) -> Vec<Value> {
        let containers = self.payloads("span").into_iter();
        containers.flat_map(|container| container["items"].as_array().cloned().unwrap_or_default()).collect()
    }

    /// The check-ins, by status: `in_progress` first, as a run goes.
    pub fn check_ins(&self) -> Vec<CheckIn> {
        let mut check_ins: Vec<_> = self.payloads("check_in").into_iter().map(CheckIn).collect();
        check_ins.sort_by_key(|check_in| check_in.status() != "in_progress");
        check_ins
    }

    /// The structured logs, in the order of their times.
    pub fn logs(&self) -> Vec<Value> {
        self.contained("log")
    }

    /// The metrics, in the order of their times.
    pub fn metrics(&self) -> Vec<Value> {
        self.contained("trace_metric")
    }

    /// What was said of single sessions, the first update of each before the others.
    pub fn sessions(&self) -> Vec<Value> {
        let mut sessions = self.payloads("session");
        sessions.sort_by_key(|session| session["init"] != true);
        sessions
    }

    /// How many sessions were counted: exited, errored, abnormal, crashed.
    pub fn session_counts(&self) -> [u64; 4] {
        let payloads = self.payloads("sessions");
        let lines: Vec<_> = payloads.iter().filter_map(|it| it["aggregates"].as_array()).flatten().collect();
        ["exited", "errored", "abnormal", "crashed"]
            .map(|key| lines.iter().filter_map(|line| line[key].as_u64()).sum())
    }

    /// What users said.
    pub fn feedback(&self) -> Vec<Event> {
        self.payloads("feedback").into_iter().map(Event).collect()
    }

    /// How much the client says that it has lost, for one reason in one category.
    pub fn lost(&self, reason: &str, category: &str) -> u64 {
        let reports = self.payloads("client_report");
        let lines = reports.iter().filter_map(|report| report["discarded_events"].as_array()).flatten();
        let lines = lines.filter(|line| line["reason"] == reason && line["category"] == category);
        lines.filter_map(|line| line["quantity"].as_u64()).sum()
    }

    /// The one event there is.
    ///
    /// # Panics
    ///
    /// When there is none or another.
    pub fn event(&self) -> Event {
        one(self.events(), "event")
    }

    /// The one transaction there is.
    ///
    /// # Panics
    ///
    /// When there is none or another.
    pub fn transaction(&self) -> Transaction {
        one(self.transactions(), "transaction")
    }

    /// The transaction of this name.
    ///
    /// # Panics
    ///
    /// When there is none or another.
    pub fn transaction_named(&self, name: &str) -> Transaction {
        let named = self.transactions().into_iter().filter(|transaction| transaction.name() == name);
        one(named.collect(), &format!("transaction {name}"))
    }

    /// What client reports say was lost: reason, category and quantity.
    pub fn losses(&self) -> Vec<Value> {
        let reports = self.payloads("client_report");
        reports.iter().filter_map(|report| report["discarded_events"].as_array()).flatten().cloned().collect()
    }

    fn contained(&self, kind: &str) -> Vec<Value> {
        let payloads = self.payloads(kind);
        let mut items: Vec<_> =
            payloads.iter().filter_map(|it| it["items"].as_array()).flatten().cloned().collect();
        let time = |item: &Value| item["timestamp"].as_f64().unwrap_or_default();
        items.sort_by(|one, other| time(one).total_cmp(&time(other)));
        items
    }

    fn payloads(&self, kind: &str) -> Vec<Value> {
        let items = self.envelopes.iter().flat_map(|envelope| &envelope.items);
        let wanted = items.filter(|item| item.kind() == kind);
        let mut payloads: Vec<_> =
            wanted.map(|item| item.json().expect("the rules have read it before")).collect();
        let time = |payload: &Value| payload["timestamp"].as_f64().unwrap_or_default();
        payloads.sort_by(|one, other| time(one).total_cmp(&time(other)));
        payloads
    }
}

fn one<T: fmt::Debug>(mut list: Vec<T>, what: &str) -> T {
    assert!(list.len() == 1, "one {what} was expected, there are {}: {list:#?}", list.len());
    list.remove(0)
}

/// A sign of life of a scheduled job.
#[derive(Clone, Debug)]
pub struct CheckIn(pub Value);

impl CheckIn {
    /// How the run goes.
    pub fn status(&self) -> String {
        text(&self.0["status"])
    }
}

/// An error event or a message.
#[derive(Clone, Debug)]
pub struct Event(pub Value);

/// One stop of an error on its way out: a frame of the captured exception.
#[derive(Clone, Debug, PartialEq)]
pub struct Hop {
    /// The function as the frame names it.
    pub function: String,
    /// The line by which the error left it.
    pub line: u64,
}

impl Event {
    /// The exception that was captured: the last.
    ///
    /// # Panics
    ///
    /// When the event has no exception.
    pub fn captured(&self) -> &Value {
        let values = self.0["exception"]["values"].as_array();
        values.and_then(|values| values.last()).unwrap_or_else(|| panic!("no exception in {:#}", self.0))
    }

    /// Type and value of the captured exception, and then of its causes.
    pub fn chain(&self) -> Vec<(String, String)> {
        let values = self.0["exception"]["values"].as_array().into_iter().flatten();
        values.rev().map(|exception| (text(&exception["type"]), text(&exception["value"]))).collect()
    }

    /// Type of the mechanism and whether the error was handled.
    pub fn mechanism(&self) -> (String, Option<bool>) {
        let mechanism = &self.captured()["mechanism"];
        (text(&mechanism["type"]), mechanism["handled"].as_bool())
    }

    /// The frames of the captured exception, oldest call first as they were sent.
    pub fn frames(&self) -> Vec<Value> {
        self.captured()["stacktrace"]["frames"].as_array().cloned().unwrap_or_default()
    }

    /// The functions that the error left, innermost first.
    pub fn route(&self) -> Vec<Hop> {
        let frames = self.frames();
        let hop = |frame: &Value| Hop {
            function: text(&frame["function"]),
            line: frame["lineno"].as_u64().unwrap_or_default(),
        };
        frames.iter().rev().map(hop).collect()
    }

    /// The text of a message.
    pub fn message(&self) -> String {
        let entry = &self.0["logentry"];
        text(entry.get("formatted").unwrap_or(&entry["message"]))
    }

    /// A tag's value; empty when there is none.
    pub fn tag(&self, key: &str) -> String {
        text(&self.0["tags"][key])
    }

    /// The trace the event belongs to.
    pub fn trace_id(&self) -> String {
        text(&self.0["contexts"]["trace"]["trace_id"])
    }

    /// The span in which the event happened.
    pub fn span_id(&self) -> String {
        text(&self.0["contexts"]["trace"]["span_id"])
    }
}

/// A transaction.
#[derive(Clone, Debug)]
pub struct Transaction(pub Value);

/// A span, or the transaction itself as the root of its spans.
#[derive(Clone, Debug)]
pub struct Span(pub Value);

impl Transaction {
    /// The name.
    pub fn name(&self) -> String {
        text(&self.0["transaction"])
    }

    /// Where the name comes from.
    pub fn source(&self) -> String {
        text(&self.0["transaction_info"]["source"])
    }

    /// The trace context: the transaction seen as a span.
    pub fn root(&self) -> Span {
        Span(self.0["contexts"]["trace"].clone())
    }

    /// The trace it belongs to.
    pub fn trace_id(&self) -> String {
        text(&self.0["contexts"]["trace"]["trace_id"])
    }

    /// All spans below the transaction.
    pub fn spans(&self) -> Vec<Span> {
        self.0["spans"].as_array().into_iter().flatten().cloned().map(Span).collect()
    }

    /// The one span with this description.
    ///
    /// # Panics
    ///
    /// When there is none or another.
    pub fn span(&self, description: &str) -> Span {
        let found = self.spans().into_iter().filter(|span| span.description() == description).collect();
        one(found, &format!("span {description:?} in {:#}", self.0))
    }

    /// The path from the root to the span with this description, the transaction's name first.
    pub fn path(&self, description: &str) -> Vec<String> {
        let spans = self.spans();
        let mut path = vec![description.to_owned()];
        let mut at = self.span(description);
        while let Some(parent) = spans.iter().find(|span| span.id() == at.parent()) {
            path.push(parent.description());
            at = parent.clone();
        }
        path.push(self.name());
        path.reverse();
        path
    }
}

impl Span {
    /// The id.
    pub fn id(&self) -> String {
        text(&self.0["span_id"])
    }

    /// The id of the parent; empty when there is none.
    pub fn parent(&self) -> String {
        text(&self.0["parent_span_id"])
    }

    /// The description; empty when there is none.
    pub fn description(&self) -> String {
        text(&self.0["description"])
    }

    /// The operation; empty when there is none.
    pub fn op(&self) -> String {
        text(&self.0["op"])
    }

    /// The status; empty when there is none.
    pub fn status(&self) -> String {
        text(&self.0["status"])
    }

    /// Who made the span; empty when that is not said.
    pub fn origin(&self) -> String {
        text(&self.0["origin"])
    }

    /// A tag's value; empty when there is none.
    pub fn tag(&self, key: &str) -> String {
        text(&self.0["tags"][key])
    }

    /// Seconds from start to end.
    pub fn seconds(&self) -> f64 {
        let time = |key: &str| self.0[key].as_f64().unwrap_or_default();
        time("timestamp") - time("start_timestamp")
    }
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}
