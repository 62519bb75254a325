//! What recording and delivery tell each other: how many transactions are not recorded, and how many shall not be.
//!
//! Source: Sentry's SDK documentation, "Tracing: backpressure" and "Client reports".

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

/// The rate is halved at most this often.
const MOST: u32 = 10;

/// Between a client's transactions and its delivery.
#[derive(Debug, Default)]
pub(crate) struct Feedback {
    halvings: AtomicU32,
    sampled_out: AtomicU64,
    throttled: AtomicU64,
}

impl Feedback {
    /// The share of the configured rate that is recorded at present.
    pub(crate) fn share(&self) -> f64 {
        0.5_f64.powi(i32::try_from(self.halvings.load(Ordering::Relaxed)).unwrap_or(0))
    }

    /// Whether less is recorded than was configured.
    pub(crate) fn is_throttled(&self) -> bool {
        self.halvings.load(Ordering::Relaxed) > 0
    }

    /// Delivery does not keep up: half as much from now on.
    pub(crate) fn halve(&self) {
        let halvings = self.halvings.load(Ordering::Relaxed);
        self.halvings.store((halvings + 1).min(MOST), Ordering::Relaxed);
    }

    /// Delivery keeps up: twice as much, up to what was configured.
    pub(crate) fn double(&self) {
        let halvings = self.halvings.load(Ordering::Relaxed);
        self.halvings.store(halvings.saturating_sub(1), Ordering::Relaxed);
    }

    /// A transaction is not recorded.
    pub(super) fn unsampled(&self, throttled: bool) {
        let count = if throttled { &self.throttled } else { &self.sampled_out };
        count.fetch_add(1, Ordering::Relaxed);
    }

    /// How many transactions were not recorded since the last call: by the rate, and because of the throttle.
    pub(crate) fn take_unsampled(&self) -> (u64, u64) {
        // Looked at far more often than there is something to take.
        let take = |count: &AtomicU64| match count.load(Ordering::Relaxed) {
            0 => 0,
            _ => count.swap(0, Ordering::Relaxed),
        };
        (take(&self.sampled_out), take(&self.throttled))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn halves_and_recovers_step_by_step() {
        let feedback = Feedback::default();
        let mut shares = Vec::new();
        for _ in 0..3 {
            feedback.halve();
            shares.push(feedback.share());
        }
        for _ in 0..4 {
            feedback.double();
            shares.push(feedback.share());
        }
        let exact: Vec<_> = shares.iter().map(|share| (share * 8.0).to_string()).collect();
        assert_eq!(exact, ["4", "2", "1", "2", "4", "8", "8"]);
        for _ in 0..20 {
            feedback.halve();
        }
        assert!((feedback.share() - 1.0 / 1024.0).abs() < f64::EPSILON);
    }
}
