//! What is made of an event of `tracing`.

use std::time::SystemTime;

use tracing_core::{Event, Level as TracingLevel, Subscriber};
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::fields::{OfEvent, Place};
use crate::client::context_tags;
use crate::protocol::{
    Breadcrumb, Context as ProtocolContext, Event as Captured, Level, Log, LogAttribute, LogLevel, Map, Value,
};

/// The breadcrumb of an event: its target is the category, its fields are the data. With a context, those of the spans
/// that it is in are added, as far as [`enable_span_attributes`](super::SentryLayer::enable_span_attributes) has kept them.
pub fn breadcrumb_from_event<'context, S>(
    event: &Event<'_>,
    ctx: impl Into<Option<&'context Context<'context, S>>>,
) -> Breadcrumb
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let mut fields = OfEvent::new(event, ctx.into(), false);
    Breadcrumb {
        category: Some(fields.take_place(event.metadata()).target),
        ty: "log".into(),
        level: level(event),
        message: fields.take_message(),
        data: fields.values,
        ..Breadcrumb::default()
    }
}

/// The event of an event: fields that are errors become exceptions, `tags.…` tags, the others a context.
pub fn event_from_event<'context, S>(
    event: &Event<'_>,
    ctx: impl Into<Option<&'context Context<'context, S>>>,
) -> Captured<'static>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    of_fields(event, OfEvent::new(event, ctx.into(), true))
}

pub(super) fn of_fields(event: &Event<'_>, mut fields: OfEvent) -> Captured<'static> {
    let message = fields.take_message();
    let tags = fields.take_tags();
    let place = fields.take_place(event.metadata());
    Captured {
        logger: Some(place.target.clone()),
        level: level(event),
        message,
        exception: fields.exceptions.into(),
        tags,
        contexts: contexts(place, fields.values),
        ..Captured::default()
    }
}

/// The fields of an event, and where it was written.
pub(super) fn contexts(place: Place, fields: Map<String, Value>) -> Map<String, ProtocolContext> {
    let place = [("module_path", place.module), ("file", place.file), ("line", place.line)];
    let place: Map<_, _> =
        place.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?))).collect();
    [(context_tags::OF_TRACING, fields), ("Rust Tracing Location", place)]
        .into_iter()
        .filter(|(_, values)| !values.is_empty())
        .map(|(key, values)| (key.to_owned(), ProtocolContext::Other(values)))
        .collect()
}

/// The structured log of an event: its fields are attributes. With a context, those of the spans that it is in are added,
/// as far as [`enable_span_attributes`](super::SentryLayer::enable_span_attributes) has kept them.
pub fn log_from_event<'context, S>(
    event: &Event<'_>,
    ctx: impl Into<Option<&'context Context<'context, S>>>,
) -> Log
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let mut fields = OfEvent::new(event, ctx.into(), false);
    let body = fields.take_message().unwrap_or_default();
    let metadata = event.metadata();
    let place = fields.take_place(metadata);
    let known = [
        ("code.module.name", place.module),
        ("code.file.path", place.file),
        ("code.line.number", place.line),
        ("sentry.origin", Some("auto.log.tracing".into())),
    ];
    let known = known.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    Log {
        level: match *metadata.level() {
            TracingLevel::TRACE => LogLevel::Trace,
            TracingLevel::DEBUG => LogLevel::Debug,
            TracingLevel::INFO => LogLevel::Info,
            TracingLevel::WARN => LogLevel::Warn,
            TracingLevel::ERROR => LogLevel::Error,
        },
        body,
        trace_id: None,
        timestamp: SystemTime::now(),
        severity_number: None,
        attributes: fields.values.into_iter().chain(known).map(|(key, it)| (key, LogAttribute(it))).collect(),
    }
}

pub(super) fn level(event: &Event<'_>) -> Level {
    match *event.metadata().level() {
        TracingLevel::TRACE | TracingLevel::DEBUG => Level::Debug,
        TracingLevel::INFO => Level::Info,
        TracingLevel::WARN => Level::Warning,
        TracingLevel::ERROR => Level::Error,
    }
}
