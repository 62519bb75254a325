//! The two layers of the published crate, so that what was written for it goes on working.

use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;
use std::task::{Context, Poll};

use tower_layer::Layer;
use tower_service::Service;

use super::{SentryLayer, SentryService};
use crate::privacy::DataCollection;
use crate::work::{Bound, bind, new_isolation_scope};

/// Gives each request an isolation scope of its own, and nothing else. A server that has [`SentryLayer`] needs no other.
///
/// ```
/// use sentry::integrations::tower::{NewSentryLayer, SentryHttpLayer};
/// # use tower_layer::Layer as _;
///
/// let inner = SentryHttpLayer::new().enable_transaction().layer("a service");
/// let _service = NewSentryLayer::<http::Request<String>>::new_from_top().layer(inner);
/// ```
pub struct NewSentryLayer<R> {
    // It is sent and shared whatever the requests are.
    requests: PhantomData<fn(R)>,
}

impl<R> NewSentryLayer<R> {
    /// A layer whose scopes are forks of those that are current when a request arrives.
    pub fn new_from_top() -> Self {
        Self { requests: PhantomData }
    }
}

impl<R> Clone for NewSentryLayer<R> {
    fn clone(&self) -> Self {
        Self { requests: PhantomData }
    }
}

impl<R> fmt::Debug for NewSentryLayer<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NewSentryLayer").finish_non_exhaustive()
    }
}

impl<S, R> Layer<S> for NewSentryLayer<R> {
    type Service = NewSentryService<S>;

    fn layer(&self, service: S) -> NewSentryService<S> {
        NewSentryService { service }
    }
}

/// A service under a [`NewSentryLayer`].
#[derive(Clone, Debug)]
pub struct NewSentryService<S> {
    service: S,
}

impl<S, R> Service<R> for NewSentryService<S>
where
    S: Service<R>,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Bound<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        let service = &mut self.service;
        new_isolation_scope().run(|| bind(service.call(request)))
    }
}

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
        Self {
            layer: self
                .layer
                .with(|settings| settings.collection = Some(Arc::new(DataCollection::with_personal_data()))),
        }
    }
}

impl<S> Layer<S> for SentryHttpLayer {
    type Service = SentryService<S>;

    fn layer(&self, service: S) -> SentryService<S> {
        self.layer.layer(service)
    }
}
