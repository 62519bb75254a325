//! The loop that sends what is in a spool, one record after the other.

use std::future::Future;
use std::time::{Duration, Instant};

use super::{Next, Spool};
use crate::delivery::ledger::Quantities;
use crate::delivery::limits::RateLimits;
use crate::delivery::packet::{Packet, Priority};
use crate::protocol::{Category, Reason};

/// What became of a packet.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Verdict {
    /// It arrived, or the server never wants it.
    Settled,
    /// It may be taken later.
    Later {
        /// When the server says so: not sooner than after this time.
        asked: Option<Duration>,
    },
}

/// The way out of a spool.
pub(crate) trait Sink {
    /// Tries to send a packet, once. `adopted`: another process has captured it.
    fn send(&self, packet: Packet, adopted: bool) -> impl Future<Output = Verdict> + Send;

    /// What the server does not want at present.
    fn limits(&self) -> RateLimits;

    /// Something was thrown away.
    fn lost(&self, lost: Lost);
}

/// What the spool has thrown away.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Lost {
    pub(crate) quantities: Quantities,
    /// Another process has captured it.
    pub(crate) adopted: bool,
    /// It was too old or too much, or could not be read any more.
    pub(crate) reason: Reason,
}

/// Sends what is in the spool until it is closed and everything new was tried.
pub(crate) async fn send_all(spool: &Spool, sink: &impl Sink) {
    loop {
        let next = spool.next(Instant::now(), &sink.limits());
        // Before anything is waited for: the books are read at any time.
        for lost in spool.take_lost() {
            sink.lost(lost);
        }
        match next {
            Next::Finished => return,
            Next::Send { packet, adopted } => match sink.send(packet, adopted).await {
                Verdict::Settled => spool.settled(),
                Verdict::Later { asked } => spool.failed(Instant::now(), asked),
            },
            // Whoever woke it before it waits has left word.
            Next::Wait(until) => {
                let _ = tokio::time::timeout_at(until.into(), spool.woken()).await;
            }
        }
    }
}

/// What a packet counts for, of which there are two categories at the most.
pub(super) fn quantities(categories: impl IntoIterator<Item = (Category, u64)>) -> Quantities {
    let mut categories = categories.into_iter();
    [(); 2].map(|()| categories.next().unwrap_or((Category::Default, 0)))
}

/// What is left of it without what there is none of, as a packet says it.
pub(super) fn categories(quantities: Quantities) -> Vec<(Category, u64)> {
    quantities.into_iter().filter(|(_, quantity)| *quantity > 0).collect()
}

/// What a record says about its packet: `error=1 attachment=2048`. Names, for the numbers may change.
pub(super) fn note(quantities: Quantities) -> String {
    let all = categories(quantities).into_iter();
    all.map(|(category, quantity)| format!("{category}={quantity}")).collect::<Vec<_>>().join(" ")
}

/// Reads a [`note`]; what is not known is left out.
pub(super) fn read_note(note: &[u8]) -> Quantities {
    let part = |part: &str| {
        let (name, quantity) = part.split_once('=')?;
        let category = Category::ALL.iter().find(|category| category.as_str() == name)?;
        Some((*category, quantity.parse().ok()?))
    };
    quantities(String::from_utf8_lossy(note).split(' ').filter_map(part))
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
        assert_eq!(note(given), "error=1 attachment=2048");
        assert_eq!(read_note(note(given).as_bytes()), given);
        assert_eq!(categories(read_note(b"error=1 novelty=2 span= =3 \xFF")), given[..1]);
        assert_eq!(categories(read_note(b"")), []);
    }

    #[test]
    fn the_dearest_part_tells_how_dear_a_packet_is() {
        assert_eq!(priority(&[(Category::Attachment, 1), (Category::Error, 1)]), Priority::Critical);
        assert_eq!(priority(&[]), Priority::Medium);
    }
}
