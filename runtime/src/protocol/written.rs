//! A transaction or streamed spans that are JSON already, and are made into values when somebody looks at them.

use std::io::{self, Write};
use std::mem;
use std::sync::OnceLock;

use serde::Deserialize;
use serde::de::DeserializeOwned;
use serde_json::error::Error;

use super::common::{Common, Contexts};
use super::{Context, EnvelopeItem, Span, StreamedSpan, TraceContext, Transaction};

/// The name in a transaction's data of how many spans are missing in it.
pub(crate) const DROPPED: &str = "sentry.spans.dropped";
/// How many spans of a transaction had not ended when it did.
pub(crate) const UNFINISHED: &str = "sentry.spans.unfinished";

/// Spans as JSON.
#[derive(Debug, Default)]
pub(crate) struct WrittenSpans {
    /// Objects with commas between them.
    json: Vec<u8>,
    count: usize,
}

impl WrittenSpans {
    pub(crate) fn with_room_for(count: usize) -> Self {
        /// Of a span of which little is said.
        const USUAL: usize = 480;
        Self { json: Vec::with_capacity(count * USUAL), count: 0 }
    }

    /// Adds the span that `write` adds to the buffer.
    pub(crate) fn push(&mut self, write: impl FnOnce(&mut Vec<u8>)) {
        if self.count > 0 {
            self.json.push(b',');
        }
        write(&mut self.json);
        self.count += 1;
    }

    pub(crate) fn count(&self) -> usize {
        self.count
    }

    /// Bytes of all of them.
    pub(crate) fn len(&self) -> usize {
        self.json.len()
    }

    /// The spans of a transaction as values.
    pub(crate) fn read(&self) -> Result<Vec<Span>, Error> {
        self.read_as()
    }

    /// Has each streamed span changed.
    pub(crate) fn change(self, change: impl FnMut(StreamedSpan) -> StreamedSpan) -> Result<Self, Error> {
        let mut changed = Self::default();
        for span in self.read_as::<StreamedSpan>()?.into_iter().map(change) {
            let json = serde_json::to_vec(&span)?;
            changed.push(|out| out.extend_from_slice(&json));
        }
        Ok(changed)
    }

    fn read_as<T: DeserializeOwned>(&self) -> Result<Vec<T>, Error> {
        serde_json::from_slice(&[b"[", &*self.json, b"]"].concat())
    }
}

/// What an item that is JSON already is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum WrittenKind {
    Transaction,
    /// Spans that were sent while their transaction ran.
    Spans,
}

/// The payload of an item.
#[derive(Debug)]
pub(super) struct Written {
    kind: WrittenKind,
    /// All but the spans.
    head: Vec<u8>,
    spans: WrittenSpans,
    /// The same for those who look at it.
    values: OnceLock<Vec<EnvelopeItem>>,
}

/// How the spans of a transaction begin.
const NO_SPANS: &[u8] = br#""spans":["#;
/// What is written with a transaction that does not say it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Added<'a> {
    pub(crate) common: &'a Common,
    /// The first members of the data of its own span.
    pub(crate) code: &'a [u8],
}

/// Adds what is known of a transaction as a span.
fn write_trace(out: &mut Vec<u8>, mut trace: Box<TraceContext>, code: &[u8]) -> Result<(), Error> {
    let data = mem::take(&mut trace.data);
    serde_json::to_writer(&mut *out, &Context::Trace(trace))?;
    if code.is_empty() && data.is_empty() {
        return Ok(());
    }
    // Its last brace: the data goes in before that.
    out.pop();
    out.extend_from_slice(br#","data":{"#);
    out.extend_from_slice(code);
    for (key, value) in &data {
        if !out.ends_with(b"{") {
            out.push(b',');
        }
        serde_json::to_writer(&mut *out, key)?;
        out.push(b':');
        serde_json::to_writer(&mut *out, value)?;
    }
    out.extend_from_slice(b"}}");
    Ok(())
}

/// What ends it: spans are the last of its members.
const END: &[u8] = b"]}";
/// What a list of streamed spans begins with. Version 2 asks Sentry not to take the sender of the request for the user.
pub(super) const CONTAINER: &[u8] = br#"{"version":2,"items":["#;

impl Written {
    /// `transaction` is all but the spans, and but for what is `added`.
    pub(super) fn new(
        mut transaction: Transaction<'static>,
        spans: WrittenSpans,
        added: Option<Added<'_>>,
    ) -> Result<Self, Error> {
        let mut head = Vec::with_capacity(4096);
        let added = added.and_then(|added| Some((added.common.written()?, added.code)));
        let mut own = added.map(|_| mem::take(&mut transaction.contexts)).unwrap_or_default();
        serde_json::to_writer(&mut head, &transaction)?;
        head.truncate(head.len() - NO_SPANS.len() - END.len());
        if let Some((common, code)) = added {
            head.extend_from_slice(br#""contexts":"#);
            let trace = own.remove("trace");
            serde_json::to_writer(&mut head, &Contexts { own: &own, common })?;
            // There is no other one of that name: nobody but the transaction has said anything yet.
            if let Some(Context::Trace(trace)) = trace {
                // It goes in before the last brace.
                head.pop();
                if !head.ends_with(b"{") {
                    head.push(b',');
                }
                head.extend_from_slice(br#""trace":"#);
                write_trace(&mut head, trace, code)?;
                head.push(b'}');
            }
            head.push(b',');
            if transaction.sdk.is_none() {
                head.extend_from_slice(br#""sdk":"#);
                head.extend_from_slice(common.sdk.get().as_bytes());
                head.push(b',');
            }
        }
        head.extend_from_slice(NO_SPANS);
        Ok(Self { kind: WrittenKind::Transaction, head, spans, values: OnceLock::new() })
    }

    /// An item of streamed spans.
    pub(super) fn of_spans(spans: WrittenSpans) -> Self {
        let head = CONTAINER.to_vec();
        Self { kind: WrittenKind::Spans, head, spans, values: OnceLock::new() }
    }

    pub(super) fn kind(&self) -> WrittenKind {
        self.kind
    }

    pub(super) fn spans(&self) -> usize {
        self.spans.count
    }

    pub(super) fn len(&self) -> usize {
        self.head.len() + self.spans.json.len() + END.len()
    }

    pub(super) fn write(&self, mut writer: impl Write) -> io::Result<()> {
        [&*self.head, &self.spans.json, END].into_iter().try_for_each(|part| writer.write_all(part))
    }

    /// The item as a value.
    pub(super) fn values(&self) -> &Vec<EnvelopeItem> {
        self.values.get_or_init(|| match self.read() {
            Ok(item) => vec![item],
            Err(error) => {
                crate::debug::log!("what is sent cannot be shown: {error}");
                Vec::new()
            }
        })
    }

    fn read(&self) -> Result<EnvelopeItem, Error> {
        #[derive(Deserialize)]
        struct Container {
            items: Vec<StreamedSpan>,
        }
        let mut json = Vec::with_capacity(self.len());
        self.write(&mut json).map_err(Error::io)?;
        match self.kind {
            WrittenKind::Transaction => {
                serde_json::from_slice::<Transaction<'_>>(&json).map(|it| it.into_owned().into())
            }
            WrittenKind::Spans => {
                serde_json::from_slice::<Container>(&json).map(|it| EnvelopeItem::Spans(it.items))
            }
        }
    }

    pub(super) fn into_values(self) -> Vec<EnvelopeItem> {
        self.values();
        self.values.into_inner().unwrap_or_default()
    }
}
