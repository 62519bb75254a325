//! The macros that write structured logs.

use std::fmt;
use std::time::SystemTime;

use crate::protocol::{Log, LogAttribute, LogLevel, Map, Value};
use crate::scope::{self, Here, Item};
use crate::telemetry::Batch;

/// Captures a structured log. The macros [`info!`](crate::info) and its kin make one and capture it.
///
/// It belongs to the trace and the span that are active, unless it says otherwise. Without a client, or with
/// [`enable_logs(false)`](crate::ClientOptions::enable_logs), it goes nowhere.
///
/// ```
/// use std::time::SystemTime;
/// use sentry::protocol::{Log, LogLevel, Map};
///
/// sentry::capture_log(Log {
///     level: LogLevel::Info,
///     body: "item added".to_owned(),
///     trace_id: None,
///     timestamp: SystemTime::now(),
///     severity_number: None,
///     attributes: Map::from([("item".to_owned(), "pear".into())]),
/// });
/// ```
pub fn capture_log(mut log: Log) {
    let Some(host) = scope::host().filter(|host| host.telemetry().logs) else { return };
    Here::now().place_log(&mut log);
    host.accept(Item::batch(Batch::Logs(vec![log])));
}

/// A log that a macro writes.
#[derive(Debug)]
pub struct Entry {
    level: LogLevel,
    attributes: Map<String, LogAttribute>,
    parameters: usize,
}

impl Entry {
    /// Begins a log; `None` if nobody wants it, so that nothing of it is computed.
    #[inline]
    pub fn begin(level: LogLevel) -> Option<Self> {
        let wanted = scope::is_active() && scope::host().is_some_and(|host| host.telemetry().logs);
        wanted.then(|| Self { level, attributes: Map::new(), parameters: 0 })
    }

    /// Adds an attribute.
    pub fn attribute(&mut self, key: &str, value: Value) {
        self.attributes.insert(key.to_owned(), LogAttribute(value));
    }

    /// Adds what takes a place in the text.
    pub fn parameter(&mut self, value: Value) {
        let key = format!("sentry.message.parameter.{}", self.parameters);
        self.parameters += 1;
        self.attribute(&key, value);
    }

    /// Captures the log. `template` is the text before anything took its places in it.
    pub fn end(mut self, template: &str, text: fmt::Arguments<'_>) {
        if self.parameters > 0 {
            self.attribute("sentry.message.template", template.into());
        }
        let Self { level, attributes, .. } = self;
        let (body, timestamp) = (text.to_string(), SystemTime::now());
        capture_log(Log { level, body, trace_id: None, timestamp, severity_number: None, attributes });
    }
}

/// Captures a log at a level: what [`logger_info!`](crate::logger_info) and its kin do.
#[doc(hidden)]
#[macro_export]
macro_rules! logger_log {
    ($level:expr, $($log:tt)+) => {
        if let ::core::option::Option::Some(mut entry) = $crate::__private::Entry::begin($level) {
            $crate::logger_log!(@entry entry, $($log)+)
        }
    };
    (@entry $entry:ident, $text:literal $(,)?) => {
        $entry.end($text, ::core::format_args!($text))
    };
    (@entry $entry:ident, $text:literal, $($parameter:expr),+ $(,)?) => {
        match ($(&$parameter,)+) {
            parameters => $crate::logger_log!(@text $entry, $text, parameters, [$($parameter)+] [0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15] [])
        }
    };
    // One place in the text after the other gets its number in the tuple of parameters.
    (@text $entry:ident, $text:literal, $parameters:ident, [$first:tt $($rest:tt)*] [$number:tt $($numbers:tt)*] [$($done:tt)*]) => {
        $crate::logger_log!(@text $entry, $text, $parameters, [$($rest)*] [$($numbers)*] [$($done)* $number])
    };
    (@text $entry:ident, $text:literal, $parameters:ident, [] [$($numbers:tt)*] [$($done:tt)+]) => {{
        $(
            $entry.parameter($crate::logger_log!(@value $parameters.$done));
        )+
        $entry.end($text, ::core::format_args!($text, $($parameters.$done),+))
    }};
    (@entry $entry:ident, $first:ident $(. $key:ident)* = $value:expr, $($log:tt)+) => {{
        $entry.attribute(
            ::core::concat!(::core::stringify!($first) $(, ".", ::core::stringify!($key))*),
            $crate::logger_log!(@value &$value),
        );
        $crate::logger_log!(@entry $entry, $($log)+)
    }};
    (@entry $entry:ident, $key:literal = $value:expr, $($log:tt)+) => {{
        $entry.attribute($key, $crate::logger_log!(@value &$value));
        $crate::logger_log!(@entry $entry, $($log)+)
    }};
    (@value $value:expr) => {{
        #[allow(unused_imports, reason = "which of them shows the value, the compiler decides")]
        use $crate::__private::value::{ShowDebug, ShowDisplay, ShowName, ShowPrimitive};
        (&&&&$crate::__private::value::Shown($value)).__sentry_value()
    }};
}

/// Writes a structured log at the level `trace`: each step. Also called [`sentry::trace!`](crate::trace).
///
/// See [`logger_info!`](crate::logger_info) for what it takes.
///
/// ```
/// sentry::trace!(attempt = 2, "no answer from {}", "10.0.0.7");
/// ```
#[macro_export]
macro_rules! logger_trace {
    ($($log:tt)+) => {
        $crate::logger_log!($crate::protocol::LogLevel::Trace, $($log)+)
    };
}

/// Writes a structured log at the level `debug`: what those look at who search for a fault. Also called [`sentry::debug!`](crate::debug).
///
/// See [`logger_info!`](crate::logger_info) for what it takes.
///
/// ```
/// sentry::debug!(attempt = 2, "no answer from {}", "10.0.0.7");
/// ```
#[macro_export]
macro_rules! logger_debug {
    ($($log:tt)+) => {
        $crate::logger_log!($crate::protocol::LogLevel::Debug, $($log)+)
    };
}

/// Writes a structured log at the level `info`: something happened. Also called [`sentry::info!`](crate::info).
///
/// Attributes come first, `key = value`; keys may be dotted. Numbers, bools and texts keep their types, other values
/// become text by their `Display` or `Debug`. Then comes the text, as for `format!`, with up to 16 values; Sentry keeps
/// them and the text without them beside the log, so that logs can be found by either. Without a client nothing of it is
/// computed.
///
/// ```
/// let (name, seconds) = ("nightly", 3);
/// sentry::info!("import {} took {} s", name, seconds);
/// sentry::info!(user.id = 4711, import.rows = 300_u64, "import {name} is done");
/// ```
///
/// Source: Sentry's SDK documentation, "Logs".
#[macro_export]
macro_rules! logger_info {
    ($($log:tt)+) => {
        $crate::logger_log!($crate::protocol::LogLevel::Info, $($log)+)
    };
}

/// Writes a structured log at the level `warn`: something is not as it should be. Also called [`sentry::warn!`](crate::warn).
///
/// See [`logger_info!`](crate::logger_info) for what it takes.
///
/// ```
/// sentry::warn!(attempt = 2, "no answer from {}", "10.0.0.7");
/// ```
#[macro_export]
macro_rules! logger_warn {
    ($($log:tt)+) => {
        $crate::logger_log!($crate::protocol::LogLevel::Warn, $($log)+)
    };
}

/// Writes a structured log at the level `error`: something failed; it makes no event of it, see [`capture_error`](crate::capture_error). Also called [`sentry::error!`](crate::error).
///
/// See [`logger_info!`](crate::logger_info) for what it takes.
///
/// ```
/// sentry::error!(attempt = 2, "no answer from {}", "10.0.0.7");
/// ```
#[macro_export]
macro_rules! logger_error {
    ($($log:tt)+) => {
        $crate::logger_log!($crate::protocol::LogLevel::Error, $($log)+)
    };
}

/// Writes a structured log at the level `fatal`: the program, or a thread of it, cannot go on. Also called [`sentry::fatal!`](crate::fatal).
///
/// See [`logger_info!`](crate::logger_info) for what it takes.
///
/// ```
/// sentry::fatal!(attempt = 2, "no answer from {}", "10.0.0.7");
/// ```
#[macro_export]
macro_rules! logger_fatal {
    ($($log:tt)+) => {
        $crate::logger_log!($crate::protocol::LogLevel::Fatal, $($log)+)
    };
}
