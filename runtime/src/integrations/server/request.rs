//! What is shown of a request. It is put together on the delivery thread.

use std::fmt;
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use super::{Head, Settings};
use crate::client::MaxRequestBodySize;
use crate::privacy::DataCollection;
use crate::protocol::{Event, IpAddress, Map, Request, TransactionSource, Url, User, Value};
use crate::scope::Asked;
use crate::trace::{Root, TransactionContext, Unsaid};

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
    pub(super) head: Head,
    settings: Arc<Settings>,
    collection: Arc<DataCollection>,
    /// If it is kept.
    body: OnceLock<Arc<Body>>,
    /// Once it is known.
    answer: OnceLock<Answer>,
}

/// What a transaction says of the answer.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Answer {
    pub(super) status: Option<u16>,
    /// Bytes of the body.
    pub(super) size: Option<u64>,
    /// By which a call has ended.
    pub(super) code: Option<u8>,
}

impl fmt::Debug for Shown {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Shown").field("method", &self.head.method()).finish_non_exhaustive()
    }
}

impl Shown {
    pub(super) fn new(head: Head, settings: Arc<Settings>, collection: Arc<DataCollection>) -> Self {
        Self { head, settings, collection, body: OnceLock::new(), answer: OnceLock::new() }
    }

    /// Where the body is to be kept while it is read, if it is, given how long one may be.
    pub(super) fn keep_body(&self, most: impl FnOnce() -> MaxRequestBodySize) -> Option<Arc<Body>> {
        /// What Sentry keeps of a body is less; it is read as a whole to find secrets in it.
        const MOST: usize = 1 << 20;
        let head = &self.head;
        if !self.collection.http_bodies || !head.is_typed() {
            return None;
        }
        let kind = head.header("content-type")?.to_ascii_lowercase();
        if !kind.contains("json") && !kind.starts_with("application/x-www-form-urlencoded") {
            return None;
        }
        let (most, length) = (most(), head.header("content-length").and_then(|length| length.parse().ok()));
        let fits = |size: &usize| most.is_within_size_limit(*size);
        if length.is_some_and(|length| !fits(&length)) {
            return None;
        }
        let bytes = match most {
            MaxRequestBodySize::Explicit(bytes) => bytes.min(MOST),
            _ => [MOST, 10_000, 1_000].into_iter().find(fits).unwrap_or(0),
        };
        Some(Arc::clone(self.body.get_or_init(|| Arc::new(Body::of_at_most(bytes)))))
    }

    /// The request was answered.
    pub(super) fn answered(&self, answer: Answer) {
        // The first time counts.
        let _ = self.answer.set(answer);
    }

    /// The transaction that the request is, unless it continues another trace.
    pub(super) fn transaction(&self) -> TransactionContext {
        let head = &self.head;
        let (name, op, source) = if head.is_call() {
            (head.path().trim_start_matches('/').to_owned(), "rpc.server", TransactionSource::Route)
        } else {
            let (path, source) = match head.route() {
                Some(route) => (route, TransactionSource::Route),
                None => (head.path(), TransactionSource::Url),
            };
            ([head.method(), " ", path].concat(), "http.server", source)
        };
        let mut context = TransactionContext::of_server(name, op, source);
        context.origin = self.settings.origin;
        context
    }

    /// The request as events and transactions show it.
    fn request(&self) -> Request {
        let Self { head, collection, .. } = self;
        let host = head.authority().or_else(|| head.header("host")).unwrap_or("localhost");
        let body =
            self.body.get().and_then(|body| body.text()).and_then(|body| {
                collection.collect_body(head.header("content-type").unwrap_or_default(), &body)
            });
        // HTTP/2 has a line for each.
        let cookies: Vec<_> =
            head.headers().filter_map(|(name, value)| (name == "cookie").then_some(value)).collect();
        let env = collection.user_info.then(|| head.peer()).flatten();
        Request {
            url: Url::parse(&format!("{}://{host}{}", head.scheme(), head.path())).ok(),
            method: Some(head.method().to_owned()),
            data: body,
            query_string: head.query().and_then(|query| collection.collect_query(query)),
            cookies: collection.collect_cookies(&cookies.join("; ")).filter(|_| !cookies.is_empty()),
            headers: collection.collect_request_headers(head.headers()),
            env: env
                .map(|peer| ("REMOTE_ADDR".to_owned(), peer.to_string()))
                .into_iter()
                .collect::<Map<_, _>>(),
        }
    }

    /// Who sent it, if that may be told.
    fn user(&self) -> Option<User> {
        let peer = self.collection.user_info.then(|| self.head.peer()).flatten()?;
        Some(User { ip_address: Some(IpAddress::Exact(peer)), ..User::default() })
    }
}

impl Asked for Shown {
    fn complete(&self, event: &mut Event<'static>) {
        event.request.get_or_insert_with(|| self.request());
        if let Some(User { ip_address, .. }) = self.user() {
            let user = event.user.get_or_insert_default();
            user.ip_address = user.ip_address.or(ip_address);
        }
    }
}

impl Unsaid for Shown {
    fn say(&self, root: &mut Root) {
        let Answer { status, size, code } = self.answer.get().copied().unwrap_or_default();
        let head = &self.head;
        let mut say = |key: &str, value: Value| {
            root.data.entry(key.to_owned()).or_insert(value);
        };
        say("http.request.method", head.method().into());
        say("url.path", head.path().into());
        if let Some(status) = status.filter(|_| !head.is_call()) {
            say("http.response.status_code", status.into());
        }
        if let Some(size) = size {
            say("http.response.body.size", size.into());
        }
        if root.source == TransactionSource::Route
            && let Some((_, route)) = root.name.split_once(' ')
        {
            let route = Value::from(route);
            root.data.insert("http.route".to_owned(), route);
        }
        #[cfg(feature = "tower")]
        super::call::describe(head, code, root);
        #[cfg(not(feature = "tower"))]
        let _: Option<u8> = code;
        root.request.get_or_insert_with(|| Box::new(self.request()));
        if root.user.is_none() {
            root.user = self.user().map(Box::new);
        }
    }
}
