use std::time::{Duration, SystemTime};

use super::line::{clean, columns, duration, pairs, shorten};
use super::style::Ink;
use super::tree::{Row, rows};
use super::{Style, bar};
use crate::protocol::{Context, Span, SpanStatus, TraceContext, Transaction};

/// Wide enough for `123m 45s`.
const DURATION_COLUMNS: usize = 8;
/// The tree gets at least so many columns, whatever the width.
const LEAST_TREE: usize = 16;
/// The op of a function that was given none: it says nothing.
const PLAIN_OP: &str = "function";

/// Writes a transaction: what it is, how it ended, how long it took, and its spans as a tree with their shares of that.
pub(crate) fn transaction(transaction: &Transaction<'_>, style: Style, out: &mut String) {
    let whole = between(transaction.start_timestamp, transaction.timestamp);
    heading(transaction, whole, style, out);

    // Two blanks stand before every column.
    let troubles = transaction.spans.iter().filter_map(|span| trouble(span.status));
    let statuses = troubles.map(|status| status.to_string().len() + 2).max().unwrap_or(0);
    let taken = 2 + 2 + DURATION_COLUMNS + 2 + bar::COLUMNS + statuses;
    let room = style.width.saturating_sub(taken).max(LEAST_TREE);
    // Each level takes two columns: branches get at most half of the room.
    let rows = rows(transaction, room / 4);
    let rows: Vec<_> = rows.into_iter().map(|row| Line::of(row, transaction, whole)).collect();
    let column = rows.iter().map(Line::columns).max().unwrap_or(0).min(room);
    for row in &rows {
        row.write(column, style, out);
    }
    if !rows.is_empty() && !transaction.tags.is_empty() {
        out.push('\n');
    }
    for line in pairs(transaction.tags.iter().map(|(key, value)| (&**key, &**value)), style.width) {
        style.put(out, Ink::Dim, &line);
        out.push('\n');
    }
    out.push('\n');
}

fn heading(transaction: &Transaction<'_>, whole: Duration, style: Style, out: &mut String) {
    let trace = transaction.contexts.values().find_map(|context| match context {
        Context::Trace(trace) => Some(&**trace),
        _ => None,
    });
    style.put(out, Ink::BoldCyan, "transaction");
    style.put(out, Ink::Bold, ": ");
    style.put(out, Ink::Bold, &clean(transaction.name.as_deref().unwrap_or("(no name)")));
    if let Some(op) = trace.and_then(|trace| trace.op.as_deref()).filter(|op| *op != PLAIN_OP) {
        out.push_str("  ");
        style.put(out, Ink::Cyan, &clean(op));
    }
    out.push_str("  ");
    out.push_str(&duration(whole));
    if let Some(status) = trace.and_then(|trace: &TraceContext| trace.status) {
        out.push_str("  ");
        style.put(out, ink(Some(status)), &status.to_string());
    }
    out.push('\n');
}

fn ink(status: Option<SpanStatus>) -> Ink {
    match status {
        None | Some(SpanStatus::Ok) => Ink::Green,
        Some(SpanStatus::Cancelled) => Ink::Yellow,
        Some(_) => Ink::Red,
    }
}

/// A status worth a word.
fn trouble(status: Option<SpanStatus>) -> Option<SpanStatus> {
    status.filter(|status| *status != SpanStatus::Ok)
}

/// How long something took; nothing when it has not ended, or ended before it began.
fn between(start: SystemTime, end: Option<SystemTime>) -> Duration {
    end.and_then(|end| end.duration_since(start).ok()).unwrap_or_default()
}

/// A row of the tree, ready to be written but for the widths of its columns.
struct Line {
    branches: String,
    /// The kind of work, and what exactly it does.
    label: (String, String),
    took: String,
    bar: String,
    status: Option<SpanStatus>,
}

impl Line {
    fn of(row: Row<'_>, transaction: &Transaction<'_>, whole: Duration) -> Self {
        let since = |time: SystemTime| time.duration_since(transaction.start_timestamp).unwrap_or_default();
        match row {
            Row::Span { branches, span } => {
                let took = between(span.start_timestamp, span.timestamp);
                let (length, shown) = match span.timestamp {
                    Some(_) => (took, duration(took)),
                    None => (whole, "…".to_owned()),
                };
                Self {
                    branches,
                    label: label(span),
                    took: shown,
                    bar: bar::bar(since(span.start_timestamp), length, whole),
                    status: span.status,
                }
            }
            Row::Folded { branches, spans } => {
                let took = spans.iter().map(|span| between(span.start_timestamp, span.timestamp)).sum();
                let start = spans.iter().map(|span| since(span.start_timestamp)).min().unwrap_or_default();
                let end = spans.iter().filter_map(|span| span.timestamp).map(since).max().unwrap_or_default();
                Self {
                    branches,
                    label: (String::new(), format!("{} more like these", spans.len())),
                    took: duration(took),
                    bar: bar::bar(start, end.saturating_sub(start), whole),
                    status: spans.first().and_then(|span| span.status),
                }
            }
        }
    }

    fn columns(&self) -> usize {
        let (op, description) = &self.label;
        let gap = if op.is_empty() || description.is_empty() { 0 } else { 2 };
        columns(&self.branches) + columns(op) + gap + columns(description)
    }

    fn write(&self, column: usize, style: Style, out: &mut String) {
        let (op, description) = &self.label;
        let mut room = column.saturating_sub(columns(&self.branches));
        out.push_str("  ");
        style.put(out, Ink::Dim, &self.branches);
        let op = shorten(op, room);
        style.put(out, Ink::Cyan, &op);
        room = room.saturating_sub(columns(&op));
        // A description that would be cut to nothing is left out.
        if !description.is_empty() && (op.is_empty() || room > 3) {
            let gap = if op.is_empty() { "" } else { "  " };
            let description = shorten(description, room - gap.len());
            out.extend([gap, &*description]);
            room = room.saturating_sub(gap.len() + columns(&description));
        }
        out.extend(std::iter::repeat_n(' ', room));
        out.push_str("  ");
        let padded = format!("{:>DURATION_COLUMNS$}", self.took);
        out.push_str(&padded);
        out.push_str("  ");
        style.put(out, ink(self.status), &self.bar);
        if let Some(status) = trouble(self.status) {
            out.extend(std::iter::repeat_n(' ', bar::COLUMNS.saturating_sub(columns(&self.bar)) + 2));
            style.put(out, ink(Some(status)), &status.to_string());
        }
        out.push('\n');
    }
}

fn label(span: &Span) -> (String, String) {
    let description = clean(span.description.as_deref().unwrap_or_default()).into_owned();
    let op = span.op.as_deref().filter(|op| *op != PLAIN_OP || description.is_empty());
    (clean(op.unwrap_or_default()).into_owned(), description)
}
