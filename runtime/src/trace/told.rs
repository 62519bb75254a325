//! A span with all that is said of it, as JSON. The only place that knows what a span says: who wants it as a value reads
//! what was written.

use std::borrow::Cow;
use std::cell::Cell;
use std::time::SystemTime;

use serde::{Serialize, Serializer};

use super::clock::Scale;
use super::running::Details;
use super::{Callsite, Datum, Key, Note, Trace, json};
use crate::protocol::{Map, SpanId, SpanStatus, Value, tidy_tags};

/// What is the same for all spans of one transaction.
pub(super) struct Paper<'a> {
    trace: &'a Trace,
    end: u64,
    wall: Wall,
    /// How many of the spans had not ended.
    unfinished: Cell<u32>,
    /// How a span begins, with the trace, and room for the ids.
    head: [u8; HEAD.len()],
}

/// How a span below another one begins.
const HEAD: [u8; 111] = *br#"{"span_id":"................","trace_id":"................................","parent_span_id":"................""#;
/// Where the ids stand in it.
const SPAN_ID: usize = 12;
const TRACE_ID: usize = 42;
const PARENT: usize = 75;
const PARENT_ID: usize = 94;

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
    /// All that follows the status of a span of which nothing else is said.
    rest: Vec<u8>,
}

/// Takes secrets out of what is said of a span.
pub(crate) trait Clean {
    /// Changes a value of this name if it tells one; says whether it did.
    fn datum(&mut self, name: &str, value: &mut Value) -> bool;
    /// Changes a text if it tells one.
    fn text(&mut self, text: &mut String);
}

/// A span, with all that is said of it.
pub(super) struct Told<'a> {
    pub(super) key: Key,
    pub(super) parent: Key,
    pub(super) start: u64,
    /// When and how it ended, as was recorded.
    pub(super) end: Option<(u64, SpanStatus)>,
    pub(super) callsite: Option<&'static Callsite>,
    /// The number of the thread that it began on, where that is told.
    pub(super) thread: u16,
    /// What was said when it began.
    pub(super) notes: &'a [Note],
    /// What was said later, which is stronger.
    pub(super) details: &'a Details,
    /// Nothing is said in either: all that is known of it is its function.
    pub(super) plain: bool,
}

/// One value of a span's data.
pub(super) enum Said<'a> {
    Value(&'a Value),
    Datum(&'a Datum),
    True,
}

impl Serialize for Said<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Value(value) => value.serialize(serializer),
            Self::Datum(datum) => datum.serialize(serializer),
            Self::True => serializer.serialize_bool(true),
        }
    }
}

impl From<&Said<'_>> for Value {
    fn from(said: &Said<'_>) -> Self {
        match *said {
            Said::Value(value) => value.clone(),
            Said::Datum(datum) => datum.into(),
            Said::True => Self::Bool(true),
        }
    }
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
        let mut head = HEAD;
        put(&mut head, TRACE_ID, json::hex(trace.trace_id().to_bytes()));
        Self { trace, end, wall: Wall { anchor, nanoseconds, scale }, unfinished: Cell::new(0), head }
    }

    /// Adds a span as a part of its transaction.
    pub(super) fn write(&self, span: &Told<'_>, clean: &mut dyn Clean, out: &mut Vec<u8>) {
        let (end, status, unfinished) = self.ending(span);
        self.write_ids(span.key, Some(self.id(span.parent)), out);
        out.extend_from_slice(br#","start_timestamp":"#);
        json::seconds(out, self.micros(span.start));
        out.extend_from_slice(br#","timestamp":"#);
        json::seconds(out, self.micros(end.max(span.start)));
        out.extend_from_slice(br#","status":""#);
        out.extend_from_slice(status.as_str().as_bytes());
        out.push(b'"');
        if let (Some(callsite), true, false) = (span.callsite, span.plain, unfinished) {
            out.extend_from_slice(&callsite.constant().rest);
            return;
        }
        span.write_names(clean, out);
        span.write_tags(out);
        span.write_data(unfinished, clean, out);
        if !span.details.links.is_empty() {
            json::member(out, "links", &span.details.links);
        }
        out.push(b'}');
    }

    /// Begins a span.
    pub(super) fn write_ids(&self, key: Key, parent: Option<SpanId>, out: &mut Vec<u8>) {
        let mut head = self.head;
        put(&mut head, SPAN_ID, json::hex(self.id(key).to_bytes()));
        if let Some(parent) = parent {
            put(&mut head, PARENT_ID, json::hex(parent.to_bytes()));
            out.extend_from_slice(&head);
        } else {
            out.extend_from_slice(&head[..PARENT]);
        }
    }

    pub(super) fn id(&self, key: Key) -> SpanId {
        self.trace.span_id(key)
    }

    /// A moment in microseconds since 1970.
    pub(super) fn micros(&self, ticks: u64) -> u64 {
        self.wall.micros(ticks)
    }

    /// When and how a span ended, and whether that was not before the end of its transaction.
    pub(super) fn ending(&self, span: &Told<'_>) -> (u64, SpanStatus, bool) {
        let said = span.details.end;
        let recorded = span.end.map(|(_, status)| status);
        let ended = said.map(|end| (end, recorded.unwrap_or(SpanStatus::Ok))).or(span.end);
        // Only the user can say that a span is longer than its transaction.
        let ended = ended.filter(|(at, _)| said.is_some() || *at <= self.end);
        // Still running when its transaction ended: closed here, and said so.
        let (end, status) = ended.unwrap_or((self.end, SpanStatus::Cancelled));
        if ended.is_none() {
            self.unfinished.set(self.unfinished.get().saturating_add(1));
        }
        (end, span.details.status.unwrap_or(status), ended.is_none())
    }

    /// How many of the spans that were written had not ended.
    pub(super) fn unfinished(&self) -> u32 {
        self.unfinished.get()
    }
}

/// Puts an id into its place.
#[inline]
fn put<const N: usize>(head: &mut [u8; HEAD.len()], place: usize, id: [[u8; 2]; N]) {
    head[place..place + 2 * N].copy_from_slice(id.as_flattened());
}

/// A time that the user gave, in microseconds since 1970.
pub(super) fn micros_of(time: SystemTime) -> u64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_micros()).unwrap_or(u64::MAX)
}

impl Told<'_> {
    pub(super) fn op(&self) -> &str {
        self.details.op.as_deref().or_else(|| Some(self.callsite?.op())).unwrap_or_default()
    }

    pub(super) fn description(&self, clean: &mut dyn Clean) -> Cow<'_, str> {
        let title = || Some(Cow::Borrowed(self.callsite?.title()));
        self.own_description(clean).map(Cow::Owned).or_else(title).unwrap_or_default()
    }

    pub(super) fn origin(&self) -> &str {
        self.details.origin.as_deref().or_else(|| Some(self.callsite?.origin())).unwrap_or("manual")
    }

    /// The description, if it is not that of all spans of the function.
    fn own_description(&self, clean: &mut dyn Clean) -> Option<String> {
        let noted = || {
            self.notes.iter().find_map(|note| match note {
                Note::Name(name) => Some(&**name),
                Note::Tag(..) | Note::Data(..) => None,
            })
        };
        let mut description = self.details.description.as_deref().or_else(noted)?.to_owned();
        clean.text(&mut description);
        Some(description)
    }

    fn write_names(&self, clean: &mut dyn Clean, out: &mut Vec<u8>) {
        let Details { op, origin, .. } = self.details;
        let description = self.own_description(clean);
        match self.callsite.map(Callsite::constant) {
            Some(constant) if op.is_none() && description.is_none() && origin.is_none() => {
                out.extend_from_slice(&constant.names);
            }
            Some(constant) => {
                match op {
                    Some(op) => json::member(out, "op", op),
                    None => out.extend_from_slice(&constant.op),
                }
                match description {
                    Some(description) => json::member(out, "description", &description),
                    None => out.extend_from_slice(&constant.description),
                }
                match origin {
                    Some(origin) => json::member(out, "origin", origin),
                    None => out.extend_from_slice(&constant.origin),
                }
            }
            None => {
                json::member(out, "op", self.op());
                json::member(out, "description", &description.unwrap_or_default());
                json::member(out, "origin", self.origin());
            }
        }
    }

    /// The tags; `None` if they are those of all spans of the function.
    fn own_tags(&self) -> Option<Map<String, String>> {
        let mut tags = Cow::Borrowed(&self.details.tags);
        for note in self.notes {
            if let Note::Tag(key, value) = note
                && !tags.contains_key(*key)
            {
                tags.to_mut().insert((*key).to_owned(), value.to_string());
            }
        }
        if tags.is_empty() { None } else { Some(tidied(tags.into_owned(), self.callsite)) }
    }

    /// All tags, as Sentry takes them.
    pub(super) fn tags(&self) -> Map<String, String> {
        self.own_tags().unwrap_or_else(|| tidied(Map::new(), self.callsite))
    }

    fn write_tags(&self, out: &mut Vec<u8>) {
        match (self.own_tags(), self.callsite) {
            (Some(tags), _) => write_tags(&tags, out),
            (None, Some(callsite)) => out.extend_from_slice(&callsite.constant().tags),
            (None, None) => {}
        }
    }

    /// Calls `each` with the values of the span's data, each name once, but for those that say where the function stands.
    pub(super) fn for_each_datum(&self, unfinished: bool, mut each: impl FnMut(&str, Said<'_>)) {
        const UNFINISHED: &str = "sentry.span.unfinished";
        // What is said by ourselves is stronger than what the user says by the same name.
        let is_ours =
            |key: &str| (self.callsite.is_some() && CODE.contains(&key)) || (unfinished && key == UNFINISHED);
        let later = &self.details.data;
        for (key, value) in later.iter().filter(|(key, _)| !is_ours(key)) {
            each(key, Said::Value(value));
        }
        for (place, note) in self.notes.iter().enumerate() {
            let Note::Data(key, datum) = note else { continue };
            let before = &self.notes[..place];
            let again = before.iter().any(|note| matches!(note, Note::Data(other, _) if other == key));
            if !again && !is_ours(key) && !later.contains_key(*key) {
                each(key, Said::Datum(datum));
            }
        }
        if unfinished {
            each(UNFINISHED, Said::True);
        }
    }

    fn write_data(&self, unfinished: bool, clean: &mut dyn Clean, out: &mut Vec<u8>) {
        out.extend_from_slice(DATA);
        let start = out.len();
        if let Some(callsite) = self.callsite {
            out.extend_from_slice(&callsite.constant().code);
        }
        self.for_each_datum(unfinished, |key, said| {
            let mut value = Value::from(&said);
            if clean.datum(key, &mut value) {
                json::member(out, key, &value);
            } else {
                json::member(out, key, &said);
            }
        });
        if out.len() == start {
            // An empty group is left out.
            out.truncate(start - DATA.len());
            return;
        }
        if self.callsite.is_none() {
            // The first member has no comma before it.
            out.remove(start);
        }
        out.push(b'}');
    }
}

/// How the data of a span begins.
const DATA: &[u8] = br#","data":{"#;

/// What is said of where a function stands.
pub(super) const CODE: [&str; 3] = ["code.function.name", "code.file.path", "code.line.number"];

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

/// These tags and those of the function, as Sentry takes them.
fn tidied(mut tags: Map<String, String>, callsite: Option<&Callsite>) -> Map<String, String> {
    if let Some(callsite) = callsite {
        add_static_tags(callsite, &mut tags);
    }
    tidy_tags(&mut tags);
    tags
}

fn write_tags(tags: &Map<String, String>, out: &mut Vec<u8>) {
    if !tags.is_empty() {
        json::member(out, "tags", tags);
    }
}

impl Constant {
    /// Where the function stands, as the first members of a span's data.
    pub(super) fn code(&self) -> &[u8] {
        &self.code
    }

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
        write_tags(&tidied(Map::new(), Some(callsite)), &mut tags);
        let names = [&*op, &description, &origin].concat();
        let rest = [&*names, &tags, DATA, &code, b"}}"].concat();
        Self { names, op, description, origin, tags, code, rest }
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::*;
    use crate::protocol::{Span, SpanLink};
    use crate::trace::{Datum, Kind, TraceSettings, TransactionContext, clock, standing};

    static CALLSITE: Callsite = Callsite::bare(Kind::Monitored, &standing("shop::\"db\"", "a\\b.rs"), 7);

    /// There are no secrets.
    struct Nothing;

    impl Clean for Nothing {
        fn datum(&mut self, _: &str, _: &mut Value) -> bool {
            false
        }

        fn text(&mut self, _: &mut String) {}
    }

    fn started() -> std::sync::Arc<Trace> {
        let settings = TraceSettings { rate: Some(1.0), max_spans: 1, ..TraceSettings::OFF };
        let context = TransactionContext::new("name", "op");
        std::sync::Arc::clone(Trace::start(context, &settings, None, None).trace())
    }

    /// The value that is written, which is checked to be what the protocol's type writes for it.
    fn written(told: &Told<'_>, trace: &Trace, end: u64) -> Span {
        let mut json = Vec::new();
        Paper::new(trace, end, Scale::now()).write(told, &mut Nothing, &mut json);
        let span: Span = serde_json::from_slice(&json).unwrap();
        let value: Value = serde_json::from_slice(&json).unwrap();
        assert_eq!(serde_json::to_value(&span).unwrap(), value);
        span
    }

    fn told<'a>(start: u64, notes: &'a [Note], details: &'a Details) -> Told<'a> {
        let end = Some((start + 10, SpanStatus::InternalError));
        let (key, parent) = (Key::of(1, 0), Key::ROOT);
        Told { key, parent, start, end, callsite: Some(&CALLSITE), thread: 0, notes, details, plain: false }
    }

    #[test]
    fn what_is_said_later_is_stronger() {
        let trace = started();
        let start = clock::now();
        let notes = [
            Note::Name("noted".into()),
            Note::Tag("both", "noted".into()),
            Note::Tag("a b", "noted\nlines".into()),
            Note::Data("both", Datum::fixed("noted")),
            Note::Data("number", Value::from(1.5).into()),
            Note::Data("number", Datum::fixed("again")),
            Note::Data("code.line.number", Datum::fixed("not this one")),
        ];
        let mut details = Details::default();
        let key = Key::of(1, 0);
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
        details.origin = Some("auto.db.shop".into());
        let attributes = Map::from([("sentry.link.type".to_owned(), "previous_trace".into())]);
        details.links = vec![SpanLink { sampled: Some(true), attributes, ..SpanLink::default() }];
        details.tags.insert("both".into(), "later".into());
        details.data.insert("both".into(), "later".into());
        let span = written(&told(start, &notes, &details), &trace, start + 20);
        assert_eq!((span.op.as_deref(), span.description.as_deref()), (Some("db"), Some("later")));
        assert_eq!((span.status, &*span.tags["both"]), (Some(SpanStatus::NotFound), "later"));
        assert_eq!((&span.data["both"], span.data.len()), (&Value::from("later"), 5));
        assert_eq!((span.origin.as_deref(), &span.links), (Some("auto.db.shop"), &details.links));
        // The origin alone is not that of the function either.
        let details = Details { origin: Some("auto.db.shop".into()), ..Details::default() };
        let span = written(&told(start, &[], &details), &trace, start + 20);
        assert_eq!((span.op.as_deref(), span.origin.as_deref()), (Some("function"), Some("auto.db.shop")));

        // Its transaction ended before it did.
        let span = written(&told(start, &notes, &Details::default()), &trace, start + 5);
        assert_eq!(
            (span.status, &span.data["sentry.span.unfinished"]),
            (Some(SpanStatus::Cancelled), &true.into())
        );
    }

    #[test]
    fn what_all_spans_of_a_function_say_is_written_at_once() {
        let trace = started();
        let details = Details::default();
        let told = told(clock::now(), &[], &details);
        let one_by_one = written(&told, &trace, told.start + 20);
        let at_once = written(&Told { plain: true, ..told }, &trace, told.start + 20);
        assert_eq!(at_once, one_by_one);
    }

    #[test]
    fn of_a_span_without_a_callsite_nothing_is_said_that_nobody_knows() {
        let trace = started();
        let at = SystemTime::now() - Duration::from_mins(1);
        let start = trace.ticks(at);
        let details = Details { end: Some(start + 1), ..Details::default() };
        let (key, parent) = (Key::of(0, 3), Key::of(0, 1));
        let told = Told {
            key,
            parent,
            start,
            end: None,
            callsite: None,
            thread: 0,
            notes: &[],
            details: &details,
            plain: false,
        };
        let span = written(&told, &trace, start);
        assert_eq!((span.status, span.origin.as_deref()), (Some(SpanStatus::Ok), Some("manual")));
        assert!(span.data.is_empty() && span.tags.is_empty());
        let off = span.start_timestamp.duration_since(at).unwrap_or_else(|error| error.duration());
        assert!(off < Duration::from_secs(1), "{off:?}");
    }
}
