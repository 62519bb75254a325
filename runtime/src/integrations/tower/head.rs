//! What is read of a request of the crate `http`.

use std::net::{IpAddr, SocketAddr};

use http::Request;
use http::uri::Authority;

use crate::integrations::grpc;
use crate::integrations::server::{Head, Line};

pub(super) fn of<B>(request: &Request<B>) -> Head {
    let uri = request.uri();
    let line = Line {
        method: request.method().as_str(),
        path: uri.path(),
        query: uri.query().unwrap_or_default(),
        scheme: uri.scheme_str().unwrap_or("http"),
        authority: uri.authority().map(Authority::as_str).unwrap_or_default(),
        route: route(request).unwrap_or_default(),
    };
    let mut head = Head::new(&line, peer(request));
    for (name, value) in request.headers() {
        head.add(name.as_str(), value.as_bytes());
    }
    head.may_be_call(grpc::is_of_call);
    head
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
pub(super) fn route<B>(request: &Request<B>) -> Option<&str> {
    request.extensions().get::<axum::extract::MatchedPath>().map(axum::extract::MatchedPath::as_str)
}

#[cfg(not(feature = "axum"))]
pub(super) fn route<B>(_: &Request<B>) -> Option<&str> {
    None
}
