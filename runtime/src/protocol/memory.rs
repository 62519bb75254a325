//! How much memory what was captured takes while it waits. Estimates, rather too much than too little, that cost little:
//! what is not there is not looked at.

use serde::Serialize;
use serde_json::Value;

use super::{
    Attachment, Breadcrumb, Context, Envelope, EnvelopeItem, Event, Exception, Frame, ItemContainer,
    LogAttribute, Map, Stacktrace, User,
};

/// A piece of memory, beside what is in it.
const PIECE: usize = 16;
/// An entry of a map, beside what its key and its value hold. The nodes of a tree may be half empty.
const ENTRY: usize = 2 * size_of::<String>() + PIECE;

/// Says how many bytes it holds beside its own.
pub(crate) trait Memory {
    fn memory(&self) -> usize;
}

impl Memory for String {
    fn memory(&self) -> usize {
        self.as_str().memory()
    }
}

impl Memory for str {
    fn memory(&self) -> usize {
        if self.is_empty() { 0 } else { self.len() + PIECE }
    }
}

impl Memory for Value {
    fn memory(&self) -> usize {
        match self {
            Self::Null | Self::Bool(_) | Self::Number(_) => 0,
            Self::String(text) => text.memory(),
            Self::Array(list) => list.memory(),
            Self::Object(map) => {
                let entry = |(key, value): (&String, &Self)| {
                    ENTRY + 2 * size_of::<Self>() + key.memory() + value.memory()
                };
                map.iter().map(entry).sum()
            }
        }
    }
}

impl Memory for LogAttribute {
    fn memory(&self) -> usize {
        self.0.memory()
    }
}

impl<T: Memory> Memory for Option<T> {
    fn memory(&self) -> usize {
        self.as_ref().map_or(0, T::memory)
    }
}

impl<T: Memory> Memory for Vec<T> {
    fn memory(&self) -> usize {
        self.iter().map(|item| size_of::<T>() + item.memory()).sum()
    }
}

impl<T: Memory> Memory for Map<String, T> {
    fn memory(&self) -> usize {
        self.iter().map(|(key, value)| ENTRY + 2 * size_of::<T>() + key.memory() + value.memory()).sum()
    }
}

impl Memory for Context {
    fn memory(&self) -> usize {
        match self {
            Self::Other(map) => map.memory(),
            known => written(known),
        }
    }
}

impl Memory for User {
    fn memory(&self) -> usize {
        self.id.memory() + self.email.memory() + self.username.memory() + self.other.memory()
    }
}

impl Memory for Breadcrumb {
    fn memory(&self) -> usize {
        self.ty.memory() + self.category.memory() + self.message.memory() + self.data.memory()
    }
}

impl Memory for Frame {
    fn memory(&self) -> usize {
        let names =
            [&self.function, &self.symbol, &self.module, &self.package, &self.filename, &self.abs_path];
        let source = self.pre_context.memory() + self.context_line.memory() + self.post_context.memory();
        names.into_iter().map(Memory::memory).sum::<usize>() + source + self.vars.memory()
    }
}

impl Memory for Stacktrace {
    fn memory(&self) -> usize {
        self.frames.memory()
    }
}

impl Memory for Exception {
    fn memory(&self) -> usize {
        let texts = self.ty.memory() + self.value.memory() + self.module.memory();
        let stacks = self.stacktrace.memory() + self.raw_stacktrace.memory();
        texts + stacks + self.mechanism.as_ref().map_or(0, written)
    }
}

impl Memory for Event<'_> {
    fn memory(&self) -> usize {
        let texts = self.message.memory() + self.culprit.memory() + self.transaction.memory();
        let logged = self.logentry.as_ref().map_or(0, |entry| entry.message.memory() + entry.params.memory());
        let maps = self.tags.memory() + self.extra.memory() + self.contexts.memory() + self.modules.memory();
        let lists = self.exception.values.memory() + self.breadcrumbs.values.memory();
        let threads = self.threads.values.iter().map(|thread| written(thread) + thread.stacktrace.memory());
        let beside = self.user.memory() + self.request.as_ref().map_or(0, written);
        let images = self.debug_meta.images.len() * 512;
        texts + logged + maps + lists + threads.sum::<usize>() + self.stacktrace.memory() + beside + images
    }
}

impl Memory for Attachment {
    fn memory(&self) -> usize {
        self.buffer.len() + self.filename.memory() + PIECE
    }
}

impl Memory for Envelope {
    fn memory(&self) -> usize {
        /// What is seldom more.
        const SMALL: usize = 1024;
        let item = |item: &EnvelopeItem| match item {
            EnvelopeItem::Event(event) | EnvelopeItem::Feedback(event) => {
                size_of_val(&**event) + event.memory()
            }
            EnvelopeItem::Transaction(transaction) => written(transaction),
            EnvelopeItem::Attachment(attachment) => attachment.memory(),
            EnvelopeItem::Spans(spans) => spans.iter().map(written).sum(),
            EnvelopeItem::ItemContainer(ItemContainer::Logs(logs)) => logs.iter().map(written).sum(),
            EnvelopeItem::ItemContainer(ItemContainer::Metrics(metrics)) => metrics.iter().map(written).sum(),
            EnvelopeItem::MonitorCheckIn(_)
            | EnvelopeItem::ClientReport(_)
            | EnvelopeItem::SessionUpdate(_)
            | EnvelopeItem::SessionAggregates(_) => SMALL,
        };
        let items = self.outlines().map(|it| size_of::<EnvelopeItem>() + item(it)).sum::<usize>();
        items + self.size_hint()
    }
}

/// Of what has few fields that are seldom there: twice what it is as JSON, and something for its own fields.
fn written(item: &impl Serialize) -> usize {
    const OWN: usize = 256;
    OWN + 2 * json_size(item)
}

/// How long it is as JSON.
pub(crate) fn json_size(item: &impl Serialize) -> usize {
    struct Counter(usize);
    impl std::io::Write for Counter {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0 += bytes.len();
            Ok(bytes.len())
        }
        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }
    let mut counter = Counter(0);
    // One that cannot be written is found out when it is.
    serde_json::to_writer(&mut counter, item).map_or(0, |()| counter.0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_there_weighs_nothing() {
        assert_eq!(Event::default().memory(), 0);
        assert_eq!((Value::from(7).memory(), Map::<String, String>::new().memory()), (0, 0));
    }

    /// Wherever a megabyte is put.
    #[test]
    fn all_parts_of_an_event_are_counted() {
        let long = || "x".repeat(1 << 20);
        let text = || Value::from(long());
        let data = || Map::from([("k".to_owned(), text())]);
        let frames = |frame| Stacktrace { frames: vec![frame], ..Stacktrace::default() };
        let with = |change: &dyn Fn(&mut Event<'static>)| {
            let mut event = Event::default();
            change(&mut event);
            event.memory()
        };
        let weights = [
            with(&|event| event.message = Some(long())),
            with(&|event| event.extra = data()),
            with(&|event| drop(event.tags.insert("k".into(), long()))),
            with(&|event| drop(event.contexts.insert("k".into(), Context::Other(data())))),
            with(&|event| {
                event.breadcrumbs.values.push(Breadcrumb { data: data(), ..Breadcrumb::default() });
            }),
            with(&|event| event.user = Some(User { id: Some(long()), ..User::default() })),
            with(&|event| {
                event.request = Some(super::super::Request { data: Some(long()), ..Default::default() });
            }),
            with(&|event| event.stacktrace = Some(frames(Frame { vars: data(), ..Frame::default() }))),
            with(&|event| {
                let stack = frames(Frame { pre_context: vec![long()], ..Frame::default() });
                let exception = Exception { stacktrace: Some(stack), ..Exception::default() };
                event.exception.values.push(exception);
            }),
        ];
        for (number, weight) in weights.into_iter().enumerate() {
            assert!((1 << 20..5 << 19).contains(&weight), "{number}: {weight}");
        }
    }

    #[test]
    fn small_values_take_more_than_they_say() {
        let numbers: Value = (0..1000).collect::<Vec<_>>().into();
        assert!(numbers.memory() >= 1000 * size_of::<Value>());
        let mut envelope = Envelope::from(Event::default());
        let small = envelope.memory();
        envelope.add_item(Attachment { buffer: vec![0; 1 << 20], ..Attachment::default() });
        assert!(envelope.memory() >= small + (1 << 20));
    }
}
