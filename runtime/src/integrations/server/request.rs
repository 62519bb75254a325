//! What is shown of a request. It is put together on the delivery thread, unless a transaction asks for it.

use std::fmt;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, PoisonError};

use crate::client::MaxRequestBodySize;
use crate::privacy::DataCollection;
use crate::protocol::{Event, IpAddress, Map, Request, Url, User};

/// A request, as its framework holds it.
pub(in crate::integrations) trait Head: Send + Sync + 'static {
    /// `GET`, `POST`, …
    fn method(&self) -> &str;
    /// From the first slash to the question mark.
    fn path(&self) -> &str;
    /// What follows the `?`.
    fn query(&self) -> Option<&str>;
    /// `http` or `https`.
    fn scheme(&self) -> &str;
    /// Host and port, if the request line says them.
    fn authority(&self) -> Option<&str>;
    /// A header, if there is one and it is text.
    fn header(&self, name: &str) -> Option<&str>;
    /// All headers that are text.
    fn headers(&self) -> Vec<(&str, &str)>;
    /// Who sent it.
    fn peer(&self) -> Option<IpAddr>;
    /// Whether it is a call by gRPC: its path names the method, and how it ends is said apart from the status.
    fn is_call(&self) -> bool {
        false
    }
}

/// The bytes of a request's body, as far as they were read.
#[derive(Debug, Default)]
pub(in crate::integrations) struct Body {
    kept: Mutex<Kept>,
}

#[derive(Debug, Default)]
struct Kept {
    bytes: Vec<u8>,
    most: usize,
    too_many: bool,
}

impl Body {
    fn of_at_most(most: usize) -> Self {
        Self { kept: Mutex::new(Kept { most, ..Kept::default() }) }
    }

    /// The work has read these.
    #[cfg_attr(
        not(any(feature = "actix", feature = "axum")),
        expect(dead_code, reason = "bodies of other types are not kept")
    )]
    pub(in crate::integrations) fn read(&self, bytes: &[u8]) {
        let mut kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        kept.too_many |= kept.bytes.len() + bytes.len() > kept.most;
        if kept.too_many {
            kept.bytes = Vec::new();
        } else {
            kept.bytes.extend_from_slice(bytes);
        }
    }

    fn text(&self) -> Option<String> {
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        let text = str::from_utf8(&kept.bytes).ok().filter(|text| !text.is_empty());
        text.filter(|_| !kept.too_many).map(str::to_owned)
    }
}

/// A request and how much of it may be seen.
pub(super) struct Shown {
    pub(super) head: Box<dyn Head>,
    pub(super) body: Arc<Body>,
    collection: DataCollection,
    most: MaxRequestBodySize,
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shown").field("method", &self.head.method()).finish_non_exhaustive()
    }
}

impl Shown {
    pub(super) fn new(head: Box<dyn Head>, collection: DataCollection, most: MaxRequestBodySize) -> Self {
        /// What Sentry keeps of a body is less; it is read as a whole to find secrets in it.
        const MOST: usize = 1 << 20;
        let fits = |size: &usize| most.is_within_size_limit(*size);
        let bytes = match most {
            MaxRequestBodySize::Explicit(bytes) => bytes.min(MOST),
            _ => [MOST, 10_000, 1_000].into_iter().find(fits).unwrap_or(0),
        };
        Self { head, body: Arc::new(Body::of_at_most(bytes)), collection, most }
    }

    /// Whether the body is to be kept while it is read.
    pub(super) fn wants_body(&self) -> bool {
        let length = self.head.header("content-length").and_then(|length| length.parse().ok());
        self.collection.http_bodies
            && length.is_none_or(|length| self.most.is_within_size_limit(length))
            && self.head.header("content-type").is_some_and(|kind| {
                let kind = kind.to_ascii_lowercase();
                kind.contains("json") || kind.starts_with("application/x-www-form-urlencoded")
            })
    }

    /// The request as events and transactions show it.
    pub(super) fn request(&self) -> Request {
        let Self { head, collection, .. } = self;
        let host = head.authority().or_else(|| head.header("host")).unwrap_or("localhost");
        let body = self
            .body
            .text()
            .and_then(|body| collection.collect_body(head.header("content-type").unwrap_or_default(), &body));
        let env = collection.user_info.then(|| head.peer()).flatten();
        Request {
            url: Url::parse(&format!("{}://{host}{}", head.scheme(), head.path())).ok(),
            method: Some(head.method().to_owned()),
            data: body,
            query_string: head.query().and_then(|query| collection.collect_query(query)),
            cookies: head.header("cookie").and_then(|cookies| collection.collect_cookies(cookies)),
            headers: collection.collect_request_headers(head.headers()),
            env: env
                .map(|peer| ("REMOTE_ADDR".to_owned(), peer.to_string()))
                .into_iter()
                .collect::<Map<_, _>>(),
        }
    }

    /// Who sent it, if that may be told.
    pub(super) fn user(&self) -> Option<User> {
        let peer = self.collection.user_info.then(|| self.head.peer()).flatten()?;
        Some(User { ip_address: Some(IpAddress::Exact(peer)), ..User::default() })
    }

    /// Says in an event what it does not say itself.
    pub(super) fn complete(&self, event: &mut Event<'static>) {
        event.request.get_or_insert_with(|| self.request());
        if let Some(User { ip_address, .. }) = self.user() {
            let user = event.user.get_or_insert_default();
            user.ip_address = user.ip_address.or(ip_address);
        }
    }
}
