//! A middleware for servers of actix-web.
//!
//! Each request gets an isolation scope of its own and continues the trace that it came with; events that are captured
//! meanwhile show the request. With transactions, it is one until the last byte of the answer, or until the client is gone,
//! named by the route (`GET /users/{id}`).
//!
//! ```
//! use actix_web::{App, web};
//! use sentry::integrations::actix::Sentry;
//!
//! let app = App::new()
//!     .wrap(Sentry::with_transaction())
//!     .route("/users/{id}", web::get().to(async |id: web::Path<u32>| format!("user {id}")));
//! # let _ = app;
//! ```
//!
//! Given to [`App::wrap`](actix_web::App::wrap) last it is the outermost, and the others run in the scopes of the request.
//!
//! Panics are captured with the request and go on ([`repanic`](SentryBuilder::repanic)). Answers with a status of 500 and
//! above are captured: as the `ResponseError` that the handler failed by. Of it actix tells the text, and by its `Debug` the
//! name of its type; of a [`Failure`], which any error converts to, the type and its causes are known. An error that has been
//! captured already, by an attribute for instance, is not captured again.
//!
//! That a client has left while the handler is waiting is seen by actix only with
//! [`h1_allow_half_closed(false)`](actix_web::HttpServer::h1_allow_half_closed).

mod body;
mod error;
mod future;
mod head;

use std::future::{Ready, ready};
use std::ops::RangeInclusive;
use std::sync::Arc;
use std::time::Duration;

use actix_web::body::MessageBody;
use actix_web::dev::{Service, ServiceRequest, ServiceResponse, Transform, forward_ready};
use actix_web::{Error, HttpMessage as _};

pub use self::body::ResponseBody;
pub use self::error::Failure;
pub use self::future::ResponseFuture;
use super::server::{Serving, Settings};
use crate::work::Hub;

/// Serves each request in scopes of its own. See the [module](self).
#[derive(Clone, Debug)]
pub struct Sentry {
    settings: Arc<Settings>,
}

impl Default for Sentry {
    fn default() -> Self {
        Self::new()
    }
}

impl Sentry {
    /// A middleware whose requests are no transactions.
    pub fn new() -> Self {
        Self::builder().finish()
    }

    /// A middleware whose requests are transactions.
    pub fn with_transaction() -> Self {
        Self::builder().start_transaction(true).finish()
    }

    /// A middleware with other settings.
    ///
    /// ```
    /// use sentry::integrations::actix::Sentry;
    ///
    /// let middleware =
    ///     Sentry::builder().start_transaction(true).trace_ignore_status_codes(404..=404).finish();
    /// ```
    pub fn builder() -> SentryBuilder {
        SentryBuilder { settings: Settings { transactions: false, ..Settings::new("auto.http.actix") } }
    }

    /// The settings, to be changed.
    pub fn into_builder(self) -> SentryBuilder {
        SentryBuilder { settings: Arc::unwrap_or_clone(self.settings) }
    }
}

/// The settings of a [`Sentry`].
#[derive(Clone, Debug)]
#[must_use = "a builder does nothing until `finish`"]
pub struct SentryBuilder {
    settings: Settings,
}

impl SentryBuilder {
    /// The middleware with these settings.
    pub fn finish(self) -> Sentry {
        Sentry { settings: Arc::new(self.settings) }
    }

    /// Sets whether requests are transactions, by default no.
    pub fn start_transaction(mut self, transactions: bool) -> Self {
        self.settings.transactions = transactions;
        self
    }

    /// Sets whether requests by `OPTIONS` are transactions too, by default no: browsers ask so before they ask.
    pub fn trace_options_requests(mut self, options_requests: bool) -> Self {
        self.settings.options_requests = options_requests;
        self
    }

    /// Adds answers whose transactions are not sent. With `trace_lifecycle = "stream"`, spans below one may have left before
    /// the answer is known.
    ///
    /// Source: Sentry's SDK documentation, "Tracing: traceIgnoreStatusCodes".
    pub fn trace_ignore_status_codes(mut self, codes: RangeInclusive<u16>) -> Self {
        self.settings.ignored.push(codes);
        self
    }

    /// Has requests served with this hub's client, in copies of its scopes, and not with the one that is current when they
    /// arrive.
    ///
    /// ```
    /// use sentry::Hub;
    /// use sentry::integrations::actix::Sentry;
    ///
    /// let middleware = Sentry::builder().with_hub(Hub::current()).emit_header(true).finish();
    /// # let _ = middleware;
    /// ```
    pub fn with_hub(mut self, hub: Arc<Hub>) -> Self {
        self.settings.hub = Some(hub);
        self
    }

    /// Has requests served with the hub that is current when they arrive, which is the default.
    pub fn with_default_hub(mut self) -> Self {
        self.settings.hub = None;
        self
    }

    /// Sets whether the answer to a request that has failed names the event that was captured of that, by the header
    /// `x-sentry-event`; by default no.
    pub fn emit_header(mut self, emit_header: bool) -> Self {
        self.settings.emit_header = emit_header;
        self
    }

    /// Sets whether answers with a status of 500 and above are captured, by default yes.
    pub fn capture_server_errors(self, capture: bool) -> Self {
        self.failed_request_status_codes(if capture { 500..=599 } else { RangeInclusive::new(1, 0) })
    }

    /// Sets the answers that are captured, by default 500 to 599.
    pub fn failed_request_status_codes(mut self, codes: RangeInclusive<u16>) -> Self {
        self.settings.failed = codes;
        self
    }

    /// Sets whether a panic of a handler goes on after it was captured, by default yes: the server closes the connection.
    /// Otherwise the request is answered with 500.
    pub fn repanic(mut self, repanic: bool) -> Self {
        self.settings.repanic = repanic;
        self
    }

    /// Has requests during which something was captured end only when that has left, or this time has passed: for programs
    /// that may be stopped between two requests. By default none waits. No thread is blocked meanwhile.
    ///
    /// A body is not waited for: the transaction leaves when the answer has.
    ///
    /// ```
    /// use std::time::Duration;
    ///
    /// use sentry::integrations::actix::Sentry;
    ///
    /// let middleware = Sentry::builder().wait_for_delivery(Duration::from_secs(2)).finish();
    /// ```
    pub fn wait_for_delivery(mut self, timeout: Duration) -> Self {
        self.settings.wait = Some(timeout);
        self
    }
}

impl<S, B> Transform<S, ServiceRequest> for Sentry
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<ResponseBody<B>>;
    type Error = Error;
    type Transform = SentryMiddleware<S>;
    type InitError = ();
    type Future = Ready<Result<Self::Transform, ()>>;

    fn new_transform(&self, service: S) -> Self::Future {
        ready(Ok(SentryMiddleware { service, settings: Arc::clone(&self.settings) }))
    }
}

/// A service under [`Sentry`].
#[derive(Debug)]
pub struct SentryMiddleware<S> {
    service: S,
    settings: Arc<Settings>,
}

/// A request that has it is served under this middleware already, further out.
struct Served;

impl<S, B> Service<ServiceRequest> for SentryMiddleware<S>
where
    S: Service<ServiceRequest, Response = ServiceResponse<B>, Error = Error>,
    B: MessageBody,
{
    type Response = ServiceResponse<ResponseBody<B>>;
    type Error = Error;
    type Future = ResponseFuture<S::Future>;

    forward_ready!(service);

    fn call(&self, mut request: ServiceRequest) -> Self::Future {
        let served = request.extensions().contains::<Served>();
        let begin = || Serving::begin(&self.settings, || head::of(&request));
        let serving = match &self.settings.hub {
            _ if served => None,
            Some(hub) => Hub::run(Arc::clone(hub), begin),
            None => begin(),
        };
        let Some(serving) = serving else {
            return ResponseFuture::unserved(self.service.call(request));
        };
        request.extensions_mut().insert(Served);
        if let Some(kept) = serving.body() {
            body::keep(&mut request, kept);
        }
        let bodiless = request.method() == actix_web::http::Method::HEAD;
        ResponseFuture::begin(serving, bodiless, || self.service.call(request))
    }
}
