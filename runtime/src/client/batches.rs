//! From a batch to an envelope: what is known of the process, and the user's callbacks.

use std::borrow::Cow;

use serde::Serialize;

use super::pipeline::Pipeline;
use crate::callback;
use crate::privacy::Filter;
use crate::protocol::{Envelope, ItemContainer, Log, LogAttribute, Metric, Reason};
use crate::telemetry::Batch;

/// Bytes of JSON that Sentry takes of a log, with room for what is around it.
const LARGEST_LOG: usize = (1 << 20) - 1024;
/// Bytes of a metric that Sentry takes: with a larger one it refuses the envelope.
const LARGEST_METRIC: usize = 2048;

impl Pipeline {
    /// What many small things are made into.
    pub(super) fn batch(&self, batch: Batch) -> Result<Envelope, Reason> {
        let mut envelope = Envelope::new();
        match batch {
            Batch::Logs(logs) => {
                let mut filter = Filter::new(&self.collection);
                let logs: Vec<_> = logs.into_iter().filter_map(|log| self.log(log, &mut filter)).collect();
                put(&mut envelope, logs.len(), ItemContainer::Logs(logs))?;
            }
            Batch::Metrics(metrics) => {
                let mut filter = Filter::new(&self.collection);
                let metrics: Vec<_> =
                    metrics.into_iter().filter_map(|it| self.metric(it, &mut filter)).collect();
                put(&mut envelope, metrics.len(), ItemContainer::Metrics(metrics))?;
            }
            Batch::Updates(updates) => updates.into_iter().for_each(|update| envelope.add_item(update)),
            Batch::Tally(tally) => envelope.add_item(tally.into_protocol()),
        }
        // They may be of several traces, and so there is none in the headers.
        Ok(envelope.with_headers(Self::headers()))
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
        while size(&metric) > LARGEST_METRIC
            && let Some((key, _)) = metric.attributes.pop_last()
        {
            crate::debug::log!("the metric `{}` is too large: without `{key}`", metric.name);
        }
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

/// Puts in what a callback has left.
fn put(envelope: &mut Envelope, count: usize, items: ItemContainer) -> Result<(), Reason> {
    if count == 0 {
        return Err(Reason::BeforeSend);
    }
    envelope.add_item(items);
    Ok(())
}

/// Cuts a log until a server takes it: the longest attributes go if they leave no room for a text, then the end of the text.
fn fit(log: &mut Log) {
    /// Bytes of JSON for one of a text, at the most: `\u0001`.
    const ESCAPED: usize = 6;
    /// What else is in a log: names, ids, and what the SDK adds.
    const REST: usize = 1 << 16;
    if log.weight().saturating_mul(ESCAPED) < LARGEST_LOG - REST {
        return;
    }
    let text = std::mem::take(&mut log.body);
    let mut rest = size(log);
    if rest > LARGEST_LOG / 2 {
        let attributes = log.attributes.iter();
        let mut sizes: Vec<_> =
            attributes.map(|(key, value)| (size(key) + size(value) + 2, key.clone())).collect();
        sizes.sort_unstable();
        while rest > LARGEST_LOG / 2
            && let Some((size, key)) = sizes.pop()
        {
            crate::debug::log!("a log is too large: without `{key}`");
            log.attributes.remove(&key);
            rest -= size.min(rest);
        }
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

/// How long it is as JSON; what cannot be written is found out when it is.
fn size(item: &impl Serialize) -> usize {
    serde_json::to_string(item).map_or(0, |json| json.len())
}
