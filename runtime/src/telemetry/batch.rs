//! Small things that leave together.
//!
//! Source: Sentry's SDK documentation, "Telemetry processor: backend" and "Envelopes: size limits".

use std::time::{Duration, Instant};

use super::Tally;
use crate::protocol::{Category, Log, Metric, SessionUpdate};

/// Things in one batch, and so in one envelope.
const MOST: usize = 100;
/// Logs, and metrics, that may wait; whoever sends more than can be delivered loses the oldest.
pub(crate) const MOST_WAITING: usize = 1000;

/// What a session takes in memory, or a line of those that are counted.
const SESSION: usize = 256;

/// Things of one kind.
#[derive(Debug)]
pub(crate) enum Batch {
    Logs(Vec<Log>),
    Metrics(Vec<Metric>),
    /// Sessions that are sent one by one.
    Updates(Vec<SessionUpdate<'static>>),
    /// Sessions that are counted.
    Tally(Box<Tally>),
}

/// What is in a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    Logs,
    Metrics,
    Updates,
    Tally,
}

impl Kind {
    pub(crate) const ALL: [Self; 4] = [Self::Logs, Self::Metrics, Self::Updates, Self::Tally];

    /// Until when one of this kind waits for others, if the first came at `since`.
    pub(crate) fn due(self, since: Instant) -> Instant {
        since
            + match self {
                Self::Logs | Self::Metrics => Duration::from_secs(5),
                // How a program goes is of interest as long as it goes.
                Self::Updates => Duration::ZERO,
                Self::Tally => Duration::from_mins(1),
            }
    }

    pub(crate) fn is_session(self) -> bool {
        matches!(self, Self::Updates | Self::Tally)
    }
}

impl Batch {
    /// A session that has ended and is counted.
    pub(super) fn counted(session: SessionUpdate<'static>) -> Self {
        Self::Tally(Box::new(Tally::of(session)))
    }

    pub(crate) fn kind(&self) -> Kind {
        match self {
            Self::Logs(_) => Kind::Logs,
            Self::Metrics(_) => Kind::Metrics,
            Self::Updates(_) => Kind::Updates,
            Self::Tally(_) => Kind::Tally,
        }
    }

    /// Takes up what is in another batch of the same kind, and says by how much that [grows](Self::size). One of another
    /// kind is given back.
    pub(crate) fn append(&mut self, other: Self) -> Result<usize, Self> {
        let size = other.size();
        match (self, other) {
            (Self::Logs(all), Self::Logs(mut more)) => all.append(&mut more),
            (Self::Metrics(all), Self::Metrics(mut more)) => all.append(&mut more),
            (Self::Updates(all), Self::Updates(mut more)) => all.append(&mut more),
            (Self::Tally(all), Self::Tally(more)) => {
                let lines = all.lines();
                all.add(*more);
                return Ok((all.lines() - lines) * SESSION);
            }
            (_, other) => return Err(other),
        }
        Ok(size)
    }

    /// Whether it takes no more.
    pub(crate) fn is_full(&self) -> bool {
        self.len() >= MOST
    }

    /// How many things it holds.
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Logs(logs) => logs.len(),
            Self::Metrics(metrics) => metrics.len(),
            Self::Updates(updates) => updates.len(),
            Self::Tally(tally) => tally.lines(),
        }
    }

    /// What it counts for.
    pub(crate) fn quantities(&self) -> [(Category, u64); 2] {
        match self {
            Self::Logs(logs) => {
                let bytes = logs.iter().map(Log::weight).sum();
                [(Category::LogItem, wide(logs.len())), (Category::LogByte, wide(bytes))]
            }
            Self::Metrics(metrics) => {
                let bytes = metrics.iter().map(Metric::weight).sum();
                [(Category::TraceMetric, wide(metrics.len())), (Category::TraceMetricByte, wide(bytes))]
            }
            Self::Updates(updates) => [(Category::Session, wide(updates.len())), (Category::Default, 0)],
            Self::Tally(tally) => [(Category::Session, tally.sessions()), (Category::Default, 0)],
        }
    }

    /// Roughly what it takes in memory.
    pub(crate) fn size(&self) -> usize {
        /// A log or a metric with a few attributes, each a node of a map.
        const ITEM: usize = 512;
        let [_, (_, bytes)] = self.quantities();
        match self {
            Self::Logs(_) | Self::Metrics(_) => {
                self.len() * ITEM + usize::try_from(bytes).unwrap_or(usize::MAX / 2) * 2
            }
            Self::Updates(_) | Self::Tally(_) => self.len() * SESSION,
        }
    }
}

fn wide(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;
    use crate::protocol::{SessionAttributes, SessionStatus, Uuid};

    fn session(second: u64, status: SessionStatus, errors: u64) -> Batch {
        let attributes = SessionAttributes {
            release: "shop@1".into(),
            environment: None,
            ip_address: None,
            user_agent: None,
        };
        Batch::counted(SessionUpdate {
            session_id: Uuid::nil(),
            distinct_id: None,
            sequence: None,
            timestamp: None,
            started: UNIX_EPOCH + Duration::from_secs(second),
            init: true,
            duration: None,
            status,
            errors,
            attributes,
        })
    }

    #[test]
    fn sessions_are_counted_by_the_minute_in_which_they_began() {
        let mut all = session(60, SessionStatus::Exited, 0);
        for (second, status, errors) in [
            (61, SessionStatus::Exited, 0),
            (119, SessionStatus::Exited, 3),
            (119, SessionStatus::Crashed, 1),
            (119, SessionStatus::Abnormal, 0),
            (120, SessionStatus::Ok, 0),
        ] {
            assert!(all.append(session(second, status, errors)).is_ok());
        }
        assert_eq!(all.quantities()[0], (Category::Session, 6));
        let Batch::Tally(tally) = all else { panic!("a tally") };
        let lines = serde_json::to_value(tally.into_protocol()).unwrap();
        assert_eq!(
            lines["aggregates"],
            serde_json::json!([
                { "started": "1970-01-01T00:01:00.000Z", "exited": 2, "errored": 1, "abnormal": 1, "crashed": 1 },
                { "started": "1970-01-01T00:02:00.000Z", "exited": 1 },
            ])
        );
        assert_eq!(lines["attrs"]["release"], "shop@1");
    }
}
