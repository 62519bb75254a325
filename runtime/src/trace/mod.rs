//! Spans: where they are declared (callsites), how they are recorded, sampled and passed on to other services.

mod active;
mod build;
mod callsite;
mod clock;
mod context;
mod ids;
pub(crate) mod log;
mod manual;
mod notes;
mod propagation;
mod running;
mod sampling;

pub(crate) use active::{ActiveSpan, Said};
pub(crate) use build::{Finished, Metadata};
pub(crate) use callsite::Opens;
pub use callsite::{Callsite, Choices, Definition, Kind, Source};
pub use context::TransactionContext;
pub(crate) use ids::random;
pub(crate) use manual::Finish;
pub use manual::{Span, Transaction, TransactionOrSpan};
pub(crate) use notes::{Datum, Note, Notes};
pub(crate) use propagation::PropagationContext;
pub use propagation::TraceHeadersIter;
pub(crate) use running::{Key, Trace};
pub use sampling::TracesSampler;
pub(crate) use sampling::{TraceSettings, widen};
