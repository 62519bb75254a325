//! When delivery does not keep up, fewer transactions are recorded.
//!
//! Source: Sentry's SDK documentation, "Tracing: backpressure".

use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::trace::Feedback;

const EVERY: Duration = Duration::from_secs(10);

/// Looks every ten seconds whether delivery keeps up.
#[derive(Debug)]
pub(crate) struct Backpressure {
    feedback: Arc<Feedback>,
    next: Instant,
}

impl Backpressure {
    pub(crate) fn new(feedback: Arc<Feedback>, now: Instant) -> Self {
        Self { feedback, next: now + EVERY }
    }

    /// If it is time, looks whether there is trouble: the buffers were full, or the server wants less. Returns when to
    /// look again even if nothing happens until then.
    pub(crate) fn check(&mut self, now: Instant, in_trouble: impl FnOnce() -> bool) -> Option<Instant> {
        if now >= self.next {
            self.next = now + EVERY;
            let trouble = in_trouble();
            let before = self.feedback.share();
            if trouble {
                self.feedback.halve();
            } else {
                self.feedback.double();
            }
            let share = self.feedback.share();
            if share < before {
                crate::debug::log!("delivery does not keep up: traces are recorded at {share} of their rate");
            }
        }
        self.feedback.is_throttled().then_some(self.next)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn looks_every_ten_seconds() {
        let (feedback, start) = (Arc::new(Feedback::default()), Instant::now());
        let mut pressure = Backpressure::new(Arc::clone(&feedback), start);
        let mut share_after = |seconds, trouble| {
            let until = pressure.check(start + Duration::from_secs(seconds), || trouble);
            (feedback.share().to_string(), until.map(|until| (until - start).as_secs()))
        };
        assert_eq!(share_after(9, true), ("1".to_owned(), None));
        assert_eq!(share_after(10, true), ("0.5".to_owned(), Some(20)));
        assert_eq!(share_after(11, true), ("0.5".to_owned(), Some(20)));
        assert_eq!(share_after(20, true), ("0.25".to_owned(), Some(30)));
        assert_eq!(share_after(30, false), ("0.5".to_owned(), Some(40)));
        assert_eq!(share_after(40, false), ("1".to_owned(), None));
    }
}
