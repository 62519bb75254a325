//! Monitors of scheduled jobs: what they are called, and when the jobs run.

mod crontab;
mod interval;
mod slug;
mod zone;

pub use crontab::crontab;
pub use interval::{Unit, interval};
pub use slug::monitor_slug;
pub use zone::time_zone;

use crate::Broken;

/// When a job runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Schedule<'a> {
    /// A crontab line.
    Crontab(&'a str),
    /// So many units after the last run.
    Interval(u64, Unit),
}

/// Reads a schedule: a crontab line, or `every 10 minutes`.
///
/// # Errors
///
/// When it is neither, or Sentry would refuse it.
///
/// ```
/// use monitored_rules::{Schedule, Unit, schedule};
///
/// assert_eq!(schedule("30 4 * * MON-FRI"), Ok(Schedule::Crontab("30 4 * * MON-FRI")));
/// assert_eq!(schedule("every 10 minutes"), Ok(Schedule::Interval(10, Unit::Minute)));
/// assert_eq!(
///     schedule("0 24 * * *").unwrap_err().to_string(),
///     "the hour is from 0 to 23, this one is 24"
/// );
/// ```
pub fn schedule(text: &str) -> Result<Schedule<'_>, Broken> {
    if let Some(interval) = interval(text)? {
        let (count, unit) = interval;
        return Ok(Schedule::Interval(count, unit));
    }
    crontab(text)?;
    Ok(Schedule::Crontab(text.trim()))
}

/// Checks minutes by which a job may be late, or which it may take: 1 to 40320, which are 28 days.
///
/// # Errors
///
/// When Sentry would refuse the monitor.
pub fn monitor_minutes(count: u64) -> Result<(), Broken> {
    between("a time of a monitor is from 1 to 40320 minutes (28 days)", count, 40_320)
}

/// Checks how many runs in a row make or resolve an issue: 1 to 720.
///
/// # Errors
///
/// When Sentry would refuse the monitor.
pub fn monitor_threshold(count: u64) -> Result<(), Broken> {
    between("a threshold of a monitor is from 1 to 720", count, 720)
}

fn between(rule: &str, count: u64, most: u64) -> Result<(), Broken> {
    if (1..=most).contains(&count) {
        return Ok(());
    }
    Err(Broken::new(format!("{rule}, this one is {count}")))
}

#[cfg(test)]
mod tests {
    use super::{Schedule, Unit, monitor_minutes, monitor_threshold, schedule};

    #[test]
    fn schedules() {
        assert_eq!(schedule(" @daily "), Ok(Schedule::Crontab("@daily")));
        assert_eq!(schedule("every 2 weeks"), Ok(Schedule::Interval(2, Unit::Week)));
        for (text, message) in [
            (
                "",
                "a crontab line has five fields (minute, hour, day of the month, month, day of the week), this one has 0",
            ),
            ("every 0 hours", "an interval is at least one unit, this one is 0"),
            (
                "often",
                "a crontab line has five fields (minute, hour, day of the month, month, day of the week), this one has 1",
            ),
        ] {
            assert_eq!(schedule(text).unwrap_err().to_string(), message, "{text}");
        }
    }

    #[test]
    fn numbers() {
        for (good, bad) in [(1, 0), (40_320, 40_321)] {
            assert_eq!(monitor_minutes(good), Ok(()));
            assert!(monitor_minutes(bad).is_err());
        }
        for (good, bad) in [(1, 0), (720, 721)] {
            assert_eq!(monitor_threshold(good), Ok(()));
            assert!(monitor_threshold(bad).is_err());
        }
    }
}
