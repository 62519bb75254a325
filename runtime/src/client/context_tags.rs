//! Fields of log records that become tags.

use std::borrow::Cow;

use super::options::ClientOptions;
use crate::protocol::{Context, Event, Map, Value};

/// The context of an event that holds the key-value pairs of a record of `log`, as the published crate names it.
pub(crate) const OF_LOG: &str = "Rust Log Attributes";
/// The same for the fields of an event of `tracing`; those of spans are called `span:field`.
pub(crate) const OF_TRACING: &str = "Rust Tracing Fields";

impl ClientOptions {
    /// Sets which fields of log records become tags, by which issues can be searched, of the events that are made of them: the
    /// key-value pairs of `log`, and the fields of events of `tracing`, then of the spans that they are in where the layer
    /// keeps those (`enable_span_attributes`). A tag that the event has already stays.
    ///
    /// ```
    /// let options = sentry::ClientOptions::new().context_tags(["request_id", "tenant"]);
    /// assert_eq!(options.context_tags.len(), 2);
    /// ```
    ///
    /// Source: Sentry's SDK documentation, "Configuration: log context".
    pub fn context_tags<K: Into<Cow<'static, str>>>(mut self, keys: impl IntoIterator<Item = K>) -> Self {
        self.context_tags = keys.into_iter().map(Into::into).collect();
        self.written.push("context_tags");
        self
    }

    /// Makes tags of an event of the fields that shall be some.
    pub(super) fn tag_by_context(&self, event: &mut Event<'_>) {
        for key in &self.context_tags {
            if event.tags.contains_key(&**key) {
                continue;
            }
            let contexts = [OF_LOG, OF_TRACING].into_iter().filter_map(|name| event.contexts.get(name));
            let field = contexts.filter_map(|context| match context {
                Context::Other(fields) => find(fields, key),
                _ => None,
            });
            if let Some(text) = field.map(text).next() {
                event.tags.insert(key.clone().into_owned(), text);
            }
        }
    }
}

/// The record's own field, else that of a span.
fn find<'a>(fields: &'a Map<String, Value>, key: &str) -> Option<&'a Value> {
    let of_span = || {
        let is_it = |name: &str| name.rsplit_once(':').is_some_and(|(_, field)| field == key);
        fields.iter().find(|(name, _)| is_it(name)).map(|(_, value)| value)
    };
    fields.get(key).or_else(of_span).filter(|value| !value.is_null())
}

fn text(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}
