//! Scopes: what is known about the work that is being done, and how it follows the work.
//!
//! Three scopes, as Sentry's SDK documentation says ("Scopes"): the global one of the process, the isolation scope of
//! one request, job or thread, and the current one of a block of code. Each is merged over the one before.

mod apply;
mod breadcrumbs;
mod context;
mod data;
mod hint;
mod host;
mod stats;
mod traces;

pub(crate) use apply::Snapshot;
pub use breadcrumbs::IntoBreadcrumbs;
pub(crate) use context::{
    Aside, Context, Restore, active_span, last_event_id, make_origin, open_log, put_aside, put_back,
    set_last_event_id, with,
};
pub use data::{EventProcessor, Scope};
pub use hint::{BeforeSendWithHint, Hint};
pub(crate) use host::{
    Amend, Binding, Bound, Build, Hold, Host, Item, Previous, Ready, bound, host, host_of, install,
    is_active, uninstall,
};
pub use stats::DeliveryStats;
pub(crate) use traces::{begin_in, enter_trace, follow, trace_headers};
