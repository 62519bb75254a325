//! The connections to one server, kept for the next request.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use bytes::Bytes;
#[cfg(feature = "http2")]
use futures_util::future::Either;
use http_body_util::Full;
use hyper::body::Incoming;
#[cfg(feature = "http2")]
use hyper::client::conn::http2;
use hyper::client::conn::{TrySendError, http1};
use hyper::{Request, Response};
#[cfg(feature = "http2")]
use hyper_util::rt::{TokioExecutor, TokioTimer};

use super::connect::{Connector, Link, Problem};

/// Connections that nobody has needed for so long are closed, at the latest after twice the time.
const IDLE_TIMEOUT: Duration = Duration::from_secs(90);
/// While requests are under way and nothing is heard of the server, it is asked whether it is there.
#[cfg(feature = "http2")]
const PING: Duration = Duration::from_secs(15);

type Http1 = http1::SendRequest<Full<Bytes>>;
#[cfg(feature = "http2")]
type Http2 = http2::SendRequest<Full<Bytes>>;

/// A connection that is ready for a request.
pub(super) enum Line {
    /// One request at a time.
    Http1(Http1),
    /// Any number of them.
    #[cfg(feature = "http2")]
    Http2(Http2),
}

impl Line {
    pub(super) fn is_http1(&self) -> bool {
        matches!(self, Self::Http1(_))
    }

    /// Hands the request over at once; the future is for the answer.
    pub(super) fn send(
        &mut self,
        request: Request<Full<Bytes>>,
    ) -> impl Future<Output = Result<Response<Incoming>, TrySendError<Request<Full<Bytes>>>>> + use<> {
        match self {
            #[cfg(not(feature = "http2"))]
            Self::Http1(line) => line.try_send_request(request),
            #[cfg(feature = "http2")]
            Self::Http1(line) => Either::Left(line.try_send_request(request)),
            #[cfg(feature = "http2")]
            Self::Http2(line) => Either::Right(line.try_send_request(request)),
        }
    }
}

pub(super) struct Lines {
    connector: Connector,
    idle: Arc<Mutex<Idle>>,
    #[cfg(feature = "http2")]
    shared: Mutex<Option<Http2>>,
}

/// Connections over which nothing is sent now.
#[derive(Default)]
struct Idle {
    /// Each with the round in which it was used.
    lines: Vec<(Http1, u64)>,
    round: u64,
    /// Whether a task looks after them.
    watched: bool,
}

impl Lines {
    pub(super) fn new(connector: Connector) -> Self {
        Self {
            connector,
            idle: Arc::default(),
            #[cfg(feature = "http2")]
            shared: Mutex::default(),
        }
    }

    /// A line, and whether it is one that was kept.
    pub(super) async fn open(&self) -> Result<(Line, bool), Problem> {
        while let Some(mut kept) = self.idle() {
            if kept.ready().await.is_ok() {
                return Ok((Line::Http1(kept), true));
            }
        }
        #[cfg(feature = "http2")]
        if let Some(shared) = self.shared() {
            return Ok((Line::Http2(shared), false));
        }
        // Seldom, and large: what is sent over a kept line need not bring the room for it.
        let link = Box::pin(self.connector.open()).await?;
        #[cfg(feature = "http2")]
        if link.speaks_http2 {
            // Somebody else may have opened one in the meantime.
            if let Some(shared) = self.shared() {
                return Ok((Line::Http2(shared), false));
            }
            let opened = speak_http2(link).await?;
            *lock(&self.shared) = Some(opened.clone());
            return Ok((Line::Http2(opened), false));
        }
        Ok((Line::Http1(speak_http1(link).await?), false))
    }

    fn idle(&self) -> Option<Http1> {
        lock(&self.idle).lines.pop().map(|(line, _)| line)
    }

    #[cfg(feature = "http2")]
    fn shared(&self) -> Option<Http2> {
        lock(&self.shared).clone().filter(|line| !line.is_closed())
    }

    /// Takes back a line whose answer was read to its end.
    pub(super) fn keep(&self, line: Line) {
        match line {
            Line::Http1(line) => self.keep_idle(line),
            // There it stays for everyone.
            #[cfg(feature = "http2")]
            Line::Http2(_) => {}
        }
    }

    fn keep_idle(&self, line: Http1) {
        let mut idle = lock(&self.idle);
        let round = idle.round;
        idle.lines.push((line, round));
        if !std::mem::replace(&mut idle.watched, true) {
            tokio::spawn(watch(Arc::downgrade(&self.idle)));
        }
    }
}

/// Closes what nobody needs, until there is nothing left.
async fn watch(idle: Weak<Mutex<Idle>>) {
    loop {
        tokio::time::sleep(IDLE_TIMEOUT).await;
        let Some(idle) = idle.upgrade() else { return };
        let mut idle = lock(&idle);
        let Idle { lines, round, watched } = &mut *idle;
        lines.retain(|(line, used)| used == round && !line.is_closed());
        *round += 1;
        *watched = !lines.is_empty();
        if !*watched {
            return;
        }
    }
}

async fn speak_http1(link: Link) -> Result<Http1, Problem> {
    let (requests, connection) = http1::handshake(link.stream).await?;
    // What goes wrong is told to who sends.
    tokio::spawn(connection);
    Ok(requests)
}

#[cfg(feature = "http2")]
async fn speak_http2(link: Link) -> Result<Http2, Problem> {
    let mut builder = http2::Builder::new(TokioExecutor::new());
    builder.timer(TokioTimer::new()).keep_alive_interval(PING);
    let (requests, connection) = builder.handshake(link.stream).await?;
    tokio::spawn(connection);
    Ok(requests)
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
