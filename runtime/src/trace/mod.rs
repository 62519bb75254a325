//! Spans: where they are declared (callsites), how they are recorded, sampled and passed on to other services.

mod build;
mod callsite;
mod context;
mod feedback;
mod ids;
mod manual;
mod propagation;
mod record;
mod sampling;

pub(crate) use build::{Finished, Metadata};
pub use callsite::{Callsite, Definition, Kind, Source};
pub use context::TransactionContext;
pub(crate) use feedback::Feedback;
pub(crate) use ids::random_share;
pub(crate) use manual::Finish;
pub use manual::{Span, Transaction, TransactionOrSpan};
pub(crate) use propagation::PropagationContext;
pub use propagation::TraceHeadersIter;
pub(crate) use record::{ActiveSpan, SpanEnd, Trace};
pub use sampling::TracesSampler;
pub(crate) use sampling::{TraceSettings, widen};
