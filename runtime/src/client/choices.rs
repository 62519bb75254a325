//! The types of those options that are more than a value.

use std::borrow::Cow;
use std::fmt;
use std::num::NonZeroUsize;
use std::sync::Arc;

use super::options::ClientOptions;
use crate::delivery::{NullTransport, Transport};
use crate::protocol::{Dsn, Event};
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

/// What a transport has to know.
#[derive(Clone)]
#[non_exhaustive]
pub struct TransportOptions {
    /// Where to send.
    pub dsn: Dsn,
    /// `name/version` of the SDK.
    pub user_agent: Cow<'static, str>,
    /// Proxy for a DSN of scheme `http`.
    pub http_proxy: Option<Cow<'static, str>>,
    /// Proxy for a DSN of scheme `https`.
    pub https_proxy: Option<Cow<'static, str>>,
    /// Whether any certificate will do.
    pub accept_invalid_certs: bool,
    /// How many envelopes may wait in the transport, if the program says so.
    pub transport_channel_capacity: Option<NonZeroUsize>,
}

/// Without the proxies, which may hold a secret.
impl fmt::Debug for TransportOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TransportOptions")
            .field("dsn", &self.dsn)
            .field("user_agent", &self.user_agent)
            .field("accept_invalid_certs", &self.accept_invalid_certs)
            .field("transport_channel_capacity", &self.transport_channel_capacity)
            .finish_non_exhaustive()
    }
}

impl TransportOptions {
    /// What the options of a client say; `None` if they have no DSN.
    pub fn try_from_client_options(options: &ClientOptions) -> Option<Self> {
        Some(Self {
            dsn: options.dsn.clone()?,
            user_agent: options.user_agent.clone(),
            http_proxy: options.http_proxy.clone(),
            https_proxy: options.https_proxy.clone(),
            accept_invalid_certs: options.accept_invalid_certs,
            transport_channel_capacity: options.transport_channel_capacity,
        })
    }

    fn into_client_options(self) -> ClientOptions {
        ClientOptions {
            dsn: Some(self.dsn),
            user_agent: self.user_agent,
            http_proxy: self.http_proxy,
            https_proxy: self.https_proxy,
            accept_invalid_certs: self.accept_invalid_certs,
            transport_channel_capacity: self.transport_channel_capacity,
            ..ClientOptions::default()
        }
    }
}

/// Makes the transport of a client. Implemented by closures `Fn(&ClientOptions) -> Arc<dyn Transport>` and by
/// `Arc<impl Transport>`.
///
/// Each method has the other one as its default: implement one of them. The client calls `create_transport`, once, when it is
/// made.
pub trait TransportFactory: Send + Sync {
    /// Makes the transport of a client with a DSN.
    fn create_transport_with_options(&self, options: TransportOptions) -> Arc<dyn Transport> {
        self.create_transport(&options.into_client_options())
    }

    /// Makes the transport of a client with these options. By default that of one without a DSN sends nothing.
    fn create_transport(&self, options: &ClientOptions) -> Arc<dyn Transport> {
        match TransportOptions::try_from_client_options(options) {
            Some(options) => self.create_transport_with_options(options),
            None => NullTransport::new(),
        }
    }
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
    fn create_transport_with_options(&self, _options: TransportOptions) -> Arc<dyn Transport> {
        Self::clone(self)
    }

    fn create_transport(&self, _options: &ClientOptions) -> Arc<dyn Transport> {
        Self::clone(self)
    }
}

/// How large the body of an HTTP request may be that is collected.
///
/// See [`ClientOptions::collect_body`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum MaxRequestBodySize {
    /// None is collected.
    None,
    /// 1,000 bytes.
    Small,
    /// 10,000 bytes.
    #[default]
    Medium,
    /// Of any size.
    Always,
    /// So many bytes.
    Explicit(usize),
}

impl MaxRequestBodySize {
    /// Whether a body of so many bytes is collected.
    pub fn is_within_size_limit(&self, content_length: usize) -> bool {
        match self {
            Self::None => false,
            Self::Small => content_length <= 1_000,
            Self::Medium => content_length <= 10_000,
            Self::Always => true,
            Self::Explicit(most) => content_length <= *most,
        }
    }
}
