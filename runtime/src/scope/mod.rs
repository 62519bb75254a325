//! Scopes: what is known about the work that is being done, and how it follows the work.
//!
//! Three scopes, as Sentry's SDK documentation says ("Scopes"): the global one of the process, the isolation scope of
//! one request, job or thread, and the current one of a block of code. Each is merged over the one before.

mod apply;
mod attachments;
mod breadcrumbs;
mod context;
mod data;
mod flags;
mod here;
mod hint;
mod host;
mod in_span;
mod known;
mod place;
mod session;
mod shared;
mod stats;
mod traces;

pub(crate) use apply::Snapshot;
pub(crate) use attachments::Lost;
pub use attachments::ScopeAttachment;
pub use breadcrumbs::IntoBreadcrumbs;
#[cfg(any(feature = "actix", feature = "tower"))]
pub(crate) use context::forked_bare;
pub(crate) use context::{
    Aside, Context, Pushed, Restore, active_handle, active_span, add_breadcrumbs, exchange, is_plain,
    last_event_id, make_global, make_origin, note_failure, open_log, put_aside, put_back, set_last_event_id,
    tell_last_event, with,
};
#[cfg(any(feature = "actix", feature = "tower"))]
pub(crate) use data::{Asked, ScopeData};
pub use data::{EventProcessor, Scope};
pub(crate) use here::Here;
pub use hint::{BeforeSendWithHint, Hint};
#[cfg(unix)]
pub(crate) use host::all_of_process;
pub(crate) use host::{
    Amend, Bare, Binding, Bound, Build, Growing, Hold, Host, Item, Prepared, Ready, Sent, Wake, host,
    host_of, install, install_by_hand, is_active, of_process, of_test, uninstall,
};
pub use in_span::InSpan;
pub(crate) use known::{draw, known_host};
pub(crate) use place::Portable;
#[cfg(any(feature = "actix", feature = "tower"))]
pub(crate) use place::{Late, Seed};
#[cfg(any(feature = "actix", feature = "tower"))]
pub(crate) use session::start_session_in;
pub(crate) use session::{end_session, start_session};
pub use stats::DeliveryStats;
pub(crate) use traces::{begin_in, enter_trace, follow, trace_headers, trace_here};

/// Notes that the running work has evaluated a feature flag, and how.
pub(crate) fn add_feature_flag(flag: &str, result: bool) {
    if let Some(mut isolation) = with(|context| context.isolation.handle()) {
        isolation.add_feature_flag(flag, result);
    }
    if let Some(span) = active_span() {
        flags::note_on(&span, flag, result);
    }
}
