//! Which events are repetitions. Pure: the time is an argument.

use std::borrow::Cow;
use std::collections::HashMap;
use std::hash::{DefaultHasher, Hash as _, Hasher as _};
use std::time::{Duration, Instant};

use crate::protocol::Event;

/// Events remembered at a time. When there are more kinds than that, the oldest ones are forgotten.
const MOST: usize = 1024;
const MINUTE: Duration = Duration::from_mins(1);

/// Drops what was sent a short time ago.
#[derive(Debug)]
pub(super) struct Dedupe {
    window: Duration,
    sent: HashMap<u64, Instant>,
}

impl Dedupe {
    pub(super) fn new(window: Duration) -> Self {
        Self { window, sent: HashMap::new() }
    }

    /// Whether this failure was sent a short time ago.
    pub(super) fn was_sent(&self, failure: u64, now: Instant) -> bool {
        self.sent.get(&failure).is_some_and(|sent| now.saturating_duration_since(*sent) < self.window)
    }

    /// This failure is sent. The window is that of the event that was sent: a failure that goes on is heard of again and
    /// again.
    pub(super) fn note(&mut self, failure: u64, now: Instant) {
        let window = self.window;
        forget(&mut self.sent, |sent| now.saturating_duration_since(*sent) >= window, |sent| *sent);
        self.sent.insert(failure, now);
    }
}

/// Lets so many events of a kind pass in a minute.
#[derive(Debug)]
pub(super) struct PerMinute {
    most: u32,
    kinds: HashMap<u64, (Instant, u32)>,
}

impl PerMinute {
    pub(super) fn new(most: u32) -> Self {
        Self { most, kinds: HashMap::new() }
    }

    /// Whether the event is to be sent.
    pub(super) fn lets_pass(&mut self, event: &Event<'_>, now: Instant) -> bool {
        let over = |since: Instant| now.saturating_duration_since(since) >= MINUTE;
        forget(&mut self.kinds, |(since, _)| over(*since), |(since, _)| *since);
        let (since, count) = self.kinds.entry(kind(event)).or_insert((now, 0));
        if over(*since) {
            (*since, *count) = (now, 0);
        }
        *count = count.saturating_add(1);
        *count <= self.most
    }
}

/// Makes room: what is over goes, and if that is not enough, the oldest half.
fn forget<V>(kept: &mut HashMap<u64, V>, is_over: impl Fn(&V) -> bool, since: impl Fn(&V) -> Instant) {
    if kept.len() < MOST {
        return;
    }
    kept.retain(|_, value| !is_over(value));
    if kept.len() < MOST {
        return;
    }
    let mut times: Vec<Instant> = kept.values().map(&since).collect();
    let (_, middle, _) = times.select_nth_unstable(MOST / 2);
    let middle = *middle;
    kept.retain(|_, value| since(value) > middle);
}

/// The same failure: the same texts by the same lines.
pub(super) fn identity(event: &Event<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    event.level.hash(&mut hasher);
    event.message.hash(&mut hasher);
    event.logentry.as_ref().map(|entry| (&entry.message, format!("{:?}", entry.params))).hash(&mut hasher);
    for exception in &event.exception {
        (&exception.ty, &exception.module, &exception.value).hash(&mut hasher);
        for frame in exception.stacktrace.iter().flat_map(|stacktrace| &stacktrace.frames) {
            (&frame.function, &frame.module, &frame.filename, frame.lineno).hash(&mut hasher);
            frame.instruction_addr.hash(&mut hasher);
        }
    }
    hasher.finish()
}

/// What Sentry would show as one issue, as far as that can be known here.
fn kind(event: &Event<'_>) -> u64 {
    let mut hasher = DefaultHasher::new();
    event.fingerprint.hash(&mut hasher);
    // A fingerprint without the default says all there is to say, and one without any part nothing.
    let is_default = |part: &Cow<'_, str>| part == "{{ default }}" || part == "{{default}}";
    if event.fingerprint.is_empty() || event.fingerprint.iter().any(is_default) {
        event.message.hash(&mut hasher);
        event.logentry.as_ref().map(|entry| &entry.message).hash(&mut hasher);
        for exception in &event.exception {
            (&exception.ty, &exception.module).hash(&mut hasher);
            let frames = exception.stacktrace.iter().flat_map(|stacktrace| &stacktrace.frames);
            frames.last().map(|frame| (&frame.function, &frame.module)).hash(&mut hasher);
        }
    }
    hasher.finish()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::Exception;

    fn saying(text: &str) -> Event<'static> {
        let exception = Exception { ty: "E".into(), value: Some(text.into()), ..Exception::default() };
        Event { exception: vec![exception].into(), ..Event::default() }
    }

    #[test]
    fn the_same_failure_is_sent_once_a_window() {
        let (mut dedupe, start) = (Dedupe::new(Duration::from_secs(10)), Instant::now());
        let mut at = |seconds, text| {
            let (failure, now) = (identity(&saying(text)), start + Duration::from_secs(seconds));
            let passes = !dedupe.was_sent(failure, now);
            if passes {
                dedupe.note(failure, now);
            }
            passes
        };
        assert_eq!(
            [at(0, "a"), at(1, "a"), at(1, "b"), at(9, "a"), at(10, "a"), at(11, "a"), at(11, "b")],
            [true, false, true, false, true, false, true]
        );
    }

    #[test]
    fn a_kind_has_so_many_a_minute_whatever_its_texts() {
        let (mut limit, start) = (PerMinute::new(2), Instant::now());
        let mut at =
            |seconds, event: &Event<'_>| limit.lets_pass(event, start + Duration::from_secs(seconds));
        assert_eq!(
            [at(0, &saying("a")), at(1, &saying("b")), at(2, &saying("c")), at(60, &saying("d"))],
            [true, true, false, true]
        );
        let own = Event { fingerprint: vec!["own".into()].into(), ..saying("a") };
        assert_eq!([at(60, &own), at(61, &own), at(61, &own)], [true, true, false]);
        let message = Event { message: Some("low".into()), ..Event::default() };
        assert!(at(62, &message), "another kind");
        // Without any part Sentry groups as it always does.
        let kinds = ["low", "out", "back", "sold"].map(|text| Event {
            message: Some(text.into()),
            fingerprint: [].as_slice().into(),
            ..Event::default()
        });
        assert!(kinds.iter().all(|event| at(63, event)), "each is a kind");
    }

    #[test]
    fn what_is_remembered_is_bounded() {
        let (mut dedupe, start) = (Dedupe::new(MINUTE), Instant::now());
        for number in 0..5000_u32 {
            let now = start + Duration::from_millis(number.into());
            dedupe.note(identity(&saying(&number.to_string())), now);
            assert!(dedupe.sent.len() <= MOST);
        }
        let last = identity(&saying("4999"));
        assert!(dedupe.was_sent(last, start + Duration::from_secs(5)), "the latest are kept");
    }
}
