//! Whether a transaction is recorded: decided once, when it starts, for the whole trace.
//!
//! Source: Sentry's SDK documentation, "Tracing: sampling" and "Dynamic sampling context".

use std::fmt;
use std::sync::Arc;

use super::feedback::Unrecorded;
use super::rules::Rules;
use super::{Feedback, TransactionContext};
use crate::protocol::{DynamicSamplingContext, TraceId};

/// Decides the sample rate of one transaction, between 0 and 1.
pub type TracesSampler = dyn Fn(&TransactionContext) -> f32 + Send + Sync;

/// What recording needs to know of the client's options.
#[derive(Clone)]
pub(crate) struct TraceSettings {
    /// `None`: no transactions at all; traces are still continued and propagated.
    pub(crate) rate: Option<f64>,
    pub(crate) sampler: Option<Arc<TracesSampler>>,
    /// The organisation that the DSN belongs to, where it says so.
    pub(crate) org_id: Option<String>,
    /// Spans kept of one transaction, the root not counted.
    pub(crate) max_spans: u32,
    /// What is recorded less than the rest; `None`: nothing is.
    pub(crate) rules: Option<Arc<Rules>>,
    /// Where it is counted what is not recorded, and read by how much the rate is cut.
    pub(crate) feedback: Option<Arc<Feedback>>,
}

impl fmt::Debug for TraceSettings {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TraceSettings")
            .field("rate", &self.rate)
            .field("sampler", &self.sampler.is_some())
            .field("org_id", &self.org_id)
            .field("max_spans", &self.max_spans)
            .field("rules", &self.rules)
            .field("feedback", &self.feedback)
            .finish()
    }
}

impl TraceSettings {
    /// Whether the client records transactions at all.
    pub(crate) fn enabled(&self) -> bool {
        self.rate.is_some() || self.sampler.is_some()
    }
}

/// The decision of a trace and the numbers it came from, which travel along in the sampling context.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sampling {
    /// `None`: deferred to whoever continues the trace.
    pub(crate) sampled: Option<bool>,
    pub(crate) rate: Option<f64>,
    pub(crate) rand: f64,
}

impl Sampling {
    /// Decides, in the order of the specification: the explicit word of whoever starts the transaction, the sampler,
    /// the decision of the trace's parent, the fixed rate.
    pub(crate) fn decide(context: &TransactionContext, settings: &TraceSettings) -> Self {
        let (sampling, throttled) = Self::weigh(context, settings);
        if sampling.sampled == Some(false)
            && let Some(feedback) = &settings.feedback
        {
            feedback.count(match () {
                () if context.ignored => Unrecorded::Ignored,
                () if throttled => Unrecorded::Throttled,
                () => Unrecorded::SampledOut,
            });
        }
        sampling
    }

    /// The decision, and whether it would be another one if delivery kept up.
    fn weigh(context: &TransactionContext, settings: &TraceSettings) -> (Self, bool) {
        let rand = context.sample_rand().unwrap_or_else(|| sample_rand(context.trace_id()));
        if !settings.enabled() {
            return (Self { sampled: None, rate: None, rand }, false);
        }
        if let Some(sampled) = context.explicit() {
            // A rate that explains the decision, for those who continue the trace.
            let rate = if sampled { 1.0 } else { 0.0 };
            return (Self { sampled: Some(sampled), rate: Some(rate), rand }, false);
        }
        // The parent's decision was made with the parent's rate, and with it must be passed on.
        let inherited = context.parent_sampled().map(|sampled| {
            (Self { sampled: Some(sampled), rate: context.parent_sample_rate(), rand }, false)
        });
        let share = settings.feedback.as_ref().map_or(1.0, |feedback| feedback.share());
        let by_rate = |rate: f64| {
            let rate = rate * context.share;
            let (wanted, rate) = (rand < rate, rate * share);
            let sampled = rand < rate;
            (Self { sampled: Some(sampled), rate: Some(rate), rand }, wanted && !sampled)
        };
        if let Some(sampler) = &settings.sampler {
            return match crate::callback::guarded("traces_sampler", || sampler(context)) {
                Some(rate) if (0.0..=1.0).contains(&rate) => by_rate(widen(rate)),
                Some(rate) => {
                    crate::debug::log!(
                        "traces_sampler returned {rate}, which is outside 0 to 1: not sampled"
                    );
                    by_rate(0.0)
                }
                // A sampler that panics counts as not configured.
                None => inherited.unwrap_or_else(|| by_rate(settings.rate.unwrap_or(0.0))),
            };
        }
        inherited.unwrap_or_else(|| by_rate(settings.rate.unwrap_or(0.0)))
    }
}

impl Sampling {
    /// The sampling context that came with the trace; where the decision is not the one that came, it says so.
    pub(crate) fn overrule(&self, mut context: DynamicSamplingContext) -> DynamicSamplingContext {
        if let (Some(sampled), Some(rate)) = (self.sampled, self.rate)
            && !context.is_empty()
        {
            context.set("sampled", sampled.to_string());
            context.set("sample_rate", rate.to_string());
        }
        context
    }
}

/// A number in `[0, 1)` that is consistent with a decision that was made elsewhere at this rate.
pub(super) fn consistent_rand(trace: TraceId, sampled: bool, rate: f64) -> f64 {
    let rand = sample_rand(trace);
    let (low, width) = if sampled { (0.0, rate) } else { (rate, 1.0 - rate) };
    // Six decimals, rounded down so that it stays inside.
    (((low + rand * width) * 1e6).floor() / 1e6).min(0.999_999)
}

/// An `f32` rate as the `f64` that a reader would write: `0.2`, not `0.20000000298023224`.
pub(crate) fn widen(rate: f32) -> f64 {
    rate.to_string().parse().unwrap_or_else(|_| f64::from(rate))
}

/// A number in `[0, 1)` with six decimals that depends on the trace alone, so that every service decides alike.
fn sample_rand(trace: TraceId) -> f64 {
    let millionths = u128::from_be_bytes(trace.to_bytes()) % 1_000_000;
    // Below a million, so it fits.
    let millionths = u32::try_from(millionths).unwrap_or_default();
    f64::from(millionths) / 1_000_000.0
}
