//! What is read of a request of actix.

use actix_web::dev::ServiceRequest;
use actix_web::http::uri::Authority;

use crate::integrations::server::{Head, Line};

pub(super) fn of(request: &ServiceRequest) -> Head {
    let uri = request.uri();
    let scheme = if request.app_config().secure() { "https" } else { "http" };
    let route = request.match_pattern();
    let line = Line {
        method: request.method().as_str(),
        path: uri.path(),
        query: uri.query().unwrap_or_default(),
        scheme: uri.scheme_str().unwrap_or(scheme),
        authority: uri.authority().map(Authority::as_str).unwrap_or_default(),
        route: route.as_deref().unwrap_or_default(),
    };
    let mut head = Head::new(&line, request.peer_addr().map(|peer| peer.ip()));
    for (name, value) in request.headers() {
        head.add(name.as_str(), value.as_bytes());
    }
    head
}
