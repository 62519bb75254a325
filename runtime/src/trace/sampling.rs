//! Whether a transaction is recorded: decided once, when it starts, for the whole trace.
//!
//! Source: Sentry's SDK documentation, "Tracing: sampling" and "Dynamic sampling context".

use std::fmt;
use std::sync::Arc;

use super::feedback::Unrecorded;
use super::rules::Rules;
use super::{Feedback, Streams, TracePropagationTarget, TransactionContext};
use crate::protocol::{DynamicSamplingContext, OrganizationId, SampleRand, TraceId, Uuid};

/// Decides the sample rate of one transaction, between 0 and 1.
///
/// It sees the name, the operation, the place in the program, the data, and what the trace's parent decided:
///
/// ```
/// let options = sentry::ClientOptions::new().traces_sampler(|context| {
///     // A trace that began elsewhere is sampled here as it is there.
///     if let Some(rate) = context.parent_sample_rate() {
///         return rate;
///     }
///     match context.operation() {
///         "http.server" if context.name().ends_with("/health") => 0.0,
///         "http.server" => 0.2,
///         _ => 1.0,
///     }
/// });
/// ```
pub type TracesSampler = dyn Fn(&TransactionContext) -> f32 + Send + Sync;

/// What recording needs to know of the client's options.
#[derive(Clone)]
pub(crate) struct TraceSettings {
    /// `None`: no transactions at all; traces are still continued and propagated.
    pub(crate) rate: Option<f64>,
    pub(crate) sampler: Option<Arc<TracesSampler>>,
    /// The organisation that the client belongs to, where somebody says so.
    pub(crate) org_id: Option<OrganizationId>,
    /// Whether a trace is only continued if both sides say which organisation they belong to, or neither does.
    pub(crate) strict: bool,
    /// Whether `traceparent` is sent along.
    pub(crate) traceparent: bool,
    /// Which requests carry the trace on; `None`: all.
    pub(crate) targets: Option<Arc<[TracePropagationTarget]>>,
    /// Spans kept of one transaction, the root not counted.
    pub(crate) max_spans: u32,
    /// Where transactions are listed, if their spans leave while they run.
    pub(crate) streams: Option<Arc<Streams>>,
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
            .field("strict", &self.strict)
            .field("traceparent", &self.traceparent)
            .field("targets", &self.targets)
            .field("max_spans", &self.max_spans)
            .field("streams", &self.streams)
            .field("rules", &self.rules)
            .field("feedback", &self.feedback)
            .finish()
    }
}

impl TraceSettings {
    /// Without a client nothing is recorded, but the trace can be passed on all the same.
    pub(crate) const OFF: Self = Self {
        rate: None,
        sampler: None,
        org_id: None,
        strict: false,
        traceparent: false,
        targets: None,
        max_spans: 0,
        streams: None,
        rules: None,
        feedback: None,
    };

    /// Whether requests to this URL carry the trace on.
    pub(crate) fn propagates_to(&self, url: &str) -> bool {
        self.targets.as_ref().is_none_or(|targets| targets.iter().any(|target| target.fits(url)))
    }

    /// Whether the client records transactions at all.
    pub(crate) fn enabled(&self) -> bool {
        self.rate.is_some() || self.sampler.is_some()
    }
}

/// The decision of a trace and the numbers it came from, which travel along in the sampling context.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Sampling {
    /// What is passed on. `None`: deferred to whoever continues the trace.
    pub(crate) sampled: Option<bool>,
    /// Whether this service records its part. A client that records no transactions passes on what others decided.
    pub(crate) recorded: bool,
    pub(crate) rate: Option<f64>,
    pub(crate) rand: f64,
    /// Whether it was decided here, and not by the trace's parent.
    own: bool,
}

impl Sampling {
    /// Nothing is decided here; at the most it was before.
    pub(crate) fn deferred(trace: TraceId, sampled: Option<bool>) -> Self {
        let rate = sampled.map(explaining);
        Self { sampled, recorded: false, rate, rand: sample_rand(trace), own: false }
    }

    /// Decides, in the order of the specification: the explicit word of whoever starts the transaction, the sampler,
    /// the decision of the trace's parent, the fixed rate.
    pub(crate) fn decide(context: &TransactionContext, settings: &TraceSettings) -> Self {
        let (sampling, throttled) = Self::weigh(context, settings);
        if settings.enabled() {
            let name = || context.name();
            sampling.count(throttled, context.ignored, settings.feedback.as_deref(), name);
        }
        sampling
    }

    /// Decides on a trace that begins here, by nothing but a rate.
    pub(super) fn draw<'a>(
        trace: TraceId,
        rate: Option<f64>,
        feedback: Option<&Feedback>,
        name: impl FnOnce() -> &'a str,
    ) -> Self {
        let Some(rate) = rate else { return Self::deferred(trace, None) };
        let (sampling, throttled) = Self::by_rate(sample_rand(trace), rate, feedback);
        sampling.count(throttled, false, feedback, name);
        sampling
    }

    /// Counts a transaction that is not recorded.
    fn count<'a>(
        &self,
        throttled: bool,
        ignored: bool,
        feedback: Option<&Feedback>,
        name: impl FnOnce() -> &'a str,
    ) {
        if !self.recorded
            && let Some(feedback) = feedback
        {
            let (unrecorded, why) = match () {
                () if ignored => {
                    (Unrecorded::Ignored, "`ignore_spans` or `ignore_transactions` has a pattern for it")
                }
                () if throttled => (Unrecorded::Throttled, "delivery does not keep up"),
                () => (Unrecorded::SampledOut, "not in the sample"),
            };
            feedback.count(unrecorded, 1);
            if crate::debug::is_enabled() {
                crate::debug::log!("transaction `{}` is not recorded: {why}", name());
            }
        }
    }

    /// Decided here, by this rate.
    fn by_rate(rand: f64, rate: f64, feedback: Option<&Feedback>) -> (Self, bool) {
        let wanted = rand < rate;
        let rate = rate * feedback.map_or(1.0, Feedback::share);
        let sampled = rand < rate;
        let sampling = Self { sampled: Some(sampled), recorded: sampled, rate: Some(rate), rand, own: true };
        (sampling, wanted && !sampled)
    }

    /// The decision, and whether it would be another one if delivery kept up.
    fn weigh(context: &TransactionContext, settings: &TraceSettings) -> (Self, bool) {
        let rand = context.sample_rand().unwrap_or_else(|| sample_rand(context.trace_id()));
        let decided =
            |sampled, rate, own| Self { sampled: Some(sampled), recorded: sampled, rate, rand, own };
        if !settings.enabled() {
            let sampled = context.sampled();
            let rate = sampled.map(|sampled| context.inherited_rate().unwrap_or_else(|| explaining(sampled)));
            return (Self { sampled, recorded: false, rate, rand, own: false }, false);
        }
        // The parent's decision was made with the parent's rate, and with it must be passed on.
        let inherited = context
            .parent_sampled()
            .map(|sampled| (decided(sampled, context.inherited_rate(), false), false));
        if let Some(sampled) = context.explicit() {
            return match inherited {
                Some(inherited) if context.parent_sampled() == Some(sampled) => inherited,
                _ => (decided(sampled, Some(explaining(sampled)), true), false),
            };
        }
        let by_rate = |rate: f64| Self::by_rate(rand, rate * context.share, settings.feedback.as_deref());
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

    /// The sampling context that came with the trace, to the letter; only where another decision was made here, or by
    /// another rate, it says so.
    pub(crate) fn overrule(&self, mut context: DynamicSamplingContext) -> DynamicSamplingContext {
        if let (true, Some(sampled), Some(rate)) = (self.own, self.sampled, self.rate)
            && !context.is_empty()
        {
            let mut set = |key, is_it: &dyn Fn(&str) -> bool, value| {
                if !context.get(key).is_some_and(is_it) {
                    context.set(key, value);
                }
            };
            let sampled = sampled.to_string();
            set("sampled", &|given| given == sampled, sampled.clone());
            set("sample_rate", &|given| given.parse() == Ok(rate), rate.to_string());
            set("sample_rand", &|given| given.parse() == Ok(self.rand), written(self.rand));
        }
        context
    }
}

/// A rate that explains a decision for which there is none, to those who continue the trace.
fn explaining(sampled: bool) -> f64 {
    if sampled { 1.0 } else { 0.0 }
}

/// A random number as it is written: with six decimals.
pub(super) fn written(rand: f64) -> String {
    SampleRand::of(rand).to_text()
}

/// A number in `[0, 1)` that is consistent with a decision that was made elsewhere at this rate.
pub(super) fn consistent_rand(trace: TraceId, sampled: bool, rate: f64) -> f64 {
    let rand = sample_rand(trace);
    // Six decimals, rounded to that side where it stays inside.
    let millionths = if sampled {
        (rand * rate * 1e6).floor()
    } else {
        ((rate + rand * (1.0 - rate)) * 1e6).ceil().min(999_999.0)
    };
    millionths / 1e6
}

/// An `f32` rate as the `f64` that a reader would write: `0.2`, not `0.20000000298023224`.
pub(crate) fn widen(rate: f32) -> f64 {
    rate.to_string().parse().unwrap_or_else(|_| f64::from(rate))
}

/// A number in `[0, 1)` with six decimals that depends on the trace alone, so that every service decides alike.
fn sample_rand(trace: TraceId) -> f64 {
    const MILLION: u64 = 1_000_000;
    /// 2 to the power of 64, of which a million is taken as often as it goes.
    const HIGH: u64 = 551_616;
    // As 128 bits at once it would be a division that the processor has no instruction for.
    let (high, low) = Uuid::from_bytes(trace.to_bytes()).as_u64_pair();
    let millionths = (high % MILLION * HIGH + low % MILLION) % MILLION;
    // Below a million, so it fits.
    let millionths = u32::try_from(millionths).unwrap_or_default();
    f64::from(millionths) / 1_000_000.0
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use super::*;
    use crate::trace::TracePropagationContext;

    #[test]
    fn a_random_number_that_was_left_out_follows_from_the_decision() {
        for number in 0..2_000_u32 {
            let trace = (u128::from(number) * 1_000_003).to_be_bytes().into();
            for rate in [0.000_001, 0.1, 0.123_456_7, 0.5, 0.999_998_5] {
                for sampled in [true, false] {
                    let rand = consistent_rand(trace, sampled, rate);
                    let fits = (0.0..1.0).contains(&rand) && (rand < rate) == sampled;
                    assert!(fits, "{rand} {rate} {sampled}");
                }
            }
        }
    }

    const TRACE: &str = "bc6d53f15eb88f4320054569b8c553d4-b72fa28504b07285";

    /// Of a trace with the random number 0.4.
    fn context(parent: Option<bool>, explicit: Option<bool>) -> TransactionContext {
        let caller = match parent {
            Some(true) => format!("{TRACE}-1"),
            Some(false) => format!("{TRACE}-0"),
            None => TRACE.to_owned(),
        };
        let decided = match parent {
            Some(true) => ",sentry-sampled=true,sentry-sample_rate=0.60",
            Some(false) => ",sentry-sampled=false,sentry-sample_rate=0.10",
            None => "",
        };
        let baggage = format!("sentry-sample_rand=0.400000{decided}");
        let headers = [("sentry-trace", caller.as_str()), ("baggage", &baggage)];
        let caller = TracePropagationContext::try_from_headers(headers).unwrap();
        let mut context =
            TransactionContext::continue_from_trace_propagation_context("name", "op", &caller, None);
        if explicit.is_some() {
            context.set_sampled(explicit);
        }
        context
    }

    /// From the strongest word to the weakest, and what is passed on.
    #[test]
    fn precedence() {
        const YES: Option<bool> = Some(true);
        const NO: Option<bool> = Some(false);
        for (explicit, sampler, parent, rate, sampled, passed_on) in [
            (YES, Some(0.0), NO, Some(0.0), YES, "1"),
            (NO, Some(1.0), YES, Some(1.0), NO, "0"),
            // Whoever says what was decided anyway changes nothing.
            (YES, Some(0.0), YES, Some(0.0), YES, "0.60"),
            (None, Some(0.5), NO, Some(0.0), YES, "0.5"),
            (None, Some(0.4), YES, Some(1.0), NO, "0.4"),
            // As it came, to the letter.
            (None, Some(0.6), YES, None, YES, "0.60"),
            (None, None, YES, Some(0.0), YES, "0.60"),
            (None, None, NO, Some(1.0), NO, "0.10"),
            (None, None, None, Some(0.5), YES, "0.5"),
            (None, None, None, Some(0.4), NO, "0.4"),
            // Without a rate nothing is recorded, whatever others decided; that is passed on.
            (None, None, YES, None, YES, "0.60"),
            (None, None, None, None, None, ""),
        ] {
            let sampler =
                sampler.map(|rate: f32| Arc::new(move |_: &TransactionContext| rate) as Arc<TracesSampler>);
            let settings = TraceSettings { rate, sampler, ..TraceSettings::OFF };
            let context = context(parent, explicit);
            let case = format!("{explicit:?} {parent:?} {settings:?}");
            let decided = Sampling::decide(&context, &settings);
            assert_eq!((decided.sampled, decided.rand), (sampled, 0.4), "{case}");
            assert_eq!(decided.recorded, sampled == YES && settings.enabled(), "{case}");
            let sent = decided.overrule(context.frozen.unwrap());
            assert_eq!(sent.get("sample_rate").unwrap_or_default(), passed_on, "{case}");
            assert_eq!(sent.get("sampled").map(|text| text == "true"), sampled, "{case}");
        }
    }

    #[test]
    fn a_sampler_that_cannot_be_used_is_none() {
        let settings = |sampler: fn(&TransactionContext) -> f32| TraceSettings {
            sampler: Some(Arc::new(sampler)),
            ..TraceSettings::OFF
        };
        let decide = |sampler, parent| Sampling::decide(&context(parent, None), &settings(sampler)).sampled;
        for parent in [Some(true), Some(false)] {
            assert_eq!(decide(|_| panic!("it has a bug"), parent), parent);
            assert_eq!(decide(|context| context.parent_sample_rate().unwrap_or_default(), parent), parent);
        }
        assert_eq!(decide(|_| f32::NAN, Some(true)), Some(false));
    }
}
