//! From a batch to an envelope: what is known of the process, and the user's callbacks.

use std::borrow::Cow;
use std::fmt::Display;

use serde::Serialize;

use super::pipeline::Pipeline;
use crate::callback;
use crate::privacy::Filter;
use crate::protocol::{
    Envelope, EnvelopeItem, ItemContainer, Log, LogAttribute, Map, Metric, Reason, Value, json_size as size,
};
use crate::telemetry::Batch;

/// Bytes of JSON that Sentry takes of a log, and of those in an item together, with room for what is around them.
const LARGEST_LOG: usize = (1 << 20) - 1024;
/// Bytes of JSON for one of a text, at the most: `\u0001`.
const ESCAPED: usize = 6;

impl Pipeline {
    /// What many small things are made into: nearly always one envelope.
    pub(super) fn batch(&self, batch: Batch) -> Result<Vec<Envelope>, Reason> {
        let items: Vec<EnvelopeItem> = match batch {
            Batch::Logs(logs) => {
                let mut filter = Filter::new(&self.collection);
                let logs: Vec<_> = logs.into_iter().filter_map(|log| self.log(log, &mut filter)).collect();
                together(logs).into_iter().map(|logs| ItemContainer::Logs(logs).into()).collect()
            }
            Batch::Metrics(metrics) => {
                let mut filter = Filter::new(&self.collection);
                let metrics: Vec<_> =
                    metrics.into_iter().filter_map(|it| self.metric(it, &mut filter)).collect();
                let items = (!metrics.is_empty()).then(|| ItemContainer::Metrics(metrics).into());
                items.into_iter().collect()
            }
            Batch::Updates(updates) => {
                let mut envelope = Envelope::new();
                for update in updates {
                    envelope.add_item(update);
                }
                return Ok(vec![envelope.with_headers(Self::headers())]);
            }
            Batch::Tally(tally) => vec![tally.into_protocol().into()],
        };
        if items.is_empty() {
            // A callback has left nothing.
            return Err(Reason::BeforeSend);
        }
        // They may be of several traces, and so there is none in the headers.
        let envelope = |item: EnvelopeItem| Envelope::from(item).with_headers(Self::headers());
        Ok(items.into_iter().map(envelope).collect())
    }

    fn log(&self, mut log: Log, filter: &mut Filter<'_>) -> Option<Log> {
        filter.attributes(log.attributes.iter_mut().map(|(key, value)| (&**key, &mut value.0)));
        for (key, value) in self.known() {
            log.attributes.entry(key.to_owned()).or_insert(value);
        }
        if let Some(before) = &self.options.before_send_log {
            log = callback::kept("log", "before_send_log", Reason::BeforeSend, log, |it| before(it)).ok()?;
        }
        fit(&mut log);
        Some(log)
    }

    fn metric(&self, mut metric: Metric, filter: &mut Filter<'_>) -> Option<Metric> {
        filter.attributes(metric.attributes.iter_mut().map(|(key, value)| (&**key, &mut value.0)));
        for (key, value) in self.known() {
            metric.attributes.entry(Cow::Borrowed(key)).or_insert(value);
        }
        if let Some(before) = &self.options.before_send_metric {
            let hook = "before_send_metric";
            metric = callback::kept("metric", hook, Reason::BeforeSend, metric, |it| before(it)).ok()?;
        }
        if let Some(flaw) = metric.flaw() {
            crate::debug::log!("the metric `{}` is dropped as the callback has left it: {flaw}", metric.name);
            return None;
        }
        fit_metric(&mut metric);
        Some(metric)
    }

    /// The attributes that all have.
    fn known(&self) -> impl Iterator<Item = (&'static str, LogAttribute)> {
        let process = self.process();
        let text = |text: &str| LogAttribute::from(text);
        let known = [
            ("sentry.environment", self.options.environment.as_deref().map(text)),
            ("sentry.release", self.options.release.as_deref().map(text)),
            ("sentry.sdk.name", Some(text(&process.common.sdk.name))),
            ("sentry.sdk.version", Some(text(&process.common.sdk.version))),
            ("server.address", process.server_name.as_deref().map(text)),
        ];
        known.into_iter().filter_map(|(key, value)| Some((key, value?)))
    }
}

/// Logs by items: as many together as a server takes. A hundred may be too many, though each is far below what one may be.
fn together(logs: Vec<Log>) -> Vec<Vec<Log>> {
    // Nearly always they fit, even if all of their text has to be escaped.
    if logs.iter().map(most).sum::<usize>() < LARGEST_LOG {
        return if logs.is_empty() { Vec::new() } else { vec![logs] };
    }
    let mut items: Vec<Vec<Log>> = Vec::new();
    let mut room = 0;
    for log in logs {
        // One more for the comma.
        let size = size(&log) + 1;
        match items.last_mut() {
            Some(item) if size <= room => item.push(log),
            _ => {
                items.push(vec![log]);
                room = LARGEST_LOG;
            }
        }
        room = room.saturating_sub(size);
    }
    items
}

/// Bytes of JSON that a log is at the most. Most logs need not be written to know that they are not too large.
fn most(log: &Log) -> usize {
    /// What else is in a log: names, ids, the time.
    const REST: usize = 256;
    /// What says that an attribute has a value, and of which type. A number fits in, too.
    const TYPED: usize = 64;
    let attribute = |(key, LogAttribute(value)): (&String, &LogAttribute)| {
        let value = match value {
            Value::String(text) => text.len() * ESCAPED,
            Value::Array(_) | Value::Object(_) => size(value),
            Value::Null | Value::Bool(_) | Value::Number(_) => 0,
        };
        TYPED + key.len() * ESCAPED + value
    };
    REST + log.body.len() * ESCAPED + log.attributes.iter().map(attribute).sum::<usize>()
}

/// Cuts a metric until a server takes it.
fn fit_metric(metric: &mut Metric) {
    let size = size(metric);
    if size > Metric::LARGEST {
        let name = format!("the metric `{}`", metric.name);
        leave_out(&mut metric.attributes, size, Metric::LARGEST, &name);
    }
}

/// Leaves out the longest attributes of something that has so many bytes, until it has no more than `most`. Returns how
/// many those are.
fn leave_out<K: Serialize + Display + Clone + Ord>(
    attributes: &mut Map<K, LogAttribute>,
    mut bytes: usize,
    most: usize,
    what: &str,
) -> usize {
    // Two more for the colon and the comma.
    let mut sizes: Vec<_> =
        attributes.iter().map(|(key, value)| (size(key) + size(value) + 2, key.clone())).collect();
    sizes.sort_unstable();
    while bytes > most
        && let Some((size, key)) = sizes.pop()
    {
        crate::debug::log!("{what} is too large: without `{key}`");
        attributes.remove(&key);
        bytes -= size.min(bytes);
    }
    bytes
}

/// Cuts a log until a server takes it: the longest attributes go if they leave no room for a text, then the end of the text.
fn fit(log: &mut Log) {
    if most(log) < LARGEST_LOG {
        return;
    }
    let text = std::mem::take(&mut log.body);
    let mut rest = size(log);
    if rest > LARGEST_LOG / 2 {
        rest = leave_out(&mut log.attributes, rest, LARGEST_LOG / 2, "a log");
    }
    let mut room = LARGEST_LOG.saturating_sub(rest);
    let end = text.char_indices().find(|(_, character)| {
        let bytes = match character {
            '"' | '\\' | '\n' | '\r' | '\t' | '\u{8}' | '\u{c}' => 2,
            '\0'..' ' => ESCAPED,
            other => other.len_utf8(),
        };
        let is_beyond = bytes > room;
        room = room.saturating_sub(bytes);
        is_beyond
    });
    log.body = match end {
        Some((end, _)) => text[..end].to_owned(),
        None => text,
    };
}
