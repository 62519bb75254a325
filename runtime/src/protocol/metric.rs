//! Metrics that belong to a trace.

use std::borrow::Cow;
use std::fmt;
use std::time::SystemTime;

use serde::de::Deserializer;
use serde::ser::Serializer;
use serde::{Deserialize, Serialize};

use super::{LogAttribute, Map, SpanId, TraceId, json_size, log, timestamp};

/// What a metric does.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum MetricType {
    /// It only grows.
    Counter,
    /// It goes up and down.
    Gauge,
    /// Its values are of interest as many: their mean, their percentiles.
    Distribution,
}

/// One value of a metric.
///
/// [`sentry::metrics`](crate::metrics) makes them; [`before_send_metric`](crate::ClientOptions::before_send_metric) sees
/// them.
///
/// Source: Sentry's SDK documentation, "Metrics".
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Metric {
    /// What it does.
    pub r#type: MetricType,
    /// Its name, with dots: `http.requests`.
    pub name: Cow<'static, str>,
    /// The value.
    pub value: f64,
    /// When it was taken.
    #[serde(with = "timestamp::seconds")]
    pub timestamp: SystemTime,
    /// The trace that it belongs to.
    pub trace_id: TraceId,
    /// The span that was running.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub span_id: Option<SpanId>,
    /// What it is measured in.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub unit: Option<Unit>,
    /// What else is known, with types.
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub attributes: Map<Cow<'static, str>, LogAttribute>,
}

impl Metric {
    /// Bytes of JSON that Sentry takes: with a larger one it refuses the envelope.
    pub(crate) const LARGEST: usize = 2048;

    /// Why Sentry would refuse it with all that comes along, even if it had no attributes.
    pub(crate) fn flaw(&self) -> Option<&'static str> {
        if !self.value.is_finite() {
            // JSON has no infinity.
            return Some("it is not a number");
        }
        // Most are far too short for a closer look.
        let texts = self.name.len() + self.unit.as_ref().map_or(0, |unit| unit.name().len());
        let bare = || Self { attributes: Map::new(), ..self.clone() };
        (texts > Self::LARGEST / 16 && json_size(&bare()) > Self::LARGEST).then_some("its name is too long")
    }

    /// Bytes that it counts for, without the attributes that the SDK adds by itself.
    pub(crate) fn weight(&self) -> usize {
        8 + self.name.len() + log::weight(self.attributes.iter().map(|(key, value)| (&**key, value)))
    }
}

macro_rules! units {
    ($($(#[$doc:meta])* $unit:ident = $text:literal $(| $other:literal)*,)*) => {
        /// What a value is measured in.
        ///
        /// ```
        /// use sentry::protocol::Unit;
        ///
        /// assert_eq!(Unit::from("ms"), Unit::Millisecond);
        /// assert_eq!(Unit::Millisecond.to_string(), "millisecond");
        /// assert_eq!(Unit::from("parcel"), Unit::Other("parcel".into()));
        /// ```
        #[derive(Clone, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Unit {
            $($(#[$doc])* $unit,)*
            /// Something that Sentry does not know.
            Other(Cow<'static, str>),
        }

        impl Unit {
            /// The name on the wire.
            fn name(&self) -> &str {
                match self {
                    $(Self::$unit => $text,)*
                    Self::Other(name) => name,
                }
            }
        }

        impl From<Cow<'static, str>> for Unit {
            fn from(name: Cow<'static, str>) -> Self {
                match &*name {
                    $($text $(| $other)* => Self::$unit,)*
                    _ => Self::Other(name),
                }
            }
        }
    };
}

units! {
    /// 10⁻⁹ seconds.
    Nanosecond = "nanosecond" | "nanoseconds" | "ns",
    /// 10⁻⁶ seconds.
    Microsecond = "microsecond" | "microseconds" | "µs" | "μs",
    /// 10⁻³ seconds.
    Millisecond = "millisecond" | "milliseconds" | "ms",
    /// Seconds.
    Second = "second" | "seconds" | "s",
    /// 60 seconds.
    Minute = "minute" | "minutes" | "min",
    /// 3,600 seconds.
    Hour = "hour" | "hours" | "h",
    /// 86,400 seconds.
    Day = "day" | "days" | "d",
    /// Seven days.
    Week = "week" | "weeks",
    /// Bits.
    Bit = "bit" | "bits" | "b",
    /// Bytes.
    Byte = "byte" | "bytes" | "B",
    /// 10³ bytes.
    Kilobyte = "kilobyte" | "kilobytes" | "kB",
    /// 2¹⁰ bytes.
    Kibibyte = "kibibyte" | "kibibytes" | "KiB",
    /// 10⁶ bytes.
    Megabyte = "megabyte" | "megabytes" | "MB",
    /// 2²⁰ bytes.
    Mebibyte = "mebibyte" | "mebibytes" | "MiB",
    /// 10⁹ bytes.
    Gigabyte = "gigabyte" | "gigabytes" | "GB",
    /// 2³⁰ bytes.
    Gibibyte = "gibibyte" | "gibibytes" | "GiB",
    /// 10¹² bytes.
    Terabyte = "terabyte" | "terabytes" | "TB",
    /// 2⁴⁰ bytes.
    Tebibyte = "tebibyte" | "tebibytes" | "TiB",
    /// 10¹⁵ bytes.
    Petabyte = "petabyte" | "petabytes" | "PB",
    /// 2⁵⁰ bytes.
    Pebibyte = "pebibyte" | "pebibytes" | "PiB",
    /// 10¹⁸ bytes.
    Exabyte = "exabyte" | "exabytes" | "EB",
    /// 2⁶⁰ bytes.
    Exbibyte = "exbibyte" | "exbibytes" | "EiB",
    /// A share, 1 being all.
    Ratio = "ratio",
    /// A share, 100 being all.
    Percent = "percent" | "%",
}

impl From<&'static str> for Unit {
    fn from(name: &'static str) -> Self {
        Self::from(Cow::Borrowed(name))
    }
}

impl From<String> for Unit {
    fn from(name: String) -> Self {
        Self::from(Cow::Owned(name))
    }
}

impl fmt::Display for Unit {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl Serialize for Unit {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.name())
    }
}

impl<'de> Deserialize<'de> for Unit {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(Self::from)
    }
}
