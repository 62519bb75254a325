//! Taking secrets out of events and transactions, by the names that they stand under.

use serde_json::Value;

use super::collection::DataCollection;
use super::names::is_sensitive;
use super::{FILTERED, addresses, pairs};
use crate::protocol::{Breadcrumb, Context, Event, Frame, Map, Request, Transaction};

/// Attributes that Sentry publishes and that hold no secret, although they sound like it.
const PUBLISHED: [&str; 3] = ["cache.key", "messaging.kafka.message.key", "thread.identity"];

/// Takes secrets out of what is sent.
#[derive(Debug)]
pub(crate) struct Filter<'c> {
    collection: &'c DataCollection,
    judge: Judge<'c>,
}

impl<'c> Filter<'c> {
    pub(crate) fn new(collection: &'c DataCollection) -> Self {
        Self { collection, judge: Judge::new(collection) }
    }

    /// Request, breadcrumbs and arguments.
    pub(crate) fn event(&mut self, event: &mut Event<'_>) {
        if let Some(request) = &mut event.request {
            self.request(request);
        }
        for Breadcrumb { message, data, .. } in &mut event.breadcrumbs {
            self.judge.data(data);
            if let Some(message) = message {
                self.judge.text(message);
            }
        }
        for frame in event.stacktraces_mut().flat_map(|stacktrace| &mut stacktrace.frames) {
            self.frame(frame);
        }
        self.contexts(&mut event.contexts);
    }

    /// A value of a span's data; says whether it was changed.
    pub(crate) fn span_datum(&mut self, name: &str, value: &mut Value) -> bool {
        self.judge.entry(name, value)
    }

    /// What a span is called.
    pub(crate) fn span_text(&mut self, text: &mut String) {
        self.judge.text(text);
    }

    /// The request, and what is known of the transaction; spans are looked at when they are written.
    pub(crate) fn transaction(&mut self, transaction: &mut Transaction<'_>) {
        if let Some(request) = &mut transaction.request {
            self.request(request);
        }
        self.contexts(&mut transaction.contexts);
    }

    /// What is said beside a log or a metric.
    pub(crate) fn attributes<'a>(&mut self, attributes: impl IntoIterator<Item = (&'a str, &'a mut Value)>) {
        for (name, value) in attributes {
            self.judge.entry(name, value);
        }
    }

    /// The data of the span that it belongs to.
    fn contexts(&mut self, contexts: &mut Map<String, Context>) {
        if let Some(Context::Trace(trace)) = contexts.get_mut("trace") {
            self.judge.data(&mut trace.data);
        }
    }

    fn frame(&mut self, frame: &mut Frame) {
        if !self.collection.stack_frame_variables {
            frame.vars.clear();
        }
        for (name, value) in &mut frame.vars {
            // A number may be a PIN here.
            if is_sensitive(name) {
                *value = Value::from(FILTERED);
            } else {
                self.judge.value(value);
            }
        }
        let lines = self.collection.frame_context_lines;
        let surplus = frame.pre_context.len().saturating_sub(lines);
        frame.pre_context.drain(..surplus);
        frame.post_context.truncate(lines);
    }

    fn request(&mut self, request: &mut Request) {
        for (name, value) in &mut request.headers {
            if let Some(filtered) = self.judge.header(name, value) {
                *value = filtered;
            }
        }
        let judge = &mut self.judge;
        let replace = |text: &mut Option<String>, filtered: Option<String>| {
            if filtered.is_some() {
                *text = filtered;
            }
        };
        let cookies =
            request.cookies.as_deref().and_then(|text| pairs::cookies(text, |it| judge.is_secret(it)));
        replace(&mut request.cookies, cookies);
        let query =
            request.query_string.as_deref().and_then(|text| pairs::query(text, |it| judge.is_secret(it)));
        replace(&mut request.query_string, query);
        let body = request.data.as_deref().and_then(|text| judge.body(text));
        replace(&mut request.data, body);
        if let Some(url) = &mut request.url
            && let Some(query) = url.query().and_then(|text| pairs::query(text, |it| judge.is_secret(it)))
        {
            url.set_query(Some(&query));
        }
    }
}

/// Says which names tell a secret.
#[derive(Debug)]
pub(super) struct Judge<'c> {
    collection: &'c DataCollection,
}

impl<'c> Judge<'c> {
    pub(super) fn new(collection: &'c DataCollection) -> Self {
        Self { collection }
    }

    pub(super) fn is_secret(&mut self, name: &str) -> bool {
        let harmless = || self.collection.harmless.iter().any(|harmless| harmless == name);
        is_sensitive(name) && !PUBLISHED.contains(&name) && !harmless()
    }

    /// Takes secrets out of attributes. Numbers stay: what sounds like a secret is a count of such, as
    /// `gen_ai.usage.input_tokens`.
    fn data(&mut self, data: &mut Map<String, Value>) {
        for (name, value) in data {
            self.entry(name, value);
        }
    }

    fn entry(&mut self, name: &str, value: &mut Value) -> bool {
        let plain = matches!(value, Value::Null | Value::Bool(_) | Value::Number(_));
        if !plain && self.is_secret(name) {
            let changed = value != FILTERED;
            *value = Value::from(FILTERED);
            return changed;
        }
        match value {
            Value::String(query) if matches!(name, "http.query" | "url.query") => {
                let filtered = pairs::query(query, |name| self.is_secret(name));
                let changed = filtered.is_some();
                *query = filtered.unwrap_or_else(|| std::mem::take(query));
                changed
            }
            _ => self.value(value),
        }
    }

    /// Takes secrets out of a value; whether there were any.
    pub(super) fn value(&mut self, value: &mut Value) -> bool {
        match value {
            Value::String(text) => self.text(text),
            Value::Array(items) => items.iter_mut().fold(false, |changed, item| self.value(item) | changed),
            Value::Object(fields) => {
                fields.iter_mut().fold(false, |changed, (name, value)| self.entry(name, value) | changed)
            }
            Value::Null | Value::Bool(_) | Value::Number(_) => false,
        }
    }

    /// Takes secrets out of the addresses in a text; whether there were any.
    fn text(&mut self, text: &mut String) -> bool {
        let filtered = addresses::without_secrets(text, |name| self.is_secret(name));
        let changed = filtered.is_some();
        if let Some(filtered) = filtered {
            *text = filtered;
        }
        changed
    }

    /// A header's value without secrets; `None` if there were none.
    pub(super) fn header(&mut self, name: &str, value: &str) -> Option<String> {
        if name.eq_ignore_ascii_case("cookie") {
            pairs::cookies(value, |name| self.is_secret(name))
        } else if name.eq_ignore_ascii_case("set-cookie") {
            pairs::set_cookie(value, |name| self.is_secret(name))
        } else if self.is_secret(name) {
            (value != FILTERED).then(|| FILTERED.to_owned())
        } else {
            addresses::without_secrets(value, |name| self.is_secret(name))
        }
    }

    /// A body that is JSON or a form without secrets; `None` if there were none.
    fn body(&mut self, text: &str) -> Option<String> {
        if text.trim_start().starts_with(['{', '[']) {
            let mut value: Value = serde_json::from_str(text).ok()?;
            self.value(&mut value).then(|| value.to_string())
        } else {
            pairs::query(text, |name| self.is_secret(name))
        }
    }
}

/// Whether a header holds cookies.
pub(super) fn is_cookie_header(name: &str) -> bool {
    ["cookie", "set-cookie"].iter().any(|cookie| name.eq_ignore_ascii_case(cookie))
}
