//! From a report to the event that is sent. Runs on the delivery thread.

use std::borrow::Cow;

use super::report::{Hop, Progress, Report};
use super::{Cause, source};
use crate::protocol::{Event, Exception, Frame, Level, Map, Mechanism, Stacktrace, Value};
use crate::trace::{Callsite, Kind};

/// The event of an error that an attributed function returned; `own` are the modules that are the program's.
pub(super) fn of_report(
    report: &Report,
    transaction: Option<String>,
    own: &[Cow<'static, str>],
) -> Event<'static> {
    // Not knowing whether it will be handled is left out.
    let Progress { hops, handled, .. } = report.close();
    let origin = hops.first().map_or("auto.function.monitored", |hop| hop.callsite.origin());
    let mechanism = Mechanism { ty: origin.to_owned(), handled, ..Mechanism::default() };
    // The protocol wants the oldest call first: the function that the error left last.
    let frames = hops.iter().rev().map(|hop| frame_of_hop(hop, own)).collect();
    let stacktrace = Stacktrace { frames, ..Stacktrace::default() };
    Event {
        event_id: report.id,
        timestamp: report.at,
        level: level(&hops),
        exception: exceptions(report.causes(), mechanism, Some(stacktrace)).into(),
        tags: tags(&hops),
        fingerprint: fingerprint(&hops),
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

/// That of the innermost function that says one.
fn fingerprint(hops: &[Hop]) -> Cow<'static, [Cow<'static, str>]> {
    let said = hops.iter().map(|hop| &hop.findings.fingerprint).find(|fingerprint| !fingerprint.is_empty());
    let Some(said) = said else { return Event::default().fingerprint };
    said.iter().map(|part| Cow::Owned(part.clone())).collect::<Vec<_>>().into()
}

/// That of the innermost function that says one.
fn level(hops: &[Hop]) -> Level {
    hops.iter().find_map(|hop| hop.callsite.choices().level).unwrap_or(Level::Error)
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
        .map(|(cause, id)| Exception {
            ty: cause.ty.clone(),
            value: Some(cause.value.clone()),
            module: cause.module.clone(),
            mechanism: Some(Mechanism {
                ty: if id == 0 { mechanism.ty.clone() } else { "chained".to_owned() },
                source: (id > 0).then(|| "source".to_owned()),
                exception_id: chained.then_some(id),
                parent_id: id.checked_sub(1),
                ..mechanism.clone()
            }),
            ..Exception::default()
        })
        .collect();
    if let Some(error) = exceptions.first_mut() {
        error.stacktrace = stacktrace.filter(|stacktrace| !stacktrace.frames.is_empty());
    }
    exceptions.reverse();
    exceptions
}

/// The frame of a function that an error left, with its arguments.
fn frame_of_hop(hop: &Hop, own: &[Cow<'static, str>]) -> Frame {
    let mut frame = frame(hop.callsite, hop.line, own);
    let vars = hop.findings.vars.iter().map(|(name, value)| ((*name).to_owned(), value.clone()));
    frame.vars.extend(vars);
    frame
}

/// The frame of an attributed function at the given line.
fn frame(callsite: &Callsite, line: u32, own: &[Cow<'static, str>]) -> Frame {
    let definition = callsite.definition();
    let line = if line == 0 { definition.line } else { line };
    let mut frame = Frame {
        function: Some(callsite.function().to_owned()),
        module: Some(definition.module.to_owned()),
        filename: Some(definition.file.to_owned()),
        lineno: Some(u64::from(line)),
        in_app: Some(own.is_empty() || own.iter().any(|own| is_within(definition.module, own))),
        vars: Map::<String, Value>::new(),
        ..Frame::default()
    };
    source::add_to(&mut frame, definition.source.as_ref());
    frame
}

/// Whether a module is `outer` or below it.
fn is_within(module: &str, outer: &str) -> bool {
    module.strip_prefix(outer).is_some_and(|rest| rest.is_empty() || rest.starts_with("::"))
}

/// Whether a file is the program's own, as opposed to the standard library's or a dependency's.
fn is_own(file: &str) -> bool {
    let foreign = ["/registry/src/", "/git/checkouts/", "/lib/rustlib/src/"];
    !file.starts_with("/rustc/") && !foreign.iter().any(|part| file.contains(part))
}

/// The frame of a line of which no more is known.
pub(super) fn bare_frame(file: &str, line: u32, column: u32) -> Frame {
    let mut frame = Frame {
        filename: Some(file.to_owned()),
        lineno: Some(u64::from(line)),
        colno: Some(u64::from(column)),
        in_app: Some(is_own(file)),
        ..Frame::default()
    };
    source::add_to(&mut frame, None);
    frame
}

/// The event of a panic: `message` at `location`, in the functions that were running.
pub(super) fn of_panic(
    message: String,
    location: Option<&(String, u32, u32)>,
    running: &[&'static Callsite],
    own: &[Cow<'static, str>],
) -> Event<'static> {
    let mut frames: Vec<Frame> = running.iter().map(|callsite| frame(callsite, 0, own)).collect();
    if let Some(&(ref file, line, column)) = location {
        // The innermost attributed function may be the one that panicked; its line is known then.
        match running.last().filter(|innermost| innermost.spans(file, line)) {
            Some(innermost) => {
                frames.pop();
                let mut exact = frame(innermost, line, own);
                exact.colno = Some(u64::from(column));
                frames.push(exact);
            }
            None => frames.push(bare_frame(file, line, column)),
        }
    }
    let mechanism =
        Mechanism { ty: "auto.panic.hook".to_owned(), handled: Some(false), ..Mechanism::default() };
    let exception = Exception {
        ty: "panic".to_owned(),
        value: Some(message),
        mechanism: Some(mechanism),
        stacktrace: Some(Stacktrace { frames, ..Stacktrace::default() })
            .filter(|stacktrace| !stacktrace.frames.is_empty()),
        ..Exception::default()
    };
    Event { level: Level::Fatal, exception: vec![exception].into(), ..Event::default() }
}
