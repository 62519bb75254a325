//! A layer for servers made of tower services: axum, hyper and others.
//!
//! One layer is all that a server needs. Each request gets an isolation scope of its own and continues the trace that it
//! came with; it is a transaction until the last byte of the answer, or until the client is gone; events that are captured
//! meanwhile show the request.
//!
//! ```
//! use sentry::integrations::tower::SentryLayer;
//! # use tower_layer::Layer as _;
//!
//! let layer = SentryLayer::new().trace_ignore_status_codes(404..=404);
//! // axum: `Router::new().route("/users/{id}", get(user)).layer(layer)`
//! # let _service = layer.layer(());
//! ```
//!
//! Panics are captured with the request and go on ([`repanic`](SentryLayer::repanic)). Answers with a status of 500 and above
//! are captured: as the error that the handler failed by, where it is known. An error that has been captured already, by an
//! attribute for instance, is not captured again; of others the response tells by [`KeptError`].
//!
//! With the feature `axum`, transactions are named by the route (`GET /users/{id}`) if the layer is given to
//! `Router::layer`; if it is only around the router, where routes are not known yet, and without `axum`, by the path. Both
//! places may have the layer: a request is served once. A handler may return `Failure`, which any error converts to.
//!
//! An attribute on a handler captures every `Err` that it returns, what is the client's fault too, unless it says otherwise:
//!
//! ```
//! use http::StatusCode;
//! use sentry::monitored;
//!
//! #[monitored(ignore(status if status.is_client_error()))]
//! async fn user(id: u32) -> Result<String, StatusCode> {
//!     if id == 0 { Err(StatusCode::NOT_FOUND) } else { Ok(format!("user {id}")) }
//! }
//!
//! #[monitored(ignore((status, _) if status.is_client_error()))]
//! async fn age(text: String) -> Result<String, (StatusCode, &'static str)> {
//!     let age: u32 = text.parse().map_err(|_| (StatusCode::BAD_REQUEST, "that is no age"))?;
//!     Ok(age.to_string())
//! }
//! # let events = sentry::test::with_captured_events(|| {
//! #     let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
//! #     assert!(runtime.block_on(async { user(0).await.is_err() && age("old".into()).await.is_err() }));
//! # });
//! # assert!(events.is_empty());
//! ```
//!
//! # gRPC
//!
//! The layer knows the calls of gRPC by the type of their content, so that a server of tonic gets it by
//! `Server::builder().layer(SentryLayer::new())`. They have the operation `rpc.server` and the call's name,
//! `package.Service/Method`; their status is the one that comes with the answer, or in the trailers behind it. Where codes
//! are compared with those of HTTP, as by [`failed_request_status_codes`](SentryLayer::failed_request_status_codes), they
//! stand for what `google/rpc/code.proto` says: `UNKNOWN`, `INTERNAL`, `DATA_LOSS` (500), `UNAVAILABLE` (503) and
//! `DEADLINE_EXCEEDED` (504) are captured; `UNIMPLEMENTED` stands for 404. [`ChannelLayer`] is for those who call.

mod body;
mod channel;
mod error;
mod future;
mod head;
mod published;

use std::ops::RangeInclusive;
use std::sync::Arc;
use std::task::{Context, Poll};
use std::time::Duration;

use http::{Request, Response};
use http_body::Body;
use tower_layer::Layer;
use tower_service::Service;

pub use self::body::ResponseBody;
pub use self::channel::{CallBody, CallFuture, ChannelLayer, ChannelService};
#[cfg(feature = "axum")]
pub use self::error::Failure;
pub use self::error::KeptError;
pub use self::future::ResponseFuture;
pub use self::published::{
    HubLayer, HubProvider, HubService, NewFromTopProvider, NewSentryLayer, NewSentryService,
    SentryHttpFuture, SentryHttpLayer, SentryHttpService,
};
use super::server::{self, Serving, Settings};

/// Serves each request in scopes of its own, as a transaction. See the [module](self).
#[derive(Clone, Debug)]
#[must_use = "a layer has to be added to a service"]
pub struct SentryLayer {
    settings: Arc<Settings>,
}

impl Default for SentryLayer {
    fn default() -> Self {
        Self::new()
    }
}

impl SentryLayer {
    /// A layer that does all that the [module](self) says.
    pub fn new() -> Self {
        Self { settings: Arc::new(Settings::new("auto.http.tower")) }
    }

    fn with(mut self, change: impl FnOnce(&mut Settings)) -> Self {
        change(Arc::make_mut(&mut self.settings));
        self
    }

    /// Sets whether requests are transactions, by default yes.
    pub fn enable_transactions(self, transactions: bool) -> Self {
        self.with(|settings| settings.transactions = transactions)
    }

    /// Sets whether requests by `OPTIONS` are transactions too, by default no: browsers ask so before they ask.
    pub fn trace_options_requests(self, options_requests: bool) -> Self {
        self.with(|settings| settings.options_requests = options_requests)
    }

    /// Adds answers whose transactions are not sent. With `trace_lifecycle = "stream"`, spans below one may have left before
    /// the answer is known.
    ///
    /// ```
    /// use sentry::integrations::tower::SentryLayer;
    ///
    /// let layer = SentryLayer::new().trace_ignore_status_codes(404..=404).trace_ignore_status_codes(301..=303);
    /// ```
    ///
    /// Source: Sentry's SDK documentation, "Tracing: traceIgnoreStatusCodes".
    pub fn trace_ignore_status_codes(self, codes: RangeInclusive<u16>) -> Self {
        self.with(|settings| settings.ignored.push(codes))
    }

    /// Sets the answers that are captured, by default 500 to 599.
    pub fn failed_request_status_codes(self, codes: RangeInclusive<u16>) -> Self {
        self.with(|settings| settings.failed = codes)
    }

    /// Sets whether a panic of a handler goes on after it was captured, by default yes: the server closes the connection.
    /// Otherwise the request is answered with 500.
    pub fn repanic(self, repanic: bool) -> Self {
        self.with(|settings| settings.repanic = repanic)
    }

    /// Has requests during which something was captured end only when that has left, or this time has passed: for programs
    /// that may be stopped between two requests. By default none waits. No thread is blocked meanwhile.
    ///
    /// A body is not waited for: the transaction leaves when the answer has.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// let layer = sentry::integrations::tower::SentryLayer::new().wait_for_delivery(Duration::from_secs(2));
    /// ```
    pub fn wait_for_delivery(self, timeout: Duration) -> Self {
        self.with(|settings| settings.wait = Some(timeout))
    }
}

impl<S> Layer<S> for SentryLayer {
    type Service = SentryService<S>;

    fn layer(&self, service: S) -> SentryService<S> {
        SentryService { service, settings: Arc::clone(&self.settings) }
    }
}

/// A service under a [`SentryLayer`].
#[derive(Clone, Debug)]
pub struct SentryService<S> {
    service: S,
    settings: Arc<Settings>,
}

/// A request that has it is served under this layer already, further out. What is further in only knows the route.
#[derive(Clone, Copy)]
struct Served;

impl<S, B, R> Service<Request<B>> for SentryService<S>
where
    S: Service<Request<B>, Response = Response<R>>,
    S::Error: std::fmt::Display + 'static,
    B: 'static,
    R: Body,
{
    type Response = Response<ResponseBody<R>>;
    type Error = S::Error;
    type Future = ResponseFuture<S::Future>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, mut request: Request<B>) -> Self::Future {
        let begun = if request.extensions().get::<Served>().is_some() {
            if let Some(route) = head::route(&request) {
                server::found_route(request.method().as_str(), route);
            }
            None
        } else {
            Serving::begin(&self.settings, || head::of(&request))
        };
        let Some(serving) = begun else {
            return ResponseFuture::unserved(self.service.call(request));
        };
        request.extensions_mut().insert(Served);
        if let Some(kept) = serving.body() {
            body::keep(request.body_mut(), kept);
        }
        let bodiless = request.method() == http::Method::HEAD;
        let service = &mut self.service;
        ResponseFuture::begin(serving, bodiless, || service.call(request))
    }
}
