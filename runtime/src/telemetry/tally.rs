//! Sessions that are counted and not sent one by one.

use std::collections::BTreeMap;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use crate::protocol::{
    SessionAggregateItem, SessionAggregates, SessionAttributes, SessionStatus, SessionUpdate,
};

/// Counts of sessions, by the minute in which they began and by whose they are.
#[derive(Debug)]
pub(crate) struct Tally {
    counts: BTreeMap<(SystemTime, Option<String>), SessionAggregateItem>,
    attributes: SessionAttributes<'static>,
}

impl Tally {
    /// One session, which has ended.
    pub(super) fn of(session: SessionUpdate<'static>) -> Self {
        let minute = minute_of(session.started);
        let mut item = SessionAggregateItem {
            started: minute,
            distinct_id: session.distinct_id.clone(),
            exited: 0,
            errored: 0,
            abnormal: 0,
            crashed: 0,
        };
        match session.status {
            SessionStatus::Crashed => item.crashed = 1,
            SessionStatus::Abnormal => item.abnormal = 1,
            SessionStatus::Ok | SessionStatus::Exited if session.errors > 0 => item.errored = 1,
            SessionStatus::Ok | SessionStatus::Exited => item.exited = 1,
        }
        let counts = BTreeMap::from([((minute, session.distinct_id), item)]);
        Self { counts, attributes: session.attributes }
    }

    /// Adds what another one has counted.
    pub(super) fn add(&mut self, other: Self) {
        for (key, more) in other.counts {
            match self.counts.get_mut(&key) {
                Some(known) => {
                    for (count, more) in [
                        (&mut known.exited, more.exited),
                        (&mut known.errored, more.errored),
                        (&mut known.abnormal, more.abnormal),
                        (&mut known.crashed, more.crashed),
                    ] {
                        *count = count.saturating_add(more);
                    }
                }
                None => drop(self.counts.insert(key, more)),
            }
        }
    }

    /// How many lines there are.
    pub(super) fn lines(&self) -> usize {
        self.counts.len()
    }

    /// How many sessions were counted.
    pub(super) fn sessions(&self) -> u64 {
        self.counts.values().map(SessionAggregateItem::count).sum()
    }

    pub(crate) fn into_protocol(self) -> SessionAggregates<'static> {
        SessionAggregates { aggregates: self.counts.into_values().collect(), attributes: self.attributes }
    }
}

fn minute_of(time: SystemTime) -> SystemTime {
    let seconds = time.duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    UNIX_EPOCH + Duration::from_secs(seconds - seconds % 60)
}
