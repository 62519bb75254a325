//! A transaction that is JSON already, and is made into values when somebody looks at it.

use std::io::{self, Write};
use std::sync::OnceLock;

use serde_json::error::Error;

use super::{EnvelopeItem, Span, Transaction};

/// The name in a transaction's data of how many spans are missing in it.
pub(crate) const DROPPED: &str = "sentry.spans.dropped";

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

    /// The spans as values.
    pub(crate) fn read(&self) -> Result<Vec<Span>, Error> {
        serde_json::from_slice(&[b"[", &*self.json, b"]"].concat())
    }
}

/// The payload of an item.
#[derive(Debug)]
pub(super) struct Written {
    /// All of the transaction but its spans.
    head: Vec<u8>,
    spans: WrittenSpans,
    /// The same for those who look at it.
    values: OnceLock<Vec<EnvelopeItem>>,
}

/// What ends a transaction: its spans are the last of its members.
const END: &[u8] = b"]}";

impl Written {
    /// `transaction` is all but the spans.
    pub(super) fn new(transaction: &Transaction<'static>, spans: WrittenSpans) -> Result<Self, Error> {
        let mut head = Vec::with_capacity(2048);
        serde_json::to_writer(&mut head, transaction)?;
        head.truncate(head.len() - END.len());
        Ok(Self { head, spans, values: OnceLock::new() })
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

    /// The transaction as a value.
    pub(super) fn values(&self) -> &Vec<EnvelopeItem> {
        self.values.get_or_init(|| {
            let read = || {
                let mut json = Vec::with_capacity(self.len());
                self.write(&mut json).map_err(Error::io)?;
                serde_json::from_slice::<Transaction<'_>>(&json).map(Transaction::into_owned)
            };
            match read() {
                Ok(transaction) => vec![transaction.into()],
                Err(error) => {
                    crate::debug::log!("a transaction cannot be shown: {error}");
                    Vec::new()
                }
            }
        })
    }

    pub(super) fn into_values(self) -> Vec<EnvelopeItem> {
        self.values();
        self.values.into_inner().unwrap_or_default()
    }
}
