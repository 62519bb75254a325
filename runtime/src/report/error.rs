use super::Style;
use super::line::{clean, columns, pairs, shorten};
use super::style::Ink;
use crate::errors::UNKNOWN_TYPE;
use crate::protocol::{Event, Exception, Frame, Level, Stacktrace, Value};

/// More hops than this are cut out of the middle.
const MOST_HOPS: usize = 24;
/// Longer function names do not push the locations of all others to the right.
const WIDEST_FUNCTION: usize = 36;

/// Writes an error or a message: what it says, why, the route it took (innermost first), and what is known about it.
pub(crate) fn error(event: &Event<'_>, style: Style, out: &mut String) {
    heading(event, style, out);
    let hops = hops(event);
    if !hops.is_empty() {
        out.push('\n');
        route(&hops, style, out);
        out.push('\n');
    }
    footing(event, style, out);
    out.push('\n');
}

fn heading(event: &Event<'_>, style: Style, out: &mut String) {
    let ink = match event.level {
        Level::Fatal | Level::Error => Ink::BoldRed,
        Level::Warning => Ink::BoldYellow,
        Level::Info | Level::Debug => Ink::BoldCyan,
    };
    style.put(out, ink, &event.level.to_string());
    style.put(out, Ink::Bold, ": ");
    let message = message(event);
    match event.exception.split_last() {
        Some((captured, causes)) => {
            said(captured, style, out);
            if let Some(message) = message.filter(|message| captured.value.as_ref() != Some(message)) {
                indented(&message, 2, Ink::Plain, style, out);
            }
            for cause in causes.iter().rev() {
                style.put(out, Ink::Dim, "  caused by");
                said_cause(cause, style, out);
            }
        }
        None => indented(message.as_deref().unwrap_or("(no message)"), 0, Ink::Bold, style, out),
    }
}

/// A cause; the placeholder for a type that the compiler does not tell says nothing to a reader.
fn said_cause(cause: &Exception, style: Style, out: &mut String) {
    match cause.value.as_deref() {
        Some(value) if cause.ty == UNKNOWN_TYPE && !value.is_empty() => {
            out.push_str(": ");
            indented(value, 0, Ink::Plain, style, out);
        }
        _ => {
            out.push(' ');
            said(cause, style, out);
        }
    }
}

fn said(exception: &Exception, style: Style, out: &mut String) {
    style.put(out, Ink::Bold, &clean(&exception.ty));
    match exception.value.as_deref() {
        Some(value) if !value.is_empty() => {
            out.push_str(": ");
            indented(value, 0, Ink::Plain, style, out);
        }
        _ => out.push('\n'),
    }
}

/// A text of one or several lines; the second and all further ones are indented more than the first.
fn indented(text: &str, first: usize, ink: Ink, style: Style, out: &mut String) {
    for (number, line) in text.trim_end().split('\n').enumerate() {
        let indent = if number == 0 { first } else { 4 };
        let line = clean(line.trim_end());
        if !line.is_empty() {
            out.extend(std::iter::repeat_n(' ', indent));
            style.put(out, ink, &line);
        }
        out.push('\n');
    }
}

/// The message with its parameters filled in.
fn message(event: &Event<'_>) -> Option<String> {
    let Some(entry) = &event.logentry else { return event.message.clone() };
    let mut filled = String::new();
    let mut rest = entry.message.as_str();
    for param in &entry.params {
        let Some((at, mark)) = ["{}", "%s"].iter().filter_map(|mark| Some((rest.find(mark)?, mark))).min()
        else {
            break;
        };
        filled.push_str(&rest[..at]);
        filled.push_str(&shown(param));
        rest = &rest[at + mark.len()..];
    }
    filled.push_str(rest);
    Some(filled)
}

/// The frames to show, innermost first: the user's own where they are known.
fn hops<'e>(event: &'e Event<'_>) -> Vec<&'e Frame> {
    let of_exception = event.exception.iter().rev().find_map(|exception| exception.stacktrace.as_ref());
    let of_thread =
        || event.threads.iter().find(|t| t.crashed || t.current).and_then(|t| t.stacktrace.as_ref());
    let trace: Option<&Stacktrace> = of_exception.or(event.stacktrace.as_ref()).or_else(of_thread);
    let frames = trace.map_or(&[][..], |trace| &trace.frames);
    let own: Vec<_> = frames.iter().rev().filter(|frame| frame.in_app == Some(true)).collect();
    if own.is_empty() { frames.iter().rev().collect() } else { own }
}

fn route(hops: &[&Frame], style: Style, out: &mut String) {
    let functions: Vec<_> = hops.iter().map(|hop| clean(hop.function.as_deref().unwrap_or("?"))).collect();
    let column =
        functions.iter().map(|name| columns(name)).filter(|n| *n <= WIDEST_FUNCTION).max().unwrap_or(0);
    let hidden = hops.len().saturating_sub(MOST_HOPS);
    for (number, (hop, function)) in hops.iter().zip(&functions).enumerate() {
        if hidden > 0 && (MOST_HOPS / 2..MOST_HOPS / 2 + hidden).contains(&number) {
            if number == MOST_HOPS / 2 {
                style.put(out, Ink::Dim, &format!("  ┆ {hidden} more\n"));
            }
            continue;
        }
        let (mark, ink) = if number == 0 { ("●", Ink::Red) } else { ("○", Ink::Dim) };
        out.push_str("  ");
        style.put(out, ink, mark);
        out.push(' ');
        style.put(out, Ink::Bold, function);
        if let Some(location) = location(hop) {
            out.extend(std::iter::repeat_n(' ', column.saturating_sub(columns(function)) + 2));
            style.put(out, Ink::Cyan, &location);
        }
        out.push('\n');
        let (rail, ink) = if number + 1 == hops.len() { (" ", Ink::Plain) } else { ("│", Ink::Dim) };
        beneath(hop, |out| style.put(out, ink, rail), style, out);
    }
}

fn location(frame: &Frame) -> Option<String> {
    let file = frame.filename.as_deref().or(frame.abs_path.as_deref())?;
    let part = |number: Option<u64>| number.map(|number| format!(":{number}")).unwrap_or_default();
    // The line itself, beneath, says more than a column.
    let column = frame.lineno.and(frame.colno).filter(|_| frame.context_line.is_none());
    Some(format!("{}{}{}", clean(file), part(frame.lineno), part(column)))
}

/// What stands beneath a hop, beside the rail to the next one: its line of source, and its arguments.
fn beneath(hop: &Frame, rail: impl Fn(&mut String), style: Style, out: &mut String) {
    const INDENT: usize = 8;
    let mut line = |ink, text: &str| {
        out.push_str("  ");
        rail(out);
        out.extend(std::iter::repeat_n(' ', INDENT - 3));
        style.put(out, ink, &shorten(text, style.width.saturating_sub(INDENT)));
        out.push('\n');
    };
    if let Some(source) = hop.context_line.as_deref().map(str::trim).filter(|source| !source.is_empty()) {
        line(Ink::Plain, &clean(source));
    }
    if !hop.vars.is_empty() {
        let vars: Vec<_> =
            hop.vars.iter().map(|(name, value)| format!("{name} = {}", shown(value))).collect();
        line(Ink::Dim, &clean(&vars.join(", ")));
    }
}

/// A text as it is, without the quotes that JSON would put around it.
fn shown(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

fn footing(event: &Event<'_>, style: Style, out: &mut String) {
    let handled = event.exception.last().and_then(|exception| exception.mechanism.as_ref()?.handled);
    let mut facts = Vec::new();
    match handled {
        Some(true) => facts.push((Ink::Dim, "handled".to_owned())),
        Some(false) => facts.push((Ink::Red, "unhandled".to_owned())),
        None => {}
    }
    if let Some(transaction) = &event.transaction {
        facts.push((Ink::Dim, format!("in {}", clean(transaction))));
    }
    let id = event.event_id.simple().to_string();
    facts.push((Ink::Dim, format!("event {}", &id[..8])));

    out.push_str("  ");
    for (number, (ink, fact)) in facts.iter().enumerate() {
        if number > 0 {
            style.put(out, Ink::Dim, " · ");
        }
        style.put(out, *ink, fact);
    }
    out.push('\n');
    for line in pairs(event.tags.iter().map(|(key, value)| (&**key, &**value)), style.width) {
        style.put(out, Ink::Dim, &line);
        out.push('\n');
    }
}
