//! The options of logs, metrics and sessions.

use std::sync::Arc;

use super::options::ClientOptions;
use crate::protocol::{Log, Metric, SessionStatus};
use crate::scope;
use crate::telemetry::{SessionMode, Telemetry};

impl ClientOptions {
    /// Sets whether structured logs are captured, by the macros [`info!`](crate::info) and its kin and by integrations.
    pub fn enable_logs(mut self, enable_logs: bool) -> Self {
        self.enable_logs = enable_logs;
        self.written.push("enable_logs");
        self
    }

    /// Sets the callback for logs. If it panics the log is dropped.
    ///
    /// ```
    /// let options = sentry::ClientOptions::new()
    ///     .before_send_log(|log| (!log.body.contains("heartbeat")).then_some(log));
    /// ```
    pub fn before_send_log<F>(mut self, before_send_log: F) -> Self
    where
        F: Fn(Log) -> Option<Log> + Send + Sync + 'static,
    {
        self.before_send_log = Some(Arc::new(before_send_log));
        self
    }

    /// Sets whether [metrics](crate::metrics) are captured.
    pub fn enable_metrics(mut self, enable_metrics: bool) -> Self {
        self.enable_metrics = enable_metrics;
        self.written.push("enable_metrics");
        self
    }

    /// Sets the callback for metrics. If it panics the metric is dropped.
    pub fn before_send_metric<F>(mut self, before_send_metric: F) -> Self
    where
        F: Fn(Metric) -> Option<Metric> + Send + Sync + 'static,
    {
        self.before_send_metric = Some(Arc::new(before_send_metric));
        self
    }

    /// Sets whether sessions start and end by themselves: the program's run, from [`init`](crate::init) until its guard is
    /// dropped, or with [`SessionMode::Request`] each request to a server that has a layer or middleware of ours. They need
    /// a release.
    ///
    /// A request is errored if an error was captured, even if it was answered with a status of 500, and crashed if its
    /// handler panicked or its service failed without an answer.
    pub fn auto_session_tracking(mut self, auto_session_tracking: bool) -> Self {
        self.auto_session_tracking = auto_session_tracking;
        self.written.push("auto_session_tracking");
        self
    }

    /// Sets what a session is: a run of the program, or a request to a server.
    ///
    /// ```
    /// let options = sentry::ClientOptions::new().session_mode(sentry::SessionMode::Request);
    /// ```
    pub fn session_mode(mut self, session_mode: SessionMode) -> Self {
        self.session_mode = session_mode;
        self.written.push("session_mode");
        self
    }

    /// Whether the program's run is a session.
    pub(super) fn tracks_run(&self) -> bool {
        self.auto_session_tracking && self.session_mode == SessionMode::Application
    }

    /// The program ends, and with it the session that its run is.
    pub(super) fn end_run(&self) {
        if self.tracks_run() {
            scope::end_session(SessionStatus::Exited);
        }
    }

    /// What of all this those need who capture.
    pub(super) fn telemetry(&self) -> Telemetry {
        Telemetry {
            logs: self.enable_logs,
            metrics: self.enable_metrics,
            pii: self.send_default_pii,
            mode: self.session_mode,
            #[cfg(any(feature = "actix", feature = "tower"))]
            requests: self.auto_session_tracking,
            release: self.release.clone(),
            environment: self.environment.clone(),
        }
    }
}
