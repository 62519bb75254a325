//! A client: takes what is captured and hands it to delivery.

use std::fmt;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc};
use std::time::{Duration, Instant};

use super::choices::TracesSamplingStrategy;
use super::environment;
use super::init::NO_PACKAGE;
use super::options::ClientOptions;
use super::pipeline::Pipeline;
use crate::callback;
#[cfg(feature = "http")]
use crate::delivery::HttpSettings;
use crate::delivery::{self, Limits, Prepare, Queue, StderrTransport, Transport, Way};
use crate::errors::{Stack, lacks_stack};
use crate::protocol::{Breadcrumb, Dsn, Event, Uuid};
use crate::scope::{Hold, Host, Item, Scope, Snapshot};
use crate::trace::{Finish, Finished, Metadata, TraceSettings};

/// How long an error may wait for the end of its route.
const HOLD: Duration = Duration::from_secs(1);

/// A client. [`init`](crate::init) makes one and makes it the process's.
#[derive(Clone)]
pub struct Client {
    shared: Arc<Shared>,
}

/// One client, however many handles there are.
pub(super) struct Shared {
    options: Arc<ClientOptions>,
    settings: TraceSettings,
    metadata: Metadata,
    /// `None`: nothing leaves the process.
    delivery: Option<Delivery>,
}

struct Delivery {
    queue: Arc<Queue>,
    transport: Option<Arc<dyn Transport>>,
    started: AtomicBool,
    /// What the delivery thread needs; taken when the first item comes.
    start: Mutex<Option<(Prepare, Way)>>,
}

impl fmt::Debug for Client {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Client")
            .field("enabled", &self.is_enabled())
            .field("options", &self.shared.options)
            .finish_non_exhaustive()
    }
}

impl<T: Into<ClientOptions>> From<T> for Client {
    fn from(options: T) -> Self {
        Self::from_config(options)
    }
}

impl Client {
    /// Makes a client that is not the process's, from everything that [`init`](crate::init) takes.
    pub fn from_config<T: Into<ClientOptions>>(options: T) -> Self {
        Self::with_options(options.into())
    }

    /// Makes a client that is not the process's. Values that Sentry would refuse are dropped; the environment is not
    /// looked at.
    pub fn with_options(mut options: ClientOptions) -> Self {
        environment::validate(&mut options, &NO_PACKAGE);
        for problem in std::mem::take(&mut options.problems) {
            crate::debug::log!("{problem}");
        }
        Self::of(options)
    }

    /// Makes a client from options that are complete.
    pub(super) fn of(options: ClientOptions) -> Self {
        let metadata = Metadata {
            public_key: options.dsn.as_ref().map(|dsn| dsn.public_key().to_owned()),
            org_id: options.dsn.as_ref().and_then(Dsn::org_id).map(|id| id.to_string()),
            release: options.release.as_deref().map(str::to_owned),
            environment: options.environment.as_deref().map(str::to_owned),
        };
        let (rate, sampler) = match &options.traces_sampling_strategy {
            TracesSamplingStrategy::FixedRate(rate) => (Some(crate::trace::widen(*rate)), None),
            TracesSamplingStrategy::Function(sampler) => (None, Some(Arc::clone(sampler))),
            TracesSamplingStrategy::Disabled => (None, None),
        };
        let settings =
            TraceSettings { rate, sampler, org_id: metadata.org_id.clone(), max_spans: options.max_spans };
        let options = Arc::new(options);
        let delivery = Delivery::new(&options, &metadata);
        Self { shared: Arc::new(Shared { options, settings, metadata, delivery }) }
    }

    pub(super) fn host(&self) -> Arc<dyn Host> {
        Arc::clone(&self.shared) as Arc<dyn Host>
    }

    /// The options the client was made with; those of the process's client are completed from the environment.
    pub fn options(&self) -> &ClientOptions {
        &self.shared.options
    }

    /// Where it sends.
    pub fn dsn(&self) -> Option<&Dsn> {
        self.shared.options.dsn.as_ref()
    }

    /// Whether anything that it captures leaves the process, be it only as a report on stderr.
    pub fn is_enabled(&self) -> bool {
        self.shared.delivery.is_some()
    }

    /// Captures an event with the active scopes, and over them `scope`. Returns the event's id, or the nil id if the
    /// client is disabled or closed.
    pub fn capture_event(&self, mut event: Event<'static>, scope: Option<&Scope>) -> Uuid {
        if event.event_id.is_nil() {
            event.event_id = Uuid::new_v4();
        }
        let id = event.event_id;
        let scopes = scope.map_or_else(Snapshot::take, Snapshot::with_scope);
        let item = Item::Event { event: Box::new(event), amend: None, scopes: Box::new(scopes) };
        if self.shared.accept(item) { id } else { Uuid::nil() }
    }

    /// Waits until everything captured so far has left, the shutdown timeout or `timeout` at the longest. Returns
    /// whether it has.
    pub fn flush(&self, timeout: Option<Duration>) -> bool {
        self.shared.flush(timeout)
    }

    /// Like [`flush`](Self::flush); afterwards the client takes nothing more.
    pub fn close(&self, timeout: Option<Duration>) -> bool {
        let Some(delivery) = &self.shared.delivery else { return true };
        delivery.queue.close();
        let timeout = timeout.unwrap_or(self.shared.options.shutdown_timeout);
        delivery.flush(timeout, <dyn Transport>::shutdown)
    }
}

impl Shared {
    fn flush(&self, timeout: Option<Duration>) -> bool {
        let timeout = timeout.unwrap_or(self.options.shutdown_timeout);
        self.delivery.as_ref().is_none_or(|delivery| delivery.flush(timeout, <dyn Transport>::flush))
    }
}

impl Delivery {
    fn new(options: &Arc<ClientOptions>, metadata: &Metadata) -> Option<Self> {
        let transport = match &options.transport {
            Some(factory) => {
                Some(callback::guarded("create_transport", || factory.create_transport(options))?)
            }
            None if options.dsn.is_some() && cfg!(feature = "http") => None,
            None if options.dsn.is_some() => {
                crate::debug::log!("nothing is sent: `monitored` was built without its feature `http`");
                return None;
            }
            None if options.prints_reports() => Some(Arc::new(StderrTransport::new()) as Arc<dyn Transport>),
            None => return None,
        };
        let way = match (&transport, &options.dsn) {
            (Some(transport), _) => Way::Transport(Arc::clone(transport)),
            #[cfg(feature = "http")]
            (None, Some(dsn)) => Way::Http {
                settings: Box::new(HttpSettings {
                    dsn: dsn.clone(),
                    user_agent: options.user_agent.clone().into_owned(),
                    http_proxy: options.http_proxy.clone().map(Into::into),
                    https_proxy: options.https_proxy.clone().map(Into::into),
                    accept_invalid_certs: options.accept_invalid_certs,
                }),
                max_in_flight: options.max_in_flight,
            },
            (None, _) => return None,
        };
        let mut pipeline = Pipeline::new(Arc::clone(options), metadata.clone());
        let prepare: Prepare = Box::new(move |item| pipeline.prepare(item));
        Some(Self {
            queue: Queue::new(Limits { max_bytes: options.max_queue_bytes, hold: HOLD }),
            transport,
            started: AtomicBool::new(false),
            start: Mutex::new(Some((prepare, way))),
        })
    }

    fn push(&self, item: Item) -> bool {
        let accepted = self.queue.push(item);
        if accepted && !self.started.load(Ordering::Relaxed) {
            self.start();
        }
        accepted
    }

    /// Starts the delivery thread, if nobody has yet.
    fn start(&self) {
        let start = self.start.lock().unwrap_or_else(PoisonError::into_inner).take();
        self.started.store(true, Ordering::Relaxed);
        if let Some((prepare, way)) = start
            && let Err(error) = delivery::start(Arc::clone(&self.queue), prepare, way)
        {
            crate::debug::log!("the delivery thread could not be started: {error}");
            self.queue.abandon();
        }
    }

    fn flush(&self, timeout: Duration, flush: fn(&dyn Transport, Duration) -> bool) -> bool {
        let started = Instant::now();
        if !self.queue.flush(timeout) {
            return false;
        }
        let Some(transport) = self.transport.clone() else { return true };
        let left = timeout.saturating_sub(started.elapsed());
        // On a thread of its own: it may take longer than it was told.
        let (answer, answered) = mpsc::channel();
        let asked = std::thread::Builder::new().name("sentry-flush".to_owned()).spawn(move || {
            let flushed = callback::guarded("flush of the transport", || flush(&*transport, left));
            // Nobody listens any more when it took too long.
            let _ = answer.send(flushed.unwrap_or(false));
        });
        asked.is_ok() && answered.recv_timeout(left).unwrap_or(false)
    }
}

impl Finish for Shared {
    fn settings(&self) -> &TraceSettings {
        &self.settings
    }

    fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    fn finished(&self, finished: Finished) {
        self.accept(Item::Transaction { finished: Box::new(finished), scopes: Box::new(Snapshot::take()) });
    }
}

impl Host for Shared {
    fn accept(&self, mut item: Item) -> bool {
        let Some(delivery) = &self.delivery else { return false };
        if self.options.attach_stacktrace
            && let Item::Event { event, amend, .. } = &mut item
            && lacks_stack(event)
        {
            let stack = Stack::take();
            *amend = Some(Box::new(move |event| stack.attach(event)));
        }
        delivery.push(item)
    }

    fn is_open(&self) -> bool {
        self.delivery.as_ref().is_some_and(|delivery| delivery.queue.is_open())
    }

    fn hold(&self) -> Arc<Hold> {
        match &self.delivery {
            Some(delivery) => delivery.queue.hold(),
            None => Arc::new(Hold::new(Instant::now(), Duration::ZERO, Box::new(|| {}))),
        }
    }

    fn attaches_stacktrace(&self) -> bool {
        self.options.attach_stacktrace
    }

    fn panic_flush_timeout(&self) -> Duration {
        self.options.panic_flush_timeout
    }

    fn breadcrumb(&self, breadcrumb: Breadcrumb) -> Option<(Breadcrumb, usize)> {
        let kept = match &self.options.before_breadcrumb {
            Some(before) => callback::guarded("before_breadcrumb", || before(breadcrumb)).flatten()?,
            None => breadcrumb,
        };
        Some((kept, self.options.max_breadcrumbs))
    }

    fn finisher(self: Arc<Self>) -> Arc<dyn Finish> {
        self
    }

    fn flush(&self, timeout: Option<Duration>) -> bool {
        Self::flush(self, timeout)
    }
}
