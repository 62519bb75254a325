//! Spans of `tracing` as spans of ours.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};

use tracing_core::dispatcher::WeakDispatch;
use tracing_core::span::{Attributes, Id, Record};
use tracing_core::{Dispatch, Event, Level, Subscriber};
use tracing_subscriber::layer::Context as LayerContext;
use tracing_subscriber::registry::{LookupSpan, Scope};
use tracing_subscriber::{Layer, Registry};

use super::callsites;
use super::entered::{self, Before, Met, Span as Entered};
use super::events::is_wanted;
use super::fields::OfSpan;
use crate::errors;
use crate::protocol::SpanStatus;
use crate::scope::{self, Context, Item, Restore, Snapshot};
use crate::trace::log::{self, Mode, Open};
use crate::trace::{ActiveSpan, Callsite, Extra, Note, Notes, Trace, TransactionContext};

/// Makes spans of spans, of all levels: put a filter before it.
///
/// ```
/// use sentry::integrations::tracing::SpanLayer;
/// use tracing_subscriber::{filter::LevelFilter, prelude::*};
///
/// tracing_subscriber::registry().with(SpanLayer::new().with_filter(LevelFilter::INFO)).init();
/// ```
#[derive(Clone, Debug, Default)]
#[must_use = "a layer does nothing before a subscriber has it"]
pub struct SpanLayer {
    own: Own,
}

/// What each layer has of its own, a copy too.
#[derive(Debug)]
struct Own {
    /// Tells layers apart, as each registry gives away ids of its own.
    number: u64,
    /// What the layer is a part of, for what filters keep from it.
    whole: Mutex<Option<WeakDispatch>>,
}

impl Default for Own {
    fn default() -> Self {
        static NEXT: AtomicU64 = AtomicU64::new(0);
        Self { number: NEXT.fetch_add(1, Ordering::Relaxed), whole: Mutex::default() }
    }
}

impl Clone for Own {
    fn clone(&self) -> Self {
        Self::default()
    }
}

impl SpanLayer {
    /// A layer for spans of all levels.
    pub fn new() -> Self {
        Self::default()
    }

    /// The nearest span that is recorded, from this one outwards. Those that the layer's filter leaves out are on the way.
    #[cold]
    fn recorded_from<S>(&self, id: &Id, context: &LayerContext<'_, S>) -> Option<ActiveSpan>
    where
        S: Subscriber + for<'a> LookupSpan<'a>,
    {
        if let Some(scope) = context.span_scope(id) {
            return active_in(scope);
        }
        let whole = self.own.whole.lock().unwrap_or_else(PoisonError::into_inner).clone()?.upgrade()?;
        active_in(whole.downcast_ref::<Registry>()?.span(id)?.scope())
    }

    fn span(&self, id: &Id) -> Entered {
        Entered { layer: self.own.number, id: id.into_u64() }
    }
}

/// What is recorded of a span of `tracing`.
struct Recorded {
    /// `None` once it has closed.
    kind: Option<Kind>,
    met: Met,
    /// The serial of the first error that may have happened in it.
    since: u64,
    failed: bool,
}

enum Kind {
    Span(Open),
    Root(Box<Root>),
}

/// A transaction, and its scopes while they are not on a thread.
struct Root {
    active: ActiveSpan,
    own: Option<Context>,
}

impl Recorded {
    fn active(&self) -> Option<ActiveSpan> {
        self.kind.as_ref().map(Kind::active)
    }

    fn span(&self) -> Option<&Open> {
        match &self.kind {
            Some(Kind::Span(span)) => Some(span),
            _ => None,
        }
    }

    fn root(&mut self) -> Option<&mut Root> {
        match &mut self.kind {
            Some(Kind::Root(root)) => Some(root),
            _ => None,
        }
    }
}

impl Kind {
    fn active(&self) -> ActiveSpan {
        match self {
            Self::Span(span) => span.active(),
            Self::Root(root) => root.active.clone(),
        }
    }
}

fn active_in<'a, R: LookupSpan<'a>>(scope: Scope<'a, R>) -> Option<ActiveSpan> {
    scope.into_iter().find_map(|span| span.extensions().get::<Recorded>().and_then(Recorded::active))
}

impl<S> Layer<S> for SpanLayer
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    fn on_register_dispatch(&self, whole: &Dispatch) {
        *self.own.whole.lock().unwrap_or_else(PoisonError::into_inner) = Some(whole.downgrade());
    }

    fn on_new_span(&self, attributes: &Attributes<'_>, id: &Id, context: LayerContext<'_, S>) {
        if !is_wanted() {
            return;
        }
        let explicit = attributes.parent().and_then(|parent| self.recorded_from(parent, &context));
        let aside = explicit.map(|parent| scope::put_aside(Some(parent)));
        let kind = start(attributes);
        if let Some(Some(aside)) = aside {
            drop(scope::put_back(aside));
        }
        if let Some(kind) = kind
            && let Some(span) = context.span(id)
        {
            let (met, since) = (Met::default(), errors::next_report());
            // Most are entered at once, where they are made.
            if let Kind::Span(open) = &kind {
                entered::remember(self.span(id), open.seat(), &met);
            }
            span.extensions_mut().replace(Recorded { kind: Some(kind), met, since, failed: false });
        }
    }

    fn on_record(&self, id: &Id, values: &Record<'_>, context: LayerContext<'_, S>) {
        let Some(span) = context.span(id) else { return };
        let active = span.extensions().get::<Recorded>().and_then(Recorded::active);
        let Some(active) = active.filter(ActiveSpan::is_recorded) else { return };
        let mut fields = OfSpan::default();
        values.record(&mut fields);
        say(&active, fields.notes, fields.op);
    }

    fn on_enter(&self, id: &Id, context: LayerContext<'_, S>) {
        let entered = self.span(id);
        if entered::enter_known(entered) {
            return;
        }
        let Some(span) = context.span(id) else { return };
        if let Some(recorded) = span.extensions().get::<Recorded>()
            && let Some(span) = recorded.span()
        {
            let before = match log::with(|thread| span.resume(thread)) {
                Some(key) => {
                    entered::remember(entered, span.seat(), &recorded.met);
                    Before::Seat(span.seat().with_key(key))
                }
                // Another transaction is recorded here, or none.
                None => Before::Span(scope::put_aside(Some(span.active())).map(Box::new)),
            };
            return entered::push(entered, before);
        }
        let mut extensions = span.extensions_mut();
        let Some(root) = extensions.get_mut::<Recorded>().and_then(Recorded::root) else { return };
        let (root, own) = (root.active.clone(), root.own.take());
        // What it takes the place of may be dropped in here, and what that does nobody knows.
        drop(extensions);
        let before = match own {
            Some(own) => Before::Context(Some(Box::new(Restore::install(own)))),
            // Its scopes are on another thread, where it is entered too.
            None => Before::Span(scope::put_aside(Some(root)).map(Box::new)),
        };
        entered::push(entered, before);
    }

    fn on_exit(&self, id: &Id, context: LayerContext<'_, S>) {
        let left = self.span(id);
        if entered::exit_last(left) {
            return;
        }
        let Some(before) = entered::pop(left) else { return };
        let span = context.span(id);
        let own = match &span {
            Some(span) if matches!(before, Before::Seat(_)) => {
                before.restore(span.extensions().get::<Recorded>().and_then(Recorded::span))
            }
            _ => before.restore(None),
        };
        if let Some(own) = own
            && let Some(span) = span
            && let Some(root) = span.extensions_mut().get_mut::<Recorded>().and_then(Recorded::root)
        {
            root.own = Some(own);
        }
    }

    fn on_event(&self, event: &Event<'_>, context: LayerContext<'_, S>) {
        note_failure(event, &context);
    }

    fn on_close(&self, id: Id, context: LayerContext<'_, S>) {
        let Some(span) = context.span(&id) else { return };
        let mut extensions = span.extensions_mut();
        let Some(recorded) = extensions.get_mut::<Recorded>() else { return };
        let Some(kind) = recorded.kind.take() else { return };
        entered::forget(self.span(&id), &recorded.met);
        let status = if recorded.failed { SpanStatus::InternalError } else { SpanStatus::Ok };
        // What ends may be dropped out here, and what that does nobody knows.
        drop(extensions);
        match kind {
            Kind::Span(span) => span.finish(status),
            Kind::Root(root) => finish(&root.active, root.own, status),
        }
    }
}

/// Opens a span below the active one, or a transaction if there is none; `None` if it is not recorded.
fn start(attributes: &Attributes<'_>) -> Option<Kind> {
    let callsite = callsites::of(attributes.metadata());
    if !attributes.is_root() && log::mode() == Mode::Recording {
        let mut fields = of_span(attributes);
        if let Some(span) = log::start_noted(callsite, &mut fields.notes) {
            return Some(Kind::Span(named(span, fields.op)));
        }
        return start_slowly(callsite, attributes, Some(fields));
    }
    start_slowly(callsite, attributes, None)
}

#[inline(never)]
fn start_slowly(
    callsite: &'static Callsite,
    attributes: &Attributes<'_>,
    fields: Option<OfSpan>,
) -> Option<Kind> {
    let running = scope::active_span();
    let parent = running.as_ref().filter(|active| !attributes.is_root() && !active.trace().is_finished());
    let Some(parent) = parent else {
        return start_transaction(callsite, fields.unwrap_or_else(|| of_span(attributes)), running.as_ref());
    };
    if !parent.is_recorded() {
        return None;
    }
    let mut fields = fields.unwrap_or_else(|| of_span(attributes));
    if log::mode() == Mode::Ready {
        scope::open_log();
    }
    log::grow();
    let span = log::start_noted(callsite, &mut fields.notes);
    if span.is_none() {
        parent.trace().lose_span();
    }
    span.map(|span| Kind::Span(named(span, fields.op)))
}

fn start_transaction(
    callsite: &'static Callsite,
    fields: OfSpan,
    running: Option<&ActiveSpan>,
) -> Option<Kind> {
    let host = scope::host()?;
    let name = fields.notes.iter().find_map(|note| match note {
        Note::Name(name) => Some(name.to_string()),
        Note::Tag(..) | Note::Data(..) => None,
    });
    let mut description = TransactionContext::of_callsite(callsite, name);
    if let Some(header) = &fields.trace {
        let continued = [("sentry-trace", header.as_str())];
        let (source, origin) = (description.source, description.origin);
        description =
            TransactionContext::continue_from_headers(description.name(), description.operation(), continued);
        (description.source, description.origin) = (source, origin);
    } else if let Some(running) = running {
        description.continue_below(running, host.metadata());
    }
    let root = Trace::start(description, host.settings(), Some(callsite), None);
    if root.trace().is_sampled() {
        say(&root, fields.notes, fields.op);
    }
    let own = scope::with(|context| context.fork(root.clone()));
    Some(Kind::Root(Box::new(Root { active: root, own })))
}

fn finish(root: &ActiveSpan, own: Option<Context>, status: SpanStatus) {
    if let Some(finished) = root.finish_transaction(None, Some(status))
        && let Some(host) = scope::host_of(own.as_ref())
    {
        let scopes = own.as_ref().map_or_else(Snapshot::take, Snapshot::of);
        host.accept(Item::Transaction { finished, scopes: Box::new(scopes) });
    }
    if let Some(own) = &own {
        scope::tell_last_event(own);
    }
}

/// The span that an event is in has failed if that is the event of `#[instrument(err)]`, whatever else is made of it: an error
/// without a message.
pub(super) fn note_failure<S>(event: &Event<'_>, context: &LayerContext<'_, S>)
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let metadata = event.metadata();
    let has = |field| metadata.fields().field(field).is_some();
    if *metadata.level() == Level::ERROR && has("error") && !has("message") {
        fail(event, context);
    }
}

/// The span that an event is in has failed. Returns the serial of the first error that may have happened in it.
pub(super) fn fail<S>(event: &Event<'_>, context: &LayerContext<'_, S>) -> u64
where
    S: Subscriber + for<'a> LookupSpan<'a>,
{
    let Some(span) = context.event_span(event) else { return errors::next_report() };
    let mut extensions = span.extensions_mut();
    extensions.get_mut::<Recorded>().map_or_else(errors::next_report, |recorded| {
        recorded.failed = true;
        recorded.since
    })
}

fn of_span(attributes: &Attributes<'_>) -> OfSpan {
    let mut fields = OfSpan::default();
    attributes.record(&mut fields);
    fields
}

/// Gives a span the operation that a field says.
fn named(span: Open, op: Option<String>) -> Open {
    if let Some(op) = op {
        span.active().with_details(|details| details.op = Some(op));
    }
    span
}

/// Tells a span what fields say.
fn say(span: &ActiveSpan, mut notes: Notes, op: Option<String>) {
    let mut extra = Extra::default();
    notes.take_each(|note| match note {
        Note::Tag(key, value) => extra.tags.push((key, value.into())),
        Note::Data(key, value) => extra.data.push((key, value)),
        Note::Name(name) if span.is_root() => span.with_root(|root| root.name = String::from(name).into()),
        Note::Name(name) => drop(span.with_details(|details| details.description = Some(name.into()))),
    });
    span.say(extra);
    match op {
        Some(op) if span.is_root() => span.with_root(|root| root.op = op.into()),
        Some(op) => drop(span.with_details(|details| details.op = Some(op))),
        None => {}
    }
}
