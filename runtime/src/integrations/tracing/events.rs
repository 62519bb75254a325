//! Layers that make one thing of events each, and what an error in an event is.

use tracing_core::span::{Attributes, Id, Record};
use tracing_core::{Event, Subscriber};
use tracing_subscriber::Layer;
use tracing_subscriber::layer::Context;
use tracing_subscriber::registry::LookupSpan;

use super::convert;
use super::fields::{self, OfEvent};
use super::spans;
use super::{breadcrumb_from_event, log_from_event};
use crate::client::context_tags;
use crate::errors::{self, Seen};
use crate::protocol::{Context as ProtocolContext, Event as Captured, Map};
use crate::{callback, scope};

/// Whether anything is to be made of what happens on this thread: not of what a callback or the delivery writes, which
/// would be captured, and be written of, without end.
pub(super) fn is_wanted() -> bool {
    scope::is_active() && !callback::is_running()
}

macro_rules! layers {
    ($($(#[$doc:meta])* $name:ident => |$event:ident, $context:ident, $with:ident| $capture:expr;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, Default)]
        #[must_use = "a layer does nothing before a subscriber has it"]
        pub struct $name {
            with_span_attributes: bool,
        }

        impl $name {
            /// A layer for events of all levels: put a filter before it.
            pub fn new() -> Self {
                Self::default()
            }

            /// Puts the fields of the spans that an event is in beside its own, as `span:field`; of the spans that a
            /// filter before this layer lets pass.
            pub fn enable_span_attributes(mut self) -> Self {
                self.with_span_attributes = true;
                self
            }
        }

        impl<S> Layer<S> for $name
        where
            S: Subscriber + for<'a> LookupSpan<'a>,
        {
            fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: Context<'_, S>) {
                if self.with_span_attributes && is_wanted() {
                    fields::keep(attributes, id, &context);
                }
            }

            fn on_record(&self, id: &Id, values: &Record<'_>, context: Context<'_, S>) {
                if self.with_span_attributes {
                    fields::keep_more(values, id, &context);
                }
            }

            fn on_event(&self, $event: &Event<'_>, $context: Context<'_, S>) {
                if is_wanted() {
                    let $with = self.with_span_attributes;
                    $capture
                }
            }
        }
    )*};
}

layers! {
    /// Makes breadcrumbs of events.
    BreadcrumbLayer => |event, context, with| {
        crate::add_breadcrumb(|| breadcrumb_from_event(event, with.then_some(&context)));
    };
    /// Makes events of events: fields that are errors become exceptions, `tags.…` tags.
    ErrorLayer => |event, context, with| capture(event, &context, with);
    /// Makes structured logs of events.
    LogLayer => |event, context, with| crate::capture_log(log_from_event(event, with.then_some(&context)));
}

/// Captures an event, unless an attributed function has reported the same error.
pub(super) fn capture<S>(event: &Event<'_>, context: &Context<'_, S>, with_span_attributes: bool)
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let mut fields = OfEvent::new(event, with_span_attributes.then_some(context), true);
    let Some(error) = fields.instrumented_error().map(str::to_owned) else {
        let captured = convert::of_fields(event, fields);
        if !is_told_again(&captured) {
            crate::capture_event(captured);
        }
        return;
    };
    fields.values.remove("error");
    let since = spans::fail(event, context);
    let text = error.as_str();
    let seen = Seen::of_text(&text);
    if errors::is_reported(seen, since) {
        return;
    }
    let level = convert::level(event);
    let tags = fields.take_tags();
    let place = fields.take_place(event.metadata());
    crate::with_scope(
        |scope| {
            scope.set_level(Some(level));
            for (key, context) in convert::contexts(place, fields.values) {
                scope.set_context(&key, context);
            }
            for (key, value) in tags {
                scope.set_tag(&key, value);
            }
        },
        || errors::capture_by_hand(seen),
    );
}

/// Whether an attributed function has just reported the error that this one tells of. It says there what is said here.
fn is_told_again(captured: &Captured<'_>) -> bool {
    let error = captured.exception.values.last().and_then(|error| error.value.as_deref());
    let Some(error) = error else { return false };
    crate::with_scope(
        |scope| {
            let fields = captured.contexts.get(context_tags::OF_TRACING);
            let mut fields = match fields {
                Some(ProtocolContext::Other(fields)) => fields.clone(),
                _ => Map::new(),
            };
            fields.extend(captured.message.clone().map(|message| ("message".to_owned(), message.into())));
            for (key, context) in &captured.contexts {
                scope.set_context(key, context.clone());
            }
            scope.set_context(context_tags::OF_TRACING, ProtocolContext::Other(fields));
            for (key, value) in &captured.tags {
                scope.set_tag(key, value);
            }
        },
        || errors::is_told_again(Seen::of_text(&error)),
    )
}
