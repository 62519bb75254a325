//! The options that say which events are not worth sending.

use std::sync::Arc;
use std::time::Duration;

use super::choices::EventSamplingStrategy;
use super::options::ClientOptions;
use super::pattern::Pattern;
use crate::protocol::Event;
use crate::scope::{BeforeSendWithHint, Hint};

/// What the setters below were told.
#[derive(Clone, Default)]
pub(crate) struct Filters {
    pub(crate) ignore: Vec<Pattern>,
    pub(crate) dedupe: Option<Duration>,
    pub(crate) per_minute: Option<u32>,
    pub(crate) with_hint: Option<BeforeSendWithHint>,
}

impl Filters {
    /// Whether the event is about an error that is ignored.
    pub(super) fn ignores(&self, event: &Event<'_>) -> bool {
        let fits = |pattern: &Pattern| event.exception.iter().any(|exception| pattern.fits(exception));
        self.ignore.iter().any(fits)
    }
}

impl ClientOptions {
    /// Sets which errors are ignored, by their type or by what they say.
    ///
    /// An event is dropped if a pattern fits the type or the message of any of its exceptions, as a whole; `*` stands
    /// for any text. A type is written as reports show it (`DbError`, `io::Error`) or with its module
    /// (`shop::db::DbError`, `std::io::Error`, `sqlx::*`). The pattern is applied before any callback sees the event.
    ///
    /// ```
    /// use sentry::protocol::{Event, Exception};
    ///
    /// let options = sentry::ClientOptions::new().ignore_errors(["shop::db::*", "*connection reset by peer*"]);
    /// let events = sentry::test::with_captured_events_options(
    ///     || {
    ///         for text in ["read: connection reset by peer (104)", "no such table"] {
    ///             let exception = Exception { ty: "Error".into(), value: Some(text.into()), ..Default::default() };
    ///             sentry::capture_event(Event { exception: vec![exception].into(), ..Default::default() });
    ///         }
    ///     },
    ///     options,
    /// );
    /// assert_eq!(events.len(), 1);
    /// ```
    pub fn ignore_errors<I>(mut self, ignore_errors: I) -> Self
    where
        I: IntoIterator,
        I::Item: Into<String>,
    {
        self.filters.ignore = ignore_errors.into_iter().map(|pattern| Pattern::new(pattern.into())).collect();
        self.written.push("ignore_errors");
        self
    }

    /// Sets a function that decides for each event with which probability it is sent, between 0 and 1. It takes the
    /// place of `sample_rate`; if it panics, the event is sent. It sees the event as it would be sent, on the delivery
    /// thread.
    ///
    /// ```
    /// use sentry::Level;
    ///
    /// let options = sentry::ClientOptions::new()
    ///     .error_sampler(|event| if event.level == Level::Warning { 0.1 } else { 1.0 });
    /// ```
    pub fn error_sampler<F>(mut self, error_sampler: F) -> Self
    where
        F: Fn(&Event<'static>) -> f32 + Send + Sync + 'static,
    {
        self.event_sampling_strategy = EventSamplingStrategy::Function(Arc::new(error_sampler));
        self.explicit.sample_rate = true;
        self
    }

    /// Sets for how long an event is not sent again: one that has the same exceptions, with the same texts, by the
    /// same lines as an event that was sent less than this long ago is dropped. Default zero: every failure is an event
    /// of its own.
    pub fn dedupe(mut self, dedupe: Duration) -> Self {
        self.filters.dedupe = Some(dedupe).filter(|window| !window.is_zero());
        self.written.push("dedupe");
        self
    }

    /// Sets how many events of one kind are sent in a minute; what is above that is dropped and counted. Of one kind
    /// are events with the same fingerprint, or, where nobody set one, with the same types of exceptions that left the
    /// same innermost function, or the same message. Default: no limit.
    pub fn max_events_per_fingerprint_per_minute(mut self, most: u32) -> Self {
        self.filters.per_minute = Some(most);
        self.written.push("max_events_per_fingerprint_per_minute");
        self
    }

    /// Sets a callback that sees an event together with the error that it is about, while that still exists: on the
    /// thread that captures it, before the scopes are applied. [`before_send`](Self::before_send) sees the event later,
    /// complete and without the error. If it panics, the event is dropped.
    ///
    /// It is called once for each error that an attributed function returned or that was passed to
    /// [`capture_error`](crate::capture_error). Functions further out add their lines afterwards, unless the callback
    /// has changed the exceptions.
    ///
    /// ```
    /// # #[derive(Debug)] struct Timeout { seconds: u32 }
    /// # impl std::fmt::Display for Timeout { fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result { f.write_str("timeout") } }
    /// # impl std::error::Error for Timeout {}
    /// let options = sentry::ClientOptions::new().before_send_with_hint(|mut event, hint| {
    ///     if let Some(timeout) = hint.find::<Timeout>() {
    ///         event.tags.insert("seconds".into(), timeout.seconds.to_string());
    ///     }
    ///     Some(event)
    /// });
    /// # let events = sentry::test::with_captured_events_options(
    /// #     || { let error: Box<dyn std::error::Error> = Box::new(Timeout { seconds: 3 }); let _ = fails(error); },
    /// #     options,
    /// # );
    /// # #[sentry::monitored]
    /// # fn fails(error: Box<dyn std::error::Error>) -> Result<(), Box<dyn std::error::Error>> { Err(error) }
    /// # assert_eq!(events[0].tags["seconds"], "3");
    /// ```
    pub fn before_send_with_hint<F>(mut self, before_send_with_hint: F) -> Self
    where
        F: Fn(Event<'static>, &Hint<'_>) -> Option<Event<'static>> + Send + Sync + 'static,
    {
        self.filters.with_hint = Some(Arc::new(before_send_with_hint));
        self
    }
}
