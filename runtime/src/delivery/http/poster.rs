//! Posting to one URL.

use std::fmt;
use std::time::Duration;

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::{Body, Incoming};
use hyper::header::{CONTENT_ENCODING, HOST, HeaderMap, HeaderValue, PROXY_AUTHORIZATION};
use hyper::http::response::Parts;
use hyper::{Method, Request, Uri};

use super::connect::{Connector, Problem, Proxies, is_encrypted};
use super::lines::{Line, Lines};
use super::tls::Tls;

const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);
/// What a server says beside the headers is read only so that the connection can be used again.
const MAX_ANSWER: usize = 64 * 1024;
const ANSWER_TIMEOUT: Duration = Duration::from_secs(1);

/// Posts to one URL, and follows the server nowhere else.
pub(in crate::delivery) struct Poster {
    url: Uri,
    /// What is asked for over HTTP/1: of a server its path, of a proxy all of the URL.
    target: Uri,
    /// What every request says.
    headers: HeaderMap,
    lines: Lines,
}

impl Poster {
    /// `tls` is asked for where it is needed, as reading certificates takes a while.
    pub(super) fn new(
        url: &str,
        mut headers: HeaderMap,
        proxies: &Proxies,
        tls: impl FnOnce() -> Result<Tls, String>,
    ) -> Result<Self, String> {
        let url: Uri = url.parse().map_err(|error| format!("the URL {url}: {error}"))?;
        let (Some(host), Some(path)) = (url.host(), url.path_and_query()) else {
            return Err(format!("the URL {url} names no server"));
        };
        let host = url.port().map_or_else(|| host.to_owned(), |port| format!("{host}:{port}"));
        headers.insert(HOST, HeaderValue::try_from(host).map_err(|error| format!("the URL {url}: {error}"))?);
        let proxy = proxies.before(&url)?;
        let mut target = Uri::from(path.clone());
        if let Some(proxy) = proxy.as_ref().filter(|_| !is_encrypted(&url)) {
            target = url.clone();
            if let Some(auth) = proxy.basic_auth() {
                headers.insert(PROXY_AUTHORIZATION, auth.clone());
            }
        }
        let lines = Lines::new(Connector::new(&url, proxy.as_ref(), tls)?);
        Ok(Self { url, target, headers, lines })
    }

    /// What the server answers, whatever its status says.
    pub(in crate::delivery) async fn post(
        &self,
        body: Vec<u8>,
        encoding: Option<&'static str>,
    ) -> Result<Parts, String> {
        let exchange = self.exchange(body.into(), encoding);
        let answered = tokio::time::timeout(REQUEST_TIMEOUT, exchange).await;
        let answered = answered.map_err(|_| "could not send: the server does not answer".to_owned())?;
        let (line, parts, rest) = answered.map_err(|error| format!("could not send: {}", causes(&*error)))?;
        // Whatever becomes of it: the headers have said it all.
        if tokio::time::timeout(ANSWER_TIMEOUT, drain(rest)).await == Ok(true) {
            self.lines.keep(line);
        }
        Ok(parts)
    }

    async fn exchange(
        &self,
        body: Bytes,
        encoding: Option<&'static str>,
    ) -> Result<(Line, Parts, Incoming), Problem> {
        loop {
            let (mut line, is_kept) = self.lines.open().await?;
            let request = self.request(&line, body.clone(), encoding);
            match line.send(request).await {
                Ok(response) => {
                    let (parts, rest) = response.into_parts();
                    return Ok((line, parts, rest));
                }
                Err(mut error) => {
                    if !is_kept || error.take_message().is_none() {
                        return Err(error.into_error().into());
                    }
                    // The server has closed it in the meantime, and seen nothing of the request.
                }
            }
        }
    }

    fn request(&self, line: &Line, body: Bytes, encoding: Option<&'static str>) -> Request<Full<Bytes>> {
        let mut request = Request::new(Full::new(body));
        *request.method_mut() = Method::POST;
        *request.headers_mut() = self.headers.clone();
        if let Some(encoding) = encoding {
            request.headers_mut().insert(CONTENT_ENCODING, HeaderValue::from_static(encoding));
        }
        if line.is_http1() {
            *request.uri_mut() = self.target.clone();
        } else {
            *request.uri_mut() = self.url.clone();
            request.headers_mut().remove(HOST);
        }
        request
    }
}

impl fmt::Debug for Poster {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Poster").field("url", &self.url).finish_non_exhaustive()
    }
}

/// Whether that was all.
async fn drain(mut rest: Incoming) -> bool {
    let mut read = 0;
    while !rest.is_end_stream() {
        match rest.frame().await {
            None => break,
            Some(Ok(frame)) => read += frame.data_ref().map_or(0, Bytes::len),
            Some(Err(_)) => return false,
        }
        if read > MAX_ANSWER {
            return false;
        }
    }
    true
}

/// The error with its causes, where the reason usually is.
fn causes(error: &(dyn std::error::Error + 'static)) -> String {
    let chain = std::iter::successors(Some(error), |error| error.source());
    chain.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}
