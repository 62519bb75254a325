//! What is read of a request of the crate `http`.

use std::net::{IpAddr, SocketAddr};

use http::{HeaderMap, Method, Request, Uri};

use crate::integrations::grpc;
use crate::integrations::server::Head;

/// Copies of what the request has; most of them are only counted references.
struct Parts {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    peer: Option<IpAddr>,
}

pub(super) fn of<B>(request: &Request<B>) -> Box<dyn Head> {
    Box::new(Parts {
        method: request.method().clone(),
        uri: request.uri().clone(),
        headers: request.headers().clone(),
        peer: peer(request),
    })
}

fn peer<B>(request: &Request<B>) -> Option<IpAddr> {
    #[cfg(feature = "axum")]
    if let Some(connected) = request.extensions().get::<axum::extract::ConnectInfo<SocketAddr>>() {
        return Some(connected.0.ip());
    }
    request.extensions().get().map(SocketAddr::ip)
}

/// The pattern of the route, where a router has said it.
#[cfg(feature = "axum")]
pub(super) fn route<B>(request: &Request<B>) -> Option<std::sync::Arc<str>> {
    request.extensions().get::<axum::extract::MatchedPath>().map(|path| path.as_str().into())
}

#[cfg(not(feature = "axum"))]
pub(super) fn route<B>(_: &Request<B>) -> Option<std::sync::Arc<str>> {
    None
}

impl Head for Parts {
    fn method(&self) -> &str {
        self.method.as_str()
    }

    fn path(&self) -> &str {
        self.uri.path()
    }

    fn query(&self) -> Option<&str> {
        self.uri.query()
    }

    fn scheme(&self) -> &str {
        self.uri.scheme_str().unwrap_or("http")
    }

    fn authority(&self) -> Option<&str> {
        self.uri.authority().map(http::uri::Authority::as_str)
    }

    fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    fn headers(&self) -> Vec<(&str, &str)> {
        self.headers.iter().filter_map(|(name, value)| Some((name.as_str(), value.to_str().ok()?))).collect()
    }

    fn peer(&self) -> Option<IpAddr> {
        self.peer
    }

    fn is_call(&self) -> bool {
        grpc::is_of_call(&self.headers)
    }
}
