//! From an item to an envelope, on the delivery thread: scopes, what is known of the process, the user's processors
//! and callbacks, sampling.
//!
//! Source: Sentry's SDK documentation, "Client: capture pipeline".

use std::borrow::Cow;
use std::sync::Arc;
use std::time::SystemTime;

use super::choices::EventSamplingStrategy;
use super::facts;
use super::options::ClientOptions;
use crate::callback;
use crate::errors::{self, Own};
use crate::protocol::{
    CheckIn, ClientSdkInfo, ClientSdkSettings, Context, DynamicSamplingContext, Envelope, EnvelopeHeaders,
    Event, Map, MonitorCheckIn, Uuid,
};
use crate::scope::{Item, Snapshot};
use crate::trace::{Finished, Metadata};

/// Prepares items for sending.
#[derive(Debug)]
pub(super) struct Pipeline {
    options: Arc<ClientOptions>,
    metadata: Metadata,
    started: SystemTime,
    /// Read when the first item comes by.
    process: Option<Process>,
}

/// What is the same for everything the process sends.
#[derive(Debug, Clone)]
struct Process {
    sdk: ClientSdkInfo,
    contexts: Map<String, Context>,
    server_name: Option<Cow<'static, str>>,
}

/// Fills in what neither the item nor a scope says. Events and transactions have these fields in common, but no type.
macro_rules! complete {
    ($item:ident, $options:expr, $process:expr) => {
        let process = $process.clone();
        $item.release = $item.release.take().or_else(|| $options.release.clone());
        $item.dist = $item.dist.take().or_else(|| $options.dist.clone());
        $item.environment = $item.environment.take().or_else(|| $options.environment.clone());
        $item.server_name = $item.server_name.take().or(process.server_name);
        for (key, context) in process.contexts {
            $item.contexts.entry(key).or_insert(context);
        }
        tidy(&mut $item.tags);
        $item.sdk.get_or_insert(Cow::Owned(process.sdk));
    };
}

impl Pipeline {
    pub(super) fn new(options: Arc<ClientOptions>, metadata: Metadata) -> Self {
        Self { options, metadata, started: SystemTime::now(), process: None }
    }

    /// The envelope for an item; `None` if it was dropped on the way.
    pub(super) fn prepare(&mut self, item: Item) -> Option<Envelope> {
        match item {
            Item::Event { mut event, amend, scopes } => {
                if let Some(amend) = amend {
                    amend(&mut event);
                }
                self.event(*event, &scopes)
            }
            Item::Held { build, scopes, .. } => self.event(build(scopes.transaction_name()), &scopes),
            Item::Transaction { finished, scopes } => self.transaction(*finished, &scopes),
            Item::CheckIn { check_in, scopes } => Some(self.check_in(*check_in, &scopes)),
        }
    }

    fn event(&mut self, mut event: Event<'static>, scopes: &Snapshot) -> Option<Envelope> {
        scopes.apply_to_event(&mut event);
        complete!(event, self.options, self.process());
        let own = Own { include: &self.options.in_app_include, exclude: &self.options.in_app_exclude };
        errors::complete(&mut event, &own);
        for processor in scopes.processors() {
            event =
                callback::guarded("an event processor", || processor(event)).flatten().or_else(dropped)?;
        }
        if let Some(before_send) = &self.options.before_send {
            event = callback::guarded("before_send", || before_send(event)).flatten().or_else(dropped)?;
        }
        let EventSamplingStrategy::FixedRate(rate) = self.options.event_sampling_strategy;
        if !is_sampled(rate) {
            return None;
        }
        let headers = self.headers(event.event_id, scopes.sampling_context(&self.metadata));
        let mut envelope = Envelope::from(event).with_headers(headers);
        for attachment in scopes.attachments() {
            envelope.add_item(attachment.clone());
        }
        Some(envelope)
    }

    fn transaction(&mut self, finished: Finished, scopes: &Snapshot) -> Option<Envelope> {
        let sampling_context = finished.trace.sampling_context(&self.metadata);
        let mut transaction = finished.into_protocol();
        scopes.apply_to_transaction(&mut transaction);
        complete!(transaction, self.options, self.process());
        for span in &mut transaction.spans {
            tidy(&mut span.tags);
        }
        if let Some(before_send) = &self.options.before_send_transaction {
            let sent = callback::guarded("before_send_transaction", || before_send(transaction));
            transaction = sent.flatten().or_else(dropped)?;
        }
        let headers = self.headers(transaction.event_id, sampling_context);
        Some(Envelope::from(transaction).with_headers(headers))
    }

    /// No callback sees a check-in and no rate samples it out: one that is missing is a job that is.
    fn check_in(&mut self, mut check_in: MonitorCheckIn, scopes: &Snapshot) -> Envelope {
        let options = &self.options;
        check_in.environment =
            check_in.environment.or_else(|| options.environment.as_deref().map(str::to_owned));
        let check_in = CheckIn {
            check_in,
            release: options.release.as_deref().map(str::to_owned),
            trace_id: Some(scopes.trace_id()),
        };
        let sdk = ClientSdkInfo { settings: None, ..self.process().sdk.clone() };
        Envelope::from(check_in).with_headers(EnvelopeHeaders::new().with_sdk(sdk))
    }

    fn headers(&mut self, event_id: Uuid, trace: DynamicSamplingContext) -> EnvelopeHeaders {
        let sdk = ClientSdkInfo { settings: None, ..self.process().sdk.clone() };
        let headers = EnvelopeHeaders::new().with_event_id(event_id).with_sdk(sdk);
        // A trace that came without a sampling context has none, and that stays so.
        if trace.is_empty() { headers } else { headers.with_trace(trace) }
    }

    fn process(&mut self) -> &Process {
        self.process.get_or_insert_with(|| {
            let infer_ip = if self.options.send_default_pii { "auto" } else { "never" };
            let settings = Some(ClientSdkSettings { infer_ip: infer_ip.to_owned() });
            Process {
                sdk: ClientSdkInfo { settings, ..facts::sdk() },
                contexts: facts::contexts(self.started, cfg!(debug_assertions)),
                server_name: self
                    .options
                    .server_name
                    .clone()
                    .or_else(|| facts::server_name().map(Cow::Owned)),
            }
        })
    }
}

/// Makes tags what Sentry takes: it would drop the others.
fn tidy(tags: &mut Map<String, String>) {
    let is_tidy = |key: &str, value: &str| {
        monitored_rules::tag_key(key).is_ok() && monitored_rules::tag_value(value).is_ok()
    };
    if tags.iter().all(|(key, value)| is_tidy(key, value)) {
        return;
    }
    *tags = std::mem::take(tags)
        .into_iter()
        .filter_map(|(key, value)| {
            let key = monitored_rules::tidy_tag_key(&key)?.into_owned();
            Some((key, monitored_rules::tidy_tag_value(&value).into_owned()))
        })
        .collect();
}

/// Says that a callback dropped an item.
fn dropped<T>() -> Option<T> {
    crate::debug::log!("dropped by a callback");
    None
}

/// One throw of the dice.
fn is_sampled(rate: f32) -> bool {
    // The upper half of a random word, as a number in [0, 1).
    let random = f64::from((crate::trace::random() >> 32) as u32) / (f64::from(u32::MAX) + 1.0);
    random < f64::from(rate)
}
