//! What is read of a request of actix.

use std::net::IpAddr;

use actix_web::dev::ServiceRequest;
use actix_web::http::header::HeaderMap;
use actix_web::http::uri::Authority;
use actix_web::http::{Method, Uri};

use crate::integrations::server::Head;

/// Copies of what the request has, which itself stays on its thread.
struct Parts {
    method: Method,
    uri: Uri,
    headers: HeaderMap,
    secure: bool,
    peer: Option<IpAddr>,
}

pub(super) fn of(request: &ServiceRequest) -> Box<dyn Head> {
    Box::new(Parts {
        method: request.method().clone(),
        uri: request.uri().clone(),
        headers: request.head().headers.clone(),
        secure: request.app_config().secure(),
        peer: request.peer_addr().map(|peer| peer.ip()),
    })
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
        let secure = if self.secure { "https" } else { "http" };
        self.uri.scheme_str().unwrap_or(secure)
    }

    fn authority(&self) -> Option<&str> {
        self.uri.authority().map(Authority::as_str)
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
}
