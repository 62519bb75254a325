//! Records of the crate `log`.
//!
//! [`SentryLogger`] stands before the logger that a program has. By default an error becomes an event and a structured
//! log, a warning and an information become breadcrumbs and structured logs, and anything below goes nowhere but to
//! the program's own logger.
//!
//! ```
//! use sentry::integrations::log::{LogFilter, SentryLogger};
//!
//! // Instead of `SentryLogger::new()`, `SentryLogger::with_dest(logger)` hands every record on to a logger.
//! let logger = SentryLogger::new().filter(|metadata| match metadata.level() {
//!     log::Level::Error => LogFilter::Event,
//!     log::Level::Warn => LogFilter::Breadcrumb | LogFilter::Log,
//!     _ => LogFilter::Ignore,
//! });
//! log::set_boxed_logger(Box::new(logger)).map(|()| log::set_max_level(log::LevelFilter::Info))?;
//! log::warn!(shelf = 7; "stock is low");
//! # Ok::<(), log::SetLoggerError>(())
//! ```
//!
//! Nothing is made of a record while there is no client, nor of one that a callback of this SDK writes, or its delivery.

mod convert;

use std::fmt;

use ::log::{Log as Logger, Metadata, Record};
use bitflags::bitflags;

pub use convert::{
    breadcrumb_from_record, convert_log_level, convert_log_level_to_sentry_log_level, event_from_record,
    exception_from_record, log_from_record,
};

use crate::protocol::{Breadcrumb, Event, Log};
use crate::{callback, scope};

bitflags! {
    /// What a record becomes; several are joined by `|`.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct LogFilter: u32 {
        /// Nothing.
        const Ignore = 0b0000;
        /// A breadcrumb.
        const Breadcrumb = 0b0001;
        /// An event.
        const Event = 0b0010;
        /// The same as an event: a record says nothing of the exception's type.
        const Exception = 0b0100;
        /// A structured log.
        const Log = 0b1000;
    }
}

/// What a record was made into.
#[derive(Debug)]
#[non_exhaustive]
pub enum RecordMapping {
    /// Nothing.
    Ignore,
    /// A breadcrumb.
    Breadcrumb(Breadcrumb),
    /// An event.
    Event(Box<Event<'static>>),
    /// A structured log.
    Log(Log),
}

impl From<RecordMapping> for Vec<RecordMapping> {
    fn from(mapping: RecordMapping) -> Self {
        vec![mapping]
    }
}

/// What a record becomes unless [`SentryLogger::filter`] says otherwise.
pub fn default_filter(metadata: &Metadata<'_>) -> LogFilter {
    match metadata.level() {
        ::log::Level::Error => LogFilter::Exception | LogFilter::Log,
        ::log::Level::Warn | ::log::Level::Info => LogFilter::Breadcrumb | LogFilter::Log,
        ::log::Level::Debug | ::log::Level::Trace => LogFilter::Ignore,
    }
}

/// A logger that writes nothing.
#[derive(Clone, Copy, Debug, Default)]
pub struct NoopLogger;

impl Logger for NoopLogger {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        false
    }

    fn log(&self, _: &Record<'_>) {}

    fn flush(&self) {}
}

type Filter = Box<dyn Fn(&Metadata<'_>) -> LogFilter + Send + Sync>;
type Mapper = Box<dyn Fn(&Record<'_>) -> Vec<RecordMapping> + Send + Sync>;

/// A logger that stands before another one.
pub struct SentryLogger<L: Logger> {
    dest: L,
    filter: Filter,
    mapper: Option<Mapper>,
}

impl<L: Logger + fmt::Debug> fmt::Debug for SentryLogger<L> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SentryLogger").field("dest", &self.dest).finish_non_exhaustive()
    }
}

impl Default for SentryLogger<NoopLogger> {
    fn default() -> Self {
        Self::with_dest(NoopLogger)
    }
}

impl SentryLogger<NoopLogger> {
    /// One that stands alone.
    pub fn new() -> Self {
        Self::default()
    }
}

impl<L: Logger> SentryLogger<L> {
    /// One that hands every record on to `dest`.
    pub fn with_dest(dest: L) -> Self {
        Self { dest, filter: Box::new(default_filter), mapper: None }
    }

    /// Sets what records become. If it panics the record is ignored.
    #[must_use]
    pub fn filter<F>(mut self, filter: F) -> Self
    where
        F: Fn(&Metadata<'_>) -> LogFilter + Send + Sync + 'static,
    {
        self.filter = Box::new(filter);
        self
    }

    /// Sets a function that makes things of a record, in place of the filter: one [`RecordMapping`], or several. If it
    /// panics the record is ignored.
    ///
    /// ```
    /// use sentry::integrations::log::{RecordMapping, SentryLogger, breadcrumb_from_record};
    ///
    /// let logger = SentryLogger::new().mapper(|record| match record.target() {
    ///     "shop" => RecordMapping::Breadcrumb(breadcrumb_from_record(record)),
    ///     _ => RecordMapping::Ignore,
    /// });
    /// ```
    #[must_use]
    pub fn mapper<M, T>(mut self, mapper: M) -> Self
    where
        M: Fn(&Record<'_>) -> T + Send + Sync + 'static,
        T: Into<Vec<RecordMapping>>,
    {
        self.mapper = Some(Box::new(move |record| mapper(record).into()));
        self
    }

    fn classify(&self, metadata: &Metadata<'_>) -> LogFilter {
        let filter = || (self.filter)(metadata);
        callback::guarded("the filter of records", filter).unwrap_or(LogFilter::Ignore)
    }

    fn capture(&self, record: &Record<'_>) {
        let Some(mapper) = &self.mapper else {
            let filter = self.classify(record.metadata());
            if filter.contains(LogFilter::Breadcrumb) {
                crate::add_breadcrumb(|| breadcrumb_from_record(record));
            }
            if filter.intersects(LogFilter::Event | LogFilter::Exception) {
                crate::capture_event(event_from_record(record));
            }
            if filter.contains(LogFilter::Log) {
                crate::capture_log(log_from_record(record));
            }
            return;
        };
        for mapping in callback::guarded("the mapper of records", || mapper(record)).unwrap_or_default() {
            match mapping {
                RecordMapping::Ignore => {}
                RecordMapping::Breadcrumb(breadcrumb) => crate::add_breadcrumb(breadcrumb),
                RecordMapping::Event(event) => drop(crate::capture_event(*event)),
                RecordMapping::Log(log) => crate::capture_log(log),
            }
        }
    }
}

impl<L: Logger> Logger for SentryLogger<L> {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        self.dest.enabled(metadata) || self.mapper.is_some() || self.classify(metadata) != LogFilter::Ignore
    }

    fn log(&self, record: &Record<'_>) {
        // What a callback or the delivery writes would be captured, and be written of, without end.
        if scope::is_active() && !callback::is_running() {
            self.capture(record);
        }
        self.dest.log(record);
    }

    fn flush(&self) {
        self.dest.flush();
    }
}
