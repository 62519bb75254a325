use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::num::ParseFloatError;
use std::str::FromStr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};

use serde::{Deserialize, Serialize};
use serde_json::value::{RawValue, to_raw_value};

use super::{OrganizationId, TraceId};

/// What is known about a trace where it begins, so that everyone on its way decides alike: the dynamic sampling context.
///
/// All values are text, and those that came with a request leave as they came, to the letter.
#[derive(Serialize, Deserialize, Clone, Debug, Default, PartialEq, Eq)]
#[serde(transparent)]
pub struct DynamicSamplingContext {
    /// Shared by all that is sent of a trace.
    #[serde(with = "shared")]
    values: Arc<Values>,
}

#[derive(Debug, Default)]
struct Values {
    /// In the order of their keys. There are a handful, for which a tree would cost several times as much.
    pairs: Vec<(Cow<'static, str>, String)>,
    /// Somebody has written them.
    asked: AtomicBool,
    /// The same as JSON, for whoever writes them again.
    written: OnceLock<Option<Box<RawValue>>>,
}

impl Clone for Values {
    /// The copy is made to be changed.
    fn clone(&self) -> Self {
        Self { pairs: self.pairs.clone(), ..Self::default() }
    }
}

impl PartialEq for Values {
    fn eq(&self, other: &Self) -> bool {
        self.pairs == other.pairs
    }
}

impl Eq for Values {}

/// The values as if they were not shared: an object.
mod shared {
    use super::super::Map;
    use super::{Arc, Cow, Deserialize, Values};
    use serde::{Deserializer, Serializer};

    pub(super) fn serialize<S: Serializer>(values: &Arc<Values>, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(values.pairs.iter().map(|(key, value)| (key, value)))
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<Values>, D::Error> {
        let values = Map::<Cow<'static, str>, String>::deserialize(deserializer)?;
        Ok(Arc::new(Values { pairs: values.into_iter().collect(), ..Values::default() }))
    }
}

impl DynamicSamplingContext {
    /// One that says nothing.
    pub fn new() -> Self {
        Self::default()
    }

    /// Whether it says nothing.
    pub fn is_empty(&self) -> bool {
        self.values.pairs.is_empty()
    }

    /// The value of a key, without the `sentry-` that stands before it in a baggage header.
    pub fn get(&self, key: &str) -> Option<&str> {
        self.place(key).ok().map(|place| self.values.pairs[place].1.as_str())
    }

    /// Sets the value of a key.
    pub fn set(&mut self, key: impl Into<Cow<'static, str>>, value: impl Into<String>) {
        let (key, value) = (key.into(), value.into());
        let place = self.place(&key);
        let values = Arc::make_mut(&mut self.values);
        (values.asked, values.written) = Default::default();
        match place {
            Ok(place) => values.pairs[place].1 = value,
            Err(place) => values.pairs.insert(place, (key, value)),
        }
    }

    /// Where a key is, or belongs.
    fn place(&self, key: &str) -> Result<usize, usize> {
        self.values.pairs.binary_search_by(|(it, _)| (**it).cmp(key))
    }

    /// All keys and their values.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.values.pairs.iter().map(|(key, value)| (&**key, value.as_str()))
    }

    /// The same as JSON. Not for the first who asks: of most traces only one thing is sent, so it would not pay.
    pub(super) fn written(&self) -> Option<&RawValue> {
        let Values { asked, written, .. } = &*self.values;
        if !asked.swap(true, Ordering::Relaxed) {
            return None;
        }
        written.get_or_init(|| to_raw_value(self).ok()).as_deref()
    }

    /// Sets the trace.
    #[must_use]
    pub fn with_trace_id(self, trace_id: TraceId) -> Self {
        self.with("trace_id", trace_id.to_string())
    }

    /// Sets the key of the DSN.
    #[must_use]
    pub fn with_public_key(self, public_key: String) -> Self {
        self.with("public_key", public_key)
    }

    /// Sets the share of traces that are kept, from 0 to 1.
    #[must_use]
    pub fn with_sample_rate(self, sample_rate: f32) -> Self {
        self.with("sample_rate", sample_rate.to_string())
    }

    /// Sets the number that is compared with the sample rate.
    #[must_use]
    pub fn with_sample_rand(self, sample_rand: SampleRand) -> Self {
        self.with("sample_rand", sample_rand.to_string())
    }

    /// Sets whether the trace is kept.
    #[must_use]
    pub fn with_sampled(self, sampled: bool) -> Self {
        self.with("sampled", sampled.to_string())
    }

    /// Sets the program's version.
    #[must_use]
    pub fn with_release(self, release: String) -> Self {
        self.with("release", release)
    }

    /// Sets where the program runs.
    #[must_use]
    pub fn with_environment(self, environment: String) -> Self {
        self.with("environment", environment)
    }

    /// Sets the name of the transaction that the trace begins with.
    #[must_use]
    pub fn with_transaction(self, transaction: String) -> Self {
        self.with("transaction", transaction)
    }

    /// Sets the organization.
    #[must_use]
    pub fn with_org_id(self, org_id: OrganizationId) -> Self {
        self.with("org_id", org_id.to_string())
    }

    fn with(mut self, key: &'static str, value: String) -> Self {
        self.set(key, value);
        self
    }
}

impl<K: Into<Cow<'static, str>>, V: Into<String>> FromIterator<(K, V)> for DynamicSamplingContext {
    fn from_iter<I: IntoIterator<Item = (K, V)>>(pairs: I) -> Self {
        let mut context = Self::new();
        pairs.into_iter().for_each(|(key, value)| context.set(key, value));
        context
    }
}

/// A number from 0 up to and without 1 that a trace is born with; it is kept when this is below the sample rate.
#[derive(Clone, Copy, Debug, PartialEq, PartialOrd)]
pub struct SampleRand(f64);

impl SampleRand {
    /// Of a number in that range.
    pub(crate) const fn of(share: f64) -> Self {
        Self(share)
    }

    /// As it is written: with six decimals. The digits of a whole number take a tenth of what those of a double take.
    pub(crate) fn to_text(self) -> String {
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "below a million")]
        let mut rest = (self.0 * 1e6).round().clamp(0.0, 999_999.0) as u32;
        let mut text = *b"0.000000";
        for digit in text[2..].iter_mut().rev() {
            *digit += (rest % 10) as u8;
            rest /= 10;
        }
        text.into_iter().map(char::from).collect()
    }
}

impl From<SampleRand> for f64 {
    fn from(rand: SampleRand) -> Self {
        rand.0
    }
}

impl TryFrom<f64> for SampleRand {
    type Error = InvalidSampleRandError;

    fn try_from(value: f64) -> Result<Self, InvalidSampleRandError> {
        if (0.0..1.0).contains(&value) { Ok(Self(value)) } else { Err(InvalidSampleRandError::OutOfRange) }
    }
}

impl FromStr for SampleRand {
    type Err = InvalidSampleRandError;

    fn from_str(text: &str) -> Result<Self, InvalidSampleRandError> {
        text.parse().map_err(InvalidSampleRandError::InvalidFloat).and_then(|value: f64| value.try_into())
    }
}

/// Displays with six decimals, never as 1.
impl fmt::Display for SampleRand {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.to_text())
    }
}

/// A number cannot be a [`SampleRand`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum InvalidSampleRandError {
    /// The text is not a number.
    InvalidFloat(ParseFloatError),
    /// The number is below 0, or 1 and more.
    OutOfRange,
}

impl fmt::Display for InvalidSampleRandError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a sample rand is a number from 0 up to and without 1")
    }
}

impl Error for InvalidSampleRandError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        match self {
            Self::InvalidFloat(error) => Some(error),
            Self::OutOfRange => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_values_are_text() {
        let dsc = DynamicSamplingContext::new()
            .with_trace_id([1; 16].into())
            .with_public_key("key".into())
            .with_sample_rate(0.2)
            .with_sample_rand(SampleRand(0.125))
            .with_sampled(true)
            .with_release("shop@1.0.0".into())
            .with_environment("test".into())
            .with_transaction("GET /".into())
            .with_org_id(7.into());
        let json = serde_json::to_string(&dsc).unwrap();
        assert_eq!(
            json,
            concat!(
                r#"{"environment":"test","org_id":"7","public_key":"key","release":"shop@1.0.0","#,
                r#""sample_rand":"0.125000","sample_rate":"0.2","sampled":"true","#,
                r#""trace_id":"01010101010101010101010101010101","transaction":"GET /"}"#,
            )
        );
        assert_eq!(serde_json::from_str::<DynamicSamplingContext>(&json).unwrap(), dsc);
        assert_eq!(dsc.get("sampled"), Some("true"));
        assert_eq!(dsc.iter().count(), 9);
    }

    /// What is remembered of a trace is what it says now.
    #[test]
    fn a_changed_one_is_written_anew() {
        let first = DynamicSamplingContext::new().with_release("1".into());
        assert!(first.written().is_none());
        let mut second = first.clone();
        for dsc in [&first, &second] {
            assert_eq!(dsc.written().unwrap().get(), r#"{"release":"1"}"#);
        }
        for release in ["2", "3"] {
            second.set("release", release);
            assert!(second.written().is_none());
            assert_eq!(second.written().unwrap().get(), format!(r#"{{"release":"{release}"}}"#));
        }
        assert_eq!(first.written().unwrap().get(), r#"{"release":"1"}"#);
        assert_ne!(first, second);
    }

    #[test]
    fn what_came_leaves_unchanged() {
        let came = [("sample_rate", "0.250000000"), ("replay_id", "x")];
        let dsc: DynamicSamplingContext = came.into_iter().collect();
        assert_eq!(serde_json::to_string(&dsc).unwrap(), r#"{"replay_id":"x","sample_rate":"0.250000000"}"#);
    }

    #[test]
    fn sample_rands() {
        for (text, shown) in [("0", "0.000000"), ("0.5", "0.500000"), ("0.9999999", "0.999999")] {
            assert_eq!(text.parse::<SampleRand>().unwrap().to_string(), shown);
        }
        for text in ["1", "-0.1", "NaN", "", "half"] {
            assert!(text.parse::<SampleRand>().is_err(), "{text:?}");
        }
    }
}
