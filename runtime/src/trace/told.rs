//! A span with all that is said of it, as JSON. The only place that knows what a span says: who wants it as a value reads
//! what was written.

use super::clock::Scale;
use super::running::Details;
use super::{Callsite, Key, Note, Trace, json};
use crate::protocol::{Map, SpanStatus, Value, tidy_tags};

/// What is the same for all spans of one transaction.
pub(super) struct Paper<'a> {
    trace: &'a Trace,
    end: u64,
    wall: Wall,
    /// What stands between the id of a span and that of its parent.
    between: Vec<u8>,
}

/// What is the same for all spans of one function.
#[derive(Debug)]
pub(super) struct Constant {
    /// Members, each with a comma before it.
    names: Vec<u8>,
    op: Vec<u8>,
    description: Vec<u8>,
    origin: Vec<u8>,
    tags: Vec<u8>,
    /// The first members of the span's data.
    code: Vec<u8>,
}

/// A span, with all that is said of it.
pub(super) struct Told<'a> {
    pub(super) key: Key,
    pub(super) parent: Key,
    pub(super) start: u64,
    /// When and how it ended, as was recorded.
    pub(super) end: Option<(u64, SpanStatus)>,
    pub(super) callsite: Option<&'static Callsite>,
    /// What was said when it began.
    pub(super) notes: &'a [Note],
    /// What was said later, which is stronger.
    pub(super) details: &'a Details,
}

/// Moments of one transaction as wall time.
struct Wall {
    anchor: u64,
    /// Of the anchor, since 1970.
    nanoseconds: u64,
    scale: Scale,
}

impl Wall {
    /// Microseconds since 1970.
    fn micros(&self, ticks: u64) -> u64 {
        let nanoseconds = if ticks < self.anchor {
            self.nanoseconds.saturating_sub(self.scale.nanoseconds(ticks, self.anchor))
        } else {
            self.nanoseconds.saturating_add(self.scale.nanoseconds(self.anchor, ticks))
        };
        nanoseconds / 1000
    }
}

impl<'a> Paper<'a> {
    /// For the spans of a transaction that ended at `end`.
    pub(super) fn new(trace: &'a Trace, end: u64, scale: Scale) -> Self {
        let (anchor, nanoseconds) = trace.anchor();
        let mut between = br#"","trace_id":""#.to_vec();
        json::hex(&mut between, trace.trace_id().to_bytes());
        between.extend_from_slice(br#"","parent_span_id":""#);
        Self { trace, end, wall: Wall { anchor, nanoseconds, scale }, between }
    }

    /// Adds a span.
    pub(super) fn write(&self, span: &Told<'_>, out: &mut Vec<u8>) {
        let (end, status, unfinished) = span.ending(self.end);
        out.extend_from_slice(br#"{"span_id":""#);
        json::hex(out, self.trace.span_id(span.key).to_bytes());
        out.extend_from_slice(&self.between);
        json::hex(out, self.trace.span_id(span.parent).to_bytes());
        out.extend_from_slice(br#"","start_timestamp":"#);
        json::seconds(out, self.wall.micros(span.start));
        out.extend_from_slice(br#","timestamp":"#);
        json::seconds(out, self.wall.micros(end.max(span.start)));
        out.extend_from_slice(br#","status":""#);
        out.extend_from_slice(status.as_str().as_bytes());
        out.push(b'"');
        span.write_names(out);
        span.write_tags(out);
        span.write_data(unfinished, out);
        out.push(b'}');
    }
}

impl Told<'_> {
    /// When and how it ended, and whether that was not before the end of its transaction.
    fn ending(&self, transaction: u64) -> (u64, SpanStatus, bool) {
        let said = self.details.end;
        let recorded = self.end.map(|(_, status)| status);
        let ended = said.map(|end| (end, recorded.unwrap_or(SpanStatus::Ok))).or(self.end);
        // Only the user can say that a span is longer than its transaction.
        let ended = ended.filter(|(at, _)| said.is_some() || *at <= transaction);
        // Still running when its transaction ended: closed here, and said so.
        let (end, status) = ended.unwrap_or((transaction, SpanStatus::Cancelled));
        (end, self.details.status.unwrap_or(status), ended.is_none())
    }

    fn write_names(&self, out: &mut Vec<u8>) {
        let noted = || {
            self.notes.iter().find_map(|note| match note {
                Note::Name(name) => Some(name),
                Note::Tag(..) | Note::Data(..) => None,
            })
        };
        let (op, description) = (&self.details.op, self.details.description.as_ref().or_else(noted));
        let constant = self.callsite.map(Callsite::constant);
        if let Some(constant) = constant
            && op.is_none()
            && description.is_none()
        {
            return out.extend_from_slice(&constant.names);
        }
        match (op, constant) {
            (None, Some(constant)) => out.extend_from_slice(&constant.op),
            (op, _) => json::member(out, "op", op.as_deref().unwrap_or_default()),
        }
        match (description, constant) {
            (None, Some(constant)) => out.extend_from_slice(&constant.description),
            (description, _) => {
                json::member(out, "description", description.map(String::as_str).unwrap_or_default());
            }
        }
        match constant {
            Some(constant) => out.extend_from_slice(&constant.origin),
            None => json::member(out, "origin", "manual"),
        }
    }

    fn write_tags(&self, out: &mut Vec<u8>) {
        let noted = self.notes.iter().filter_map(|note| match note {
            Note::Tag(key, value) => Some((*key, value)),
            Note::Data(..) | Note::Name(_) => None,
        });
        let noted: Map<_, _> = noted.collect();
        if noted.is_empty() && self.details.tags.is_empty() {
            return out.extend_from_slice(self.callsite.map_or(&[], |callsite| &callsite.constant().tags));
        }
        let mut tags = self.details.tags.clone();
        for (key, value) in noted {
            tags.entry(key.to_owned()).or_insert_with(|| value.clone());
        }
        write_tags(tags, self.callsite, out);
    }

    fn write_data(&self, unfinished: bool, out: &mut Vec<u8>) {
        const UNFINISHED: &str = "sentry.span.unfinished";
        out.extend_from_slice(br#","data":{"#);
        let start = out.len();
        if let Some(callsite) = self.callsite {
            out.extend_from_slice(&callsite.constant().code);
        }
        // What is said here is stronger than what the user says by the same name.
        let is_ours =
            |key: &str| (self.callsite.is_some() && CODE.contains(&key)) || (unfinished && key == UNFINISHED);
        let later = &self.details.data;
        for (key, value) in later.iter().filter(|(key, _)| !is_ours(key)) {
            json::member(out, key, value);
        }
        for (place, note) in self.notes.iter().enumerate() {
            let Note::Data(key, datum) = note else { continue };
            let before = &self.notes[..place];
            let again = before.iter().any(|note| matches!(note, Note::Data(other, _) if other == key));
            if !again && !is_ours(key) && !later.contains_key(*key) {
                json::member(out, key, datum);
            }
        }
        if unfinished {
            json::member(out, UNFINISHED, &true);
        }
        if out.len() == start {
            // An empty group is left out.
            out.truncate(start - br#","data":{"#.len());
            return;
        }
        if self.callsite.is_none() {
            // The first member has no comma before it.
            out.remove(start);
        }
        out.push(b'}');
    }
}

/// What is said of where a function stands.
const CODE: [&str; 3] = ["code.function.name", "code.file.path", "code.line.number"];

/// Where the function stands, in the attributes' conventional names.
pub(super) fn describe(callsite: &Callsite) -> [(&'static str, Value); 3] {
    let [function, file, line] = CODE;
    [
        (function, Value::from(callsite.full_name())),
        (file, Value::from(callsite.file())),
        (line, Value::from(callsite.line())),
    ]
}

/// Values that were computed in the call stand over the ones that were written in the attribute.
pub(super) fn add_static_tags(callsite: &Callsite, tags: &mut Map<String, String>) {
    for (key, value) in callsite.said().tags {
        tags.entry((*key).to_owned()).or_insert_with(|| (*value).to_owned());
    }
}

fn write_tags(mut tags: Map<String, String>, callsite: Option<&Callsite>, out: &mut Vec<u8>) {
    if let Some(callsite) = callsite {
        add_static_tags(callsite, &mut tags);
    }
    tidy_tags(&mut tags);
    if !tags.is_empty() {
        json::member(out, "tags", &tags);
    }
}

impl Constant {
    pub(super) fn of(callsite: &Callsite) -> Self {
        let member = |name: &str, value: &str| {
            let mut out = Vec::new();
            json::member(&mut out, name, value);
            out
        };
        let op = member("op", callsite.op());
        let description = member("description", callsite.title());
        let origin = member("origin", callsite.origin());
        let mut code = Vec::new();
        for (key, value) in describe(callsite) {
            json::member(&mut code, key, &value);
        }
        // The first member has no comma before it.
        code.remove(0);
        let mut tags = Vec::new();
        write_tags(Map::new(), Some(callsite), &mut tags);
        Self { names: [&*op, &description, &origin].concat(), op, description, origin, tags, code }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::protocol::Span;
    use crate::trace::{Datum, Place, TraceSettings, TransactionContext, clock};

    static CALLSITE: Callsite =
        Callsite::monitored(&Place { module: "shop::\"db\"", file: "a\\b.rs" }, || "x", 7);

    fn started() -> std::sync::Arc<Trace> {
        let settings =
            TraceSettings { rate: Some(1.0), sampler: None, org_id: None, max_spans: 1, feedback: None };
        let context = TransactionContext::new("name", "op");
        std::sync::Arc::clone(Trace::start(context, &settings, None, None).trace())
    }

    /// The value that is written, which is checked to be what the protocol's type writes for it.
    fn written(told: &Told<'_>, trace: &Trace, end: u64) -> Span {
        let mut json = Vec::new();
        Paper::new(trace, end, Scale::now()).write(told, &mut json);
        let span: Span = serde_json::from_slice(&json).unwrap();
        let value: Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(serde_json::to_value(&span).unwrap(), value);
        span
    }

    #[test]
    fn what_is_said_later_is_stronger() {
        let trace = started();
        let start = clock::now();
        let notes = [
            Note::Name("noted".into()),
            Note::Tag("both", "noted".into()),
            Note::Tag("a b", "noted\nlines".into()),
            Note::Data("both", Datum::Static("noted")),
            Note::Data("number", Datum::Made(Value::from(1.5))),
            Note::Data("number", Datum::Static("again")),
            Note::Data("code.line.number", Datum::Static("not this one")),
        ];
        let mut details = Details::default();
        let key = Key::of(1, 0);
        // A function, as a closure would tie all details to one lifetime.
        fn told<'a>(start: u64, notes: &'a [Note], details: &'a Details) -> Told<'a> {
            let end = Some((start + 10, SpanStatus::InternalError));
            let (key, parent) = (Key::of(1, 0), Key::ROOT);
            Told { key, parent, start, end, callsite: Some(&CALLSITE), notes, details }
        }
        let span = written(&told(start, &notes, &details), &trace, start + 20);
        assert_eq!((span.op.as_deref(), span.description.as_deref()), (Some("function"), Some("noted")));
        assert_eq!(span.status, Some(SpanStatus::InternalError));
        assert_eq!((span.span_id, span.parent_span_id), (trace.span_id(key), Some(trace.span_id(Key::ROOT))));
        let tags: Vec<_> = span.tags.iter().map(|(key, value)| format!("{key}={value}")).collect();
        assert_eq!(tags, ["a-b=noted lines", "both=noted"]);
        let expected = serde_json::json!({
            "both": "noted", "number": 1.5, "code.file.path": "a\\b.rs", "code.function.name": CALLSITE.full_name(),
            "code.line.number": 7,
        });
        assert_eq!(serde_json::to_value(&span.data).unwrap(), expected);

        details.op = Some("db".into());
        details.description = Some("later".into());
        details.status = Some(SpanStatus::NotFound);
        details.tags.insert("both".into(), "later".into());
        details.data.insert("both".into(), "later".into());
        let span = written(&told(start, &notes, &details), &trace, start + 20);
        assert_eq!((span.op.as_deref(), span.description.as_deref()), (Some("db"), Some("later")));
        assert_eq!((span.status, &*span.tags["both"]), (Some(SpanStatus::NotFound), "later"));
        assert_eq!((&span.data["both"], span.data.len()), (&Value::from("later"), 5));

        // Its transaction ended before it did.
        let span = written(&told(start, &notes, &Details::default()), &trace, start + 5);
        assert_eq!(
            (span.status, &span.data["sentry.span.unfinished"]),
            (Some(SpanStatus::Cancelled), &true.into())
        );
    }

    #[test]
    fn of_a_span_without_a_callsite_nothing_is_said_that_nobody_knows() {
        let trace = started();
        let at = SystemTime::now() - Duration::from_secs(60);
        let start = trace.ticks(at);
        let details = Details { end: Some(start + 1), ..Details::default() };
        let (key, parent) = (Key::of(0, 3), Key::of(0, 1));
        let told = Told { key, parent, start, end: None, callsite: None, notes: &[], details: &details };
        let span = written(&told, &trace, start);
        assert_eq!((span.status, span.origin.as_deref()), (Some(SpanStatus::Ok), Some("manual")));
        assert!(span.data.is_empty() && span.tags.is_empty());
        let off = span.start_timestamp.duration_since(at).unwrap_or_else(|error| error.duration());
        assert!(off < Duration::from_secs(1), "{off:?}");
    }
}
