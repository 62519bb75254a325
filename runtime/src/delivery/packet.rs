//! What goes over the wire, written once and ready to be sent as often as it takes.

use std::io::{self, Write};
use std::time::SystemTime;

use super::cut;
use super::ledger::{Quantities, one};
use crate::protocol::{
    Category, ClientReport, Envelope, EnvelopeHeaders, EnvelopeItem, ItemContainer, Log, Metric,
    SessionAggregateItem, WrittenKind, timestamp,
};

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
    /// Logs and metrics.
    Low,
    /// Transactions.
    Medium,
    /// Check-ins and sessions.
    High,
    /// Errors, messages and what users say.
    Critical,
}

impl Packet {
    /// Writes out an envelope. An event or transaction that is larger than Sentry takes is cut.
    pub(crate) fn new(envelope: &mut Envelope, priority: Priority) -> io::Result<Self> {
        let mut body = Vec::with_capacity(envelope.size_hint());
        envelope.to_writer_unsent(&mut body)?;
        if body.len() >= cut::TOO_LARGE && cut::cut(envelope) {
            body.clear();
            envelope.to_writer_unsent(&mut body)?;
        }
        let categories = quantities(envelope).into_iter().filter(|(_, quantity)| *quantity > 0).collect();
        Ok(Self { body, categories, priority })
    }

    /// An envelope that holds a report and nothing else.
    pub(crate) fn of_report(report: &ClientReport, headers: EnvelopeHeaders) -> io::Result<Self> {
        let envelope = Envelope::from(report.clone()).with_headers(headers);
        let mut body = Vec::new();
        envelope.to_writer_unsent(&mut body)?;
        Ok(Self { body, categories: vec![(Category::Internal, 1)], priority: Priority::Medium })
    }

    /// Writes the envelope as it goes over the wire, saying that it is sent at `sent_at`.
    pub(crate) fn write<W: Write>(&self, mut writer: W, sent_at: SystemTime) -> io::Result<()> {
        // The object's other members follow, if there are any.
        let comma: &[u8] = if self.body.starts_with(b"{}") { b"\"" } else { b"\"," };
        writer.write_all(br#"{"sent_at":""#)?;
        writer.write_all(timestamp::to_rfc3339(sent_at).as_bytes())?;
        writer.write_all(comma)?;
        writer.write_all(self.body.strip_prefix(b"{").unwrap_or(&self.body))
    }
}

/// What an envelope counts for.
pub(crate) fn quantities(envelope: &Envelope) -> Quantities {
    match envelope.written_spans() {
        Some((WrittenKind::Transaction, spans)) => {
            return [(Category::Transaction, 1), (Category::Span, as_u64(spans) + 1)];
        }
        Some((WrittenKind::Spans, spans)) => return one(Category::Span, as_u64(spans)),
        None => {}
    }
    let mut main = (Category::Default, 0);
    let mut beside = (Category::Attachment, 0);
    for item in envelope.outlines() {
        match item {
            EnvelopeItem::Event(_) => main = (Category::Error, 1),
            EnvelopeItem::Transaction(transaction) => {
                main = (Category::Transaction, 1);
                beside = (Category::Span, as_u64(transaction.spans.len()) + 1);
            }
            EnvelopeItem::MonitorCheckIn(_) => main = (Category::Monitor, 1),
            EnvelopeItem::Attachment(attachment) if beside.0 == Category::Attachment => {
                beside.1 += as_u64(attachment.buffer.len());
            }
            EnvelopeItem::Spans(spans) => main = (Category::Span, as_u64(spans.len())),
            EnvelopeItem::Feedback(_) => main = (Category::Feedback, 1),
            EnvelopeItem::SessionUpdate(_) => more_sessions(&mut main, 1),
            EnvelopeItem::SessionAggregates(sessions) => {
                let count = sessions.aggregates.iter().map(SessionAggregateItem::count).sum::<u64>();
                more_sessions(&mut main, count);
            }
            EnvelopeItem::ItemContainer(ItemContainer::Logs(logs)) => {
                main = (Category::LogItem, as_u64(logs.len()));
                beside = (Category::LogByte, as_u64(logs.iter().map(Log::weight).sum()));
            }
            EnvelopeItem::ItemContainer(ItemContainer::Metrics(metrics)) => {
                main = (Category::TraceMetric, as_u64(metrics.len()));
                beside = (Category::TraceMetricByte, as_u64(metrics.iter().map(Metric::weight).sum()));
            }
            EnvelopeItem::Attachment(_) | EnvelopeItem::ClientReport(_) => {}
        }
    }
    [main, beside]
}

/// Sessions may come along with an event, which is what the envelope counts for then.
fn more_sessions(main: &mut (Category, u64), more: u64) {
    match main {
        (Category::Session, count) => *count += more,
        (Category::Default, _) => *main = (Category::Session, more),
        _ => {}
    }
}

fn as_u64(count: usize) -> u64 {
    u64::try_from(count).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, UNIX_EPOCH};

    use super::*;
    use crate::protocol::{Event, SessionAttributes, SessionStatus, SessionUpdate, Uuid};

    fn written(body: &str) -> String {
        let packet = Packet { body: body.into(), categories: Vec::new(), priority: Priority::Critical };
        let mut bytes = Vec::new();
        packet.write(&mut bytes, UNIX_EPOCH + Duration::from_millis(1500)).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    /// The published crate sends both together.
    #[test]
    fn an_event_counts_whatever_comes_along() {
        let session = || SessionUpdate {
            session_id: Uuid::nil(),
            distinct_id: None,
            sequence: None,
            timestamp: None,
            started: UNIX_EPOCH,
            init: true,
            duration: None,
            status: SessionStatus::Ok,
            errors: 0,
            attributes: SessionAttributes {
                release: "shop@1".into(),
                environment: None,
                ip_address: None,
                user_agent: None,
            },
        };
        let mut sessions = Envelope::from(session());
        sessions.add_item(session());
        assert_eq!(quantities(&sessions)[0], (Category::Session, 2));
        let mut event = Envelope::from(Event::default());
        event.add_item(session());
        sessions.add_item(Event::default());
        for envelope in [event, sessions] {
            assert_eq!(quantities(&envelope)[0], (Category::Error, 1));
        }
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
