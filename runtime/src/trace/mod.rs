//! Spans: where they are declared (callsites), how they are recorded, sampled and passed on to other services.

mod active;
mod build;
mod callsite;
mod clock;
mod context;
mod feedback;
mod ids;
mod json;
mod linked;
pub(crate) mod log;
mod manual;
mod notes;
mod pending;
mod propagation;
mod registry;
mod rules;
mod running;
mod sampling;
mod sited;
mod streamed;
mod streams;
mod taken;
pub(crate) mod threads;
mod told;

pub(crate) use active::{ActiveSpan, Extra, Given};
pub(crate) use build::{FUNCTION, Finished, Metadata};
#[cfg(any(test, feature = "tracing"))]
pub(crate) use callsite::standing;
pub use callsite::{Callsite, Facts, Said, Source, UNSAID, unnamed};
pub(crate) use callsite::{Kind, Opens, Recall};
pub use context::{CustomTransactionContext, TransactionContext, TransactionContextBuilder};
pub(crate) use feedback::Feedback;
pub use linked::callsites;
pub(crate) use log::Notes;
pub(crate) use manual::Finish;
pub use manual::{Data, Span, Transaction, TransactionData, TransactionOrSpan};
pub use notes::Datum;
pub(crate) use notes::Note;
pub(crate) use pending::{Bare, Draw, Pending, Start};
pub(crate) use propagation::PropagationContext;
pub use propagation::{
    HeaderParseError, InvalidTargetError, TraceHeader, TraceHeadersIter, TracePropagationContext,
    TracePropagationTarget,
};
#[expect(deprecated, reason = "published names, for code that uses them")]
pub use propagation::{SentryTrace, parse_headers};
pub(crate) use registry::InForce;
pub(crate) use rules::{Control, Rules};
pub(crate) use running::{Key, Trace};
#[cfg(any(feature = "actix", feature = "tower"))]
pub(crate) use running::{Root, Unsaid};
pub use sampling::TracesSampler;
pub(crate) use sampling::{TraceSettings, widen};
pub use sited::Sited;
pub(crate) use streamed::{Batch, Beside};
pub(crate) use streams::Streams;

pub(crate) use told::Clean;
