//! A server on a real socket that takes envelopes and answers as it is told.

mod connection;
mod tally;

use std::collections::VecDeque;
use std::io;
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant, SystemTime};

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::server::{WantsServerCert, WebPkiClientVerifier};
use rustls::{ConfigBuilder, RootCertStore, ServerConfig};

pub use self::tally::Tally;

use crate::received::Received;
use crate::rules::{self, Target};

/// How often something awaited is looked at.
const POLL: Duration = Duration::from_millis(5);

/// One request as it was read from the socket.
#[derive(Clone, Debug)]
pub struct Request {
    /// `POST`, say.
    pub method: String,
    /// Path and query as sent.
    pub path: String,
    /// Headers in the order they came; names in lower case.
    pub headers: Vec<(String, String)>,
    /// The body, decompressed.
    pub body: Vec<u8>,
    /// When it was read in full.
    pub arrived: SystemTime,
    /// Whether it was answered with success, so that it must not come again.
    pub accepted: bool,
}

impl Request {
    /// All values of a header, by its name in lower case.
    pub fn header<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.headers.iter().filter(move |(key, _)| key == name).map(|(_, value)| value.as_str())
    }
}

/// What the server does with one request once it has read it.
#[derive(Clone, Debug)]
pub struct Answer {
    status: u16,
    headers: Vec<(String, String)>,
    body: Option<String>,
    delay: Duration,
    ending: Ending,
}

#[derive(Clone, Copy, Debug)]
enum Ending {
    Respond,
    Silence,
    Close,
    Reset,
    Cut,
    Trickle,
    Leave,
}

impl Answer {
    /// A response with this status.
    pub fn status(status: u16) -> Self {
        Self { status, headers: Vec::new(), body: None, delay: Duration::ZERO, ending: Ending::Respond }
    }

    /// What a healthy server says.
    pub fn ok() -> Self {
        Self::status(200)
    }

    /// The request is read and nothing is ever said; the connection stays open.
    pub fn never() -> Self {
        Self { ending: Ending::Silence, ..Self::ok() }
    }

    /// The connection is closed instead of a response.
    pub fn close() -> Self {
        Self { ending: Ending::Close, ..Self::ok() }
    }

    /// The connection is reset instead of a response.
    pub fn reset() -> Self {
        Self { ending: Ending::Reset, ..Self::ok() }
    }

    /// The connection is closed in the middle of the response's head.
    pub fn cut() -> Self {
        Self { ending: Ending::Cut, ..Self::ok() }
    }

    /// The response comes, but a byte a second.
    pub fn trickle() -> Self {
        Self { ending: Ending::Trickle, ..Self::ok() }
    }

    /// The connection is closed after the response, although it was said to be kept.
    pub fn and_leave(mut self) -> Self {
        self.ending = Ending::Leave;
        self
    }

    /// Adds a body, whatever it is.
    pub fn body(mut self, body: &str) -> Self {
        self.body = Some(body.to_owned());
        self
    }

    /// Whether the sender is told that all is well.
    fn accepts(&self) -> bool {
        matches!(self.ending, Ending::Respond | Ending::Leave) && (200..300).contains(&self.status)
    }

    /// Adds a response header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Waits this long before anything of the above.
    pub fn after(mut self, delay: Duration) -> Self {
        self.delay = delay;
        self
    }
}

/// A running server. Everything that reached it is held against the rules when it is read or, at the latest,
/// when the server is dropped.
#[derive(Debug)]
pub struct Receiver {
    target: Target,
    address: SocketAddr,
    shared: Arc<Shared>,
    acceptor: Option<JoinHandle<()>>,
    expectation: Expectation,
}

/// What is expected of everything that reaches a server.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Expectation {
    /// The rules, and that nothing comes twice.
    Once,
    /// The rules.
    Rules,
    /// Nothing: it is not Sentry.
    Nothing,
}

#[derive(Debug)]
struct Shared {
    script: Mutex<Script>,
    requests: Mutex<Vec<Request>>,
    /// Instead of the requests, what was in them; for a server that gets very many.
    tally: Option<Mutex<Tally>>,
    /// What was not even HTTP; a test must not pass over it.
    broken: Mutex<Vec<String>>,
    zstd: AtomicBool,
    stop: AtomicBool,
}

#[derive(Debug)]
struct Script {
    first: VecDeque<Answer>,
    then: Answer,
}

impl Receiver {
    /// A server that accepts everything.
    pub fn start() -> Self {
        Self::scripted([], Answer::ok())
    }

    /// A server that answers the first requests in this order and all later ones with `then`.
    ///
    /// # Panics
    ///
    /// When loopback has no free port.
    pub fn scripted(first: impl IntoIterator<Item = Answer>, then: Answer) -> Self {
        Self::listening("127.0.0.1:0", first, then, None, false).expect("a free port on loopback")
    }

    /// A server that always gives this answer and only counts what it gets; the rules are not looked at.
    ///
    /// # Panics
    ///
    /// When loopback has no free port.
    pub fn counting(answer: Answer) -> Self {
        Self::listening("127.0.0.1:0", [], answer, None, true).expect("a free port on loopback")
    }

    /// The same server again, after it was dropped: at the address that this DSN leads to.
    ///
    /// # Panics
    ///
    /// When somebody else has taken the port.
    pub fn counting_at(dsn: &str, answer: Answer) -> Self {
        let place = dsn.split('@').nth(1).and_then(|rest| rest.split('/').next()).unwrap_or_default();
        Self::listening(place, [], answer, None, true).expect("the port is free again")
    }

    /// What a counting server has got so far.
    ///
    /// # Panics
    ///
    /// When it is not a counting one.
    pub fn tally(&self) -> Tally {
        lock(self.shared.tally.as_ref().expect("the server counts")).clone()
    }

    /// Stops a counting server. Returns all that it has got.
    ///
    /// # Panics
    ///
    /// When it is not a counting one.
    pub fn stop(self) -> Tally {
        let shared = Arc::clone(&self.shared);
        drop(self);
        lock(shared.tally.as_ref().expect("the server counts")).clone()
    }

    /// A server that accepts everything on loopback of IPv6, where the machine has that.
    pub fn on_ipv6() -> Option<Self> {
        Self::listening("[::1]:0", [], Answer::ok(), None, false).ok()
    }

    /// A server that accepts everything over TLS; its certificate is signed by nobody.
    ///
    /// # Panics
    ///
    /// When loopback has no free port.
    pub fn encrypted() -> Self {
        Self::over_tls(ServerConfig::builder().with_no_client_auth())
    }

    /// The same, but only for clients that show the certificate of these tests, `tls/client.pem`.
    ///
    /// # Panics
    ///
    /// When loopback has no free port.
    pub fn encrypted_for_its_clients() -> Self {
        let certificate = include_bytes!("../tls/client.pem");
        let certificate = CertificateDer::from_pem_slice(certificate).expect("a certificate");
        let mut known = RootCertStore::empty();
        known.add(certificate).expect("a certificate that can be trusted");
        let verifier = WebPkiClientVerifier::builder(Arc::new(known)).build().expect("a verifier");
        Self::over_tls(ServerConfig::builder().with_client_cert_verifier(verifier))
    }

    fn over_tls(configuration: ConfigBuilder<ServerConfig, WantsServerCert>) -> Self {
        let tls = Some(with_certificate(configuration));
        let mut receiver =
            Self::listening("127.0.0.1:0", [], Answer::ok(), tls, false).expect("a free port on loopback");
        "https".clone_into(&mut receiver.target.scheme);
        receiver
    }

    fn listening(
        place: &str,
        first: impl IntoIterator<Item = Answer>,
        then: Answer,
        tls: Option<Arc<ServerConfig>>,
        counts: bool,
    ) -> io::Result<Self> {
        let listener = TcpListener::bind(place)?;
        let address = listener.local_addr()?;
        let shared = Arc::new(Shared {
            script: Mutex::new(Script { first: first.into_iter().collect(), then }),
            requests: Mutex::default(),
            tally: counts.then(Mutex::default),
            broken: Mutex::default(),
            zstd: AtomicBool::new(false),
            stop: AtomicBool::new(false),
        });
        let acceptor = thread::spawn({
            let shared = Arc::clone(&shared);
            move || accept(&listener, tls.as_ref(), &shared)
        });
        Ok(Self {
            target: Target::local(address),
            address,
            shared,
            acceptor: Some(acceptor),
            expectation: Expectation::Once,
        })
    }

    /// The same server behind a path prefix, `/sentry` say.
    pub fn under(mut self, prefix: &str) -> Self {
        prefix.clone_into(&mut self.target.prefix);
        self
    }

    /// The same server with a DSN that has a secret key, which must then be passed through.
    pub fn with_secret(mut self, secret: &str) -> Self {
        self.target.secret_key = Some(secret.to_owned());
        self
    }

    /// A server that accepts everything at the address of [`refusing_dsn`](Self::refusing_dsn).
    ///
    /// # Panics
    ///
    /// When the address is taken by now.
    pub fn at(dsn: &str) -> Self {
        Self::scripted_at(dsn, Answer::ok())
    }

    /// A server there that always gives this answer.
    ///
    /// # Panics
    ///
    /// When the address is taken by now.
    pub fn scripted_at(dsn: &str, then: Answer) -> Self {
        let place = dsn.split(['@', '/']).nth(3).expect("a DSN has a host");
        Self::listening(place, [], then, None, false).expect("the port is still free")
    }

    /// The same server, which may get the same event several times.
    pub fn with_repetitions(mut self) -> Self {
        self.expectation = Expectation::Rules;
        self
    }

    /// The same server, which takes bodies that are compressed with Zstandard; not every server does.
    pub fn with_zstd(self) -> Self {
        self.shared.zstd.store(true, Ordering::Relaxed);
        self
    }

    /// The same server, not being Sentry: what reaches it is not held against the rules.
    pub fn without_rules(mut self) -> Self {
        self.expectation = Expectation::Nothing;
        self
    }

    /// Host and port.
    pub fn address(&self) -> SocketAddr {
        self.address
    }

    /// Everything that was read so far, as it was read.
    pub fn requests(&self) -> Vec<Request> {
        lock(&self.shared.requests).clone()
    }

    /// The DSN of this server.
    pub fn dsn(&self) -> String {
        self.target.dsn()
    }

    /// A DSN to which nobody listens: connections are refused at once. A receiver may be started [there](Self::at).
    ///
    /// # Panics
    ///
    /// When loopback has no free port.
    pub fn refusing_dsn() -> String {
        Target::local(nobody().expect("a free port on loopback")).dsn()
    }

    /// How many requests were read so far.
    pub fn count(&self) -> usize {
        lock(&self.shared.requests).len()
    }

    /// Waits until this many requests were read.
    ///
    /// # Panics
    ///
    /// When that takes longer than the deadline.
    pub fn wait_for(&self, count: usize, deadline: Duration) {
        let start = Instant::now();
        while self.count() < count {
            assert!(start.elapsed() < deadline, "{} of {count} requests after {deadline:?}", self.count());
            thread::sleep(POLL);
        }
    }

    /// Everything that was read so far, held against the rules.
    ///
    /// # Panics
    ///
    /// When a rule is broken; the message lists each with the envelope.
    pub fn received(&self) -> Received {
        let broken = lock(&self.shared.broken).clone();
        assert!(broken.is_empty(), "the server was sent something that is not HTTP: {broken:#?}");
        let requests = lock(&self.shared.requests).clone();
        let envelopes = requests.iter().map(|request| rules::enforce(request, &self.target)).collect();
        match self.expectation {
            Expectation::Once => Received::once(requests, envelopes),
            Expectation::Rules | Expectation::Nothing => Received { requests, envelopes },
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.shared.stop.store(true, Ordering::Relaxed);
        // A connection of our own ends the wait for the next one.
        drop(TcpStream::connect(self.address));
        let ended = self.acceptor.take().is_none_or(|acceptor| acceptor.join().is_ok());
        if !thread::panicking() {
            assert!(ended, "the server's thread panicked");
            if self.expectation != Expectation::Nothing {
                self.received();
            }
        }
    }
}

/// An address that is nobody else's for as long as this process runs, so that nobody else comes to listen there.
#[cfg(unix)]
fn nobody() -> io::Result<SocketAddr> {
    use rustix::net::{AddressFamily, SocketType, bind, getsockname, socket, sockopt};

    let socket = socket(AddressFamily::INET, SocketType::STREAM, None)?;
    sockopt::set_socket_reuseaddr(&socket, true)?;
    bind(&socket, &SocketAddr::from(([127, 0, 0, 1], 0)))?;
    let address = getsockname(&socket)?;
    // It is bound and never listens.
    std::mem::forget(socket);
    Ok(address.try_into()?)
}

#[cfg(not(unix))]
fn nobody() -> io::Result<SocketAddr> {
    TcpListener::bind("127.0.0.1:0")?.local_addr()
}

fn accept(listener: &TcpListener, tls: Option<&Arc<ServerConfig>>, shared: &Shared) {
    thread::scope(|scope| {
        for stream in listener.incoming() {
            if shared.stop.load(Ordering::Relaxed) {
                break;
            }
            let Ok(stream) = stream else { continue };
            scope.spawn(move || connection::accept(stream, tls, shared));
        }
    });
}

fn with_certificate(configuration: ConfigBuilder<ServerConfig, WantsServerCert>) -> Arc<ServerConfig> {
    // Made for 127.0.0.1 and these tests; the key is no secret.
    let certificate = include_bytes!("../tls/certificate.der").as_slice().into();
    let key = include_bytes!("../tls/key.der").as_slice();
    let key = key.try_into().expect("the key in this package is a key");
    Arc::new(configuration.with_single_cert(vec![certificate], key).expect("key and certificate fit"))
}

impl Shared {
    fn next_answer(&self) -> Answer {
        let mut script = lock(&self.script);
        script.first.pop_front().unwrap_or_else(|| script.then.clone())
    }

    /// Remembers a request.
    fn keep(&self, request: Request) {
        match &self.tally {
            Some(tally) => lock(tally).add(&request),
            None => lock(&self.requests).push(request),
        }
    }

    /// Sleeps, but not longer than the server lives.
    fn pause(&self, length: Duration) {
        let start = Instant::now();
        while start.elapsed() < length && !self.stop.load(Ordering::Relaxed) {
            thread::sleep(POLL.min(length));
        }
    }
}

/// Locks also what a failed test left poisoned: the first failure is the one to read about.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests;
