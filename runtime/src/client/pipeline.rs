//! From an item to an envelope, on the delivery thread: scopes, what is known of the process, the user's processors
//! and callbacks, sampling.
//!
//! Source: Sentry's SDK documentation, "Client: capture pipeline".

use std::borrow::Cow;
use std::fmt::Display;
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, Weak};
use std::time::{Instant, SystemTime};

use super::as_event;
use super::builtin::{
    self, ContextIntegration, DebugImagesIntegration, ErrorChainIntegration, ProcessStacktraceIntegration,
};
use super::choices::EventSamplingStrategy;
use super::facts;
use super::filters::{self, Dedupe, PerMinute};
use super::integration;
use super::options::ClientOptions;
use super::streaming::say_ignored;
use crate::callback;
use crate::delivery::{FanOutTransport, Outlet, Prepare, Transport as _};
use crate::errors::{self, Own};
use crate::privacy::{DataCollection, Filter};
use crate::process::PerProcess;
use crate::protocol::{
    Added, CheckIn, Common, DynamicSamplingContext, Envelope, EnvelopeHeaders, EnvelopeItem, Event,
    MonitorCheckIn, Reason, User, Uuid, tidy_tags,
};
use crate::scope::{Amend, Build, Item, Prepared, Ready, Snapshot};
use crate::trace::{Finished, Metadata, Streams};

/// Prepares items for sending.
#[derive(Debug)]
pub(super) struct Pipeline {
    pub(super) options: Arc<ClientOptions>,
    pub(super) collection: DataCollection,
    pub(super) metadata: Metadata,
    streams: Option<Arc<Streams>>,
    /// What all streamed spans say, once it has been asked for.
    span_attributes: PerProcess<OnceLock<Vec<u8>>>,
    copies: Option<Arc<FanOutTransport>>,
    started: SystemTime,
    /// Read when the first item comes by. `fork` may happen meanwhile: its child has nobody to wait for.
    process: PerProcess<OnceLock<Process>>,
    dedupe: Option<Mutex<Dedupe>>,
    per_minute: Option<Mutex<PerMinute>>,
    /// Where losses are entered that are not those of a whole item.
    pub(super) outlet: OnceLock<Weak<Outlet>>,
}

/// What is the same for everything the process sends.
#[derive(Debug)]
pub(super) struct Process {
    pub(super) common: Arc<Common>,
    pub(super) server_name: Option<Cow<'static, str>>,
}

/// Fills in what neither the item nor a scope says. Events and transactions have these fields in common, but no type.
macro_rules! complete {
    ($item:ident, $options:expr, $process:expr) => {
        let process = $process;
        $item.release = $item.release.take().or_else(|| $options.release.clone());
        $item.dist = $item.dist.take().or_else(|| $options.dist.clone());
        $item.environment = $item.environment.take().or_else(|| $options.environment.clone());
        $item.server_name = $item.server_name.take().or_else(|| process.server_name.clone());
        for (key, value) in &$options.tags {
            if !$item.tags.contains_key(key) {
                $item.tags.insert(key.clone(), value.clone());
            }
        }
        tidy_tags(&mut $item.tags);
    };
}

impl Prepare for Arc<Pipeline> {
    fn envelope(&mut self, item: Item) -> Ready {
        self.prepare(item)
    }

    fn headers(&mut self) -> EnvelopeHeaders {
        Pipeline::headers()
    }

    fn due(&mut self, now: Instant) -> (Vec<Item>, Option<Instant>) {
        let Some(streams) = &self.streams else { return (Vec::new(), None) };
        let (traces, next) = streams.due(now);
        (traces.iter().flat_map(|trace| self.ended_spans(trace)).collect(), next)
    }

    fn segment(&mut self, finished: Finished, scopes: &Snapshot) -> Result<Vec<Item>, Reason> {
        Pipeline::segment(self, finished, scopes)
    }
}

impl Pipeline {
    /// `copies` get one of every envelope.
    pub(super) fn new(
        options: Arc<ClientOptions>,
        metadata: Metadata,
        streams: Option<Arc<Streams>>,
        copies: Option<Arc<FanOutTransport>>,
    ) -> Self {
        let dedupe = options.filters.dedupe.map(Dedupe::new).map(Mutex::new);
        let per_minute = options.filters.per_minute.map(PerMinute::new).map(Mutex::new);
        let (collection, outlet) = (options.collected_data().into_owned(), OnceLock::new());
        Self {
            options,
            collection,
            metadata,
            streams,
            span_attributes: PerProcess::new(OnceLock::new()),
            copies,
            started: SystemTime::now(),
            process: PerProcess::new(OnceLock::new()),
            dedupe,
            per_minute,
            outlet,
        }
    }

    /// From now on, what is left out of an item is entered in the books of this outlet.
    pub(super) fn enters_losses_with(&self, outlet: &Arc<Outlet>) {
        // The first one counts: a pipeline has one outlet.
        let _ = self.outlet.set(Arc::downgrade(outlet));
    }

    /// What an item is made into. May be called on any thread.
    pub(super) fn prepare(&self, item: Item) -> Ready {
        let envelope = match item {
            Item::Event { mut event, amend, scopes } => {
                if let Some(amend) = amend {
                    amend.amend(&mut event);
                }
                self.event(event, &scopes)?
            }
            Item::Held(growing) => {
                // What derives `Report` may turn out to be none that anybody wants to hear of.
                let (event, scopes) = growing.finish().ok_or(Reason::EventProcessor)?;
                self.event(event, &scopes)?
            }
            Item::Unbuilt { build, amend, scopes, .. } => self.built(build, amend.as_deref(), &scopes)?,
            Item::Transaction { finished, scopes } => self.transaction(finished, &scopes)?,
            Item::Bare(bare) => {
                let finished = bare.ended.finished().ok_or(Reason::InternalSdkError)?;
                self.transaction(finished, &bare.scopes)?
            }
            Item::Spans(batch) => self.spans(batch)?,
            Item::CheckIn { check_in, scopes } => self.check_in(*check_in, &scopes),
            Item::Feedback { event, scopes } => self.feedback(*event, &scopes)?,
            Item::Batch { batch, .. } => {
                let envelopes = self.batch(batch)?;
                for envelope in &envelopes {
                    self.copy(envelope);
                }
                return Ok(Prepared::Several(envelopes));
            }
            Item::Envelope(envelope) => return Ok(self.made(envelope)),
            // It was here before.
            Item::Deferred { finish, .. } => return finish(),
        };
        Ok(self.made(Box::new(envelope)))
    }

    fn made(&self, envelope: Box<Envelope>) -> Prepared {
        self.copy(&envelope);
        Prepared::Envelope(envelope)
    }

    fn copy(&self, envelope: &Envelope) {
        if let Some(copies) = &self.copies {
            copies.send_envelope(envelope.clone());
        }
    }

    pub(super) fn headers() -> EnvelopeHeaders {
        EnvelopeHeaders { sdk: Some(Cow::Borrowed(facts::plain_sdk())), ..EnvelopeHeaders::new() }
    }

    fn built(&self, build: Build, amend: Option<&dyn Amend>, scopes: &Snapshot) -> Result<Envelope, Reason> {
        let mut event = build(scopes.transaction_name()).ok_or(Reason::EventProcessor)?;
        if let Some(amend) = amend {
            amend.amend(&mut event);
        }
        self.event(event, scopes)
    }

    fn event(&self, event: Box<Event<'static>>, scopes: &Snapshot) -> Result<Envelope, Reason> {
        // What nobody looks at need not be a value.
        let common = &self.process().common;
        let common = (common.is_written() && !self.is_looked_at(scopes)).then(|| Arc::clone(common));
        let event = self.shown(event, scopes, common.is_none())?;
        let headers = Self::headers_of(event.event_id, scopes.sampling_context(&self.metadata));
        let mut envelope = Envelope::of_event(event, common, headers);
        self.attach(&mut envelope, scopes.attachments());
        Ok(envelope)
    }

    /// The event as it is sent, or why it is not.
    pub(super) fn look_at(&self, event: Event<'static>, scopes: &Snapshot) -> Result<Event<'static>, Reason> {
        self.shown(Box::new(event), scopes, true).map(|event| *event)
    }

    /// Whether somebody beside the SDK sees the event before it is written.
    fn is_looked_at(&self, scopes: &Snapshot) -> bool {
        let options = &self.options;
        options.before_send.is_some()
            || matches!(options.event_sampling_strategy, EventSamplingStrategy::Function(_))
            || scopes.processors().next().is_some()
            || integration::onlookers(options).next().is_some()
    }

    /// The steps of the pipeline, in the order of the protocol. Unless the event shall be whole, it does not say what all
    /// events of the process say.
    fn shown(
        &self,
        mut event: Box<Event<'static>>,
        scopes: &Snapshot,
        whole: bool,
    ) -> Result<Box<Event<'static>>, Reason> {
        if self.options.filters.ignores(&event) {
            return Err(lost(Reason::EventProcessor, "`ignore_errors` has a pattern for it"));
        }
        let options = &self.options;
        event = integration::preprocess(event, options)?;
        scopes.apply_to_event(&mut event);
        options.tag_by_context(&mut event);
        complete!(event, self.options, self.process());
        self.complete_stacks(&mut event);
        if whole {
            self.process().common.complete(&mut event);
        }
        for processor in scopes.processors() {
            event = callback::kept_boxed("event", "event processor", Reason::EventProcessor, event, |it| {
                processor(it)
            })?;
        }
        event = integration::process(event, options)?;
        // The user's last word is `before_send`; what comes before it may have been collected without asking.
        self.filter().event(&mut event);
        // As it is before callbacks have changed it, and remembered only once it is certain that it is sent.
        let failure = self.dedupe.as_ref().map(|dedupe| (dedupe, filters::identity(&event)));
        if failure.is_some_and(|(dedupe, failure)| lock(dedupe).was_sent(failure, Instant::now())) {
            return Err(lost(Reason::EventProcessor, "the same failure was sent a short time ago"));
        }
        if let Some(before_send) = &options.before_send {
            let hook = "before_send";
            event = callback::kept_boxed("event", hook, Reason::BeforeSend, event, |it| before_send(it))?;
        }
        if let Some(session) = scopes.session() {
            session.observe(&event);
        }
        if crate::random::share() >= f64::from(self.rate(&event)) {
            return Err(lost(Reason::SampleRate, "not in the sample"));
        }
        if self.per_minute.as_ref().is_some_and(|limit| !lock(limit).lets_pass(&event, Instant::now())) {
            return Err(lost(Reason::RatelimitBackoff, "there were enough of its kind in this minute"));
        }
        if let Some((dedupe, failure)) = failure {
            lock(dedupe).note(failure, Instant::now());
        }
        Ok(event)
    }

    /// What integrations say of exceptions and stacks.
    fn complete_stacks(&self, event: &mut Event<'static>) {
        let options = &self.options;
        if integration::find::<ErrorChainIntegration>(options).is_none() {
            builtin::without_causes(event);
        }
        if integration::find::<ProcessStacktraceIntegration>(options).is_some() {
            let (include, only) = (&options.in_app_include, &options.in_app);
            errors::complete(event, &Own { include, only, exclude: &options.in_app_exclude });
        }
        if integration::find::<DebugImagesIntegration>(options).is_some_and(|it| it.wants(event)) {
            errors::list_images(event);
        }
    }

    /// The probability with which the event is sent.
    fn rate(&self, event: &Event<'static>) -> f32 {
        match &self.options.event_sampling_strategy {
            EventSamplingStrategy::FixedRate(rate) => *rate,
            // A sampler that panics is none.
            EventSamplingStrategy::Function(sampler) => {
                callback::guarded("error_sampler", || sampler(event)).unwrap_or(1.0)
            }
        }
    }

    fn transaction(&self, finished: Finished, scopes: &Snapshot) -> Result<Envelope, Reason> {
        let sampling_context = finished.trace().sampling_context(&self.metadata);
        // What nobody looks at need not be a value.
        let common = &self.process().common;
        let whole = !common.is_written()
            || self.options.before_send_transaction.is_some()
            || scopes.processors().next().is_some();
        let added = (!whole).then(|| Added { common, code: finished.code() });
        let (mut transaction, spans) = finished.write(whole, &mut self.filter());
        let served = transaction.user.take();
        scopes.apply_to_transaction(&mut transaction);
        transaction.user = match (transaction.user.take(), served) {
            // All that is known of whom is being served is where they are.
            (Some(said), Some(User { ip_address, id: None, email: None, username: None, .. })) => {
                Some(User { ip_address: said.ip_address.or(ip_address), ..said })
            }
            (said, served) => said.or(served),
        };
        complete!(transaction, self.options, self.process());
        if whole {
            common.describe(&mut transaction.contexts, &mut transaction.sdk);
        }
        let name = transaction.name.as_deref().unwrap_or_default();
        if self.options.recorded.ignores_transaction(name) {
            say_ignored();
            return Err(Reason::EventProcessor);
        }
        transaction = as_event::process(transaction, scopes.processors())?;
        self.filter().transaction(&mut transaction);
        let unwritable = |error: &dyn Display| {
            crate::debug::log!("a transaction could not be written: {error}");
            Reason::InternalSdkError
        };
        let mut envelope = if let Some(before_send) = &self.options.before_send_transaction {
            transaction.spans = spans.read().map_err(|error| unwritable(&error))?;
            let hook = "before_send_transaction";
            transaction =
                callback::kept("transaction", hook, Reason::BeforeSend, transaction, |it| before_send(it))?;
            let headers = Self::headers_of(transaction.event_id, sampling_context);
            Envelope::from(transaction).with_headers(headers)
        } else {
            let headers = Self::headers_of(transaction.event_id, sampling_context);
            Envelope::of_written(transaction, spans, added)
                .map_err(|error| unwritable(&error))?
                .with_headers(headers)
        };
        self.attach(&mut envelope, scopes.attachments().filter(|it| it.goes_to_transactions()));
        Ok(envelope)
    }

    /// Neither `before_send` nor a rate keeps back what a user says.
    fn feedback(&self, mut event: Event<'static>, scopes: &Snapshot) -> Result<Envelope, Reason> {
        // How bad it is, is not for a scope to say.
        let level = event.level;
        scopes.apply_to_event(&mut event);
        event.level = level;
        complete!(event, self.options, self.process());
        self.process().common.describe(&mut event.contexts, &mut event.sdk);
        for processor in scopes.processors() {
            event = callback::kept("feedback", "event processor", Reason::EventProcessor, event, |it| {
                processor(it)
            })?;
        }
        let headers = Self::headers_of(event.event_id, scopes.sampling_context(&self.metadata));
        Ok(Envelope::from(EnvelopeItem::Feedback(Box::new(event))).with_headers(headers))
    }

    /// No callback sees a check-in and no rate samples it out: one that is missing is a job that is.
    fn check_in(&self, mut check_in: MonitorCheckIn, scopes: &Snapshot) -> Envelope {
        let options = &self.options;
        check_in.environment =
            check_in.environment.or_else(|| options.environment.as_deref().map(str::to_owned));
        let check_in = CheckIn {
            check_in,
            release: options.release.as_deref().map(str::to_owned),
            trace_id: Some(scopes.trace_id()),
        };
        Envelope::from(check_in).with_headers(Self::headers())
    }

    fn headers_of(event_id: Uuid, trace: DynamicSamplingContext) -> EnvelopeHeaders {
        let headers = Self::headers().with_event_id(event_id);
        // A trace that came without a sampling context has none, and that stays so.
        if trace.is_empty() { headers } else { headers.with_trace(trace) }
    }

    /// What takes secrets out.
    pub(super) fn filter(&self) -> Filter<'_> {
        Filter::new(&self.collection)
    }

    /// The spans of running transactions that have ended.
    pub(super) fn all_ended_spans(&self) -> Vec<Item> {
        let traces = self.streams.iter().flat_map(|streams| streams.all());
        traces.flat_map(|trace| self.ended_spans(&trace).collect::<Vec<_>>()).collect()
    }

    pub(super) fn span_attributes(&self) -> &[u8] {
        self.span_attributes.get(|_| OnceLock::new()).get_or_init(|| self.write_span_attributes())
    }

    pub(super) fn process(&self) -> &Process {
        self.process.get(|_| OnceLock::new()).get_or_init(|| {
            let options = &self.options;
            let wanted = integration::find::<ContextIntegration>(options).copied();
            let contexts = wanted.map(|it| facts::contexts(self.started, cfg!(debug_assertions), it));
            let name = wanted.and_then(|_| facts::server_name());
            let (sdk, contexts) = (facts::sdk(integration::names(options)), contexts.unwrap_or_default());
            Process {
                common: Arc::new(Common::new(sdk, contexts, facts::modules(options.modules))),
                server_name: options.server_name.clone().or_else(|| name.map(Cow::Owned)),
            }
        })
    }
}

/// No callback runs while it is locked.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Says that an event goes no further: the reason as client reports name it, and what a developer should know.
fn lost(reason: Reason, why: &str) -> Reason {
    crate::debug::log!("event dropped ({reason}): {why}");
    reason
}
