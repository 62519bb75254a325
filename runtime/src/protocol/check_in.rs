//! Check-ins of scheduled jobs.

use std::collections::BTreeMap;
use std::error::Error;
use std::fmt;
use std::ops::{Deref, DerefMut};

use serde::{Deserialize, Serialize, Serializer};

use super::{TraceId, Uuid};

/// How a run of a job goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MonitorCheckInStatus {
    /// It has ended well.
    Ok,
    /// It has failed.
    Error,
    /// It has begun.
    InProgress,
    /// It did not begin in time. Sentry says so, not a program.
    Missed,
    /// Nothing is known.
    #[serde(other)]
    Unknown,
}

/// When a job runs.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case", tag = "type")]
pub enum MonitorSchedule {
    /// At the times that a crontab line says.
    Crontab {
        /// Minute, hour, day of the month, month and day of the week, as in `30 4 * * MON-FRI`.
        value: String,
    },
    /// At a distance from the last run.
    Interval {
        /// How many units.
        value: u64,
        /// Of what.
        unit: MonitorIntervalUnit,
    },
}

impl MonitorSchedule {
    /// The schedule that a crontab line says.
    ///
    /// # Errors
    ///
    /// When Sentry would refuse the line.
    ///
    /// ```
    /// use sentry::protocol::MonitorSchedule;
    ///
    /// assert!(MonitorSchedule::from_crontab("0 0 */2 * *").is_ok());
    /// let error = MonitorSchedule::from_crontab("0 24 * * *").unwrap_err();
    /// assert_eq!(error.to_string(), "the hour is from 0 to 23, this one is 24");
    /// ```
    pub fn from_crontab(crontab_str: &str) -> Result<Self, CrontabParseError> {
        match monitored_rules::crontab(crontab_str) {
            Ok(()) => Ok(Self::Crontab { value: crontab_str.to_owned() }),
            Err(broken) => Err(CrontabParseError { broken }),
        }
    }
}

/// A text is not a crontab line that Sentry takes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CrontabParseError {
    broken: monitored_rules::Broken,
}

impl fmt::Display for CrontabParseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.broken.fmt(f)
    }
}

impl Error for CrontabParseError {}

/// What an interval is counted in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum MonitorIntervalUnit {
    /// Years.
    Year,
    /// Months.
    Month,
    /// Weeks.
    Week,
    /// Days.
    Day,
    /// Hours.
    Hour,
    /// Minutes.
    Minute,
}

/// What Sentry shall know of a job; a check-in that carries it creates or changes the monitor.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize, Serialize)]
pub struct MonitorConfig {
    /// When the job runs.
    pub schedule: MonitorSchedule,
    /// Minutes by which a run may begin late before it counts as missed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub checkin_margin: Option<u64>,
    /// Minutes that a run may take before it counts as failed.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub max_runtime: Option<u64>,
    /// The zone of the schedule's times, as the tz database names it: `Europe/Vienna`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub timezone: Option<String>,
    /// Failures in a row that make an issue.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub failure_issue_threshold: Option<u64>,
    /// Good runs in a row that resolve it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub recovery_threshold: Option<u64>,
}

/// One sign of life of a job, as [`capture_check_in`](crate::capture_check_in) takes it.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct MonitorCheckIn {
    /// The same for all check-ins of one run. The nil id stands for the latest run that has begun.
    #[serde(serialize_with = "simple")]
    pub check_in_id: Uuid,
    /// Which job: lower-case letters, digits, `-` and `_`, at most 50.
    pub monitor_slug: String,
    /// How the run goes.
    pub status: MonitorCheckInStatus,
    /// Where it runs; default the client's environment.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub environment: Option<String>,
    /// Seconds since it began.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub duration: Option<f64>,
    /// What Sentry shall know of the job.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub monitor_config: Option<MonitorConfig>,
}

/// A check-in as it is sent: with what the client knows.
#[derive(Clone, Debug, PartialEq, Deserialize, Serialize)]
pub struct CheckIn {
    /// What was captured.
    #[serde(flatten)]
    pub check_in: MonitorCheckIn,
    /// The program's version.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub release: Option<String>,
    /// The trace that the run belongs to: leads from it to the run's errors.
    #[serde(default, rename = "contexts", with = "contexts", skip_serializing_if = "Option::is_none")]
    pub trace_id: Option<TraceId>,
}

impl From<MonitorCheckIn> for CheckIn {
    fn from(check_in: MonitorCheckIn) -> Self {
        Self { check_in, release: None, trace_id: None }
    }
}

impl Deref for CheckIn {
    type Target = MonitorCheckIn;

    fn deref(&self) -> &MonitorCheckIn {
        &self.check_in
    }
}

impl DerefMut for CheckIn {
    fn deref_mut(&mut self) -> &mut MonitorCheckIn {
        &mut self.check_in
    }
}

fn simple<S: Serializer>(id: &Uuid, serializer: S) -> Result<S::Ok, S::Error> {
    id.simple().serialize(serializer)
}

/// `{"trace":{"trace_id":"…"}}`
mod contexts {
    use serde::{Deserialize, Deserializer, Serialize, Serializer};

    use super::{BTreeMap, TraceId};

    type Contexts = BTreeMap<String, BTreeMap<String, TraceId>>;

    #[expect(clippy::ref_option, reason = "serde hands over a reference to the field")]
    pub(super) fn serialize<S: Serializer>(id: &Option<TraceId>, serializer: S) -> Result<S::Ok, S::Error> {
        let trace = id.iter().map(|id| ("trace_id", *id)).collect::<BTreeMap<_, _>>();
        BTreeMap::from([("trace", trace)]).serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(
        deserializer: D,
    ) -> Result<Option<TraceId>, D::Error> {
        let contexts = Contexts::deserialize(deserializer)?;
        Ok(contexts.get("trace").and_then(|trace| trace.get("trace_id")).copied())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_in() -> MonitorCheckIn {
        MonitorCheckIn {
            check_in_id: Uuid::from_u128(1),
            monitor_slug: "nightly".into(),
            status: MonitorCheckInStatus::InProgress,
            environment: None,
            duration: None,
            monitor_config: None,
        }
    }

    #[test]
    fn what_is_not_known_is_left_out() {
        let check_in = CheckIn::from(check_in());
        let json = serde_json::to_string(&check_in).unwrap();
        assert_eq!(
            json,
            r#"{"check_in_id":"00000000000000000000000000000001","monitor_slug":"nightly","status":"in_progress"}"#
        );
        assert_eq!(serde_json::from_str::<CheckIn>(&json).unwrap(), check_in);
    }

    #[test]
    fn everything() {
        let config = MonitorConfig {
            schedule: MonitorSchedule::Interval { value: 10, unit: MonitorIntervalUnit::Minute },
            checkin_margin: Some(5),
            max_runtime: Some(30),
            timezone: Some("Europe/Vienna".into()),
            failure_issue_threshold: Some(2),
            recovery_threshold: Some(3),
        };
        let check_in = CheckIn {
            check_in: MonitorCheckIn {
                status: MonitorCheckInStatus::Ok,
                environment: Some("production".into()),
                duration: Some(1.5),
                monitor_config: Some(config),
                ..check_in()
            },
            release: Some("shop@1.0.0".into()),
            trace_id: Some(TraceId::from([1; 16])),
        };
        let json = serde_json::to_string(&check_in).unwrap();
        assert_eq!(
            json,
            concat!(
                r#"{"check_in_id":"00000000000000000000000000000001","monitor_slug":"nightly","status":"ok","#,
                r#""environment":"production","duration":1.5,"monitor_config":{"schedule":{"type":"interval","#,
                r#""value":10,"unit":"minute"},"checkin_margin":5,"max_runtime":30,"#,
                r#""timezone":"Europe/Vienna","failure_issue_threshold":2,"recovery_threshold":3},"#,
                r#""release":"shop@1.0.0","#,
                r#""contexts":{"trace":{"trace_id":"01010101010101010101010101010101"}}}"#
            )
        );
        assert_eq!(serde_json::from_str::<CheckIn>(&json).unwrap(), check_in);
    }
}
