//! Spans and events of the crate `tracing`.
//!
//! [`layer`] makes one layer for everything: spans of the level `info` and worse become spans, errors become events and
//! structured logs, warnings and informations become breadcrumbs and structured logs.
//!
//! ```
//! use tracing_subscriber::prelude::*;
//!
//! tracing_subscriber::registry().with(sentry::integrations::tracing::layer()).init();
//! ```
//!
//! [`SpanLayer`], [`LogLayer`], [`ErrorLayer`] and [`BreadcrumbLayer`] do one thing each, for those who want a filter of
//! `tracing_subscriber` before each.
//!
//! # Spans
//!
//! A span becomes a child of the span that is active where it is made, be it one of an attributed function or one of
//! `tracing`; with none it is a transaction, with scopes of its own. Between the polls of a future nothing of it is on the
//! thread. Its fields become data. Some fields are more than that:
//!
//! - `sentry.name`: what it is called, in place of its name;
//! - `sentry.op`: its operation, in place of `function` (Sentry's conventions have no operation such as the
//!   `target::name` of the published crate);
//! - `sentry.trace`: the `sentry-trace` header of the request that it answers, for a transaction;
//! - `tags.…`: a tag of that name.
//!
//! `#[instrument(err)]`: the error is captured once, also if attributed functions report it (but not by `err(Debug)`, which
//! writes another text), and the span has failed, whatever the filter says of the event. An event with an error as a field,
//! `error = &error as &dyn Error`, tells of one that an attributed function has just returned in the event of that one.
//!
//! Records of the crate `log` that `tracing-log` brings here keep their target and their place. A filter sees the metadata
//! that all of them share, whose target is `log`.
//!
//! Nothing is made of anything while there is no client, nor of what a callback of this SDK writes, or its delivery.

mod callsites;
mod convert;
mod entered;
mod events;
mod fields;
mod spans;

use std::fmt;

use bitflags::bitflags;
use tracing_core::span::{Attributes, Id, Record};
use tracing_core::{Dispatch, Event, Level, Metadata, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

pub use convert::{breadcrumb_from_event, event_from_event, log_from_event};
pub use events::{BreadcrumbLayer, ErrorLayer, LogLayer};
pub use spans::SpanLayer;

use crate::protocol::{Breadcrumb, Log};
use crate::{callback, errors};

bitflags! {
    /// What an event of `tracing` becomes; several are joined by `|`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct EventFilter: u32 {
        /// Nothing.
        const Ignore = 0b000;
        /// A breadcrumb.
        const Breadcrumb = 0b001;
        /// An event.
        const Event = 0b010;
        /// A structured log.
        const Log = 0b100;
    }
}

/// What an event of `tracing` was made into.
#[derive(Debug)]
#[non_exhaustive]
pub enum EventMapping {
    /// Nothing.
    Ignore,
    /// A breadcrumb.
    Breadcrumb(Breadcrumb),
    /// An event.
    Event(Box<crate::protocol::Event<'static>>),
    /// A structured log.
    Log(Log),
    /// Several things.
    Combined(CombinedEventMapping),
}

/// Several things that an event of `tracing` was made into.
#[derive(Debug)]
pub struct CombinedEventMapping(Vec<EventMapping>);

impl From<EventMapping> for CombinedEventMapping {
    fn from(mapping: EventMapping) -> Self {
        match mapping {
            EventMapping::Combined(combined) => combined,
            one => Self(vec![one]),
        }
    }
}

impl From<Vec<EventMapping>> for CombinedEventMapping {
    fn from(mappings: Vec<EventMapping>) -> Self {
        Self(mappings)
    }
}

/// What an event becomes unless [`SentryLayer::event_filter`] says otherwise.
pub fn default_event_filter(metadata: &Metadata<'_>) -> EventFilter {
    match *metadata.level() {
        Level::ERROR => EventFilter::Event | EventFilter::Log,
        Level::WARN | Level::INFO => EventFilter::Breadcrumb | EventFilter::Log,
        Level::DEBUG | Level::TRACE => EventFilter::Ignore,
    }
}

/// Which spans are recorded unless [`SentryLayer::span_filter`] says otherwise.
pub fn default_span_filter(metadata: &Metadata<'_>) -> bool {
    *metadata.level() <= Level::INFO
}

/// A layer that records what it is told to.
pub fn layer<S>() -> SentryLayer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    SentryLayer::default()
}

type SpanFilter = Box<dyn Fn(&Metadata<'_>) -> bool + Send + Sync>;
type EventMapper<S> = Box<dyn Fn(&Event<'_>, Context<'_, S>) -> EventMapping + Send + Sync>;

/// One layer for spans and events, made by [`layer`].
pub struct SentryLayer<S> {
    event_filter: Box<dyn Fn(&Metadata<'_>) -> EventFilter + Send + Sync>,
    event_mapper: Option<EventMapper<S>>,
    /// `None`: the default, which does not panic.
    span_filter: Option<SpanFilter>,
    spans: SpanLayer,
    with_span_attributes: bool,
}

impl<S> fmt::Debug for SentryLayer<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SentryLayer").finish_non_exhaustive()
    }
}

impl<S> Default for SentryLayer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn default() -> Self {
        errors::remember_reports();
        Self {
            event_filter: Box::new(default_event_filter),
            event_mapper: None,
            span_filter: None,
            spans: SpanLayer::new(),
            with_span_attributes: false,
        }
    }
}

impl<S> SentryLayer<S> {
    /// Sets what events become. If it panics the event is ignored.
    ///
    /// ```
    /// # use tracing_subscriber::{Registry, prelude::*};
    /// use sentry::integrations::tracing::{EventFilter, layer};
    ///
    /// let layer = layer::<Registry>().event_filter(|metadata| match *metadata.level() {
    ///     tracing_core::Level::ERROR => EventFilter::Event,
    ///     _ => EventFilter::Log,
    /// });
    /// ```
    #[must_use]
    pub fn event_filter<F>(mut self, filter: F) -> Self
    where
        F: Fn(&Metadata<'_>) -> EventFilter + Send + Sync + 'static,
    {
        self.event_filter = Box::new(filter);
        self
    }

    /// Sets a function that makes things of an event, in place of the filter. If it panics the event is ignored.
    #[must_use]
    pub fn event_mapper<F>(mut self, mapper: F) -> Self
    where
        F: Fn(&Event<'_>, Context<'_, S>) -> EventMapping + Send + Sync + 'static,
    {
        self.event_mapper = Some(Box::new(mapper));
        self
    }

    /// Sets which spans are recorded. If it panics the span is not.
    #[must_use]
    pub fn span_filter<F>(mut self, filter: F) -> Self
    where
        F: Fn(&Metadata<'_>) -> bool + Send + Sync + 'static,
    {
        self.span_filter = Some(Box::new(filter));
        self
    }

    /// Puts the fields of the spans that an event is in beside its own, as `span:field`.
    #[must_use]
    pub fn enable_span_attributes(mut self) -> Self {
        self.with_span_attributes = true;
        self
    }
}

impl<S> Layer<S> for SentryLayer<S>
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_register_dispatch(&self, whole: &Dispatch) {
        Layer::<S>::on_register_dispatch(&self.spans, whole);
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
        if !events::is_wanted() {
            return;
        }
        let metadata = attributes.metadata();
        let is_recorded = match &self.span_filter {
            Some(filter) => callback::guarded("the filter of spans", || filter(metadata)).unwrap_or(false),
            None => default_span_filter(metadata),
        };
        if is_recorded {
            if self.with_span_attributes {
                fields::keep(attributes, id, &context);
            }
            self.spans.on_new_span(attributes, id, context);
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
        if self.with_span_attributes {
            fields::keep_more(values, id, &context);
        }
        self.spans.on_record(id, values, context);
    }

    fn on_enter(&self, id: &Id, context: Context<'_, S>) {
        self.spans.on_enter(id, context);
    }

    fn on_exit(&self, id: &Id, context: Context<'_, S>) {
        self.spans.on_exit(id, context);
    }

    fn on_close(&self, id: Id, context: Context<'_, S>) {
        self.spans.on_close(id, context);
    }

    fn on_event(&self, event: &Event<'_>, context: Context<'_, S>) {
        if !events::is_wanted() {
            return;
        }
        spans::note_failure(event, &context);
        let Some(mapper) = &self.event_mapper else {
            let filter = callback::guarded("the filter of events", || (self.event_filter)(event.metadata()));
            let spans = self.with_span_attributes.then_some(&context);
            let filter = filter.unwrap_or(EventFilter::Ignore);
            if filter.contains(EventFilter::Breadcrumb) {
                crate::add_breadcrumb(|| breadcrumb_from_event(event, spans));
            }
            if filter.contains(EventFilter::Event) {
                events::capture(event, &context, self.with_span_attributes);
            }
            if filter.contains(EventFilter::Log) {
                crate::capture_log(log_from_event(event, spans));
            }
            return;
        };
        let mapping = callback::guarded("the mapper of events", || mapper(event, context));
        for mapping in CombinedEventMapping::from(mapping.unwrap_or(EventMapping::Ignore)).0 {
            match mapping {
                EventMapping::Breadcrumb(breadcrumb) => crate::add_breadcrumb(breadcrumb),
                EventMapping::Event(event) => drop(crate::capture_event(*event)),
                EventMapping::Log(log) => crate::capture_log(log),
                // Several things do not hold several things.
                EventMapping::Ignore | EventMapping::Combined(_) => {}
            }
        }
    }
}
