//! When to try again. No clock and no dice in here: whoever asks brings them.

use std::time::{Duration, Instant};

/// Before the second attempt; doubled before each one after.
const FIRST: Duration = Duration::from_millis(250);
const LONGEST: Duration = Duration::from_secs(15);
/// Nobody can wait for long any more when the program ends: there is one attempt more.
const AT_THE_END: Duration = Duration::from_millis(50);
const ATTEMPTS_AT_THE_END: u32 = 2;

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

    /// How long to wait after a failure at `now`; `None` to give up. `asked` is what the server asks for, `ending` says
    /// that the client is closed, `random` lies in `[0, 1)` and spreads the attempts of many programs.
    pub(crate) fn after_failure(
        &mut self,
        now: Instant,
        asked: Option<Duration>,
        ending: bool,
        random: f64,
    ) -> Option<Duration> {
        let first_failure = *self.first_failure.get_or_insert(now);
        let doubled = FIRST.saturating_mul(1 << self.failures.min(16)).min(LONGEST);
        self.failures += 1;
        let spread = doubled.mul_f64(0.5 + random / 2.0);
        let wait = if ending {
            self.failures_at_the_end += 1;
            if self.failures_at_the_end >= ATTEMPTS_AT_THE_END
                || asked.is_some_and(|asked| asked > AT_THE_END)
            {
                return None;
            }
            AT_THE_END
        } else {
            spread.max(asked.unwrap_or_default())
        };
        let end = now.saturating_duration_since(first_failure).checked_add(wait)?;
        (end <= self.window).then_some(wait)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WINDOW: Duration = Duration::from_mins(1);

    /// The waits, in milliseconds, until it is given up.
    fn waits(random: f64, asked: Option<Duration>) -> Vec<u128> {
        let (mut retry, mut now) = (Retry::new(WINDOW), Instant::now());
        let mut waits = Vec::new();
        while let Some(wait) = retry.after_failure(now, asked, false, random) {
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
        assert!(retry.after_failure(now, None, false, 0.5).is_some());
        assert!(retry.after_failure(now, None, false, 0.5).is_some());
        assert_eq!(retry.after_failure(now, None, true, 0.5), Some(AT_THE_END));
        assert_eq!(retry.after_failure(now, None, true, 0.5), None);
        let mut retry = Retry::new(WINDOW);
        assert_eq!(retry.after_failure(now, Some(Duration::from_secs(1)), true, 0.5), None);
    }

    #[test]
    fn a_window_of_zero_means_never() {
        assert_eq!(Retry::new(Duration::ZERO).after_failure(Instant::now(), None, false, 0.5), None);
    }
}
