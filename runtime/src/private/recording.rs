//! What is recorded of one call, sync or async.

use std::mem;

use super::extras::Extras;
use super::failure::Failure;
use super::site::line_and_column;
use crate::errors::{Findings, Frame, Hop, Seen, Stash};
use crate::protocol::{SpanStatus, User};
use crate::scope::{self, Aside, Context, Host, Item, Restore, Snapshot};
use crate::trace::log::{self, Mode, Open};
use crate::trace::{ActiveSpan, Callsite, Control, Extra, Note, Opens, Recall, Trace, TransactionContext};

/// How a call ended.
pub(super) enum Ending<'a> {
    Completed,
    /// With this error, by this line.
    Failed(Seen<'a>, u32, Findings),
    /// Neither: the thread panics, or the future was dropped.
    Abandoned,
}

impl Ending<'_> {
    pub(super) fn status(&self) -> SpanStatus {
        match self {
            Self::Completed => SpanStatus::Ok,
            Self::Failed(..) => SpanStatus::InternalError,
            Self::Abandoned if std::thread::panicking() => SpanStatus::InternalError,
            Self::Abandoned => SpanStatus::Cancelled,
        }
    }
}

/// A call, apart from its place on the thread.
#[derive(Debug)]
pub(super) struct Recording {
    pub(super) callsite: &'static Callsite,
    pub(super) span: Option<Open>,
    pub(super) more: Option<Box<More>>,
}

/// What few calls have.
#[derive(Debug, Default)]
pub(super) struct More {
    /// The transaction that the call is.
    root: Option<ActiveSpan>,
    /// Scopes of its own, while they are not on a thread.
    pub(super) context: Option<Context>,
    /// The scopes that its own have taken the place of, while they are on a thread.
    pub(super) restore: Option<Restore>,
    /// The span that its own has taken the place of, while the call is on a thread.
    pub(super) aside: Option<Aside>,
    /// What was said before the call began.
    pub(super) extras: Option<Extras>,
    /// What belongs to its frame, while that is not on a thread.
    pub(super) stash: Stash,
    /// What is known besides the notes of the span.
    said: Extra,
}

impl More {
    /// Of a transaction that has just begun, with scopes of its own: what the function sets there is about this piece of
    /// work and stays in it.
    pub(super) fn of_transaction(root: ActiveSpan) -> Self {
        let context = scope::with(|context| context.fork(root.clone()));
        Self { root: Some(root), context, ..Self::default() }
    }

    /// Of a call that has not begun.
    pub(super) fn of_extras(extras: Extras) -> Self {
        Self { extras: Some(extras), ..Self::default() }
    }
}

impl Recording {
    /// Opens the span that the call gets: below the active one, or a transaction if none is running and the attribute
    /// says so. With a transaction come scopes of its own. Nothing of it is on the thread yet.
    #[inline]
    pub(super) fn start(callsite: &'static Callsite) -> Self {
        if log::with(|thread| thread.is_quiet(callsite)) {
            return Self { callsite, span: None, more: None };
        }
        Self::start_with(callsite, &mut Extras::default())
    }

    /// The same, with what the attribute says.
    pub(super) fn start_with(callsite: &'static Callsite, extras: &mut Extras) -> Self {
        if extras.user.is_none() {
            if log::with(|thread| thread.is_quiet(callsite)) {
                let said = said(extras, false);
                let more = (!said.is_empty()).then(|| Box::new(More { said, ..More::default() }));
                return Self { callsite, span: None, more };
            }
            if callsite.opens() != Opens::Always
                && callsite.recall() == Recall::On
                && let Some(span) = log::start_noted(callsite, &mut extras.notes)
            {
                return Self { callsite, span: Some(span), more: None };
            }
        }
        Self::start_otherwise(callsite, extras)
    }

    #[inline(never)]
    fn start_otherwise(callsite: &'static Callsite, extras: &mut Extras) -> Self {
        let parent = scope::active_span().filter(|active| match callsite.opens() {
            Opens::Never => true,
            // Work that outlives the transaction it was spawned in opens its own.
            Opens::Outermost => !active.trace().is_finished(),
            Opens::Always => false,
        });
        if callsite.opens() != Opens::Never && parent.is_none() {
            return Self { callsite, span: None, more: start_transaction(callsite, extras).map(Box::new) };
        }
        let span = parent.filter(ActiveSpan::is_recorded).and_then(|parent| {
            if parent.trace().leaves_out(control(callsite)) {
                return None;
            }
            if log::mode() == Mode::Ready {
                scope::open_log();
            }
            log::grow();
            let span = log::start_noted(callsite, &mut extras.notes);
            if span.is_none() {
                parent.trace().lose_span();
            }
            span
        });
        let context = extras.user.take().and_then(|user| serving(*user, span.as_ref().map(Open::active)));
        let said = said(extras, span.is_some());
        let more = context.is_some() || !said.is_empty();
        let more = more.then(|| Box::new(More { context, said, ..More::default() }));
        Self { callsite, span, more }
    }

    /// The call's own span.
    fn active(&self) -> Option<ActiveSpan> {
        let root = || self.more.as_ref()?.root.clone();
        self.span.as_ref().map(Open::active).or_else(root)
    }

    /// Takes up what the attribute says of the call because it failed. Gives back what it says of the error.
    pub(super) fn learn(&mut self, failure: Failure) -> Findings {
        if let Some(said) = failure.said {
            let more = self.more.get_or_insert_default();
            put(&mut more.said.tags, said.tags);
            put(&mut more.said.data, said.data);
        }
        failure.findings
    }

    /// Settles which errors left with the call, and closes its span.
    pub(super) fn end(self, stash: Stash, ending: Ending<'_>) {
        let status = ending.status();
        self.settle(stash, ending);
        self.close(status);
    }

    /// Settles which errors leave with the call.
    pub(super) fn settle(&self, stash: Stash, ending: Ending<'_>) {
        match ending {
            Ending::Completed => stash.handled(),
            Ending::Abandoned => stash.given_up(),
            Ending::Failed(error, line, findings) => self.report(stash, error, line, findings),
        }
    }

    /// Reports an error that left by `line`; the others were handled.
    pub(super) fn report(&self, stash: Stash, error: Seen<'_>, line: u32, findings: Findings) {
        self.failed(stash, error, self.hop(line, findings));
    }

    fn hop(&self, place: u32, findings: Findings) -> Hop {
        let mut tags = Vec::new();
        if let Some(span) = &self.span {
            tags.extend(span.tags().map(|(key, value)| (key, value.to_owned())));
        }
        if let Some(more) = &self.more {
            put(&mut tags, more.said.tags.clone());
        }
        Hop::new(self.callsite, line_and_column(place), tags, findings)
    }

    #[expect(
        clippy::inline_always,
        reason = "each function on the way to it makes a walk over the stack longer"
    )]
    #[inline(always)]
    fn failed(&self, stash: Stash, error: Seen<'_>, hop: Hop) {
        let own = self.more.as_ref().and_then(|more| more.context.as_ref());
        stash.failed(error, hop, |scopes| match own {
            Some(context) => scopes.take_up(context),
            None => scopes.take_up_here(self.active()),
        });
    }

    /// Takes what belongs to the frame of a call that is not on the thread.
    pub(super) fn stash(&mut self) -> Stash {
        self.more.as_mut().map(|more| mem::take(&mut more.stash)).unwrap_or_default()
    }

    /// Ends the call of a stream.
    pub(super) fn end_stream(mut self, status: SpanStatus) {
        self.stash().handled();
        self.close(status);
    }

    /// Closes the span, of a call that is not on the thread.
    pub(super) fn close(mut self, status: SpanStatus) {
        self.tell();
        if let Some(span) = self.span.take() {
            span.finish(status);
        } else {
            self.close_transaction(status);
        }
    }

    /// Ends a call that is on the thread and has neither a span nor more.
    pub(super) fn end_plain(
        callsite: &'static Callsite,
        frame: Frame,
        error: Seen<'_>,
        line: u32,
        findings: Findings,
    ) {
        let hop = Hop::new(callsite, line_and_column(line), Vec::new(), findings);
        if let Some(hop) = frame.pass_on(error, hop) {
            let plain = Self { callsite, span: None, more: None };
            plain.failed(frame.leave().unwrap_or_default(), error, hop);
        }
    }

    /// Ends a call that is on the thread; what it has taken the place of is put back.
    pub(super) fn end_here(mut self, frame: Frame, ending: Ending<'_>) {
        let status = ending.status();
        // Still inside the call's context: what is captured now belongs to it.
        match ending {
            Ending::Completed => frame.leave().into_iter().for_each(Stash::handled),
            Ending::Abandoned => frame.leave().into_iter().for_each(Stash::given_up),
            Ending::Failed(error, line, findings) => {
                if let Some(hop) = frame.pass_on(error, self.hop(line, findings)) {
                    self.failed(frame.leave().unwrap_or_default(), error, hop);
                }
            }
        }
        if self.span.is_none() && self.more.is_none() {
            return;
        }
        self.tell();
        self.close_transaction(status);
        drop(self.more.and_then(|more| more.restore));
        if let Some(span) = self.span
            && let Err(span) = span.finish_here(status)
        {
            displaced(span, status);
        }
    }

    /// Tells the span what is known besides its notes.
    fn tell(&mut self) {
        let Some(more) = &mut self.more else { return };
        let said = mem::take(&mut more.said);
        if !said.is_empty()
            && let Some(span) = self.active()
        {
            span.say(said);
        }
    }

    fn close_transaction(&mut self, status: SpanStatus) {
        let Some(more) = &mut self.more else { return };
        let Some(root) = more.root.take() else { return };
        let context = more.context.as_ref();
        if let Some(finished) = root.finish_transaction(None, Some(status))
            && let Some(host) = scope::host_of(context)
        {
            let scopes = context.map_or_else(Snapshot::take, Snapshot::of);
            host.accept(Item::Transaction { finished, scopes: Box::new(scopes) });
        }
        if let Some(context) = context {
            scope::tell_last_event(context);
        }
    }
}

/// Ends a span in whose course the user has made a span of another transaction the active one.
#[cold]
fn displaced(span: Open, status: SpanStatus) {
    scope::put_aside(Some(span.parent()));
    span.finish(status);
}

/// Whether there is to be anything of a function's calls.
#[inline(never)]
pub(super) fn is_wanted(callsite: &'static Callsite) -> bool {
    scope::is_active() && (callsite.is_on() || is_awake(callsite))
}

/// Whether there is to be anything of a function's calls. Only asked while there is a client.
#[inline(never)]
pub(super) fn is_awake(callsite: &'static Callsite) -> bool {
    control(callsite) != Control::Off
}

/// What the options say of a function's calls: those of all clients if they agree, else those of the work's own.
pub(super) fn control(callsite: &'static Callsite) -> Control {
    callsite.control().unwrap_or_else(|| {
        let of_client = |host: &dyn Host| Some(host.settings().rules.as_ref()?.of_callsite(callsite));
        scope::host().as_deref().and_then(of_client).unwrap_or(Control::On)
    })
}

/// What the attribute says that the span has not taken up. Tags are for errors too; data is for a span alone.
fn said(extras: &mut Extras, recorded: bool) -> Extra {
    let mut said = Extra::default();
    extras.notes.take_each(|note| match note {
        Note::Tag(key, value) => said.tags.push((key, value.into())),
        Note::Data(key, value) if recorded => said.data.push((key, value)),
        Note::Data(..) | Note::Name(_) => {}
    });
    said
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
            root.user.get_or_insert_with(|| Box::new(user.clone()));
        });
    }
    scope::with(|context| context.serving(user, span))
}

fn start_transaction(callsite: &'static Callsite, extras: &mut Extras) -> Option<More> {
    let host = scope::host()?;
    let name = extras.notes.iter().find_map(|note| match note {
        Note::Name(name) => Some(name.to_string()),
        Note::Tag(..) | Note::Data(..) => None,
    });
    let mut description = TransactionContext::of_callsite(callsite, name);
    if let Some(finished) = scope::active_span().filter(|_| callsite.opens() != Opens::Always) {
        description.continue_below(&finished, host.metadata());
    }
    scope::follow(&mut description);
    if host.settings().sampler.is_some() {
        description.describe(&extras.notes);
    }
    // With tracing off it is not sampled, but the work has a trace of its own all the same.
    let root = Trace::start(description, host.settings(), Some(callsite), None);
    let mut more = More::of_transaction(root);
    if let (Some(context), Some(user)) = (&mut more.context, extras.user.take()) {
        context.said = None;
        context.isolation.set_user(Some(*user));
    }
    more.said = said(extras, true);
    Some(more)
}
