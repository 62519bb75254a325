//! When the next record may be sent. No clock is read here.

use std::time::{Duration, Instant};

/// Between two records that were left over.
const STEP: Duration = Duration::from_millis(100);
/// Between two looks for files of processes that are gone.
const LOOK: Duration = Duration::from_secs(10);
/// After the first failure; each further one doubles it, up to the longest.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_mins(1);
/// What a server may ask for; until then, something else that reaches it ends the pause.
const LONGEST_ASKED: Duration = Duration::from_hours(1);

/// How fast a spool is sent: what was left over at ten records a second, and nothing for a while after a failure.
#[derive(Debug)]
pub(super) struct Pace {
    next_left_over: Instant,
    next_look: Instant,
    failures: u32,
    paused_until: Option<Instant>,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self { next_left_over: now, next_look: now, failures: 0, paused_until: None }
    }

    /// Until when nothing is sent.
    pub(super) fn pause(&self, now: Instant) -> Option<Instant> {
        self.paused_until.filter(|until| *until > now)
    }

    /// Whether the last attempt failed, and it was not tried again since.
    pub(super) fn is_failing(&self) -> bool {
        self.failures > 0
    }

    /// From when on the next record that was left over may be sent.
    pub(super) fn next_left_over(&self) -> Instant {
        self.next_left_over
    }

    /// From when on it is worth a look whether other processes have left something.
    pub(super) fn next_look(&self) -> Instant {
        self.next_look
    }

    /// One that was left over is sent.
    pub(super) fn sent_left_over(&mut self, now: Instant) {
        self.next_left_over = now + STEP;
    }

    /// Nobody has left anything.
    pub(super) fn looked(&mut self, now: Instant) {
        self.next_look = now + LOOK;
    }

    /// An attempt failed. `asked` is what the server asks for, `random` lies in `[0, 1)` and spreads the next attempt, so that
    /// not all processes come at once.
    pub(super) fn failed(&mut self, now: Instant, asked: Option<Duration>, random: f64) {
        let doubled = FIRST_PAUSE.saturating_mul(1 << self.failures.min(6)).min(LONGEST_PAUSE);
        self.failures = self.failures.saturating_add(1);
        let asked = asked.unwrap_or_default().min(LONGEST_ASKED);
        self.paused_until = Some(now + doubled.mul_f64(0.5 + random / 2.0).max(asked));
    }

    /// The server takes things again.
    pub(super) fn recovered(&mut self) {
        self.failures = 0;
        self.paused_until = None;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_left_over_goes_at_ten_a_second() {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        let (mut now, mut sent) = (start, 0);
        while now < start + Duration::from_secs(10) {
            if now >= pace.next_left_over() {
                pace.sent_left_over(now);
                sent += 1;
            }
            now += Duration::from_millis(1);
        }
        assert_eq!(sent, 100);
    }

    #[test]
    fn failures_are_followed_by_longer_and_longer_pauses() {
        let now = Instant::now();
        let mut pace = Pace::new(now);
        let mut pauses = |random| {
            (0..9)
                .map(|_| {
                    pace.failed(now, None, random);
                    pace.pause(now).map_or(0, |until| (until - now).as_millis())
                })
                .collect::<Vec<_>>()
        };
        assert_eq!(pauses(0.0), [500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
        assert_eq!(pauses(0.5), [45_000; 9]);
        assert!(pace.is_failing() && pace.pause(now + LONGEST_PAUSE).is_none());
        pace.recovered();
        assert!(!pace.is_failing() && pace.pause(now).is_none());
    }
    #[test]
    fn a_server_is_given_the_time_that_it_asks_for() {
        let now = Instant::now();
        for (seconds, pause) in [(0, 500), (300, 300_000), (u64::MAX, 3_600_000)] {
            let mut pace = Pace::new(now);
            pace.failed(now, Some(Duration::from_secs(seconds)), 0.0);
            assert_eq!(pace.pause(now).map(|until| (until - now).as_millis()), Some(pause), "{seconds}");
        }
    }
}
