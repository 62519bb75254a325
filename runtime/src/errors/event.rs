//! From a report to the event that is sent. Runs on the delivery thread.

use std::borrow::Cow;
use std::time::Instant;

use super::native::{self, Place, Stack, Stop};
use super::report::{Edit, ErrorReport, Hop, Progress, Sent};
use super::{Cause, Meaning, source};
#[cfg(any(feature = "actix", feature = "tower"))]
use super::{Seen, causes_of};
use crate::protocol::{Context, Event, Exception, Frame, Level, Map, Mechanism, Stacktrace, Thread, Value};
use crate::scope::{Growing, Hold, Snapshot};
use crate::trace::{Callsite, Kind};

impl Growing for ErrorReport {
    fn hold(&self) -> Option<&Hold> {
        self.sent().map(|sent| &sent.hold)
    }

    fn memory(&self) -> usize {
        Self::memory(self)
    }

    fn is_ready(&self, by: Option<Instant>) -> bool {
        self.sent().and_then(|sent| sent.stack.as_ref()).is_none_or(|stack| stack.is_named(by))
    }

    fn finish(&self) -> Option<(Box<Event<'static>>, Snapshot)> {
        let sent = self.sent()?;
        let scopes = sent.take_scopes()?;
        Some((Box::new(of_report(self, sent, scopes.transaction_name())?), scopes))
    }
}

/// The event of an error, when nothing more will be known of it; `None` if an error that it was wrapped in is none that
/// anybody wants to hear of.
fn of_report(report: &ErrorReport, sent: &Sent, transaction: Option<String>) -> Option<Event<'static>> {
    let progress = report.close();
    let ignored = meanings(report.causes(&progress)).any(|meaning| meaning.ignored);
    // What was ignored from the beginning is not held back, and does not come here.
    if ignored {
        crate::debug::log!("event dropped: its error derives `Report` and is ignored");
        return None;
    }
    let event = so_far(report, &progress, transaction);
    Some(match sent.edit.as_ref() {
        Some(edit) => edited(event, edit),
        None => event,
    })
}

/// The event of an error, as far as is known.
pub(super) fn so_far(
    report: &ErrorReport,
    progress: &Progress,
    transaction: Option<String>,
) -> Event<'static> {
    let Progress { hops, handled, .. } = progress;
    let causes = report.causes(progress);
    let origin = match hops.first() {
        Some(hop) if !report.by_hand => hop.callsite.origin(),
        _ => "generic",
    };
    // Not knowing whether it will be handled is left out; who captures by hand handles.
    let handled = handled.or(report.by_hand.then_some(true));
    let mechanism = Mechanism { ty: origin.to_owned(), handled, ..Mechanism::default() };
    // The protocol wants the oldest call first: the function that the error left last.
    let stops = hops.iter().rev().map(Stop::of_hop);
    let stack = report.sent().and_then(|sent| sent.stack.as_ref());
    let stacktrace = match stack {
        // Where the user captured it, in the functions that were running.
        Some(stack) if hops.is_empty() => stack.trace(None),
        Some(stack) => stack.trace_along(&stops.collect::<Vec<_>>(), None),
        None => native::stack_trace(stops.map(Stop::frame).collect()),
    };
    let mut event = of_causes(causes, mechanism, stacktrace);
    let threads = stack.iter().map(|stack| thread(stack, &mut event.exception.values));
    event.threads = threads.collect::<Vec<_>>().into();
    event.event_id = report.id;
    event.timestamp = report.at;
    event.level = level(hops).unwrap_or(event.level);
    event.fingerprint = fingerprint(hops).unwrap_or(event.fingerprint);
    add_tags(hops, &mut event.tags);
    event.transaction = transaction.or_else(|| outermost_function(hops));
    if let Some(handled) = handled {
        let way = [("handled", Value::from(handled)), ("functions", Value::from(hops.len()))];
        let way = way.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        event.contexts.insert("error".to_owned(), Context::Other(way));
    }
    event
}

/// The event of an error and its causes, with what they say of themselves.
pub(crate) fn of_causes(
    causes: &[Cause],
    mechanism: Mechanism,
    stacktrace: Option<Stacktrace>,
) -> Event<'static> {
    let fingerprint = meanings(causes).map(|meaning| &meaning.fingerprint).find(|parts| !parts.is_empty());
    let mut event = Event {
        level: meanings(causes).find_map(|meaning| meaning.level).unwrap_or(Level::Error),
        exception: exceptions(causes, mechanism, stacktrace).into(),
        ..Event::default()
    };
    if let Some(fingerprint) = fingerprint {
        event.fingerprint = owned(fingerprint);
    }
    // Outer errors go first.
    for (key, value) in meanings(causes).flat_map(|meaning| &meaning.tags) {
        event.tags.entry(key.clone()).or_insert_with(|| value.clone());
    }
    event
}

/// The event of an error that an integration has seen; `None` if it is none that anybody wants to hear of.
#[cfg(any(feature = "actix", feature = "tower"))]
pub(crate) fn of_seen(error: Seen<'_>, mechanism: Mechanism) -> Option<Event<'static>> {
    let causes = causes_of(error);
    let ignored = meanings(&causes).any(|meaning| meaning.ignored);
    (!ignored).then(|| of_causes(&causes, mechanism, None))
}

/// What the errors of a chain say of themselves, outermost first.
pub(super) fn meanings(causes: &[Cause]) -> impl Iterator<Item = &Meaning> {
    causes.iter().filter_map(|cause| cause.meaning.as_deref())
}

/// What a callback made of the event, with what has become known since.
fn edited(now: Event<'static>, edit: &Edit) -> Event<'static> {
    let Edit { before, after } = edit;
    let mut event = after.clone();
    if after.exception == before.exception {
        event.exception = now.exception;
        event.threads = now.threads;
    }
    for (key, value) in now.tags {
        if !before.tags.contains_key(&key) {
            event.tags.entry(key).or_insert(value);
        }
    }
    for (key, context) in now.contexts {
        if after.contexts.get(&key) == before.contexts.get(&key) {
            event.contexts.insert(key, context);
        }
    }
    if after.transaction == before.transaction {
        event.transaction = now.transaction;
    }
    if after.fingerprint == before.fingerprint {
        event.fingerprint = now.fingerprint;
    }
    if after.level == before.level {
        event.level = now.level;
    }
    event
}

/// Inner functions know more of the failure than outer ones, computed values more than written ones.
fn add_tags(hops: &[Hop], tags: &mut Map<String, String>) {
    for hop in hops.iter().rev() {
        for (key, value) in hop.callsite.said().tags {
            tags.insert((*key).to_owned(), (*value).to_owned());
        }
        for (key, value) in hop.tags() {
            tags.insert((*key).to_owned(), value.clone());
        }
    }
}

/// That of the innermost function that says one.
fn fingerprint(hops: &[Hop]) -> Option<Cow<'static, [Cow<'static, str>]>> {
    let mut said = hops.iter().map(Hop::fingerprint);
    Some(owned(said.find(|fingerprint| !fingerprint.is_empty())?))
}

fn owned(fingerprint: &[String]) -> Cow<'static, [Cow<'static, str>]> {
    fingerprint.iter().map(|part| Cow::Owned(part.clone())).collect::<Vec<_>>().into()
}

/// That of the innermost function that says one.
fn level(hops: &[Hop]) -> Option<Level> {
    hops.iter().find_map(|hop| hop.callsite.said().level)
}

/// Where no transaction runs, the outermost function stands for it.
fn outermost_function(hops: &[Hop]) -> Option<String> {
    let outermost = hops.iter().rev().find(|hop| hop.callsite.kind() != Kind::Main).or(hops.last())?;
    Some(outermost.callsite.title().to_owned())
}

/// The exceptions of an error and its causes, as the protocol orders them: the oldest cause first, the error itself,
/// with mechanism and stack trace, last.
///
/// Source: Sentry's SDK documentation, "Exception interface" and "Exception groups".
fn exceptions(causes: &[Cause], mechanism: Mechanism, stacktrace: Option<Stacktrace>) -> Vec<Exception> {
    let chained = causes.len() > 1;
    let id = |place: u64| Some(place).filter(|_| chained);
    let exception = |(place, (cause, value)): (u64, (&Cause, String))| {
        let (ty, module) = cause.ty();
        Exception {
            ty,
            value: Some(value),
            module,
            mechanism: Some(Mechanism {
                ty: if place == 0 { mechanism.ty.clone() } else { "chained".to_owned() },
                source: cause.parent.map(|_| match cause.number {
                    Some(number) => format!("errors[{number}]"),
                    None => "source".to_owned(),
                }),
                exception_id: id(place),
                parent_id: cause.parent.map(u64::from).and_then(id),
                is_exception_group: cause.is_group.then_some(true),
                ..mechanism.clone()
            }),
            ..Exception::default()
        }
    };
    let mut exceptions: Vec<Exception> =
        (0..).zip(causes.iter().zip(redacted(causes))).map(exception).collect();
    if let Some(error) = exceptions.first_mut() {
        error.stacktrace = stacktrace.filter(|stacktrace| !stacktrace.frames.is_empty());
    }
    exceptions.reverse();
    exceptions
}

/// What the errors say, without what is not to be seen: it may stand in the texts of other errors too.
fn redacted(causes: &[Cause]) -> Vec<String> {
    const FILTERED: &str = "[Filtered]";
    let hidden = |cause: &Cause| cause.meaning.as_ref().is_some_and(|meaning| meaning.redacted);
    let mut secrets: Vec<&Cause> = causes.iter().filter(|cause| hidden(cause)).collect();
    // A secret may hold another one.
    secrets.sort_by_key(|secret| std::cmp::Reverse(secret.value.len()));
    let shown = |cause: &Cause| if hidden(cause) { FILTERED.to_owned() } else { cause.value.to_string() };
    let mut texts: Vec<String> = causes.iter().map(shown).collect();
    for secret in secrets.into_iter().filter(|secret| !secret.value.is_empty()) {
        for text in &mut texts {
            if secret.is_cut() {
                // Only the beginning of it is known, and others may hold the rest.
                FILTERED.clone_into(text);
            } else if text.contains(&*secret.value) {
                *text = text.replace(&*secret.value, FILTERED);
            }
        }
    }
    texts
}

/// The frame of an attributed function at the given line.
pub(super) fn frame(callsite: &Callsite, line: u32) -> Frame {
    let line = if line == 0 { callsite.line() } else { line };
    let mut frame = Frame {
        function: Some(callsite.function().to_owned()),
        module: Some(callsite.module().to_owned()),
        filename: Some(callsite.file().to_owned()),
        lineno: Some(u64::from(line)),
        in_app: Some(true),
        ..Frame::default()
    };
    source::add_to(&mut frame, callsite.source());
    frame
}

/// The frame of a line of which no more is known.
pub(super) fn bare_frame(file: &str, line: u32, column: u32) -> Frame {
    let name = native::file_name(file);
    let mut frame = Frame {
        filename: Some(name.to_owned()),
        // What has another name is a path of the machine that compiled.
        abs_path: Some(file.to_owned()).filter(|file| file != name),
        lineno: Some(u64::from(line)),
        colno: Some(u64::from(column)),
        in_app: Some(native::is_own_file(file)),
        ..Frame::default()
    };
    source::add_to(&mut frame, None);
    frame
}

/// The thread of a stack, to which the captured error is linked.
fn thread(stack: &Stack, exceptions: &mut [Exception]) -> Thread {
    let thread = stack.thread();
    if let Some(captured) = exceptions.last_mut() {
        captured.thread_id.clone_from(&thread.id);
    }
    thread
}

/// The event of a panic: `message` at `place`.
pub(super) fn of_panic(message: String, place: Option<&Place>, stack: &Stack) -> Event<'static> {
    let mechanism =
        Mechanism { ty: "auto.panic.hook".to_owned(), handled: Some(false), ..Mechanism::default() };
    let mut exceptions = vec![Exception {
        ty: "panic".to_owned(),
        value: Some(message),
        mechanism: Some(mechanism),
        stacktrace: stack.trace(place),
        ..Exception::default()
    }];
    let thread = Thread { crashed: true, ..thread(stack, &mut exceptions) };
    Event {
        level: Level::Fatal,
        exception: exceptions.into(),
        threads: vec![thread].into(),
        ..Event::default()
    }
}
