//! The layers of the published crate, so that what was written for it goes on working.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::task::{Context, Poll};

use tower_layer::Layer;
use tower_service::Service;

use super::{ResponseFuture, SentryLayer, SentryService};
use crate::privacy::DataCollection;
use crate::work::{Hub, SentryFuture, SentryFutureExt as _};

/// Says which hub a request is served with, for a [`HubLayer`]: a hub, or a function of the request.
pub trait HubProvider<H, Request>
where
    H: Into<Arc<Hub>>,
{
    /// The hub for this request.
    fn hub(&self, request: &Request) -> H;
}

impl<H, F, Request> HubProvider<H, Request> for F
where
    F: Fn(&Request) -> H,
    H: Into<Arc<Hub>>,
{
    fn hub(&self, request: &Request) -> H {
        self(request)
    }
}

impl<Request> HubProvider<Self, Request> for Arc<Hub> {
    fn hub(&self, _: &Request) -> Self {
        Self::clone(self)
    }
}

/// Serves each request with a new hub, a copy of the one that is current when it arrives.
#[derive(Clone, Copy, Debug)]
pub struct NewFromTopProvider;

impl<Request> HubProvider<Arc<Hub>, Request> for NewFromTopProvider {
    fn hub(&self, _: &Request) -> Arc<Hub> {
        Arc::new(Hub::new_from_top(Hub::current()))
    }
}

/// Serves each request with the hub that `P` provides, and does nothing else: in the published crate its name is
/// `SentryLayer`. A server that has our [`SentryLayer`] needs no other.
///
/// ```
/// use std::sync::Arc;
///
/// use sentry::Hub;
/// use sentry::integrations::tower::HubLayer;
/// # use tower_layer::Layer as _;
///
/// let tenants = |request: &http::Request<String>| {
///     let hub = Hub::new_from_top(Hub::current());
///     hub.configure_scope(|scope| scope.set_tag("tenant", request.uri().host().unwrap_or("unknown")));
///     Arc::new(hub)
/// };
/// let _service = HubLayer::new(tenants).layer("a service");
/// ```
pub struct HubLayer<P, H, Request>
where
    P: HubProvider<H, Request>,
    H: Into<Arc<Hub>>,
{
    provider: P,
    // It is sent and shared whatever the requests and the hubs are.
    of: PhantomData<fn(Request) -> H>,
}

impl<P, H, Request> HubLayer<P, H, Request>
where
    P: HubProvider<H, Request> + Clone,
    H: Into<Arc<Hub>>,
{
    /// A layer with this provider.
    pub fn new(provider: P) -> Self {
        Self { provider, of: PhantomData }
    }
}

impl<P, H, Request> Clone for HubLayer<P, H, Request>
where
    P: HubProvider<H, Request> + Clone,
    H: Into<Arc<Hub>>,
{
    fn clone(&self) -> Self {
        Self::new(self.provider.clone())
    }
}

impl<P, H, Request> fmt::Debug for HubLayer<P, H, Request>
where
    P: HubProvider<H, Request>,
    H: Into<Arc<Hub>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HubLayer").finish_non_exhaustive()
    }
}

impl<S, P, H, Request> Layer<S> for HubLayer<P, H, Request>
where
    P: HubProvider<H, Request> + Clone,
    H: Into<Arc<Hub>>,
{
    type Service = HubService<S, P, H, Request>;

    fn layer(&self, service: S) -> Self::Service {
        HubService { service, layer: self.clone() }
    }
}

/// A service under a [`HubLayer`]: in the published crate its name is `SentryService`.
pub struct HubService<S, P, H, Request>
where
    P: HubProvider<H, Request>,
    H: Into<Arc<Hub>>,
{
    service: S,
    layer: HubLayer<P, H, Request>,
}

impl<S, P, H, Request> HubService<S, P, H, Request>
where
    P: HubProvider<H, Request> + Clone,
    H: Into<Arc<Hub>>,
{
    /// The service under a layer with this provider.
    pub fn new(provider: P, service: S) -> Self {
        HubLayer::new(provider).layer(service)
    }
}

impl<S, P, H, Request> Clone for HubService<S, P, H, Request>
where
    S: Clone,
    P: HubProvider<H, Request> + Clone,
    H: Into<Arc<Hub>>,
{
    fn clone(&self) -> Self {
        Self { service: self.service.clone(), layer: self.layer.clone() }
    }
}

impl<S: fmt::Debug, P, H, Request> fmt::Debug for HubService<S, P, H, Request>
where
    P: HubProvider<H, Request>,
    H: Into<Arc<Hub>>,
{
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("HubService").field("service", &self.service).finish_non_exhaustive()
    }
}

impl<S, P, H, Request> Service<Request> for HubService<S, P, H, Request>
where
    S: Service<Request>,
    P: HubProvider<H, Request>,
    H: Into<Arc<Hub>>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = SentryFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: Request) -> Self::Future {
        let hub = self.layer.provider.hub(&request).into();
        let service = &mut self.service;
        Hub::run(Arc::clone(&hub), || service.call(request)).bind_hub(hub)
    }
}

/// Serves each request with a hub of its own, and so with an isolation scope of its own.
///
/// ```
/// use sentry::integrations::tower::{NewSentryLayer, SentryHttpLayer};
/// # use tower_layer::Layer as _;
///
/// let inner = SentryHttpLayer::new().enable_transaction().layer("a service");
/// let _service = NewSentryLayer::<http::Request<String>>::new_from_top().layer(inner);
/// ```
pub type NewSentryLayer<Request> = HubLayer<NewFromTopProvider, Arc<Hub>, Request>;

/// A service under a [`NewSentryLayer`].
pub type NewSentryService<S, Request> = HubService<S, NewFromTopProvider, Arc<Hub>, Request>;

impl<Request> NewSentryLayer<Request> {
    /// A layer whose hubs are copies of those that are current when a request arrives.
    pub fn new_from_top() -> Self {
        Self::new(NewFromTopProvider)
    }
}

impl<S, Request> NewSentryService<S, Request> {
    /// The service under such a layer.
    pub fn new_from_top(service: S) -> Self {
        Self::new(NewFromTopProvider, service)
    }
}

/// A service under a [`SentryHttpLayer`].
pub type SentryHttpService<S> = SentryService<S>;

/// The future of a [`SentryHttpService`].
pub type SentryHttpFuture<F> = ResponseFuture<F>;

/// [`SentryLayer`], whose requests are transactions only on demand.
#[derive(Clone, Debug)]
#[must_use = "a layer has to be added to a service"]
pub struct SentryHttpLayer {
    layer: SentryLayer,
}

impl Default for SentryHttpLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl SentryHttpLayer {
    /// A layer whose requests are no transactions.
    pub fn new() -> Self {
        Self { layer: SentryLayer::new().enable_transactions(false) }
    }

    /// A layer whose requests are transactions.
    #[deprecated(note = "it is `new().enable_transaction()`")]
    pub fn with_transaction() -> Self {
        Self::new().enable_transaction()
    }

    /// Makes requests transactions.
    pub fn enable_transaction(self) -> Self {
        Self { layer: self.layer.enable_transactions(true) }
    }

    /// Has events show who sent the request, and with which cookies and body, whatever
    /// [`send_default_pii`](crate::ClientOptions::send_default_pii) says.
    pub fn enable_pii(self) -> Self {
        let collection = Arc::new(DataCollection::with_personal_data());
        Self { layer: self.layer.with(|settings| settings.collection = Some(collection)) }
    }
}

impl<S> Layer<S> for SentryHttpLayer {
    type Service = SentryHttpService<S>;

    fn layer(&self, service: S) -> SentryHttpService<S> {
        self.layer.layer(service)
    }
}
