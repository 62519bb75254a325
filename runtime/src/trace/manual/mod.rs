//! Transactions and spans that are started and finished by hand.

mod data;
mod either;
mod span;
mod transaction;

use std::fmt;
use std::panic::{RefUnwindSafe, UnwindSafe};
use std::sync::Arc;
use std::time::SystemTime;

use super::build::{Finished, Metadata};
use super::running::Details;
use super::sampling::TraceSettings;
use super::{ActiveSpan, Given, TraceHeadersIter};
use crate::protocol::{Measurement, SpanLink};
pub use data::{Data, TransactionData};
pub use either::TransactionOrSpan;
pub use span::Span;
pub use transaction::Transaction;

/// Where finished transactions go.
pub(crate) trait Finish: Send + Sync + 'static {
    fn settings(&self) -> &TraceSettings;
    fn metadata(&self) -> &Metadata;
    fn finished(&self, finished: Finished);
}

struct Handle {
    active: ActiveSpan,
    client: Option<Arc<dyn Finish>>,
    /// Handles that only look at a span that somebody else will finish do not.
    owner: bool,
}

impl fmt::Debug for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Handle")
            .field("active", &self.active)
            .field("owner", &self.owner)
            .finish_non_exhaustive()
    }
}

// Whatever unwinds, its locks are given back and what is behind them is whole.
impl UnwindSafe for Handle {}
impl RefUnwindSafe for Handle {}

impl PartialEq for Handle {
    fn eq(&self, other: &Self) -> bool {
        self.active == other.active
    }
}

impl Handle {
    fn finish(&self, end: Option<SystemTime>) {
        if !self.active.is_root() {
            self.active.finish(end);
        } else if let Some(finished) = self.active.finish_transaction(end, None)
            && let Some(client) = &self.client
        {
            client.finished(finished);
        }
    }

    fn headers(&self) -> TraceHeadersIter {
        match &self.client {
            Some(client) => self.active.headers(client.settings(), client.metadata()),
            None => self.active.headers(&TraceSettings::OFF, &Metadata::default()),
        }
    }

    fn child(&self, op: &str, description: &str, given: Option<Given>) -> Span {
        let active = self.active.start_child(op, description, given);
        Span { handle: Arc::new(Self { active, client: self.client.clone(), owner: true }) }
    }

    fn details(&self, change: impl FnOnce(&mut Details)) {
        self.active.with_details(change);
    }

    /// Adds a number to the transaction, whichever of its spans this is. JSON knows no other numbers than finite ones.
    fn measure(&self, name: &str, value: f64, unit: &str) {
        if value.is_finite() {
            let unit = Some(unit).filter(|unit| !unit.is_empty()).map(str::to_owned);
            let measurement = Measurement { value, unit };
            self.active.with_root(|root| root.measurements.insert(name.to_owned(), measurement));
        }
    }

    fn link(&self) -> SpanLink {
        let trace = self.active.trace();
        SpanLink {
            span_id: self.active.span_id(),
            trace_id: trace.trace_id(),
            sampled: trace.sampling().sampled,
            ..SpanLink::default()
        }
    }
}

impl Drop for Handle {
    fn drop(&mut self) {
        if self.owner {
            self.finish(None);
        }
    }
}
