//! Requests that are sent by `reqwest`: each is a span and a breadcrumb, and carries the trace on.
//!
//! ```
//! use sentry::integrations::reqwest::SendMonitored as _;
//!
//! async fn price(client: &reqwest::Client) -> reqwest::Result<String> {
//!     client.get("https://prices.example/apples").send_monitored().await?.text().await
//! }
//! ```
//!
//! What goes to the server that the client's DSN names is left alone. Which requests carry the trace on is said by
//! [`trace_propagation_targets`](crate::ClientOptions::trace_propagation_targets).
//!
//! Source: Sentry's SDK documentation, "HTTP client integration".

use std::future::Future;
use std::ops::RangeInclusive;

use ::reqwest::{Client, Request, RequestBuilder, Response, Result, Url};

use super::carry;
use super::http_status::span_status;
use crate::protocol::{Breadcrumb, Event, Exception, Level, Map, Mechanism, SpanStatus, Value};
use crate::scope;
use crate::trace::Span;

/// `send`, seen by Sentry.
pub trait SendMonitored {
    /// Sends the request as [`Requests::execute`] does.
    ///
    /// # Errors
    /// When the request cannot be built or sent.
    fn send_monitored(self) -> impl Future<Output = Result<Response>> + Send;
}

impl SendMonitored for RequestBuilder {
    async fn send_monitored(self) -> Result<Response> {
        let (client, request) = self.build_split();
        Requests::new().execute(&client, request?).await
    }
}

/// How requests are seen.
///
/// ```no_run
/// # async fn call() -> reqwest::Result<()> {
/// use sentry::integrations::reqwest::Requests;
///
/// let client = reqwest::Client::new();
/// let request = client.get("https://prices.example/apples").build()?;
/// Requests::new().capture_failed(500..=599).execute(&client, request).await?;
/// # Ok(())
/// # }
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "it is for `execute`"]
pub struct Requests {
    failed: Option<RangeInclusive<u16>>,
}

impl Requests {
    /// Requests are spans and breadcrumbs, and carry the trace on.
    pub fn new() -> Self {
        Self::default()
    }

    /// Has answers with one of these statuses captured.
    pub fn capture_failed(mut self, statuses: RangeInclusive<u16>) -> Self {
        self.failed = Some(statuses);
        self
    }

    /// Sends a request.
    ///
    /// Its span has the operation `http.client` and is named by method and address, without what follows the `?`. A request
    /// that is given up is `cancelled`.
    ///
    /// # Errors
    /// When it cannot be sent, as `Client::execute`.
    pub async fn execute(&self, client: &Client, mut request: Request) -> Result<Response> {
        if !scope::is_active() || is_ours(request.url()) {
            return client.execute(request).await;
        }
        let call = Call::start(&request);
        let address = request.url().to_string();
        carry::add_trace(request.headers_mut(), &address, call.span.as_ref());
        let outcome = client.execute(request).await;
        call.ended(&outcome, self.failed.as_ref());
        outcome
    }
}

/// Whether a request goes to the server that everything captured is sent to.
fn is_ours(url: &Url) -> bool {
    let client = scope::host().and_then(crate::Client::of_host);
    client.as_ref().and_then(crate::Client::dsn).is_some_and(|dsn| {
        url.host_str() == Some(dsn.host()) && url.port_or_known_default() == Some(dsn.port())
    })
}

/// One request on its way.
struct Call {
    method: String,
    /// Without the query, and without who logs in.
    address: String,
    /// As far as it may be collected.
    query: Option<String>,
    span: Option<Span>,
    done: bool,
}

impl Call {
    fn start(request: &Request) -> Self {
        let method = request.method().as_str().to_owned();
        let url = request.url();
        let host = url.host_str().unwrap_or_default();
        let port = url.port().map(|port| format!(":{port}")).unwrap_or_default();
        let address = format!("{}://{host}{port}{}", url.scheme(), url.path());
        let query = url.query().zip(scope::host());
        let query = query.and_then(|(query, host)| host.collection().collect_query(query));
        let span = scope::active_handle().map(|parent| {
            let span = parent.start_child("http.client", &format!("{method} {address}"));
            if span.is_sampled() {
                span.set_data("http.request.method", method.as_str().into());
                span.set_data("url.full", address.as_str().into());
                span.set_data("server.address", host.into());
                if let Some(port) = url.port_or_known_default() {
                    span.set_data("server.port", port.into());
                }
                if let Some(query) = &query {
                    span.set_data("http.query", query.as_str().into());
                }
            }
            span
        });
        Self { method, address, query, span, done: false }
    }

    fn ended(mut self, outcome: &Result<Response>, failed: Option<&RangeInclusive<u16>>) {
        self.done = true;
        let status = match outcome {
            Ok(response) => Some(response.status().as_u16()),
            Err(error) => error.status().map(|status| status.as_u16()),
        };
        if let Some(span) = self.span.take() {
            if let Some(status) = status {
                span.set_data("http.response.status_code", status.into());
            }
            span.set_status(match (status, outcome) {
                (Some(status), _) => span_status(status),
                (None, Err(error)) if error.is_timeout() => SpanStatus::DeadlineExceeded,
                (None, _) => SpanStatus::InternalError,
            });
            span.finish();
        }
        crate::add_breadcrumb(|| self.breadcrumb(status));
        if let Some(status) = status.filter(|status| failed.is_some_and(|failed| failed.contains(status))) {
            crate::capture_event(self.event(status));
        }
    }

    fn breadcrumb(&self, status: Option<u16>) -> Breadcrumb {
        let mut data = Map::from([
            ("method".to_owned(), Value::from(self.method.as_str())),
            ("url".to_owned(), Value::from(self.address.as_str())),
        ]);
        data.extend(status.map(|status| ("status_code".to_owned(), Value::from(status))));
        data.extend(self.query.as_deref().map(|query| ("http.query".to_owned(), Value::from(query))));
        let level = match status {
            Some(100..=399) => Level::Info,
            Some(400..=499) => Level::Warning,
            _ => Level::Error,
        };
        Breadcrumb {
            ty: "http".to_owned(),
            category: Some("http".to_owned()),
            level,
            data,
            ..Breadcrumb::default()
        }
    }

    fn event(&self, status: u16) -> Event<'static> {
        let mechanism =
            Mechanism { ty: "auto.http.reqwest".to_owned(), handled: Some(true), ..Mechanism::default() };
        let exception = Exception {
            ty: "HttpClientError".to_owned(),
            value: Some(format!("{} {} was answered with status {status}", self.method, self.address)),
            mechanism: Some(mechanism),
            ..Exception::default()
        };
        Event { exception: vec![exception].into(), level: Level::Error, ..Event::default() }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if let Some(span) = self.span.take().filter(|_| !self.done) {
            span.set_status(SpanStatus::Cancelled);
        }
    }
}
