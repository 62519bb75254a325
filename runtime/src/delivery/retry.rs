//! When to try again. No clock and no dice in here: whoever asks brings them.

use std::time::{Duration, Instant};

/// Before the second attempt; doubled before each one after.
const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(15);
/// The same when the program ends: nobody can wait for long any more.
const FIRST_AT_THE_END: Duration = Duration::from_millis(50);
const LONGEST_AT_THE_END: Duration = Duration::from_millis(400);

/// Whether the client is closed, and what that leaves time for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Ending {
    NotYet,
    /// One attempt more: what cannot be sent is kept, or nobody waits for it.
    Now,
    /// Somebody waits until then.
    At(Instant),
}

/// The attempts to send one thing.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Retry {
    /// For how long after the first failure it is tried again.
    window: Duration,
    first_failure: Option<Instant>,
    failures: u32,
    failures_at_the_end: u32,
}

impl Retry {
    pub(crate) fn new(window: Duration) -> Self {
        Self { window, first_failure: None, failures: 0, failures_at_the_end: 0 }
    }

    /// How long to wait after a failure at `now`; `None` to give up. `asked` is what the server asks for, `random` lies in
    /// `[0, 1)` and spreads the attempts of many programs.
    pub(crate) fn after_failure(
        &mut self,
        now: Instant,
        asked: Option<Duration>,
        ending: Ending,
        random: f64,
    ) -> Option<Duration> {
        let first_failure = *self.first_failure.get_or_insert(now);
        let (failures, first, longest) = match ending {
            Ending::NotYet => (&mut self.failures, FIRST, LONGEST),
            Ending::Now | Ending::At(_) => {
                (&mut self.failures_at_the_end, FIRST_AT_THE_END, LONGEST_AT_THE_END)
            }
        };
        let before = *failures;
        *failures += 1;
        let doubled = doubled(first, before, longest);
        let wait = doubled.mul_f64(0.5 + random / 2.0).max(asked.unwrap_or_default());
        let then = now.checked_add(wait)?;
        let is_over = match ending {
            Ending::NotYet => false,
            Ending::Now => before > 0 || wait > FIRST_AT_THE_END,
            Ending::At(end) => then >= end,
        };
        let in_window = then.saturating_duration_since(first_failure) <= self.window;
        (in_window && !is_over).then_some(wait)
    }

    /// How long after the last failure nobody asks again, however great the hurry.
    pub(crate) fn soonest(&self) -> Duration {
        doubled(FIRST_AT_THE_END, self.failures.saturating_sub(1), LONGEST_AT_THE_END)
    }
}

fn doubled(first: Duration, times: u32, longest: Duration) -> Duration {
    first.saturating_mul(1 << times.min(16)).min(longest)
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_mins(1);

    /// The waits, in milliseconds, until it is given up.
    fn waits(random: f64, asked: Option<Duration>) -> Vec<u128> {
        let (mut retry, mut now) = (Retry::new(WINDOW), Instant::now());
        let mut waits = Vec::new();
        while let Some(wait) = retry.after_failure(now, asked, Ending::NotYet, random) {
            waits.push(wait.as_millis());
            now += wait;
        }
        waits
    }

    #[test]
    fn waits_longer_each_time_and_not_for_ever() {
        assert_eq!(waits(0.0, None), [125, 250, 500, 1000, 2000, 4000, 7500, 7500, 7500, 7500, 7500, 7500]);
        let most = waits(0.999_999, None);
        assert_eq!(most[0], 249);
        assert!(most.iter().sum::<u128>() <= WINDOW.as_millis());
    }

    #[test]
    fn does_as_the_server_asks() {
        assert_eq!(waits(0.0, Some(Duration::from_secs(25))), [25_000, 25_000]);
        assert_eq!(waits(0.0, Some(Duration::from_secs(61))), [0; 0]);
        assert_eq!(waits(0.0, Some(Duration::MAX)), [0; 0]);
    }

    #[test]
    fn tries_once_more_at_the_end() {
        let (mut retry, now) = (Retry::new(WINDOW), Instant::now());
        assert!(retry.after_failure(now, None, Ending::NotYet, 0.5).is_some());
        assert!(retry.after_failure(now, None, Ending::NotYet, 0.5).is_some());
        assert_eq!(retry.after_failure(now, None, Ending::Now, 0.0), Some(FIRST_AT_THE_END / 2));
        assert_eq!(retry.after_failure(now, None, Ending::Now, 0.0), None);
        let mut retry = Retry::new(WINDOW);
        assert_eq!(retry.after_failure(now, Some(Duration::from_secs(1)), Ending::Now, 0.5), None);
    }

    #[test]
    fn uses_all_the_time_that_somebody_waits_at_the_end() {
        let start = Instant::now();
        let ending = Ending::At(start + Duration::from_millis(1800));
        let (mut retry, mut now) = (Retry::new(WINDOW), start);
        let mut waits = Vec::new();
        while let Some(wait) = retry.after_failure(now, None, ending, 0.0) {
            waits.push(wait.as_millis());
            now += wait;
        }
        assert_eq!(waits, [25, 50, 100, 200, 200, 200, 200, 200, 200, 200, 200]);
        for (asked, expected) in [(1700, true), (1900, false)] {
            let asked = Duration::from_millis(asked);
            let wait = Retry::new(WINDOW).after_failure(start, Some(asked), ending, 0.0);
            assert_eq!(wait, expected.then_some(asked));
        }
    }

    #[test]
    fn a_window_of_zero_means_never() {
        assert_eq!(Retry::new(Duration::ZERO).after_failure(Instant::now(), None, Ending::NotYet, 0.5), None);
    }
}
