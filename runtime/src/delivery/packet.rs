//! What goes over the wire, written once and ready to be sent as often as it takes.

use std::io::{self, Write};
use std::time::SystemTime;

use crate::protocol::{Category, Envelope, EnvelopeItem, timestamp};

/// An envelope that was written out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Packet {
    /// The envelope before compression and without `sent_at`, which [`write`](Self::write) puts in whenever it is
    /// sent: the server reads from it by how much the clocks differ. Its first line is the headers' JSON object.
    pub(crate) body: Vec<u8>,
    /// What the envelope counts for, in the ledger, with rate limits and in client reports.
    pub(crate) categories: Vec<(Category, u64)>,
    /// How dear it is.
    pub(crate) priority: Priority,
}

/// How dear an item is: the dearer, the sooner it is sent and the later it is dropped.
///
/// Source: Sentry's SDK documentation, "Telemetry processor: backend".
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Priority {
    /// Transactions.
    Medium,
    /// Check-ins.
    High,
    /// Errors and messages.
    Critical,
}

impl Packet {
    /// Writes an envelope out.
    pub(crate) fn of(envelope: &Envelope) -> io::Result<Self> {
        let mut body = Vec::new();
        envelope.to_writer_unsent(&mut body)?;
        let (mut categories, mut priority) = (Vec::new(), Priority::Medium);
        for item in envelope.items() {
            match item {
                EnvelopeItem::Event(_) => {
                    categories.push((Category::Error, 1));
                    priority = priority.max(Priority::Critical);
                }
                EnvelopeItem::Transaction(transaction) => {
                    categories.push((Category::Transaction, 1));
                    categories.push((Category::Span, transaction.spans.len() as u64 + 1));
                }
                EnvelopeItem::Attachment(attachment) => {
                    categories.push((Category::Attachment, attachment.buffer.len() as u64));
                }
                EnvelopeItem::MonitorCheckIn(_) => {
                    categories.push((Category::Monitor, 1));
                    priority = priority.max(Priority::High);
                }
                EnvelopeItem::ClientReport(_) => categories.push((Category::Internal, 1)),
            }
        }
        Ok(Self { body, categories, priority })
    }

    /// Writes the envelope as it goes over the wire, saying that it is sent at `sent_at`.
    pub(crate) fn write<W: Write>(&self, mut writer: W, sent_at: SystemTime) -> io::Result<()> {
        // The object's other members follow, if there are any.
        let comma = if self.body.starts_with(b"{}") { "" } else { "," };
        write!(writer, r#"{{"sent_at":"{}"{comma}"#, timestamp::to_rfc3339(sent_at))?;
        writer.write_all(self.body.strip_prefix(b"{").unwrap_or(&self.body))
    }
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;

    fn written(body: &str) -> String {
        let packet = Packet { body: body.into(), categories: Vec::new(), priority: Priority::Critical };
        let mut bytes = Vec::new();
        packet.write(&mut bytes, UNIX_EPOCH + Duration::from_millis(1500)).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn the_time_of_sending_is_put_into_the_headers() {
        assert_eq!(written("{}\n"), "{\"sent_at\":\"1970-01-01T00:00:01.500Z\"}\n");
        assert_eq!(
            written("{\"sdk\":{}}\n{\"type\":\"event\"}\n{}\n"),
            "{\"sent_at\":\"1970-01-01T00:00:01.500Z\",\"sdk\":{}}\n{\"type\":\"event\"}\n{}\n"
        );
    }
}
