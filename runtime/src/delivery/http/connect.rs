//! How the server is reached: TCP, TLS where it is asked for, and a proxy where there is one.

use std::env;
use std::error::Error;
use std::future::poll_fn;
use std::time::Duration;

use hyper::Uri;
use hyper::http::uri::Scheme;
use hyper::rt::{Read, Write};
use hyper_util::client::legacy::connect::proxy::Tunnel;
use hyper_util::client::legacy::connect::{Connection, HttpConnector};
use hyper_util::client::proxy::matcher::{Intercept, Matcher};
use tower_service::Service;

use super::tls::{Https, Tls};

/// The proxy and TLS are part of it.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// Whether the other end is still there is asked between requests, too.
const KEEPALIVE: Duration = Duration::from_secs(15);
const KEEPALIVE_RETRIES: u32 = 3;

pub(super) type Problem = Box<dyn Error + Send + Sync>;

/// Opens connections to one server.
pub(super) struct Connector {
    way: Way,
    /// The server; or the proxy, where that one reads what is sent and passes it on.
    to: Uri,
}

enum Way {
    Plain(HttpConnector),
    Encrypted(Https<HttpConnector>),
    /// The proxy passes on what it cannot read.
    Tunnelled(Box<Https<Tunnel<Https<HttpConnector>>>>),
}

/// What bytes go through.
pub(super) trait Stream: Read + Write + Send + Unpin {}

impl<T: Read + Write + Send + Unpin> Stream for T {}

/// An open connection.
pub(super) struct Link {
    pub(super) stream: Box<dyn Stream>,
    /// Whether the two have agreed on HTTP/2.
    #[cfg(feature = "http2")]
    pub(super) speaks_http2: bool,
}

impl Connector {
    /// `tls` is asked for where it is needed, as reading certificates takes a while.
    pub(super) fn new(
        server: &Uri,
        proxy: Option<&Intercept>,
        tls: impl FnOnce() -> Result<Tls, String>,
    ) -> Result<Self, String> {
        let to = proxy.map_or(server, Intercept::uri).clone();
        let way = if is_encrypted(server) {
            let tls = tls()?;
            match proxy {
                None => Way::Encrypted(tls.over(tcp())),
                Some(proxy) => Way::Tunnelled(Box::new(tls.over(tunnel(proxy, tls.over(tcp()))))),
            }
        } else if is_encrypted(&to) {
            Way::Encrypted(tls()?.over(tcp()))
        } else {
            Way::Plain(tcp())
        };
        Ok(Self { to: if matches!(way, Way::Tunnelled(_)) { server.clone() } else { to }, way })
    }

    pub(super) async fn open(&self) -> Result<Link, Problem> {
        let opened = tokio::time::timeout(CONNECT_TIMEOUT, async {
            match &self.way {
                Way::Plain(plain) => connect(plain.clone(), &self.to).await,
                Way::Encrypted(encrypted) => connect(encrypted.clone(), &self.to).await,
                Way::Tunnelled(tunnelled) => connect((**tunnelled).clone(), &self.to).await,
            }
        });
        opened.await.map_err(|_| "connecting took too long")?
    }
}

pub(super) fn is_encrypted(uri: &Uri) -> bool {
    uri.scheme() == Some(&Scheme::HTTPS)
}

fn tcp() -> HttpConnector {
    let mut tcp = HttpConnector::new();
    // Others stand above it, which know what to do with `https`.
    tcp.enforce_http(false);
    tcp.set_nodelay(true);
    tcp.set_keepalive(Some(KEEPALIVE));
    tcp.set_keepalive_interval(Some(KEEPALIVE));
    tcp.set_keepalive_retries(Some(KEEPALIVE_RETRIES));
    tcp
}

fn tunnel<C>(proxy: &Intercept, below: C) -> Tunnel<C> {
    let tunnel = Tunnel::new(proxy.uri().clone(), below);
    match proxy.basic_auth() {
        Some(auth) => tunnel.with_auth(auth.clone()),
        None => tunnel,
    }
}

async fn connect<C>(mut connector: C, to: &Uri) -> Result<Link, Problem>
where
    C: Service<Uri, Error: Into<Problem>, Response: Connection + Stream + 'static>,
{
    poll_fn(|context| connector.poll_ready(context)).await.map_err(Into::into)?;
    let stream = connector.call(to.clone()).await.map_err(Into::into)?;
    Ok(Link {
        #[cfg(feature = "http2")]
        speaks_http2: stream.connected().is_negotiated_h2(),
        stream: Box::new(stream),
    })
}

/// The proxies that the options name.
#[derive(Clone, Debug, Default)]
pub(crate) struct Proxies {
    pub(crate) http: Option<String>,
    pub(crate) https: Option<String>,
}

impl Proxies {
    /// The one that stands before this server.
    pub(super) fn before(&self, server: &Uri) -> Result<Option<Intercept>, String> {
        let (option, proxy) =
            if is_encrypted(server) { ("https_proxy", &self.https) } else { ("http_proxy", &self.http) };
        let Some(proxy) = proxy else { return Ok(None) };
        // The URL may hold a password.
        let usable = Matcher::builder().all(proxy).build().intercept(server);
        let usable = usable.filter(|proxy| matches!(proxy.uri().scheme_str(), Some("http" | "https")));
        let proxy = usable.ok_or_else(|| format!("`{option}` is not the URL of an HTTP proxy"))?;
        Ok(Some(proxy).filter(|_| !needs_none(server)))
    }
}

/// Whether `NO_PROXY` names the server.
fn needs_none(server: &Uri) -> bool {
    let Ok(list) = env::var("NO_PROXY").or_else(|_| env::var("no_proxy")) else { return false };
    // `*` is every host. To the library that is every host with a name, but not one with an address.
    list.split(',').any(|host| host.trim() == "*")
        || Matcher::builder().all("http://proxy").no(list).build().intercept(server).is_none()
}
