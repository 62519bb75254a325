//! One request: an envelope over HTTP, and what the server says to it.
//!
//! Source: Sentry's SDK documentation, "Transport: authentication, compression".

use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};
use std::{env, io};

use reqwest::header::{
    CONTENT_ENCODING, CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER,
};
use reqwest::{Client, ClientBuilder, NoProxy, Proxy, Response, StatusCode, Url, redirect, retry};

use super::compression::Compression;
use super::encoder::Encoder;
use super::limits::retry_after;
use super::packet::Packet;
#[cfg(any(feature = "native-tls", feature = "rustls"))]
use super::tls::TlsSettings;
use crate::protocol::{ClientReport, Dsn, Envelope, Scheme};

const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// What a server says beside the headers is read only so that the connection can be used again.
const MAX_ANSWER: usize = 64 * 1024;
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);

/// Where to send and how.
#[derive(Clone, Debug)]
pub(crate) struct HttpSettings {
    pub(crate) dsn: Dsn,
    /// `name/version`, for `User-Agent` and the auth header.
    pub(crate) user_agent: String,
    pub(crate) http_proxy: Option<String>,
    pub(crate) https_proxy: Option<String>,
    pub(crate) compression: Compression,
    #[cfg(any(feature = "native-tls", feature = "rustls"))]
    pub(crate) tls: TlsSettings,
}

/// The connections to one server. Made on the delivery thread, for reading the certificates takes a while.
#[derive(Debug)]
pub(crate) struct Connections {
    client: Client,
    url: Url,
    encoder: Mutex<Encoder>,
}

/// What the server said.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Answer {
    pub(crate) status: u16,
    /// `X-Sentry-Rate-Limits`, as it came.
    pub(crate) rate_limits: Option<String>,
    pub(crate) retry_after: Option<Duration>,
}

impl Connections {
    pub(crate) fn new(settings: &HttpSettings) -> Result<Self, String> {
        Ok(Self {
            client: settings.connect()?,
            url: settings.dsn.envelope_api_url(),
            encoder: Mutex::new(Encoder::new(settings.compression)),
        })
    }

    /// Sends a packet, and a client report along with it.
    pub(crate) async fn send(
        &self,
        packet: &Packet,
        report: Option<&ClientReport>,
    ) -> Result<Answer, String> {
        let (body, encoding) = self
            .encode(packet, report)
            .map_err(|error| format!("an envelope could not be written: {error}"))?;
        // A URL that was read already is not read again.
        let mut request = self.client.post(self.url.clone()).body(body);
        if let Some(encoding) = encoding {
            request = request.header(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        let response = request.send().await;
        let response = response.map_err(|error| format!("could not send: {}", causes(&error)))?;
        let answer = Answer::of(&response);
        // Whatever becomes of it: the status says it all.
        let _ = tokio::time::timeout(ANSWER_TIMEOUT, drain(response)).await;
        Ok(answer)
    }
}

impl Connections {
    /// The body, and what it is encoded with.
    fn encode(
        &self,
        packet: &Packet,
        report: Option<&ClientReport>,
    ) -> io::Result<(Vec<u8>, Option<&'static str>)> {
        let mut body = Vec::with_capacity(packet.body.len() + 512);
        packet.write(&mut body, SystemTime::now())?;
        if let Some(report) = report {
            body.extend_from_slice(&Envelope::item_of_report(report)?);
        }
        Ok(self.encoder.lock().unwrap_or_else(PoisonError::into_inner).encode(body))
    }
}

impl Answer {
    fn of(response: &Response) -> Self {
        let header = |name: &HeaderName| response.headers().get(name).and_then(|it| it.to_str().ok());
        // A list may come in several lines.
        let lines = response.headers().get_all(HeaderName::from_static("x-sentry-rate-limits"));
        let lines: Vec<_> = lines.iter().filter_map(|line| line.to_str().ok()).collect();
        Self {
            status: response.status().as_u16(),
            rate_limits: (!lines.is_empty()).then(|| lines.join(",")),
            retry_after: header(&RETRY_AFTER).and_then(|after| retry_after(after, header(&DATE))),
        }
    }

    /// The status with its usual name.
    pub(crate) fn describe(&self) -> String {
        let name = StatusCode::from_u16(self.status).ok().and_then(|status| status.canonical_reason());
        format!("the server answered {} {}", self.status, name.unwrap_or_default())
    }
}

async fn drain(mut response: Response) {
    let mut read = 0;
    while let Ok(Some(chunk)) = response.chunk().await {
        read += chunk.len();
        if read > MAX_ANSWER {
            return;
        }
    }
}

impl HttpSettings {
    fn connect(&self) -> Result<Client, String> {
        let mut builder = Client::builder()
            .user_agent(&self.user_agent)
            .default_headers(self.headers()?)
            .redirect(redirect::Policy::none())
            // Whoever sends tries again; to be able to, reqwest would copy each request.
            .retry(retry::never().max_retries_per_request(0))
            .connect_timeout(CONNECT_TIMEOUT)
            .timeout(REQUEST_TIMEOUT)
            .no_proxy();
        let encrypted = |url: &Option<String>| url.as_ref().is_some_and(|url| url.starts_with("https"));
        builder = self.secure(builder, self.dsn.scheme() == Scheme::Https || encrypted(&self.http_proxy))?;
        let proxies =
            [self.http_proxy.as_ref().map(Proxy::http), self.https_proxy.as_ref().map(Proxy::https)];
        for proxy in proxies.into_iter().flatten().filter(|_| !is_without_proxy()) {
            builder = builder.proxy(proxy.map_err(|error| causes(&error))?.no_proxy(NoProxy::from_env()));
        }
        builder.build().map_err(|error| causes(&error))
    }

    #[cfg(any(feature = "native-tls", feature = "rustls"))]
    fn secure(&self, builder: ClientBuilder, needed: bool) -> Result<ClientBuilder, String> {
        if needed {
            self.tls.apply(builder)
        } else {
            // Nobody will show a certificate, so the system's need not be read.
            Ok(builder.tls_certs_only([]))
        }
    }

    #[cfg(not(any(feature = "native-tls", feature = "rustls")))]
    #[expect(clippy::unused_self, reason = "it is needed where there is TLS")]
    fn secure(&self, builder: ClientBuilder, needed: bool) -> Result<ClientBuilder, String> {
        if needed {
            Err("`https` needs one of the features `rustls` and `native-tls` of `monitored`".to_owned())
        } else {
            Ok(builder)
        }
    }

    fn headers(&self) -> Result<HeaderMap, String> {
        let auth = self.dsn.to_auth(Some(&self.user_agent)).to_string();
        let auth = HeaderValue::from_str(&auth).map_err(|error| format!("the auth header: {error}"))?;
        Ok(HeaderMap::from_iter([
            (HeaderName::from_static("x-sentry-auth"), auth),
            (CONTENT_TYPE, HeaderValue::from_static("application/x-sentry-envelope")),
        ]))
    }
}

/// Whether `NO_PROXY` says `*`, which names every host. To reqwest that is every host with a name, but not one with an address.
fn is_without_proxy() -> bool {
    let list = env::var("NO_PROXY").or_else(|_| env::var("no_proxy"));
    list.is_ok_and(|list| list.split(',').any(|host| host.trim() == "*"))
}

/// The error with its causes, where the reason usually is.
pub(super) fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let chain = std::iter::successors(Some(error), |error| error.source());
    chain.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
