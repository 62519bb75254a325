//! The types of those options that are more than a value.

use std::fmt;
use std::sync::Arc;

use super::options::ClientOptions;
use crate::delivery::Transport;
use crate::protocol::Event;
use crate::trace::TracesSampler;

/// A callback that looks at an item before it is sent: returns it, changed or not, or `None` to drop it.
pub type BeforeCallback<T> = Arc<dyn Fn(T) -> Option<T> + Send + Sync>;

/// Which transactions are recorded.
#[derive(Clone, Default)]
#[non_exhaustive]
pub enum TracesSamplingStrategy {
    /// This share of them, between 0 and 1.
    FixedRate(f32),
    /// A function decides for each.
    Function(Arc<TracesSampler>),
    /// None; traces of other services are still continued.
    #[default]
    Disabled,
}

impl fmt::Debug for TracesSamplingStrategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FixedRate(rate) => f.debug_tuple("FixedRate").field(rate).finish(),
            Self::Function(_) => f.write_str("Function"),
            Self::Disabled => f.write_str("Disabled"),
        }
    }
}

/// Decides the sample rate of one event, between 0 and 1.
pub type ErrorSampler = dyn Fn(&Event<'static>) -> f32 + Send + Sync;

/// Which events are sent.
#[derive(Clone)]
#[non_exhaustive]
pub enum EventSamplingStrategy {
    /// This share of them, between 0 and 1.
    FixedRate(f32),
    /// A function decides for each.
    Function(Arc<ErrorSampler>),
}

impl fmt::Debug for EventSamplingStrategy {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::FixedRate(rate) => f.debug_tuple("FixedRate").field(rate).finish(),
            Self::Function(_) => f.write_str("Function"),
        }
    }
}

impl Default for EventSamplingStrategy {
    fn default() -> Self {
        Self::FixedRate(1.0)
    }
}

/// Makes the transport of a client. Implemented by closures `Fn(&ClientOptions) -> Arc<dyn Transport>` and by
/// `Arc<impl Transport>`.
pub trait TransportFactory: Send + Sync {
    /// Makes the transport; called once, when the client is made.
    fn create_transport(&self, options: &ClientOptions) -> Arc<dyn Transport>;
}

impl<F> TransportFactory for F
where
    F: Fn(&ClientOptions) -> Arc<dyn Transport> + Clone + Send + Sync + 'static,
{
    fn create_transport(&self, options: &ClientOptions) -> Arc<dyn Transport> {
        self(options)
    }
}

impl<T: Transport> TransportFactory for Arc<T> {
    fn create_transport(&self, _options: &ClientOptions) -> Arc<dyn Transport> {
        Self::clone(self)
    }
}
