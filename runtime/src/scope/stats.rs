use crate::protocol::{Category, Discarded, Reason};

const CATEGORIES: usize = Category::ALL.len();
const REASONS: usize = Reason::ALL.len();

/// What became of everything that a client has captured: `captured = delivered + dropped + waiting`, in each category
/// and at any time.
///
/// Quantities are those of the protocol: items, but bytes of attachments. A transaction also counts as its spans and one
/// more for itself.
///
/// ```
/// use sentry::protocol::Category;
///
/// let before = sentry::delivery_stats();
/// sentry::capture_message("stock is low", sentry::Level::Warning);
/// let stats = sentry::delivery_stats();
/// assert!(stats.is_balanced());
/// assert!(stats.captured(Category::Error) >= before.captured(Category::Error));
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryStats {
    captured: [u64; CATEGORIES],
    delivered: [u64; CATEGORIES],
    waiting: [u64; CATEGORIES],
    dropped: [[u64; CATEGORIES]; REASONS],
}

impl DeliveryStats {
    /// How much was captured.
    pub fn captured(&self, category: Category) -> u64 {
        self.captured[category as usize]
    }

    /// How much a server, or the transport, has taken.
    pub fn delivered(&self, category: Category) -> u64 {
        self.delivered[category as usize]
    }

    /// How much waits in buffers or is on its way.
    pub fn waiting(&self, category: Category) -> u64 {
        self.waiting[category as usize]
    }

    /// How much was dropped for whatever reason.
    pub fn dropped(&self, category: Category) -> u64 {
        self.dropped.iter().map(|categories| categories[category as usize]).sum()
    }

    /// How much was dropped for one reason.
    pub fn dropped_for(&self, reason: Reason, category: Category) -> u64 {
        self.dropped[reason as usize][category as usize]
    }

    /// Everything that was dropped, by reason and category.
    pub fn losses(&self) -> impl Iterator<Item = Discarded> {
        let all = Reason::ALL
            .iter()
            .flat_map(|reason| Category::ALL.iter().map(move |category| (*reason, *category)));
        all.map(|(reason, category)| Discarded {
            reason,
            category,
            quantity: self.dropped_for(reason, category),
        })
        .filter(|discarded| discarded.quantity > 0)
    }

    /// Whether the books balance, as they always should.
    pub fn is_balanced(&self) -> bool {
        Category::ALL.iter().all(|category| {
            self.captured(*category)
                == self.delivered(*category) + self.dropped(*category) + self.waiting(*category)
        })
    }

    pub(crate) fn capture(&mut self, category: Category, quantity: u64) {
        self.captured[category as usize] += quantity;
        self.waiting[category as usize] += quantity;
    }

    /// So much less was captured than was thought.
    pub(crate) fn correct(&mut self, category: Category, less: u64) {
        let captured = &mut self.captured[category as usize];
        *captured = captured.saturating_sub(less);
        self.settle(category, less);
    }

    pub(crate) fn deliver(&mut self, category: Category, quantity: u64) {
        self.delivered[category as usize] += quantity;
        self.settle(category, quantity);
    }

    pub(crate) fn drop(&mut self, reason: Reason, category: Category, quantity: u64) {
        self.dropped[reason as usize][category as usize] += quantity;
        self.settle(category, quantity);
    }

    fn settle(&mut self, category: Category, quantity: u64) {
        let waiting = &mut self.waiting[category as usize];
        *waiting = waiting.saturating_sub(quantity);
    }
}
