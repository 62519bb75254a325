//! Events and transactions that are larger than Sentry takes are cut until they fit.
//!
//! Of an event, step by step: texts are shortened to what Sentry keeps of them, which nobody misses; then the breadcrumbs,
//! the oldest half each time; then the extra data; then the source lines of the frames, at last their variables. Of a
//! transaction: the last of its spans, which are counted as those that exceed `max_spans` are, in `sentry.spans.dropped`;
//! then the extra data.

use crate::protocol::{Context, DROPPED, Envelope, Event, Frame, Transaction, Value, json_size as size};

/// An event or transaction must be smaller, as JSON.
///
/// Source: Sentry's SDK documentation, "Envelopes: size limits".
pub(super) const TOO_LARGE: usize = 1 << 20;
/// What Sentry keeps of a message and of an exception's text, in characters.
const LONGEST_TEXT: usize = 8192;

/// Cuts the event or transaction in an envelope that is too large; says whether there is one. One that has nothing left
/// to cut stays as it is.
pub(super) fn cut(envelope: &mut Envelope) -> bool {
    if let Some(event) = envelope.event_mut() {
        cut_event(event);
        return true;
    }
    let Some(transaction) = envelope.transaction_mut() else { return false };
    cut_transaction(transaction);
    true
}

fn cut_transaction(transaction: &mut Transaction<'static>) {
    /// What the number of spans that are missing takes.
    const NOTE: usize = 64;
    if size(transaction) < TOO_LARGE {
        return;
    }
    let spans = std::mem::take(&mut transaction.spans);
    let mut room = TOO_LARGE.saturating_sub(size(transaction) + NOTE);
    let fits = |span: &&_| {
        // One more for the comma.
        let left = room.checked_sub(size(span) + 1);
        room = left.unwrap_or(0);
        left.is_some()
    };
    let kept = spans.iter().take_while(fits).count();
    let cut = spans.len() - kept;
    transaction.spans = spans;
    transaction.spans.truncate(kept);
    if let Some(Context::Trace(trace)) = transaction.contexts.get_mut("trace") {
        let missing = trace.data.get(DROPPED).and_then(Value::as_u64).unwrap_or(0);
        trace.data.insert(DROPPED.to_owned(), Value::from(missing.saturating_add(cut as u64)));
    }
    if size(transaction) >= TOO_LARGE {
        transaction.extra.clear();
    }
    crate::debug::log!("a transaction of a megabyte or more was cut: {cut} of its spans are missing");
}

fn cut_event(event: &mut Event<'static>) {
    if size(event) < TOO_LARGE {
        return;
    }
    shorten(event);
    while size(event) >= TOO_LARGE && !event.breadcrumbs.values.is_empty() {
        let half = event.breadcrumbs.values.len().div_ceil(2);
        event.breadcrumbs.values.drain(..half);
    }
    let steps: [fn(&mut Event<'static>); 3] = [
        |event| event.extra.clear(),
        |event| {
            for_each_frame(event, |frame| {
                frame.pre_context.clear();
                frame.context_line = None;
                frame.post_context.clear();
            });
        },
        |event| for_each_frame(event, |frame| frame.vars.clear()),
    ];
    for step in steps {
        if size(event) < TOO_LARGE {
            break;
        }
        step(event);
    }
    crate::debug::log!("an event of a megabyte or more was cut to {} bytes", size(event));
}

fn for_each_frame(event: &mut Event<'static>, mut change: impl FnMut(&mut Frame)) {
    let of_exceptions = event
        .exception
        .values
        .iter_mut()
        .flat_map(|exception| [exception.stacktrace.as_mut(), exception.raw_stacktrace.as_mut()]);
    let of_threads = event.threads.values.iter_mut().map(|thread| thread.stacktrace.as_mut());
    let all = of_exceptions.chain(of_threads).chain([event.stacktrace.as_mut()]);
    for frame in all.flatten().flat_map(|stack| &mut stack.frames) {
        change(frame);
    }
}

fn shorten(event: &mut Event<'static>) {
    let of_exceptions = event.exception.values.iter_mut().filter_map(|exception| exception.value.as_mut());
    let of_entry = event.logentry.iter_mut().map(|entry| &mut entry.message);
    for text in of_exceptions.chain(of_entry).chain(&mut event.message) {
        if let Some((end, _)) = text.char_indices().nth(LONGEST_TEXT) {
            text.truncate(end);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::{Breadcrumb, Exception, Span, Stacktrace, TraceContext};

    fn long() -> String {
        "é".repeat(TOO_LARGE / 2)
    }

    fn event() -> Event<'static> {
        let frame = Frame { function: Some("f".into()), context_line: Some("x".into()), ..Frame::default() };
        let stacktrace = Some(Stacktrace { frames: vec![frame], ..Stacktrace::default() });
        let exception =
            Exception { ty: "E".into(), value: Some("why".into()), stacktrace, ..Exception::default() };
        let mut event = Event { exception: vec![exception].into(), ..Event::default() };
        event.extra.insert("more".into(), Value::from("data"));
        for number in 0..100 {
            let message = Some(format!("{number}"));
            event.breadcrumbs.values.push(Breadcrumb { message, ..Breadcrumb::default() });
        }
        event
    }

    /// Breadcrumbs, extra data, lines of source, and characters of the exception's text that are left.
    fn left(mut event: Event<'static>) -> (usize, usize, usize, usize) {
        cut_event(&mut event);
        assert!(size(&event) < TOO_LARGE);
        let exception = &event.exception.values[0];
        let frame = &exception.stacktrace.as_ref().unwrap().frames[0];
        let lines = frame.context_line.iter().count();
        let text = exception.value.as_deref().unwrap().chars().count();
        (event.breadcrumbs.values.len(), event.extra.len(), lines, text)
    }

    #[test]
    fn the_last_spans_of_a_transaction_go_and_are_counted() {
        let span = |size: usize| Span { description: Some("x".repeat(size)), ..Span::default() };
        let mut transaction = Transaction { spans: vec![span(1000); 1500], ..Transaction::default() };
        let trace =
            TraceContext { data: [(DROPPED.to_owned(), Value::from(7))].into(), ..TraceContext::default() };
        transaction.contexts.insert("trace".to_owned(), Context::Trace(Box::new(trace)));
        let mut envelope = Envelope::from(transaction);
        assert!(cut(&mut envelope));
        let transaction = envelope.transaction().unwrap();
        let (size, left) = (size(transaction), transaction.spans.len());
        assert!((TOO_LARGE - 2 * 1200..TOO_LARGE).contains(&size), "{left} of {size} bytes");
        let Some(Context::Trace(trace)) = transaction.contexts.get("trace") else { panic!("it is there") };
        assert_eq!(trace.data[DROPPED], 1500 - left + 7);
    }

    #[test]
    fn no_more_than_is_needed_goes() {
        assert_eq!(left(event()), (100, 1, 1, 3));
        let mut crumbs = event();
        crumbs.breadcrumbs.values[40].message = Some(long());
        assert_eq!(left(crumbs), (50, 1, 1, 3));
        let mut extra = event();
        extra.extra.insert("much".into(), Value::from(long()));
        assert_eq!(left(extra), (0, 0, 1, 3));
        let mut source = event();
        let frames = &mut source.exception.values[0].stacktrace.as_mut().unwrap().frames;
        frames[0].context_line = Some(long());
        assert_eq!(left(source), (0, 0, 0, 3));
        let mut text = event();
        text.exception.values[0].value = Some(long());
        assert_eq!(left(text), (100, 1, 1, LONGEST_TEXT));
    }
}
