//! From a report to the event that is sent. Runs on the delivery thread.

use super::native::{self, Place, Stack, Stop};
use super::report::{Hop, Progress, Report};
use super::{Cause, source};
use crate::protocol::{Event, Exception, Frame, Level, Map, Mechanism, Stacktrace, Thread, Value};
use crate::trace::{Callsite, Kind};

/// The event of an error that an attributed function returned.
pub(super) fn of_report(report: &Report, transaction: Option<String>) -> Event<'static> {
    // Not knowing whether it will be handled is left out.
    let Progress { hops, handled, .. } = report.close();
    let origin = hops.first().map_or("auto.function.monitored", |hop| hop.callsite.origin());
    let mechanism = Mechanism { ty: origin.to_owned(), handled, ..Mechanism::default() };
    // The protocol wants the oldest call first: the function that the error left last.
    let stops = hops.iter().rev().map(|hop| Stop { callsite: hop.callsite, line: hop.line });
    let stacktrace = match report.stack() {
        Some(stack) => stack.trace_along(&stops.collect::<Vec<_>>(), None),
        None => native::stack_trace(stops.map(|stop| frame(stop.callsite, stop.line)).collect()),
    };
    let mut exceptions = exceptions(report.causes(), mechanism, stacktrace);
    let threads = report.stack().map(|stack| thread(stack, &mut exceptions));
    Event {
        event_id: report.id,
        timestamp: report.at,
        level: Level::Error,
        exception: exceptions.into(),
        threads: threads.into_iter().collect::<Vec<_>>().into(),
        tags: tags(&hops),
        transaction: transaction.or_else(|| outermost_function(&hops)),
        ..Event::default()
    }
}

/// Inner functions know more of the failure than outer ones, computed values more than written ones.
fn tags(hops: &[Hop]) -> Map<String, String> {
    let mut tags = Map::new();
    for hop in hops.iter().rev() {
        for (key, value) in hop.callsite.definition().tags {
            tags.insert((*key).to_owned(), (*value).to_owned());
        }
        for (key, value) in &hop.tags {
            tags.insert((*key).to_owned(), value.clone());
        }
    }
    tags
}

/// Where no transaction runs, the outermost function stands for it.
fn outermost_function(hops: &[Hop]) -> Option<String> {
    let outermost =
        hops.iter().rev().find(|hop| hop.callsite.definition().kind != Kind::Main).or(hops.last())?;
    Some(outermost.callsite.title().to_owned())
}

/// The exceptions of an error and its causes, as the protocol orders them: the oldest cause first, the error itself,
/// with mechanism and stack trace, last.
pub(crate) fn exceptions(
    causes: &[Cause],
    mechanism: Mechanism,
    stacktrace: Option<Stacktrace>,
) -> Vec<Exception> {
    let chained = causes.len() > 1;
    let mut exceptions: Vec<Exception> = causes
        .iter()
        .zip(0_u64..)
        .map(|(cause, id)| {
            let (ty, module) = cause.ty();
            Exception {
                ty,
                value: Some(cause.value.clone()),
                module,
                mechanism: Some(Mechanism {
                    ty: if id == 0 { mechanism.ty.clone() } else { "chained".to_owned() },
                    source: (id > 0).then(|| "source".to_owned()),
                    exception_id: chained.then_some(id),
                    parent_id: id.checked_sub(1),
                    ..mechanism.clone()
                }),
                ..Exception::default()
            }
        })
        .collect();
    if let Some(error) = exceptions.first_mut() {
        error.stacktrace = stacktrace.filter(|stacktrace| !stacktrace.frames.is_empty());
    }
    exceptions.reverse();
    exceptions
}

/// The frame of an attributed function at the given line.
pub(super) fn frame(callsite: &Callsite, line: u32) -> Frame {
    let definition = callsite.definition();
    let line = if line == 0 { definition.line } else { line };
    let mut frame = Frame {
        function: Some(callsite.function().to_owned()),
        module: Some(definition.module.to_owned()),
        filename: Some(definition.file.to_owned()),
        lineno: Some(u64::from(line)),
        in_app: Some(true),
        vars: Map::<String, Value>::new(),
        ..Frame::default()
    };
    source::add_to(&mut frame, definition.source.as_ref());
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
