//! One run of an attributed function.

use std::marker::PhantomData;
use std::mem;
use std::time::SystemTime;

use super::extras::Extras;
use super::failure::Failure;
use crate::errors::{Findings, Frame, Hop, Seen, Stash};
use crate::protocol::{SpanStatus, User, Value};
use crate::scope::{self, Context, Item, Restore, Snapshot};
use crate::trace::{ActiveSpan, Callsite, Kind, SpanEnd, Trace, TransactionContext};

/// How a call ended.
pub(super) enum Ending<'a> {
    Completed,
    Failed(Seen<'a>, u32),
    /// Neither: the thread panics, or the future was dropped.
    Abandoned,
}

/// What is recorded of a call, sync or async, apart from its frame.
#[derive(Debug)]
pub(super) struct Recording {
    pub(super) callsite: &'static Callsite,
    pub(super) span: Option<ActiveSpan>,
    pub(super) tags: Vec<(&'static str, String)>,
    pub(super) data: Vec<(&'static str, Value)>,
    pub(super) findings: Findings,
}

impl Recording {
    /// Takes up what the attribute says of the error that the function returned.
    pub(super) fn learn(&mut self, failure: Failure) {
        put(&mut self.tags, failure.tags);
        put(&mut self.data, failure.data);
        self.findings = failure.findings;
    }

    /// Opens the span that the call gets: below the active one, or a transaction if none is running and the attribute
    /// says so. With a transaction comes a context of its own.
    pub(super) fn start(callsite: &'static Callsite, extras: Extras) -> (Self, Option<Context>) {
        let Extras { tags, data, user, name } = extras;
        let opens = callsite.definition().kind == Kind::Transaction;
        let running = scope::with(|context| match &context.span {
            _ if opens && callsite.choices().root => None,
            // Work that outlives the transaction it was spawned in opens its own.
            Some(active) if !(opens && active.trace().is_finished()) => {
                Some(active.start_call(callsite, name.as_deref()))
            }
            _ => None,
        });
        let (span, context) = match running.flatten() {
            Some(child) => {
                let context = user.and_then(|user| serving(*user, child.clone()));
                (child, context)
            }
            None if opens => start_transaction(callsite, name, user),
            None => (None, user.and_then(|user| serving(*user, None))),
        };
        (Self { callsite, span, tags, data, findings: Findings::default() }, context)
    }

    /// Closes the span and settles which errors left with the call. `context` is the transaction's own.
    pub(super) fn end(mut self, stash: Stash, ending: Ending<'_>, context: Option<&Context>) {
        let status = match &ending {
            Ending::Completed => SpanStatus::Ok,
            Ending::Failed(..) => SpanStatus::InternalError,
            Ending::Abandoned if std::thread::panicking() => SpanStatus::InternalError,
            Ending::Abandoned => SpanStatus::Cancelled,
        };
        match ending {
            Ending::Completed | Ending::Abandoned => stash.handled(),
            Ending::Failed(error, line) => self.report(stash, error, line, context),
        }
        self.close(status, context);
    }

    /// Reports an error that left by `line`; the others were handled.
    pub(super) fn report(&mut self, stash: Stash, error: Seen<'_>, line: u32, context: Option<&Context>) {
        let findings = mem::take(&mut self.findings);
        let hop = Hop { callsite: self.callsite, line, tags: self.tags.clone(), findings };
        let span = self.span.clone();
        stash.failed(error, hop, || match context {
            Some(context) => Snapshot::of(Some(context)),
            None => Snapshot::of_span(span.or_else(scope::active_span)),
        });
    }

    /// Closes the span.
    pub(super) fn close(mut self, status: SpanStatus, context: Option<&Context>) {
        let Some(span) = self.span.take() else { return };
        let ending = SpanEnd { status, tags: self.tags, data: self.data };
        if !span.is_root() {
            span.finish_call(ending);
        } else if let Some(finished) = span.finish_transaction(None, Some(ending))
            && let Some(host) = scope::host_of(context)
        {
            let scopes = context.map_or_else(Snapshot::take, |context| Snapshot::of(Some(context)));
            host.accept(Item::Transaction { finished: Box::new(finished), scopes: Box::new(scopes) });
        }
    }
}

/// Adds values to others; of the same key the new one counts. A stream may fail without end.
fn put<V>(values: &mut Vec<(&'static str, V)>, new: Vec<(&'static str, V)>) {
    for (key, value) in new {
        match values.iter_mut().find(|(known, _)| *known == key) {
            Some((_, old)) => *old = value,
            None => values.push((key, value)),
        }
    }
}

/// The context of a call that serves `user`; the transaction it is part of serves that user too, if no other.
fn serving(user: User, span: Option<ActiveSpan>) -> Option<Context> {
    if let Some(running) = span.clone().or_else(scope::active_span) {
        running.with_root(|root| {
            root.user.get_or_insert_with(|| user.clone());
        });
    }
    scope::with(|context| context.serving(user, span))
}

fn start_transaction(
    callsite: &'static Callsite,
    name: Option<String>,
    user: Option<Box<User>>,
) -> (Option<ActiveSpan>, Option<Context>) {
    let Some(host) = scope::host() else { return (None, None) };
    let mut description = TransactionContext::of_callsite(callsite, name);
    if let Some(finished) = scope::active_span().filter(|_| !callsite.choices().root) {
        description.continue_below(&finished, host.metadata());
    }
    // With tracing off it is not sampled, but the work has a trace of its own all the same.
    let span = Trace::start(description, host.settings(), Some(callsite), SystemTime::now());
    // What the function sets on its scopes is about this piece of work and stays in it.
    let mut context =
        scope::with(|context| context.fork()).map(|forked| Context { span: Some(span.clone()), ..forked });
    if let (Some(context), Some(user)) = (&mut context, user) {
        context.said = None;
        context.isolation.set_user(Some(*user));
    }
    (Some(span), context)
}

/// A sync call in progress. When it is dropped without having been told how the function ended, the function panicked.
#[derive(Debug)]
#[must_use = "the call ends when it is dropped"]
pub struct Call {
    active: Option<Active>,
    /// The frame is on this thread's stack.
    not_send: PhantomData<*const ()>,
}

#[derive(Debug)]
struct Active {
    recording: Recording,
    frame: Frame,
    /// What is put back when the call ends: the span that was active before, or the whole context.
    before: Before,
}

#[derive(Debug)]
enum Before {
    Nothing,
    Span(Option<ActiveSpan>),
    Context(Restore),
}

/// Begins a call.
#[inline]
pub fn enter(callsite: &'static Callsite) -> Call {
    if scope::is_active() { begin(callsite, Extras::default()) } else { Call::inert() }
}

/// Begins a call with tags that depend on the arguments; they are only computed if a client is active.
#[inline]
pub fn enter_with(callsite: &'static Callsite, extras: impl FnOnce(&mut Extras)) -> Call {
    if !scope::is_active() {
        return Call::inert();
    }
    begin(callsite, Extras::compute(extras))
}

fn begin(callsite: &'static Callsite, extras: Extras) -> Call {
    let (recording, context) = Recording::start(callsite, extras);
    let before = match (context, &recording.span) {
        (Some(context), _) => Before::Context(Restore::install(context)),
        (None, Some(span)) => {
            let span = Some(span.clone());
            Before::Span(scope::with(|context| mem::replace(&mut context.span, span)).flatten())
        }
        (None, None) => Before::Nothing,
    };
    let frame = Frame::enter(callsite, Stash::default());
    Call { active: Some(Active { recording, frame, before }), not_send: PhantomData }
}

impl Call {
    fn inert() -> Self {
        Self { active: None, not_send: PhantomData }
    }

    /// The function returned, and not an error.
    #[inline]
    pub fn completed(mut self) {
        if let Some(active) = self.active.take() {
            active.end(Ending::Completed);
        }
    }

    /// The function returned an error by this line.
    #[inline]
    pub fn failed(mut self, error: Seen<'_>, line: u32) {
        if let Some(active) = self.active.take() {
            active.end(Ending::Failed(error, line));
        }
    }

    /// What the attribute says of the function's error.
    #[inline]
    pub fn failing(&self) -> Failure {
        Failure::of_call(self.active.is_some())
    }

    /// The function returned an error by this line, and the attribute says more of it.
    #[inline]
    pub fn failed_with(mut self, error: Seen<'_>, line: u32, failure: Failure) {
        if let Some(mut active) = self.active.take() {
            active.recording.learn(failure);
            active.end(Ending::Failed(error, line));
        }
    }
}

impl Active {
    fn end(self, ending: Ending<'_>) {
        let stash = self.frame.leave();
        // Still inside the call's context: what is captured now belongs to it.
        self.recording.end(stash, ending, None);
        match self.before {
            Before::Nothing => {}
            Before::Span(span) => scope::set_span(span),
            Before::Context(restore) => drop(restore),
        }
    }
}

impl Drop for Call {
    fn drop(&mut self) {
        if let Some(active) = self.active.take() {
            active.end(Ending::Abandoned);
        }
    }
}

/// Calls a closure, as what it is bounded to be: one that may give away what it captured.
#[inline]
pub fn call_once<R, F: FnOnce() -> R>(f: F) -> R {
    f()
}
