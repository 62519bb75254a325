//! The books: what was captured, what became of it, and what of that the server has not been told yet.

use std::time::SystemTime;

use crate::protocol::{Category, ClientReport, Discarded, Reason};
use crate::scope::DeliveryStats;

/// What a thing counts for: up to two categories; a quantity of zero counts for nothing.
pub(crate) type Quantities = [(Category, u64); 2];

/// Of a thing that counts for one category.
pub(crate) const fn one(category: Category, quantity: u64) -> Quantities {
    [(category, quantity), (category, 0)]
}

/// Lines of a report: Sentry refuses one of more than 4 KiB, with everything that it goes along with.
const LINES: usize = 40;

/// The books of one client.
#[derive(Debug, Default)]
pub(crate) struct Ledger {
    stats: DeliveryStats,
    /// Lost, and not yet reported to the server.
    unreported: Vec<Discarded>,
}

impl Ledger {
    pub(crate) fn stats(&self) -> &DeliveryStats {
        &self.stats
    }

    pub(crate) fn capture(&mut self, quantities: &[(Category, u64)]) {
        for (category, quantity) in quantities {
            self.stats.capture(*category, *quantity);
        }
    }

    /// So much less was captured than was thought: nothing is lost by that.
    pub(crate) fn correct(&mut self, quantities: &[(Category, u64)]) {
        for (category, less) in quantities {
            self.stats.correct(*category, *less);
        }
    }

    pub(crate) fn deliver(&mut self, quantities: &[(Category, u64)]) {
        for (category, quantity) in quantities {
            self.stats.deliver(*category, *quantity);
        }
    }

    /// Enters a loss. `reported`: the server will be told; not if it was the server who said so.
    pub(crate) fn drop(&mut self, reason: Reason, quantities: &[(Category, u64)], reported: bool) {
        for (category, quantity) in quantities.iter().filter(|(_, quantity)| *quantity > 0) {
            self.stats.drop(reason, *category, *quantity);
            if reported {
                self.note(Discarded { reason, category: *category, quantity: *quantity });
            }
        }
    }

    /// Takes the report that is due, if there is one. What is too much for one is left for the next.
    pub(crate) fn take_report(&mut self, now: SystemTime) -> Option<ClientReport> {
        let lines = self.unreported.len().min(LINES);
        let discarded_events = self.unreported.drain(..lines).collect::<Vec<_>>();
        (!discarded_events.is_empty()).then_some(ClientReport { timestamp: now, discarded_events })
    }

    /// Takes a report back that did not arrive.
    pub(crate) fn restore(&mut self, report: ClientReport) {
        for discarded in report.discarded_events {
            self.note(discarded);
        }
    }

    pub(crate) fn has_report(&self) -> bool {
        !self.unreported.is_empty()
    }

    fn note(&mut self, new: Discarded) {
        let known = self
            .unreported
            .iter_mut()
            .find(|known| (known.reason, known.category) == (new.reason, new.category));
        match known {
            Some(known) => known.quantity += new.quantity,
            None => self.unreported.push(new),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::UNIX_EPOCH;

    use super::*;

    #[test]
    fn balances_and_reports_each_loss_once() {
        let mut ledger = Ledger::default();
        let transaction = [(Category::Transaction, 1), (Category::Span, 11)];
        ledger.capture(&transaction);
        ledger.capture(&transaction);
        ledger.capture(&one(Category::Error, 1));
        assert!(ledger.stats().is_balanced());
        assert_eq!(ledger.stats().waiting(Category::Span), 22);
        ledger.deliver(&transaction);
        ledger.drop(Reason::QueueOverflow, &transaction, true);
        ledger.drop(Reason::RatelimitBackoff, &one(Category::Error, 1), false);
        assert!(ledger.stats().is_balanced());
        assert_eq!(ledger.stats().waiting(Category::Span), 0);
        assert_eq!(ledger.stats().dropped(Category::Error), 1);

        let report = ledger.take_report(UNIX_EPOCH).unwrap();
        let lines: Vec<_> = report.discarded_events.iter().map(|it| (it.category, it.quantity)).collect();
        assert_eq!(lines, [(Category::Transaction, 1), (Category::Span, 11)]);
        assert_eq!(ledger.take_report(UNIX_EPOCH), None);

        ledger.drop(Reason::QueueOverflow, &one(Category::Span, 4), true);
        ledger.restore(report);
        let report = ledger.take_report(UNIX_EPOCH).unwrap();
        assert_eq!(report.discarded_events.iter().map(|it| it.quantity).collect::<Vec<_>>(), [15, 1]);
    }

    /// A report that is larger is refused, with all that it goes along with.
    #[test]
    fn a_report_is_never_larger_than_sentry_takes() {
        let mut ledger = Ledger::default();
        let all = || Reason::ALL.iter().flat_map(|reason| Category::ALL.iter().map(move |it| (*reason, *it)));
        all().for_each(|(reason, category)| ledger.drop(reason, &one(category, u64::MAX), true));
        let mut told = 0;
        while let Some(report) = ledger.take_report(UNIX_EPOCH) {
            assert!(serde_json::to_vec(&report).unwrap().len() <= 4096);
            told += report.discarded_events.len();
        }
        assert_eq!(told, all().count());
    }
}
