//! What recording and delivery tell each other: what is not recorded, and how much shall not be.
//!
//! Source: Sentry's SDK documentation, "Tracing: backpressure" and "Client reports".

use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::process::PerProcess;
use crate::protocol::{Category, Reason};

/// The rate is halved at most this often.
const MOST: u32 = 10;

/// Between a client's transactions and its delivery.
#[derive(Debug)]
pub(crate) struct Feedback {
    halvings: AtomicU32,
    /// What a forked child has copied is for its parent to tell.
    unrecorded: PerProcess<Counts>,
}

type Counts = [AtomicU64; Unrecorded::ALL.len()];

impl Default for Feedback {
    fn default() -> Self {
        Self { halvings: AtomicU32::default(), unrecorded: PerProcess::new(Counts::default()) }
    }
}

/// What is not recorded, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unrecorded {
    /// A transaction that is not in the sample.
    SampledOut,
    /// A transaction that would be in the sample if delivery kept up.
    Throttled,
    /// A transaction that nobody wants.
    Ignored,
    /// A span for which its transaction had no room.
    SurplusSpan,
    /// A span that began when its transaction had ended.
    LateSpan,
    /// A span that nobody wants.
    IgnoredSpan,
    /// A span that is not in the share of its function.
    SampledOutSpan,
}

impl Unrecorded {
    const ALL: [Self; 7] = [
        Self::SampledOut,
        Self::Throttled,
        Self::Ignored,
        Self::SurplusSpan,
        Self::LateSpan,
        Self::IgnoredSpan,
        Self::SampledOutSpan,
    ];

    /// Why, in the words of client reports.
    fn reason(self) -> Reason {
        match self {
            Self::SampledOut | Self::SampledOutSpan => Reason::SampleRate,
            Self::Throttled => Reason::Backpressure,
            Self::Ignored | Self::IgnoredSpan => Reason::Ignored,
            Self::SurplusSpan => Reason::BufferOverflow,
            // There is no transaction that it could be a part of.
            Self::LateSpan => Reason::Invalid,
        }
    }

    /// What so many of them count for. Of the spans of a transaction nobody knows but the first.
    fn quantities(self, count: u64) -> [(Category, u64); 2] {
        match self {
            Self::SampledOut | Self::Throttled | Self::Ignored => {
                [(Category::Transaction, count), (Category::Span, count)]
            }
            Self::SurplusSpan | Self::LateSpan | Self::IgnoredSpan | Self::SampledOutSpan => {
                [(Category::Span, count), (Category::Transaction, 0)]
            }
        }
    }
}

impl Feedback {
    /// The share of the configured rate that is recorded at present.
    pub(crate) fn share(&self) -> f64 {
        match self.halvings.load(Ordering::Relaxed) {
            // As nearly always.
            0 => 1.0,
            halvings => 0.5_f64.powi(i32::try_from(halvings).unwrap_or(0)),
        }
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

    /// So many are not recorded.
    pub(super) fn count(&self, unrecorded: Unrecorded, many: usize) {
        let many = u64::try_from(many).unwrap_or(u64::MAX);
        self.counts()[unrecorded as usize].fetch_add(many, Ordering::Relaxed);
    }

    fn counts(&self) -> &Counts {
        self.unrecorded.get(|_| Counts::default())
    }

    /// What was not recorded since the last call: why, and what that counts for.
    pub(crate) fn take_unrecorded(&self) -> impl Iterator<Item = (Reason, [(Category, u64); 2])> {
        let counts = self.counts();
        Unrecorded::ALL.into_iter().filter_map(|unrecorded| {
            let count = &counts[unrecorded as usize];
            // Looked at far more often than there is something to take.
            let count = if count.load(Ordering::Relaxed) == 0 { 0 } else { count.swap(0, Ordering::Relaxed) };
            (count > 0).then(|| (unrecorded.reason(), unrecorded.quantities(count)))
        })
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

    #[test]
    fn each_loss_is_taken_once_with_its_reason() {
        let feedback = Feedback::default();
        for unrecorded in Unrecorded::ALL {
            feedback.count(unrecorded, 1);
            assert_eq!(Unrecorded::ALL[unrecorded as usize], unrecorded);
        }
        feedback.count(Unrecorded::SurplusSpan, 1);
        let taken: Vec<_> = feedback.take_unrecorded().collect();
        assert_eq!(taken.len(), Unrecorded::ALL.len());
        let surplus = (Reason::BufferOverflow, [(Category::Span, 2), (Category::Transaction, 0)]);
        assert!(taken.contains(&surplus), "{taken:?}");
        assert_eq!(feedback.take_unrecorded().count(), 0);
    }
}
