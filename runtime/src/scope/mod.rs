//! Scopes: what is known about the work that is being done, and how it follows the work.
//!
//! Three scopes, as Sentry's SDK documentation says ("Scopes"): the global one of the process, the isolation scope of
//! one request, job or thread, and the current one of a block of code. Each is merged over the one before.

mod apply;
mod breadcrumbs;
mod context;
mod data;
mod here;
mod hint;
mod host;
mod session;
mod stats;

pub(crate) use apply::Snapshot;
pub use breadcrumbs::IntoBreadcrumbs;
pub(crate) use context::{
    Aside, Context, Restore, active_span, last_event_id, make_origin, open_log, put_aside, put_back,
    set_last_event_id, with,
};
pub use data::{EventProcessor, Scope};
pub(crate) use here::Here;
pub use hint::{BeforeSendWithHint, Hint};
pub(crate) use host::{
    Amend, Binding, Bound, Build, Hold, Host, Item, Previous, Ready, bound, host, host_of, install,
    is_active, uninstall,
};
pub(crate) use session::{end_session, start_session};
pub use stats::DeliveryStats;
