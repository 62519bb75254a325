//! What the services sent, whatever form their SDK gives it.

use std::collections::BTreeSet;

use serde_json::Value;
use tests::receiver::Request;

use crate::service::Language;

/// A message, a transaction or a segment with its spans.
#[derive(Clone, Debug)]
pub(crate) struct Item {
    kind: Kind,
    /// The `trace` of its envelope.
    context: Value,
    release: String,
    trace_id: String,
    span_id: String,
    parent_span_id: String,
    /// The ids of all of its spans, its own among them.
    spans: BTreeSet<String>,
    /// The text of a message, or the segment of a part.
    text: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    Message,
    /// What one service has recorded of a trace.
    Segment,
    /// A span that was sent apart from its segment.
    Part,
}

impl Item {
    pub(crate) fn language(&self) -> Option<Language> {
        let name = self.release.strip_suffix("@1")?;
        [Language::Rust, Language::Python, Language::Node]
            .into_iter()
            .find(|language| language.name() == name)
    }
}

/// All that was sent.
pub(crate) fn items(requests: &[Request]) -> Vec<Item> {
    let all = requests.iter().flat_map(|request| envelope(&request.body));
    let (parts, mut items): (Vec<_>, Vec<_>) = all.partition(|item| item.kind == Kind::Part);
    for item in items.iter_mut().filter(|item| item.kind == Kind::Segment) {
        let own = parts.iter().filter(|part| part.text == item.span_id);
        item.spans.extend(own.map(|part| part.span_id.clone()));
    }
    items
}

/// The items of an envelope; a length may be left out where the payload is one line.
fn envelope(bytes: &[u8]) -> Vec<Item> {
    let (headers, mut rest) = line(bytes);
    let context = &json(headers)["trace"];
    let mut items = Vec::new();
    while !rest.is_empty() {
        let (headers, after) = line(rest);
        if headers.is_empty() {
            rest = after;
            continue;
        }
        let headers = json(headers);
        let length = headers["length"].as_u64().and_then(|length| usize::try_from(length).ok());
        let (payload, after) = match length {
            Some(length) => after.split_at(length),
            None => line(after),
        };
        rest = after;
        match headers["type"].as_str().unwrap_or_default() {
            "event" => items.push(document(Kind::Message, &json(payload), context)),
            "transaction" => items.push(document(Kind::Segment, &json(payload), context)),
            "span" => {
                let container = json(payload);
                let spans = container["items"].as_array().into_iter().flatten();
                items.extend(spans.map(|span| streamed(span, context)));
            }
            _ => {}
        }
    }
    items
}

fn line(bytes: &[u8]) -> (&[u8], &[u8]) {
    match bytes.iter().position(|byte| *byte == b'\n') {
        Some(end) => (&bytes[..end], &bytes[end + 1..]),
        None => (bytes, &[]),
    }
}

fn json(bytes: &[u8]) -> Value {
    serde_json::from_slice(bytes)
        .unwrap_or_else(|error| panic!("{error} in {}", String::from_utf8_lossy(bytes)))
}

fn text(value: &Value) -> String {
    value.as_str().unwrap_or_default().to_owned()
}

fn document(kind: Kind, document: &Value, context: &Value) -> Item {
    let trace = &document["contexts"]["trace"];
    let entry = &document["logentry"];
    // With a stack trace some write a message as an exception.
    let exception = &document["exception"]["values"][0]["value"];
    let words = [&entry["formatted"], &entry["message"], &document["message"], exception];
    let below = document["spans"].as_array().into_iter().flatten().map(|span| text(&span["span_id"]));
    Item {
        kind,
        context: context.clone(),
        release: text(&document["release"]),
        trace_id: text(&trace["trace_id"]),
        span_id: text(&trace["span_id"]),
        parent_span_id: text(&trace["parent_span_id"]),
        spans: below.chain([text(&trace["span_id"])]).collect(),
        text: words.into_iter().find_map(Value::as_str).unwrap_or_default().to_owned(),
    }
}

/// A streamed span: a segment, or a part of one.
fn streamed(span: &Value, context: &Value) -> Item {
    let attribute = |key: &str| text(&span["attributes"][key]["value"]);
    let id = text(&span["span_id"]);
    let kind = if span["is_segment"] == true { Kind::Segment } else { Kind::Part };
    Item {
        kind,
        context: context.clone(),
        release: attribute("sentry.release"),
        trace_id: text(&span["trace_id"]),
        parent_span_id: text(&span["parent_span_id"]),
        spans: [id.clone()].into(),
        span_id: id,
        text: attribute("sentry.segment.id"),
    }
}

/// Some write numbers anew: `0.5` for `0.500000`.
fn plain(context: &Value) -> Value {
    let mut context = context.clone();
    for key in ["sample_rand", "sample_rate"] {
        if let Some(number) = context[key].as_str().and_then(|text| text.parse::<f64>().ok()) {
            context[key] = number.into();
        }
    }
    context
}

/// What was sent of one request along a way.
#[derive(Debug)]
pub(crate) struct Sent {
    way: Vec<Language>,
    messages: Vec<Item>,
    segments: Vec<Item>,
}

impl Sent {
    /// Picks it out by the messages, which name the way by its number.
    pub(crate) fn of(items: &[Item], number: usize, way: &[Language]) -> Self {
        let is_it = |item: &&Item| item.kind == Kind::Message && item.text.ends_with(&format!(" {number}"));
        let messages: Vec<_> = items.iter().filter(is_it).cloned().collect();
        // Ways may share a trace that began elsewhere; a message is in a span of its segment.
        let spans: BTreeSet<_> = messages.iter().map(|message| &message.span_id).collect();
        let segments = items.iter().filter(|item| item.kind == Kind::Segment);
        let segments =
            segments.filter(|item| item.spans.iter().any(|id| spans.contains(id))).cloned().collect();
        Self { way: way.to_vec(), messages, segments }
    }

    /// Picks out all that is of the trace of a request's one message, which its head has sent.
    pub(crate) fn of_trace(items: &[Item], text: &str, way: &[Language]) -> Self {
        let head = items.iter().find(|item| item.kind == Kind::Message && item.text == text);
        let head = head.unwrap_or_else(|| panic!("{text:?} is not in {items:#?}"));
        let of = |kind: Kind| {
            let is_it = |item: &&Item| item.kind == kind && item.trace_id == head.trace_id;
            items.iter().filter(is_it).cloned().collect()
        };
        Self { way: way.to_vec(), messages: of(Kind::Message), segments: of(Kind::Segment) }
    }

    pub(crate) fn segments(&self) -> impl Iterator<Item = &Item> {
        self.segments.iter()
    }

    pub(crate) fn trace_id(&self) -> &str {
        &self.messages[0].trace_id
    }

    /// Each service was there, and all that they sent is of one trace.
    pub(crate) fn is_one_trace(&self) {
        let sorted = |languages: &mut dyn Iterator<Item = Option<Language>>| {
            let mut names: Vec<_> = languages.map(|language| language.map(Language::name)).collect();
            names.sort_unstable();
            names
        };
        let were_there = sorted(&mut self.messages.iter().map(Item::language));
        assert_eq!(were_there, sorted(&mut self.way.iter().copied().map(Some)), "{self:#?}");
        let traces: BTreeSet<_> =
            self.messages.iter().chain(&self.segments).map(|item| &item.trace_id).collect();
        assert_eq!(traces.len(), 1, "{self:#?}");
    }

    /// Each service has recorded its part, below a span of the service before; the first one below `head`.
    pub(crate) fn is_sampled_everywhere(&self, head: Option<&str>) {
        assert_eq!(self.segments.len(), self.way.len(), "{self:#?}");
        let mut above: BTreeSet<String> =
            head.map(str::to_owned).or(Some(String::new())).into_iter().collect();
        for language in &self.way {
            let below =
                |item: &&Item| item.language() == Some(*language) && above.contains(&item.parent_span_id);
            let found: Vec<_> = self.segments.iter().filter(below).collect();
            let [one] = &found[..] else { panic!("{language:?} below {above:?}: {found:#?} of {self:#?}") };
            above.clone_from(&one.spans);
        }
    }

    pub(crate) fn is_sampled_nowhere(&self) {
        assert!(self.segments.is_empty(), "{self:#?}");
    }

    /// Everything says the same of what the trace is sampled by; returns it.
    pub(crate) fn is_of_one_mind(&self) -> &Value {
        let mut contexts = self.messages.iter().chain(&self.segments).map(|item| &item.context);
        let first = contexts.next().expect("something was sent");
        for other in contexts {
            assert_eq!(plain(first), plain(other), "{self:#?}");
        }
        assert_eq!(first["trace_id"], self.trace_id());
        first
    }
}
