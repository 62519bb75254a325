//! One run of a function with `#[cron]`.

use std::fmt;
use std::future::Future;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::Instant;

use super::future::Witness;
use crate::protocol::{
    MonitorCheckIn, MonitorCheckInStatus, MonitorConfig, MonitorIntervalUnit, MonitorSchedule, Uuid,
};
use crate::scope::{self, Host, Item, Snapshot};

/// What the attribute says of the job.
#[derive(Clone, Copy, Debug)]
pub struct Monitor {
    /// Which job.
    pub slug: &'static str,
    /// What Sentry shall know of it, if it shall be told.
    pub config: Option<Config>,
}

/// What Sentry shall know of a job.
#[derive(Clone, Copy, Debug)]
pub struct Config {
    /// When it runs.
    pub schedule: Schedule,
    /// The zone of the schedule's times.
    pub timezone: Option<&'static str>,
    /// Minutes.
    pub checkin_margin: Option<u64>,
    /// Minutes.
    pub max_runtime: Option<u64>,
    /// Runs.
    pub failure_issue_threshold: Option<u64>,
    /// Runs.
    pub recovery_threshold: Option<u64>,
}

/// When a job runs.
#[derive(Clone, Copy, Debug)]
pub enum Schedule {
    /// At the times that a crontab line says.
    Crontab(&'static str),
    /// So many units after the last run.
    Interval(u64, MonitorIntervalUnit),
}

pub use crate::protocol::MonitorIntervalUnit as Unit;

impl Config {
    fn to_protocol(self) -> MonitorConfig {
        MonitorConfig {
            schedule: match self.schedule {
                Schedule::Crontab(value) => MonitorSchedule::Crontab { value: value.to_owned() },
                Schedule::Interval(value, unit) => MonitorSchedule::Interval { value, unit },
            },
            checkin_margin: self.checkin_margin,
            max_runtime: self.max_runtime,
            timezone: self.timezone.map(str::to_owned),
            failure_issue_threshold: self.failure_issue_threshold,
            recovery_threshold: self.recovery_threshold,
        }
    }
}

/// The job is running. When it is dropped without having been told how the job ended, the job panicked or its future was
/// dropped.
#[derive(Debug)]
#[must_use = "the run ends when it is dropped"]
pub struct Run {
    active: Option<Active>,
}

// It tells its client that the job panicked, whoever catches that.
impl UnwindSafe for Run {}
impl RefUnwindSafe for Run {}

struct Active {
    monitor: &'static Monitor,
    id: Uuid,
    since: Instant,
    /// The client that knows of the beginning learns of the end.
    host: Arc<dyn Host>,
}

impl fmt::Debug for Active {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Active").field("monitor", &self.monitor).field("id", &self.id).finish_non_exhaustive()
    }
}

/// Says that the job begins.
pub fn start(monitor: &'static Monitor) -> Run {
    let active =
        scope::host().map(|host| Active { monitor, id: crate::random::uuid(), since: Instant::now(), host });
    if let Some(active) = &active {
        active.check_in(MonitorCheckInStatus::InProgress, None);
    }
    Run { active }
}

impl Run {
    /// The job has ended well.
    pub fn completed(mut self) {
        self.end(MonitorCheckInStatus::Ok);
    }

    /// The job has returned an error.
    pub fn failed(mut self) {
        self.end(MonitorCheckInStatus::Error);
    }

    fn end(&mut self, status: MonitorCheckInStatus) {
        if let Some(active) = self.active.take() {
            active.check_in(status, Some(active.since.elapsed().as_secs_f64()));
        }
    }
}

impl Drop for Run {
    fn drop(&mut self) {
        self.end(MonitorCheckInStatus::Error);
    }
}

impl Active {
    fn check_in(&self, status: MonitorCheckInStatus, duration: Option<f64>) {
        let check_in = MonitorCheckIn {
            check_in_id: self.id,
            monitor_slug: self.monitor.slug.to_owned(),
            status,
            environment: None,
            duration,
            monitor_config: self.monitor.config.map(Config::to_protocol),
        };
        self.host.accept(Item::CheckIn { check_in: Box::new(check_in), scopes: Box::new(Snapshot::take()) });
    }
}

/// A future, as what it is bounded to be.
#[inline]
pub fn future<F: Future>(future: F) -> F {
    future
}

/// Watches the future that a job returns: the job runs from when that is first polled.
pub async fn watch<T, F, O>(_: Witness<T>, monitor: &'static Monitor, future: F, observe: O) -> T
where
    F: Future<Output = T>,
    O: FnOnce(&T, Run),
{
    let run = start(monitor);
    let output = future.await;
    observe(&output, run);
    output
}
