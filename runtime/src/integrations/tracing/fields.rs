//! The fields of spans and events.

use std::error::Error;
use std::fmt::Debug;

use tracing_core::field::{Field, Visit};
use tracing_core::span::{Attributes, Id, Record};
use tracing_core::{Event, Metadata, Subscriber};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use crate::errors::{self, Seen};
use crate::protocol::{Exception, Map, Mechanism, Value};
use crate::trace::Notes;

const TAG: &str = "tags.";

/// What the fields of a span say.
#[derive(Default)]
pub(super) struct OfSpan {
    pub(super) notes: Notes,
    pub(super) op: Option<String>,
    /// The header by which a transaction continues a trace.
    pub(super) trace: Option<String>,
}

impl OfSpan {
    fn take(&mut self, key: &'static str, value: Value) {
        let text = |value: Value| match value {
            Value::String(text) => text,
            other => other.to_string(),
        };
        match key {
            "sentry.name" => self.notes.name(text(value)),
            "sentry.op" => self.op = Some(text(value)),
            "sentry.trace" => self.trace = Some(text(value)),
            _ => match key.strip_prefix(TAG) {
                Some(tag) => self.notes.tag(tag, text(value)),
                None => self.notes.datum(key, value.into()),
            },
        }
    }
}

/// Passes each field on, in its type.
macro_rules! visit {
    ($visitor:ty) => {
        impl Visit for $visitor {
            fn record_i64(&mut self, field: &Field, value: i64) {
                self.take(field.name(), value.into());
            }
            fn record_u64(&mut self, field: &Field, value: u64) {
                self.take(field.name(), value.into());
            }
            fn record_f64(&mut self, field: &Field, value: f64) {
                self.take(field.name(), value.into());
            }
            fn record_bool(&mut self, field: &Field, value: bool) {
                self.take(field.name(), value.into());
            }
            fn record_str(&mut self, field: &Field, value: &str) {
                self.take(field.name(), value.into());
            }
            fn record_error(&mut self, field: &Field, value: &(dyn Error + 'static)) {
                self.take_error(field.name(), value);
            }
            fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
                self.take(field.name(), format!("{value:?}").into());
            }
        }
    };
}

visit!(OfSpan);
visit!(OfEvent);
visit!(Kept);

impl OfSpan {
    fn take_error(&mut self, key: &'static str, error: &(dyn Error + 'static)) {
        self.take(key, error.to_string().into());
    }
}

/// What the fields of an event say.
#[derive(Default)]
pub(super) struct OfEvent {
    pub(super) values: Map<String, Value>,
    pub(super) exceptions: Vec<Exception>,
    /// Errors become exceptions, and not texts.
    split: bool,
}

impl OfEvent {
    /// The fields of an event, its errors as exceptions of their own if `split`, and those of the spans that it is in.
    pub(super) fn new<S>(event: &Event<'_>, context: Option<&Context<'_, S>>, split: bool) -> Self
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        let mut fields = Self { split, ..Self::default() };
        event.record(&mut fields);
        let scope = context.and_then(|context| context.event_scope(event));
        for span in scope.into_iter().flatten() {
            if let Some(Kept(kept)) = span.extensions().get::<Kept>() {
                let all = kept.iter().filter(|(key, _)| **key != "message");
                fields
                    .values
                    .extend(all.map(|(key, value)| (format!("{}:{key}", span.name()), value.clone())));
            }
        }
        fields
    }

    /// The text of the event, taken out. `#[instrument(err)]` writes only the error's.
    pub(super) fn take_message(&mut self) -> Option<String> {
        let message = self.values.remove("message").or_else(|| self.values.remove("error"))?;
        message.as_str().map(str::to_owned)
    }

    /// The text of the error, if the event is one of `#[instrument(err)]`.
    pub(super) fn instrumented_error(&self) -> Option<&str> {
        let alone = !self.values.contains_key("message") && self.exceptions.is_empty();
        self.values.get("error").filter(|_| alone)?.as_str()
    }

    /// Where the event was written, taken out of the fields if they say it: a record of the crate `log` that `tracing-log`
    /// brought here has the metadata of all such records.
    pub(super) fn take_place(&mut self, metadata: &Metadata<'_>) -> Place {
        if (metadata.name(), metadata.target()) != ("log event", "log") {
            return Place {
                target: metadata.target().to_owned(),
                module: metadata.module_path().map(Value::from),
                file: metadata.file().map(Value::from),
                line: metadata.line().map(Value::from),
            };
        }
        let mut take = |field| self.values.remove(field);
        let target = take("log.target").and_then(|target| target.as_str().map(str::to_owned));
        Place {
            target: target.unwrap_or_else(|| metadata.target().to_owned()),
            module: take("log.module_path"),
            file: take("log.file"),
            line: take("log.line"),
        }
    }

    /// The tags among the fields, taken out.
    pub(super) fn take_tags(&mut self) -> Map<String, String> {
        let keys: Vec<_> = self.values.keys().filter(|key| key.starts_with(TAG)).cloned().collect();
        let tag = |key: String| {
            let value = self.values.remove(&key)?;
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            Some((key[TAG.len()..].to_owned(), text))
        };
        keys.into_iter().filter_map(tag).collect()
    }

    fn take(&mut self, key: &'static str, value: Value) {
        self.values.insert(key.to_owned(), value);
    }

    fn take_error(&mut self, key: &'static str, error: &(dyn Error + 'static)) {
        let mechanism = Mechanism { ty: "auto.tracing".into(), handled: Some(true), ..Mechanism::default() };
        let causes = errors::causes_of(Seen::of_unknown(error));
        let exceptions = errors::of_causes(&causes, mechanism, None).exception.values;
        if self.split {
            self.exceptions.extend(exceptions);
            return;
        }
        let line = |it: &Exception| Some(Value::from(format!("{}: {}", it.ty, it.value.as_ref()?)));
        self.values.insert(key.to_owned(), exceptions.iter().rev().filter_map(line).collect());
    }
}

/// Where an event was written.
pub(super) struct Place {
    pub(super) target: String,
    pub(super) module: Option<Value>,
    pub(super) file: Option<Value>,
    pub(super) line: Option<Value>,
}

/// The fields of a span, for the events in it.
struct Kept(Map<&'static str, Value>);

impl Kept {
    fn take(&mut self, key: &'static str, value: Value) {
        self.0.insert(key, value);
    }

    fn take_error(&mut self, key: &'static str, error: &(dyn Error + 'static)) {
        self.take(key, error.to_string().into());
    }
}

/// Keeps the fields that a span has from its beginning.
pub(super) fn keep<S>(attributes: &Attributes<'_>, id: &Id, context: &Context<'_, S>)
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    // Layers that each do one thing may all want them.
    if let Some(span) = context.span(id)
        && span.extensions().get::<Kept>().is_none()
    {
        let mut kept = Kept(Map::new());
        attributes.record(&mut kept);
        span.extensions_mut().replace(kept);
    }
}

/// Keeps the fields that a span gets later.
pub(super) fn keep_more<S>(values: &Record<'_>, id: &Id, context: &Context<'_, S>)
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    if let Some(span) = context.span(id)
        && span.extensions().get::<Kept>().is_some()
    {
        // The program's own code may come back here, and would wait for itself.
        let mut more = Kept(Map::new());
        values.record(&mut more);
        if let Some(Kept(kept)) = span.extensions_mut().get_mut() {
            kept.append(&mut more.0);
        }
    }
}
