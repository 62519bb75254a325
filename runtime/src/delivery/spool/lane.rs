//! The loop that sends what is in a spool, one record after the other.

use std::future::Future;
use std::time::Instant;

use super::{Next, Spool};
use crate::delivery::packet::{Packet, Priority};
use crate::protocol::Category;

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It arrived, or the server never wants it.
    Settled,
    /// It may be taken later.
    Later,
}

/// The way out of a spool.
pub(crate) trait Sink {
    /// Tries to send a packet, once. `adopted`: another process has captured it.
    fn send(&self, packet: Packet, adopted: bool) -> impl Future<Output = Verdict> + Send;

    /// Something was thrown away.
    fn lost(&self, lost: Lost);
}

/// What the spool has thrown away, because it was too old or too much.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lost {
    pub(crate) categories: Vec<(Category, u64)>,
    /// Another process has captured it.
    pub(crate) adopted: bool,
}

/// Sends what is in the spool until it is closed and everything new was tried.
pub(crate) async fn send_all(spool: &Spool, sink: &impl Sink) {
    loop {
        for lost in spool.take_lost() {
            sink.lost(lost);
        }
        match spool.next(Instant::now()) {
            Next::Finished => return,
            Next::Send { packet, adopted } => match sink.send(packet, adopted).await {
                Verdict::Settled => spool.settled(),
                Verdict::Later => spool.failed(Instant::now()),
            },
            // Whoever woke it before it waits has left word.
            Next::Wait(until) => {
                let _ = tokio::time::timeout_at(until.into(), spool.wake.notified()).await;
            }
        }
    }
}

/// What a record says about its packet: `error=1 attachment=2048`. Names, for the numbers may change.
pub(super) fn note(categories: &[(Category, u64)]) -> String {
    let parts = categories.iter().map(|(category, quantity)| format!("{category}={quantity}"));
    parts.collect::<Vec<_>>().join(" ")
}

/// Reads a [`note`]; what is not known is left out.
pub(super) fn categories(note: &[u8]) -> Vec<(Category, u64)> {
    let part = |part: &str| {
        let (name, quantity) = part.split_once('=')?;
        let category = Category::ALL.iter().find(|category| category.as_str() == name)?;
        Some((*category, quantity.parse().ok()?))
    };
    String::from_utf8_lossy(note).split(' ').filter_map(part).collect()
}

/// How dear what is in a packet is.
pub(super) fn priority(categories: &[(Category, u64)]) -> Priority {
    let dearest = categories.iter().map(|(category, _)| match category {
        Category::Error | Category::Feedback => Priority::Critical,
        Category::Monitor | Category::Session => Priority::High,
        Category::LogItem | Category::LogByte | Category::TraceMetric | Category::TraceMetricByte => {
            Priority::Low
        }
        _ => Priority::Medium,
    });
    dearest.max().unwrap_or(Priority::Medium)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn notes_are_read_as_they_were_written() {
        let given = [(Category::Error, 1), (Category::Attachment, 2048)];
        assert_eq!(note(&given), "error=1 attachment=2048");
        assert_eq!(categories(note(&given).as_bytes()), given);
        assert_eq!(categories(b"error=1 novelty=2 span= =3 \xFF"), given[..1]);
        assert_eq!(categories(b""), []);
    }

    #[test]
    fn the_dearest_part_tells_how_dear_a_packet_is() {
        assert_eq!(priority(&[(Category::Attachment, 1), (Category::Error, 1)]), Priority::Critical);
        assert_eq!(priority(&[]), Priority::Medium);
    }
}
