//! What is made of a record.

use std::time::SystemTime;

use ::log::Record;
use ::log::kv::{Error, Key, Value as Kept, VisitSource};

use crate::client::context_tags;
use crate::protocol::{Breadcrumb, Context, Event, Level, Log, LogAttribute, LogLevel, Map, Value};

/// The level of an event or a breadcrumb.
pub fn convert_log_level(level: ::log::Level) -> Level {
    match level {
        ::log::Level::Error => Level::Error,
        ::log::Level::Warn => Level::Warning,
        ::log::Level::Info => Level::Info,
        ::log::Level::Debug | ::log::Level::Trace => Level::Debug,
    }
}

/// The level of a structured log.
pub fn convert_log_level_to_sentry_log_level(level: ::log::Level) -> LogLevel {
    match level {
        ::log::Level::Error => LogLevel::Error,
        ::log::Level::Warn => LogLevel::Warn,
        ::log::Level::Info => LogLevel::Info,
        ::log::Level::Debug => LogLevel::Debug,
        ::log::Level::Trace => LogLevel::Trace,
    }
}

/// The breadcrumb of a record: its target is the category, its key-value pairs are the data.
pub fn breadcrumb_from_record(record: &Record<'_>) -> Breadcrumb {
    Breadcrumb {
        ty: "log".into(),
        level: convert_log_level(record.level()),
        category: Some(record.target().into()),
        message: Some(record.args().to_string()),
        data: pairs(record),
        ..Breadcrumb::default()
    }
}

/// The event of a record: its target is the logger, its key-value pairs and its place are contexts.
pub fn event_from_record(record: &Record<'_>) -> Event<'static> {
    let mut contexts = Map::from([("Rust Log Metadata".to_owned(), Context::Other(place(record).collect()))]);
    let pairs = pairs(record);
    if !pairs.is_empty() {
        contexts.insert(context_tags::OF_LOG.to_owned(), Context::Other(pairs));
    }
    Event {
        logger: Some(record.target().into()),
        level: convert_log_level(record.level()),
        message: Some(record.args().to_string()),
        contexts,
        ..Event::default()
    }
}

/// The same: a record says nothing of the exception's type.
pub fn exception_from_record(record: &Record<'_>) -> Event<'static> {
    event_from_record(record)
}

/// The structured log of a record: its key-value pairs and its place are attributes.
pub fn log_from_record(record: &Record<'_>) -> Log {
    let origin = ("sentry.origin".to_owned(), Value::from("auto.log.log"));
    let all = pairs(record).into_iter().chain(place(record)).chain([origin]);
    Log {
        level: convert_log_level_to_sentry_log_level(record.level()),
        body: record.args().to_string(),
        trace_id: None,
        timestamp: SystemTime::now(),
        severity_number: None,
        attributes: all.map(|(key, value)| (key, LogAttribute(value))).collect(),
    }
}

/// Where a record was written.
fn place(record: &Record<'_>) -> impl Iterator<Item = (String, Value)> {
    let place = [
        ("logger.target", Some(Value::from(record.target()))),
        ("logger.module_path", record.module_path().map(Value::from)),
        ("logger.file", record.file().map(Value::from)),
        ("logger.line", record.line().map(Value::from)),
    ];
    place.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)))
}

/// The key-value pairs of a record, in their types.
fn pairs(record: &Record<'_>) -> Map<String, Value> {
    struct Pairs(Map<String, Value>);
    impl VisitSource<'_> for Pairs {
        fn visit_pair(&mut self, key: Key<'_>, kept: Kept<'_>) -> Result<(), Error> {
            let typed = kept.to_bool().map(Value::from);
            let typed = typed.or_else(|| kept.to_i64().map(Value::from));
            let typed = typed.or_else(|| kept.to_u64().map(Value::from));
            let typed = typed.or_else(|| kept.to_f64().map(Value::from));
            self.0.insert(key.as_str().to_owned(), typed.unwrap_or_else(|| kept.to_string().into()));
            Ok(())
        }
    }
    let mut pairs = Pairs(Map::new());
    // The visitor refuses nothing; a source that fails has said what it could.
    let _ = record.key_values().visit(&mut pairs);
    pairs.0
}
