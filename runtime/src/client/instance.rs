//! A client: takes what is captured and hands it to delivery.

use std::any::Any;
use std::fmt;
use std::panic::{PanicHookInfo, RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::acknowledge::Acknowledge;
use super::builtin::{AttachStacktraceIntegration, PanicIntegration};
use super::choices::TracesSamplingStrategy;
use super::environment;
use super::init::NO_PACKAGE;
use super::integration::{self, Integration};
use super::kept::Durable;
use super::options::ClientOptions;
use super::pipeline::Pipeline;
use super::streaming::TraceLifecycle;
use super::ways;
use crate::callback;
use crate::delivery::{Feed, Flushed, Limits, Outlet, Prepare};
use crate::errors::{Stack, lacks_stack};
#[cfg(any(feature = "actix", feature = "reqwest", feature = "tower"))]
use crate::privacy::DataCollection;
use crate::protocol::{Breadcrumb, Category, Dsn, Envelope, Event, Reason, Uuid};
use crate::scope::{
    Amend, BeforeSendWithHint, Bound, DeliveryStats, Hold, Host, Item, Scope, Snapshot, Wake,
};
use crate::telemetry::Telemetry;
use crate::trace::{Feedback, Finish, Finished, Metadata, Streams, TraceSettings};

/// How long an error may wait for the end of its route.
const HOLD: Duration = Duration::from_secs(1);

/// How long the reader of a test's transport waits for what is on the way to it.
const FED_WITHIN: Duration = Duration::from_secs(30);

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
    /// Whether errors and messages carry the stack of their thread.
    attach_stacktrace: bool,
    telemetry: Telemetry,
    #[cfg(any(feature = "actix", feature = "reqwest", feature = "tower"))]
    collection: Arc<DataCollection>,
    /// `None`: nothing leaves the process.
    exit: Option<Exit>,
}

/// How what the client captures leaves the process.
struct Exit {
    outlet: Arc<Outlet>,
    pipeline: Arc<Pipeline>,
    /// In durable mode.
    acknowledge: Option<Arc<Acknowledge>>,
}

impl Exit {
    fn accept(&self, item: Item) -> bool {
        match &self.acknowledge {
            Some(acknowledge) => acknowledge.accept(item),
            None => self.outlet.push(item),
        }
    }

    /// Lets go of spans that have ended in running transactions.
    fn let_go(&self) {
        for item in self.pipeline.all_ended_spans() {
            self.outlet.push(item);
        }
    }
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
    pub(super) fn of(mut options: ClientOptions) -> Self {
        integration::attach(&mut options);
        let attach_stacktrace =
            options.attach_stacktrace && integration::find::<AttachStacktraceIntegration>(&options).is_some();
        let org_id = options.org_id.or_else(|| options.dsn.as_ref()?.org_id());
        let metadata = Metadata {
            public_key: options.dsn.as_ref().map(|dsn| dsn.public_key().to_owned()),
            org_id: org_id.map(|id| id.to_string()),
            release: options.release.as_deref().map(str::to_owned),
            environment: options.environment.as_deref().map(str::to_owned),
            ..Metadata::default()
        };
        let (rate, sampler) = match &options.traces_sampling_strategy {
            TracesSamplingStrategy::FixedRate(rate) => (Some(crate::trace::widen(*rate)), None),
            TracesSamplingStrategy::Function(sampler) => (None, Some(Arc::clone(sampler))),
            TracesSamplingStrategy::Disabled => (None, None),
        };
        let feedback = Arc::new(Feedback::default());
        let streams = (options.trace_lifecycle == TraceLifecycle::Stream)
            .then(|| Arc::new(Streams::without(options.recorded.ignored_transactions())));
        let options = Arc::new(options);
        let exit = exit(&options, &metadata, Arc::clone(&feedback), streams.clone());
        let settings = TraceSettings {
            rate,
            sampler,
            org_id,
            strict: options.strict_trace_continuation,
            traceparent: options.propagate_traceparent,
            targets: options.trace_propagation_targets.as_deref().map(Arc::from),
            max_spans: options.max_spans,
            streams: streams.filter(|_| exit.is_some()),
            rules: options.recorded.rules.clone(),
            feedback: Some(feedback),
        };
        let telemetry = options.telemetry();
        let client = Self {
            shared: Arc::new(Shared {
                #[cfg(any(feature = "actix", feature = "reqwest", feature = "tower"))]
                collection: Arc::new(options.collected_data().into_owned()),
                options,
                settings,
                metadata,
                attach_stacktrace,
                telemetry,
                exit,
            }),
        };
        client.shared.tell_transport();
        integration::attached(&client);
        client
    }

    pub(super) fn host(&self) -> Arc<dyn Host> {
        Arc::clone(&self.shared) as Arc<dyn Host>
    }

    /// The client, for the work that is bound to it.
    pub(crate) fn bound(&self) -> Bound {
        Bound::new(self.host())
    }

    /// The client that `host` is a handle on.
    pub(crate) fn of_host(host: Arc<dyn Host>) -> Option<Self> {
        host.into_any().downcast().ok().map(|shared| Self { shared })
    }

    /// Whether both are handles on one client.
    pub(crate) fn is(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.shared, &other.shared)
    }

    /// The options the client was made with; those of the process's client are completed from the environment.
    pub fn options(&self) -> &ClientOptions {
        &self.shared.options
    }

    /// The integration of this type, if it is on.
    ///
    /// ```
    /// use sentry::integrations::contexts::ContextIntegration;
    ///
    /// let client = sentry::Client::from("https://public@sentry.example/42");
    /// assert!(client.get_integration::<ContextIntegration>().is_some());
    /// ```
    pub fn get_integration<I: Integration>(&self) -> Option<&I> {
        integration::find(&self.shared.options)
    }

    /// Where it sends.
    pub fn dsn(&self) -> Option<&Dsn> {
        self.shared.options.dsn.as_ref()
    }

    /// Whether anything that it captures leaves the process, be it only as a report on stderr.
    pub fn is_enabled(&self) -> bool {
        self.shared.exit.is_some()
    }

    /// Captures an event with the active scopes, and over them `scope`. Returns the event's id, or the nil id if the
    /// client is disabled or closed.
    pub fn capture_event(&self, mut event: Event<'static>, scope: Option<&Scope>) -> Uuid {
        if event.event_id.is_nil() {
            event.event_id = crate::random::uuid();
        }
        let id = event.event_id;
        let scopes = scope.map_or_else(Snapshot::take, Snapshot::with_scope);
        let item = Item::Event { event: Box::new(event), amend: None, scopes: Box::new(scopes) };
        if self.shared.accept(item) { id } else { Uuid::nil() }
    }

    /// The event as it would be sent, or `None` if it would not be: with the active scopes and over them `scope`, after
    /// all processors and callbacks, which run on this thread. What drops it is entered into the books. A client that is
    /// disabled prepares nothing.
    ///
    /// ```
    /// use sentry::{ClientOptions, protocol::Event, test::TestTransport};
    ///
    /// let options = ClientOptions::new().release("shop@1.0").transport(TestTransport::new());
    /// let client = sentry::Client::from(("https://public@sentry.example/42", options));
    /// let event = client.prepare_event(Event::new(), None).unwrap();
    /// assert_eq!(event.release.as_deref(), Some("shop@1.0"));
    /// ```
    pub fn prepare_event(&self, mut event: Event<'static>, scope: Option<&Scope>) -> Option<Event<'static>> {
        let exit = self.shared.exit.as_ref()?;
        if event.event_id.is_nil() {
            event.event_id = crate::random::uuid();
        }
        let scopes = scope.map_or_else(Snapshot::take, Snapshot::with_scope);
        let prepared = exit.pipeline.look_at(event, &scopes);
        let enter_loss = |reason: &Reason| exit.outlet.dropped(*reason, &[(Category::Error, 1)]);
        prepared.inspect_err(enter_loss).ok()
    }

    /// Sends an envelope as it is: no scope, processor or callback sees it.
    pub fn send_envelope(&self, envelope: Envelope) {
        self.shared.accept(Item::Envelope(Box::new(envelope)));
    }

    /// Whether something that is sent with this probability, between 0 and 1, is to be sent this time.
    pub fn sample_should_send(&self, rate: f32) -> bool {
        crate::random::share() < f64::from(rate)
    }

    /// What became of everything captured so far.
    pub fn delivery_stats(&self) -> DeliveryStats {
        self.shared.stats()
    }

    /// Waits until everything captured so far has left, the shutdown timeout or `timeout` at the longest. Returns
    /// whether it has: not if something was lost since the flush before. What is on disk in the
    /// [`spool`](ClientOptions::spool) has left.
    pub fn flush(&self, timeout: Option<Duration>) -> bool {
        self.shared.flush(timeout)
    }

    /// Like [`flush`](Self::flush), without blocking the thread. Any executor will do.
    pub fn flush_async(&self, timeout: Option<Duration>) -> impl Future<Output = bool> + Send + use<> {
        let shared = Arc::clone(&self.shared);
        callback::on_a_thread("sentry-flush", move || shared.flush(timeout))
    }

    /// Like [`flush`](Self::flush); afterwards the client takes nothing more.
    pub fn close(&self, timeout: Option<Duration>) -> bool {
        self.shared.shut_down(timeout) == Flushed::Everything
    }
}

impl Shared {
    fn tell_transport(self: &Arc<Self>) {
        let Some(Exit { outlet, .. }) = &self.exit else { return };
        let Some(transport) = outlet.transport() else { return };
        let (this, rest) = (Arc::downgrade(self), outlet.rest());
        let feed: Feed = Arc::new(move || match this.upgrade() {
            Some(this) => _ = this.flush(Some(FED_WITHIN)),
            None => rest(FED_WITHIN),
        });
        transport.fed_by(&feed);
    }

    /// Takes nothing more, and says how what there was has ended.
    fn shut_down(&self, timeout: Option<Duration>) -> Flushed {
        let Some(exit) = &self.exit else { return Flushed::Everything };
        exit.let_go();
        exit.outlet.close(timeout.unwrap_or(self.options.shutdown_timeout))
    }

    fn flush(&self, timeout: Option<Duration>) -> bool {
        let timeout = timeout.unwrap_or(self.options.shutdown_timeout);
        let Some(exit) = &self.exit else { return true };
        exit.let_go();
        exit.outlet.flush(timeout) == Flushed::Everything
    }
}

/// How what the client captures leaves the process; `None`: it does not.
fn exit(
    options: &Arc<ClientOptions>,
    metadata: &Metadata,
    feedback: Arc<Feedback>,
    streams: Option<Arc<Streams>>,
) -> Option<Exit> {
    let (ways, copies) = ways::of(options)?;
    // Whoever brings a transport is told by `delivery_stats`.
    let reports = options.send_client_reports && options.transport.is_none() && options.dsn.is_some();
    let limits = Limits { max_bytes: options.max_queue_bytes, hold: HOLD, reports };
    let backpressure = options.enable_backpressure_handling;
    let spool = ways.spool.clone().filter(|_| options.durable == Durable::Errors);
    let pipeline = Arc::new(Pipeline::new(Arc::clone(options), metadata.clone(), streams.clone(), copies));
    let (theirs, ours) = (Arc::clone(&pipeline), Arc::clone(&pipeline));
    let prepare = move || Box::new(Arc::clone(&theirs)) as Box<dyn Prepare>;
    let outlet = Arc::new(Outlet::new(limits, ways, feedback, backpressure, Box::new(prepare)));
    pipeline.enters_losses_with(&outlet);
    if let Some(streams) = streams {
        let outlet = Arc::downgrade(&outlet);
        streams.on_wake(Box::new(move || outlet.upgrade().iter().for_each(|outlet| outlet.nudge())));
    }
    let acknowledge =
        spool.map(|spool| Arc::new(Acknowledge { pipeline, spool, outlet: Arc::clone(&outlet) }));
    Some(Exit { outlet, pipeline: ours, acknowledge })
}

/// Gives the stack of this thread to an event that has none; an error's report took its own.
fn with_stack(item: Item) -> Item {
    let taken = || Some(Box::new(Stack::take()) as Box<dyn Amend>);
    match item {
        Item::Event { event, scopes, .. } if lacks_stack(&event) => {
            Item::Event { event, amend: taken(), scopes }
        }
        Item::Unbuilt { build, size, scopes, .. } => Item::Unbuilt { build, size, amend: taken(), scopes },
        other => other,
    }
}

// What is behind it is put right before anything of a user's runs.
impl UnwindSafe for Client {}
impl RefUnwindSafe for Client {}

impl Finish for Shared {
    fn settings(&self) -> &TraceSettings {
        &self.settings
    }

    fn metadata(&self) -> &Metadata {
        &self.metadata
    }

    fn finished(&self, finished: Finished) {
        self.accept(Item::Transaction { finished, scopes: Box::new(Snapshot::take()) });
    }
}

impl Host for Shared {
    fn accept(&self, mut item: Item) -> bool {
        let Some(exit) = &self.exit else { return false };
        if self.attach_stacktrace {
            item = with_stack(item);
        }
        exit.accept(item)
    }

    fn is_open(&self) -> bool {
        self.exit.as_ref().is_some_and(|exit| exit.outlet.is_open())
    }

    fn hold(&self) -> Hold {
        match &self.exit {
            Some(exit) => exit.outlet.hold(),
            None => Hold::new(Instant::now(), Duration::ZERO, Wake::new(|| {})),
        }
    }

    fn attaches_stacktrace(&self) -> bool {
        self.attach_stacktrace
    }

    fn captures_panics(&self) -> bool {
        integration::find::<PanicIntegration>(&self.options).is_some()
    }

    fn event_of_panic(&self, info: &PanicHookInfo<'_>) -> Option<Event<'static>> {
        integration::find::<PanicIntegration>(&self.options)?.extract(info)
    }

    fn telemetry(&self) -> &Telemetry {
        &self.telemetry
    }

    #[cfg(any(feature = "actix", feature = "reqwest", feature = "tower"))]
    fn collection(&self) -> &Arc<DataCollection> {
        &self.collection
    }

    fn panic_flush_timeout(&self) -> Duration {
        self.options.panic_flush_timeout
    }

    fn before_send_with_hint(&self) -> Option<&BeforeSendWithHint> {
        self.options.filters.with_hint.as_ref()
    }

    fn dropped(&self, reason: Reason, quantities: &[(Category, u64)]) {
        if let Some(exit) = &self.exit {
            exit.outlet.dropped(reason, quantities);
        }
    }

    fn breadcrumbs_kept(&self) -> Option<usize> {
        let kept = if self.is_open() { self.options.max_breadcrumbs } else { 0 };
        self.options.before_breadcrumb.is_none().then_some(kept)
    }

    fn breadcrumb(&self, breadcrumb: Breadcrumb) -> Option<(Breadcrumb, usize)> {
        let kept = match &self.options.before_breadcrumb {
            Some(before) => {
                let kept = callback::guarded("before_breadcrumb", || before(breadcrumb)).flatten();
                if kept.is_none() {
                    crate::debug::log!("breadcrumb dropped: before_breadcrumb");
                }
                kept?
            }
            None => breadcrumb,
        };
        Some((kept, self.options.max_breadcrumbs))
    }

    fn close(&self, timeout: Option<Duration>) -> bool {
        self.options.end_run();
        let flushed = self.shut_down(timeout);
        if flushed == Flushed::TimedOut {
            crate::debug::log!("not everything could be sent within the shutdown timeout");
        }
        flushed == Flushed::Everything
    }

    fn stats(&self) -> DeliveryStats {
        self.exit.as_ref().map(|exit| exit.outlet.stats()).unwrap_or_default()
    }

    fn into_any(self: Arc<Self>) -> Arc<dyn Any + Send + Sync> {
        self
    }

    fn finisher(self: Arc<Self>) -> Arc<dyn Finish> {
        self
    }

    fn flush(&self, timeout: Option<Duration>) -> bool {
        Self::flush(self, timeout)
    }
}
