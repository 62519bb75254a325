//! One request: an envelope over HTTP, and what the server says to it.
//!
//! Source: Sentry's SDK documentation, "Transport: authentication, compression".

mod connect;
mod lines;
mod poster;
mod tls;

use std::io;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use hyper::StatusCode;
use hyper::header::{CONTENT_TYPE, DATE, HeaderMap, HeaderName, HeaderValue, RETRY_AFTER, USER_AGENT};
use hyper::http::response::Parts;

pub(crate) use connect::Proxies;
pub(super) use poster::Poster;
use tls::Tls;
pub(crate) use tls::TlsSettings;

use super::compression::Compression;
use super::encoder::Encoder;
use super::limits::retry_after;
use super::packet::Packet;
use crate::protocol::{ClientReport, Dsn, Envelope};

/// Where to send and how.
#[derive(Clone, Debug)]
pub(crate) struct HttpSettings {
    pub(crate) dsn: Dsn,
    /// `name/version`, for `User-Agent` and the auth header.
    pub(crate) user_agent: String,
    pub(crate) proxies: Proxies,
    pub(crate) compression: Compression,
    pub(crate) tls: TlsSettings,
}

/// The connections to one server. Made on the delivery thread, for reading the certificates takes a while.
#[derive(Debug)]
pub(crate) struct Connections {
    poster: Poster,
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
        let auth = settings.dsn.to_auth(Some(&settings.user_agent)).to_string();
        let auth = HeaderValue::try_from(auth).map_err(|error| format!("the auth header: {error}"))?;
        let mut headers = envelope_headers(&settings.user_agent)?;
        headers.insert(HeaderName::from_static("x-sentry-auth"), auth);
        let url = settings.dsn.envelope_api_url();
        Ok(Self {
            poster: Poster::new(url.as_str(), headers, &settings.proxies, || Tls::new(&settings.tls))?,
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
        Ok(Answer::of(&self.poster.post(body, encoding).await?))
    }

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
    fn of(response: &Parts) -> Self {
        let header = |name: &HeaderName| response.headers.get(name).and_then(|it| it.to_str().ok());
        // A list may come in several lines.
        let lines = response.headers.get_all(HeaderName::from_static("x-sentry-rate-limits"));
        let lines: Vec<_> = lines.iter().filter_map(|line| line.to_str().ok()).collect();
        Self {
            status: response.status.as_u16(),
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

/// To a viewer on this machine: without a proxy, and without what only Sentry needs to know.
pub(super) fn directly(url: &str, user_agent: &str) -> Result<Poster, String> {
    Poster::new(url, envelope_headers(user_agent)?, &Proxies::default(), || Tls::new(&TlsSettings::default()))
}

fn envelope_headers(user_agent: &str) -> Result<HeaderMap, String> {
    let user_agent = HeaderValue::from_str(user_agent).map_err(|error| format!("the user agent: {error}"))?;
    Ok(HeaderMap::from_iter([
        (USER_AGENT, user_agent),
        (CONTENT_TYPE, HeaderValue::from_static("application/x-sentry-envelope")),
    ]))
}
