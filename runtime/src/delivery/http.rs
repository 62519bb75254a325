//! Envelopes over HTTP.
//!
//! Source: Sentry's SDK documentation, "Transport: authentication, compression".

use std::future::Future;
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, SystemTime};

use flate2::Compression;
use flate2::write::GzEncoder;
use reqwest::header::{CONTENT_ENCODING, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, NoProxy, Proxy, redirect};

use super::packet::Packet;
use crate::protocol::Dsn;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Where to send and how.
#[derive(Clone, Debug)]
pub(crate) struct HttpSettings {
    pub(crate) dsn: Dsn,
    /// `name/version`, for `User-Agent` and the auth header.
    pub(crate) user_agent: String,
    pub(crate) http_proxy: Option<String>,
    pub(crate) https_proxy: Option<String>,
    pub(crate) accept_invalid_certs: bool,
}

/// What became of an attempt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// The server has answered for good, be it that it does not want it.
    Settled,
    /// It could not be reached, or has a problem of its own.
    Later,
}

/// Sends envelopes. Made on the delivery thread, for reading the certificates takes a while.
#[derive(Debug)]
pub(crate) struct Sender {
    /// `None` if it could not be made.
    client: Option<Client>,
    url: String,
    /// Whether the last attempt failed, and that was said.
    failing: Arc<AtomicBool>,
}

impl Sender {
    pub(crate) fn new(settings: &HttpSettings) -> Self {
        let client = settings.connect();
        if let Err(problem) = &client {
            crate::debug::log!("nothing can be sent: {problem}");
        }
        let url = settings.dsn.envelope_api_url().into();
        Self { client: client.ok(), url, failing: Arc::default() }
    }

    /// The request for a packet, ready to be awaited; `None` if it could not be made. Says whether it may succeed later.
    pub(crate) fn request(&self, packet: &Packet) -> Option<impl Future<Output = Outcome> + Send + use<>> {
        let body = match encode(packet) {
            Ok(body) => body,
            Err(error) => {
                crate::debug::log!("an envelope could not be written: {error}");
                return None;
            }
        };
        let request = self.client.as_ref()?.post(&self.url).body(body);
        let failing = Arc::clone(&self.failing);
        Some(async move {
            let (problem, outcome) = match request.send().await {
                Ok(answer) => {
                    let status = answer.status();
                    // Read to its end, so that the connection can be used again.
                    let _ = answer.bytes().await;
                    let outcome = if status.is_server_error() { Outcome::Later } else { Outcome::Settled };
                    ((!status.is_success()).then(|| format!("the server answered {status}")), outcome)
                }
                Err(error) => (Some(format!("could not send: {}", causes(&error))), Outcome::Later),
            };
            // Said once, not for every item, until something gets through again.
            if let Some(problem) = &problem
                && !failing.load(Ordering::Relaxed)
            {
                crate::debug::log!("{problem}");
            }
            failing.store(problem.is_some(), Ordering::Relaxed);
            outcome
        })
    }
}

impl HttpSettings {
    fn connect(&self) -> Result<Client, String> {
        let mut builder = Client::builder()
            .user_agent(&self.user_agent)
            .default_headers(self.headers()?)
            .redirect(redirect::Policy::none())
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(REQUEST_TIMEOUT)
            .no_proxy();
        // Setting the option to `false` would still select a verifier of its own.
        if self.accept_invalid_certs {
            builder = builder.tls_danger_accept_invalid_certs(true);
        }
        let proxies =
            [self.http_proxy.as_ref().map(Proxy::http), self.https_proxy.as_ref().map(Proxy::https)];
        for proxy in proxies.into_iter().flatten() {
            builder = builder.proxy(proxy.map_err(|error| causes(&error))?.no_proxy(NoProxy::from_env()));
        }
        builder.build().map_err(|error| causes(&error))
    }

    fn headers(&self) -> Result<HeaderMap, String> {
        let auth = self.dsn.to_auth(Some(&self.user_agent)).to_string();
        let auth = HeaderValue::from_str(&auth).map_err(|error| format!("the auth header: {error}"))?;
        Ok(HeaderMap::from_iter([
            (HeaderName::from_static("x-sentry-auth"), auth),
            (CONTENT_TYPE, HeaderValue::from_static("application/x-sentry-envelope")),
            (CONTENT_ENCODING, HeaderValue::from_static("gzip")),
        ]))
    }
}

fn encode(packet: &Packet) -> io::Result<Vec<u8>> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::fast());
    packet.write(&mut encoder, SystemTime::now())?;
    encoder.finish()
}

/// The error with its causes, where the reason usually is.
fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let chain = std::iter::successors(Some(error), |error| error.source());
    chain.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
