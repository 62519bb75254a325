//! What a layer costs a server, beside the published crate's: `cargo bench -p benches --bench http`, with `-- --quick` in a
//! tenth of the time.
//!
//! Each subject is a process of its own: an axum server with one route on a runtime of one thread, and a client whose
//! transport writes envelopes to nowhere. Requests come over loopback, one at a time on each of some connections. What counts
//! is the processor time of the server's process, its delivery thread included, for each request: in each round all subjects
//! serve equally many, and the table has the medians of the rounds and of their ratios to the plain server.

use std::any::Any;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Ipv4Addr, SocketAddr, TcpStream};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use std::{env, thread};

use axum::Router;
use axum::extract::{Path, Request};
use axum::routing::get;
use rustix::time::{ClockId, clock_gettime};
use tokio::net::TcpListener;

const CONNECTIONS: u32 = 8;
const REQUEST: &[u8] = b"GET /hello/ada HTTP/1.1\r\nhost: bench\r\nuser-agent: bench\r\naccept: */*\r\n\r\n";
const ANSWER: &[u8] = b"hello, ada";

struct Subject {
    name: &'static str,
    /// Starts the client; it runs as long as what is returned lives.
    start: fn() -> Box<dyn Any>,
    layered: fn(Router) -> Router,
    /// Has everything that was captured leave, and says how many transactions that were.
    flush: fn() -> u64,
}

const SUBJECTS: [Subject; 6] = [
    Subject { name: "plain", start: || Box::new(()), layered: |router| router, flush: || 0 },
    Subject {
        name: "a layer that does nothing",
        start: || Box::new(()),
        layered: |router| router.layer(idle::IdleLayer),
        flush: || 0,
    },
    Subject {
        name: "monitored, unsampled",
        start: || ours::start(0.0),
        layered: ours::layered,
        flush: ours::flush,
    },
    Subject {
        name: "monitored, all",
        start: || ours::start(1.0),
        layered: ours::layered,
        flush: ours::flush,
    },
    Subject {
        name: "sentry-tower, unsampled",
        start: || theirs::start(0.0),
        layered: theirs::layered,
        flush: theirs::flush,
    },
    Subject {
        name: "sentry-tower, all",
        start: || theirs::start(1.0),
        layered: theirs::layered,
        flush: theirs::flush,
    },
];

/// What any layer costs that sees the end of the body: a future and a body in another one, and nothing done in them.
mod idle {
    use std::future::Future;
    use std::pin::Pin;
    use std::task::{Context, Poll};

    use axum::body::{Body, Bytes, HttpBody};
    use axum::extract::Request;
    use axum::http::Response;
    use tower_layer::Layer;
    use tower_service::Service;

    #[derive(Clone)]
    pub(super) struct IdleLayer;

    #[derive(Clone)]
    pub(super) struct Idle<T>(T);

    impl<S> Layer<S> for IdleLayer {
        type Service = Idle<S>;

        fn layer(&self, service: S) -> Idle<S> {
            Idle(service)
        }
    }

    impl<S: Service<Request, Response = Response<Body>>> Service<Request> for Idle<S>
    where
        S::Future: Unpin,
    {
        type Response = Response<Idle<Body>>;
        type Error = S::Error;
        type Future = Idle<S::Future>;

        fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
            self.0.poll_ready(context)
        }

        fn call(&mut self, request: Request) -> Self::Future {
            Idle(self.0.call(request))
        }
    }

    impl<F: Future<Output = Result<Response<Body>, E>> + Unpin, E> Future for Idle<F> {
        type Output = Result<Response<Idle<Body>>, E>;

        fn poll(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
            Pin::new(&mut self.0).poll(context).map_ok(|response| response.map(Idle))
        }
    }

    impl HttpBody for Idle<Body> {
        type Data = Bytes;
        type Error = axum::Error;

        fn poll_frame(
            mut self: Pin<&mut Self>,
            context: &mut Context<'_>,
        ) -> Poll<Option<Result<http_body::Frame<Bytes>, axum::Error>>> {
            Pin::new(&mut self.0).poll_frame(context)
        }

        fn is_end_stream(&self) -> bool {
            self.0.is_end_stream()
        }

        fn size_hint(&self) -> http_body::SizeHint {
            self.0.size_hint()
        }
    }
}

mod ours {
    use sentry::integrations::tower::SentryLayer;
    use sentry::protocol::Category;
    use sentry::{ClientOptions, Envelope, Transport};

    use super::{Any, Arc, Router, io};

    struct Null;

    impl Transport for Null {
        fn send_envelope(&self, envelope: Envelope) {
            envelope.to_writer(io::sink()).expect("a sink takes everything");
        }
    }

    pub(super) fn start(rate: f32) -> Box<dyn Any> {
        let options = ClientOptions::new().traces_sample_rate(rate).transport(Arc::new(Null));
        Box::new(sentry::init(("http://key@127.0.0.1/1", options)))
    }

    pub(super) fn layered(router: Router) -> Router {
        router.layer(SentryLayer::new())
    }

    pub(super) fn flush() -> u64 {
        assert!(sentry::flush(None), "everything leaves");
        sentry::delivery_stats().delivered(Category::Transaction)
    }
}

mod theirs {
    use std::sync::atomic::{AtomicU64, Ordering::Relaxed};

    use official::integrations::tower::{NewSentryLayer, SentryHttpLayer};
    use official::protocol::EnvelopeItem;
    use official::{ClientOptions, Envelope, Transport};

    use super::{Any, Arc, Request, Router, io};

    static DELIVERED: AtomicU64 = AtomicU64::new(0);

    struct Null;

    impl Transport for Null {
        fn send_envelope(&self, envelope: Envelope) {
            envelope.to_writer(io::sink()).expect("a sink takes everything");
            let transactions = envelope.items().filter(|item| matches!(item, EnvelopeItem::Transaction(_)));
            DELIVERED.fetch_add(transactions.count() as u64, Relaxed);
        }
    }

    pub(super) fn start(rate: f32) -> Box<dyn Any> {
        let options = ClientOptions::new().traces_sample_rate(rate).transport(Arc::new(Null));
        Box::new(official::init(("http://key@127.0.0.1/1", options)))
    }

    pub(super) fn layered(router: Router) -> Router {
        router
            .layer(SentryHttpLayer::new().enable_transaction())
            .layer(NewSentryLayer::<Request>::new_from_top())
    }

    /// Its transport is called before the request has ended.
    pub(super) fn flush() -> u64 {
        DELIVERED.load(Relaxed)
    }
}

async fn hello(Path(name): Path<String>) -> String {
    format!("hello, {name}")
}

/// The process of one subject: says where it listens, then for each line that it reads what it has used so far.
fn serve(subject: &Subject) -> io::Result<()> {
    let client = (subject.start)();
    let router = (subject.layered)(Router::new().route("/hello/{name}", get(hello)));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let listener = runtime.block_on(TcpListener::bind((Ipv4Addr::LOCALHOST, 0)))?;
    println!("{}", listener.local_addr()?);
    let flush = subject.flush;
    let (ended, end) = tokio::sync::oneshot::channel::<()>();
    thread::spawn(move || {
        for _ in io::stdin().lines().map_while(Result::ok) {
            let sent = flush();
            let used = clock_gettime(ClockId::ProcessCPUTime);
            println!("{} {sent}", used.tv_sec * 1_000_000_000 + used.tv_nsec);
        }
        drop(ended);
    });
    runtime.block_on(async {
        tokio::select! {
            served = axum::serve(listener, router).into_future() => served,
            _ = end => Ok(()),
        }
    })?;
    drop(client);
    Ok(())
}

/// A subject's process, and the connections to it.
struct Server {
    process: Child,
    asking: ChildStdin,
    telling: BufReader<ChildStdout>,
    connections: Vec<TcpStream>,
}

impl Server {
    fn start(number: usize) -> io::Result<Self> {
        let mut process = Command::new(env::current_exe()?)
            .args(["serve", &number.to_string()])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()?;
        let asking = process.stdin.take().expect("it is piped");
        let mut telling = BufReader::new(process.stdout.take().expect("it is piped"));
        let mut address = String::new();
        telling.read_line(&mut address)?;
        let address: SocketAddr = address.trim().parse().map_err(io::Error::other)?;
        let connections = (0..CONNECTIONS).map(|_| {
            let connection = TcpStream::connect(address)?;
            connection.set_nodelay(true)?;
            connection.set_read_timeout(Some(Duration::from_secs(10)))?;
            Ok(connection)
        });
        let connections = connections.collect::<io::Result<_>>()?;
        Ok(Self { process, asking, telling, connections })
    }

    /// Nanoseconds of the processor so far, and transactions sent.
    fn used(&mut self) -> io::Result<(u64, u64)> {
        writeln!(self.asking)?;
        let mut line = String::new();
        self.telling.read_line(&mut line)?;
        let numbers = line.trim().split_once(' ').ok_or_else(|| io::Error::other("two numbers"))?;
        let number = |text: &str| text.parse().map_err(io::Error::other);
        Ok((number(numbers.0)?, number(numbers.1)?))
    }

    /// Has so many requests served on each connection; nanoseconds of the processor for one, and transactions sent.
    fn round(&mut self, requests: u32) -> io::Result<(f64, u64)> {
        let (before, sent_before) = self.used()?;
        let mut buffer = [0; 1024];
        for _ in 0..requests {
            for connection in &mut self.connections {
                connection.write_all(REQUEST)?;
            }
            for connection in &mut self.connections {
                let mut read = 0;
                while !buffer[..read].ends_with(ANSWER) {
                    match connection.read(&mut buffer[read..])? {
                        0 => return Err(io::Error::other("the server has hung up")),
                        more => read += more,
                    }
                }
            }
        }
        let (after, sent) = self.used()?;
        let used = Duration::from_nanos(after - before) / (requests * CONNECTIONS);
        Ok((1e9 * used.as_secs_f64(), sent - sent_before))
    }

    fn end(self) -> io::Result<()> {
        let Self { mut process, asking, .. } = self;
        drop(asking);
        process.wait().map(drop)
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() -> io::Result<()> {
    let arguments: Vec<String> = env::args().skip(1).collect();
    if let [serve_word, number] = &arguments[..]
        && serve_word == "serve"
    {
        let subject = number.parse().ok().and_then(|number: usize| SUBJECTS.get(number));
        return serve(subject.ok_or_else(|| io::Error::other("there is no such subject"))?);
    }
    let quick = arguments.iter().any(|argument| argument == "--quick");
    let (rounds, requests) = if quick { (15, 250) } else { (41, 1_000) };

    let mut servers = (0..SUBJECTS.len()).map(Server::start).collect::<io::Result<Vec<_>>>()?;
    for server in &mut servers {
        server.round(requests)?;
    }
    let mut used = vec![Vec::new(); SUBJECTS.len()];
    let mut sent = [0; SUBJECTS.len()];
    for _ in 0..rounds {
        for (number, server) in servers.iter_mut().enumerate() {
            let (time, transactions) = server.round(requests)?;
            used[number].push(time);
            sent[number] += transactions;
        }
    }
    servers.into_iter().try_for_each(Server::end)?;

    println!("{:<26}{:>12}{:>14}{:>16}", "", "µs/request", "over plain", "transactions");
    for (number, subject) in SUBJECTS.iter().enumerate() {
        let over = used[number].iter().zip(&used[0]).map(|(time, plain)| 100.0 * (time / plain - 1.0));
        println!(
            "{:<26}{:>12.2}{:>12.1} %{:>16}",
            subject.name,
            median(used[number].clone()) / 1_000.0,
            median(over.collect()),
            sent[number]
        );
    }
    println!("{} requests each", rounds * requests * CONNECTIONS);
    Ok(())
}
