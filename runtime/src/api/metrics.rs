//! Metrics: numbers that are taken while the program runs, each in the trace and the span that are active.
//!
//! ```
//! use sentry::metrics;
//! use sentry::protocol::Unit;
//!
//! metrics::counter("orders", 1).attribute("shop", "vienna").capture();
//! metrics::gauge("queue.depth", 42).capture();
//! metrics::distribution("render", 187.5).unit(Unit::Millisecond).capture();
//! ```
//!
//! Source: Sentry's SDK documentation, "Metrics".

use std::borrow::Cow;
use std::time::SystemTime;

use crate::protocol::{LogAttribute, Map, Metric, MetricType, Reason, TraceId, Unit, Value};
use crate::scope::{self, Here, Item};
use crate::telemetry::Batch;

/// A metric that only grows, by `value`.
pub fn counter<N, V>(name: N, value: V) -> CounterMetric
where
    N: Into<Cow<'static, str>>,
    V: Into<f64>,
{
    CounterMetric(metric(MetricType::Counter, name.into(), value.into()))
}

/// A metric that goes up and down, and is `value` now.
pub fn gauge<N, V>(name: N, value: V) -> GaugeMetric
where
    N: Into<Cow<'static, str>>,
    V: Into<f64>,
{
    GaugeMetric(metric(MetricType::Gauge, name.into(), value.into()))
}

/// A metric of which many values are of interest, and `value` is one.
pub fn distribution<N, V>(name: N, value: V) -> DistributionMetric
where
    N: Into<Cow<'static, str>>,
    V: Into<f64>,
{
    DistributionMetric(metric(MetricType::Distribution, name.into(), value.into()))
}

fn metric(r#type: MetricType, name: Cow<'static, str>, value: f64) -> Metric {
    Metric {
        r#type,
        name,
        value,
        timestamp: SystemTime::now(),
        trace_id: TraceId::default(),
        span_id: None,
        unit: None,
        attributes: Map::new(),
    }
}

macro_rules! metrics {
    ($($(#[$doc:meta])* $name:ident)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq)]
        #[must_use = "a metric goes nowhere before `capture`"]
        pub struct $name(Metric);

        impl $name {
            /// Adds an attribute, by which values are told apart.
            pub fn attribute<K, V>(mut self, key: K, value: V) -> Self
            where
                K: Into<Cow<'static, str>>,
                V: Into<Value>,
            {
                self.0.attributes.insert(key.into(), LogAttribute(value.into()));
                self
            }

            /// Captures the value. Without a client, or with
            /// [`enable_metrics(false)`](crate::ClientOptions::enable_metrics), it goes nowhere.
            pub fn capture(self) {
                capture(self.0);
            }
        }
    )*};
}

metrics! {
    /// A value of a [`counter`].
    CounterMetric
    /// A value of a [`gauge`].
    GaugeMetric
    /// A value of a [`distribution`].
    DistributionMetric
}

macro_rules! measured {
    ($($name:ident)*) => {$(
        impl $name {
            /// Says what the value is measured in.
            pub fn unit<U: Into<Unit>>(mut self, unit: U) -> Self {
                self.0.unit = Some(unit.into());
                self
            }
        }
    )*};
}

measured! { GaugeMetric DistributionMetric }

fn capture(mut metric: Metric) {
    let Some(host) = scope::host().filter(|host| host.telemetry().metrics) else { return };
    if let Some(flaw) = metric.flaw() {
        crate::debug::log!("the metric `{}` is dropped: {flaw}", metric.name);
        host.dropped(Reason::Invalid, &Batch::Metrics(vec![metric]).quantities());
        return;
    }
    Here::now().place_metric(&mut metric, host.telemetry().pii);
    host.accept(Item::batch(Batch::Metrics(vec![metric])));
}
